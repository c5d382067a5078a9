"""A store with an invoker, for tests of services."""

from __future__ import annotations

from typing import Any

from server.kernel.events import Events
from server.kernel.invocation import ServiceReply, ServiceRequest
from server.kernel.invoker import Invoker
from server.protocols.http_message import HTTPRequest
from server.services.base import Service, ServiceEnvironment
from server.services.loader import entry_of
from server.services.store import ServiceStore


class Bench:
    """store, invoker and environment around some service classes."""

    def __init__(self, *classes: type[Service], **environment: Any) -> None:
        self.events = Events()
        self.store = ServiceStore(self.events)
        self.invoker = Invoker(self.store.get, self.events, environment.get("clock"))
        self.environment = ServiceEnvironment(self.store, self.invoker, **environment)
        self.store.environment = self.environment
        for cls in classes:
            self.store.add([entry_of(cls, module="t")])

    def call(self, name: str, payload: Any = "", **request: Any) -> ServiceReply:
        return self.invoker.invoke(ServiceRequest(name, payload, "c1", **request))

    def http(self, name: str, method: str, payload: Any = "", path: str = "/x", **request: Any) -> ServiceReply:
        body = payload if isinstance(payload, bytes) else b""
        message = HTTPRequest(method, path, request.pop("query", ""), request.pop("headers", {}), body, "c1")
        return self.call(name, payload, http=message, **request)
