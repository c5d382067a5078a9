"""The one doorway into a service: find it by name, mind the deadline, call it, tell who listens.

What a service is, and what happens inside, is not known here: `services/store.py` gives something to `run`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol

from server.errors import Inactive, ServerError
from server.kernel.clock import Clock, SystemClock, TookTooLong
from server.kernel.events import INVOKED, Events
from server.kernel.invocation import ServiceReply, ServiceRequest

# The correlation ID of the call that runs in this greenlet, for log lines; "" outside of calls.
CURRENT_CID: ContextVar[str] = ContextVar("current_cid", default="")


class DeadlineReached(ServerError):
    """503: the call did not end in the time it was given."""

    code = "deadline"
    status = 503
    text = "The service did not answer in time"
    hint = "The log names the service and its limit; a slow system behind it is the usual reason."


class Invocable(Protocol):
    """What can be found by name and run."""

    @property
    def name(self) -> str: ...

    @property
    def is_active(self) -> bool: ...

    def run(self, request: ServiceRequest) -> ServiceReply: ...


@dataclass(frozen=True, slots=True)
class Invoked:
    """One ended call.  seconds: wall time.  error: what it raised, None if it answered."""

    service: str
    cid: str
    channel: str
    seconds: float
    error: BaseException | None = None


class Invoker:
    """Calls services by name.

    find(name) -> Invocable; raises ServiceMissing.  Every caller, be it a channel, another service or a job, comes
    through `invoke`.
    """

    __slots__ = ("_clock", "_events", "_find")

    def __init__(
        self, find: Callable[[str], Invocable], events: Events | None = None, clock: Clock | None = None
    ) -> None:
        self._find = find
        self._events = events if events is not None else Events()
        self._clock: Clock = clock if clock is not None else SystemClock()

    def invoke(self, request: ServiceRequest) -> ServiceReply:
        """Run the service that the request names, in this greenlet.

        Raises ServiceMissing, Inactive, DeadlineReached, and whatever the service itself raises.
        """
        one = self._find(request.service)
        if not one.is_active:
            raise Inactive(request.cid, f"Service '{one.name}' is not active")
        token = CURRENT_CID.set(request.cid)
        try:
            if request.deadline is None and not self._events.has(INVOKED):
                return one.run(request)
            return self._watched(one, request)
        finally:
            CURRENT_CID.reset(token)

    def _watched(self, one: Invocable, request: ServiceRequest) -> ServiceReply:
        began = time.perf_counter()
        error: BaseException | None = None
        try:
            if request.deadline is None:
                return one.run(request)
            return self._limited(one, request, request.deadline)
        except BaseException as caught:
            error = caught
            raise
        finally:
            if self._events.has(INVOKED):
                seconds = time.perf_counter() - began
                self._events.emit(INVOKED, Invoked(one.name, request.cid, request.channel.type, seconds, error))

    def _limited(self, one: Invocable, request: ServiceRequest, deadline: float) -> ServiceReply:
        left = deadline - self._clock.monotonic()
        if left <= 0:
            raise DeadlineReached(request.cid, f"No time was left for service '{one.name}'")
        try:
            return self._clock.limit(left, lambda: one.run(request))
        except TookTooLong as reached:
            raise DeadlineReached(request.cid, f"Service '{one.name}': {reached}") from reached
