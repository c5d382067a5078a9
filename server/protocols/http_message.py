"""`HTTPRequest` and `HTTPResponse`: one whole HTTP/1.1 message each, and nothing of sockets.

Source: RFC 9110 (names), RFC 9112 (framing, done by the listener).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class HTTPRequest:
    """A complete request.

    path: percent-decoded UTF-8, always starting with `/`.  raw_path: as sent.  query: as sent, without `?`.
    headers: names in lower case; a repeated header is joined with `, ` (`; ` for Cookie).  body: whole, unchunked.
    received_at: monotonic seconds at the first byte of the request.
    """

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    cid: str
    raw_path: str = ""
    remote_addr: str = ""
    remote_port: int = 0
    scheme: str = "http"
    http_version: str = "1.1"
    received_at: float = 0.0

    @property
    def host(self) -> str:
        """The Host header without its port, in lower case."""
        value = self.headers.get("host", "")
        if value.startswith("["):
            return value[: value.find("]") + 1].lower()
        return value.partition(":")[0].lower()


@dataclass(slots=True)
class HTTPResponse:
    """A response.  body: bytes, or an iterable of bytes which is then sent chunked."""

    status: int
    body: bytes | Iterable[bytes] = b""
    headers: list[tuple[str, str]] = field(default_factory=list)
    content_type: str = "application/json"
