"""One WebSocket connection of a test: opened, read in the background, closed properly or cut.

The protocol is the library websocket-client's; control frames are answered here, so that close codes, pongs and what
the peer did wrong can be asked for.  Not here: sentences (`steps/websocket.py`), waiting for messages (`inbox.py`).

Source: RFC 6455 (handshake 4, control frames 5.5, close codes 7.4).
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import gevent
from gevent import monkey

from apitest.core.messages import Message
from apitest.errors import CallFailed, MissingExtra, StepError
from apitest.transports.inbox import Inbox

if TYPE_CHECKING:
    import websocket

CONNECT_SECONDS = 30.0
SEND_SECONDS = 30.0
"""Longest wait for a peer that does not read."""
CLOSE_SECONDS = 5.0
"""How long the peer may take to answer a close frame."""
NO_CODE = 1005  # a close frame without a code
CUT = 1006  # no close frame at all
KEPT_REASON = 120  # bytes of a close frame's reason


class HandshakeFailed(CallFailed):
    """The server answered the handshake with something else.  status: what it answered; 0 where it did not."""

    def __init__(self, message: str, reason: str, status: int = 0, hint: str = "") -> None:
        super().__init__(message, reason, hint)
        self.status = status


@dataclass(frozen=True, slots=True)
class Closed:
    """How a connection ended.  code: 1006 where no close frame came; is_ours: this side began."""

    code: int
    reason: str = ""
    is_ours: bool = False

    def __str__(self) -> str:
        said = f' "{self.reason}"' if self.reason else ""
        if self.code == CUT:
            return f"the connection was cut without a close frame{f' ({self.reason})' if self.reason else ''}"
        who = "this side" if self.is_ours else "the peer"
        return f"{who} closed the connection with code {self.code}{said}"


class WebSocketConnection:
    """url: ws or wss; headers: of the handshake, as `Name: value` pairs; tls: for wss, the system's CAs without."""

    def __init__(
        self,
        title: str,
        url: str,
        headers: Sequence[tuple[str, str]] = (),
        subprotocols: Sequence[str] = (),
        tls: ssl.SSLContext | None = None,
        timeout_seconds: float = CONNECT_SECONDS,
    ) -> None:
        self.url = url
        self.inbox = Inbox(title)
        self.pongs = Inbox(f"{title} (pongs)")
        self.closed: Closed | None = None
        self.subprotocol = ""
        self._headers = [f"{name}: {value}" for name, value in headers]
        self._subprotocols = list(subprotocols)
        self._tls = tls
        self._timeout_seconds = timeout_seconds
        self._socket: websocket.WebSocket | None = None
        self._ended = threading.Event()
        self._is_closing = False
        self._pings = 0

    @property
    def is_open(self) -> bool:
        return self._socket is not None and not self._ended.is_set() and not self._is_closing

    def open(self) -> None:
        """Connects, and reads from now on.  Raises HandshakeFailed; open again after the end to connect anew."""
        library = _library()
        seconds = self._timeout_seconds
        # NOTE as in http.py: a socket's own limit starts anew with each byte, this one is for the whole handshake.
        limit = gevent.Timeout.start_new(seconds) if monkey.is_module_patched("socket") else None
        made = library.WebSocket(sslopt={"context": self._tls} if self._tls is not None else {})
        try:
            made.connect(
                self.url,
                timeout=seconds,
                header=self._headers,
                subprotocols=self._subprotocols or None,
                suppress_origin=True,  # a browser's header; a table of headers may have one
                redirect_limit=0,
            )
        except gevent.Timeout as passed:
            if passed is not limit:
                raise
            raise HandshakeFailed(f"{self.url} did not answer within {seconds:g} s", "timeout") from None
        except Exception as error:
            answer = made.handshake_response
            raise _handshake_failed(error, self.url, seconds, answer.status if answer is not None else 0) from error
        finally:
            if limit is not None:
                limit.close()
        made.settimeout(SEND_SECONDS)
        self._socket, self.closed, self._is_closing = made, None, False
        self.subprotocol = made.getsubprotocol() or ""
        self._ended = threading.Event()
        self.inbox.reopen()
        self.pongs.reopen()
        threading.Thread(target=self._read, args=(made, self._ended), name=self.inbox.title, daemon=True).start()

    def send(self, body: str | bytes) -> None:
        """One text or binary frame.  Raises StepError when the connection is not open or the peer does not read."""
        library = _library()
        opcode = library.ABNF.OPCODE_TEXT if isinstance(body, str) else library.ABNF.OPCODE_BINARY
        self._send(body, opcode)

    def ping(self) -> None:
        self._pings += 1
        self._send(f"apitest {self._pings}".encode(), _library().ABNF.OPCODE_PING)

    def close(self, code: int = 1000, seconds: float = CLOSE_SECONDS) -> None:
        """Sends a close frame and waits for the peer's; cuts the connection when that takes too long."""
        self.begin_close(code)
        self.finish_close(seconds)

    def begin_close(self, code: int = 1000) -> None:
        if not 0 < code < 0x10000:
            raise StepError(f"{code} is no close code", "1000 is a normal closure; 3000 to 4999 are free to use.")
        if self._socket is not None and self.is_open:
            self._is_closing = True
            with contextlib.suppress(OSError, _library().WebSocketException):  # gone meanwhile: the reader knows
                self._socket.send(struct.pack("!H", code), _library().ABNF.OPCODE_CLOSE)

    def finish_close(self, seconds: float) -> None:
        if self._socket is not None and not self._ended.wait(seconds):
            self.closed = Closed(CUT, f"the peer did not answer the close frame within {seconds:g} s", True)
            self._cut()
            self._ended.wait(1)

    def vanish(self) -> None:
        """Cuts the TCP connection, without a close frame."""
        self._is_closing = True
        self.closed = Closed(CUT, "this side vanished", True)
        self._cut()
        self._ended.wait(1)

    def wait_closed(self, seconds: float) -> bool:
        return self._socket is None or self._ended.wait(seconds)

    def _send(self, body: str | bytes, opcode: int) -> None:
        own = self._socket
        if own is None or not self.is_open:
            raise StepError(f"{self.inbox.title} is not open", f"{self.closed}." if self.closed else "")
        try:
            own.send(body, opcode)
        except _library().WebSocketTimeoutException:
            raise StepError(f"{self.inbox.title}: the peer did not read within {SEND_SECONDS:g} s") from None
        except (OSError, _library().WebSocketException) as error:
            self._ended.wait(0.2)  # the reader knows why
            raise StepError(f"{self.inbox.title} cannot send", f"{self.closed or error}") from error

    def _read(self, own: Any, ended: threading.Event) -> None:
        """The reader's whole life: ends with the connection, and says how."""
        library = _library()
        try:
            closed = self._read_frames(own)
        except library.WebSocketProtocolException as error:
            closed = self._refuse(own, 1002, str(error))
        except library.WebSocketPayloadException as error:
            closed = self._refuse(own, 1007, str(error))
        except library.WebSocketConnectionClosedException:
            closed = Closed(CUT)
        except (OSError, ValueError, AttributeError, library.WebSocketException) as error:
            # ValueError, AttributeError: the library's, when its socket was closed meanwhile.
            closed = Closed(CUT, str(error) if isinstance(error, OSError) else "")
        self.closed = self.closed or closed
        with contextlib.suppress(Exception):
            own.shutdown()
        self.inbox.end(str(self.closed))
        self.pongs.end(str(self.closed))
        ended.set()

    def _read_frames(self, own: Any) -> Closed:
        library = _library()
        opcodes = library.ABNF
        while True:
            try:
                frame = own.recv_frame()
            except library.WebSocketTimeoutException:
                continue  # nothing came for a while; what was read of a frame is kept by the library
            if frame.opcode == opcodes.OPCODE_CLOSE:
                return self._answer_close(own, frame.data)
            if frame.opcode == opcodes.OPCODE_PING:
                with contextlib.suppress(OSError, library.WebSocketException):
                    own.pong(frame.data)
            elif frame.opcode == opcodes.OPCODE_PONG:
                self.pongs.put(Message(frame.data))
            else:
                own.cont_frame.validate(frame)
                own.cont_frame.add(frame)
                if own.cont_frame.is_fire(frame):
                    opcode, whole = own.cont_frame.extract(frame)
                    data = whole.data
                    is_text = opcode == opcodes.OPCODE_TEXT
                    self.inbox.put(Message(data.decode("utf-8", "replace") if is_text else bytes(data)))

    def _answer_close(self, own: Any, data: bytes) -> Closed:
        code = struct.unpack("!H", data[:2])[0] if len(data) >= 2 else NO_CODE
        closed = Closed(code, data[2:].decode("utf-8", "replace"), self._is_closing)
        if not self._is_closing:
            self._is_closing = True
            with contextlib.suppress(Exception):  # the peer may be gone by now
                own.send(data[:2], _library().ABNF.OPCODE_CLOSE)
        return closed

    def _refuse(self, own: Any, code: int, why: str) -> Closed:
        """The peer broke the protocol: it is told so, and the connection ends (RFC 6455 7.1.7)."""
        with contextlib.suppress(Exception):
            own.send(struct.pack("!H", code) + why.encode()[:KEPT_REASON], _library().ABNF.OPCODE_CLOSE)
        return Closed(code, why, True)

    def _cut(self) -> None:
        own = self._socket
        plain: Any = own.sock if own is not None else None
        if plain is None:
            return
        with contextlib.suppress(OSError):
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # RST instead of FIN
        if not monkey.is_module_patched("socket"):
            with contextlib.suppress(OSError):
                plain.shutdown(socket.SHUT_RD)  # wakes the reader, which a plain close would not
        with contextlib.suppress(OSError):
            plain.close()


def open_all(connections: Sequence[WebSocketConnection], at_once: int = 50) -> None:
    """Opens many side by side.  Raises what the first one that fails raised, when all were tried."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(min(at_once, max(len(connections), 1))) as pool:
        futures = [pool.submit(connection.open) for connection in connections]
    for future in futures:
        future.result()


def close_all(connections: Sequence[WebSocketConnection], code: int = 1000, seconds: float = CLOSE_SECONDS) -> None:
    """Closes many at once: all close frames go out, then the answers are waited for together."""
    deadline = time.monotonic() + seconds
    for connection in connections:
        connection.begin_close(code)
    for connection in connections:
        connection.finish_close(max(deadline - time.monotonic(), 0))


def _library() -> Any:
    try:
        import websocket
    except ImportError:
        raise MissingExtra("websocket-client", "websocket") from None
    return websocket


def _handshake_failed(error: Exception, url: str, seconds: float, status: int) -> HandshakeFailed:
    library = _library()
    host = urlsplit(url).hostname
    if isinstance(error, library.WebSocketBadStatusException):
        status = int(error.status_code)
        body = (error.resp_body or b"").decode("utf-8", "replace").strip()
        said = f": {body[:200]}" if body else ""
        return HandshakeFailed(f"{url} answered the handshake with status {status}{said}", "refused", status)
    if status and status != 101:
        return HandshakeFailed(f"{url} answered the handshake with status {status}", "refused", status)
    if isinstance(error, library.WebSocketTimeoutException | TimeoutError):
        return HandshakeFailed(f"{url} did not answer within {seconds:g} s", "timeout")
    if isinstance(error, library.WebSocketAddressException | socket.gaierror):
        return HandshakeFailed(f"{url}: no such host, {host}", "dns", hint="Is the address spelled right?")
    if isinstance(error, ConnectionRefusedError):
        return HandshakeFailed(f"{url}: connection refused", "refused", hint="Is the server running, and on this port?")
    if isinstance(error, ssl.SSLError):
        reason = getattr(error, "verify_message", "") or error.reason or str(error)
        return HandshakeFailed(f"{url}: TLS failed, {reason}", "tls")
    if isinstance(error, ConnectionError | library.WebSocketConnectionClosedException):
        return HandshakeFailed(f"{url}: the connection was closed before the handshake was over", "reset")
    if isinstance(error, ValueError):
        return HandshakeFailed(f"{url} is no address of a WebSocket: {error}", "invalid", hint="ws://host:port/path")
    return HandshakeFailed(f"{url}: the handshake failed, {error}", "garbage")
