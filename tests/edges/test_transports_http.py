"""apitest/transports/http.py against scripted peers on loopback: every way an answer can come, or fail to."""

from __future__ import annotations

import gzip
import socket
import zlib
from collections.abc import Iterator

import gevent
import pytest
from gevent.server import StreamServer

from apitest.core.request import RequestSpec
from apitest.errors import CallFailed
from apitest.transports.http import HTTPTransport


class Peer:
    """Answers the requests it gets with prepared bytes, one after another; b"" closes without an answer.

    seen: the requests; connections: how many were opened.
    """

    def __init__(self) -> None:
        self.answers: list[bytes] = []
        self.seen: list[bytes] = []
        self.connections = 0
        self.pause = 0.0
        self._server = StreamServer(("127.0.0.1", 0), self._serve)
        self._server.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def _serve(self, sock: socket.socket, address: object) -> None:
        self.connections += 1
        while self.answers:
            data = b""
            while b"\r\n\r\n" not in data:
                part = sock.recv(65536)
                if not part:
                    return
                data += part
            head, _, body = data.partition(b"\r\n\r\n")
            length = 0
            for line in head.split(b"\r\n"):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            while len(body) < length:
                body += sock.recv(65536)
            self.seen.append(head + b"\r\n\r\n" + body)
            answer = self.answers.pop(0)
            if not answer:
                return
            if self.pause:
                for index in range(len(answer)):
                    gevent.sleep(self.pause)
                    sock.sendall(answer[index : index + 1])
            else:
                sock.sendall(answer)

    def close(self) -> None:
        self._server.stop(timeout=0)


@pytest.fixture
def peer() -> Iterator[Peer]:
    started = Peer()
    yield started
    started.close()


@pytest.fixture
def transport() -> Iterator[HTTPTransport]:
    made = HTTPTransport()
    yield made
    made.close()


def answer(body: bytes = b"", status: str = "200 OK", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def spec(url: str, method: str = "GET", body: bytes = b"", **changes: object) -> RequestSpec:
    values: dict[str, object] = {"headers": (), "timeout_seconds": 5.0, **changes}
    return RequestSpec(method=method, url=url, body=body, **values)  # type: ignore[arg-type]


def reason_of(transport: HTTPTransport, request: RequestSpec) -> str:
    with pytest.raises(CallFailed) as caught:
        transport.send(request)
    return caught.value.reason


def test_whole_response_is_kept(peer: Peer, transport: HTTPTransport) -> None:
    peer.answers = [answer(b"abc", "201 Created", "X-A: 1", "x-a: 2", "Content-Type: text/plain")]
    got = transport.send(spec(f"{peer.url}/orders?x=1"))
    assert (got.status, got.reason, got.body) == (201, "Created", b"abc")
    assert got.header("X-A") == "1, 2"
    assert got.url == f"{peer.url}/orders?x=1"
    assert 0 < got.first_byte_seconds <= got.seconds
    assert peer.seen[0].startswith(b"GET /orders?x=1 HTTP/1.1\r\nHost: 127.0.0.1:")


def test_request_goes_out_as_said(peer: Peer, transport: HTTPTransport) -> None:
    peer.answers = [answer()]
    headers = (("X-A", "1"), ("X-A", "2"), ("Host", "shop.test"), ("X-Name", "Zoë"))
    transport.send(spec(peer.url, "POST", b'{"a": 1}', headers=headers))
    head, _, body = peer.seen[0].partition(b"\r\n\r\n")
    assert head.split(b"\r\n") == [
        b"POST / HTTP/1.1",
        b"X-A: 1",
        b"X-A: 2",
        b"Host: shop.test",
        "X-Name: Zoë".encode(),
        b"Content-Length: 8",
    ]
    assert body == b'{"a": 1}'


def test_connection_is_kept(peer: Peer, transport: HTTPTransport) -> None:
    peer.answers = [answer(b"1"), answer(b"2"), answer(b"", "204 No Content"), answer(b"3")]
    bodies = [transport.send(spec(peer.url)).body for _ in range(4)]
    assert bodies == [b"1", b"2", b"", b"3"]
    assert peer.connections == 1


def test_connection_is_not_kept_when_the_peer_says_close(peer: Peer, transport: HTTPTransport) -> None:
    peer.answers = [answer(b"1", "200 OK", "Connection: close"), answer(b"2")]
    assert [transport.send(spec(peer.url)).body for _ in range(2)] == [b"1", b"2"]
    assert peer.connections == 2


def test_connection_that_was_closed_while_idle_is_replaced(peer: Peer, transport: HTTPTransport) -> None:
    peer.answers = [answer(b"1")]  # the peer closes after its last answer
    transport.send(spec(peer.url))
    gevent.sleep(0.02)
    peer.answers = [answer(b"2")]
    assert transport.send(spec(peer.url, "POST", b"x")).body == b"2"
    assert peer.connections == 2


def test_repeatable_request_survives_a_close_in_the_last_moment(peer: Peer, transport: HTTPTransport) -> None:
    peer.answers = [answer(b"1"), b"", answer(b"2")]
    transport.send(spec(peer.url))
    assert transport.send(spec(peer.url)).body == b"2"


def test_other_requests_are_never_sent_twice(peer: Peer, transport: HTTPTransport) -> None:
    peer.answers = [answer(b"1"), b"", answer(b"2")]
    transport.send(spec(peer.url))
    assert reason_of(transport, spec(peer.url, "POST", b"x")) == "reset"
    assert len(peer.seen) == 2


def test_chunked_and_compressed(peer: Peer, transport: HTTPTransport) -> None:
    packed = gzip.compress(b"hello " * 100)
    deflated = zlib.compress(b"x" * 50)
    bare = zlib.compressobj(wbits=-15)
    raw = bare.compress(b"y" * 50) + bare.flush()
    peer.answers = [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n",
        answer(packed, "200 OK", "Content-Encoding: gzip"),
        answer(deflated, "200 OK", "Content-Encoding: deflate"),
        answer(raw, "200 OK", "Content-Encoding: deflate"),
        answer(b"odd", "200 OK", "Content-Encoding: unheard-of"),
        answer(b"not gzip", "200 OK", "Content-Encoding: gzip"),
    ]
    bodies = [transport.send(spec(peer.url)).body for _ in range(5)]
    assert bodies == [b"hello!", b"hello " * 100, b"x" * 50, b"y" * 50, b"odd"]
    assert reason_of(transport, spec(peer.url)) == "garbage"


def test_head_has_no_body(peer: Peer, transport: HTTPTransport) -> None:
    peer.answers = [b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", answer(b"x")]
    assert transport.send(spec(peer.url, "HEAD")).body == b""
    assert transport.send(spec(peer.url)).body == b"x"


def test_redirects(peer: Peer, transport: HTTPTransport) -> None:
    peer.answers = [
        answer(b"", "302 Found", "Location: /next"),
        answer(b"", "307 Temporary Redirect", "Location: last?x=1"),
        answer(b"here"),
    ]
    got = transport.send(spec(f"{peer.url}/first", "POST", b"x", headers=(("Content-Type", "text/plain"),)))
    assert got.body == b"here"
    assert got.redirects == (f"{peer.url}/first", f"{peer.url}/next")
    assert got.url == f"{peer.url}/last?x=1"
    assert peer.seen[1].startswith(b"GET /next")
    assert b"Content-Type" not in peer.seen[1]


@pytest.mark.parametrize(("status", "method"), [(307, b"POST"), (308, b"POST"), (301, b"GET"), (303, b"GET")])
def test_method_after_a_redirect(peer: Peer, transport: HTTPTransport, status: int, method: bytes) -> None:
    peer.answers = [answer(b"", f"{status} X", "Location: /b"), answer()]
    transport.send(spec(f"{peer.url}/a", "POST", b"x"))
    assert peer.seen[1].startswith(method + b" /b")
    assert peer.seen[1].endswith(b"\r\n\r\nx") is (method == b"POST")


def test_credentials_stay_with_their_host(peer: Peer, transport: HTTPTransport) -> None:
    other = Peer()
    other.answers = [answer()]
    peer.answers = [answer(b"", "302 Found", f"Location: {other.url}/"), answer()]
    transport.send(spec(peer.url, headers=(("Authorization", "Basic eDp5"), ("Cookie", "a=b"), ("X-Kept", "1"))))
    other.close()
    assert b"Authorization" not in other.seen[0]
    assert b"Cookie" not in other.seen[0]
    assert b"X-Kept: 1" in other.seen[0]


def test_redirects_not_followed(peer: Peer, transport: HTTPTransport) -> None:
    peer.answers = [answer(b"", "302 Found", "Location: /next")]
    got = transport.send(spec(peer.url, follows_redirects=False))
    assert got.status == 302
    assert got.redirects == ()


def test_endless_redirects(peer: Peer, transport: HTTPTransport) -> None:
    peer.answers = [answer(b"", "302 Found", "Location: /round")] * 12
    assert reason_of(transport, spec(peer.url)) == "too many redirects"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "reset"),
        (b"hello there\r\n\r\n", "garbage"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", "reset"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", "reset"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhel", "reset"),
        (b"HTTP/1.1 2x0 OK\r\n\r\n", "garbage"),
        (b"HTTP/2 200 OK\r\n\r\n", "garbage"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", "garbage"),
        (b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n", "garbage"),
        (b"HTTP/1.1 200 OK\r\nX: 1\r\n", "reset"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 300000 + b"\r\n\r\n", "garbage"),
    ],
)
def test_broken_answers(peer: Peer, transport: HTTPTransport, raw: bytes, reason: str) -> None:
    peer.answers = [raw]
    assert reason_of(transport, spec(peer.url, "POST", b"x")) == reason


def test_refused(transport: HTTPTransport) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but nobody listens
        assert reason_of(transport, spec(f"http://127.0.0.1:{taken.getsockname()[1]}/")) == "refused"


def test_unknown_host(transport: HTTPTransport) -> None:
    assert reason_of(transport, spec("http://no-such-host.invalid/")) == "dns"


def test_tls_where_there_is_none(peer: Peer, transport: HTTPTransport) -> None:
    peer.answers = [b"HTTP/1.1 400 Bad Request\r\n\r\n"]

    def plain(sock: socket.socket, address: object) -> None:
        sock.recv(100)
        sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    server = StreamServer(("127.0.0.1", 0), plain)
    server.start()
    assert reason_of(transport, spec(f"https://127.0.0.1:{server.server_port}/")) == "tls"
    server.stop(timeout=0)


@pytest.mark.parametrize("url", ["", "shop.test/x", "ftp://shop.test/", "http://", "http://h:99999/", "http://h:x/"])
def test_addresses_that_cannot_be_called(transport: HTTPTransport, url: str) -> None:
    assert reason_of(transport, spec(url)) == "invalid"


@pytest.mark.parametrize("headers", [(("X-A", "1\r\nX-B: 2"),), (("", "1"),)])
def test_headers_that_cannot_be_sent(
    peer: Peer, transport: HTTPTransport, headers: tuple[tuple[str, str], ...]
) -> None:
    peer.answers = [answer()]
    assert reason_of(transport, spec(peer.url, headers=headers)) == "invalid"
    assert peer.seen == []


def test_slow_answers_end_at_the_limit(peer: Peer, transport: HTTPTransport) -> None:
    """Each byte comes in time, the whole does not: the limit is for the call."""
    peer.answers = [answer(b"x" * 200)]
    peer.pause = 0.01
    with pytest.raises(CallFailed) as caught:
        transport.send(spec(peer.url, timeout_seconds=0.15))
    assert caught.value.reason == "timeout"
    assert "0.15 s" in caught.value.message


def test_limit_of_somebody_else_passes_through(peer: Peer, transport: HTTPTransport) -> None:
    peer.answers = [answer(b"x" * 200)]
    peer.pause = 0.01
    with pytest.raises(gevent.Timeout) as caught, gevent.Timeout(0.1) as limit:
        transport.send(spec(peer.url))
    assert caught.value is limit


def test_many_at_once(transport: HTTPTransport) -> None:
    peers = [Peer() for _ in range(3)]
    for one in peers:
        one.answers = [answer(one.url.encode()) for _ in range(50)]

    def call(index: int) -> bool:
        url = peers[index % 3].url
        return transport.send(spec(url)).body == url.encode()

    jobs = [gevent.spawn(call, index) for index in range(120)]
    gevent.joinall(jobs, timeout=10)
    for one in peers:
        one.close()
    assert all(job.value for job in jobs)


def test_announcements_are_passed_over(peer: Peer, transport: HTTPTransport) -> None:
    early = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    peer.answers = [early + answer(b"x", "201 Created"), answer(b"y")]
    assert transport.send(spec(peer.url)).status == 201
    assert transport.send(spec(peer.url)).body == b"y"


def test_headers_as_servers_write_them(peer: Peer, transport: HTTPTransport) -> None:
    peer.answers = [answer(b"", "200 OK", "X-Bare:1", "X-Long: a", "\tb", "X-Empty:", "X-Latin: \u00fc")]
    headers = dict(transport.send(spec(peer.url)).headers)
    assert headers["X-Bare"] == "1"
    assert headers["X-Long"] == "a b"
    assert headers["X-Empty"] == ""


def test_body_until_the_end_of_the_connection(peer: Peer, transport: HTTPTransport) -> None:
    peer.answers = [b"HTTP/1.0 200 OK\r\n\r\nall of it"]
    got = transport.send(spec(peer.url))
    assert (got.body, got.http_version) == (b"all of it", "1.0")
