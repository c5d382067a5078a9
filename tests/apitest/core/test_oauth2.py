from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import parse_qs

import pytest

from apitest.core.oauth2 import Settings, Token, parse_extra_fields, read_token, secrets_in, token_request
from apitest.core.request import Response
from apitest.errors import StepError

ENDPOINT = "https://id.test/token"


def answer(document: Any, status: int = 200) -> Response:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Response(status, "", (), body, ENDPOINT, 0.1)


def test_request_of_old_suites() -> None:
    settings = Settings(ENDPOINT, "ann", "pw", "read write", extra_fields={"audience": "shop"})
    spec = token_request(settings, "apitest", 5.0)
    assert parse_qs(spec.body.decode()) == {
        "grant_type": ["password"], "username": ["ann"], "password": ["pw"], "scope": ["read write"],
        "audience": ["shop"],
    }  # fmt: skip
    assert not spec.follows_redirects
    settings.request_format = "json"
    assert json.loads(token_request(settings, "apitest", 5.0).body)["grant_type"] == "password"


def test_request_of_a_client() -> None:
    settings = Settings(ENDPOINT, "a:b", "p w%", grant_type="client_credentials", is_client=True)
    spec = token_request(settings, "apitest", 5.0, "r1")
    assert dict(spec.headers)["Authorization"] == "Basic " + base64.b64encode(b"a%3Ab:p+w%25").decode()
    assert parse_qs(spec.body.decode()) == {"grant_type": ["refresh_token"], "refresh_token": ["r1"]}


def test_tokens_are_renewed_before_their_end() -> None:
    token = read_token(answer({"access_token": "t", "token_type": "bearer", "expires_in": "100"}), 1000.0)
    assert token == Token("t", 1100.0, 1090.0, "")
    assert token.is_usable(1089.0)
    assert not token.is_usable(1091.0)
    long = read_token(answer({"access_token": "t", "expires_in": 3600, "refresh_token": "r"}), 0.0)
    assert (long.renew_at, long.refresh) == (3570.0, "r")
    assert read_token(answer({"access_token": "t"}), 0.0).is_usable(1e12)


@pytest.mark.parametrize(
    ("document", "status", "words"),
    [
        ({"error": "invalid_grant", "error_description": "no"}, 400, "invalid_grant (no)"),
        (b"<html>", 200, "no JSON object"),
        ([], 200, "no JSON object"),
        ({"token": "t"}, 200, "no access_token"),
        ({"access_token": "t", "token_type": "mac"}, 200, "of the type 'mac'"),
        ({"access_token": "t"}, 500, "status 500"),
    ],
)
def test_no_token(document: Any, status: int, words: str) -> None:
    with pytest.raises(StepError) as caught:
        read_token(answer(document, status), 0.0)
    assert words in caught.value.message


def test_secrets_in_an_answer() -> None:
    assert secrets_in(answer({"access_token": "a", "refresh_token": "r", "id_token": 1})) == ["a", "r"]
    assert secrets_in(answer(b"x")) == secrets_in(answer([])) == []


def test_extra_fields() -> None:
    assert parse_extra_fields("a=b, c = d=e,") == {"a": "b", "c": "d=e"}
    with pytest.raises(StepError):
        parse_extra_fields("a")
