"""Managed greenlets: named, ended by their owner, and noticed when they die."""

import logging

import gevent
import pytest

from server.kernel.greenlets import Greenlets


def test_they_run_and_give_their_result():
    greenlets = Greenlets("owner")
    assert greenlets.spawn("add", lambda a, b: a + b, 1, 2).get(timeout=1) == 3
    assert greenlets.stop(1) == []


def test_those_that_do_not_end_are_named_and_killed(caplog):
    greenlets = Greenlets("owner")
    greenlets.spawn("short", gevent.sleep, 0.01)
    greenlets.spawn("long", gevent.sleep, 60)
    gevent.sleep(0)
    assert greenlets.names() == ["owner: long", "owner: short"]
    with caplog.at_level(logging.WARNING):
        assert greenlets.stop(0.1) == ["owner: long"]
    assert "owner: long" in caplog.text
    assert greenlets.names() == []
    with pytest.raises(RuntimeError, match="owner is stopping, 'next' cannot be started"):
        greenlets.spawn("next", gevent.sleep)


def test_a_death_is_logged_and_told(caplog):
    deaths = []
    greenlets = Greenlets("owner", lambda name, error: deaths.append((name, str(error))))

    def fail():
        raise ValueError("why")

    greenlets.spawn("bad", fail).join(timeout=1)
    assert deaths == [("bad", "why")]
    assert "owner: 'bad' ended with an error" in caplog.text
