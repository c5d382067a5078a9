"""`RequestDraft`, filled by "Given" and "And", becomes a `RequestSpec`, which a transport sends and answers with a
`Response`.  Pure: reading files and looking up values is done by the steps before they come here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

DEFAULT_TIMEOUT_SECONDS = 30.0
"""Requests are never unlimited (runner.md section 5)."""


@dataclass(slots=True)
class RequestDraft:
    """What the sentences of one scenario have said so far about the next request.

    body: None, text, bytes, or a JSON document (dict, list, ...) or lxml root that sentences still change.
    form: field name -> list of values.  uploads: (field, file name, content, content type).  auth: a value that
    `transports/http.py` understands: `("basic", user, password)`, `("bearer", token)`, `("api-key", name, value,
    where)`, or None.  format: JSON, XML, RAW or FORM.
    """

    address: str = ""
    url_path: str = "/"
    query_string: str = ""
    method: str = "GET"
    request_format: str = ""
    response_format: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    left_out_headers: set[str] = field(default_factory=set)
    query: list[tuple[str, str]] = field(default_factory=list)
    path_params: dict[str, str] = field(default_factory=dict)
    cookies: list[tuple[str, str]] = field(default_factory=list)
    form: dict[str, list[str]] = field(default_factory=dict)
    uploads: list[tuple[str, str, bytes, str]] = field(default_factory=list)
    body: Any = None
    auth: tuple[Any, ...] | None = None
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS
    follows_redirects: bool = True


@dataclass(frozen=True, slots=True)
class RequestSpec:
    """A request ready to be sent: full URL, final headers, body as bytes."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    timeout_seconds: float
    follows_redirects: bool = True
    auth: tuple[Any, ...] | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """A whole response, kept.  headers: in order, repeats kept.  seconds: to the last byte; first_byte: to the first.

    redirects: the URLs that were left behind, oldest first; url: the final one.
    """

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    url: str
    seconds: float
    first_byte_seconds: float = 0.0
    redirects: tuple[str, ...] = ()
    http_version: str = "1.1"

    def header(self, name: str) -> str | None:
        """The value of a header, repeats joined with `, `; None where it is missing.  Names in any case."""
        wanted = name.lower()
        values = [value for key, value in self.headers if key.lower() == wanted]
        return ", ".join(values) if values else None

    @property
    def text(self) -> str:
        """The body as text, by the charset of Content-Type, else UTF-8; undecodable bytes are replaced."""
        content_type = self.header("Content-Type") or ""
        charset = "utf-8"
        for part in content_type.split(";")[1:]:
            key, _, value = part.strip().partition("=")
            if key.lower() == "charset" and value:
                charset = value.strip("\"'")
        try:
            return self.body.decode(charset, "replace")
        except LookupError:
            return self.body.decode("utf-8", "replace")
