"""Loads against a real server of ours in this process: the bytes, the rates, answers of all shapes."""

import time

import gevent
import pytest
from gevent.server import StreamServer

from apitest.core.load_figures import LoadFigures
from apitest.core.request import RequestDraft, build_request
from apitest.transports import load
from apitest.transports.http import HTTPTransport

pytest.importorskip("hdrh")

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Peer:
    def __init__(self):
        self.answers = [OK]
        self.delay = 0.0
        self.received = []
        self.connections = 0
        self.server = StreamServer(("127.0.0.1", 0), self.handle)
        self.server.start()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def handle(self, sock, _):
        self.connections += 1
        while data := sock.recv(65536):
            self.received.append(data)
            if self.delay:
                gevent.sleep(self.delay)
            answer = self.answers[min(len(self.received), len(self.answers)) - 1]
            if answer is None:
                return
            for piece in answer if isinstance(answer, list) else [answer]:
                sock.sendall(piece)
                gevent.sleep(0)
            if b"Connection: close" in b"".join(answer if isinstance(answer, list) else [answer]):
                return


@pytest.fixture
def peer():
    found = Peer()
    yield found
    found.server.stop(timeout=1)


def spec_of(peer, **options):
    return build_request(RequestDraft(address=peer.address, url_path="/a b", **options), "apitest")


def test_the_bytes_are_those_of_the_ordinary_transport(peer):
    transport = HTTPTransport()
    drafts = [
        {},
        {"method": "POST", "body": {"ä": 1}, "headers": [("X-A", "ä"), ("X-A", "2")]},
        {"method": "PUT"},
        {"method": "DELETE", "query": [("q", "a&b")], "auth": ("basic", "ann", "x")},
    ]
    for options in drafts:
        peer.received.clear()
        spec = spec_of(peer, **options)
        transport.send(spec)
        sender = load.LeanSender(spec, transport)
        assert sender.send() == (200, "")
        sender.close()
        assert peer.received[0] == peer.received[1]
    transport.close()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (OK, (200, "")),
        ([OK[:5], OK[5:20], OK[20:]], (200, "")),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", (200, "")),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall of it", (200, "")),
        (b"HTTP/1.1 204 No Content\r\n\r\n", (204, "")),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, (200, "")),
        (b"HTTP/1.1 503 Down\r\nContent-Length: 0\r\n\r\n", (503, "status 503")),
        (b"garbage\r\n\r\n", (0, "garbage")),
        (None, (0, "reset")),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 9\r\n\r\nok", (0, "reset")),
    ],
)
def test_answers_of_all_shapes(peer, answer, expected):
    peer.answers = [answer]
    sender = load.LeanSender(spec_of(peer, method="POST"), HTTPTransport())
    assert sender.send() == expected
    sender.close()


def test_a_connection_is_kept_and_made_anew_when_it_was_closed(peer):
    peer.answers = [OK, OK, None, OK]
    sender = load.LeanSender(spec_of(peer), HTTPTransport())
    assert [sender.send() for _ in range(3)] == [(200, "")] * 3
    assert peer.connections == 2
    sender.close()


def test_a_slow_answer_is_cut_off(peer):
    peer.delay = 5.0
    figures = LoadFigures()
    sender = load.LeanSender(spec_of(peer, timeout_seconds=0.2), HTTPTransport())
    begin = time.monotonic()
    load.closed(figures, "x", [sender], 0.1)
    assert time.monotonic() - begin < 2
    assert figures.whole.reasons == {"timeout": 1}


def test_refused():
    spec = build_request(RequestDraft(address="http://127.0.0.1:1"), "apitest")
    assert load.LeanSender(spec, HTTPTransport()).send() == (0, "refused")


def test_a_stall_is_charged_to_everybody_who_waited(peer):
    """20 a second for half a second, each answered after 0.2 s: all are sent on time, none hides."""
    peer.delay = 0.2
    figures = LoadFigures()
    spec, transport = spec_of(peer), HTTPTransport()
    connections = load.open_(figures, "x", lambda _: load.LeanSender(spec, transport), 0.5, 20, 5.0)
    assert figures.whole.requests == 10
    assert figures.whole.errors == 0
    assert 2 <= connections <= 10
    assert figures.whole.times.percentile(50) >= 0.19


def test_a_redirect_is_followed_as_ever(peer):
    peer.answers = [b"HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n", OK]
    sender = load.LeanSender(spec_of(peer), HTTPTransport())
    assert sender.send() == (200, "")
    sender.close()
    assert peer.received[1].startswith(b"GET /there ")


def test_what_is_not_plain():
    transport = HTTPTransport()
    fine = build_request(RequestDraft(address="http://127.0.0.1:9"), "apitest")
    assert load.is_plain(fine, transport)
    for draft in (
        RequestDraft(address="https://127.0.0.1:9"),
        RequestDraft(address="http://127.0.0.1:9", method="HEAD"),
        RequestDraft(address="http://127.0.0.1:9", auth=("digest", "ann", "x")),
    ):
        assert not load.is_plain(build_request(draft, "apitest"), transport)
