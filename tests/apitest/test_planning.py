from __future__ import annotations

from pathlib import Path

import pytest

from apitest.errors import UsageError
from apitest.project import locate
from apitest.results import Verdict
from apitest.sentences import load_sentences
from tests.support.sample_project import make_project, plan_of

FEATURE = """\
@shop
Feature: Orders

  Background:
    Given a number 1

  @smoke
  Scenario: First
    When it is doubled
    Then it is 2

  @slow @serial
  Scenario: Second
    Then it is 1
"""


def test_scenarios_in_the_order_of_files_and_lines(tmp_path: Path) -> None:
    plan = plan_of(make_project(tmp_path, {"b.feature": FEATURE, "a.feature": FEATURE.replace("First", "Zero")}))
    assert [scenario.name for scenario in plan.scenarios] == ["Zero", "Second", "First", "Second"]
    assert [scenario.index for scenario in plan.scenarios] == [0, 1, 2, 3]
    first = plan.scenarios[0]
    assert first.tags == ("shop", "smoke")
    assert [step.step.name for step in first.steps] == ["a number 1", "it is doubled", "it is 2"]
    assert [step.is_background for step in first.steps] == [True, False, False]
    assert [step.place.line for step in first.steps] == [5, 9, 10]
    assert [scenario.is_serial for scenario in plan.scenarios[:2]] == [False, True]
    assert not plan.problems


def test_choosing_by_tag_name_and_line(tmp_path: Path) -> None:
    folder = make_project(tmp_path, {"a.feature": FEATURE})
    assert [s.name for s in plan_of(folder, tags=("smoke",)).scenarios] == ["First"]
    assert [s.name for s in plan_of(folder, tags=("shop and not slow",)).scenarios] == ["First"]
    assert [s.name for s in plan_of(folder, names=("Sec",)).scenarios] == ["Second"]
    assert [s.name for s in plan_of(folder, "features/a.feature:13").scenarios] == ["Second"]
    assert plan_of(folder, tags=("nothing",)).features == []
    with pytest.raises(UsageError, match="regular expression"):
        plan_of(folder, names=("(",))


def test_an_unknown_sentence_is_told_once_with_the_nearest(tmp_path: Path) -> None:
    text = FEATURE.replace("When it is doubled", "When it is dubled").replace("Given a number 1", "Given a numbr 1")
    plan = plan_of(make_project(tmp_path, {"a.feature": text}))
    assert [(p.sentence, p.scenarios) for p in plan.problems] == [
        ("a numbr 1", ("First", "Second")),
        ("it is dubled", ("First",)),
    ]
    assert "it is doubled" in plan.problems[1].nearest
    assert [scenario.problems for scenario in plan.scenarios] == [2, 1]


def test_two_patterns_for_one_sentence_are_ambiguous(tmp_path: Path) -> None:
    steps = (
        "from behave import step\n"
        "@step('the {thing} is ready')\ndef a(c, thing): pass\n"
        "@step('the basket {what} ready')\ndef b(c, what): pass\n"
        '@step(\'variable "{a}" is a string "{b}"\')\ndef c(c, a, b): pass\n'
    )
    feature = 'Feature: A\n  Scenario: B\n    Given the basket is ready\n    Then variable "#a" is a string "b"\n'
    plan = plan_of(make_project(tmp_path, {"a.feature": feature, "steps/steps.py": steps}))
    own, ours = plan.problems
    assert [pattern for pattern, _ in own.candidates] == ["the {thing} is ready", "the basket {what} ready"]
    assert [place.rpartition("/")[2] for _, place in own.candidates] == ["steps.py:2", "steps.py:4"]
    assert "store.py" in ours.candidates[0][1]
    assert "steps.py:6" in ours.candidates[1][1]


def test_an_unreadable_feature_does_not_stop_the_others(tmp_path: Path) -> None:
    plan = plan_of(
        make_project(tmp_path, {"a.feature": "Feature: A\n  gib\n  Scenario: x\n    Oops\n", "b.feature": FEATURE})
    )
    bad, good = plan.features
    assert bad.failure is None or bad.failure.kind is Verdict.UNDEFINED
    assert len(good.scenarios) == 2
    plan = plan_of(make_project(tmp_path, {"a.feature": "Feature: A\n  Scenario: x\n    Given a number 1\n  Oops\n"}))
    assert plan.features[0].failure is not None
    assert plan.features[0].place.line == 4


def test_isolated_features_and_split_ones(tmp_path: Path) -> None:
    folder = make_project(tmp_path, {"a.feature": FEATURE, "b.feature": "@isolated\n" + FEATURE.replace("@shop\n", "")})
    assert [feature.is_split for feature in plan_of(folder).features] == [False, True]
    assert [feature.is_split for feature in plan_of(folder, split="scenario").features] == [True, True]


def test_only_the_scenarios_of_a_rerun(tmp_path: Path) -> None:
    folder = make_project(tmp_path, {"a.feature": FEATURE})
    place = plan_of(folder).scenarios[1].place
    plan = plan_of(folder, only=frozenset({(place.file, place.line)}))
    assert [scenario.name for scenario in plan.scenarios] == ["Second"]


def test_sentences_in_our_notation(tmp_path: Path) -> None:
    steps = "from apitest import step\n@step('the basket of \"{user}\" has {n} items')\ndef has(ctx, user, n): ...\n"
    folder = make_project(tmp_path, {"steps/steps.py": steps})
    sentences = load_sentences(locate([str(folder)])[0])
    assert [phrase.pattern for phrase in sentences.book.search("basket")] == ['the basket of "{user}" has {n} items']
    again = load_sentences(locate([str(make_project(tmp_path / "other", {}))])[0])
    assert again.book.search("basket") == []


def test_a_pattern_that_collides_with_ours_is_refused(tmp_path: Path) -> None:
    steps = "from apitest import step\n@step('status is \"{x}\"')\ndef has(ctx, x): pass\n"
    with pytest.raises(Exception, match="two phrases could mean one sentence"):
        plan_of(make_project(tmp_path, {"steps/steps.py": steps, "a.feature": FEATURE}))


def test_locks_and_what_runs_by_itself(tmp_path: Path) -> None:
    text = "@lock:db\nFeature: A\n  @lock:mail @lockless\n  Scenario: B\n    Given a number 1\n"
    folder = make_project(tmp_path, {"a.feature": text, "b.feature": "@isolated\n" + FEATURE})
    first, second = plan_of(folder).features
    assert first.scenarios[0].locks == {"db", "mail"}
    assert (first.split, second.split) == ("feature", "example")
    assert [feature.split for feature in plan_of(folder, split="scenario").features] == ["scenario", "scenario"]
