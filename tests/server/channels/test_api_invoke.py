"""The addresses that every server has: who may call what."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from server.channels.api_invoke import system_channels
from server.channels.http_gateway import Gateway
from server.errors import ServiceMissing
from tests.server.channels.support import SmallServer, basic, request

SERVICES = {"zato.ping": True, "zato.service.get-list": True, "orders.create": False}


@pytest.fixture
def server() -> SmallServer:
    def answer(call: Any) -> Any:
        if call.service not in SERVICES:
            raise ServiceMissing(call.cid, f"There is no service '{call.service}'")
        return {"service": call.service, "payload": call.payload, "query": call.query_params}

    one = SmallServer(answer)
    one.add_user("admin.invoke")
    one.add_user("pubapi")

    def find(name: str) -> Any:
        return SimpleNamespace(is_internal=SERVICES[name]) if name in SERVICES else None

    for channel in system_channels(one, find):
        channel.provision()
        channel.start()
    return one


def call(server: SmallServer, target: str, user: str = "", password: str = "right", **options: Any) -> tuple[int, Any]:
    headers = {"authorization": basic(user, password)} if user else {}
    response = Gateway(server.routes, server.invoke).handle(
        request(options.get("method", "GET"), target, options.get("body", b""), **headers)
    )
    assert isinstance(response.body, bytes)
    return response.status, orjson.loads(response.body)


INVOKE = "/zato/api/invoke/"


@pytest.mark.parametrize(
    ("service", "user", "password", "status"),
    [
        ("orders.create", "", "", 401),
        ("orders.create", "pubapi", "wrong", 401),
        ("orders.create", "admin", "right", 401),
        ("orders.create", "pubapi", "right", 200),
        ("orders.create", "admin.invoke", "right", 200),
        ("zato.service.get-list", "pubapi", "right", 403),
        ("zato.service.get-list", "admin.invoke", "right", 200),
        ("no.such", "pubapi", "right", 404),
        ("no.such", "admin.invoke", "right", 404),
        ("no.such", "", "", 401),
        ("orders.create/x", "admin.invoke", "right", 404),
    ],
)
def test_who_may_call_what(server: SmallServer, service: str, user: str, password: str, status: int) -> None:
    assert call(server, INVOKE + service, user, password)[0] == status
    assert bool(server.calls) == (status == 200 or service == "no.such" and bool(user))


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_any_method_query_or_json(server: SmallServer, method: str) -> None:
    content = {"service": "orders.create", "payload": {"a": 1}, "query": {"b": "2"}}
    found = call(server, INVOKE + "orders.create?b=2", "pubapi", method=method, body=b'{"a":1}')
    assert found == (200, content)


def test_a_broken_body(server: SmallServer) -> None:
    status, content = call(server, INVOKE + "orders.create", "pubapi", method="POST", body=b"{")
    assert (status, content["message"]) == (400, "The body is not JSON")


def test_without_users_nobody_comes_in(server: SmallServer) -> None:
    server.security.clear()
    assert call(server, INVOKE + "orders.create", "pubapi")[0] == 503
    assert not server.calls


def test_ping_is_open(server: SmallServer) -> None:
    assert call(server, "/zato/ping")[1]["service"] == "zato.ping"
