"""The inbox with a clock of its own; readers in the background and real peers are in tests/edges/."""

from __future__ import annotations

import pytest

from apitest.core.messages import Message
from apitest.transports.inbox import Inbox


class Peer:
    """Delivers messages at their times; waiting for one lets the time pass."""

    def __init__(self, *deliveries: tuple[float, str]) -> None:
        self.now = 0.0
        self.deliveries = list(deliveries)

    def fetch(self, seconds: float) -> Message | None:
        until = self.now + seconds
        if self.deliveries and self.deliveries[0][0] <= until:
            at, text = self.deliveries.pop(0)
            self.now = max(self.now, at)
            return Message(text)
        self.now = until
        return None

    def inbox(self) -> Inbox:
        return Inbox('AMQP queue "q"', self.fetch, monotonic=lambda: self.now)


def texts(found: list[Message]) -> list[str]:
    return [message.text for message in found]


def test_the_first_that_fits_is_taken_and_the_others_stay_in_order() -> None:
    inbox = Inbox("x")
    for text in "abcb":
        inbox.put(Message(text))
    taken = inbox.take(0, lambda message: message.text == "b")
    assert taken is not None and taken.text == "b"
    assert texts(inbox.waiting) == ["a", "c", "b"]
    assert inbox.last is taken


def test_waiting_ends_with_the_deadline() -> None:
    peer = Peer((1.0, "a"), (9.0, "b"))
    inbox = peer.inbox()
    assert inbox.take(5.0, lambda message: message.text == "b") is None
    assert peer.now == 5.0
    assert texts(inbox.waiting) == ["a"]
    assert inbox.take(5.0, lambda message: message.text == "b") is not None


def test_no_time_at_all_asks_once() -> None:
    inbox = Peer((0.0, "a")).inbox()
    found = inbox.take(0)
    assert found is not None and found.text == "a"


def test_gathering_looks_out_for_one_too_many() -> None:
    peer = Peer((0.1, "a"), (0.2, "b"), (0.9, "c"))
    assert texts(peer.inbox().gather(2, 10.0, 1.0)) == ["a", "b", "c"]


def test_gathering_is_over_after_a_quiet_while() -> None:
    peer = Peer((0.1, "a"), (0.2, "b"), (5.0, "c"))
    inbox = peer.inbox()
    assert texts(inbox.gather(2, 10.0, 1.0)) == ["a", "b"]
    assert peer.now == pytest.approx(1.2)
    assert texts(inbox.take_all()) == ["a", "b"]
    assert inbox.waiting == []


def test_gathering_nothing_waits_the_whole_time() -> None:
    peer = Peer((4.0, "a"))
    assert texts(peer.inbox().gather(0, 5.0, 1.0)) == ["a"]


def test_too_few() -> None:
    peer = Peer((0.1, "a"))
    assert texts(peer.inbox().gather(2, 3.0, 1.0)) == ["a"]
    assert peer.now == pytest.approx(3.0)


def test_the_end_is_told_at_once_and_what_came_before_can_be_taken() -> None:
    inbox = Inbox("x")
    inbox.put(Message("a"))
    inbox.end("closed")
    inbox.end("closed again")
    assert inbox.take(60) is not None
    assert inbox.take(60) is None
    assert inbox.ended == "closed"
    inbox.reopen()
    assert inbox.ended == ""


def test_put_back() -> None:
    inbox = Inbox("x")
    inbox.put(Message("a"))
    inbox.put(Message("b"))
    first = inbox.take(0)
    assert first is not None
    inbox.put_back(first)
    assert texts(inbox.waiting) == ["a", "b"]


def test_taken_messages_are_told() -> None:
    told: list[Message] = []
    inbox = Inbox("x", on_taken=told.append)
    inbox.put(Message("a"))
    inbox.put(Message("b"))
    inbox.take(0)
    inbox.take_all()
    assert texts(told) == ["a", "b"]
