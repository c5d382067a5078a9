"""HTTPListener over raw sockets on loopback: framing on the wire, limits, times, and the orderly end.

Runs patched (tests/run_patched.py), as the server does.
"""

from __future__ import annotations

import asyncio
import logging
import re
import socket
import time
from collections.abc import Iterator
from typing import Any

import gevent
import orjson
import pytest

from server.channels.http_listener import HTTPListener, ListenerSettings
from server.protocols.http_message import HTTPRequest, HTTPResponse

QUICK = ListenerSettings(
    max_header_bytes=2048,
    max_body_bytes=100_000,
    header_timeout_seconds=0.3,
    body_timeout_seconds=0.3,
    idle_timeout_seconds=0.6,
    send_timeout_seconds=0.4,
)


class Served:
    """A listener on a free port, and what it was asked."""

    def __init__(self, settings: ListenerSettings = QUICK) -> None:
        self.requests: list[HTTPRequest] = []
        self.lines: list[tuple[Any, ...]] = []
        self.listener = HTTPListener(self.handle, settings, self.new_cid, lambda *line: self.lines.append(line))
        self.address = self.listener.start("127.0.0.1", 0)

    def new_cid(self) -> str:
        return f"K{len(self.requests) + 1}"

    def handle(self, request: HTTPRequest) -> HTTPResponse:
        self.requests.append(request)
        what = request.path.strip("/").split("/")
        if what[0] == "sleep":
            gevent.sleep(float(what[1]))
        elif what[0] == "pieces":
            return HTTPResponse(200, pieces(what[1:]), content_type="text/plain")
        elif what[0] == "status":
            return HTTPResponse(int(what[1]), b"body")
        elif what[0] == "big":
            return HTTPResponse(200, b"x" * int(what[1]))
        elif what[0] == "header":
            return HTTPResponse(200, b"", [("X-A", request.query.replace("+", "\r\n"))])
        elif what[0] == "headers":
            return HTTPResponse(200, b"ab", [("Content-Length", "5"), ("Connection", "close"), ("X-A", "\xe9")])
        elif what[0] == "raise":
            raise RuntimeError("secret")
        elif what[0] == "harsh":
            harsh: dict[str, BaseException] = {
                "keyboard": KeyboardInterrupt(),
                "generator": GeneratorExit(),
                "cancelled": asyncio.CancelledError(),
                "greenlet": gevent.GreenletExit(),
            }
            raise harsh[what[1]]
        elif what[0] == "odd":
            odd: Any = {"name": (5, "a"), "type": ("X-A", "a")}[what[1]]
            return HTTPResponse(200, b"", [odd], content_type=[1] if what[1] == "type" else "")  # type: ignore[arg-type]
        elif what[0] == "timeout":
            with gevent.Timeout(0.01):
                gevent.sleep(1)
        return HTTPResponse(200, b"%b %b %b" % (request.method.encode(), request.path.encode(), request.body))

    def connect(self) -> socket.socket:
        sock = socket.create_connection(self.address, timeout=5)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def say(self, *pieces: bytes, pause: float = 0.0) -> bytes:
        """All that comes back until the server closes, or half a second of silence."""
        with self.connect() as sock:
            for piece in pieces:
                sock.sendall(piece)
                if pause:
                    time.sleep(pause)
            return read_all(sock)

    def wait_until(self, count: int) -> None:
        """Until so many requests have arrived."""
        until(lambda: len(self.requests) >= count)


def pieces(words: list[str]) -> Iterator[bytes]:
    for word in words:
        if word == "break":
            raise RuntimeError("broken in the middle")
        yield word.encode()
    yield b""


def until(holds: Any, seconds: float = 3.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.005)


def read_all(sock: socket.socket, silence: float = 0.5) -> bytes:
    sock.settimeout(silence)
    data = b""
    try:
        while piece := sock.recv(65536):
            data += piece
    except (TimeoutError, ConnectionResetError):
        data += b"<open>" if not data.endswith(b"<reset>") else b""
    return data


def read_one(sock: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """One response with a Content-Length."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = sock.recv(65536)
        assert piece, f"closed after {data!r}"
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
    while len(body) < int(headers.get("content-length", 0)):
        body += sock.recv(65536)
    return int(lines[0].split()[1]), headers, body


@pytest.fixture
def served() -> Iterator[Served]:
    one = Served()
    yield one
    one.listener.close()


def get(path: str = "/", *lines: str, version: str = "1.1") -> bytes:
    return "\r\n".join([f"GET {path} HTTP/{version}", "Host: a", *lines, "", ""]).encode()


CLOSE = "Connection: close"


# What goes over the wire


def test_a_response_in_full(served: Served) -> None:
    said = served.say(b"POST /a?b=c HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3\r\n\r\nxyz")
    head, _, body = said.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "HTTP/1.1 200 OK"
    assert lines[1] == "Server: apitest-server"
    assert re.fullmatch(r"Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", lines[2])
    assert lines[3:] == [
        "Content-Type: application/json",
        "X-Zato-CID: K1",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    assert body == b"POST /a xyz"
    request = served.requests[0]
    assert (request.cid, request.remote_addr, request.query) == ("K1", "127.0.0.1", "b=c")
    assert request.remote_port > 0 and 0 < time.monotonic() - request.received_at < 5
    until(lambda: served.lines)
    assert served.lines[0][1:7] == ("127.0.0.1", "POST", "/a?b=c", "1.1", 200, 11)
    assert served.lines[0][8] == "K1"


def test_headers_can_be_left_out() -> None:
    served = Served(ListenerSettings(server_header="", cid_header=""))
    try:
        said = served.say(get("/", CLOSE))
        assert b"Server:" not in said and b"CID" not in said
    finally:
        served.listener.close()


def test_keep_alive_and_pipelining_in_order(served: Served) -> None:
    with served.connect() as sock:
        for number in range(3):
            sock.sendall(get(f"/{number}"))
            assert read_one(sock)[2] == f"GET /{number} ".encode()
    said = served.say(
        get("/sleep/0.05")
        + get("/b")
        + b"POST /c HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nxy"
        + get("/d", CLOSE)
    )
    bodies = [part.rpartition(b"\r\n\r\n")[2] for part in said.split(b"HTTP/1.1 200 OK")[1:]]
    assert bodies == [b"GET /sleep/0.05 ", b"GET /b ", b"POST /c xy", b"GET /d "]


def test_what_follows_a_closing_request_is_not_answered(served: Served) -> None:
    said = served.say(get("/a", CLOSE) + get("/b"))
    assert said.count(b"HTTP/1.1") == 1
    assert not said.endswith(b"<open>")


@pytest.mark.parametrize(
    ("lines", "stays", "header"),
    [((), False, b"Connection: close"), (("Connection: keep-alive",), True, b"Connection: keep-alive")],
)
def test_http_1_0(served: Served, lines: tuple[str, ...], stays: bool, header: bytes) -> None:
    said = served.say(get("/", *lines, version="1.0"))
    assert said.startswith(b"HTTP/1.1 200") and header in said
    assert said.endswith(b"<open>") == stays


def test_one_byte_at_a_time(served: Served) -> None:
    data = b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    data += b"2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"
    said = served.say(*(data[at : at + 1] for at in range(len(data))), pause=0.0005)
    assert said.endswith(b"POST /a abc")


def test_head_has_the_headers_and_no_body(served: Served) -> None:
    said = served.say(b"HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n" + get("/b", CLOSE))
    first, _, rest = said.partition(b"\r\n\r\n")
    assert b"Content-Length: 8" in first
    assert rest.startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize("status", [204, 304])
def test_some_statuses_have_no_body(served: Served, status: int) -> None:
    said = served.say(get(f"/status/{status}", CLOSE))
    head, _, body = said.partition(b"\r\n\r\n")
    assert body == b"" and b"Content-Length" not in head and b"Content-Type" not in head


def test_a_body_in_pieces(served: Served) -> None:
    said = served.say(get("/pieces/ab/cde") + get("/b", CLOSE))
    assert b"Transfer-Encoding: chunked\r\n" in said and said.count(b"Content-Length") == 1
    assert b"\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\nHTTP/1.1 200 OK" in said
    old = served.say(get("/pieces/ab/cde", "Connection: keep-alive", version="1.0"))
    assert old.endswith(b"\r\n\r\nabcde") and b"chunked" not in old and b"Connection: close" in old
    head = served.say(b"HEAD /pieces/ab HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert head.endswith(b"\r\n\r\n") and b"chunked" in head


def test_a_body_that_breaks_off_does_not_look_whole(served: Served, caplog: Any) -> None:
    said = served.say(get("/pieces/ab/break"))
    assert said.endswith(b"2\r\nab\r\n")
    assert "broke off" in caplog.text


def test_expect_continue(served: Served) -> None:
    with served.connect() as sock:
        sock.sendall(
            b"PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
        )
        assert sock.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(b"ab")
        assert read_all(sock).endswith(b"PUT /a ab")


def test_a_body_too_large_is_refused_before_it_is_asked_for(served: Served) -> None:
    said = served.say(b"PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 100001\r\nExpect: 100-continue\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 413 ") and b"Connection: close" in said
    assert not served.requests


def test_a_large_body_that_is_sent_all_the_same_does_not_destroy_the_reply(served: Served) -> None:
    said = served.say(b"PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\n", b"x" * 900_000)
    assert said.startswith(b"HTTP/1.1 413 ")
    assert b'"error":"content-too-large"' in said


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\nHost: a\n\n", 400),
        (b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (b"\x16\x03\x01\x02\x00", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 3000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        (b"GET / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n", 417),
    ],
)
def test_bad_bytes_are_answered_and_the_connection_closes(
    served: Served, caplog: Any, data: bytes, status: int
) -> None:
    caplog.set_level(logging.INFO)
    said = served.say(get("/good") + data + get("/smuggled"))
    good, _, refusal = said.partition(b"GET /good ")
    assert good.startswith(b"HTTP/1.1 200")
    assert refusal.startswith(b"HTTP/1.1 %d " % status)
    assert b"Connection: close" in refusal and not said.endswith(b"<open>")
    content = orjson.loads(refusal.partition(b"\r\n\r\n")[2])
    assert content["cid"] and content["error"] and set(content) <= {"cid", "error", "message"}
    assert [request.path for request in served.requests] == ["/good"]
    assert "Traceback" not in caplog.text and f"got {status}" in caplog.text
    assert served.lines[-1][5] == status


def test_a_request_that_ends_in_the_middle(served: Served) -> None:
    with served.connect() as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHo")
        sock.shutdown(socket.SHUT_WR)
        assert read_all(sock).startswith(b"HTTP/1.1 400 ")
    assert not served.requests


def test_a_client_that_has_said_everything_still_gets_the_answer(served: Served) -> None:
    with served.connect() as sock:
        sock.sendall(get("/sleep/0.1"))
        sock.shutdown(socket.SHUT_WR)
        assert read_all(sock).endswith(b"GET /sleep/0.1 ")


def test_what_comes_while_a_service_is_busy_is_answered_after_it(served: Served) -> None:
    with served.connect() as sock:
        sock.sendall(get("/sleep/0.1"))
        served.wait_until(1)
        for path in ("/second", "/third"):
            sock.sendall(get(path))
            time.sleep(0.02)
        said = read_all(sock)
    assert said.index(b"GET /sleep/0.1 ") < said.index(b"GET /second ") < said.index(b"GET /third ")


def test_sockets_that_are_not_plain_ones(served: Served) -> None:
    """As those of TLS, whose bytes gevent reads."""

    class Odd(gevent.socket.socket):
        pass

    ours, theirs = socket.socketpair()
    theirs.settimeout(5)
    with theirs, Odd(ours.family, ours.type, 0, ours.detach()) as odd:
        serving = gevent.spawn(served.listener.serve, odd, "")
        for path in ("/a", "/big/3000000", "/b"):
            theirs.sendall(get(path))
            assert read_one(theirs)[0] == 200
        until(lambda: served.listener.connections == 0, 3)  # idle for too long
        serving.join(1)
        assert read_all(theirs) == b"<open>"  # closing it is up to the caller


# Services that misbehave


@pytest.mark.parametrize(
    "path",
    [
        "/raise",
        "/timeout",
        "/header?a+Set-Cookie:b",
        "/status/99",
        "/status/101",
        "/harsh/keyboard",
        "/harsh/generator",
        "/harsh/cancelled",
        "/harsh/greenlet",
        "/odd/name",
        "/odd/type",
    ],
)
def test_faults_become_500_without_internals(served: Served, caplog: Any, path: str) -> None:
    said = served.say(get(path, CLOSE))
    assert said.startswith(b"HTTP/1.1 500 ")
    assert orjson.loads(said.partition(b"\r\n\r\n")[2]) == {
        "cid": "K1",
        "error": "internal",
        "message": "Internal server error",
    }
    assert b"Set-Cookie" not in said
    assert caplog.records[-1].cid == "K1"


def test_framing_headers_of_services_are_not_theirs_to_set(served: Served) -> None:
    said = served.say(get("/headers"))
    assert b"Content-Length: 2\r\n" in said and b"Content-Length: 5" not in said
    assert said.count(b"Connection: close") == 1 and b"X-A: \xe9\r\n" in said
    assert said.endswith(b"\r\n\r\nab")


# Times


def test_slow_headers_get_408(served: Served) -> None:
    began = time.monotonic()
    said = served.say(b"GET / HTTP/1.1\r\nHost: ", b"a", pause=0.1)
    assert said.startswith(b"HTTP/1.1 408 ") and not said.endswith(b"<open>")
    assert 0.25 < time.monotonic() - began < 1.2


def test_drops_of_headers_do_not_renew_the_time(served: Served) -> None:
    with served.connect() as sock:
        sock.sendall(b"GET / HTTP/1.1\r\n")
        began = time.monotonic()
        with pytest.raises(OSError):
            while time.monotonic() - began < 3:
                sock.sendall(b"X: a\r\n")
                time.sleep(0.03)
    assert time.monotonic() - began < 1.5
    assert served.lines[-1][5] == 408


def test_slow_bodies_get_408(served: Served) -> None:
    head = b"POST / HTTP/1.1\r\nHost: a\r\n"
    for data in (head + b"Content-Length: 10\r\n\r\nabc", head + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab"):
        began = time.monotonic()
        assert served.say(data).startswith(b"HTTP/1.1 408 ")
        assert 0.25 < time.monotonic() - began < 1.5


def test_idle_connections_are_closed_without_a_word(served: Served) -> None:
    began = time.monotonic()
    with served.connect() as fresh, served.connect() as used:
        used.sendall(get())
        read_one(used)
        assert read_all(fresh, 3) == b"" and read_all(used, 3) == b""
    assert 0.5 < time.monotonic() - began < 2
    until(lambda: served.listener.connections == 0)


def test_heads_of_idle_connections_are_forgotten() -> None:
    """SECURITY they may hold credentials, so they are kept for a second and not for the whole idle time."""
    served = Served(ListenerSettings())
    try:
        with served.connect() as sock:
            for _ in range(2):
                sock.sendall(get("/a", "Authorization: Basic c2VjcmV0"))
                read_one(sock)
            (connection,) = served.listener._connections
            assert connection.parser._known_heads
            until(lambda: not connection.parser._known_heads)
            sock.sendall(get("/b"))
            assert read_one(sock)[0] == 200
    finally:
        served.listener.close()


def test_a_busy_service_is_not_idle(served: Served) -> None:
    assert served.say(get("/sleep/1.0", CLOSE), pause=1.0).endswith(b"GET /sleep/1.0 ")


def test_who_does_not_read_is_cut(served: Served) -> None:
    with served.connect() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.sendall(get("/big/20000000"))
        served.wait_until(1)
        until(lambda: served.listener.connections == 0)


def test_who_reads_slowly_gets_all() -> None:
    served = Served()
    try:
        with served.connect() as sock:
            sock.sendall(get("/big/3000000", CLOSE))
            size = 0
            while piece := sock.recv(300_000):
                size += len(piece)
                time.sleep(0.08)
            assert size > 3_000_000
    finally:
        served.listener.close()


def test_one_who_never_pauses_does_not_keep_the_others_waiting(served: Served) -> None:
    def flood() -> None:
        with served.connect() as sock:
            while not done:
                sock.sendall(get("/f") * 20)
                sock.recv(65536)

    done: list[bool] = []
    floods = [gevent.spawn(flood) for _ in range(3)]
    try:
        served.wait_until(100)
        began = time.monotonic()
        assert served.say(get("/calm", CLOSE)).endswith(b"GET /calm ")
        assert time.monotonic() - began < 0.5
    finally:
        done.append(True)
        gevent.killall(floods)


# The end


def test_an_orderly_end(served: Served) -> None:
    """Running calls finish, idle ones are closed, what waits to be accepted is served, then nothing listens."""
    with served.connect() as busy, served.connect() as idle, served.connect() as fresh:
        idle.sendall(get("/first"))
        read_one(idle)
        busy.sendall(get("/sleep/0.3"))
        served.wait_until(2)
        stopping = gevent.spawn(served.listener.stop, 5)
        gevent.sleep(0.05)
        fresh.sendall(get("/late"))
        status, headers, body = read_one(fresh)
        assert (status, headers["connection"], body) == (200, "close", b"GET /late ")
        assert read_all(idle) == b""
        status, headers, body = read_one(busy)
        assert (status, headers["connection"], body) == (200, "close", b"GET /sleep/0.3 ")
        assert stopping.get(timeout=2) == 0
    with pytest.raises(ConnectionRefusedError):
        served.connect()


def test_no_request_is_dropped_while_stopping() -> None:
    """Each connection that was made gets its answer, however close to the end (reliability row 9)."""
    for _ in range(5):
        served = Served()
        results: list[bool] = []

        def client(served: Served = served, results: list[bool] = results) -> None:
            for _ in range(400):
                try:
                    sock = served.connect()
                except ConnectionRefusedError:
                    return
                with sock:
                    sock.sendall(get("/a", CLOSE))
                    results.append(read_all(sock).endswith(b"GET /a "))

        clients = [gevent.spawn(client) for _ in range(8)]
        served.wait_until(50)
        assert served.listener.stop(5) == 0
        gevent.joinall(clients, timeout=5)
        assert results and all(results)


def test_calls_that_do_not_end_are_cut_at_the_deadline(served: Served, caplog: Any) -> None:
    with served.connect() as sock:
        sock.sendall(get("/sleep/30"))
        served.wait_until(1)
        began = time.monotonic()
        assert served.listener.stop(0.3) == 1
        assert 0.25 < time.monotonic() - began < 1.5
        assert read_all(sock) == b""
    assert "1 HTTP connections were cut" in caplog.text
    assert served.listener.connections == 0


def test_stop_twice_and_before_start() -> None:
    listener = HTTPListener(lambda request: HTTPResponse(200))
    assert listener.stop(1) == 0
    listener.start("127.0.0.1", 0)
    listener.close()
    listener.close()


def test_a_taken_port_says_so() -> None:
    served = Served()
    try:
        with pytest.raises(OSError, match="in use"):
            HTTPListener(lambda request: HTTPResponse(200)).start(*served.address)
    finally:
        served.listener.close()


def test_idle_connections_are_in_nobodys_way(served: Served) -> None:
    socks = [served.connect() for _ in range(300)]
    try:
        assert served.say(get("/a", CLOSE)).endswith(b"GET /a ")
    finally:
        for sock in socks:
            sock.close()
    until(lambda: served.listener.connections == 0)
