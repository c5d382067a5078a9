"""apitest/steps/store.py: what is kept, and checks of variables."""

from __future__ import annotations

from typing import Any

import pytest

from apitest.steps import store
from tests.apitest.steps.conftest import Scenario


def test_values_keep_their_types(scenario: Scenario) -> None:
    scenario.feature.values["order"] = {"items": [1]}
    scenario.say('I store "17" under "id"')
    scenario.say('I store "" under "empty"')
    scenario.say('I store "#order" under "copy"')
    scenario.say('I store "#order/items/0" under "first"')
    scenario.say('I store "is \\"x\\" under" under "odd"')
    assert [scenario.stored(name) for name in ("id", "empty", "copy", "first", "odd")] == [
        "17", "", {"items": [1]}, 1, 'is "x" under',
    ]  # fmt: skip


def test_value_needs_a_name(scenario: Scenario) -> None:
    scenario.errs('I store "1" under ""')


def test_random_values(scenario: Scenario) -> None:
    scenario.say('I store a random string under "s"')
    scenario.say('I store a random integer under "i"')
    scenario.say('I store a random float under "f"')
    scenario.say('date format "day" "YYYY-MM-DD"')
    scenario.say('I store a random date under "d", format "day"')
    scenario.say('variable "#s" is any string')
    scenario.say('variable "#i" is any integer')
    scenario.say('variable "#f" is any float')
    scenario.say('variable "#d" looks like "~date"')
    assert "date format" in scenario.errs('I store a random date under "d", format "dya"').message


def test_from_the_response(scenario: Scenario) -> None:
    scenario.received({"id": 17, "tags": ["a"]})
    scenario.say('I store "/id" from response under "id"')
    scenario.say('I store "$.tags[0]" from response under "tag"')
    scenario.say('I store "" from response under "all"')
    scenario.say('I store "/next" from response under "next", default "none"')
    scenario.say('I store "/id" from response under "same", default "none"')
    assert [scenario.stored(name) for name in ("id", "tag", "all", "next", "same")] == [
        17, "a", {"id": 17, "tags": ["a"]}, "none", 17,
    ]  # fmt: skip
    scenario.fails('I store "/next" from response under "next"')


def test_from_an_xml_response(scenario: Scenario) -> None:
    scenario.received(b"<order><id>17</id></order>", 200, ("Content-Type", "application/xml"))
    scenario.say('I store "//id" from response under "id"')
    assert scenario.stored("id") == "17"
    scenario.fails('I store "//nope" from response under "id"')


def test_base64(scenario: Scenario) -> None:
    scenario.say('I encode "ann:pw" using Base64 under "cred"')
    assert scenario.stored("cred") == "YW5uOnB3"


VALUES: dict[str, Any] = {
    "list": ["a", 1],
    "none": [],
    "dict": {"a": 1},
    "n": 3,
    "text": "3",
    "f": 9.9,
    "yes": True,
    "tilde": "~any",
    "u": "2f1c9e60-7d4b-4a43-9c1e-0d8f3f7ab001",
}


@pytest.mark.parametrize(
    "sentence",
    [
        'variable "#list" is a list "[\'a\', 1]"',
        'variable "#none" is an empty list',
        'variable "#n" is an integer "3"',
        'variable "#text" is an integer "3"',
        'variable "#f" is a float "9.9"',
        'variable "#text" is a string "3"',
        'variable "#tilde" is a string "~~any"',
        'variable "#yes" is True',
        'variable "#u" is any UUID4',
        'variable "#list" is any list',
        'variable "#dict" is any dict',
        'variable "#yes" is any Boolean',
        'variable "#u" looks like "~uuid"',
        'variable "#n" is the same as "#n"',
        'variable "#list" has 2 entries',
        'variable "#dict" has 1 entry',
        'variable "#none" has 0 entries',
        'variable "#n" is at least 3',
        'variable "#text" is less than 3.5',
        'variable "#f" is greater than 9',
        'variable "#list" matches JSON',
    ],
)
def test_holds(scenario: Scenario, sentence: str) -> None:
    scenario.feature.values.update(VALUES)
    scenario.say(sentence, '["~string", 1]' if sentence.endswith("JSON") else None)


@pytest.mark.parametrize(
    "sentence",
    [
        'variable "#list" is a list "[\'a\']"',
        'variable "#list" is an empty list',
        'variable "#dict" is an empty list',
        'variable "#n" is an integer "4"',
        'variable "#list" is an integer "1"',
        'variable "#yes" is an integer "1"',
        'variable "#f" is a float "9"',
        'variable "#n" is a string "3"',
        'variable "#yes" is False',
        'variable "#n" is True',
        'variable "#n" is any string',
        'variable "#text" is any UUID4',
        'variable "#n" is the same as "#text"',
        'variable "#text" is the same as "#tilde"',
        'variable "#list" has 1 entry',
        'variable "#n" has 3 entries',
        'variable "#n" is greater than 3',
        'variable "#list" is at least 1',
        'variable "#yes" is at least 1',
    ],
)
def test_fails(scenario: Scenario, sentence: str) -> None:
    scenario.feature.values.update(VALUES)
    scenario.fails(sentence)


def test_unknown_names_are_errors_with_the_nearest(scenario: Scenario) -> None:
    scenario.feature.values["order-id"] = 1
    assert "#order-id" in scenario.errs('variable "#order_id" is True').hint
    scenario.errs('variable "#n" is a list "3"')


def test_sleep(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(store.time, "sleep", slept.append)
    scenario.say('I sleep for "0.5"')
    assert slept == [0.5]
    scenario.errs('I sleep for "-1"')
    scenario.errs('I sleep for "long"')
