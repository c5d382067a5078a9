"""`self.request`."""

from __future__ import annotations

from typing import Any

import pytest

from server.kernel.invocation import ChannelContext, ServiceRequest
from server.protocols.http_message import HTTPRequest
from server.services.request import Request


def request(payload: Any = None, **parts: Any) -> Request:
    return Request(ServiceRequest("s", payload, "c1", **parts), {})


def over_http(body: bytes = b"", query: str = "", data_format: str | None = None, **parts: Any) -> Request:
    message = HTTPRequest("POST", "/a", query, {"user-agent": "me"}, body, "c1")
    return request(body, http=message, channel=ChannelContext("plain_http", data_format=data_format), **parts)


def test_payload_raw_and_text() -> None:
    found = request({"a": 1}, raw=b'{"a": 1}')
    assert (found.payload, found.raw, found.raw_request, found.text, found.cid) == (
        {"a": 1},
        b'{"a": 1}',
        b'{"a": 1}',
        '{"a": 1}',
        "c1",
    )
    assert (request("é").raw, request("é").text, request().text) == ("é", "é", "")


def test_bunches_and_copies() -> None:
    found = request({"a": {"b": 1}})
    assert found.to_bunch().a.b == 1
    assert found.bunchified().a.b == 1
    copied = found.deepcopy()
    copied["a"]["b"] = 2
    assert found.payload["a"]["b"] == 1


def test_http() -> None:
    http = over_http(b"x=1&x=2", "q=1&q=2&z=", path_params={"id": "7"}).http
    assert (http.method, http.path, http.user_agent) == ("POST", "/a", "me")
    assert http.GET == {"q": ["1", "2"], "z": ""}
    assert http.POST.x == ["1", "2"]
    assert http.params == {"q": ["1", "2"], "z": "", "id": "7"}


def test_a_form_is_read_only_where_the_channel_has_no_format() -> None:
    found = over_http(b"x=1", data_format="json")
    assert found.http.POST == {}
    assert found.http.get_form_data() == {"x": "1"}


def test_without_http_all_is_empty() -> None:
    http = request({"a": 1}).http
    assert (http.method, http.path, http.user_agent, http.GET, http.POST, http.params) == ("", "", "", {}, {}, {})


def test_query_params_that_the_channel_read_are_used() -> None:
    assert request(query_params={"a": "1"}).http.GET.a == "1"
    with pytest.raises(AttributeError):
        _ = request().http.GET.a
