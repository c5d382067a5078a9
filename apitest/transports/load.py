"""Loads: a request sent by many users, or so often a second, with as little of our own time as possible.

A plain request over http:// is written once, by the ordinary transport's own code, and then sent as those bytes over
kept connections; anything else (TLS, proxies, cookies, digests, redirects, HEAD) goes through the ordinary transport,
call by call.  Not here: what the figures mean (`core/load_figures.py`), users that run scenarios (`steps/load.py`).

PERF urllib3's way takes 125 us of CPU a request, this one 30.  Bodies are counted off, not kept.

Source: RFC 9112; llhttp by way of httptools; G. Tene, "How NOT to Measure Latency", for due times.
"""

from __future__ import annotations

import contextlib
import http.client
import math
import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

import gevent
import httptools
from gevent import get_hub, socket
from gevent.pool import Group
from urllib3.connection import HTTPConnection

from apitest.core.load_figures import LoadFigures
from apitest.core.request import RequestSpec
from apitest.errors import CallFailed
from apitest.transports import http as ordinary

READ_BYTES = 65536
LOOK_SECONDS = 0.05
"""How often it is looked whether calls take longer than they may."""
MAX_CONNECTIONS = 1_000
"""Of an open load: beyond them, requests wait, and their waiting counts."""

Spawn = Callable[..., None]
"""Starts a user: a function and its arguments."""


def wire_bytes(spec: RequestSpec) -> bytes:
    """What the ordinary transport would send for this request over http://."""
    url = urlsplit(spec.url)
    connection = HTTPConnection(url.hostname or "", url.port or 80)
    recorder = _Recorder()
    connection.sock = recorder  # has what is asked of it
    ordinary._write(connection, spec, ordinary._target(url))
    return bytes(recorder.sent)


class _Recorder:
    """A socket that keeps what is sent."""

    def __init__(self) -> None:
        self.sent = bytearray()

    def sendall(self, data: Any) -> None:
        self.sent += data


def is_plain(spec: RequestSpec, transport: Any) -> bool:
    """Whether the lean way sends exactly this."""
    url = urlsplit(spec.url)
    if url.scheme != "http" or not url.hostname or spec.method in ("HEAD", "CONNECT"):
        return False
    if spec.options is not None or spec.auth is not None or spec.jar is not None:
        return False
    return not transport._proxy("http", url.hostname)


class Reading:
    """One response, read by llhttp: what is asked for is its status, its Location and where it ends."""

    __slots__ = ("has_length", "is_done", "is_headed", "is_kept", "location", "parser", "size", "status")

    def __init__(self) -> None:
        self.parser = httptools.HttpResponseParser(self)
        self.begin()

    def begin(self) -> None:
        self.is_done = self.is_headed = self.is_kept = self.has_length = False
        self.location = ""
        self.size = self.status = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        length = len(name)
        if length == 14 and name.lower() == b"content-length" or length == 17 and name.lower() == b"transfer-encoding":
            self.has_length = True
        elif length == 8 and name.lower() == b"location":
            self.location = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        self.status = self.parser.get_status_code()
        self.is_headed = True

    def on_message_complete(self) -> None:
        if self.status >= 200:
            self.is_done = True
            self.is_kept = self.parser.should_keep_alive()  # only here does it know
        else:
            self.begin()  # an announcement; the response is still to come


class LeanSender:
    """One user's connection: the same request again and again."""

    __slots__ = ("_address", "_data", "_reading", "_socket", "_spec", "_transport", "deadline", "is_overdue")

    def __init__(self, spec: RequestSpec, transport: Any, data: bytes = b"") -> None:
        url = urlsplit(spec.url)
        self._address = (url.hostname or "", url.port or 80)
        self._spec = spec
        self._transport = transport
        self._data = data or wire_bytes(spec)
        self._socket: Any = None
        self._reading = Reading()
        self.deadline = math.inf
        self.is_overdue = False

    def send(self) -> tuple[int, str]:
        spec = self._spec
        deadline = time.perf_counter() + spec.timeout_seconds
        try:
            status = self._exchange(deadline)
        except (OSError, http.client.HTTPException, httptools.HttpParserError) as error:
            self.close()
            return 0, _reason(error, spec)
        self.deadline = math.inf
        location = self._reading.location
        if location and spec.follows_redirects and status in ordinary.REDIRECTS:
            try:
                return ordinary_send(ordinary._redirected(spec, status, location), self._transport)
            except CallFailed as error:
                return 0, error.reason
        return status, _unexpected(status)

    def _exchange(self, deadline: float) -> int:
        reading = self._reading
        while True:
            is_kept = self._socket is not None
            if not is_kept:
                self._socket = socket.create_connection(self._address, self._spec.timeout_seconds)
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._socket.settimeout(None)  # PERF `Overdue` sees to it: a timer a call costs more than the call
                self._reading = reading = Reading()
            else:
                reading.begin()
            self.deadline = deadline
            received = b""
            try:
                self._socket.sendall(self._data)
                received = self._receive()
            except (ConnectionResetError, BrokenPipeError):
                if not is_kept or self._spec.method not in ordinary.REPEATABLE:
                    raise
            if received:
                break
            self.close()
            if not is_kept or self._spec.method not in ordinary.REPEATABLE:
                raise ConnectionResetError("closed before the response")
        size = 0
        feed = reading.parser.feed_data
        while True:
            feed(received)
            if reading.is_done:
                break
            size += len(received)
            if not reading.is_headed and size > ordinary.MAX_HEADER_BYTES:
                raise http.client.LineTooLong("header line")
            received = self._receive()
            if not received:
                if reading.is_headed and not reading.has_length:
                    self.close()  # the body ended with the connection
                    return reading.status
                raise ConnectionResetError("closed within the response")
        if not reading.is_kept:
            self.close()
        return reading.status

    def _receive(self) -> bytes:
        own = self._socket
        # PERF gevent's recv asks first, which fails, and waits then; here it is waited at once.
        try:
            get_hub().wait(own._read_event)
            received: bytes = own._sock.recv(READ_BYTES)
        except OSError:
            if self.is_overdue:
                raise TimeoutError from None
            raise
        if not received and self.is_overdue:
            raise TimeoutError
        return received

    def cut(self) -> None:
        """Ends the call under way: it took too long."""
        self.is_overdue = True
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.deadline = math.inf
        self.is_overdue = False
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()
            self._socket = None


def _cut_overdue(senders: list[Any]) -> None:
    """Runs beside the users and ends calls that take longer than they may."""
    while True:
        gevent.sleep(LOOK_SECONDS)
        now = time.perf_counter()
        for sender in senders:
            if sender.deadline < now:
                sender.cut()


class OrdinarySender:
    """The same through the ordinary transport, for what the lean way does not do.  make: the request, made anew."""

    __slots__ = ("_make", "_transport")
    deadline = math.inf  # the transport's own

    def __init__(self, make: Callable[[], RequestSpec], transport: Any) -> None:
        self._make = make
        self._transport = transport

    def send(self) -> tuple[int, str]:
        return ordinary_send(self._make(), self._transport)

    def close(self) -> None:
        """Its connections are the run's."""


def ordinary_send(spec: RequestSpec, transport: Any) -> tuple[int, str]:
    try:
        status = transport.send(spec).status
    except CallFailed as error:
        return 0, error.reason
    return status, _unexpected(status)


def closed(figures: LoadFigures, name: str, senders: Sequence[Any], seconds: float, pause: float = 0.0) -> None:
    """Each user sends, waits for the answer, pauses, and sends again, until the time is over.

    No request begins after that; those under way are waited for.  A user's answer is timed from when it was sent.
    """
    now = time.perf_counter
    begin = now()
    end = begin + seconds
    add = figures.add

    def user(sender: Any) -> None:
        send = sender.send
        try:
            while True:
                sent = now()
                if sent >= end:
                    return
                status, reason = send()
                answered = now()
                add(name, answered - sent, status, reason)
                if pause:
                    gevent.sleep(min(pause, max(end - answered, 0)))
                elif not status:
                    gevent.sleep(0.01)  # who is refused does not ask a thousand times a second
        finally:
            sender.close()

    def start(spawn: Spawn) -> None:
        for sender in senders:
            spawn(user, sender)

    _run_all(start, list(senders))
    figures.lasted(max(now() - begin, seconds))


def open_(
    figures: LoadFigures, name: str, new_sender: Callable[[int], Any], seconds: float, rate: float, patience: float
) -> int:
    """Requests are due at a steady rate, whether the earlier ones are answered or not -> how many connections it took.

    An answer is timed from when its request was due, so that a server that stalls is charged for everybody who had
    to wait (no coordinated omission).  What could not be sent within `patience` after the end is an error.
    """
    now = time.perf_counter
    begin = now()
    total = max(int(round(seconds * rate)), 1)
    last_call = begin + seconds + patience
    add = figures.add
    state = {"next": 0, "waiting": 0, "users": 0}

    def user(spawn: Spawn, sender: Any) -> None:
        send = sender.send
        try:
            while state["next"] < total:
                due = begin + state["next"] / rate
                state["next"] += 1
                early = due - now()
                if early > 0:
                    state["waiting"] += 1
                    gevent.sleep(early)
                    state["waiting"] -= 1
                elif early < -1 and now() > last_call:
                    add(name, 0.0, 0, "not sent in time")
                    continue
                if not state["waiting"] and state["users"] < MAX_CONNECTIONS:
                    join(spawn)  # somebody has to see to the next one
                status, reason = send()
                add(name, now() - due, status, reason)
        finally:
            sender.close()

    def join(spawn: Spawn) -> None:
        state["users"] += 1
        sender = new_sender(state["users"] - 1)
        senders.append(sender)
        spawn(user, spawn, sender)

    senders: list[Any] = []
    _run_all(join, senders)
    figures.lasted(max(now() - begin, seconds))
    return state["users"]


def _run_all(start: Callable[[Spawn], Any], senders: list[Any]) -> None:
    """Runs users to their end; whatever ends the one who waits ends them."""
    group = Group()
    raised: list[Any] = []

    def spawn(function: Callable[..., None], *arguments: Any) -> None:
        group.spawn(function, *arguments).link_exception(lambda greenlet: raised.append(greenlet.exception))

    watch = gevent.spawn(_cut_overdue, senders)
    try:
        start(spawn)
        group.join()
    finally:
        watch.kill()
        group.kill(block=True, timeout=5)
    if raised:
        raise raised[0]


def _unexpected(status: int) -> str:
    return f"status {status}" if status >= 400 else ""


def _reason(error: Exception, spec: RequestSpec) -> str:
    if isinstance(error, httptools.HttpParserError):
        return "garbage"
    found = ordinary._call_failed(error, spec)
    return found.reason if isinstance(found, CallFailed) else type(found).__name__
