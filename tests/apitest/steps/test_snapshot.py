"""apitest/steps/snapshot.py: approved files, received ones, and when which is written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.apitest.steps.conftest import Scenario


def file(scenario: Scenario, name: str) -> Any:
    path = scenario.features / "approved" / name
    return json.loads(path.read_text("utf-8")) if path.is_file() else None


def test_the_first_one_is_received_and_fails(scenario: Scenario) -> None:
    scenario.received({"id": 7, "text": "~x"})
    error = scenario.fails('response matches the approved "order"')
    assert "no approved" in error.message
    assert "apitest approve order" in error.hint
    assert "features/approved/order.received.json" in error.mismatches[0].reason
    assert file(scenario, "order.received.json") == {"id": 7, "text": "~~x"}
    scenario.fails('response has the same shape as the approved "orders/new"')
    assert file(scenario, "orders/new.received.json") == {"id": 7, "text": "~~x"}


def test_the_same_and_another(scenario: Scenario) -> None:
    scenario.write("approved/order.json", '{"id": "~integer", "state": "new", "at": 1}')
    scenario.write("approved/order.received.json", "{}")
    scenario.received({"id": 7, "state": "new", "at": 1})
    scenario.say('response matches the approved "order"')
    scenario.say('response matches the approved "order.json"')
    assert file(scenario, "order.received.json") is None
    scenario.received({"id": 7, "state": "paid", "at": 2})
    error = scenario.fails('response matches the approved "order" ignoring "$..at"')
    assert [(one.path, one.expected, one.actual) for one in error.mismatches] == [("/state", "new", "paid")]
    assert file(scenario, "order.received.json") == {"id": "~integer", "state": "paid", "at": 1}
    scenario.say('response matches the approved "order" ignoring "/state, $..at"')


def test_a_part_and_a_shape(scenario: Scenario) -> None:
    scenario.write("approved/line.json", '{"sku": "A1"}')
    scenario.received({"items": [{"sku": "A1"}, {"sku": "B2"}, {"sku": 3}]})
    scenario.say('path "/items/0" matches the approved "line"')
    scenario.fails('path "/items/1" matches the approved "line"')
    scenario.fails('path "/items/9" matches the approved "line"')
    scenario.received({"sku": "other"})
    scenario.say('response has the same shape as the approved "line"')
    scenario.received({"sku": 3})
    error = scenario.fails('response has the same shape as the approved "line"')
    assert [(one.path, one.expected) for one in error.mismatches] == [("/sku", "a text")]


def test_markers_instead_of_values(scenario: Scenario) -> None:
    scenario.say('approved values at "$..id" become "~uuid"')
    scenario.received({"id": "2f1c9e60-7d4b-4a43-9c1e-0d8f3f7ab001"})
    scenario.fails('response matches the approved "order"')
    assert file(scenario, "order.received.json") == {"id": "~uuid"}
    scenario.received({"id": 7})
    assert "cannot be replaced" in scenario.fails('response matches the approved "other"').message
    scenario.errs('approved values at "$..id" become "uuid"')
    scenario.errs('approved values at "$..id" become "~uuuid"')
    scenario.errs('approved values at "id" become "~uuid"')


def test_the_whole_exchange(scenario: Scenario) -> None:
    scenario.state.run.secrets.add("hush-hush")
    scenario.say('address "http://h"')
    scenario.answer({"id": 1, "pw": "hush-hush"}, 201, ("Location", "/a/1"), ("Date", "today"))
    scenario.say('I send a "POST" request to "/a?b=c"', '{"qty": 2}')
    scenario.fails('the whole exchange matches the approved "made"')
    found = file(scenario, "made.received.json")
    assert found["request"]["body"] == {"qty": 2}
    assert (found["request"]["method"], found["request"]["path"]) == ("POST", "/a?b=c")
    assert (found["status"], found["body"]) == (201, {"id": 1, "pw": "***"})
    assert found["headers"] == {"content-type": "application/json", "location": "/a/1"}
    (scenario.features / "approved/made.received.json").rename(scenario.features / "approved/made.json")
    scenario.say('the whole exchange matches the approved "made"')


def test_other_formats(scenario: Scenario) -> None:
    scenario.received("one\ntwo\n")
    scenario.fails('response matches the approved "text"')
    path = scenario.features / "approved" / "text.received.txt"
    assert path.read_text() == "one\ntwo\n"
    path.rename(path.with_name("text.txt"))
    scenario.say('response matches the approved "text"')
    scenario.received("one\n2\n")
    scenario.fails('response matches the approved "text"')
    scenario.errs('response matches the approved "text" ignoring "/a"')
    scenario.received({"a": 1})
    assert "another format" in scenario.fails('response matches the approved "text"').message
    scenario.received(b"<a/>", 200, ("Content-Type", "text/xml"))
    scenario.fails('response matches the approved "xml"')
    assert (scenario.features / "approved" / "xml.received.xml").is_file()
    scenario.received(b"\0", 200, ("Content-Type", "image/png"))
    scenario.errs('response matches the approved "picture"')


@pytest.mark.parametrize("name", ["", "../../../x", "a.received"])
def test_names_that_are_none(scenario: Scenario, name: str) -> None:
    scenario.received({"a": 1})
    scenario.errs(f'response matches the approved "{name}"')


def test_broken_files(scenario: Scenario) -> None:
    scenario.received({"a": 1})
    scenario.write("approved/a.json", "{")
    assert "no JSON" in scenario.errs('response matches the approved "a"').message
    scenario.write("approved/b.json", b'"\xff"')
    assert "UTF-8" in scenario.errs('response matches the approved "b"').message
    scenario.write("approved/c.json", '{"a": "~nosuch"}')
    assert "no marker" in scenario.errs('response matches the approved "c"').message
