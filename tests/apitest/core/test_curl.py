from __future__ import annotations

import shlex
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitest.core import curl
from apitest.core.request import RequestSpec


def spec(method: str = "GET", url: str = "http://x/", body: bytes = b"", **more: Any) -> RequestSpec:
    headers = more.pop("headers", ())
    return RequestSpec(method, url, headers, body, 30.0, more.pop("follows_redirects", False), **more)


@pytest.mark.parametrize(
    ("request_spec", "line"),
    [
        (spec(), "curl http://x/"),
        (spec(follows_redirects=True), "curl http://x/ -L"),
        (spec("HEAD"), "curl --head http://x/"),
        (spec("DELETE"), "curl -X DELETE http://x/"),
        (spec("GET", body=b"x"), "curl -X GET http://x/ -d x"),
        (spec("POST"), "curl -X POST http://x/"),
        (
            spec(
                "POST",
                "http://127.0.0.1:41873/orders/17/pay",
                b'{"method": "card"}',
                headers=(("Host", "x"), ("Content-Type", "application/json"), ("Authorization", "Basic abc")),
            ),
            "curl -X POST http://127.0.0.1:41873/orders/17/pay -H 'Content-Type: application/json'"
            " -H 'Authorization: ***' -d '{\"method\": \"card\"}'",
        ),
        (spec(headers=(("X-Empty", ""),)), "curl http://x/ -H 'X-Empty;'"),
        (spec("POST", body=b"@file"), "curl -X POST http://x/ --data-raw @file"),
        (spec("POST", body=b"\xff\x00"), "curl -X POST http://x/ --data-binary @body-of-2-bytes"),
        (spec("POST", body=b"x" * 3000), "curl -X POST http://x/ --data-binary @body-of-3000-bytes"),
        (spec(auth=("basic", "ann", "pw")), "curl http://x/ -u 'ann:***'"),
        (spec(auth=("digest", "ann", "pw")), "curl http://x/ --digest -u 'ann:***'"),
        (spec(auth=("bearer", "tok")), "curl http://x/ -H 'Authorization: Bearer ***'"),
        (spec(auth=("api-key", "X-Key", "k", "header")), "curl http://x/ -H 'X-Key: ***'"),
        (spec(auth=("api-key", "k", "v", "query")), "curl http://x/"),
    ],
)
def test_lines(request_spec: RequestSpec, line: str) -> None:
    assert curl.command(request_spec) == line


def test_secrets_are_masked() -> None:
    line = curl.command(
        spec("POST", "http://a:s3cret@x/?t=s3cret", b"pw=s3cret", headers=(("X", "s3cret"),)), ["s3cret"]
    )
    assert "s3cret" not in line


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=200))
def test_a_shell_reads_any_body_back(body: str) -> None:
    assert shlex.split(curl.command(spec("POST", body=body.encode())))[-1] == body
