"""`HTTPListener`: sockets <-> `HTTPRequest` and `HTTPResponse`.  An edge; which channel answers is not known here.

One greenlet a connection, none a request; requests of a connection are answered in the order they came.  Parsing is
protocols/http_parser.py; here are time limits, writing, access lines and the orderly end.

PERF time limits cost nothing per request: each connection carries the moment it is due, and one greenlet of the
listener, the reaper, looks at all of them twice a second and shuts down the receiving side of those overdue, which
wakes their greenlets.  A gevent timer per wait costs 2 to 3 us.

PERF a connection has one watcher of the event loop, started once, and reads when that says so.  gevent's `recv` reads
first, gets an error, and then starts and stops a watcher for each wait: 5 us more a request.
"""

from __future__ import annotations

import logging
import math
import re
import socket
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from email.utils import formatdate
from enum import Enum, auto
from http import HTTPStatus
from typing import Any, Final

import gevent
import gevent.socket
from gevent.event import Event as GreenletEvent
from gevent.server import StreamServer

from server.errors import BadRequest, InternalServerError, RequestTimeout, ServerError
from server.kernel.greenlets import Greenlets
from server.protocols.http_message import HTTPRequest, HTTPResponse
from server.protocols.http_parser import Continue, ParserLimits, Refusal, RequestParser, State
from server.simpleio.formats import encode_json

logger = logging.getLogger(__name__)

Handle = Callable[[HTTPRequest], HTTPResponse]
# (wall seconds, address, method, raw path with query, version, status, bytes of body, seconds, cid): AccessLog.add.
AccessLine = Callable[..., Any]

RECEIVE_BYTES: Final = 64 * 1024
# A large body is sent in pieces, so that each one that the peer takes renews its time.
SEND_BYTES: Final = 256 * 1024
REAPER_SECONDS: Final = 0.5
# After an error the rest of what the peer sends is read and dropped for so long, or closing would reset the connection
# and destroy the reply on its way (RFC 9112 section 9.6).
LINGER_SECONDS: Final = 2.0
LINGER_BYTES: Final = 1024 * 1024
# When stopping: how long a connection that was just made may take to send its first request.
FRESH_SECONDS: Final = 1.0
# SECURITY heads of a connection, which may hold credentials, are forgotten when it has been idle for so long.
FORGET_SECONDS: Final = 1.0
# Status lines with a type of content that are kept until the second is over.
MAX_STARTS: Final = 64
# A body may take a second longer for each of these: slow lines are served, a trickle is cut.
BODY_BYTES_PER_SECOND: Final = 1024

_CONTINUE_BYTES: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*\Z")
# Framing, and what only the listener says; a service cannot set these.
_OWN_HEADERS: Final = frozenset(
    ("content-length", "transfer-encoding", "connection", "keep-alive", "date", "upgrade", "trailer")
)
_NO_BODY: Final = frozenset((204, 304))
_NEVER: Final = math.inf


@dataclass(frozen=True, slots=True)
class ListenerSettings:
    """Limits; times in seconds.

    header_timeout: from the first byte of a request to the end of its headers.  body_timeout: for the whole body, and
    a second more for each KiB that came.  idle_timeout: between requests, and before the first one.  send_timeout:
    for the peer to take 256 KiB of a reply.  server_header, cid_header: empty leaves the header out.
    """

    max_header_bytes: int = 64 * 1024
    max_header_count: int = 200
    max_body_bytes: int = 16 * 1024 * 1024
    header_timeout_seconds: float = 10.0
    body_timeout_seconds: float = 60.0
    idle_timeout_seconds: float = 75.0
    send_timeout_seconds: float = 60.0
    server_header: str = "apitest-server"
    cid_header: str = "X-Zato-CID"
    backlog: int = 2048


class _Phase(Enum):
    """What a connection waits for: decides what its end in time means."""

    FRESH = auto()  # first byte of the first request
    IDLE = auto()  # first byte of a further request
    RECEIVING = auto()  # rest of a request
    BUSY = auto()  # the service, which has its own limits
    SENDING = auto()  # the peer to take the reply
    LINGERING = auto()  # the peer to stop sending


# PERF a member of an enum costs three times as much to reach as a name of the module (CPython 3.11).
_FRESH: Final = _Phase.FRESH
_IDLE: Final = _Phase.IDLE
_RECEIVING: Final = _Phase.RECEIVING
_BUSY: Final = _Phase.BUSY
_SENDING: Final = _Phase.SENDING
_LINGERING: Final = _Phase.LINGERING


class _Connection:
    """One connection.  due: monotonic moment at which its phase has lasted too long."""

    __slots__ = (
        "_hub",
        "_is_waiting",
        "_switch",
        "_watcher",
        "address",
        "began",
        "due",
        "greenlet",
        "is_overdue",
        "is_woken",
        "parser",
        "phase",
        "plain",
        "port",
        "sock",
        "waits_for_body_since",
    )

    def __init__(self, sock: Any, address: str, port: int, limits: ParserLimits) -> None:
        self.sock = sock
        self.address = address
        self.port = port
        self.parser = RequestParser(limits)
        self.greenlet = gevent.getcurrent()
        self._switch = self.greenlet.switch
        self._hub = gevent.get_hub()
        self._is_waiting = False
        # The socket of the standard library inside gevent's: it does not wait.  None for others, as those of TLS, where
        # bytes may be ready that the kernel knows nothing of.
        is_plain = type(sock) is gevent.socket.socket
        self.plain: Any = sock._sock if is_plain else None
        self._watcher: Any = None
        if self.plain is not None:
            self._watcher = self._hub.loop.io(self.plain.fileno(), 1)
            self._watcher.start(self._on_readable)
        self.began = 0.0  # monotonic, first byte of the request
        self.waits_for_body_since = 0.0
        self.due = _NEVER
        self.phase = _FRESH
        self.is_overdue = False
        self.is_woken = False

    def receive(self) -> bytes:
        """Wait for bytes; none at all is the end.  Lets other greenlets run, whether or not it has to wait."""
        plain = self.plain
        if plain is None:
            return self._receive_otherwise()
        watcher = self._watcher
        while True:
            if not watcher.active:
                watcher.start(self._on_readable)
            self._is_waiting = True
            try:
                while self._is_waiting:
                    self._hub.switch()
            finally:
                self._is_waiting = False
            try:
                data: bytes = plain.recv(RECEIVE_BYTES)
            except BlockingIOError:
                continue
            return data

    def _on_readable(self) -> None:
        """Called by the event loop, again and again while there are bytes."""
        if self._is_waiting:
            self._is_waiting = False
            self._switch()
        else:
            self._watcher.stop()  # the greenlet is busy; it starts the watcher when it is ready for more

    def _receive_otherwise(self) -> bytes:
        gevent.sleep(0)  # a peer that sends without pause would keep the others from running
        try:
            data: bytes = self.sock.recv(RECEIVE_BYTES)
        except OSError:
            if not self.is_woken:
                raise
            data = self.sock.recv(RECEIVE_BYTES)  # what came before it was woken, then the end
        return data

    def end(self) -> None:
        """Give the watcher back, before the socket is closed."""
        if self._watcher is not None:
            self._watcher.stop()
            self._watcher.close()

    def wake(self) -> None:
        """Let no more bytes in: the greenlet that waits for some reads what came, then the end."""
        self.is_woken = True
        try:
            self.sock.shutdown(socket.SHUT_RD)
        except OSError:
            pass  # the peer was faster

    def cut(self) -> None:
        """End both directions: the greenlet that waits to send gets an error."""
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


class HTTPListener:
    """Listens on one address.

    handle: a whole request -> its response; called in the connection's greenlet, may wait.  new_cid: correlation IDs.
    access_log: told about each response.
    """

    def __init__(
        self,
        handle: Handle,
        settings: ListenerSettings | None = None,
        new_cid: Callable[[], str] | None = None,
        access_log: AccessLine | None = None,
    ) -> None:
        self._handle = handle
        self._settings = settings or ListenerSettings()
        self._new_cid = new_cid or _no_cid
        self._access_log = access_log
        one = self._settings
        self._limits = ParserLimits(one.max_header_bytes, one.max_header_count, one.max_body_bytes)
        self._connections: set[_Connection] = set()
        self._accepted = 0  # connections whose greenlets have not begun
        self._greenlets: Greenlets | None = None
        self._server: StreamServer | None = None
        self._is_stopping = False
        self._all_gone = GreenletEvent()
        self._reaper_ends = GreenletEvent()
        self._second = -1
        self._starts: dict[tuple[int, str], str] = {}
        self._cid_start = f"{one.cid_header}: " if one.cid_header else ""

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._connections)

    # Life

    def start(self, host: str, port: int) -> tuple[str, int]:
        """Listen; gives the actual address, which tells the port if 0 was asked for.  Raises OSError."""
        server = StreamServer((host, port), self.serve, backlog=self._settings.backlog, spawn=self._spawn)  # type: ignore[call-overload]
        server.start()
        self._server = server
        self._is_stopping = False
        shortest = min(
            REAPER_SECONDS,
            self._settings.header_timeout_seconds / 2,
            self._settings.body_timeout_seconds / 2,
            self._settings.idle_timeout_seconds / 2,
            self._settings.send_timeout_seconds / 2,
        )
        self._tell_time()
        self._reaper_ends.clear()
        self._greenlets = Greenlets("http listener")
        self._greenlets.spawn("reaper", self._reap, max(shortest, 0.01))
        return server.server_host, server.server_port

    def stop(self, deadline_seconds: float) -> int:
        """Take no new connections, close idle ones, let running calls end; gives the number of those cut at the end."""
        self._is_stopping = True
        server, self._server = self._server, None
        if server is not None:
            self._take_the_queue(server)
            server.close()
        deadline = time.monotonic() + deadline_seconds
        for connection in list(self._connections):
            if connection.phase is _IDLE:
                connection.wake()
            elif connection.phase is _FRESH:
                connection.due = min(connection.due, time.monotonic() + min(FRESH_SECONDS, deadline_seconds))
        if self._connections or self._accepted:
            self._all_gone.clear()
            self._all_gone.wait(max(0.0, deadline - time.monotonic()))
        late = list(self._connections)
        if late:
            logger.warning("%d HTTP connections were cut: their calls did not end in %g s", len(late), deadline_seconds)
            gevent.killall([one.greenlet for one in late], timeout=1.0)
        self._end_reaper()
        return len(late)

    def close(self) -> None:
        """End at once."""
        self.stop(0)

    def _end_reaper(self) -> None:
        greenlets, self._greenlets = self._greenlets, None
        if greenlets is not None:
            self._reaper_ends.set()
            greenlets.stop(REAPER_SECONDS)

    def _take_the_queue(self, server: StreamServer) -> None:
        """Accept what the kernel has accepted for us: closing the listening socket would reset those connections."""
        server.stop_accepting()
        for _ in range(self._settings.backlog):
            try:
                sock, address = _accept_now(server)
            except OSError:
                return
            self._spawn(self._serve_and_close, sock, address)
        gevent.sleep(0)

    def _spawn(self, function: Callable[..., None], *args: Any) -> Any:
        self._accepted += 1
        return gevent.spawn_raw(self._begin, function, args)

    def _begin(self, function: Callable[..., None], args: tuple[Any, ...]) -> None:
        self._accepted -= 1
        function(*args)

    def _serve_and_close(self, sock: socket.socket, address: Any) -> None:
        with sock:
            self.serve(sock, address)

    def _reap(self, period: float) -> None:
        forget = self._settings.idle_timeout_seconds - FORGET_SECONDS
        while not self._reaper_ends.wait(period):
            self._tell_time()
            now = time.monotonic()
            for connection in list(self._connections):
                if connection.phase is _IDLE and connection.due - now < forget:
                    connection.parser.forget_heads()
                if connection.due < now:
                    connection.is_overdue = True
                    if connection.phase is _SENDING:
                        connection.cut()
                    else:
                        connection.wake()

    def _tell_time(self) -> None:
        second = int(time.time())
        if second != self._second:
            self._second = second
            self._starts = {}

    # A connection

    def serve(self, sock: Any, address: Any) -> None:
        """Talk on one connection until it ends; closing the socket is up to the caller."""
        host, port = (address[0], address[1]) if isinstance(address, tuple) else ("", 0)
        connection = _Connection(sock, host, port, self._limits)
        self._connections.add(connection)
        try:
            if address:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._converse(connection)
        except OSError as error:
            logger.debug("Connection from %s:%s ended: %s", host, port, error)
        except Exception:
            # The border between one connection and the server: this one ends, the others go on.
            logger.exception("Connection from %s:%s failed", host, port)
        finally:
            connection.end()
            self._connections.discard(connection)
            if self._is_stopping and not self._connections and not self._accepted:
                self._all_gone.set()

    def _converse(self, connection: _Connection) -> None:
        parser = connection.parser
        settings = self._settings
        receive = connection.receive
        monotonic = time.monotonic
        connection.due = monotonic() + (FRESH_SECONDS if self._is_stopping else settings.idle_timeout_seconds)
        is_between = True
        while True:
            data = receive()
            if not data:
                self._ended(connection)
                return
            if is_between:
                connection.began = monotonic()
                connection.phase = _RECEIVING
            parser.feed(data)
            event = parser.next_event()
            while event is not None:
                if type(event) is HTTPRequest:
                    if not self._answer(connection, event):
                        if parser.has_leftover:
                            self._linger(connection)
                        return
                elif type(event) is Continue:
                    connection.sock.sendall(_CONTINUE_BYTES)
                elif type(event) is Refusal:
                    self._refuse(connection, event.error, event.method)
                    return
                event = parser.next_event()

            is_between = parser.is_idle
            if is_between:
                connection.phase = _IDLE
                connection.due = monotonic() + settings.idle_timeout_seconds
                if self._is_stopping:
                    return
            else:
                self._expect_more(connection)

    def _expect_more(self, connection: _Connection) -> None:
        """Part of a request is here: when is the rest due?"""
        settings = self._settings
        now = time.monotonic()
        if connection.phase is not _RECEIVING:  # a pipelined one, behind those answered just now
            connection.phase = _RECEIVING
            connection.began = now
            connection.waits_for_body_since = 0.0
        if connection.parser.state is State.HEAD:
            connection.due = connection.began + settings.header_timeout_seconds
            connection.waits_for_body_since = 0.0
            return
        if not connection.waits_for_body_since:
            connection.waits_for_body_since = now
        extra = connection.parser.body_bytes / BODY_BYTES_PER_SECOND
        connection.due = connection.waits_for_body_since + settings.body_timeout_seconds + extra

    def _ended(self, connection: _Connection) -> None:
        """No more bytes will come: the peer closed, or the reaper did."""
        if connection.phase is not _RECEIVING or connection.parser.state is State.CLOSED:
            return
        if connection.is_overdue:
            self._refuse(connection, RequestTimeout("", "the request did not arrive in time"))
        elif not connection.parser.is_idle:
            self._refuse(connection, BadRequest("", "Not valid HTTP: the request ends in the middle", True))

    def _linger(self, connection: _Connection) -> None:
        connection.phase = _LINGERING
        connection.is_overdue = False
        connection.due = time.monotonic() + LINGER_SECONDS
        sock = connection.sock
        sock.shutdown(socket.SHUT_WR)
        left = LINGER_BYTES if not self._is_stopping else 0
        while left > 0:
            dropped = sock.recv(RECEIVE_BYTES)
            if not dropped:
                return
            left -= len(dropped)
            if connection.is_overdue:
                return

    # Answering

    def _answer(self, connection: _Connection, request: HTTPRequest) -> bool:
        """Handle one request and send the response; true if another request may follow."""
        request.cid = cid = self._new_cid()
        request.remote_addr = connection.address
        request.remote_port = connection.port
        request.received_at = connection.began
        connection.phase = _BUSY
        connection.due = _NEVER
        try:
            response = self._handle(request)
        except BaseException as fault:
            # The border between a service and the server for what is no Exception and so passes the gateway: gevent's
            # timers, asyncio's cancelling, KeyboardInterrupt (signals do not raise it here), which would end the loop.
            if self._is_stopping and isinstance(fault, gevent.GreenletExit):
                raise
            logger.exception("%s %s failed", request.method, request.raw_path, extra={"cid": cid})
            response = _error_response(InternalServerError(cid, str(fault)), cid)
        keep_alive = connection.parser.keep_alive and not self._is_stopping
        try:
            status, size, keep_alive = self._send(
                connection, response, cid, keep_alive, request.method == "HEAD", request.http_version == "1.1"
            )
        except (_Unsendable, TypeError) as problem:  # TypeError: a header or content type that is no text
            logger.error(
                "%s %s: the response cannot be sent: %s", request.method, request.raw_path, problem, extra={"cid": cid}
            )
            response = _error_response(InternalServerError(cid, str(problem)), cid)
            status, size, keep_alive = self._send(connection, response, cid, False, request.method == "HEAD", True)
        if self._access_log is not None:
            path = f"{request.raw_path}?{request.query}" if request.query else request.raw_path
            self._access_log(
                time.time(),
                connection.address,
                request.method,
                path,
                request.http_version,
                status,
                size,
                time.monotonic() - connection.began,
                cid,
            )
        return keep_alive

    def _refuse(self, connection: _Connection, error: ServerError, method: str = "") -> None:
        """Answer what is no acceptable request, then close."""
        cid = self._new_cid()
        logger.info("%s:%s got %d: %s", connection.address, connection.port, error.status, error, extra={"cid": cid})
        status, size, _ = self._send(connection, _error_response(error, cid), cid, False, method == "HEAD", True)
        if self._access_log is not None:
            seconds = time.monotonic() - connection.began
            self._access_log(time.time(), connection.address, method or "-", "-", "-", status, size, seconds, cid)
        self._linger(connection)

    def _send(
        self, connection: _Connection, response: HTTPResponse, cid: str, keep_alive: bool, is_head: bool, is_11: bool
    ) -> tuple[int, int, bool]:
        """(status, bytes of body sent, whether the connection stays).  Raises _Unsendable before a byte is sent."""
        status = response.status
        body = response.body
        start = self._starts.get((status, response.content_type))
        if start is None:
            start = self._start_of(status, response.content_type)
        if status in _NO_BODY:
            body = b""
        extra = f"{self._cid_start}{cid}\r\n" if cid and self._cid_start else ""
        if response.headers:
            lines, wants_close = _header_lines(response.headers)
            extra = f"{lines}{extra}"
            keep_alive = keep_alive and not wants_close
        if not isinstance(body, bytes):
            return self._send_pieces(connection, start, extra, body, status, keep_alive, is_head, is_11)
        size = len(body)
        if status not in _NO_BODY:
            extra = f"{extra}Content-Length: {size}\r\n"
        if not keep_alive:
            extra += "Connection: close\r\n"
        elif not is_11:
            extra += "Connection: keep-alive\r\n"
        data = f"{start}{extra}\r\n".encode("latin-1")
        if is_head:
            size = 0
        elif size:
            data += body
        # PERF the usual case of _send_all(), in place: all of it fits into the kernel's buffer.
        sent = 0
        if connection.plain is not None and len(data) <= SEND_BYTES:
            try:
                sent = connection.plain.send(data)
            except BlockingIOError:
                pass
        if sent != len(data):
            self._send_all(connection, data, sent)
        return status, size, keep_alive

    def _send_pieces(
        self,
        connection: _Connection,
        start: str,
        extra: str,
        pieces: Iterable[bytes],
        status: int,
        keep_alive: bool,
        is_head: bool,
        is_11: bool,
    ) -> tuple[int, int, bool]:
        """A body whose length is not known: chunked; for HTTP/1.0, whatever comes until the connection closes."""
        if is_11:
            extra += "Transfer-Encoding: chunked\r\n"
        else:
            keep_alive = False
        if not keep_alive:
            extra += "Connection: close\r\n"
        waiting = f"{start}{extra}\r\n".encode("latin-1")
        size = 0
        try:
            if not is_head:
                for piece in pieces:
                    if piece:  # an empty chunk would end the body
                        framed = b"%x\r\n%b\r\n" % (len(piece), piece) if is_11 else bytes(piece)
                        self._send_all(connection, waiting + framed)
                        waiting = b""
                        size += len(piece)
                if is_11:
                    waiting += b"0\r\n\r\n"
            if waiting:
                self._send_all(connection, waiting)
        except OSError:
            raise
        except Exception:
            # Half a body is sent: closing without its end is the one way left to say that it is not whole.
            logger.exception("A response broke off in the middle")
            return status, size, False
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                close()
        return status, size, keep_alive

    def _send_all(self, connection: _Connection, data: bytes, sent: int = 0) -> None:
        """sent: so many bytes of it have gone."""
        size = len(data)
        view = memoryview(data)
        connection.phase = _SENDING
        while sent < size:
            connection.due = time.monotonic() + self._settings.send_timeout_seconds
            piece = view[sent : sent + SEND_BYTES]
            connection.sock.sendall(piece)
            sent += len(piece)
        connection.phase = _BUSY
        connection.due = _NEVER

    def _start_of(self, status: int, content_type: str) -> str:
        """Status line, Server, Date and Content-Type; kept for the rest of the second."""
        try:
            reason = HTTPStatus(status).phrase
        except ValueError:
            if not 200 <= status <= 999:
                raise _Unsendable(f"{status} is not a status") from None
            reason = "Unknown"
        if status < 200:
            raise _Unsendable(f"{status} is not a final status")
        server = self._settings.server_header
        start = f"HTTP/1.1 {status} {reason}\r\n" + (f"Server: {server}\r\n" if server else "")
        start += f"Date: {formatdate(self._second, usegmt=True)}\r\n"
        if content_type and status not in _NO_BODY:
            if not _VALUE.match(content_type):
                raise _Unsendable("Content-Type holds a character that is not allowed")
            start += f"Content-Type: {content_type}\r\n"
        if len(self._starts) < MAX_STARTS:
            self._starts[status, content_type] = start
        return start


class _Unsendable(Exception):
    """A response that is no valid HTTP: the fault of a service."""


def _header_lines(headers: Iterable[tuple[str, str]]) -> tuple[str, bool]:
    """(header lines, whether the service wants the connection closed).  SECURITY refuses what could end a line."""
    lines = []
    wants_close = False
    for name, value in headers:
        text = str(value)
        if not _NAME.match(name) or not _VALUE.match(text):
            raise _Unsendable(f"the header {name!r} holds a character that is not allowed")
        lower = name.lower()
        if lower in _OWN_HEADERS:
            wants_close = wants_close or (lower == "connection" and "close" in text.lower())
            continue
        lines.append(f"{name}: {text}\r\n")
    return "".join(lines), wants_close


def _error_response(error: ServerError, cid: str) -> HTTPResponse:
    """Refusals that come before any channel is known have the one shape of all (screens.md, "An API error")."""
    return HTTPResponse(error.status, encode_json(error.as_dict(cid)), list(error.headers))


def _accept_now(server: StreamServer) -> tuple[Any, Any]:
    """Accept a connection that waits already; BlockingIOError if none does."""
    waiting = server.do_read()
    if waiting is None:
        raise BlockingIOError
    sock, address = waiting
    return sock, address


def _no_cid() -> str:
    return ""
