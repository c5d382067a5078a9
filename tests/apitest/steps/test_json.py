"""apitest/steps/json.py: the value at a path, documents, tables of checks."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta, timezone

import pytest

from apitest.steps.json import crockford_problem
from tests.apitest.steps.conftest import Scenario

NOW = datetime.now(timezone.utc)
DOCUMENT = {
    "id": 17,
    "uuid": "2f1c9e60-7d4b-4a43-9c1e-0d8f3f7ab001",
    "state": "paid",
    "price": 9.9,
    "whole": 5.0,
    "paid": True,
    "open": False,
    "deleted": None,
    "note": "",
    "empty": [],
    "meta": {},
    "tags": ["red", "blue"],
    "items": [{"sku": "A1", "qty": 2}, {"sku": "B2", "qty": 1}],
    "ref": "ORD-000017",
    "tilde": "~any",
    "blob": base64.b64encode(b"hello").decode(),
    "at": NOW.isoformat(),
    "epoch": NOW.timestamp(),
    "epoch_ms": int(NOW.timestamp() * 1000),
    "until": (NOW + timedelta(days=3000)).date().isoformat(),
    "code": "16J",
    "checked": "16JD",
}


@pytest.fixture
def answered(scenario: Scenario) -> Scenario:
    scenario.received(DOCUMENT)
    scenario.feature.values.update(price=9.9, state="paid", tags=["red", "blue"], tilde="~any")
    scenario.write("json/response/tags.json", '["red", "~any"]')
    scenario.write("json/response/item.json", '{"sku": "B2", "qty": "~integer"}')
    return scenario


HOLDS = [
    'path "/state" is "paid"',
    'path "/state" is "#state"',
    'path "/state" is "~string"',
    'path "/note" is ""',
    'path "/tilde" is "~~any"',
    'path "/tilde" is "#tilde"',
    'path "$.state" is "paid"',
    'path "/price" is "#price"',
    "path \"/tags\" is \"['red', 'blue']\" (with literal_eval)",
    'path "/tags" is JSON "["red", "~string"]"',
    'path "/tags" is JSON equal to that from "tags.json"',
    'path "/id" is an integer "17"',
    'path "/whole" is an integer "5"',
    'path "/id" is any integer',
    'path "/price" is a float "9.9"',
    'path "/id" is a float "17"',
    'path "/price" is any float',
    'path "/paid" is any bool',
    'path "/state" is any string',
    'path "/uuid" is a uuid',
    'path "/tags" is a list "red, blue"',
    'path "/empty" is an empty list',
    'path "/tags" isn\'t an empty list',
    'path "/meta" is an empty dict',
    'path "/note" is empty',
    'path "/state" isn\'t empty',
    'path "/open" isn\'t empty',
    'path "/paid" is True',
    'path "/open" is False',
    'path "/deleted" is null',
    'path "/open" isn\'t null',
    'path "/deleted" exists',
    'path "/password" doesn\'t exist',
    'path "$..password" doesn\'t exist',
    'path "/state" is one of "new, paid"',
    'path "/id" is one of "16,17"',
    'path "/state" isn\'t one of "void,lost"',
    'path "/state" isn\'t a string "void"',
    'path "/state" isn\'t "void"',
    'path "/id" isn\'t "17"',
    'path "/uuid" looks like "~uuid4"',
    'path "/id" looks like "~range:1..17"',
    'path "/password" looks like "~absent"',
    'path "/password" looks like "~string?"',
    'path "/price" is the same as path "$.price"',
    'path "/ref" starts with "ORD-"',
    'path "/ref" starts with any of "INV-,ORD-"',
    'path "/ref" doesn\'t start with "INV-"',
    'path "/ref" ends with "17"',
    'path "/ref" contains the text "-0"',
    'path "/ref" doesn\'t contain the text "x"',
    'path "/ref" matches "ORD-\\d{6}"',
    'path "/ref" is 10 characters long',
    'path "/code" is a BASE32 Crockford, checksum "False"',
    'path "/checked" is a BASE32 Crockford, checksum "True"',
    'path "/blob" decoded from Base64 is "hello"',
    'path "/id" is at least 17',
    'path "/id" is at most "17"',
    'path "/id" is greater than -1.5',
    'path "/id" is less than 1_000',
    'path "/id" is between 17 and 20',
    'path "/price" is about 10, give or take 0.1',
    'path "/items" has 2 elements',
    'path "/items" has at least 1 element',
    'path "/items" has at most 2 elements',
    'path "/items/0" has 2 elements',
    'path "/items/0" has the keys "sku"',
    'path "/items/0" has only the keys "qty, sku"',
    'path "/at" is a time within 1 minute of now',
    'path "/epoch" is a time within 1 minute of now',
    'path "/epoch_ms" is a time within 1 minute of now',
    'path "/until" is a date after "2026-01-01"',
    'path "/until" is a date before "9999-01-01T00:00:00Z"',
]

FAILS = [
    'path "/state" is "new"',
    'path "/id" is "17"',
    'path "/deleted" is ""',
    'path "/tilde" is "any"',
    'path "/state" is "#tilde"',
    'path "/tags" is JSON "["red"]"',
    'path "/id" is an integer "18"',
    'path "/paid" is an integer "1"',
    'path "/price" is any integer',
    'path "/paid" is any integer',
    'path "/id" is any float',
    'path "/state" is any bool',
    'path "/id" is any string',
    'path "/state" is a uuid',
    'path "/tags" is a list "blue, red"',
    'path "/tags" is an empty list',
    'path "/note" is an empty list',
    'path "/empty" isn\'t an empty list',
    'path "/state" isn\'t an empty list',
    'path "/empty" is an empty dict',
    'path "/empty" is empty',
    'path "/deleted" is empty',
    'path "/note" isn\'t empty',
    'path "/empty" isn\'t empty',
    'path "/meta" isn\'t empty',
    'path "/deleted" isn\'t empty',
    'path "/state" is True',
    'path "/paid" is False',
    'path "/note" is null',
    'path "/deleted" isn\'t null',
    'path "/state" doesn\'t exist',
    'path "$..sku" doesn\'t exist',
    'path "/state" is one of "new,void"',
    'path "/state" isn\'t one of "new,paid"',
    'path "/state" isn\'t a string "paid"',
    'path "/state" isn\'t "paid"',
    'path "/state" isn\'t "~string"',
    'path "/state" looks like "~uuid"',
    'path "/state" looks like "~absent"',
    'path "/price" is the same as path "/id"',
    'path "/ref" starts with "INV-"',
    'path "/id" starts with "1"',
    'path "/ref" starts with any of "A,B"',
    'path "/ref" doesn\'t start with "ORD"',
    'path "/id" doesn\'t start with "2"',
    'path "/ref" ends with "18"',
    'path "/ref" contains the text "void"',
    'path "/ref" doesn\'t contain the text "ORD"',
    'path "/tags" doesn\'t contain the text "green"',
    'path "/ref" matches "ORD"',
    'path "/ref" is 9 characters long',
    'path "/tags" is 2 characters long',
    'path "/state" is a BASE32 Crockford, checksum "True"',
    'path "/id" is a BASE32 Crockford, checksum "False"',
    'path "/blob" decoded from Base64 is "bye"',
    'path "/state" decoded from Base64 is "x"',
    'path "/id" decoded from Base64 is "x"',
    'path "/id" is at least 18',
    'path "/state" is at least 1',
    'path "/paid" is at least 1',
    'path "/id" is greater than 17',
    'path "/id" is between 18 and 20',
    'path "/price" is about 10, give or take 0.05',
    'path "/items" has 1 element',
    'path "/state" has 4 elements',
    'path "/items/0" has the keys "sku, price"',
    'path "/items/0" has only the keys "sku"',
    'path "/tags" has only the keys ""',
    'path "/state" is a time within 1 day of now',
    'path "/until" is a time within 1 day of now',
    'path "/until" is a date before "2026-01-01"',
    'path "/state" is a date after "2026-01-01"',
]

MISSING = [
    'path "/nope" is "x"',
    'path "/nope" is any integer',
    'path "/nope" isn\'t "x"',
    'path "/nope" isn\'t one of "a,b"',
    'path "/nope" isn\'t a string "x"',
    'path "/nope" isn\'t empty',
    'path "/nope" isn\'t null',
    'path "/nope" isn\'t an empty list',
    'path "/nope" is null',
    'path "/nope" doesn\'t start with "x"',
    'path "/nope" doesn\'t contain the text "x"',
    'path "/nope" is at least 1',
    'path "/nope" exists',
    'path "/nope" looks like "~any"',
    'path "/nope" has 0 elements',
    'path "/items/5/sku" is "x"',
    'path "/state/x" is "x"',
    'path "$.nope" is "x"',
    'path "$..sku" is "A1"',
    'path "/price" is the same as path "/nope"',
]

ERRORS = [
    'path "nope" is "x"',
    'path "$[" is "x"',
    'path "/state" is "~nonsense"',
    'path "/state" is "~range:x"',
    'path "/id" is an integer "x"',
    'path "/id" is a float "x"',
    'path "/tags" is JSON "["',
    'path "/tags" is "open(1)" (with literal_eval)',
    'path "/tags" is JSON equal to that from "nope.json"',
    'path "/ref" matches "("',
    'path "/ref" contains the text ""',
    'path "/ref" starts with any of ""',
    'path "/items/0" has the keys ""',
    'path "/until" is a date after "soon"',
    'path "/code" is a BASE32 Crockford, checksum "maybe"',
    'path "/state" is "#nope"',
]


@pytest.mark.parametrize("sentence", HOLDS)
def test_holds(answered: Scenario, sentence: str) -> None:
    answered.say(sentence)


@pytest.mark.parametrize("sentence", FAILS)
def test_fails(answered: Scenario, sentence: str) -> None:
    answered.fails(sentence)


@pytest.mark.parametrize("sentence", MISSING)
def test_missing_path_is_a_failure_whatever_the_sentence_asks(answered: Scenario, sentence: str) -> None:
    answered.fails(sentence)


@pytest.mark.parametrize("sentence", ERRORS)
def test_cannot_be_evaluated(answered: Scenario, sentence: str) -> None:
    answered.errs(sentence)


def test_missing_path_names_the_deepest_parent_and_its_keys(answered: Scenario) -> None:
    failure = answered.fails('path "/items/0/skus" is "A1"')
    assert failure.mismatches[0].reason == '"/items/0" has sku, qty'
    assert failure.hint == 'path "/items/0/skus" doesn\'t exist; "/items/0/sku" does'


def test_number_where_a_text_was_expected_says_what_to_write(answered: Scenario) -> None:
    assert answered.fails('path "/id" is "17"').hint == 'Try: path "/id" is an integer "17"'
    assert answered.fails('path "/price" is "9.9"').hint == 'Try: path "/price" is a float "9.9"'
    assert answered.fails('path "/paid" is "true"').hint == 'Try: path "/paid" is True'
    assert answered.fails('path "/deleted" is "null"').hint == 'Try: path "/deleted" is null'


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b"<html>", "JSON"),
        (b'{"a": NaN}', "JSON"),
        (b'{"a": 1, "a": 1}', "'a'"),
        (b"\xff", "JSON"),
    ],
)
def test_response_that_is_no_json_is_a_failure(scenario: Scenario, body: bytes, words: str) -> None:
    scenario.received(body, 200, ("Content-Type", "application/json"))
    assert words in scenario.fails('path "/a" doesn\'t exist').message


def test_response_json(answered: Scenario) -> None:
    answered.received({"id": 17, "items": [{"sku": "A1", "qty": 2}, {"sku": "B2", "qty": 1}]})
    answered.say(
        "response matches JSON", '{"id": "~integer", "items": ["~unordered", {"sku": "B2", "qty": 1}, "~any"]}'
    )
    answered.say("response contains JSON", '{"items": [{"sku": "B2"}]}')
    failure = answered.fails("response matches JSON", '{"id": 18, "items": "~list", "more": 1}')
    assert [item.path for item in failure.mismatches] == ["/id", "/more"]
    answered.fails("response contains JSON", '{"items": [{"sku": "C3"}]}')
    answered.errs("response matches JSON", '{"id": ')
    answered.say('path "/items/0" matches JSON', '{"sku": "A1", "qty": "~range:1..2"}')
    answered.say('path "/items/1" contains JSON', '{"sku": "B2"}')
    assert answered.fails('path "/items/1" contains JSON', '{"sku": "A1"}').mismatches[0].path == "/items/1/sku"
    answered.fails('path "/nope" contains JSON', "{}")


def test_response_json_from_a_file(answered: Scenario) -> None:
    answered.received({"sku": "B2", "qty": 3})
    answered.say('response matches JSON from "item.json"')
    answered.received({"sku": "B2"})
    answered.fails('response matches JSON from "item.json"')


def test_look_ups_in_expected_documents_keep_their_types(answered: Scenario) -> None:
    answered.received({"price": 9.9, "tags": ["red", "blue"], "t": "~any"})
    answered.say("response matches JSON", '{"price": "#price", "tags": "#tags", "t": "#tilde"}')


def test_table_of_checks(answered: Scenario) -> None:
    answered.say(
        "response matches",
        """
        | path     | check             | value      |
        | /state   | is                | paid       |
        | /state   | is                | #state     |
        | /id      | is                | 17         |
        | /price   | is                | 9.9        |
        | /paid    | is                | true       |
        | /deleted | is                | null       |
        | /deleted | is null           |            |
        | /note    | is                |            |
        | /id      | is an integer     | 17         |
        | /id      | is at most        | 17         |
        | /uuid    | looks like        | ~uuid      |
        | /state   | is one of         | new,paid   |
        | /tags    | is JSON           | ["red", "blue"] |
        """,
    )


def test_table_shows_every_difference(answered: Scenario) -> None:
    failure = answered.fails(
        "response matches",
        """
        | path   | check          | value |
        | /id    | is             | 18    |
        | /state | is             | paid  |
        | /nope  | exists         |       |
        | /tags  | has 3 elements |       |
        """,
    )
    assert [item.path for item in failure.mismatches] == ["/id", "/nope", "/tags"]


def test_table_that_cannot_be_read(answered: Scenario) -> None:
    assert (
        "There is no check" in answered.errs("response matches", "| path | check | value |\n| /id | fits | 1 |").message
    )
    assert "no rows" in answered.errs("response matches", "| path | check | value |").message
    assert (
        "takes no value" in answered.errs("response matches", "| path | check | value |\n| /id | is null | 1 |").message
    )


def test_values_are_kept(answered: Scenario) -> None:
    answered.say("I store these values from response", "| path | name |\n| /id | id |\n| /tags/1 | tag |")
    assert (answered.stored("id"), answered.stored("tag")) == (17, "blue")
    answered.fails("I store these values from response", "| path | name |\n| /nope | id |")


@pytest.mark.parametrize(
    ("text", "has_checksum", "is_fine"),
    [
        ("16JD", False, True),
        ("16jd", False, True),
        ("16J-D", False, True),
        ("OIL", False, True),
        ("U", False, False),
        ("", False, False),
        ("16JD", True, True),
        ("16JE", True, False),
        ("D", True, False),
        (1234, False, False),
    ],
)
def test_crockford(text: object, has_checksum: bool, is_fine: bool) -> None:
    """1234 is 16J, its check symbol D, in the inventor's own example."""
    assert (crockford_problem(text, has_checksum) == "") is is_fine
