from __future__ import annotations

import pytest

from apitest.cli.exit_codes import WORDS, exit_code
from apitest.results import ExitCode, Failure, FeatureResult, Place, RunResult, ScenarioResult, Verdict

PLACE = Place("a.feature", 1)


def result(*verdicts: Verdict, **more: object) -> RunResult:
    scenarios = [ScenarioResult("S", "F", PLACE, (), verdict) for verdict in verdicts]
    return RunResult([FeatureResult("F", PLACE, (), scenarios)], 1.0, 0.0, 1, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ([Verdict.PASSED], ExitCode.OK),
        ([Verdict.PASSED, Verdict.SKIPPED], ExitCode.OK),
        ([Verdict.PASSED, Verdict.FAILED], ExitCode.FAILED),
        ([Verdict.FAILED, Verdict.ERROR], ExitCode.ERROR),
        ([Verdict.FAILED, Verdict.ERROR, Verdict.UNDEFINED], ExitCode.UNDEFINED),
        ([Verdict.FLAKY], ExitCode.OK),
        ([], ExitCode.NOTHING_SELECTED),
    ],
)
def test_the_highest_cause_wins(verdicts: list[Verdict], code: ExitCode) -> None:
    assert exit_code(result(*verdicts)) is code


def test_flaky_and_empty_by_policy() -> None:
    assert exit_code(result(Verdict.FLAKY), is_flaky_failure=True) is ExitCode.FLAKY
    assert exit_code(result(Verdict.FLAKY, Verdict.FAILED), is_flaky_failure=True) is ExitCode.FAILED
    assert exit_code(result(), is_empty_allowed=True) is ExitCode.OK


def test_around_the_scenarios() -> None:
    failure = Failure(Verdict.ERROR, "before_all failed")
    assert exit_code(result(Verdict.PASSED, failures=[failure])) is ExitCode.ERROR
    unreadable = result(Verdict.PASSED)
    unreadable.features[0].failure = Failure(Verdict.UNDEFINED, "gibberish")
    assert exit_code(unreadable) is ExitCode.UNDEFINED
    unreadable.features[0].failure = failure
    assert exit_code(unreadable) is ExitCode.ERROR


def test_interrupted_wins_over_all() -> None:
    assert exit_code(result(Verdict.UNDEFINED, is_interrupted=True)) is ExitCode.INTERRUPTED
    assert exit_code(result(Verdict.UNDEFINED, is_interrupted=True, is_terminated=True)) is ExitCode.TERMINATED


def test_every_code_has_words() -> None:
    assert set(WORDS) == set(ExitCode)
