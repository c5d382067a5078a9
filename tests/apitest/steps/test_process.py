"""apitest/steps/process.py: checks of a command that is over.  Running commands: edges/test_transports_process.py."""

from __future__ import annotations

import pytest

from apitest.transports.process import Completed
from tests.apitest.steps.conftest import Scenario


@pytest.fixture
def done(scenario: Scenario) -> Scenario:
    scenario.state.own["command"] = Completed("shop import", 2, "3 imported\n1 refused\nport 8080\n", 1.5)
    return scenario


@pytest.mark.parametrize(
    "sentence",
    [
        "the exit code is 2",
        'the command output contains "3 imported"',
        'the command output doesn\'t contain "Traceback"',
        'the command output matches "port \\d+"',
        "the command took under 2 seconds",
    ],
)
def test_holds(done: Scenario, sentence: str) -> None:
    done.say(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "the exit code is 0",
        'the command output contains "4 imported"',
        'the command output doesn\'t contain "refused"',
        'the command output matches "port [a-z]"',
        "the command took under 1 second",
        'I store the match of "name (\\w+)" in the command output under "x"',
    ],
)
def test_fails(done: Scenario, sentence: str) -> None:
    done.fails(sentence)


def test_exit_code_failure_shows_the_end_of_the_output(done: Scenario) -> None:
    assert "1 refused" in done.fails("the exit code is 0").mismatches[0].reason


def test_kept(done: Scenario) -> None:
    done.say('I store the match of "port (\\d+)" in the command output under "port"')
    assert done.stored("port") == "8080"
