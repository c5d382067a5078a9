"""RESTChannel: definition, bodies and parameters in, replies out."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from server.channels.http_routes import Match
from server.channels.rest import RESTChannel, RESTChannelDefinition
from server.errors import BadRequest, UnsupportedMediaType
from server.kernel.definition import read_definition
from server.kernel.invocation import Principal, ServiceReply, ServiceRequest
from tests.server.channels.support import SmallServer, request


def channel(**fields: Any) -> RESTChannel:
    given = {"name": "orders", "url_path": "/orders/{id}", "service": "orders.get", "data_format": "json", **fields}
    return RESTChannel(RESTChannelDefinition(**given), SmallServer())


def decode(one: RESTChannel, path_params: dict[str, str] | None = None, **options: Any) -> ServiceRequest:
    return one.decode(request(**options), Match(one.route, path_params), None)


# Definition


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        ("method", "get", "GET"),
        ("host", "API.Example", "api.example"),
        ("data_format", "ZATO_NONE", None),
        ("data_format", "", None),
        ("security_name", "zato-no-security", None),
    ],
)
def test_spellings(field: str, value: str, kept: object) -> None:
    made = read_definition(RESTChannelDefinition, {"name": "a", "url_path": "/", "service": "s", field: value})
    assert isinstance(made, RESTChannelDefinition), made
    assert getattr(made, field) == kept


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("url_path", "orders", "does not begin with '/'"),
        ("url_path", "/{a", "brace"),
        ("method", "GET POST", "pattern"),
        ("host", "a:80", "without a port"),
        ("data_format", "yaml", "should be"),
        ("content_type", "a\r\nX: y", "printable"),
        ("timeout", -1, "greater"),
        ("sevice", "x", "did you mean 'service'?"),
    ],
)
def test_definitions_are_read_strictly(field: str, value: object, says: str) -> None:
    problems = read_definition(RESTChannelDefinition, {"name": "a", "url_path": "/", "service": "s", field: value})
    assert isinstance(problems, list)
    assert [one.path for one in problems] == [f"/{field}"]
    assert says in problems[0].problem


def test_the_route_is_that_of_the_definition() -> None:
    one = channel(method="post", host="H", match_slash=False, id=5)
    made = one.route
    assert (made.path, made.method, made.host, made.match_slash, made.id) == ("/orders/{id}", "POST", "h", False, 5)
    assert made.target is one


# In


def test_a_json_body() -> None:
    one = channel()
    who = Principal(1, "ann", "basic_auth", "ann")
    call = one.decode(request("POST", "/orders/17", b'{"a": [1]}'), Match(one.route, {"id": "17"}), who)
    assert (call.service, call.payload, call.raw, call.cid) == ("orders.get", {"a": [1]}, b'{"a": [1]}', "K1")
    assert (call.path_params, call.query_params, call.principal) == ({"id": "17"}, None, who)
    assert (call.channel.type, call.channel.name, call.channel.data_format) == ("plain_http", "orders", "json")
    assert call.http.method == "POST"
    assert call.deadline is None


@pytest.mark.parametrize(
    ("data_format", "body", "payload"),
    [
        ("json", b"", None),
        ("json", b"null", None),
        ("json", b'"text"', "text"),
        ("form", b"a=1&b=&a=2&c=%C4%85+x", {"a": ["1", "2"], "b": "", "c": "ą x"}),
        ("form", b"", None),
        (None, b"\x00raw\xff", b"\x00raw\xff"),
        (None, b"", b""),
    ],
)
def test_bodies(data_format: str | None, body: bytes, payload: object) -> None:
    assert decode(channel(data_format=data_format), body=body).payload == payload


@pytest.mark.parametrize("body", [b"{", b"{'a': 1}", b"NaN", b"\xff", b"[" * 2000, b'{"a": 1} x', b'"\\ud800"'])
def test_bodies_that_are_not_json(body: bytes) -> None:
    with pytest.raises(BadRequest) as refused:
        decode(channel(), body=body)
    shown = refused.value.as_dict()
    assert shown["message"] == "The body is not JSON"
    assert shown["problems"][0]["path"] == "" and shown["problems"][0]["problem"].startswith("not JSON: ")


def test_encoded_and_multipart_bodies_are_refused() -> None:
    with pytest.raises(UnsupportedMediaType):
        decode(channel(), body=b"x", content_encoding="gzip")
    assert decode(channel(data_format=None), body=b"x", content_encoding="gzip").payload == b"x"
    with pytest.raises(UnsupportedMediaType):
        decode(channel(data_format="form"), body=b"x", content_type="multipart/form-data; boundary=a")


def test_a_query_that_cannot_be_read() -> None:
    with pytest.raises(BadRequest) as refused:
        decode(channel(), target="/orders/1?a=%ff")
    assert refused.value.as_dict()["problems"][0]["problem"].startswith("not a query: ")


@pytest.mark.parametrize(
    ("fields", "path_params", "query_params"),
    [
        ({}, {"id": "1", "a": "p"}, {"a": "q", "b": "q"}),
        ({"url_params_pri": "path-over-qs"}, {"id": "1", "a": "p"}, {"b": "q"}),
        ({"params_pri": "msg-over-channel-params"}, {"id": "1", "a": "p"}, {"a": "q"}),
        ({"merge_url_params_req": False}, None, None),
    ],
)
def test_who_wins(fields: dict[str, Any], path_params: object, query_params: object) -> None:
    call = decode(channel(**fields), {"id": "1", "a": "p"}, target="/orders/1?a=q&b=q", body=b'{"b": "m"}')
    assert (call.path_params, call.query_params, call.payload) == (path_params, query_params, {"b": "m"})


def test_a_deadline_is_counted_from_the_first_byte() -> None:
    assert decode(channel(timeout=2.5)).deadline == 52.5


# Out


def encoded(reply: ServiceReply, **fields: Any) -> tuple[int, Any, list[tuple[str, str]], str]:
    response = channel(**fields).encode(reply)
    return response.status, response.body, response.headers, response.content_type


def test_replies() -> None:
    assert encoded(ServiceReply({"a": 1})) == (200, b'{"a":1}', [], "application/json")
    assert encoded(ServiceReply("<a/>", 201, {"X-A": "1"}, "text/xml")) == (201, b"<a/>", [("X-A", "1")], "text/xml")
    assert encoded(ServiceReply(None, 204)) == (204, b"", [], "application/json")
    assert encoded(ServiceReply(b"x"), data_format=None)[1:] == (b"x", [], "text/plain; charset=utf-8")
    assert encoded(ServiceReply({"a": 1}), content_type="application/vnd.a+json")[3] == "application/vnd.a+json"
    assert encoded(ServiceReply(b"zip", content_encoding="gzip"))[2] == [("Content-Encoding", "gzip")]
    assert orjson.loads(encoded(ServiceReply([1, None]))[1]) == [1, None]
