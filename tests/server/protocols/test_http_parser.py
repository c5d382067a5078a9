"""RequestParser: what it accepts, what it refuses with which status, and that the cutting of bytes changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.protocols import http_parser
from server.protocols.http_message import HTTPRequest
from server.protocols.http_parser import Continue, ParserLimits, Refusal, RequestParser

LIMITS = ParserLimits(max_header_bytes=600, max_header_count=12, max_body_bytes=64)


def events(data: bytes, cuts: list[int] | None = None, limits: ParserLimits = LIMITS) -> list[Any]:
    """All events of bytes that come in pieces; by default at once."""
    parser = RequestParser(limits)
    places = sorted({cut for cut in cuts or () if 0 < cut < len(data)})
    found: list[Any] = []
    for start, end in zip([0, *places], [*places, len(data)], strict=True):
        parser.feed(data[start:end])
        while (event := parser.next_event()) is not None:
            found.append(event)
            if isinstance(event, HTTPRequest):
                found.append(("keep-alive", parser.keep_alive))
    return found


def plain(found: list[Any]) -> list[Any]:
    """Events as comparable values; `Continue` depends on when bytes come, so it is left out."""
    out: list[Any] = []
    for event in found:
        if isinstance(event, HTTPRequest):
            out.append((event.method, event.path, event.raw_path, event.query, event.headers, event.body))
        elif isinstance(event, Refusal):
            out.append(("refused", event.error.status))
        elif not isinstance(event, Continue):
            out.append(event)
    return out


def one(data: bytes, limits: ParserLimits = LIMITS) -> HTTPRequest:
    found = events(data, limits=limits)
    assert found, "no event"
    assert isinstance(found[0], HTTPRequest), found[0]
    return found[0]


def status(data: bytes) -> int:
    found = events(data)
    assert found, "neither accepted nor refused"
    assert isinstance(found[-1], Refusal), found
    return found[-1].error.status


def get(*lines: bytes, start: bytes = b"GET / HTTP/1.1", host: bytes = b"Host: a") -> bytes:
    return b"\r\n".join([start, *([host] if host else []), *lines, b"", b""])


def post(body: bytes, *lines: bytes) -> bytes:
    return get(*lines, start=b"POST /p HTTP/1.1") + body


CHUNKED = b"Transfer-Encoding: chunked"


def test_a_request_comes_whole() -> None:
    found = one(
        b"POST /a%20b/c?x=1&y=%20 HTTP/1.1\r\nHost: example.com:80\r\nX-A:  v w \r\nContent-Length: 3\r\n\r\nabc"
    )
    assert (found.method, found.path, found.raw_path) == ("POST", "/a b/c", "/a%20b/c")
    assert (found.query, found.body, found.http_version) == ("x=1&y=%20", b"abc", "1.1")
    assert found.headers == {"host": "example.com:80", "x-a": "v w", "content-length": "3"}
    assert found.host == "example.com"


def test_chunks_are_joined_and_trailers_dropped() -> None:
    body = b'3\r\nabc\r\n0A;ext=1;q="a b"\r\n0123456789\r\n000\r\nX-Trailer: 1\r\n\r\n'
    found = one(post(body, CHUNKED))
    assert found.body == b"abc0123456789"
    assert "x-trailer" not in found.headers


def test_repeated_headers_are_joined() -> None:
    found = one(get(b"Accept: a", b"accept: b", b"Cookie: x=1", b"Cookie: y=2"))
    assert found.headers["accept"] == "a, b"
    assert found.headers["cookie"] == "x=1; y=2"


@pytest.mark.parametrize(
    ("data", "path", "host"),
    [
        (get(start=b"GET http://b.example:81/x/y?q HTTP/1.1"), "/x/y", "b.example:81"),
        (get(start=b"GET HTTPS://b HTTP/1.1"), "/", "b"),
        (get(start=b"GET http://b?q=1 HTTP/1.1"), "/", "b"),
        (get(start=b"OPTIONS * HTTP/1.1"), "*", "a"),
        (get(start=b"GET /x#part HTTP/1.1"), "/x", "a"),
        (get(start=b"GET //x/../y HTTP/1.1"), "//x/../y", "a"),
        (get(start=b"GET /%c4%85 HTTP/1.1"), "/ą", "a"),
        (get(start=b"GET /100% HTTP/1.1"), "/100%", "a"),
        (get(host=b"Host: [::1]:8080"), "/", "[::1]:8080"),
        (get(host=b"Host:"), "/", ""),
        (b"\r\n\r\n" + get(), "/", "a"),
        (get(start=b"GET / HTTP/1.0"), "/", "a"),
    ],
)
def test_targets_and_hosts(data: bytes, path: str, host: str) -> None:
    found = one(data)
    assert (found.path, found.headers["host"]) == (path, host)


@pytest.mark.parametrize(
    ("data", "keeps"),
    [
        (get(), True),
        (get(b"Connection: close"), False),
        (get(b"Connection: Keep-Alive, Close"), False),
        (get(b"Connection: x, keep-alive"), True),
        (get(start=b"GET / HTTP/1.0"), False),
        (get(b"Connection: keep-alive", start=b"GET / HTTP/1.0"), True),
        (get(b"Connection: Keep-Alive", start=b"GET / HTTP/1.0", host=b""), True),
    ],
)
def test_keep_alive(data: bytes, keeps: bool) -> None:
    assert events(data)[1] == ("keep-alive", keeps)
    again = [event for event in events(data + data) if isinstance(event, HTTPRequest)]
    assert len(again) == (2 if keeps else 1)


def test_pipelined_requests_come_in_order_one_at_a_time() -> None:
    parser = RequestParser(LIMITS)
    parser.feed(post(b"one", b"Content-Length: 3") + post(b"3\r\ntwo\r\n0\r\n\r\n", CHUNKED) + get() + b"bad bad bad")
    bodies = []
    while isinstance(event := parser.next_event(), HTTPRequest):
        bodies.append(event.body)
        assert parser.has_leftover
    assert bodies == [b"one", b"two", b""]
    assert event is None  # not yet: more may come that makes a request line of it
    parser.feed(b"\r\n")
    assert isinstance(parser.next_event(), Refusal)


def test_an_upgrade_that_is_not_taken_keeps_its_body() -> None:
    """Java's HttpClient offers h2c with every plain POST; llhttp alone would lose the body."""
    upgrade = (b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAM")
    data = post(b"abc", *upgrade, b"Content-Length: 3") + get()
    found = [event for event in events(data) if isinstance(event, HTTPRequest)]
    assert [event.body for event in found] == [b"abc", b""]


def test_continue_is_asked_for_only_while_the_body_is_missing() -> None:
    head = post(b"", b"Content-Length: 2", b"Expect: 100-Continue")
    assert isinstance(events(head)[0], Continue)
    assert isinstance(events(head + b"ab")[0], HTTPRequest)
    assert isinstance(events(head + b"a")[0:1], list) and not events(head + b"a")
    old = head.replace(b"HTTP/1.1", b"HTTP/1.0")
    assert not events(old)


REFUSED: dict[str, tuple[int, bytes]] = {
    # Ways to smuggle
    "length and chunked": (400, post(b"0\r\n\r\n", b"Content-Length: 5", CHUNKED)),
    "chunked and length": (400, post(b"0\r\n\r\n", CHUNKED, b"Content-Length: 5")),
    "two lengths": (400, post(b"abc", b"Content-Length: 3", b"Content-Length: 4")),
    "two equal lengths": (400, post(b"abc", b"Content-Length: 3", b"Content-Length: 3")),
    "list of lengths": (400, post(b"abc", b"Content-Length: 3, 3")),
    "length with sign": (400, post(b"abc", b"Content-Length: +3")),
    "negative length": (400, post(b"abc", b"Content-Length: -3")),
    "hexadecimal length": (400, post(b"abc", b"Content-Length: 0x3")),
    "length with underscore": (400, post(b"abc", b"Content-Length: 1_0")),
    "empty length": (400, post(b"", b"Content-Length:")),
    "length in other digits": (400, post(b"abc", b"Content-Length: \xb3")),
    "two codings": (400, post(b"0\r\n\r\n", CHUNKED, CHUNKED)),
    "chunked twice": (400, post(b"0\r\n\r\n", b"Transfer-Encoding: chunked, chunked")),
    "chunked not last": (400, post(b"0\r\n\r\n", b"Transfer-Encoding: chunked, identity")),
    "xchunked": (400, post(b"0\r\n\r\n", b"Transfer-Encoding: xchunked")),
    "identity": (400, post(b"", b"Transfer-Encoding: identity")),
    "empty coding": (400, post(b"", b"Transfer-Encoding:")),
    "coding with vertical tab": (400, post(b"0\r\n\r\n", b"Transfer-Encoding: \x0bchunked")),
    "coding with parameter": (400, post(b"0\r\n\r\n", b"Transfer-Encoding: chunked;q=1")),
    "other coding": (501, post(b"0\r\n\r\n", b"Transfer-Encoding: gzip, chunked")),
    "coding in 1.0": (400, post(b"0\r\n\r\n", CHUNKED).replace(b"HTTP/1.1", b"HTTP/1.0")),
    "space before colon": (400, post(b"abc", b"Content-Length : 3")),
    "tab before colon": (400, post(b"0\r\n\r\n", b"Transfer-Encoding\t: chunked")),
    "folded header": (400, get(b"X: a", b" b")),
    "folded first header": (400, get(host=b" Host: a")),
    "bare LF everywhere": (400, get(b"X: a").replace(b"\r\n", b"\n")),
    "bare LF after header": (400, get(b"X: a\nY: b")),
    "bare LF at the end": (400, b"GET / HTTP/1.1\r\nHost: a\n\r\n"),
    "bare CR in value": (400, get(b"X: a\rY: b")),
    "bare CR before end": (400, get(b"X: a\r")),
    "NUL in value": (400, get(b"X: a\0b")),
    "NUL in name": (400, get(b"X\0: a")),
    "control in value": (400, get(b"X: a\x01b")),
    "DEL in value": (400, get(b"X: a\x7fb")),
    "no colon": (400, get(b"nonsense")),
    "empty name": (400, get(b": x")),
    "name with space": (400, get(b"X Y: a")),
    "name with parenthesis": (400, get(b"X(: a")),
    "name beyond ASCII": (400, get("Ł: a".encode())),
    # Hosts
    "no host": (400, get(host=b"")),
    "two hosts": (400, get(b"Host: b")),
    "host with path": (400, get(host=b"Host: a/b")),
    "host with user": (400, get(host=b"Host: u@a")),
    "host with space": (400, get(host=b"Host: a b")),
    "list of hosts": (400, get(host=b"Host: a, b")),
    "host with odd port": (400, get(host=b"Host: a:8x")),
    "two Authorization": (400, get(b"Authorization: Basic YTpi", b"Authorization: Basic YTpi")),
    # Request lines
    "no version": (400, get(start=b"GET /")),
    "two spaces": (400, get(start=b"GET  / HTTP/1.1")),
    "space at end": (400, get(start=b"GET / HTTP/1.1 ")),
    "space in front": (400, get(start=b" GET / HTTP/1.1")),
    "tab between": (400, get(start=b"GET\t/ HTTP/1.1")),
    "space in target": (400, get(start=b"GET /a b HTTP/1.1")),
    "target beyond ASCII": (400, get(start="GET /ą HTTP/1.1".encode())),
    "control in target": (400, get(start=b"GET /a\x01 HTTP/1.1")),
    "target without slash": (400, get(start=b"GET a HTTP/1.1")),
    "star not of OPTIONS": (400, get(start=b"GET * HTTP/1.1")),
    "address of another scheme": (400, get(start=b"GET ftp://b/ HTTP/1.1")),
    "address with user": (400, get(start=b"GET http://u@b/ HTTP/1.1")),
    "address without host": (400, get(start=b"GET http:///x HTTP/1.1")),
    "path not UTF-8": (400, get(start=b"GET /%ff HTTP/1.1")),
    "NUL in path": (400, get(start=b"GET /%00 HTTP/1.1")),
    "odd method": (400, get(start=b"G@T / HTTP/1.1")),
    "CONNECT": (501, get(start=b"CONNECT a:443 HTTP/1.1")),
    "unknown method": (501, get(start=b"FETCH / HTTP/1.1")),
    "lower case protocol": (400, get(start=b"GET / http/1.1")),
    "lower case method": (501, get(start=b"get / HTTP/1.1")),
    "other protocol": (400, get(start=b"GET / ICE/1.0")),
    "version with zero": (400, get(start=b"GET / HTTP/01.1")),
    "version with two digits": (400, get(start=b"GET / HTTP/1.10")),
    "HTTP/0.9": (505, get(start=b"GET / HTTP/0.9")),
    "HTTP/1.2": (505, get(start=b"GET / HTTP/1.2")),
    "HTTP/2": (505, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "TLS": (400, b"\x16\x03\x01\x02\x00\x01\x00"),
    "three empty lines": (400, b"\r\n\r\n\r\n" + get()),
    "LF in front": (400, b"\n" + get()),
    # Chunks
    "chunk of no digits": (400, post(b"\r\n", CHUNKED)),
    "chunk in other digits": (400, post(b"g\r\n", CHUNKED)),
    "chunk with prefix": (400, post(b"0x1\r\na\r\n0\r\n\r\n", CHUNKED)),
    "chunk with sign": (400, post(b"+1\r\na\r\n0\r\n\r\n", CHUNKED)),
    "chunk with space in front": (400, post(b" 1\r\na\r\n0\r\n\r\n", CHUNKED)),
    "chunk with space behind": (400, post(b"1 \r\na\r\n0\r\n\r\n", CHUNKED)),
    "chunk with bare LF": (400, post(b"1\na\r\n0\r\n\r\n", CHUNKED)),
    "chunk data with bare LF": (400, post(b"1\r\na\n0\r\n\r\n", CHUNKED)),
    "chunk too short": (400, post(b"1\r\nab\r\n0\r\n\r\n", CHUNKED)),
    "chunk too long": (400, post(b"5\r\nab\r\n0\r\n\r\n", CHUNKED)),
    "chunk without size": (400, post(b"1\r\na\r\n;x\r\n", CHUNKED)),
    "chunk of 17 digits": (400, post(b"00000000000000001\r\na\r\n0\r\n\r\n", CHUNKED)),
    "extension with LF": (400, post(b'1;a="\n"\r\na\r\n0\r\n\r\n', CHUNKED)),
    "extension with control": (400, post(b"1;a\x01\r\na\r\n0\r\n\r\n", CHUNKED)),
    "extension too long": (400, post(b"1;" + b"a" * 300 + b"\r\na\r\n0\r\n\r\n", CHUNKED)),
    "last chunk with bare LF": (400, post(b"0\n\n", CHUNKED)),
    "trailer folded": (400, post(b"0\r\nA: b\r\n c\r\n\r\n", CHUNKED)),
    "trailer with bare LF": (400, post(b"0\r\nA: b\n\r\n", CHUNKED)),
    "trailer without colon": (400, post(b"0\r\nGET / HTTP/1.1\r\n\r\n", CHUNKED)),
    # Limits
    "length too large": (413, post(b"", b"Content-Length: 65")),
    "length of many digits": (413, post(b"", b"Content-Length: " + b"9" * 100)),
    "chunk too large": (413, post(b"41\r\n", CHUNKED)),
    "chunks too large": (413, post(b"40\r\n" + b"a" * 64 + b"\r\n1\r\n", CHUNKED)),
    "endless chunk": (413, post(b"FFFFFFFFFFFFFFFF\r\n", CHUNKED)),
    "head too large": (431, get(b"X: " + b"a" * 600)),
    "head without end": (431, b"GET /" + b"a" * 600),
    "too many headers": (431, get(*(b"X-%d: 1" % number for number in range(12)))),
    "trailer too large": (431, post(b"0\r\n" + b"A: b\r\n" * 2000, CHUNKED)),
    "trailer line too large": (431, post(b"0\r\nA: " + b"b" * 9000, CHUNKED)),
    "other expectation": (417, post(b"", b"Content-Length: 1", b"Expect: magic")),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    expected, data = REFUSED[name]
    found = events(data)
    assert status(data) == expected
    assert not [event for event in found if isinstance(event, HTTPRequest)]


@pytest.mark.parametrize("name", REFUSED)
def test_refused_byte_by_byte_as_at_once(name: str) -> None:
    expected, data = REFUSED[name]
    assert plain(events(data, list(range(len(data))))) == [("refused", expected)]


@pytest.mark.parametrize("name", REFUSED)
def test_nothing_comes_after_a_refusal(name: str) -> None:
    found = plain(events(get() + REFUSED[name][1] + get() + get()))
    assert [event[0] for event in found if event[0] != "keep-alive"] == ["GET", "refused"]


def test_a_refusal_names_the_method_for_head_replies() -> None:
    found = events(get(host=b"", start=b"HEAD / HTTP/1.1"))
    assert found[0].method == "HEAD"


def test_limits_are_exact() -> None:
    head = get(b"X: ")
    fitting = head.replace(b"X: ", b"X: " + b"a" * (LIMITS.max_header_bytes - len(head)))
    assert len(fitting) == LIMITS.max_header_bytes
    one(fitting)
    assert status(fitting.replace(b"X: ", b"X: a")) == 431
    one(post(b"a" * 64, b"Content-Length: 64"))
    one(post(b"40\r\n" + b"a" * 64 + b"\r\n0\r\n\r\n", CHUNKED))
    one(get(*(b"X-%d: 1" % number for number in range(11))))


def test_small_chunks_are_fine_but_mere_chunk_lines_are_not() -> None:
    limits = ParserLimits(max_body_bytes=1_000_000)
    assert len(one(post(b"1\r\na\r\n" * 5000 + b"0\r\n\r\n", CHUNKED), limits).body) == 5000
    padded = post(b"1;" + b"x" * 200 + b"\r\na\r\n", CHUNKED) + (b"1;" + b"x" * 200 + b"\r\na\r\n") * 5000
    found = events(padded, limits=limits)
    assert found[0].error.status == 400


def test_harmless_lines_are_remembered_and_credentials_are_not() -> None:
    http_parser._remembered.clear()
    one(get(b"Authorization: Basic c2VjcmV0", b"Cookie: a=b", b"X-API-Key: k", b"Accept: */*"))
    assert set(http_parser._remembered) == {"Host: a", "Accept: */*"}
    http_parser._remembered_starts.clear()
    one(get(start=b"GET /a?token=secret HTTP/1.1"))
    one(get(start=b"GET /b HTTP/1.1"))
    assert set(http_parser._remembered_starts) == {"GET /b HTTP/1.1"}
    for number in range(http_parser._MAX_REMEMBERED_LINES * 2):
        one(get(b"Accept: %d" % number, start=b"GET /%d HTTP/1.1" % number))
    assert len(http_parser._remembered) <= http_parser._MAX_REMEMBERED_LINES
    assert len(http_parser._remembered_starts) <= http_parser._MAX_REMEMBERED_LINES


def test_the_second_parser_has_a_say() -> None:
    """If our reading and llhttp's differed, the message would be refused: here llhttp is told less than we read."""
    parser = RequestParser(LIMITS)
    parser.feed(get())
    assert isinstance(parser.next_event(), HTTPRequest)
    parser._judge.feed_data(b"GET / HTTP/1.1\r\n")  # type: ignore[union-attr]
    parser.feed(get(b"Accept: b"))
    event = parser.next_event()
    assert isinstance(event, Refusal) and event.error.status == 400


# Heads that a connection repeats


def repeated(*messages: bytes, limits: ParserLimits = LIMITS) -> tuple[RequestParser, list[Any]]:
    """The parser, and its events for messages that come one by one after a first one, whose head is not kept."""
    parser = RequestParser(limits)
    parser.feed(get())
    assert isinstance(parser.next_event(), HTTPRequest) and not parser._known_heads
    found = []
    for data in messages:
        parser.feed(data)
        while (event := parser.next_event()) is not None:
            found.append(event)
    return parser, found


def test_an_equal_head_gives_an_equal_request_of_its_own() -> None:
    message = post(b"abc", b"Content-Length: 3", b"Authorization: Basic c2VjcmV0", b"X-A: 1", b"X-A: 2")
    _, found = repeated(message, message[:-3] + b"xyz", message)
    assert [event.body for event in found] == [b"abc", b"xyz", b"abc"]
    found[1].headers["x-a"] = "changed"
    assert found[0].headers == found[2].headers == one(message).headers
    first, third = plain([found[0]]), plain([found[2]])
    assert first == third


def test_an_equal_head_is_framed_as_strictly() -> None:
    message = post(b"abc", b"Content-Length: 3")
    parser, found = repeated(message, message, message[:-1])
    assert len(found) == 2 and not parser.is_idle and parser.next_event() is None
    parser.feed(b"c" + message + b"bad\r\n")
    assert [type(parser.next_event()) for _ in range(3)] == [HTTPRequest, HTTPRequest, Refusal]
    _, found = repeated(message, message + b"d")  # the next message begins with it
    assert [event.body for event in found] == [b"abc", b"abc"]
    _, found = repeated(message, b"\r\n" + message, b"\r\n\r\n\r\n" + message)
    assert [type(event) for event in found] == [HTTPRequest, HTTPRequest, Refusal]


def test_heads_are_forgotten() -> None:
    """SECURITY they may hold credentials."""
    parser, _ = repeated(get(b"Authorization: Basic c2VjcmV0"))
    assert parser._known_heads
    parser.forget_heads()
    assert not parser._known_heads
    parser.feed(get(b"Authorization: Basic c2VjcmV0"))
    assert isinstance(parser.next_event(), HTTPRequest)
    parser.feed(b"bad bad\r\n")
    assert isinstance(parser.next_event(), Refusal)
    assert not parser._known_heads


def test_few_heads_are_remembered_and_only_plain_ones() -> None:
    parser, found = repeated(*(get(b"X: %d" % number) for number in range(50)))
    assert len(found) == 50 and 0 < len(parser._known_heads) <= http_parser._MAX_KNOWN_HEADS
    upgrade = get(b"Connection: Upgrade", b"Upgrade: h2c")  # llhttp does not read these to the end
    long = get(b"X: " + b"a" * http_parser._MAX_KNOWN_HEAD_BYTES)
    chunked = post(b"0\r\n\r\n", CHUNKED)
    for message in (upgrade, long, chunked, get(b"Connection: close")):
        parser, found = repeated(message, limits=ParserLimits())
        assert len(found) == 1 and not parser._known_heads


# Any split of the bytes gives the same

TOKENS = st.sampled_from(["X-A", "accept", "User-Agent", "X-b", "Cookie"])
VALUES = st.text(st.sampled_from("ab ,;=\t/é"), max_size=12)
BODIES = st.binary(max_size=60)


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    method = draw(st.sampled_from(["GET", "POST", "HEAD", "DELETE"]))
    target = draw(st.sampled_from(["/", "/a/b?c=d", "/%20x", "http://h/y", "/z#f"]))
    lines = [f"{method} {target} HTTP/1.1".encode(), b"Host: a"]
    lines += [
        f"{name}: {value}".encode("latin-1") for name, value in draw(st.lists(st.tuples(TOKENS, VALUES), max_size=4))
    ]
    body = draw(BODIES)
    kind = draw(st.sampled_from(["none", "length", "chunked"]))
    if kind == "length":
        lines.append(b"Content-Length: %d" % len(body))
    elif kind == "chunked":
        lines.append(CHUNKED)
        cuts = sorted(draw(st.lists(st.integers(0, len(body)), max_size=4)))
        pieces = [body[start:end] for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True)]
        body = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces if piece) + b"0\r\n\r\n"
    else:
        body = b""
    if draw(st.booleans()):
        lines.append(b"Expect: 100-continue")
    return b"\r\n".join([*lines, b"", b""]) + body


@given(st.lists(requests(), min_size=1, max_size=4), st.lists(st.integers(0, 900), max_size=12))
def test_any_split_of_good_bytes_gives_the_same_requests(messages: list[bytes], cuts: list[int]) -> None:
    data = b"".join(messages)
    whole = plain(events(data))
    assert len(whole) == 2 * len(messages), whole
    assert plain(events(data, cuts)) == whole
    assert plain(events(data, list(range(len(data))))) == whole


@given(
    st.lists(requests(), min_size=1, max_size=2),
    st.lists(st.tuples(st.integers(0, 500), st.binary(max_size=3), st.integers(0, 3)), min_size=1, max_size=3),
    st.lists(st.integers(0, 900), max_size=8),
)
def test_any_split_of_spoilt_bytes_gives_the_same(
    messages: list[bytes], changes: list[tuple[int, bytes, int]], cuts: list[int]
) -> None:
    """Accepts or refuses with a documented error, and the requests before it stay the same."""
    data = b"".join(messages)
    for place, new, cut in changes:
        at = place % len(data)
        data = data[:at] + new + data[at + cut :] or b"x"
    whole = plain(events(data))
    assert [event for event in whole if event[0] == "refused"] == whole[-1:] or "refused" not in [e[0] for e in whole]
    split = plain(events(data, list(range(len(data)))))
    assert split == whole
    assert plain(events(data, cuts)) == whole


@given(st.lists(requests(), min_size=1, max_size=3), st.lists(st.integers(0, 2), max_size=9))
def test_repeating_messages_changes_nothing(messages: list[bytes], order: list[int]) -> None:
    chosen = [messages[number % len(messages)] for number in order]
    _, found = repeated(*chosen)
    assert plain(found) == [plain([one(message)])[0] for message in chosen]
