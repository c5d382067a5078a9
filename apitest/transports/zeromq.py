"""ZeroMQ sockets of a test: bound or connected, one message in or out at a time.

The protocol is libzmq's, through pyzmq, whose gevent form is used where gevent is in place.  Not here: sentences
(`steps/zeromq.py`).

Source: RFC 23/ZMTP, RFC 28/REQREP (envelopes), RFC 29/PUBSUB.
"""

from __future__ import annotations

import contextlib
import threading
import time
from typing import Any

from gevent import monkey

from apitest.core.messages import Message
from apitest.errors import ApitestError, MissingExtra, StepError

SEND_SECONDS = 5.0
"""How long a message waits for somebody who takes it."""
FIRST_SUBSCRIBER_SECONDS = 1.0
"""How long the first message of a PUB socket waits for a first subscriber, who would miss it otherwise."""
LINGER_MS = 500  # what was sent last may still leave after the socket is closed

TYPES = ("REQ", "REP", "PUSH", "PULL", "PUB", "SUB", "DEALER", "ROUTER")
DEAF = ("PUSH", "PUB")
MUTE = ("PULL", "SUB")

_contexts = threading.Lock()


class ZeroMQSocket:
    """One socket.  kind: one of TYPES.  Use it in one greenlet at a time."""

    def __init__(self, context: Any, title: str, kind: str) -> None:
        zmq = _library()
        self.title = title
        self.kind = kind
        self._zmq = zmq
        # NOTE an XPUB is a PUB that is told who subscribes; on the wire they are the same.
        self._socket = context.socket(zmq.XPUB if kind == "PUB" else getattr(zmq, kind))
        self._socket.setsockopt(zmq.LINGER, LINGER_MS)
        self._socket.setsockopt(zmq.RCVHWM, 0)  # a test that looks late finds everything
        if kind == "ROUTER":
            self._socket.setsockopt(zmq.ROUTER_MANDATORY, 1)  # an unknown receiver is an error, not silence
        self._subscribers = 0
        self._has_waited = False
        self._envelope: list[bytes] = []

    def bind(self, address: str) -> str:
        """-> the address as it is, the port found where it was left open."""
        with self._in_our_words(f"cannot be bound to {address}"):
            self._socket.bind(_local(address))
            return str(self._socket.getsockopt_string(self._zmq.LAST_ENDPOINT)).rstrip("\x00")

    def connect(self, address: str) -> None:
        with self._in_our_words(f"cannot be connected to {address}"):
            self._socket.connect(address)

    def subscribe(self, topic: bytes) -> None:
        if self.kind != "SUB":
            raise StepError(f"{self.title} is a {self.kind} socket", "Only a SUB socket subscribes.")
        self._socket.setsockopt(self._zmq.SUBSCRIBE, topic)

    def send(self, body: bytes) -> None:
        """Raises StepError where the socket's type does not send, it is not its turn, or nobody takes the message."""
        if self.kind in MUTE:
            raise StepError(f"{self.title} is a {self.kind} socket, which only receives")
        if self.kind == "PUB":
            self._wait_for_subscriber()
        frames = [body]
        if self.kind == "ROUTER":
            if not self._envelope:
                raise StepError(f"{self.title} does not know whom to answer", "A ROUTER socket receives first.")
            frames = [*self._envelope, body]
        with self._in_our_words("cannot send"):
            if not self._socket.poll(int(SEND_SECONDS * 1000), self._zmq.POLLOUT):
                if self.kind in ("REQ", "REP"):
                    raise StepError(f"{self.title} cannot send now", self._turn())
                raise StepError(
                    f"{self.title}: nobody takes the message within {SEND_SECONDS:g} s", "Is the peer there?"
                )
            self._socket.send_multipart(frames, self._zmq.DONTWAIT)

    def fetch(self, seconds: float) -> Message | None:
        """The next message, waited for at most so long; of several frames, the last one."""
        if self.kind in DEAF:
            raise StepError(f"{self.title} is a {self.kind} socket, which only sends")
        with self._in_our_words("cannot receive"):
            if not self._socket.poll(int(seconds * 1000), self._zmq.POLLIN):
                return None
            frames: list[bytes] = self._socket.recv_multipart(self._zmq.DONTWAIT)
        topic = frames[0].decode("utf-8", "replace") if self.kind == "SUB" and len(frames) > 1 else ""
        return Message(_text(frames[-1]), topic, {"frames": len(frames)}, frames[:-1])

    def answers(self, message: Message) -> None:
        """What a ROUTER sends next goes to the sender of this message."""
        self._envelope = message.origin

    def close(self) -> None:
        self._socket.close()

    def _wait_for_subscriber(self) -> None:
        deadline = time.monotonic() + (0 if self._has_waited else FIRST_SUBSCRIBER_SECONDS)
        self._has_waited = True
        while True:
            left = deadline - time.monotonic()
            wait = 0 if self._subscribers else max(left, 0)
            if not self._socket.poll(int(wait * 1000), self._zmq.POLLIN):
                return
            told = self._socket.recv(self._zmq.DONTWAIT)
            self._subscribers += 1 if told[:1] == b"\x01" else -1

    def _turn(self) -> str:
        if self.kind == "REQ":
            return "A REQ socket waits for an answer before it sends again; or nobody is there to ask."
        return "A REP socket receives before it sends."

    @contextlib.contextmanager
    def _in_our_words(self, what: str) -> Any:
        try:
            yield
        except ApitestError:
            raise
        except self._zmq.ZMQError as error:
            hint = self._turn() if error.errno == self._zmq.EFSM and self.kind in ("REQ", "REP") else ""
            raise StepError(f"{self.title} {what}: {error.strerror}", hint) from error


def context_of(shared: dict[str, Any], cleanups: list[Any]) -> Any:
    """The run's ZeroMQ context, made when first asked for; all `inproc` addresses are within it."""
    with _contexts:
        if "zeromq" not in shared:
            context = shared["zeromq"] = _library().Context()
            cleanups.append(lambda: context.destroy(linger=LINGER_MS))
    return shared["zeromq"]


def _library() -> Any:
    try:
        if monkey.is_module_patched("socket"):
            import zmq.green as zmq
        else:
            import zmq  # type: ignore[no-redef]
    except ImportError:
        raise MissingExtra("pyzmq", "zeromq") from None
    return zmq


def _local(address: str) -> str:
    """Port 0 is a free port, as elsewhere; ZeroMQ writes it as `*`."""
    return f"{address[:-2]}:*" if address.startswith("tcp://") and address.endswith(":0") else address


def _text(body: bytes) -> str | bytes:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body
