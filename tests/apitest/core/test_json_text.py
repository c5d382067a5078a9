from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitest.core import json_text
from apitest.errors import AssertionFailed, StepError

texts = st.text(st.characters(exclude_categories=["Cs"]))
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
)


@given(documents, st.sampled_from([None, 2]))
def test_what_was_written_is_read(document: Any, indent: int | None) -> None:
    assert json_text.parse_response(json.dumps(document, indent=indent).encode()) == document


@pytest.mark.parametrize(
    "body", [b'{"a": 1, "a": 2}', b'{"x": [{"b" : 1}, {"a": 1, "b":2, "a"\n:3}]}', b'{"a": "\\":", "b": {"a":1,"a":1}}']
)
def test_a_key_twice_is_a_failure_that_names_it(body: bytes) -> None:
    with pytest.raises(AssertionFailed, match="the key 'a' twice"):
        json_text.parse_response(body)


def test_a_key_in_two_objects_or_in_a_text_is_none_twice() -> None:
    body = b'{"a": {"a": [{"a": "\\"a\\": 1"}]}, "b": "{\\"a\\":1,\\"a\\":2}"}'
    assert json_text.parse_response(body)["a"] == {"a": [{"a": '"a": 1'}]}


def test_long_numbers_keep_their_digits() -> None:
    assert json_text.parse_response(b"[123456789012345678901234567890]") == [123456789012345678901234567890]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"{", "is no JSON"),
        (b"<html>", "line 1, column 1"),
        (b"NaN", "no JSON"),
    ],
)
def test_what_is_no_json(body: bytes, message: str) -> None:
    assert not json_text.is_json(body)
    with pytest.raises(AssertionFailed, match=message) as caught:
        json_text.parse_response(body)
    assert caught.value.mismatches[0].expected == "a JSON document"
    with pytest.raises(StepError, match=message):
        json_text.parse(body.decode())


def test_line_and_column() -> None:
    with pytest.raises(StepError, match="the doc string is no JSON: .*line 2, column 9") as caught:
        json_text.parse('{"a": 1,\n "b": 2 "c": 3}', "the doc string")
    assert '"b": 2 "c"' in caught.value.hint


def test_a_byte_order_mark_is_left_out() -> None:
    assert json_text.parse_response(b"\xef\xbb\xbf[1]") == [1]
