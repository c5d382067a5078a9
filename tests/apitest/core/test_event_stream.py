"""Event streams from bytes; the examples are those of the standard (WHATWG HTML 9.2.6)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitest.core.event_stream import Event, EventStreamParser


def events(data: bytes) -> list[Event]:
    return EventStreamParser().feed(data)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"data: YHOO\ndata: +2\ndata: 10\n\n", [Event("message", "YHOO\n+2\n10")]),
        (
            b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n",
            [Event("message", "first event", "1"), Event("message", "second event")],
        ),
        (b"data\n\ndata\ndata\n\ndata:", [Event("message", ""), Event("message", "\n")]),
        (b"data:test\n\ndata: test\n\n", [Event("message", "test"), Event("message", "test")]),
        (b"event: add\ndata: 73857293\n\nevent: none\n\n", [Event("add", "73857293")]),
        (b"\xef\xbb\xbfdata: x\r\rdata: y\r\n\r\n", [Event("message", "x"), Event("message", "y")]),
        ("data: ü\nid: a\0b\nwhat: ever\n\n".encode(), [Event("message", "ü")]),
    ],
)
def test_examples(data: bytes, expected: list[Event]) -> None:
    assert events(data) == expected


def test_what_is_needed_to_resume() -> None:
    parser = EventStreamParser("4")
    assert parser.feed(b"retry: 50\ndata: x\n\nid: 5\nretry: soon\n\n") == [Event("message", "x", "4")]
    assert (parser.last_id, parser.retry_ms) == ("5", 50)


STREAM = "\ufeffevent: a\r\ndata: ü1\r\rid: 7\ndata: 2\ndata\n\n: c\r\n\r\ndata: 3\r\n\r\n".encode()


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_any_split_of_the_bytes_gives_the_same_events(cuts: list[int]) -> None:
    parser, found, begin = EventStreamParser(), [], 0
    for cut in [*sorted(cuts), len(STREAM)]:
        found += parser.feed(STREAM[begin:cut])
        begin = cut
    assert found == events(STREAM)
    assert [one.data for one in found] == ["ü1", "2\n", "3"]
