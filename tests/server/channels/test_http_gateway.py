"""Gateway: each way to succeed and to fail, and what of it the caller sees."""

from __future__ import annotations

import logging
from typing import Any

import orjson
import pytest

from server.channels.http_gateway import Gateway
from server.channels.rest import RESTChannel, RESTChannelDefinition
from server.errors import Conflict, NotFound, ServiceUnavailable
from server.kernel.invocation import ServiceReply, ServiceRequest
from server.protocols.http_message import HTTPResponse
from tests.server.channels.support import SmallServer, basic, request


def answer(call: ServiceRequest) -> Any:
    what = call.payload.get("do") if isinstance(call.payload, dict) else None
    if what == "fail":
        raise RuntimeError("the password is secret")
    if what == "exit":
        raise SystemExit(3)
    if what == "conflict":
        raise Conflict(call.cid, "shown", True)
    if what == "hidden":
        raise NotFound(call.cid, "not shown")
    if what == "down":
        raise ServiceUnavailable(call.cid, "crm does not answer", True)
    if what == "odd":
        return ServiceReply({"x": object()})
    return ServiceReply({"given": call.payload, "path": call.path_params}, 201, {"X-A": "b"})


@pytest.fixture
def server() -> SmallServer:
    one = SmallServer(answer)
    one.add_user("ann")
    one.add_key("key", "k1")
    for number, (path, options) in enumerate(
        {
            "/open": {},
            "/orders/{id}": {"method": "POST"},
            "/basic": {"security_name": "ann"},
            "/key": {"security_name": "key"},
            "/gone": {"security_name": "deleted"},
            "/hosted": {"host": "one.example"},
        }.items(),
        1,
    ):
        fields = {"id": number, "name": path[1:], "url_path": path, "service": "s", "data_format": "json", **options}
        RESTChannel(RESTChannelDefinition.model_validate(fields), one).start()
    return one


def ask(server: SmallServer, method: str, target: str, body: bytes = b"", **headers: str) -> HTTPResponse:
    return Gateway(server.routes, server.invoke).handle(request(method, target, body, **headers))


def content(response: HTTPResponse) -> Any:
    assert isinstance(response.body, bytes)
    return orjson.loads(response.body)


def test_the_whole_way(server: SmallServer) -> None:
    response = ask(server, "POST", "/orders/17", b'{"a":1}')
    assert (response.status, content(response)) == (201, {"given": {"a": 1}, "path": {"id": "17"}})
    assert response.headers == [("X-A", "b")]


@pytest.mark.parametrize(
    ("method", "target", "headers", "status"),
    [
        ("GET", "/nowhere", {}, 404),
        ("GET", "/orders/1", {}, 405),
        ("TRACE", "/open", {}, 405),
        ("GET", "/basic", {}, 401),
        ("GET", "/basic", {"authorization": basic("ann", "wrong")}, 401),
        ("GET", "/basic", {"authorization": basic("ann", "right")}, 201),
        ("GET", "/key", {"x_api_key": "k2"}, 401),
        ("GET", "/key", {"x_api_key": "k1"}, 201),
        ("GET", "/gone", {"authorization": basic("ann", "right")}, 500),
        ("GET", "/hosted", {}, 404),
        ("GET", "/hosted", {"host": "ONE.example:80"}, 201),
    ],
)
def test_who_and_where(server: SmallServer, method: str, target: str, headers: dict[str, str], status: int) -> None:
    response = ask(server, method, target, b"", **headers)
    assert response.status == status
    assert bool(server.calls) == (status == 201)
    if status >= 400:
        assert set(content(response)) == {"cid", "error", "message"}
        assert content(response)["cid"] == "K1"


def test_refusals_carry_their_headers(server: SmallServer) -> None:
    assert ask(server, "GET", "/orders/1").headers == [("Allow", "POST")]
    assert ask(server, "GET", "/basic").headers[0][0] == "WWW-Authenticate"
    message = content(ask(server, "GET", "/nowhere", accept="a/b"))["message"]
    assert message == "URL not found `/nowhere` (Method:GET; Accept:a/b; CID:K1)"


@pytest.mark.parametrize(
    ("do", "status", "error", "message", "level"),
    [
        ("fail", 500, "internal", "Internal server error", logging.ERROR),
        ("exit", 500, "internal", "Internal server error", logging.ERROR),
        ("odd", 500, "internal", "Internal server error", logging.ERROR),
        ("conflict", 409, "conflict", "shown", logging.INFO),
        ("hidden", 404, "not-found", "Not found", logging.INFO),
        ("down", 503, "unavailable", "crm does not answer", logging.WARNING),
    ],
)
def test_failing_services(
    server: SmallServer, caplog: Any, do: str, status: int, error: str, message: str, level: int
) -> None:
    caplog.set_level(logging.INFO)
    response = ask(server, "GET", "/open", b'{"do":"%b"}' % do.encode())
    assert response.status == status
    assert content(response) == {"cid": "K1", "error": error, "message": message}
    record = caplog.records[-1]
    assert (record.levelno, record.cid) == (level, "K1")
    assert bool(record.exc_info) == (level == logging.ERROR)


def test_the_message_of_500s_can_be_set(server: SmallServer) -> None:
    gateway = Gateway(server.routes, server.invoke, default_error_message="Sorry")
    assert content(gateway.handle(request("GET", "/open", b'{"do":"fail"}')))["message"] == "Sorry"


def test_methods_can_be_switched_off(server: SmallServer) -> None:
    response = Gateway(server.routes, server.invoke, methods_allowed=("GET",)).handle(request("POST", "/open"))
    assert (response.status, response.headers) == (405, [("Allow", "GET")])


def test_routes_may_change_between_and_during_requests(server: SmallServer) -> None:
    gateway = Gateway(server.routes, server.invoke)
    assert gateway.handle(request("GET", "/open")).status == 201
    RESTChannel(RESTChannelDefinition(id=1, name="open", url_path="/open2", service="s"), server).start()
    assert gateway.handle(request("GET", "/open2")).status == 201
