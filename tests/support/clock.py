"""A clock that stands still until it is told to go on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import TypeVar

from server.kernel.clock import TookTooLong

T = TypeVar("T")


class FakeClock:
    """Keeps the promises of `server.kernel.clock.Clock` without waiting.

    slept: all sleeps so far, in seconds.  A limited call is too late if the clock went on too far while it ran.
    """

    def __init__(self, start: datetime = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)) -> None:
        self._start = start
        self._seconds = 0.0
        self.slept: list[float] = []

    def go_on(self, seconds: float) -> None:
        """Let time pass."""
        self._seconds += seconds

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._seconds)

    def monotonic(self) -> float:
        return self._seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.go_on(seconds)

    def limit(self, seconds: float, function: Callable[[], T]) -> T:
        began = self._seconds
        answer = function()
        if self._seconds - began > seconds:
            raise TookTooLong(seconds)
        return answer
