"""Named greenlets that belong to a part and end with it; what happens when one dies.

Edge: the only file of the kernel that knows gevent.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import gevent
from gevent.event import Event
from gevent.pool import Group

logger = logging.getLogger(__name__)

OnDeath = Callable[[str, BaseException], Any]


class Greenlets:
    """The greenlets of one owner.

    owner: for names in logs, e.g. `server`.  on_death(name, error): told when one ends with an exception, after it
    was logged; it may spawn anew.
    """

    def __init__(self, owner: str, on_death: OnDeath | None = None) -> None:
        self._owner = owner
        self._on_death = on_death
        self._group = Group()
        self._stopping = Event()

    @property
    def _is_stopping(self) -> bool:
        return self._stopping.is_set()

    def spawn(self, name: str, function: Callable[..., Any], *args: Any) -> gevent.Greenlet[..., Any]:
        """Run a function in a greenlet of this name.  Raises RuntimeError once stopping."""
        if self._is_stopping:
            raise RuntimeError(f"{self._owner} is stopping, '{name}' cannot be started")
        greenlet = gevent.Greenlet(self._run, name, function, args)
        greenlet.name = f"{self._owner}: {name}"
        self._group.add(greenlet)
        greenlet.start()
        return greenlet

    def every(self, seconds: float, name: str, function: Callable[[], Any]) -> gevent.Greenlet[..., Any]:
        """Run a function again and again, so many seconds apart, until stopping; a failure is logged and it goes on."""

        def repeat() -> None:
            while not self._stopping.wait(seconds):
                try:
                    function()
                except Exception:
                    logger.exception("%s: '%s' failed; it is tried again in %g s", self._owner, name, seconds)

        return self.spawn(name, repeat)

    def names(self) -> list[str]:
        """Names of those that run."""
        return sorted(greenlet.name for greenlet in self._group)

    def stop(self, deadline_seconds: float) -> list[str]:
        """Wait for all to end, kill the rest at the deadline; gives the names of those killed."""
        self._stopping.set()
        self._group.join(timeout=max(0.0, deadline_seconds))
        late = self.names()
        if late:
            logger.warning("Killed after %.1f s: %s", deadline_seconds, ", ".join(late))
            self._group.kill(timeout=1.0)
        return late

    def _run(self, name: str, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        try:
            return function(*args)
        except Exception as error:
            logger.exception("%s: '%s' ended with an error", self._owner, name)
            if self._on_death is not None and not self._is_stopping:
                self._on_death(name, error)
            return None
