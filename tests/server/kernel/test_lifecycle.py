"""The order of many parts, both ways, and what happens when one breaks its promise."""

import pytest

from server.kernel.lifecycle import BasePart, Part, in_start_order, start_in_order, stop_in_order


class Noted(BasePart):
    def __init__(self, name, notes, fails=""):
        self.name, self.notes, self.fails = name, notes, fails

    def note(self, what):
        self.notes.append(f"{what} {self.name}")
        if what == self.fails:
            raise RuntimeError(f"{self.name} cannot {what}")

    def provision(self):
        self.note("provision")

    def start(self):
        self.note("start")

    def stop(self, deadline_seconds):
        self.note("stop")

    def close(self):
        self.note("close")


def test_all_are_provisioned_before_any_starts():
    notes = []
    start_in_order([Noted("a", notes), Noted("b", notes)])
    assert notes == ["provision a", "provision b", "start a", "start b"]


def test_a_failed_provision_closes_what_was_made_the_half_made_one_too():
    notes = []
    with pytest.raises(RuntimeError, match="b cannot provision"):
        start_in_order([Noted("a", notes), Noted("b", notes, "provision"), Noted("c", notes)])
    assert notes == ["provision a", "provision b", "close b", "close a"]


def test_a_failed_start_stops_what_was_started():
    notes = []
    with pytest.raises(RuntimeError, match="b cannot start"):
        start_in_order([Noted("a", notes), Noted("b", notes, "start"), Noted("c", notes)])
    assert notes[3:] == ["start a", "start b", "stop b", "stop a", "close c", "close b", "close a"]


def test_stopping_goes_backwards_and_on_past_a_broken_part():
    notes, broken = [], []
    parts = [Noted("a", notes), Noted("b", notes, "stop"), Noted("c", notes, "close")]
    stop_in_order(parts, 1.0, lambda part, error: broken.append((part.name, str(error))))
    assert notes == ["stop c", "stop b", "stop a", "close c", "close b", "close a"]
    assert broken == [("b", "b cannot stop"), ("c", "c cannot close")]


def test_start_order_is_by_first_word_or_whole_kind():
    kinds = ["channel.rest", "outgoing.sql", "other.x", "outgoing.rest", "security.apikey"]
    order = ("security", "outgoing.rest", "outgoing", "channel")
    expected = ["security.apikey", "outgoing.rest", "outgoing.sql", "channel.rest", "other.x"]
    assert in_start_order(kinds, lambda kind: kind, order) == expected


def test_a_base_part_keeps_all_promises():
    part = BasePart()
    assert isinstance(part, Part)
    start_in_order([part])
    stop_in_order([part], 0, lambda part, error: pytest.fail(str(error)))
