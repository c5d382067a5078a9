"""Listeners and moments."""

from __future__ import annotations

import logging

import pytest

from server.kernel.events import Events


def test_listeners_are_told_in_order() -> None:
    events, heard = Events(), []
    events.on("x", lambda value: heard.append(("first", value)))
    events.on("x", lambda value: heard.append(("second", value)))
    events.emit("x", 5)
    events.emit("y", 6)
    assert heard == [("first", 5), ("second", 5)]


def test_a_listener_can_go() -> None:
    events, heard = Events(), []
    off = events.on("x", heard.append)
    assert events.has("x")
    off()
    off()
    events.emit("x", 1)
    assert not events.has("x")
    assert heard == []


def test_one_that_fails_keeps_nobody_else_from_hearing(caplog: pytest.LogCaptureFixture) -> None:
    events, heard = Events(), []
    events.on("x", lambda value: 1 / 0)
    events.on("x", heard.append)
    with caplog.at_level(logging.ERROR):
        events.emit("x", 1)
    assert heard == [1]
    assert "A listener of the event 'x' failed" in caplog.text
