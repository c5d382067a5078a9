from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import pytest

from apitest.core.markers import Context
from apitest.errors import StepError
from apitest.mocks.rules import (
    Answer,
    Call,
    Collection,
    Condition,
    Rules,
    encode_body,
    fill_parts,
    match_path,
    parse_when,
    read_call,
)

NOW = Context(now=datetime(2026, 1, 31, tzinfo=timezone.utc))


def call(method: str = "GET", target: str = "/", body: Any = None, **headers: str) -> Call:
    data = b"" if body is None else json.dumps(body).encode()
    return read_call(1, method, target, [(name.replace("_", "-"), value) for name, value in headers.items()], data)


def answer(rules: Rules, one: Call) -> tuple[int, Any]:
    found = rules.decide(one, NOW).answer
    assert found is not None
    return found.status, found.body


@pytest.mark.parametrize(
    ("template", "path", "parts"),
    [
        ("/a", "/a", {}),
        ("/a", "/b", None),
        ("/a/{id}", "/a/7", {"id": "7"}),
        ("/a/{id}", "/a/7/b", None),
        ("/a/{id}", "/a/", None),
        ("/a/{id}/b/{n}", "/a/7/b/8", {"id": "7", "n": "8"}),
        ("/a/*", "/a/7/b", {}),
        ("*", "/anything", {}),
        ("/a.b/{id}", "/axb/7", None),
    ],
)
def test_paths(template: str, path: str, parts: dict[str, str] | None) -> None:
    assert match_path(template, path) == parts


def test_calls_are_read_as_they_came() -> None:
    one = call("post", "/caf%C3%A9/x?a=1&a=2&b=", X_A="1", x_a="2")
    assert (one.method, one.path) == ("POST", "/café/x")
    assert one.query == (("a", "1"), ("a", "2"), ("b", ""))
    assert one.header("X-A") == "1, 2"
    assert call("GET", "http://shop.test/a?b=1").path == "/a"


def test_the_most_particular_expectation_answers() -> None:
    rules = Rules()
    rules.expect("GET", "/orders/{id}", [Answer(200, body="any")])
    rules.expect("GET", "/orders/7", [Answer(200, body="seven")])
    rules.expect("GET", "/orders/{id}", [Answer(200, body="dry")], parse_when("header X-Test is dry"))
    rules.expect("GET", "/orders/{id}?page=2", [Answer(200, body="second")])
    assert answer(rules, call(target="/orders/8"))[1] == "any"
    assert answer(rules, call(target="/orders/7"))[1] == "seven"
    assert answer(rules, call(target="/orders/8", X_Test="dry"))[1] == "dry"
    assert answer(rules, call(target="/orders/8?page=2"))[1] == "second"


def test_a_later_expectation_takes_the_place_of_the_same_earlier_one() -> None:
    rules = Rules()
    rules.expect("get", "/a", [Answer(200)])
    rules.expect("GET", "/a", [Answer(500)])
    assert answer(rules, call(target="/a"))[0] == 500
    assert len(rules.expectations) == 1


def test_answers_in_turn_the_last_one_stays() -> None:
    rules = Rules()
    rules.expect("GET", "/a", [Answer(202), Answer(200)])
    assert [answer(rules, call(target="/a"))[0] for _ in range(3)] == [202, 200, 200]


def test_head_is_answered_as_get_and_any_as_all() -> None:
    rules = Rules()
    rules.expect("GET", "/a", [Answer(200)])
    rules.expect("ANY", "/b", [Answer(201)])
    assert answer(rules, call("HEAD", "/a"))[0] == 200
    assert answer(rules, call("PURGE", "/b"))[0] == 201


def test_unexpected_calls_name_the_nearest() -> None:
    rules = Rules()
    found = rules.decide(call(target="/x"), NOW)
    assert (found.is_expected, found.near) == (False, "")
    rules.expect("POST", "/orders", [Answer(201)], parse_when("path /qty is 3 and header X-Key is k"))
    near = rules.decide(call("POST", "/orders", {"qty": 4}), NOW).near
    assert near == "POST /orders: path /qty is 4, not 3, header X-Key is not there"
    assert "another method" in rules.decide(call("PUT", "/orders", {"qty": 3}, X_Key="k"), NOW).near
    assert "another path" in rules.decide(call("POST", "/order", {"qty": 3}, X_Key="k"), NOW).near


def test_what_comes_before_expectations() -> None:
    rules = Rules()
    rules.expect("GET", "/a", [Answer(200)])
    rules.failures.append((2, 503))
    assert [answer(rules, call(target="/a"))[0] for _ in range(3)] == [503, 503, 200]
    rules.guards.append(("X-Key", "~oneof:a,b"))
    assert answer(rules, call(target="/a"))[0] == 401
    assert answer(rules, call(target="/a", X_Key="b"))[0] == 200
    rules.is_dropping = True
    assert rules.decide(call(target="/a"), NOW).answer is None


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("", ()),
        ("header X-Key is k", (Condition("header", "X-Key", "k"),)),
        ('query "page" is "2 and 3"', (Condition("query", "page", "2 and 3"),)),
        ("body contains abc", (Condition("body", "", "abc", is_part=True),)),
        ("path /a is x y and query b = 2", (Condition("path", "/a", "x y"), Condition("query", "b", "2"))),
    ],
)
def test_when(text: str, conditions: tuple[Condition, ...]) -> None:
    assert parse_when(text) == conditions


@pytest.mark.parametrize("text", ["x", "header is k", "path /a", "body abc", "header X is k or header Y is z and"])
def test_when_that_cannot_be_read(text: str) -> None:
    if text.startswith("header X is"):
        assert parse_when(text)[0].expected == "k or header Y is z and"  # the rest of the line is the value
        return
    with pytest.raises(StepError):
        parse_when(text)


@pytest.mark.parametrize(
    ("text", "one", "fits"),
    [
        ("path /qty is 3", call(body={"qty": 3}), True),
        ("path /qty is 3", call(body={"qty": "3"}), True),
        ("path /qty is ~gt:2", call(body={"qty": 3}), True),
        ("path /qty is 3", call(body={}), False),
        ("path /qty is 3", call(), False),
        ("query a is 1, 2", call(target="/?a=1&a=2"), True),
        ("body contains qty", call(body={"qty": 3}), True),
        ("body is x", call(body="x"), False),
        ("header A contains b", call(A="abc"), True),
    ],
)
def test_conditions(text: str, one: Call, fits: bool) -> None:
    assert any(item.problem(one, NOW) for item in parse_when(text)) is not fits


def test_paths_and_conditions_that_make_no_sense() -> None:
    with pytest.raises(StepError):
        Rules().expect("GET", "orders", [Answer()])


def test_collection() -> None:
    rules = Rules(collections=[Collection("/c")])
    assert answer(rules, call("POST", "/c", {"name": "Ann"})) == (201, {"id": 1, "name": "Ann"})
    assert answer(rules, call("POST", "/c", {"id": "x", "name": "Bo"}))[0] == 201
    assert answer(rules, call("POST", "/c", {"id": "x"}))[0] == 409
    assert answer(rules, call("POST", "/c", [1]))[0] == 400
    assert answer(rules, call("GET", "/c"))[1] == [{"id": 1, "name": "Ann"}, {"id": "x", "name": "Bo"}]
    assert answer(rules, call("GET", "/c?name=Bo"))[1] == [{"id": "x", "name": "Bo"}]
    assert answer(rules, call("PUT", "/c/x", {"city": "Bern"}))[1] == {"id": "x", "city": "Bern"}
    assert answer(rules, call("PATCH", "/c/1", {"name": None, "to": {"zip": "1"}}))[1] == {"id": 1, "to": {"zip": "1"}}
    assert answer(rules, call("PATCH", "/c/1", {"to": {"zip": None, "a": 1}}))[1] == {"id": 1, "to": {"a": 1}}
    assert answer(rules, call("DELETE", "/c/1"))[0] == 204
    assert answer(rules, call("GET", "/c/1"))[0] == 404
    assert answer(rules, call("POST", "/c", {}))[1] == {"id": 2}
    assert answer(rules, call("DELETE", "/c"))[0] == 405
    assert answer(rules, call("GET", "/c/x/y"))[0] == 404


def test_bodies() -> None:
    assert encode_body(None, ()) == (b"", "")
    assert encode_body({"a": 1}, ())[1] == "application/json"
    assert encode_body({"a": 1}, [("content-type", "x")])[1] == ""
    assert encode_body("<a/>", ())[1].startswith("text/xml")
    assert encode_body("hi", ()) == (b"hi", "text/plain; charset=utf-8")
    assert fill_parts({"a": ["{id}-{x}"], "b": 1}, {"id": "7"}) == {"a": ["7-{x}"], "b": 1}
