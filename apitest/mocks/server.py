"""A mock server: listens on loopback, asks the rules what to do, and keeps a record of every call.

One thread a connection; where gevent has patched the standard library, as in a run of the command, these are greenlets
of the same process.  Not here: what is answered (`rules.py`).  Source: RFC 9112 by way of httptools.
"""

from __future__ import annotations

import contextlib
import random
import socket
import struct
import threading
import time
from collections.abc import Callable
from datetime import datetime, timezone
from http import HTTPStatus
from typing import Any

import httptools

from apitest.core.lookups import as_text
from apitest.core.markers import Context
from apitest.errors import ApitestError, StepError
from apitest.mocks import rules
from apitest.mocks.made_up import make_up
from apitest.mocks.rules import Answer, Call, Decision, Record, Rules

READ_BYTES = 65536
MAX_BODY_BYTES = 64 * 1024 * 1024
"""A mock lives in the process of the run: an endless body must not fill its memory."""
BACKLOG = 256
DOCKER_BRIDGE = b"docker0"

Forward = Callable[[Call], Answer]


class MockServer:
    """Answers until it is stopped.  rules: what it was told; records: what it was asked, oldest first.

    forward: carries a call to the real service, for rules that pass calls on.  problems: what a call met with that the
    rules do not cover.  Raises StepError where the port is taken.
    """

    def __init__(self, name: str, port: int = 0, *, seed: int | None = None) -> None:
        self.name = name
        self.rules = Rules()
        self.records: list[Record] = []
        self.forward: Forward | None = None
        self.problems: list[str] = []
        self._random = random.Random(seed)
        self._listeners: list[socket.socket] = []
        self._connections: set[socket.socket] = set()
        self._is_down = threading.Event()
        self._changed = threading.Condition()
        self._counted = 0
        self.port = port
        self._listen()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def container_address(self) -> str:
        """Where a container of this machine's Docker finds the mock."""
        return f"http://{_bridge_address() or 'host.docker.internal'}:{self.port}"

    @property
    def is_up(self) -> bool:
        return bool(self._listeners)

    def go_down(self) -> None:
        """Refuses connections from now on, and ends those that are open."""
        self._is_down.set()
        listeners, self._listeners = self._listeners, []
        for one in (*listeners, *self._connections):
            # SHUT_RDWR wakes whoever waits in accept() or recv(); closing alone does not, in a thread of the system.
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._connections.clear()

    def come_back(self) -> None:
        """Listens again, on the same port, and drops connections no longer."""
        self.rules.is_dropping = False
        if not self._listeners:
            self._listen()

    def stop(self) -> None:
        self.go_down()

    def forget_calls(self) -> None:
        self.records = []

    def wait_for(self, fits: Callable[[Record], bool], seconds: float) -> Record | None:
        """The first call that fits, now or within so long; None where none came."""
        end = time.monotonic() + seconds
        with self._changed:
            while True:
                found = next((record for record in list(self.records) if fits(record)), None)
                left = end - time.monotonic()
                if found is not None or left <= 0:
                    return found
                self._changed.wait(left)

    def _listen(self) -> None:
        hosts = ["127.0.0.1", *filter(None, (_bridge_address(),))]
        self._is_down = threading.Event()
        for host in hosts:
            listener = socket.socket()
            try:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listener.bind((host, self.port))
                listener.listen(BACKLOG)
            except OSError as error:
                listener.close()
                if host != "127.0.0.1":
                    continue  # the port is free on loopback only: containers do without
                raise StepError(
                    f'Mock "{self.name}" cannot listen on port {self.port}: {error.strerror}',
                    "Leave the port out, and a free one is taken: #{mock." + self.name + ".address} knows it",
                ) from error
            self.port = listener.getsockname()[1]
            self._listeners.append(listener)
            threading.Thread(target=self._accept, args=(listener, self._is_down), daemon=True).start()

    def _accept(self, listener: socket.socket, is_down: threading.Event) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            if is_down.is_set():
                connection.close()
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._connections.add(connection)
            threading.Thread(target=self._serve, args=(connection, is_down), daemon=True).start()

    def _serve(self, connection: socket.socket, is_down: threading.Event) -> None:
        reader = _Reader()
        try:
            while not is_down.is_set():
                data = connection.recv(READ_BYTES)
                if not data:
                    return
                try:
                    reader.feed(data)
                except httptools.HttpParserUpgrade:
                    _send(connection, Answer(501), b"a mock speaks HTTP only", False, "")
                    return
                except (httptools.HttpParserError, ValueError) as error:
                    self.problems.append(f"a call could not be read: {error}")
                    _send(connection, Answer(400), f"this is no HTTP request: {error}".encode(), False, "")
                    return
                if reader.wants_continue:
                    reader.wants_continue = False
                    connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
                while reader.done:
                    if not self._answer(connection, *reader.done.pop(0), is_down):
                        return
        except OSError:
            return  # the other side left, or the mock went down
        finally:
            self._connections.discard(connection)
            connection.close()

    def _answer(
        self,
        connection: socket.socket,
        method: str,
        target: str,
        headers: list[tuple[str, str]],
        body: bytes,
        is_kept: bool,
        is_down: threading.Event,
    ) -> bool:
        """Answers one call -> whether the connection lives on."""
        with self._changed:
            self._counted += 1
            call = rules.read_call(len(self.records) + 1, method, target, headers, body)
            record = Record(call)
            decision = self._decide(call)
            record.is_expected, record.near = decision.is_expected, decision.near
            # The status is settled before anybody can look, so that a record is never half written.
            record.status = decision.answer.status if decision.answer is not None else 0
            self.records.append(record)
            self._changed.notify_all()
        answer = decision.answer
        if decision.is_passed_on and self.forward is not None:
            answer = self.forward(call)
            record.status = answer.status
        delay = self.rules.delay_seconds + (answer.delay_seconds if answer is not None else 0.0)
        if delay and is_down.wait(delay):
            return False
        if answer is None:
            # Closed without a word; a reset, since the other side must not take it for an empty answer.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        _send(connection, *self._finished(answer, decision), is_kept, call.method)
        return is_kept

    def _decide(self, call: Call) -> Decision:
        try:
            return self.rules.decide(call, Context(now=datetime.now(timezone.utc)))
        except ApitestError as error:
            self.problems.append(f"{call}: {error.message}")
            return Decision(Answer(500, body={"error": error.message}, is_ready=True))

    def _finished(self, answer: Answer, decision: Decision) -> tuple[Answer, bytes]:
        body = answer.body
        if not answer.is_ready:
            try:
                body = make_up(rules.fill_parts(body, decision.parts), self._random, datetime.now(timezone.utc))
            except StepError as error:
                self.problems.append(error.message)
                answer, body = Answer(500), {"error": error.message}
        data, kind = rules.encode_body(body, answer.headers)
        if kind:
            answer = Answer(answer.status, (*answer.headers, ("Content-Type", kind)))
        return answer, data


class _Reader:
    """Bytes of one connection -> requests, in `done`, each as (method, target, headers, body, connection is kept)."""

    def __init__(self) -> None:
        self.done: list[tuple[str, str, list[tuple[str, str]], bytes, bool]] = []
        self.wants_continue = False
        self._parser = httptools.HttpRequestParser(self)
        self._start()

    def feed(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def _start(self) -> None:
        self._target = b""
        self._headers: list[tuple[str, str]] = []
        self._body = bytearray()

    def on_message_begin(self) -> None:
        self._start()

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name.decode("latin-1"), _text(value)))
        if name.lower() == b"expect" and value.lower() == b"100-continue":
            self.wants_continue = True

    def on_body(self, body: bytes) -> None:
        self._body += body
        if len(self._body) > MAX_BODY_BYTES:
            raise ValueError(f"the body is longer than {MAX_BODY_BYTES} bytes")

    def on_message_complete(self) -> None:
        self.wants_continue = False
        method = self._parser.get_method().decode("latin-1")
        target = self._target.decode("latin-1")
        self.done.append((method, target, self._headers, bytes(self._body), self._parser.should_keep_alive()))


def _send(connection: socket.socket, answer: Answer, body: bytes, is_kept: bool, method: str) -> None:
    try:
        reason = HTTPStatus(answer.status).phrase
    except ValueError:
        reason = ""
    lines = [f"HTTP/1.1 {answer.status} {reason}"]
    names = {name.lower() for name, _ in answer.headers}
    lines += [f"{name}: {_one_line(value)}" for name, value in answer.headers]
    has_body = answer.status not in (204, 304) and answer.status >= 200
    if "content-length" not in names and has_body:
        lines.append(f"Content-Length: {len(body)}")
    if not is_kept:
        lines.append("Connection: close")
    head = ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape")
    connection.sendall(head + body if has_body and method != "HEAD" else head)


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _one_line(value: Any) -> str:
    return as_text(value).replace("\r", " ").replace("\n", " ")


def _bridge_address() -> str:
    """The machine's address on Docker's own network, "" where there is none."""
    try:
        import fcntl
    except ImportError:
        return ""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        answer = fcntl.ioctl(asking.fileno(), 0x8915, struct.pack("256s", DOCKER_BRIDGE))  # SIOCGIFADDR
        return socket.inet_ntoa(answer[20:24])
    return ""
