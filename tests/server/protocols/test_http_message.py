from __future__ import annotations

import pytest

from server.protocols.http_message import HTTPRequest


@pytest.mark.parametrize(
    ("header", "host"),
    [
        ("api.example.com", "api.example.com"),
        ("API.Example.com:8080", "api.example.com"),
        ("[::1]:8080", "[::1]"),
        ("[2001:DB8::1]", "[2001:db8::1]"),
        ("", ""),
    ],
)
def test_the_host_is_without_port_and_in_lower_case(header: str, host: str) -> None:
    assert HTTPRequest("GET", "/", "", {"host": header}, b"", "c1").host == host


def test_no_host_header_is_an_empty_host() -> None:
    assert HTTPRequest("GET", "/", "", {}, b"", "c1").host == ""
