"""Which connection a sentence means; nothing is connected here."""

from __future__ import annotations

from typing import Any

import pytest

from apitest.errors import StepError
from apitest.steps.connections import Opened, limit_of
from tests.apitest.steps.conftest import Scenario


class Line:
    def __init__(self, url: str, section: dict[str, str]) -> None:
        self.url = url
        self.section = section
        self.is_closed = False

    def close(self) -> None:
        self.is_closed = True


def make(ctx: Any, url: str, name: str, section: dict[str, str]) -> Line:
    return Line(url, section)


LINES: Opened[Line] = Opened("line", ("line", "lines"), 'line "line://a"', make)


def test_the_last_one_is_meant(scenario: Scenario) -> None:
    ctx = scenario.context
    one = LINES.open(ctx, "line://a", "one")
    two = LINES.open(ctx, "line://b")
    assert LINES.current(ctx) is two
    assert LINES.open(ctx, "one") is one
    assert LINES.current(ctx) is one
    scenario.close()
    assert one.is_closed and two.is_closed


def test_a_name_given_again_replaces(scenario: Scenario) -> None:
    one = LINES.open(scenario.context, "line://a", "one")
    other = LINES.open(scenario.context, "line://b", "one")
    assert one.is_closed
    assert LINES.current(scenario.context) is other


def test_the_configuration(scenario: Scenario) -> None:
    scenario.configure("[connection:main]\nurl = lines://h/x\nusername = ann\npassword = p/w\ntimeout = 3 seconds\n")
    found = LINES.current(scenario.context)  # the only one there is
    assert found.url == "lines://ann:p%2Fw@h/x"
    assert limit_of(found.section, 9) == 3
    assert LINES.open(scenario.context, "main") is found


def test_passwords_are_hidden(scenario: Scenario) -> None:
    LINES.open(scenario.context, "line://ann:s%2Fecret@h/x")
    LINES.open(scenario.context, "line://ann:pw@h/x")
    assert scenario.state.run.secrets == {"s/ecret"}


def test_several_in_the_configuration(scenario: Scenario) -> None:
    scenario.configure("[connection:a]\nurl = line://a\n[connection:b]\nurl = line://b\n[connection:c]\nurl = x://c\n")
    with pytest.raises(StepError) as caught:
        LINES.current(scenario.context)
    assert caught.value.hint == 'Say which: line "a" (there are: a, b)'


def test_mistakes(scenario: Scenario) -> None:
    with pytest.raises(StepError, match="No line is open") as caught:
        LINES.current(scenario.context)
    assert caught.value.hint == 'Given line "line://a"'
    with pytest.raises(StepError, match='"http" is no line'):
        LINES.open(scenario.context, "http://a")
    with pytest.raises(StepError, match='There is no connection "a"'):
        LINES.open(scenario.context, "a")
    with pytest.raises(StepError, match="timeout of the connection"):
        limit_of({"timeout": "soon"}, 1)
    assert limit_of({}, 7) == 7
