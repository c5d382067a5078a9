"""The time and waiting, as one object that is handed to whoever needs it; tests bring their own.

Edge: the real clock and gevent's timeouts.  Pure code takes `now` as an argument instead.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Protocol, TypeVar

T = TypeVar("T")


class TookTooLong(Exception):
    """A call did not end within its seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"no answer within {seconds:g} s")
        self.seconds = seconds


class Clock(Protocol):
    """What the server asks of time."""

    def now(self) -> datetime:
        """The moment in UTC, aware."""

    def monotonic(self) -> float:
        """Seconds that never go back; only differences mean anything."""

    def sleep(self, seconds: float) -> None:
        """Wait, letting others run."""

    def limit(self, seconds: float, function: Callable[[], T]) -> T:
        """Call the function; raises TookTooLong if it has not ended after so many seconds.

        Only a call that waits can be ended; one that computes without waiting runs to its end.
        """


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        return datetime.now(timezone.utc)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)  # a patched process lets other greenlets run here

    def limit(self, seconds: float, function: Callable[[], T]) -> T:
        import gevent  # imported here: processes that never limit a call do not pay for it

        ends = gevent.Timeout(seconds)
        ends.start()
        try:
            return function()
        except gevent.Timeout as reached:
            if reached is not ends:
                raise  # somebody else's, around this call
            raise TookTooLong(seconds) from None
        finally:
            ends.close()
