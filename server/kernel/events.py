"""Named moments that others may listen to, so that parts which do not know each other can meet.

A listener runs at once, in the emitter's greenlet, so it has to be quick.  What is emitted is a plain value.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Final

logger = logging.getLogger(__name__)

STARTED: Final = "started"  # the server answers; value: None
STOPPING: Final = "stopping"  # no new work from here on; value: None
CHANGED: Final = "changed"  # a connection was created, edited or deleted; value: kernel.server.Change
INVOKED: Final = "invoked"  # a service ended; value: kernel.invoker.Invoked
DEPLOYED: Final = "deployed"  # services came or went; value: services.store.Deployed

Listener = Callable[[Any], Any]


class Events:
    """Listeners by the name of the moment."""

    __slots__ = ("_listeners",)

    def __init__(self) -> None:
        self._listeners: dict[str, tuple[Listener, ...]] = {}

    def on(self, name: str, listener: Listener) -> Callable[[], None]:
        """Call the listener at each such moment, after those that came before it; gives the function that ends it."""
        self._listeners[name] = (*self._listeners.get(name, ()), listener)

        def off() -> None:
            left = tuple(one for one in self._listeners.get(name, ()) if one is not listener)
            if left:
                self._listeners[name] = left
            else:
                self._listeners.pop(name, None)

        return off

    def has(self, name: str) -> bool:
        """Does anybody listen?  Ask before building a value that costs."""
        return name in self._listeners

    def emit(self, name: str, value: Any = None) -> None:
        """Tell the listeners.  One that fails is logged and keeps neither the others nor the emitter from going on."""
        for listener in self._listeners.get(name, ()):
            try:
                listener(value)
            except Exception:
                logger.exception("A listener of the event '%s' failed", name)
