"""A server of admin services in memory: no network, no files."""

import itertools
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

import orjson

from server import channels, outgoing, security
from server.admin.api import admin_services
from server.admin.services.services import record_deployed
from server.admin.state import ServerState
from server.channels.api_invoke import system_channels
from server.channels.http_gateway import Gateway
from server.channels.http_routes import Routes
from server.errors import ServerError
from server.kernel.events import DEPLOYED, Events
from server.kernel.invocation import ChannelContext, Principal, ServiceReply, ServiceRequest
from server.kernel.invoker import Invoker
from server.kernel.registry import REGISTRY, Registry
from server.kernel.server import Server
from server.protocols.http_message import HTTPRequest, HTTPResponse
from server.services.base import Service, ServiceEnvironment
from server.services.loader import entry_of
from server.services.store import ServiceStore
from server.storage.in_memory import InMemoryConnections, InMemoryServices

START = datetime(2024, 1, 1, tzinfo=timezone.utc)
SHIPPED = (security, outgoing, channels)


class Echo(Service):
    """A user's service."""

    name = "demo.echo"

    def handle(self) -> None:
        self.response.payload = {"got": self.request.payload}


@dataclass
class AdminServer:
    """call(service, **input) -> answer; what was deployed is in `deployed`, problems of refusals in `problems`."""

    registry: Registry = REGISTRY
    deployed: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        ticks = itertools.count()
        now = lambda: START + timedelta(seconds=next(ticks))  # noqa: E731
        self.events = Events()
        self.server = Server(self.registry, start_order=("security", "outgoing", "channel"), name="s1")
        self.routes = Routes()
        self.server.offer(self.routes)
        self.connections = InMemoryConnections(self.registry, now)
        self.store = ServiceStore(self.events)
        self.state = ServerState(
            server=self.server,
            connections=self.connections,
            services=InMemoryServices(),
            store=self.store,
            deploy=self._deploy,
            info=lambda: {"version": "1.2", "address": "http://127.0.0.1:17010", "hostname": "box"},
            now=now,
            protected=frozenset({("security", "admin.invoke")}),
        )
        self.server.offer(self.state)
        self.invoker = Invoker(self.store.get, self.events)
        self.store.environment = ServiceEnvironment(
            store=self.store,
            invoker=self.invoker,
            connection=self.server.connection,
            facades=self.registry.by_facade(),
            facility=self.server.facility,
        )
        self.events.on(DEPLOYED, lambda deployed: record_deployed(self.state, deployed))
        self.store.add([entry_of(cls, is_internal=True) for cls in admin_services(self.registry)])
        self.store.add([entry_of(Echo, module="demo")])
        self.server.start()

    def _deploy(self, file_name: str, text: str) -> list[str]:
        self.deployed.append((file_name, text))
        return ["b.two", "a.one"]

    def reply(self, service: str, payload: Any, params: dict[str, Any] | None = None) -> ServiceReply:
        return self.invoker.invoke(
            ServiceRequest(
                service,
                payload,
                "c1",
                ChannelContext("plain_http", "api", data_format="json"),
                principal=Principal(1, "admin", "basic_auth", "admin.invoke"),
                query_params=params,
            )
        )

    def open_http(self) -> None:
        """Make the two users of a fresh server and the addresses that every server has; `http` works from now on."""
        for name in ("admin.invoke", "pubapi"):
            self.call("security.basic-auth.create", name=name, username=name, password="canary-http")
        for one in system_channels(self.server, lambda name: self.store.get(name) if name in self.store else None):
            one.provision()
            one.start()
        self.gateway = Gateway(self.routes, self.invoker.invoke)

    def http(self, service: str, payload: Any, authorization: str | None = None) -> HTTPResponse:
        """POST to the invoking address; authorization: user name and password with a colon between, or None."""
        headers = {"content-type": "application/json"}
        if authorization is not None:
            headers["authorization"] = "Basic " + b64encode(authorization.encode()).decode()
        path = f"/zato/api/invoke/{service}"
        body = orjson.dumps(payload)
        return self.gateway.handle(HTTPRequest("POST", path, "", headers, body, "c1", raw_path=path))

    def paths(self) -> list[str]:
        """Paths that have a channel."""
        return sorted(route.path for route in self.routes.by_name().values())

    def channel_at(self, path: str) -> Any:
        """The definition of the channel that answers at a path."""
        found = next(route for route in self.routes.by_name().values() if route.path == path)
        return found.target.definition

    def call(self, service: str, /, **payload: Any) -> Any:
        """What `zato.<service>` answers."""
        return self.reply(f"zato.{service}", payload).payload

    def refused(self, service: str, /, **payload: Any) -> ServerError:
        """The error that it answers with."""
        try:
            answer = self.call(service, **payload)
        except ServerError as error:
            return error
        raise AssertionError(f"{service} was not refused, it answered {answer!r}")
