"""What every outgoing connection is: a part with a definition, a ping, and a count of the calls that run.

A failure of the other side is `ServiceUnavailable` with the connection's name and without its address (ruling 62); a
refusal that the other side worded itself, e.g. a 4xx answer, is not a failure.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

from server.errors import ServiceUnavailable
from server.kernel.definition import Definition
from server.kernel.lifecycle import BasePart


@dataclass(frozen=True, slots=True)
class Ping:
    """What a ping found.  info: one line for an administrator.  response_time: milliseconds."""

    is_success: bool
    info: str
    response_time: float


class OutgoingConnection(BasePart):
    """Base of outgoing connections; what services use is offered by the classes below it.

    server: the kernel's Server, None where the connection needs nothing of it.
    """

    title: ClassVar[str] = "Connection"

    def __init__(self, definition: Definition, server: Any = None) -> None:
        self.definition: Any = definition
        self.name = definition.name
        self._server = server
        self._running = 0
        self._is_idle = threading.Condition()

    def ping(self) -> Ping:
        """Ask the other side for a sign of life; never raises for its failures."""
        started = time.monotonic()
        try:
            info, is_success = self.ask_for_life(), True
        except ServiceUnavailable as error:
            info, is_success = error.msg, False
        return Ping(is_success, info, round((time.monotonic() - started) * 1000, 3))

    def ask_for_life(self) -> str:
        """One line of what was asked and answered; raises ServiceUnavailable."""
        raise NotImplementedError

    def unavailable(self, what: str, cid: str = "") -> ServiceUnavailable:
        """The error of a failed other side.  what: goes on after the name, holds no address and no secret."""
        return ServiceUnavailable(cid, f"{self.title} '{self.name}' {what}", needs_msg=True)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Around each call, so that `stop` can wait for it."""
        with self._is_idle:
            self._running += 1
        try:
            yield
        finally:
            with self._is_idle:
                self._running -= 1
                if not self._running:
                    self._is_idle.notify_all()

    def stop(self, deadline_seconds: float) -> None:
        """Wait for running calls, at most so long."""
        with self._is_idle:
            self._is_idle.wait_for(lambda: not self._running, deadline_seconds)
