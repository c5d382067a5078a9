"""apitest/server.py: what is asked of the admin services, and how their refusals are worded.

The sentences over it are in steps/test_server.py.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from apitest.core.request import RequestSpec, Response
from apitest.errors import StepError
from apitest.server import AdminAPI, Refused


def api(*answers: tuple[int, Any]) -> tuple[AdminAPI, list[RequestSpec]]:
    waiting, sent = list(answers), []

    def send(spec: RequestSpec) -> Response:
        sent.append(spec)
        status, body = waiting.pop(0)
        return Response(status, "", (), body if isinstance(body, bytes) else json.dumps(body).encode(), spec.url, 0.1)

    return AdminAPI("http://h:1/", "admin.invoke", "pw", send), sent


def test_call() -> None:
    server, sent = api((200, {"pong": "zato"}))
    assert server.admin("zato.ping", {"a": 1}) == {"pong": "zato"}
    assert (sent[0].method, sent[0].url, sent[0].body) == ("POST", "http://h:1/zato/api/invoke/zato.ping", b'{"a":1}')
    assert ("Authorization", "Basic YWRtaW4uaW52b2tlOnB3") in sent[0].headers


def test_without_credentials() -> None:
    server, sent = api((200, {}))
    server.username = ""
    server.admin("zato.ping")
    assert "Authorization" not in dict(sent[0].headers)


@pytest.mark.parametrize(
    ("status", "answer", "words"),
    [
        (400, {"message": "1 problem", "problems": [{"path": "/a", "problem": "missing"}]}, "1 problem; /a missing"),
        (400, {"message": "no", "problems": ["odd"]}, "no; odd"),
        (401, {"message": "no"}, "user and password"),
        (409, {"message": "in use"}, "in use"),
        (500, b"<html>", "<html>"),
        (500, b"", "status 500"),
        (502, [1], "[1]"),
    ],
)
def test_refusals_in_words(status: int, answer: Any, words: str) -> None:
    server, _ = api((status, answer))
    with pytest.raises(Refused) as caught:
        server.admin("zato.service.get-list")
    assert words in caught.value.message
    assert caught.value.status == status


def test_only_own_services_are_listed() -> None:
    server, _ = api((200, [{"name": "a"}, {"name": "zato.ping", "is_internal": True}]))
    assert server.service_names() == ["a"]


def test_credentials_are_taken_back_when_the_channel_cannot_have_them() -> None:
    server, sent = api((200, {"id": 1}), (200, {"id": 2}), (400, {"message": "no"}), (200, {}), (200, {}))
    with pytest.raises(StepError, match="no"):
        server.require_credentials("orders", "basic", "ann", "pw")
    assert [spec.url.rpartition("/")[2] for spec in sent] == [
        "zato.http-soap.get", "zato.security.basic-auth.create", "zato.http-soap.edit", "zato.http-soap.edit",
        "zato.security.basic-auth.delete",
    ]  # fmt: skip
