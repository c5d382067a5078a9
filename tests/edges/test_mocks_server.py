"""apitest/mocks/server.py: what it does on the wire."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from apitest.errors import StepError
from apitest.mocks.rules import Answer
from apitest.mocks.server import MockServer


@pytest.fixture
def mock() -> Iterator[MockServer]:
    made = MockServer("shop", seed=1)
    yield made
    made.stop()


def connect(mock: MockServer) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", mock.port), 5)
    sock.settimeout(5)
    return sock


def ask(mock: MockServer, data: bytes) -> bytes:
    """What comes back until the connection ends."""
    with connect(mock) as sock:
        sock.sendall(data)
        answer = b""
        while part := sock.recv(65536):
            answer += part
    return answer


def test_answers_as_told(mock: MockServer) -> None:
    mock.rules.expect("GET", "/a/{id}", [Answer(200, (("X-A", "1"),), {"id": "{id}", "n": "~integer"})])
    answer = ask(mock, b"GET /a/7 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\nX-A: 1\r\n")
    assert b"Content-Type: application/json" in head
    assert body.startswith(b'{"id": "7", "n": ')
    assert f"Content-Length: {len(body)}".encode() in head


def test_requests_one_after_the_other_in_any_pieces(mock: MockServer) -> None:
    mock.rules.expect("POST", "/", [Answer(204)])
    one = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    last = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"
    with connect(mock) as sock:
        for part in (one[:10], one[10:] + one + last[:5], last[5:]):
            sock.sendall(part)
            time.sleep(0.01)
        answer = b""
        while data := sock.recv(65536):
            answer += data
    assert answer.count(b"204 No Content") == 3
    assert [record.call.body for record in mock.records] == [b"abc", b"abc", b"hi"]
    assert [record.status for record in mock.records] == [204, 204, 204]


def test_head_has_no_body(mock: MockServer) -> None:
    mock.rules.expect("GET", "/", [Answer(200, body="hello")])
    answer = ask(mock, b"HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert b"Content-Length: 5" in answer
    assert answer.endswith(b"\r\n\r\n")


def test_a_body_is_asked_for(mock: MockServer) -> None:
    mock.rules.expect("PUT", "/", [Answer(200)])
    with connect(mock) as sock:
        sock.sendall(b"PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert sock.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(b"ok")
        assert sock.recv(100).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "data", [b"hello\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01", b"GET / HTTP/1.1\r\na b: c\r\n\r\n"]
)
def test_what_is_no_http(mock: MockServer, data: bytes) -> None:
    assert ask(mock, data).startswith(b"HTTP/1.1 400")
    assert mock.problems
    assert mock.records == []


def test_drops_goes_down_and_comes_back(mock: MockServer) -> None:
    mock.rules.expect("GET", "/", [Answer(200)])
    mock.rules.is_dropping = True
    with pytest.raises(ConnectionResetError):
        ask(mock, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert mock.records[0].status == 0
    waiting = connect(mock)
    mock.go_down()
    with pytest.raises(ConnectionRefusedError):
        connect(mock)
    with waiting, contextlib.suppress(ConnectionResetError):  # by whether it had been accepted already
        assert waiting.recv(10) == b""
    port = mock.port
    mock.come_back()
    assert mock.port == port
    assert b"200 OK" in ask(mock, b"GET / HTTP/1.0\r\n\r\n")


def test_a_port_that_is_taken(mock: MockServer) -> None:
    with pytest.raises(StepError) as caught:
        MockServer("other", mock.port)
    assert str(mock.port) in caught.value.message


def test_waiting_for_a_call(mock: MockServer) -> None:
    assert mock.wait_for(lambda record: True, 0.05) is None
    threading.Timer(0.05, lambda: ask(mock, b"GET /paid HTTP/1.0\r\n\r\n")).start()
    found = mock.wait_for(lambda record: record.call.path == "/paid", 5)
    assert found is not None
    assert found.status == 404


def test_a_slow_answer_ends_with_the_mock(mock: MockServer) -> None:
    mock.rules.delay_seconds = 30
    begin = time.monotonic()
    threading.Timer(0.05, mock.stop).start()
    assert ask(mock, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n") == b""
    assert time.monotonic() - begin < 5


def test_markers_that_nothing_can_be_made_up_for(mock: MockServer) -> None:
    mock.rules.expect("GET", "/", [Answer(200, body={"a": "~iban"})])
    assert b"500" in ask(mock, b"GET / HTTP/1.0\r\n\r\n")
    assert "~iban" in mock.problems[0]
