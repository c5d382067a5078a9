"""apitest/steps/reuse.py, as far as no engine is needed; the rest is in tests/apitest/test_performing.py."""

from __future__ import annotations

from tests.apitest.steps.conftest import Scenario


def test_several_times(scenario: Scenario) -> None:
    scenario.feature.values["n"] = "0"
    scenario.say("I do this 3 times", 'I store the result of "#n + 1" under "n"')
    assert scenario.stored("n") == 3
    scenario.errs("I do this 0 times", "I proceed further")


def test_the_time_that_fails_is_named(scenario: Scenario) -> None:
    scenario.feature.values["n"] = 0
    sentences = 'I store the result of "#n + 1" under "n"\nvariable "#n" is less than 2'
    assert "time 2 of 3" in scenario.fails("I do this 3 times", sentences).message


def test_without_an_engine_no_scenario_is_run_by_another(scenario: Scenario) -> None:
    assert "behave" in scenario.errs('I run scenario "a" from "b.feature"').message
