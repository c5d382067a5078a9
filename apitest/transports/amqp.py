"""An AMQP 0-9-1 broker as a test sees it: queues, bindings, confirmed publishing, messages fetched one by one.

The protocol is the library pika's.  A message is fetched only while a sentence waits for one, and confirmed when the
next one is taken or the scenario ends, so that it can still be rejected.  Not here: sentences (`steps/amqp.py`).
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from apitest.core import json_text
from apitest.core.messages import Message
from apitest.errors import ApitestError, CallFailed, MissingExtra, StepError
from apitest.transports.limits import limit

CONNECT_SECONDS = 15.0
ANSWER_SECONDS = 30.0
FIRST_PAUSE_SECONDS = 0.02
LONGEST_PAUSE_SECONDS = 0.2
"""Between two looks into an empty queue."""
NOT_FOUND = 404
PERSISTENT = 2


class Broker:
    """A connection to a broker.  Opened at once; raises CallFailed where that fails."""

    def __init__(self, url: str, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._answer_seconds = answer_seconds
        self.shown_url = shown_url(url)
        self._lock = threading.RLock()
        self._connection: Any = None
        self._channel: Any = None  # of the messages that were fetched and not confirmed yet
        self._publishing: Any = None
        pika = _library()
        try:
            parameters = pika.URLParameters(url)
        except (ValueError, TypeError) as error:
            raise StepError(
                f"{self.shown_url} is no address of a broker: {error}", "amqp://user:pw@host:5672/vhost"
            ) from error
        parameters.heartbeat = 0  # nobody answers while a scenario does other things
        parameters.socket_timeout = CONNECT_SECONDS
        parameters.stack_timeout = CONNECT_SECONDS
        parameters.blocked_connection_timeout = answer_seconds
        parameters.connection_attempts = 1
        with self._asking(min(CONNECT_SECONDS, answer_seconds)):
            self._connection = pika.BlockingConnection(parameters)

    def declare(self, queue: str) -> None:
        """The queue exists from now on: as it is, else durable."""
        if self._is_there(lambda channel: channel.queue_declare(queue, passive=True)):
            return
        with self._own_channel() as channel:
            channel.queue_declare(queue, durable=True)

    def purge(self, queue: str) -> None:
        with self._own_channel() as channel:
            channel.queue_purge(queue)

    def bind(self, queue: str, exchange: str, key: str) -> None:
        """Binds a queue; an exchange that is not there is declared, durable, of the type topic."""
        self.declare(queue)
        if not self._is_there(lambda channel: channel.exchange_declare(exchange, passive=True)):
            with self._own_channel() as channel:
                channel.exchange_declare(exchange, "topic", durable=True)
        with self._own_channel() as channel:
            channel.queue_bind(queue, exchange, key)

    def count(self, queue: str) -> int:
        """Messages that are ready in a queue.  Raises StepError where there is no such queue."""
        with self._own_channel() as channel:
            return int(channel.queue_declare(queue, passive=True).method.message_count)

    def publish(self, exchange: str, key: str, body: bytes, headers: Mapping[str, Any]) -> None:
        """Publishes and waits for the broker's confirmation.  To a queue: exchange "", key its name.

        Raises StepError where there is no such exchange or queue.
        """
        pika = _library()
        kind = "application/json" if body[:1] in (b"{", b"[") and json_text.is_json(body) else "text/plain"
        properties = pika.BasicProperties(
            content_type=kind, content_encoding="utf-8", delivery_mode=PERSISTENT, headers=dict(headers) or None
        )
        with self._asking():
            if self._publishing is None or not self._publishing.is_open:
                self._publishing = self._connection.channel()
                self._publishing.confirm_delivery()
            try:
                self._publishing.basic_publish(exchange, key, body, properties, mandatory=not exchange)
            except pika.exceptions.UnroutableError:
                raise StepError(
                    f'There is no AMQP queue "{key}"', f'Given AMQP queue "{key}" exists and is empty'
                ) from None

    def get(self, queue: str, seconds: float) -> Message | None:
        """The next message of a queue, waited for at most so long; not confirmed yet."""
        deadline = time.monotonic() + seconds
        pause = FIRST_PAUSE_SECONDS
        while True:
            with self._asking():
                if self._channel is None or not self._channel.is_open:
                    self._channel = self._connection.channel()
                method, properties, body = self._channel.basic_get(queue)
            if method is not None:
                headers = dict(properties.headers or {})
                return Message(_text(body), method.routing_key, headers, (self._channel, method.delivery_tag))
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            time.sleep(min(pause, left))
            pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)

    def confirm(self, message: Message) -> None:
        channel, tag = message.origin
        with self._asking():
            if channel.is_open:
                channel.basic_ack(tag)

    def reject(self, message: Message) -> None:
        """Not to be delivered again: the broker drops it, or hands it to the queue's dead-letter exchange."""
        channel, tag = message.origin
        with self._asking():
            if not channel.is_open:
                raise StepError("The message can no longer be rejected: its channel was closed")
            channel.basic_reject(tag, requeue=False)
            self._connection.process_data_events(0)

    def close(self) -> None:
        """What was fetched and not confirmed goes back to its queue."""
        connection, self._connection = self._connection, None
        if connection is not None and connection.is_open:
            with contextlib.suppress(CallFailed), self._asking(CONNECT_SECONDS):
                connection.close()

    def _is_there(self, ask: Any) -> bool:
        try:
            with self._own_channel() as channel:
                ask(channel)
        except _BrokerError as error:
            if error.code == NOT_FOUND:
                return False
            raise
        return True

    @contextlib.contextmanager
    def _own_channel(self) -> Iterator[Any]:
        """A channel for one question: the broker closes a channel on which something went wrong."""
        with self._asking():
            channel = self._connection.channel()
            yield channel
            if channel.is_open:
                channel.close()

    @contextlib.contextmanager
    def _asking(self, seconds: float = 0.0) -> Iterator[None]:
        """One question at a time, with a limit; what pika raises comes out in our words."""
        with self._lock:
            try:
                with limit(seconds or self._answer_seconds, self.shown_url):
                    yield
            except CallFailed as error:
                if error.reason == "timeout":
                    self._drop()
                raise
            except ApitestError:
                raise
            except Exception as error:
                raise _problem(error, self.shown_url) from error

    def _drop(self) -> None:
        """A connection in the middle of an answer is of no further use."""
        connection, self._connection = self._connection, None
        transport = getattr(getattr(connection, "_impl", None), "_transport", None)
        if transport is not None:
            with contextlib.suppress(Exception):  # whatever is still there of it
                transport.abort()


class _BrokerError(StepError):
    """The broker refused.  code: AMQP's reply code."""

    def __init__(self, message: str, code: int, hint: str = "") -> None:
        super().__init__(message, hint)
        self.code = code


def shown_url(url: str) -> str:
    """A URL without its password."""
    parts = urlsplit(url)
    if parts.password is None:
        return url
    return url.replace(f":{parts.password}@", ":...@", 1)


def _text(body: bytes) -> str | bytes:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body


def _library() -> Any:
    try:
        import pika
        import pika.exceptions
    except ImportError:
        raise MissingExtra("pika", "amqp") from None
    return pika


def _problem(error: Exception, url: str) -> Exception:
    """What pika raised, in words; an error that is not pika's as it is."""
    pika = _library()
    known = pika.exceptions
    if isinstance(error, known.ChannelClosedByBroker | known.ConnectionClosedByBroker):
        words = error.reply_text.partition(" - ")[2] or error.reply_text
        return _BrokerError(f"The broker refused: {words}", error.reply_code)
    if isinstance(error, known.ProbableAuthenticationError | known.AuthenticationError):
        return CallFailed(f"{url}: the broker does not accept this user and password", "refused")
    if isinstance(error, known.ProbableAccessDeniedError):
        return CallFailed(f"{url}: this user may not use the virtual host, or there is none of that name", "refused")
    if isinstance(error, known.NackError):
        return StepError("The broker did not take the message (nack)")
    if isinstance(error, known.ConnectionBlockedTimeout):
        return CallFailed(f"{url}: the broker blocks publishers, it is short of memory or disk", "timeout")
    causes = [error, *_causes(error)]
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return CallFailed(f"{url}: no such host, {urlsplit(url).hostname}", "dns", "Is the address spelled right?")
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return CallFailed(f"{url}: connection refused", "refused", "Is the broker running, and on this port?")
    if any(isinstance(cause, TimeoutError) for cause in causes):
        return CallFailed(f"{url} did not answer in time", "timeout")
    if isinstance(error, known.AMQPError | OSError):
        said = str(error) or type(error).__name__
        return CallFailed(f"{url}: the connection is gone, {said}", "reset")
    return error


def _causes(error: BaseException) -> list[BaseException]:
    """pika hands on what went wrong in `args`, in `exception` and as the cause."""
    found: list[BaseException] = []
    for inner in (*getattr(error, "args", ()), getattr(error, "exception", None), error.__cause__, error.__context__):
        inner = getattr(inner, "exception", None) or inner
        if isinstance(inner, BaseException) and inner is not error and inner not in found:
            found += [inner, *_causes(inner)][:10]
    return found
