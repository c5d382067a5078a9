"""JSON and forms, both ways."""

from __future__ import annotations

import datetime as dt
import decimal
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.simpleio.elements import NOT_GIVEN
from server.simpleio.formats import (
    MAX_FORM_FIELDS,
    ParseProblem,
    encode,
    encode_form,
    encode_json,
    parse,
    parse_form,
    parse_json,
)


def test_json_problems_have_line_and_column() -> None:
    with pytest.raises(ParseProblem) as caught:
        parse_json(b'{"a":\n 1,}')
    assert caught.value.line == 2
    assert "not JSON" in caught.value.as_problem().problem
    assert "line 2 column" in caught.value.as_problem().problem


@pytest.mark.parametrize("body", [b"NaN", b'"\xff"', b"{", b'{"a":1}x', b"'a'"])
def test_what_is_no_json(body: bytes) -> None:
    with pytest.raises(ParseProblem):
        parse_json(body)


def test_what_services_answer_becomes_json() -> None:
    class Thing:
        def __init__(self) -> None:
            self.a = 1

    value = {
        "d": decimal.Decimal("1.10"),
        "u": uuid.UUID(int=1),
        "t": dt.datetime(2026, 1, 2, 3, 4, 5),
        "s": {1},
        "b": b"x",
        "o": Thing(),
        "n": NOT_GIVEN,
        5: "five",
    }
    assert parse_json(encode_json(value)) == {
        "d": "1.10",
        "u": "00000000-0000-0000-0000-000000000001",
        "t": "2026-01-02T03:04:05",
        "s": [1],
        "b": "x",
        "o": {"a": 1},
        "n": None,
        "5": "five",
    }


def test_what_cannot_become_json_is_named() -> None:
    with pytest.raises(TypeError, match="builtins.object"):
        encode_json({"a": object()})


def test_forms_repeat_names() -> None:
    assert parse_form(b"a=1&b=x+y&a=2&c=&d=%C3%A9") == {"a": ["1", "2"], "b": "x y", "c": "", "d": "é"}
    assert encode_form({"a": ["1", "2"], "b": True, "c": None, "d": {"x": 1}}) == "a=1&a=2&b=true&d=%7B%22x%22%3A1%7D"


@pytest.mark.parametrize("body", [b"a=%ff", b"\xff=1", b"a=1&" * (MAX_FORM_FIELDS + 1)])
def test_what_is_no_form(body: bytes) -> None:
    with pytest.raises(ParseProblem):
        parse_form(body)


@pytest.mark.parametrize(
    ("data_format", "body", "wanted"),
    [
        ("json", b'{"a": 1}', {"a": 1}),
        ("json", b"", None),
        ("form", b"a=1", {"a": "1"}),
        ("post", b"a=1", {"a": "1"}),
        (None, b"raw", b"raw"),
        ("", b"", b""),
    ],
)
def test_parse(data_format: str | None, body: bytes, wanted: Any) -> None:
    assert parse(data_format, body) == wanted


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(ParseProblem, match="'hl7' cannot be read"):
        parse("hl7", b"x")


@pytest.mark.parametrize(
    ("data_format", "payload", "body", "content_type"),
    [
        ("json", {"a": 1}, b'{"a":1}', "application/json"),
        ("json", '{"a": 1}', b'{"a": 1}', "application/json"),
        ("json", None, b"", "application/json"),
        (None, {"a": 1}, b'{"a":1}', "application/json"),
        (None, "text", b"text", "text/plain; charset=utf-8"),
        (None, b"\x00", b"\x00", "text/plain; charset=utf-8"),
        ("form", {"a": 1}, b"a=1", "application/x-www-form-urlencoded"),
    ],
)
def test_encode(data_format: str | None, payload: Any, body: bytes, content_type: str) -> None:
    assert encode(data_format, payload) == (body, content_type)


@given(st.dictionaries(st.text(min_size=1), st.text() | st.lists(st.text(), min_size=2, max_size=3), max_size=5))
def test_a_form_is_read_back(values: dict[str, Any]) -> None:
    assert parse_form(encode_form(values)) == values


@given(st.binary(max_size=50))
def test_any_bytes_are_parsed_or_refused(body: bytes) -> None:
    for data_format in ("json", "form"):
        try:
            parse(data_format, body)
        except ParseProblem as problem:
            assert problem.text
