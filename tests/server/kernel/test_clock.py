"""The real clock, as far as it needs no waiting."""

from __future__ import annotations

from datetime import timezone

import gevent
import pytest

from server.kernel.clock import SystemClock, TookTooLong


def test_now_is_aware_and_monotonic_goes_on() -> None:
    clock = SystemClock()
    assert clock.now().tzinfo is timezone.utc
    assert clock.monotonic() <= clock.monotonic()


def test_a_call_in_time_gives_its_value() -> None:
    assert SystemClock().limit(5, lambda: "done") == "done"


def test_a_call_that_waits_too_long_is_ended() -> None:
    with pytest.raises(TookTooLong, match="no answer within 0.01 s"):
        SystemClock().limit(0.01, lambda: gevent.sleep(5))


def test_a_limit_around_it_is_not_mistaken_for_its_own() -> None:
    outer = gevent.Timeout(0.01)
    with pytest.raises(gevent.Timeout), outer:
        SystemClock().limit(5, lambda: gevent.sleep(5))
