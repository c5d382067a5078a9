"""A Redis database as a test sees it: keys, their kinds and sizes, channels that are listened to.

The protocol is the library redis-py's.  Not here: sentences (`steps/redis.py`), comparing.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from apitest.core.messages import Message
from apitest.errors import ApitestError, CallFailed, MissingExtra, StepError
from apitest.transports.limits import limit

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 30.0

SIZES = {"list": "llen", "set": "scard", "zset": "zcard", "stream": "xlen", "hash": "hlen", "string": "strlen"}
"""The command that counts, by the kind of a key."""


class RedisDatabase:
    """One database.  Opened at once; raises CallFailed where that fails.

    may_be_emptied: wherever it is; otherwise only a database on this machine may be.
    """

    def __init__(self, url: str, may_be_emptied: bool = False, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._answer_seconds = answer_seconds
        self.shown_url = _shown(url)
        self._may_be_emptied = may_be_emptied or is_local(url)
        self._lock = threading.Lock()
        library = _library()
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        try:
            self._client: Any = library.Redis.from_url(
                url,
                decode_responses=True,
                encoding_errors="replace",
                socket_connect_timeout=CONNECT_SECONDS,
                socket_timeout=answer_seconds,
                retry=Retry(NoBackoff(), 0),
            )
        except ValueError as error:
            raise StepError(
                f"{self.shown_url} is no address of Redis: {error}", "Write it like redis://host:6379/0"
            ) from error
        with self._asking(min(CONNECT_SECONDS, answer_seconds)):
            self._client.ping()

    def empty(self) -> None:
        """Deletes every key of the database.  Raises StepError where that is not allowed."""
        if not self._may_be_emptied:
            raise StepError(
                f"{self.shown_url} is not emptied: it is on another machine",
                "Open it by [connection:NAME] of the configuration, with: may_be_emptied = true",
            )
        with self._asking():
            self._client.flushdb()

    def set(self, key: str, value: str | bytes) -> None:
        with self._asking():
            self._client.set(key, value)

    def get(self, key: str) -> str | None:
        with self._asking():
            found: str | None = self._client.get(key)
            return found

    def exists(self, key: str) -> bool:
        with self._asking():
            return bool(self._client.exists(key))

    def milliseconds_left(self, key: str) -> int:
        """-1: it does not expire; -2: there is no such key."""
        with self._asking():
            return int(self._client.pttl(key))

    def hash(self, key: str) -> dict[str, str] | None:
        with self._asking():
            found: dict[str, str] = self._client.hgetall(key)
            return found or None  # a hash without fields does not exist

    def size(self, key: str) -> tuple[str, int]:
        """The kind of a key and its number of elements; ("none", 0) where there is no such key."""
        with self._asking():
            kind = str(self._client.type(key))
            if kind == "none":
                return kind, 0
            if kind not in SIZES:
                raise StepError(f'Redis key "{key}" is a {kind}, whose elements are not counted here')
            return kind, int(getattr(self._client, SIZES[kind])(key))

    def publish(self, channel: str, message: bytes) -> int:
        """-> how many listened."""
        with self._asking():
            return int(self._client.publish(channel, message))

    def listen(self, channel: str) -> Subscription:
        """Listens to a channel, or to all that a pattern with `*` fits; in force when this returns."""
        with self._asking():
            return Subscription(self._client.pubsub(), channel, self.shown_url)

    def close(self) -> None:
        with contextlib.suppress(Exception):  # whatever is wrong with it, it is not needed any more
            self._client.close()

    @contextlib.contextmanager
    def _asking(self, seconds: float = 0.0) -> Iterator[None]:
        with self._lock, _in_our_words(self.shown_url), limit(seconds or self._answer_seconds, self.shown_url):
            yield


class Subscription:
    """A channel that is listened to: Redis sends, the socket keeps, `fetch` reads."""

    def __init__(self, pubsub: Any, channel: str, shown_url: str) -> None:
        self._pubsub = pubsub
        self._shown_url = shown_url
        is_pattern = any(sign in channel for sign in "*?[")
        (pubsub.psubscribe if is_pattern else pubsub.subscribe)(channel)
        confirmed = pubsub.get_message(timeout=ANSWER_SECONDS)
        if confirmed is None:
            raise CallFailed(f"{shown_url} did not confirm the subscription", "timeout")

    def fetch(self, seconds: float) -> Message | None:
        """The next message, waited for at most so long."""
        with _in_our_words(self._shown_url):
            found = self._pubsub.get_message(ignore_subscribe_messages=True, timeout=seconds)
        if found is None:
            return None
        return Message(found["data"], found["channel"])

    def close(self) -> None:
        with contextlib.suppress(Exception):  # whatever is wrong with it, it is not needed any more
            self._pubsub.close()


def is_local(url: str) -> bool:
    """Whether a URL leads to this machine."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return True
    host = parts.hostname or "localhost"
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _shown(url: str) -> str:
    parts = urlsplit(url)
    return url.replace(f":{parts.password}@", ":...@", 1) if parts.password else url


def _library() -> Any:
    try:
        import redis
    except ImportError:
        raise MissingExtra("redis", "redis") from None
    return redis


@contextlib.contextmanager
def _in_our_words(url: str) -> Iterator[None]:
    library = _library()
    try:
        yield
    except ApitestError:
        raise
    except library.AuthenticationError as error:
        raise CallFailed(f"{url}: Redis does not accept this password ({error})", "refused") from error
    except library.TimeoutError as error:
        raise CallFailed(f"{url} did not answer in time", "timeout") from error
    except library.ConnectionError as error:
        cause = error.__cause__ or error.__context__ or error
        if isinstance(cause, socket.gaierror):
            hint = "Is the address spelled right?"
            raise CallFailed(f"{url}: no such host, {urlsplit(url).hostname}", "dns", hint) from error
        if isinstance(cause, ConnectionRefusedError):
            hint = "Is Redis running, and on this port?"
            raise CallFailed(f"{url}: connection refused", "refused", hint) from error
        raise CallFailed(f"{url}: the connection is gone, {error}", "reset") from error
    except library.RedisError as error:
        raise StepError(f"Redis refused: {error}") from error
