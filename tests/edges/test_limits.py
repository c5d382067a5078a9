"""A limit on a whole call, under gevent as in real life."""

from __future__ import annotations

import time

import gevent
import pytest

from apitest.errors import CallFailed
from apitest.transports.limits import limit


def test_in_time() -> None:
    with limit(5, "it"):
        gevent.sleep(0)


def test_too_late() -> None:
    begin = time.monotonic()
    with (
        pytest.raises(CallFailed, match="the broker did not answer within 0.05 s") as caught,
        limit(0.05, "the broker"),
    ):
        gevent.sleep(5)
    assert caught.value.reason == "timeout"
    assert time.monotonic() - begin < 2


def test_another_limit_is_not_mistaken_for_this_one() -> None:
    outer = gevent.Timeout(0.02)
    with pytest.raises(gevent.Timeout) as caught, outer, limit(5, "it"):
        gevent.sleep(5)
    assert caught.value is outer
