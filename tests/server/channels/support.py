"""What channels need of a server, small and real enough for tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from server.channels.http_routes import Routes
from server.errors import ConnectionMissing
from server.kernel.definition import Secret
from server.kernel.invocation import ServiceReply, ServiceRequest
from server.protocols.http_message import HTTPRequest
from server.security.api_key import APIKey
from server.security.basic_auth import BasicAuth
from server.security.definition import APIKeyDefinition, BasicAuthDefinition


class SmallServer:
    """Routes, security definitions, and a list of what was invoked; `answer` makes the replies."""

    def __init__(self, answer: Callable[[ServiceRequest], Any] | None = None) -> None:
        self.routes = Routes()
        self.security: dict[str, Any] = {}
        self.calls: list[ServiceRequest] = []
        self._answer = answer or (lambda call: call.payload)

    def facility(self, cls: type[Any]) -> Any:
        assert cls is Routes
        return self.routes

    def find(self, kind: str, name: str) -> Any | None:
        assert kind == "security"
        return self.security.get(name)

    def connection(self, kind: str, name: str) -> Any:
        if name not in self.security:
            raise ConnectionMissing("", f"There is no security definition '{name}'")
        return self.security[name]

    def invoke(self, call: ServiceRequest) -> ServiceReply:
        self.calls.append(call)
        answer = self._answer(call)
        return answer if isinstance(answer, ServiceReply) else ServiceReply(answer)

    def add_user(self, name: str, password: str = "right") -> None:
        self.security[name] = BasicAuth(BasicAuthDefinition(name=name, username=name, password=Secret(password)))

    def add_key(self, name: str, secret: str) -> None:
        self.security[name] = APIKey(APIKeyDefinition(name=name, secret=Secret(secret)))


def request(method: str = "GET", target: str = "/", body: bytes = b"", **headers: str) -> HTTPRequest:
    """A request as the listener hands it over."""
    path, _, query = target.partition("?")
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HTTPRequest(
        method, path, query, {"host": "localhost", **named}, body, "K1", path, "127.0.0.1", 4711, received_at=50.0
    )


def basic(username: str, password: str) -> str:
    """Value of an Authorization header."""
    from base64 import b64encode

    return "Basic " + b64encode(f"{username}:{password}".encode()).decode()
