from __future__ import annotations

from apitest.results import FeatureResult, Place, RunResult, ScenarioResult, SentenceProblem, Verdict


def test_counts_over_all_features() -> None:
    place = Place("a.feature", 3)
    scenarios = [ScenarioResult("S", "F", place, (), verdict) for verdict in (Verdict.PASSED, Verdict.FAILED)]
    run = RunResult([FeatureResult("F", place, (), scenarios), FeatureResult("G", place, ())], 1.0, 0.0, 1)
    assert run.scenarios() == scenarios
    assert run.count(Verdict.FAILED) == 1
    assert str(place) == "a.feature:3"


def test_a_sentence_with_candidates_is_ambiguous() -> None:
    place = Place("a.feature", 3)
    assert SentenceProblem(place, "Given", "x", candidates=(("a", "f:1"), ("b", "f:2"))).is_ambiguous
    assert not SentenceProblem(place, "Given", "x").is_ambiguous
