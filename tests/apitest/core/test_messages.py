"""What fits a message, and what is said where nothing does."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from apitest.core import messages
from apitest.core.messages import Message
from apitest.errors import AssertionFailed


@pytest.mark.parametrize(
    ("expected", "body"),
    [
        ("ready", "ready"),
        ("ready", b"ready"),
        ("~startswith:re", "ready"),
        ("~integer", "17"),
        ("~gt:3", b"17"),
        ("~json", '{"a": 1}'),
        ({"a": "~integer"}, '{"a": 1}'),
        ([1, 2], b"[1, 2]"),
        (17, "17"),
        (b"\xff", b"\xff"),
        ("", ""),
    ],
)
def test_what_fits(expected: Any, body: Any) -> None:
    assert messages.text_differences(expected, Message(body)) == []


@pytest.mark.parametrize(
    ("expected", "body"),
    [
        ("ready", "ready "),
        ("~integer", "x"),
        ("~gt:30", "17"),
        ({"a": 1}, '{"a": 1, "b": 2}'),
        ({"a": 1}, "no JSON"),
        (17, "18"),
        (b"\xff", b"\xfe"),
    ],
)
def test_what_does_not_fit(expected: Any, body: Any) -> None:
    assert messages.text_differences(expected, Message(body))


def test_part_of_a_document() -> None:
    message = Message('{"a": {"b": 1, "c": 2}}')
    assert messages.json_differences({"a": {"b": 1}}, message, is_part=True) == []
    (found,) = messages.json_differences({"a": {"b": 1}}, message)
    assert found.path == "/a/c"


def test_a_message_that_is_no_json_is_a_failed_comparison() -> None:
    (found,) = messages.json_differences({"a": 1}, Message("oops"))
    assert "no JSON" in found.reason
    assert found.actual == "oops"
    with pytest.raises(AssertionFailed, match="the last one is no JSON"):
        messages.document_of(Message("oops"), "the last one")


def test_nothing_came() -> None:
    differences = partial(messages.text_differences, "x")
    (found,) = messages.none_fits("x", [], differences)
    assert (found.reason, found.has_actual) == ("no message came", False)
    (found,) = messages.none_fits("x", [], differences, "it was closed")
    assert found.reason == "it was closed"


def test_one_message_is_told_in_full() -> None:
    differences = partial(messages.json_differences, {"a": 1, "b": 2})
    found = messages.none_fits({"a": 1, "b": 2}, [Message('{"a": 1, "b": 3}')], differences)
    assert [(one.path, one.expected, one.actual) for one in found] == [("/b", 2, 3)]


def test_many_messages_are_listed() -> None:
    differences = partial(messages.text_differences, "x")
    found = messages.none_fits("x", [Message(str(n)) for n in range(13)], differences, "then it was closed")
    assert [one.actual for one in found[:10]] == [str(n) for n in range(10)]
    assert "3 more messages" in found[10].reason
    assert found[11].reason == "then it was closed"


def test_shown() -> None:
    assert messages.shown(Message(b"text")) == "text"
    assert messages.shown(Message(b"\xff\x00")) == "2 bytes: ff 00"
    assert messages.shown(Message("x" * 400)).endswith("... (400 characters)")
