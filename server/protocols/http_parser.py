"""`RequestParser`: bytes of an HTTP/1.x connection -> whole requests, strictly.  Nothing of sockets or clocks.

Source: RFC 9112 (framing), RFC 9110 section 5 (fields), RFC 3986 (targets).

Two parsers judge each message.  The one of this file finds where heads, chunks and bodies end, and checks each line
against the grammar.  llhttp (by httptools) reads the same bytes, and has to find the same end: what they disagree
about is refused, since such messages are what request smuggling is made of.  Our own framing comes first because
llhttp alone stops at `Upgrade` without reading the body, lets through a missing or second Host and `Transfer-Encoding`
in HTTP/1.0, and does not count the bytes of a head (docs/decisions/0008-two-http-parsers.md).

    state       event                             becomes      gives
    HEAD        head, no body                     HEAD         request
    HEAD        head, Content-Length              FIXED        Continue if expected and the body is not there yet
    HEAD        head, chunked                     CHUNK_SIZE   the same
    FIXED       all bytes                         HEAD         request
    CHUNK_SIZE  size line / last chunk            CHUNK_DATA / TRAILERS
    CHUNK_DATA  all bytes                         CHUNK_END
    CHUNK_END   CR LF                             CHUNK_SIZE
    TRAILERS    empty line                        HEAD         request; trailer fields are checked and dropped
    any         the request closes the connection CLOSED       that request
    any         a breach of a rule                CLOSED       Refusal
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, NoReturn
from urllib.parse import unquote_to_bytes

import httptools

from server.errors import (
    BadRequest,
    ContentTooLarge,
    ExpectationFailed,
    HeadersTooLarge,
    HTTPVersionNotSupported,
    NotImplementedHere,
    ServerError,
)
from server.protocols.http_message import HTTPRequest

# An empty line before a request is allowed for old clients' sake (RFC 9112 section 2.2); more are noise.
MAX_EMPTY_LINES: Final = 2
# A chunk size with extensions.  Nobody sends extensions; the limit keeps out those who count on readers to skip them.
MAX_CHUNK_LINE_BYTES: Final = 256
# Chunk lines may outweigh chunk data so many times, after a free allowance (as Go since CVE-2023-39326).
CHUNK_OVERHEAD_FREE_BYTES: Final = 16 * 1024
CHUNK_OVERHEAD_FACTOR: Final = 16
MAX_TRAILER_BYTES: Final = 8 * 1024
_CHUNK_LINE_TOO_LONG: Final = "a chunk size is too long"
_TRAILER_TOO_LARGE: Final = "the trailer is too large"

_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
# Name, colon, value of visible characters, spaces, tabs and obs-text; no other control character (section 5.5).
_FIELD = re.compile(rf"({_TOKEN}):([\t\x20-\x7e\x80-\xff]*)\Z")
_REQUEST_LINE = re.compile(rf"({_TOKEN}) ([\x21-\x7e]+) HTTP/([0-9])\.([0-9])\Z")
_FIRST_BYTE = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]")
_BARE_LF = re.compile(rb"(?<!\r)\n")
_HOST = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=%]*|\[[0-9A-Fa-f:.]+(?:%25[A-Za-z0-9\-._~]+)?\])(?::[0-9]{0,5})?\Z")
_ABSOLUTE = re.compile(r"https?://([^/?#]*)", re.IGNORECASE)
_DIGITS = re.compile(r"[0-9]+\Z")
_CHUNK_LINE = re.compile(
    rf'([0-9A-Fa-f]{{1,16}})(?:;{_TOKEN}(?:=(?:{_TOKEN}|"(?:[\t !#-\[\]-~\x80-\xff]|\\[\t\x20-\x7e\x80-\xff])*"))?)*\Z'
)

# A second one of these is either an attack or a mistake that readers settle differently.
_SINGLE = frozenset(
    ("host", "content-length", "transfer-encoding", "expect", "authorization", "content-type", "content-encoding")
)

# PERF clients repeat the same few lines in each request; a look-up costs 0.1 us, reading a line 0.6.  Only harmless
# names are kept, so that no credentials stay in memory, and at most so many lines.
_REMEMBERED = frozenset(
    (
        "host",
        "user-agent",
        "accept",
        "accept-encoding",
        "accept-language",
        "connection",
        "content-type",
        "content-length",
        "cache-control",
        "x-forwarded-proto",
    )
)
_MAX_REMEMBERED_LINES: Final = 1024
_MAX_REMEMBERED_BYTES: Final = 256
_remembered: dict[str, tuple[str, str]] = {}
# The same for request lines without a query, which could hold a secret: 0.8 us.
_remembered_starts: dict[str, tuple[str, str, str]] = {}

# PERF most clients send the same head again and again over one connection: what both parsers made of it is kept, and
# an equal one, byte for byte, is not read again; 0.8 us instead of 4.4.  A connection's first head is not kept.
# SECURITY such a head may hold credentials.  It is kept by its connection's parser only, never shared; the listener
# has it forgotten a second after the last request (`forget_heads`), and it ends with the connection.  An equal head is
# as strictly framed as its first one: only heads that both parsers accepted, together with their body, are kept.
_MAX_KNOWN_HEADS: Final = 8
_MAX_KNOWN_HEAD_BYTES: Final = 2048
# (method, path, query, headers, raw path, version, length of the body)
_KnownHead = tuple[str, str, str, dict[str, str], str, str, int]


class State(Enum):
    """Where in a message the parser is."""

    HEAD = auto()
    FIXED = auto()
    CHUNK_SIZE = auto()
    CHUNK_DATA = auto()
    CHUNK_END = auto()
    TRAILERS = auto()
    CLOSED = auto()


# PERF a member of an enum costs three times as much to reach as a name of the module.
_HEAD: Final = State.HEAD
_FIXED: Final = State.FIXED
_CLOSED: Final = State.CLOSED


@dataclass(frozen=True, slots=True)
class ParserLimits:
    """max_header_bytes: request line and headers, with line ends.  max_body_bytes: after un-chunking."""

    max_header_bytes: int = 64 * 1024
    max_header_count: int = 200
    max_body_bytes: int = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Continue:
    """The client waits for `100 Continue` before it sends the body."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What came is not acceptable: answer the error, then close.  method: as far as known, else empty."""

    error: ServerError
    method: str = ""


Event = HTTPRequest | Continue | Refusal

CONTINUE: Final = Continue()


class RequestParser:
    """Feed bytes, then ask for events until there is none: `feed(data)`, `next_event()`, `next_event()` ... None.

    One event at a time, so that a pipelined request is not even looked at before the ones ahead of it are answered.
    Requests have an empty `cid`, and no address or time: the listener knows those.  After each request `keep_alive`
    tells whether another one may follow.
    """

    __slots__ = (
        "_body",
        "_buffer",
        "_chunk_left",
        "_empty_lines",
        "_has_given",
        "_judge",
        "_judge_is_done",
        "_known_heads",
        "_limits",
        "_overhead",
        "_request",
        "_scanned",
        "keep_alive",
        "state",
    )

    def __init__(self, limits: ParserLimits | None = None) -> None:
        self._limits = limits or ParserLimits()
        self._buffer = b""
        self._scanned = 0  # bytes of the buffer known to hold no end of head
        self._empty_lines = 0
        self._request: HTTPRequest | None = None
        self._body = bytearray()
        self._chunk_left = 0  # bytes of body or chunk still to come
        self._overhead = 0
        self._judge: httptools.HttpRequestParser | None = None
        self._judge_is_done = False
        self._known_heads: dict[bytes, _KnownHead] = {}
        self._has_given = False  # a request, so that another one may repeat its head
        self.state = _HEAD
        self.keep_alive = True

    def forget_heads(self) -> None:
        """Keep no bytes and headers of earlier requests."""
        if self._known_heads:
            self._known_heads = {}

    @property
    def is_idle(self) -> bool:
        """Between requests, with not a byte of the next one."""
        return self.state is _HEAD and not self._buffer

    @property
    def has_leftover(self) -> bool:
        """Bytes that belong to no message given out so far."""
        return bool(self._buffer)

    @property
    def body_bytes(self) -> int:
        """How much of the body is here."""
        return len(self._body)

    def feed(self, data: bytes) -> None:
        """Take bytes as they come; no event is made before `next_event`."""
        self._buffer = self._buffer + data if self._buffer else data

    def next_event(self) -> Event | None:
        """The next event, or None if more bytes are needed or the connection is to be closed.

        None of the events after a Refusal, or after a request with `keep_alive` false, is ever made.
        """
        if self.state is _CLOSED or not self._buffer:
            return None
        try:
            if self.state is _HEAD:
                return self._read_head()
            if self.state is _FIXED:
                return self._read_fixed()
            return self._read_chunked()
        except _Refused as refused:
            method = self._request.method if self._request is not None else refused.method
            self._close()
            return Refusal(refused.error, method)

    # Head

    def _read_head(self) -> Event | None:
        buffer = self._buffer
        if buffer[0] == 13:
            buffer = self._skip_empty_lines(buffer)
            if not buffer or (buffer == b"\r" and self._empty_lines < MAX_EMPTY_LINES):
                return None
        end = buffer.find(b"\r\n\r\n", self._scanned)
        if end < 0 or end + 4 > self._limits.max_header_bytes:
            self._judge_unfinished_head(buffer)
            self._scanned = max(0, len(buffer) - 3)
            return None

        after = end + 4
        known = self._known_heads.get(buffer[:after])
        if known is not None and after + known[6] <= len(buffer):
            method, path, query, headers, raw_path, version, length = known
            self._scanned = self._empty_lines = 0
            end = after + length
            body = buffer[after:end] if length else b""
            self._buffer = buffer[end:]
            return HTTPRequest(method, path, query, headers.copy(), body, "", raw_path, "", 0, "http", version)

        lines = buffer[:end].decode("latin-1").split("\r\n")
        method, target, version = _remembered_starts.get(lines[0]) or _read_request_line(lines[0])
        headers = self._read_fields(lines, method)
        request = self._make_request(method, target, version, headers)
        length = self._framing(request, headers)
        self._listen_to_judge(buffer[:after], method)
        self._scanned = self._empty_lines = 0
        if not length:
            self._buffer = buffer[after:]
            return self._finish_and_keep(buffer[:after], request, 0)
        self._request = request
        if 0 < length <= len(buffer) - after:  # the usual case: all of the body came with the head
            self._buffer = buffer[after + length :]
            request.body = body = buffer[after : after + length]
            self._ask_judge(body)
            return self._finish_and_keep(buffer[:after], request, length)

        self._buffer = buffer = buffer[after:]
        if length > 0:
            self.state = _FIXED
            self._chunk_left = length
        else:
            self.state = State.CHUNK_SIZE
            self._overhead = 0
        if buffer:
            return self._read_fixed() if length > 0 else self._read_chunked()
        return CONTINUE if "expect" in headers and version == "1.1" else None

    def _skip_empty_lines(self, buffer: bytes) -> bytes:
        while self._empty_lines < MAX_EMPTY_LINES and buffer[:2] == b"\r\n":
            self._empty_lines += 1
            buffer = self._buffer = buffer[2:]
            self._scanned = 0
        return buffer

    def _judge_unfinished_head(self, buffer: bytes) -> None:
        """Refuse what no further byte can mend, so that garbage is not kept waiting for its end."""
        limit = self._limits.max_header_bytes
        if not _FIRST_BYTE.match(buffer):
            _refuse("the request line does not begin with a method")
        line_end = buffer.find(b"\r\n", 0, limit)
        if line_end >= 0:
            _read_request_line(buffer[:line_end].decode("latin-1"))
        if _BARE_LF.search(buffer, self._scanned, limit):
            _refuse("a line ends with LF alone")
        if len(buffer) > limit:
            raise _Refused(HeadersTooLarge("", f"more than {limit} bytes of request line and headers"))

    def _read_fields(self, lines: list[str], method: str) -> dict[str, str]:
        headers: dict[str, str] = {}
        for line in lines[1:]:
            known = _remembered.get(line)
            if known is None:
                known = _read_field(line)
            name, value = known
            if name in headers:
                if name in _SINGLE:
                    _refuse(f"more than one {name} header", method)
                value = headers[name] + ("; " if name == "cookie" else ", ") + value
            headers[name] = value
        if len(lines) > self._limits.max_header_count + 1:
            raise _Refused(HeadersTooLarge("", f"more than {self._limits.max_header_count} headers"), method)
        return headers

    def _make_request(self, method: str, target: str, version: str, headers: dict[str, str]) -> HTTPRequest:
        if "host" not in headers and version == "1.1":
            _refuse("no Host header", method)
        if target[0] != "/":
            target = _read_other_form(method, target, headers)
        if "#" in target:
            target = target.partition("#")[0]
        raw_path, _, query = target.partition("?")
        path = _decoded(raw_path, method) if "%" in raw_path else raw_path

        connection = headers.get("connection")
        if connection is None:
            self.keep_alive = version == "1.1"
        elif connection == "keep-alive":
            self.keep_alive = True
        else:
            words = [word.strip(" \t") for word in connection.lower().split(",")]
            self.keep_alive = "close" not in words and (version == "1.1" or "keep-alive" in words)
        return HTTPRequest(method, path, query, headers, b"", "", raw_path, http_version=version)

    def _framing(self, request: HTTPRequest, headers: dict[str, str]) -> int:
        """Length of the body, -1 for chunked; RFC 9112 section 6.3, always the strict side of it."""
        method = request.method
        coding = headers.get("transfer-encoding")
        length_text = headers.get("content-length")
        length = 0
        if coding is not None:
            if length_text is not None:
                _refuse("both Content-Length and Transfer-Encoding", method)
            if request.http_version == "1.0":
                _refuse("Transfer-Encoding in HTTP/1.0", method)
            if coding.lower() != "chunked":
                if coding.lower().endswith("chunked") and coding.count("chunked") == 1 and "," in coding:
                    raise _Refused(NotImplementedHere("", "transfer codings other than chunked", True), method)
                _refuse("Transfer-Encoding is not chunked", method)
            length = -1
        elif length_text is not None:
            # Longer ones are not even converted: int() of very long texts is slow, and refused by Python itself.
            if len(length_text) > 18 or int(length_text) > self._limits.max_body_bytes:
                raise _Refused(self._too_large(), method)
            length = int(length_text)
        if "expect" in headers and request.http_version == "1.1" and headers["expect"].lower() != "100-continue":
            raise _Refused(ExpectationFailed("", "only 100-continue can be expected", True), method)
        return length

    # Bodies

    def _read_fixed(self) -> HTTPRequest | None:
        buffer = self._buffer
        left = self._chunk_left
        piece = buffer[:left]
        self._buffer = buffer[left:]
        self._ask_judge(piece)
        self._body += piece
        self._chunk_left = left - len(piece)
        if self._chunk_left:
            return None
        return self._finish_body(bytes(self._body))

    def _read_chunked(self) -> HTTPRequest | None:
        """As far as the buffer goes, by position: cutting the buffer at each small chunk would cost n squared."""
        buffer = self._buffer
        at = 0
        request = None
        try:
            while request is None:
                if self.state is State.CHUNK_SIZE:
                    line, after = self._line(buffer, at, MAX_CHUNK_LINE_BYTES, _CHUNK_LINE_TOO_LONG)
                    if line is None:
                        return None
                    self._begin_chunk(line)
                elif self.state is State.CHUNK_DATA:
                    piece = buffer[at : at + self._chunk_left]
                    if not piece:
                        return None
                    after = at + len(piece)
                    self._body += piece
                    self._chunk_left -= len(piece)
                    if not self._chunk_left:
                        self.state = State.CHUNK_END
                elif self.state is State.CHUNK_END:
                    ending = buffer[at : at + 2]
                    if ending != b"\r\n":
                        if b"\r\n".startswith(ending):
                            return None
                        _refuse("a chunk does not end where its size says")
                    after = at + 2
                    self.state = State.CHUNK_SIZE
                else:
                    line, after = self._line(buffer, at, MAX_TRAILER_BYTES, _TRAILER_TOO_LARGE)
                    if line is None:
                        return None
                    self._overhead += len(line) + 2
                    if self._overhead > MAX_TRAILER_BYTES:
                        raise _Refused(HeadersTooLarge("", _TRAILER_TOO_LARGE))
                    if not line:
                        self._ask_judge(buffer[at:after])
                        at = after
                        request = self._finish_body(bytes(self._body))
                        break
                    _read_field(line)
                self._ask_judge(buffer[at:after])
                at = after
        finally:
            self._buffer = buffer[at:]
        return request

    def _begin_chunk(self, line: str) -> None:
        match = _CHUNK_LINE.match(line)
        if match is None:
            _refuse("a chunk size is not a hexadecimal number")
        size = int(match[1], 16)
        if len(self._body) + size > self._limits.max_body_bytes:
            raise _Refused(self._too_large())
        self._overhead += len(line) + 4
        if self._overhead > CHUNK_OVERHEAD_FREE_BYTES + CHUNK_OVERHEAD_FACTOR * len(self._body):
            _refuse("far more chunk lines than data")
        if size:
            self._chunk_left = size
            self.state = State.CHUNK_DATA
        else:
            self._overhead = 0
            self.state = State.TRAILERS

    @staticmethod
    def _line(buffer: bytes, at: int, limit: int, too_long: str) -> tuple[str | None, int]:
        """The line at a position without its CR LF, and the position after it; None if it is not here yet."""
        end = buffer.find(b"\n", at, at + limit)
        if end < 0:
            if len(buffer) - at >= limit:
                if too_long is _TRAILER_TOO_LARGE:
                    raise _Refused(HeadersTooLarge("", too_long))
                _refuse(too_long)
            return None, at
        if end == at or buffer[end - 1] != 13:
            _refuse("a line ends with LF alone")
        return buffer[at : end - 1].decode("latin-1"), end + 1

    # Ends

    def _finish_body(self, body: bytes) -> HTTPRequest:
        request = self._request
        assert request is not None
        request.body = body
        return self._finish(request)

    def _finish(self, request: HTTPRequest) -> HTTPRequest:
        if self._judge is not None and not self._judge_is_done:
            _refuse("the message does not end where its headers say")
        self._judge_is_done = False
        self._request = None
        if self._body:
            self._body = bytearray()
        if self.keep_alive:
            self.state = _HEAD
        else:
            self.state = _CLOSED
            self._judge = None
        return request

    def _finish_and_keep(self, head: bytes, request: HTTPRequest, length: int) -> HTTPRequest:
        """A request that came at once, head and body, is whole: remember its head if both parsers have read it."""
        is_judged = self._judge is not None
        self._finish(request)
        if not self._has_given:
            self._has_given = True  # many a connection is used once: 1 KB less
        elif is_judged and self.keep_alive and len(head) <= _MAX_KNOWN_HEAD_BYTES:
            heads = self._known_heads
            if len(heads) >= _MAX_KNOWN_HEADS:
                heads.clear()
            one = request
            headers = one.headers.copy()
            heads[head] = one.method, one.path, one.query, headers, one.raw_path, one.http_version, length
        return request

    def _close(self) -> None:
        self.state = _CLOSED
        self.keep_alive = False
        self._known_heads = {}
        self._judge = self._request = None
        self._body = bytearray()

    def _too_large(self) -> ContentTooLarge:
        limit = self._limits.max_body_bytes
        return ContentTooLarge("", f"The body is larger than {limit} bytes, which is the limit", True)

    # The second judge

    def on_message_complete(self) -> None:
        """Called by llhttp."""
        self._judge_is_done = True

    def _listen_to_judge(self, head: bytes, method: str) -> None:
        if self._judge is None:
            self._judge = httptools.HttpRequestParser(self)
        try:
            self._judge.feed_data(head)
        except httptools.HttpParserUpgrade:
            # llhttp hands over at `Upgrade` and CONNECT, even if there is a body; it cannot judge this message.  The
            # header itself is ignored, as RFC 9110 section 7.8 allows.
            self._judge = None
        except httptools.HttpParserInvalidMethodError:
            raise _Refused(NotImplementedHere("", "The method is not known", True), method) from None
        except httptools.HttpParserError as error:
            raise _Refused(BadRequest("", f"refused by the second parser: {error}"), method) from None

    def _ask_judge(self, data: bytes) -> None:
        judge = self._judge
        if judge is None:
            return
        if self._judge_is_done:
            _refuse("the message goes on after where it should end")
        try:
            judge.feed_data(data)
        except httptools.HttpParserError as error:
            raise _Refused(BadRequest("", f"refused by the second parser: {error}")) from None


class _Refused(Exception):
    """Carries the error from where it is found to `next_event`."""

    def __init__(self, error: ServerError, method: str = "") -> None:
        super().__init__(str(error))
        self.error = error
        self.method = method


def _refuse(why: str, method: str = "") -> NoReturn:
    raise _Refused(BadRequest("", f"Not valid HTTP: {why}", True), method)


def _read_request_line(line: str) -> tuple[str, str, str]:
    match = _REQUEST_LINE.match(line)
    if match is None:
        _refuse("the request line is not 'METHOD target HTTP/version'")
    method, target, major, minor = match.groups()
    if major != "1" or minor not in "01":
        raise _Refused(HTTPVersionNotSupported("", f"HTTP/{major}.{minor}"), method)
    found = method, target, "1.1" if minor == "1" else "1.0"
    if "?" not in target and len(line) <= _MAX_REMEMBERED_BYTES:
        if len(_remembered_starts) >= _MAX_REMEMBERED_LINES:
            _remembered_starts.clear()
        _remembered_starts[line] = found
    return found


def _read_field(line: str) -> tuple[str, str]:
    """(name in lower case, value without spaces around it) of one header line, whose value fits its name."""
    match = _FIELD.match(line)
    if match is None:
        _refuse(_what_is_wrong(line))
    name, value = match[1].lower(), match[2].strip(" \t")
    if name == "content-length" and not _DIGITS.match(value):
        _refuse("Content-Length is not a number")
    if name == "host" and not _HOST.match(value):
        _refuse("the Host header is not a host name with an optional port")
    if name in _REMEMBERED and len(line) <= _MAX_REMEMBERED_BYTES:
        if len(_remembered) >= _MAX_REMEMBERED_LINES:
            _remembered.clear()
        _remembered[line] = name, value
    return name, value


def _what_is_wrong(line: str) -> str:
    if line[:1] in (" ", "\t"):
        return "a header line begins with a space; folded headers are obsolete"
    name, colon, _ = line.partition(":")
    if not colon:
        return "a header line has no colon"
    if name != name.rstrip(" \t"):
        return "there is a space before the colon of a header"
    if not re.fullmatch(_TOKEN, name):
        return "a header name holds a character that is not allowed"
    if "\n" in line or "\r" in line:
        return "a line ends with CR or LF alone"
    return "a header value holds a control character"


def _read_other_form(method: str, target: str, headers: dict[str, str]) -> str:
    """A target that does not begin with `/`: `*` of OPTIONS, or a whole address, whose host then counts."""
    if target == "*" and method == "OPTIONS":
        return target
    if method == "CONNECT":
        raise _Refused(NotImplementedHere("", "CONNECT", True), method)
    match = _ABSOLUTE.match(target)
    if match is None or not match[1] or not _HOST.match(match[1]):
        _refuse("the target is neither a path nor an address", method)
    headers["host"] = match[1]
    rest = target[match.end() :]
    return rest if rest[:1] == "/" else "/" + rest


def _decoded(raw_path: str, method: str) -> str:
    try:
        path = unquote_to_bytes(raw_path).decode()
    except UnicodeDecodeError:
        _refuse("the path is not UTF-8", method)
    if "\0" in path:
        _refuse("the path holds a NUL", method)
    return path
