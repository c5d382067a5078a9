"""Pings."""

from __future__ import annotations

from server.services.builtin import builtin_entries
from tests.server.services.support import Bench


def test_pings_answer() -> None:
    bench = Bench()
    bench.store.add(builtin_entries())
    assert bench.call("zato.ping").payload == {"pong": "zato"}
    assert bench.call("pub.zato.ping").payload == {"pong": "zato"}
