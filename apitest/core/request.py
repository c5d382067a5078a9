"""`RequestDraft`, filled by "Given" and "And", becomes a `RequestSpec`, which a transport sends and answers with a
`Response`.  Pure: reading files and looking up values is done by the steps before they come here.

Source: RFC 9110 (fields), RFC 7617 (Basic), RFC 7578 (multipart/form-data), WHATWG URL (form encoding).
"""

from __future__ import annotations

import base64
import hashlib
import json
import string
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from apitest.core import compression
from apitest.errors import StepError

DEFAULT_TIMEOUT_SECONDS = 30.0
"""Requests are never unlimited (runner.md section 5)."""


@dataclass(frozen=True, slots=True)
class ConnectionOptions:
    """How the other side is connected to, where that is not as usual.

    ca, certificate, key: files in PEM.  proxy: None takes that of the environment, "" takes none.  http_version: 1.1
    or 2.
    """

    ca: str = ""
    certificate: str = ""
    key: str = ""
    is_verified: bool = True
    proxy: str | None = None
    http_version: str = "1.1"


@dataclass(slots=True)
class RequestDraft:
    """What the sentences of one scenario have said so far about the next request.

    body: None, text, bytes, or a JSON document (dict, list, ...) or lxml root that sentences still change.
    form: field name -> list of values.  uploads: (field, file name, content, content type).  auth: a value that
    `transports/http.py` understands: `("basic", user, password)`, `("digest", user, password)`, `("bearer", token)`,
    `("api-key", name, value, where)`, or None.  format: JSON, XML, RAW or FORM.  compression: of the body, as
    Content-Encoding names it.  finishers: what changes the finished request right before it is sent (a token with its
    time, a signature), by the name of what it adds, in order.
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
    is_multipart: bool = False  # also without uploads
    body: Any = None
    auth: tuple[Any, ...] | None = None
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS
    follows_redirects: bool = True
    compression: str = ""
    options: ConnectionOptions | None = None
    finishers: dict[str, Callable[[RequestSpec], RequestSpec]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RequestSpec:
    """A request ready to be sent: full URL, final headers, body as bytes.

    auth: a scheme that needs the server's answer first; those that are a header or a parameter are already in place.
    jar: a `http.cookiejar.CookieJar` that answers fill and later requests take from.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    timeout_seconds: float
    follows_redirects: bool = True
    auth: tuple[Any, ...] | None = None
    options: ConnectionOptions | None = None
    jar: Any = None


@dataclass(frozen=True, slots=True)
class Response:
    """A whole response, kept.  headers: in order, repeats kept.  seconds: to the last byte; first_byte: to the first.

    redirects: the URLs that were left behind, oldest first; url: the final one.  chunks: in how many pieces the body
    was sent.
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
    chunks: int = 1

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


CONTENT_TYPES = {"JSON": "application/json", "XML": "text/xml; charset=utf-8", "FORM": "", "RAW": ""}
"""What a body is declared as where the author says nothing; a Content-Type of the author's is kept."""

_PATH_SIGNS = "/%:@!$&'()*+,;=~-._"
_QUERY_SIGNS = string.punctuation


def set_header(draft: RequestDraft, name: str, value: str) -> None:
    """Adds a header, or replaces all of that name, whatever their letter case."""
    wanted = name.lower()
    draft.headers = [pair for pair in draft.headers if pair[0].lower() != wanted]
    draft.headers.append((name, value))
    draft.left_out_headers.discard(wanted)


def build_request(draft: RequestDraft, user_agent: str = "apitest") -> RequestSpec:
    """The request as it will be sent.

    Raises StepError when the draft cannot be sent: no address, a path parameter without its place.
    """
    headers = list(draft.headers)
    cookies = list(draft.cookies)
    query = list(draft.query)
    body, content_type = _body(draft)
    names = {name.lower() for name, _ in headers}
    if content_type and "content-type" not in names:
        headers.append(("Content-Type", content_type))
    if draft.compression and body:
        body = compression.compress(body, draft.compression)
        headers = [*_without(headers, "content-encoding"), ("Content-Encoding", draft.compression)]
    if draft.auth is not None:
        kind, *values = draft.auth
        if kind == "basic":
            credentials = base64.b64encode(f"{values[0]}:{values[1]}".encode()).decode("ascii")
            headers = [*_without(headers, "authorization"), ("Authorization", f"Basic {credentials}")]
        elif kind == "bearer":
            headers = [*_without(headers, "authorization"), ("Authorization", f"Bearer {values[0]}")]
        elif kind == "api-key":
            name, value, where = values
            if where == "query":
                query.append((name, value))
            elif where == "cookie":
                cookies.append((name, value))
            else:
                headers = [*_without(headers, name), (name, value)]
    if cookies:
        sent = "; ".join(f"{name}={value}" for name, value in cookies)
        own = [value for name, value in headers if name.lower() == "cookie"]
        headers = [*_without(headers, "cookie"), ("Cookie", "; ".join([*own, sent]))]
    for name, value in (("User-Agent", user_agent), ("Accept", "*/*"), ("Accept-Encoding", "gzip, deflate")):
        if name.lower() not in names:
            headers.append((name, value))
    if draft.left_out_headers:
        headers = [pair for pair in headers if pair[0].lower() not in draft.left_out_headers]
    return RequestSpec(
        method=draft.method,
        url=_url(draft, query),
        headers=tuple(headers),
        body=body,
        timeout_seconds=draft.timeout_seconds,
        follows_redirects=draft.follows_redirects,
        auth=draft.auth if draft.auth is not None and draft.auth[0] == "digest" else None,
        options=draft.options,
    )


def dump_json(value: Any) -> str:
    """A JSON document as compact text, letters beyond ASCII as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def encode_multipart(fields: list[tuple[str, str]], uploads: list[tuple[str, str, bytes, str]]) -> tuple[bytes, str]:
    """Text fields and files -> body and its Content-Type.  The boundary is made from the contents, so equal requests
    are equal."""
    digest = hashlib.sha256()
    for name, value in fields:
        digest.update(f"{name}={value};".encode())
    for name, file_name, content, _ in uploads:
        digest.update(f"{name}={file_name};".encode())
        digest.update(content)
    boundary = f"apitest-{digest.hexdigest()[:32]}"
    lines: list[bytes] = []
    for name, value in fields:
        lines.append(f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(name)}"\r\n\r\n'.encode())
        lines.append(value.encode() + b"\r\n")
    for name, file_name, content, content_type in uploads:
        what = f'form-data; name="{_quoted(name)}"; filename="{_quoted(file_name)}"'
        head = f"--{boundary}\r\nContent-Disposition: {what}\r\nContent-Type: {content_type}\r\n\r\n"
        lines.append(head.encode())
        lines.append(content + b"\r\n")
    lines.append(f"--{boundary}--\r\n".encode())
    return b"".join(lines), f"multipart/form-data; boundary={boundary}"


def _body(draft: RequestDraft) -> tuple[bytes, str]:
    """The body as bytes, and its Content-Type by the request format; empty where there is none to declare."""
    body = draft.body
    fields = [(name, value) for name, values in draft.form.items() for value in values]
    if body is None and (draft.uploads or (draft.is_multipart and fields)):
        return encode_multipart(fields, draft.uploads)
    if body is None and fields:
        return urlencode(fields).encode("ascii"), "application/x-www-form-urlencoded"
    if body is None:
        return b"", ""
    declared = CONTENT_TYPES.get(draft.request_format, "")
    if isinstance(body, bytes):
        return body, declared
    if isinstance(body, str):
        if not draft.request_format and body.lstrip()[:1] in ("{", "["):
            declared = CONTENT_TYPES["JSON"]
        return body.encode(), declared
    if hasattr(body, "getroottree"):
        from lxml import etree  # PERF imported when first used: many runs never meet XML

        return etree.tostring(body, xml_declaration=True, encoding="UTF-8"), declared or CONTENT_TYPES["XML"]
    return dump_json(body).encode(), declared or CONTENT_TYPES["JSON"]


def _url(draft: RequestDraft, query: list[tuple[str, str]]) -> str:
    address, path = draft.address, draft.url_path
    if not address:
        raise StepError(
            "the request has no address", 'Say where to send it, for instance: Given address "http://127.0.0.1:17010"'
        )
    path, mark, own_query = path.partition("?")
    for name, value in draft.path_params.items():
        if "{" + name + "}" not in path:
            raise StepError(
                f'URL path "{path}" has no place for path parameter "{name}"',
                f'Write it as "{path.rstrip("/")}/{{{name}}}"',
            )
        path = path.replace("{" + name + "}", quote(value, safe=""))
    if address.endswith("/") and path.startswith("/"):
        address = address[:-1]
    elif path and not path.startswith("/") and not address.endswith("/"):
        address += "/"
    url = address + quote(path, safe=_PATH_SIGNS) + quote(mark + own_query + draft.query_string, safe=_QUERY_SIGNS)
    if query:
        url += ("&" if "?" in url else "?") + urlencode(query)
    return url


def _without(headers: list[tuple[str, str]], name: str) -> list[tuple[str, str]]:
    wanted = name.lower()
    return [pair for pair in headers if pair[0].lower() != wanted]


def _quoted(name: str) -> str:
    """A name inside a quoted parameter of multipart/form-data, as browsers write it."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
