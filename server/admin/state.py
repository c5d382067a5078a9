"""What admin services work on: the live server, its stores, its deployed services.  One of a server, offered to
services as a facility (`Server.offer`)."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from server.errors import ServiceUnavailable
from server.kernel.server import Server
from server.services.store import ServiceStore
from server.storage.connections import Connections
from server.storage.services import Services

# A change writes a few rows and builds a part; who waits longer than this waits for something that hangs.
CHANGE_TIMEOUT_SECONDS = 30.0


@dataclass(slots=True)
class ServerState:
    """The state that a server's admin services share.

    deploy(file name, text) -> names of the services in it; raises DeployError.  info() -> facts about the
    server.  protected: (namespace, name) of definitions that the server itself needs.  now: aware UTC."""

    server: Server
    connections: Connections
    services: Services
    store: ServiceStore
    deploy: Callable[[str, str], Collection[str]]
    info: Callable[[], dict[str, Any]]
    now: Callable[[], datetime]
    protected: frozenset[tuple[str, str]] = frozenset()
    new_secret: Callable[[], str] = field(default=lambda: str(uuid.uuid4()))
    _changing: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """One change at a time: what was checked must still hold when it is written.  The only lock of admin."""
        if not self._changing.acquire(timeout=CHANGE_TIMEOUT_SECONDS):
            raise ServiceUnavailable("", "Another change has not ended yet; try again", needs_msg=True)
        try:
            yield
        finally:
            self._changing.release()
