"""apitest/steps/json_request.py: values set in the request's JSON."""

from __future__ import annotations

import uuid

import pytest

from tests.apitest.steps.conftest import Scenario


def value(scenario: Scenario, what: str, path: str = "/x") -> object:
    scenario.state.request.body = None
    scenario.say(f'path "{path}" in request {what}')
    body = scenario.state.request.body
    return body["x"]


@pytest.mark.parametrize(
    ("what", "wanted"),
    [
        ('is "Ann"', "Ann"),
        ('is ""', ""),
        ('is "#n"', 3),
        ('is "n-#{n}"', "n-3"),
        ('is "##n"', "#n"),
        ("is \"['a', 1, None]\" (with literal_eval)", ["a", 1, None]),
        ('is "#tags" (with literal_eval)', ["a"]),
        ('is an integer "3"', 3),
        ('is an integer "#n"', 3),
        ('is a float "9.90"', 9.9),
        ('is a list "red, blue"', ["red", "blue"]),
        ('is a list ""', []),
        ("is True", True),
        ("is False", False),
        ("is null", None),
        ('is JSON "{"zip": "1000", "n": [1]}"', {"zip": "1000", "n": [1]}),
        ('is JSON "#tags"', ["a"]),
    ],
)
def test_values(scenario: Scenario, what: str, wanted: object) -> None:
    scenario.feature.values.update(n=3, tags=["a"])
    found = value(scenario, what)
    assert found == wanted
    assert isinstance(found, type(wanted))
    assert isinstance(found, bool) is isinstance(wanted, bool)


def test_random_values(scenario: Scenario) -> None:
    assert uuid.UUID(str(value(scenario, "is a UUID"))).version == 4
    assert len(str(value(scenario, "is a UUID4"))) == 32
    assert str(value(scenario, "is a random string"))[0] == "a"
    assert value(scenario, "is a random integer") in range(100)
    assert 0 <= float(str(value(scenario, "is a random float"))) < 100
    assert value(scenario, 'is one of "S,M,L"') in ("S", "M", "L")
    assert "@" in str(value(scenario, 'is a random "e-mail"'))


def test_the_same_seed_gives_the_same_values(scenario: Scenario) -> None:
    first = value(scenario, "is a random string")
    scenario.state.run.shared.pop("random")
    assert value(scenario, "is a random string") == first


def test_body_written_before_is_changed(scenario: Scenario) -> None:
    scenario.say('request is "{"a": {"b": 1}, "c": 2}"')
    scenario.say('path "/a/b" in request is "x"')
    scenario.say('path "/a/d/0" in request is True')
    scenario.say('path "/c" in request is removed')
    assert scenario.state.request.body == {"a": {"b": "x", "d": [True]}}


def test_stored_value_is_not_shared_with_the_request(scenario: Scenario) -> None:
    scenario.feature.values["order"] = {"items": []}
    scenario.say('path "/order" in request is "#order"')
    scenario.say('path "/order/items/0" in request is "A1"')
    assert scenario.stored("order") == {"items": []}


def test_format_becomes_json(scenario: Scenario) -> None:
    scenario.say('path "/a" in request is "1"')
    assert scenario.state.request.request_format == "JSON"


def test_several_at_once(scenario: Scenario) -> None:
    scenario.say(
        "request has these values",
        """
        | path    | type    | value    |
        | /name   | text    | Ann      |
        | /qty    | integer | 3        |
        | /price  | float   | 9.9      |
        | /gift   | boolean | true     |
        | /note   | null    |          |
        | /tags   | list    | a, b     |
        | /to     | JSON    | {"z": 1} |
        | /sizes  | literal | (1, 2)   |
        | /plain  |         | x        |
        """,
    )
    assert scenario.state.request.body == {
        "name": "Ann", "qty": 3, "price": 9.9, "gift": True, "note": None, "tags": ["a", "b"], "to": {"z": 1},
        "sizes": (1, 2), "plain": "x",
    }  # fmt: skip
    assert (
        "There is no type"
        in scenario.errs("request has these values", "| path | type | value |\n| /a | x | 1 |").message
    )
    scenario.errs("request has these values", "| path | type | value |\n| /a | boolean | maybe |")


@pytest.mark.parametrize(
    "sentence",
    [
        'path "/a" in request is an integer "x"',
        'path "/a" in request is a float "x"',
        'path "/a" in request is "import os" (with literal_eval)',
        'path "/a" in request is JSON "{"',
        'path "a" in request is "x"',
        'path "/a" in request is removed',
        'path "/a" in request is one of ""',
        'path "/a" in request is a random "nonsense"',
    ],
)
def test_errors(scenario: Scenario, sentence: str) -> None:
    scenario.errs(sentence)


def test_body_that_is_no_json(scenario: Scenario) -> None:
    scenario.say('request is "hello"')
    assert "the request's body" in scenario.errs('path "/a" in request is "1"').message
