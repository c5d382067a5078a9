"""apitest/steps/core.py: eventually, always, sentences within sentences; the clock is a fake."""

from __future__ import annotations

import pytest

from apitest.errors import CallFailed, ScenarioSkipped
from apitest.steps import core
from tests.apitest.steps.conftest import Scenario


class Clock:
    """Time passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += max(seconds, 0.001)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(core, "time", made)
    return made


@pytest.fixture
def polled(scenario: Scenario, clock: Clock) -> Scenario:
    scenario.say('address "http://h"')
    scenario.answer({"state": "new"})
    scenario.say("the URL is invoked")
    return scenario


def test_within_asks_again_until_it_holds(polled: Scenario, clock: Clock) -> None:
    polled.answer({"state": "new"})
    polled.answer({"state": "done"})
    polled.say('within 10 seconds path "/state" is "done"')
    assert len(polled.transport.sent) == 3
    assert clock.pauses == [0.25, 0.375]


def test_within_asks_once_when_it_holds_already(polled: Scenario, clock: Clock) -> None:
    polled.say('within 10 seconds path "/state" is "new"')
    assert len(polled.transport.sent) == 1
    assert clock.pauses == []


def test_within_gives_up_at_the_end(polled: Scenario, clock: Clock) -> None:
    for _ in range(20):
        polled.answer({"state": "new"})
    failure = polled.fails('within 1 second path "/state" is "done"')
    assert failure.mismatches[0].actual == "new"
    assert "in 1 s" in failure.message
    assert clock.now == pytest.approx(1.0, abs=0.01)


def test_within_shows_the_last_states(polled: Scenario) -> None:
    polled.say("polling every 1 second")
    for state in ("one", "two", "three", "four"):
        polled.answer({"state": state})
    failure = polled.fails('within 4 seconds path "/state" is "done"')
    assert [note.partition(": ")[2] for note in failure.notes] == ['/state "two"', '/state "three"', '/state "four"']


def test_within_passes_doc_strings_on(polled: Scenario) -> None:
    polled.answer({"state": "done"})
    polled.say("within 10 seconds response matches JSON", '{"state": "done"}')


def test_within_waits_for_a_server_that_is_not_there_yet(polled: Scenario) -> None:
    polled.transport.answers.append(CallFailed("refused", "refused"))
    polled.answer({"state": "done"})
    polled.say('within 10 seconds path "/state" is "done"')


def test_within_does_not_repeat_what_may_do_harm(polled: Scenario) -> None:
    polled.answer({"state": "new"})
    polled.say('I send a "POST" request to "/x"')
    count = len(polled.transport.sent)
    assert "the request may be repeated" in polled.fails('within 1 second path "/state" is "done"').message
    assert len(polled.transport.sent) == count
    polled.say("the request may be repeated")
    polled.answer({"state": "done"})
    polled.say('within 1 second path "/state" is "done"')


def test_within_does_not_send_for_other_checks(polled: Scenario) -> None:
    polled.fails('within 1 second variable "#tmp" is a string "x"')
    assert len(polled.transport.sent) == 1


def test_within_ends_at_once_on_an_error(polled: Scenario, clock: Clock) -> None:
    polled.errs('within 10 seconds path "/state" is "#nope"')
    assert clock.pauses == []


def test_polling_every(polled: Scenario, clock: Clock) -> None:
    polled.say("polling every 2 seconds")
    polled.answer({"state": "new"})
    polled.answer({"state": "done"})
    polled.say('within 10 seconds path "/state" is "done"')
    assert clock.pauses == [2.0, 2.0]


def test_polling_gives_up(polled: Scenario, clock: Clock) -> None:
    polled.say('polling gives up when path "/state" is "failed"')
    polled.answer({"state": "failed"})
    assert "no point" in polled.fails('within 10 seconds path "/state" is "done"').message
    assert len(clock.pauses) == 1


def test_throughout(polled: Scenario, clock: Clock) -> None:
    for _ in range(3):
        polled.answer({"state": "new"})
    polled.say("polling every 250 ms")
    polled.say('throughout 500 ms path "/state" is "new"')
    assert clock.now == pytest.approx(0.5, abs=0.01)
    polled.transport.answers.clear()
    polled.answer({"state": "new"})
    polled.answer({"state": "gone"})
    assert "held" in polled.fails('throughout 5 seconds path "/state" is "new"').message


def test_invoked_until(polled: Scenario) -> None:
    polled.say('HTTP method "POST"')
    polled.answer({"state": "new"})
    polled.answer({"state": "done"})
    polled.say('the URL is invoked until path "/state" is "done"')
    assert [spec.method for spec in polled.transport.sent[1:]] == ["POST", "POST"]


def test_not_true(polled: Scenario) -> None:
    polled.say('it is not true that path "/state" is "void"')
    polled.fails('it is not true that path "/state" is "new"')
    polled.errs('it is not true that path "/state" is "#nope"')


LINES = """
Then path "/state" is "new"

# a remark
And path "/state" is "old"
* path "/nope" exists
"""


def test_all_of_these(polled: Scenario) -> None:
    polled.say("all of these hold", 'path "/state" is "new"\nThen path "/state" isn\'t "old"')
    failure = polled.fails("all of these hold", LINES)
    assert [item.path for item in failure.mismatches] == ["/state", "/nope"]
    assert 'path "/state" is "old"' in failure.mismatches[0].reason
    polled.errs("all of these hold", "# nothing")


def test_none_and_at_least_one_of_these(polled: Scenario) -> None:
    polled.say("at least one of these hold", LINES)
    polled.fails("none of these hold", LINES)
    polled.say("none of these hold", 'path "/state" is "old"')
    polled.fails("at least one of these hold", 'path "/state" is "old"\npath "/nope" exists')


def test_skipping(polled: Scenario) -> None:
    polled.say('this scenario only runs if path "/state" is "new"')
    with pytest.raises(ScenarioSkipped, match='path "/state" is "old"'):
        polled.say('this scenario only runs if path "/state" is "old"')
    with pytest.raises(ScenarioSkipped, match="waits for #41"):
        polled.say('this scenario is skipped because "waits for #41"')


def test_an_unset_variable_is_a_reason_to_skip(scenario: Scenario) -> None:
    with pytest.raises(ScenarioSkipped, match="NO_SUCH_VARIABLE"):
        scenario.say('this scenario only runs if variable "$NO_SUCH_VARIABLE" is a string "1"')
    scenario.errs('this scenario only runs if variable "#nope" is a string "1"')


def test_limits_and_soft_mode(scenario: Scenario) -> None:
    scenario.say("each step may take at most 30 seconds")
    scenario.say("the scenario may take at most 2 minutes")
    scenario.say("failed assertions do not stop the scenario")
    state = scenario.state
    assert (state.step_limit_seconds, state.scenario_limit_seconds, state.continues_after_failure) == (30, 120, True)
    scenario.errs("each step may take at most 0 seconds")


def test_when_the_scenario_ends(scenario: Scenario) -> None:
    scenario.say("when the scenario ends", 'Given I store "1" under "a"\nAnd I store "#a" under "b"')
    assert scenario.feature.values == {}
    for ending in scenario.state.at_end:
        ending()
    assert scenario.feature.values == {"a": "1", "b": "1"}


def test_notes_and_pauses(scenario: Scenario, clock: Clock) -> None:
    scenario.feature.values["n"] = 17
    scenario.say('the report notes "order #{n}"')
    scenario.say("I wait 200 ms")
    scenario.say("I proceed further")
    scenario.say("this step is invoked")
    scenario.say("this scenario is invoked")
    assert scenario.state.notes == ["order 17"]
    assert clock.pauses == [0.2]


def test_what_is_shown_hides_secrets(polled: Scenario, capsys: pytest.CaptureFixture[str]) -> None:
    polled.say('secret "s3cret-value" under "pw"')
    polled.say('I store "key=#{pw}" under "line"')
    polled.say("context is logged")
    polled.say("the last exchange is shown")
    out = capsys.readouterr().out
    assert "#line = key=***" in out
    assert "curl http://h/" in out
    assert "s3cret-value" not in out


def test_files_in_the_report(scenario: Scenario) -> None:
    scenario.say('file "#{tmp}/a.txt" holds', "hello")
    scenario.say('the report includes file "#{tmp}/a.txt"')
    assert "6 bytes" in scenario.state.notes[0]
