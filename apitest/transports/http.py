"""HTTP over kept connections: a `RequestSpec` -> a whole `Response`, within a time limit, or `CallFailed`.

Connections are http.client's, under TLS urllib3's (verification, tunnels); what is written to them, lending them,
redirects, cookies, digests and limits are ours; HTTP/2 is spoken in `http2.py`.  What a request says is decided before
(`core/request.py`), what its answer means is asked later (`steps/`).

PERF on one connection of loopback: urllib3's PoolManager 296 us of CPU a request, its pool 219, its connections 125,
this way about 80.  urllib3 is imported for TLS only, which saves other runs 20 ms at their start.

Source: RFC 9110 (redirects 15.4, retries 9.2.2), RFC 9112, RFC 6265 by way of http.cookiejar.
"""

from __future__ import annotations

import base64
import collections
import contextlib
import email.message
import http.client
import re
import secrets
import select
import socket
import ssl
import time
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

import gevent
from gevent import monkey

from apitest.core import digest
from apitest.core.compression import BrokenBody, decompress
from apitest.core.request import ConnectionOptions, RequestSpec, Response
from apitest.errors import CallFailed, StepError
from apitest.transports.http2 import HTTP2Connection
from apitest.transports.limits import limit
from apitest.transports.tls import make_context

MAX_REDIRECTS = 10
MAX_IDLE_CONNECTIONS = 64
"""Kept for each address; more are opened when needed and closed after use."""
READ_BYTES = 65536
MAX_HEADER_BYTES = 256 * 1024
"""Of a response, all its header lines together."""

REPEATABLE = frozenset(("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"))
"""Methods that may be sent again when a kept connection turns out to be closed (RFC 9110 9.2.2)."""
REDIRECTS = frozenset((301, 302, 303, 307, 308))

# What must not get into a request line or a header: it would end them, and begin something else.
_NO_TARGET = re.compile(r"[\x00-\x20\x7f]")
_HEADER_NAME = re.compile(r"[^:\s][^:\r\n]*")
_NO_HEADER_VALUE = re.compile(r"\n(?![ \t])|\r(?![ \t\n])")

_Connection = http.client.HTTPConnection
_Key = tuple[str, str, str, int, ConnectionOptions | None]  # scheme, proxy, host, port

# The real poll, also where gevent has put its own in place: asking with no wait needs no event loop.
_poll = monkey.get_original("select", "poll") if hasattr(select, "poll") else None


class _Headers:
    """Header lines in order, repeats kept.  Has what http.client asks a message for."""

    __slots__ = ("pairs",)

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self.pairs = pairs

    def get(self, name: str, default: str | None = None) -> str | None:
        wanted = name.lower()
        return next((value for key, value in self.pairs if key.lower() == wanted), default)


class _RawResponse(http.client.HTTPResponse):
    """http.client's response, its header lines read by ourselves.

    PERF http.client hands them to the parser of e-mails, 70 us of CPU a response; this takes 8.
    """

    headers: Any
    chunk_count = 0

    def _read_next_chunk_size(self) -> int:
        size = int(super()._read_next_chunk_size())  # type: ignore[misc]
        self.chunk_count += size > 0
        return size

    def begin(self) -> None:
        if self.headers is not None:
            return
        while True:
            version, status, reason = self._read_status()  # type: ignore[attr-defined]
            pairs = self._read_headers()
            if status >= 200 or status == 101:
                break  # the others announce that the response is still to come
        self.code = self.status = status
        self.reason = reason.strip()
        if version.startswith("HTTP/1.") or version == "HTTP/0.9":
            self.version = 10 if version in ("HTTP/1.0", "HTTP/0.9") else 11
        else:
            raise http.client.UnknownProtocol(version)
        headers = _Headers(pairs)
        self.headers = self.msg = headers  # type: ignore[assignment]  # has what is asked of it
        self.chunked = (headers.get("Transfer-Encoding") or "").strip().lower() == "chunked"
        self.chunk_left = None
        self.will_close = self._check_close()  # type: ignore[attr-defined]
        self.length = None
        length = (headers.get("Content-Length") or "").strip()
        if not self.chunked and length:
            if not length.isdigit():
                raise http.client.HTTPException(f"Content-Length is {length!r}")
            self.length = int(length)
        if status in (204, 304) or 100 <= status < 200 or self._method == "HEAD":  # type: ignore[attr-defined]
            self.length = 0
        if not self.will_close and not self.chunked and self.length is None:
            self.will_close = True

    def _read_headers(self) -> list[tuple[str, str]]:
        pairs: list[tuple[str, str]] = []
        size = 0
        while True:
            line = self.fp.readline(MAX_HEADER_BYTES + 1)
            size += len(line)
            if size > MAX_HEADER_BYTES:
                raise http.client.LineTooLong("header line")
            if line in (b"\r\n", b"\n"):
                return pairs
            if not line:
                raise ConnectionResetError("closed within the headers")
            text = line.decode("latin-1").rstrip("\r\n")
            if text[0] in " \t" and pairs:
                name, value = pairs[-1]
                pairs[-1] = (name, f"{value} {text.strip()}")
                continue
            name, colon, value = text.partition(":")
            if not colon or not name.strip():
                raise http.client.HTTPException(f"a header line without a name: {text[:80]!r}")
            pairs.append((name.strip(), value.strip()))


class HTTPTransport:
    """Sends requests; keeps connections between them.  One for a whole run, shared by all scenarios."""

    def __init__(self, *, monotonic: Callable[[], float] = time.perf_counter) -> None:
        self._idle: dict[_Key, collections.deque[_Connection]] = {}
        self._monotonic = monotonic
        self._idle_http2: dict[_Key, list[HTTP2Connection]] = {}
        self._contexts: dict[ConnectionOptions | None, ssl.SSLContext] = {}
        self._proxies = urllib.request.getproxies()
        self._is_patched = monkey.is_module_patched("socket")

    def send(self, spec: RequestSpec) -> Response:
        """Sends the request, follows redirects if it says so, and returns the last response, read to its end.

        Raises CallFailed; its reason is one of timeout, refused, dns, unreachable, tls, reset, garbage, too many
        redirects, and invalid (the request itself cannot be sent).
        """
        started = self._monotonic()
        deadline = started + spec.timeout_seconds
        # NOTE a socket's own time limit starts anew with each byte; this one is for the whole call.  It needs gevent's
        # sockets: under a plain interpreter (stock behave) only the socket's limit and the checks between reads hold.
        limit = gevent.Timeout.start_new(spec.timeout_seconds) if self._is_patched else None
        left_behind: list[str] = []
        try:
            while True:
                response = self._authenticated(spec, started, deadline)
                target = response.header("Location") if response.status in REDIRECTS else None
                if target is None or not spec.follows_redirects:
                    return replace(response, redirects=tuple(left_behind)) if left_behind else response
                if len(left_behind) == MAX_REDIRECTS:
                    raise CallFailed(
                        f"{spec.method} {left_behind[0]} was redirected more than {MAX_REDIRECTS} times",
                        "too many redirects",
                        f"The last step went from {spec.url} to {target}. To look at the redirects themselves: "
                        "redirects are not followed",
                    )
                left_behind.append(spec.url)
                spec = _redirected(spec, response.status, target)
        except gevent.Timeout as passed:
            if passed is not limit:
                raise
            raise _timed_out(spec) from None
        finally:
            if limit is not None:
                limit.close()

    def stream(self, spec: RequestSpec) -> HTTPStream:
        """Sends a request and returns its response with the body still to come, on a connection of its own.

        Redirects are followed if the request says so.  Raises CallFailed, as `send` does.
        """
        deadline = self._monotonic() + spec.timeout_seconds
        with limit(spec.timeout_seconds, f"{spec.method} {spec.url}"):
            for _ in range(MAX_REDIRECTS + 1):
                found = self._open_stream(spec, deadline)
                target = found.response.header("Location") if found.response.status in REDIRECTS else None
                if target is None or not spec.follows_redirects:
                    return found
                found.close()
                spec = _redirected(spec, found.response.status, target)
        raise CallFailed(f"{spec.method} {spec.url} was redirected too often", "too many redirects")

    def _open_stream(self, spec: RequestSpec, deadline: float) -> HTTPStream:
        spec = with_kept_cookies(spec)
        started = self._monotonic()
        connection, _, kept_as, target = self._connection(_split(spec.url), deadline, spec)
        try:
            _write(connection, spec, target, _proxy_headers(kept_as[1]) if kept_as[1] else ())
            own = connection.sock
            raw = _answer(connection, spec.method)
        except BaseException as error:
            connection.close()
            if not isinstance(error, Exception):
                raise
            raise _call_failed(error, spec) from error
        seconds = self._monotonic() - started
        headers = tuple(raw.headers.pairs)
        response = Response(raw.status, raw.reason, headers, b"", spec.url, seconds, seconds)
        return HTTPStream(connection, own, raw, response)

    def close(self) -> None:
        """Closes what is kept; the transport can be used again."""
        for waiting in self._idle.values():
            while waiting:
                waiting.pop().close()
        self._idle.clear()
        for kept in self._idle_http2.values():
            for one in kept:
                one.close()
        self._idle_http2.clear()

    def _authenticated(self, spec: RequestSpec, started: float, deadline: float) -> Response:
        """One request and its response, with cookies of the jar; a challenge is answered once."""
        if spec.jar is None and spec.auth is None:
            return self._exchange(spec, started, deadline)
        response = self._with_cookies(spec, started, deadline)
        if spec.auth is None or response.status != 401:
            return response
        asked = [value for name, value in response.headers if name.lower() == "www-authenticate"]
        challenge = digest.choose(digest.read_challenges(asked))
        if challenge is None:
            return response
        _, username, password = spec.auth
        target = _target(_split(spec.url))
        value = digest.authorization(
            challenge, username, password, spec.method, target, spec.body, secrets.token_hex(16)
        )
        kept = tuple(pair for pair in spec.headers if pair[0].lower() != "authorization")
        again = replace(spec, headers=(*kept, ("Authorization", value)), auth=None)
        return self._with_cookies(again, started, deadline)

    def _with_cookies(self, spec: RequestSpec, started: float, deadline: float) -> Response:
        if spec.jar is None:
            return self._exchange(spec, started, deadline)
        response = self._exchange(with_kept_cookies(spec), started, deadline)
        spec.jar.extract_cookies(_AsMessage(response), urllib.request.Request(spec.url, method=spec.method))
        return response

    def _exchange(self, spec: RequestSpec, started: float, deadline: float) -> Response:
        """One request and its response, without redirects."""
        url = _split(spec.url)
        if spec.options is not None and spec.options.http_version == "2":
            return self._exchange_http2(spec, url, started, deadline)
        while True:
            connection, is_kept, kept_as, target = self._connection(url, deadline, spec)
            is_done = False
            has_answer = False
            try:
                _write(connection, spec, target, _proxy_headers(kept_as[1]) if kept_as[1] else ())
                raw = _answer(connection, spec.method)
                has_answer = True
                first_byte = self._monotonic() - started
                body = self._read(raw, deadline)
                is_done = True
            except BaseException as error:
                connection.close()
                if not isinstance(error, Exception):
                    raise
                if is_kept and not has_answer and spec.method in REPEATABLE and _is_closed_by_peer(error):
                    continue  # it was closed while it lay idle; next time a fresh one
                raise _call_failed(error, spec) from error
            finally:
                if is_done:
                    self._give_back(connection, kept_as, raw)
            headers = tuple(raw.headers.pairs)
            response = Response(
                status=raw.status,
                reason=raw.reason,
                headers=headers,
                body=body,
                url=spec.url,
                seconds=self._monotonic() - started,
                first_byte_seconds=first_byte,
                http_version="1.0" if raw.version == 10 else "1.1",
                chunks=raw.chunk_count or int(bool(body)),
            )
            return _decoded(response, spec)

    def _exchange_http2(self, spec: RequestSpec, url: SplitResult, started: float, deadline: float) -> Response:
        scheme, host = url.scheme, url.hostname or ""
        port = url.port or (443 if scheme == "https" else 80)
        key = (scheme, "", host, port, spec.options)
        kept = self._idle_http2.setdefault(key, [])
        seconds = deadline - self._monotonic()
        if seconds <= 0:
            raise _timed_out(spec)
        while kept and not _is_silent(kept[-1].sock):
            kept.pop().close()
        connection = kept.pop() if kept else None
        is_done = False
        try:
            if connection is None:
                connection = self._open_http2(spec, scheme, host, port, seconds)
            connection.sock.settimeout(seconds)
            authority = url.netloc.rpartition("@")[2]
            status, headers, body = connection.request(spec, scheme, authority, _target(url))
            is_done = not connection.is_ended
        except Exception as error:
            raise _call_failed(error, spec) from error
        finally:
            if connection is not None:
                if is_done:
                    kept.append(connection)
                else:
                    connection.close()
        seconds = self._monotonic() - started
        response = Response(status, "", headers, body, spec.url, seconds, seconds, http_version="2")
        return _decoded(response, spec)

    def _open_http2(self, spec: RequestSpec, scheme: str, host: str, port: int, seconds: float) -> HTTP2Connection:
        sock = socket.create_connection((host, port), seconds)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if scheme == "https":
                context = self._context(spec.options)
                sock = context.wrap_socket(sock, server_hostname=host)
                if sock.selected_alpn_protocol() != "h2":
                    raise CallFailed(
                        f"{spec.method} {spec.url}: the other side does not speak HTTP/2",
                        "tls",
                        'It was offered h2 and did not take it. Try: HTTP version "1.1"',
                    )
            return HTTP2Connection(sock)
        except BaseException:
            sock.close()
            raise

    def _context(self, options: ConnectionOptions | None) -> ssl.SSLContext:
        # Proxies make no difference to TLS, but a context too many costs nothing that matters.
        context = self._contexts.get(options)
        if context is None:
            is_http2 = options is not None and options.http_version == "2"
            context = self._contexts[options] = make_context(options, ("h2",) if is_http2 else ())
        return context

    def _read(self, raw: http.client.HTTPResponse, deadline: float) -> bytes:
        if self._is_patched:
            return raw.read()
        chunks = []
        while chunk := raw.read(READ_BYTES):
            chunks.append(chunk)
            if self._monotonic() > deadline:
                raise TimeoutError
        return b"".join(chunks)

    def _connection(self, url: SplitResult, deadline: float, spec: RequestSpec) -> tuple[_Connection, bool, _Key, str]:
        """A connection to the URL's host: itself, whether it was used before, where it is kept, and the target to
        ask it for."""
        scheme, host = url.scheme, url.hostname or ""
        port = url.port or (443 if scheme == "https" else 80)
        options = spec.options
        if options is not None and options.proxy is not None:
            proxy = options.proxy
        else:
            proxy = self._proxy(scheme, host) if self._proxies else ""
        target = spec.url.partition("#")[0] if proxy and scheme == "http" else _target(url)
        seconds = deadline - self._monotonic()
        if seconds <= 0:
            raise _timed_out(spec)
        key = (scheme, proxy, host, port, options)
        waiting = self._idle.get(key)
        while waiting:
            connection = waiting.pop()
            if connection.sock is not None and _is_silent(connection.sock):
                connection.timeout = seconds
                connection.sock.settimeout(seconds)
                return connection, True, key, target
            connection.close()
        try:
            return self._new(scheme, host, port, proxy, seconds, options), False, key, target
        except ValueError as error:
            raise CallFailed(f"{spec.method} {spec.url} cannot be sent: {error}", "invalid") from error

    def _new(
        self, scheme: str, host: str, port: int, proxy: str, seconds: float, options: ConnectionOptions | None
    ) -> _Connection:
        if proxy:
            at = urlsplit(proxy)
            where = (at.hostname or "", at.port or 8080)
        else:
            where = (host, port)
        if scheme == "http":
            return http.client.HTTPConnection(*where, timeout=seconds)
        from urllib3.connection import HTTPSConnection

        is_verified = options is None or options.is_verified
        wanted = "CERT_REQUIRED" if is_verified else "CERT_NONE"
        connection = HTTPSConnection(*where, timeout=seconds, ssl_context=self._context(options), cert_reqs=wanted)
        if proxy:
            connection.set_tunnel(host, port, dict(_proxy_headers(proxy)))
        return connection

    def _give_back(self, connection: _Connection, key: _Key, raw: http.client.HTTPResponse) -> None:
        waiting = self._idle.setdefault(key, collections.deque())
        if raw.will_close or connection.sock is None or len(waiting) >= MAX_IDLE_CONNECTIONS:
            connection.close()
        else:
            waiting.append(connection)

    def _proxy(self, scheme: str, host: str) -> str:
        proxy = self._proxies.get(scheme, "")
        if not proxy or urllib.request.proxy_bypass(host):
            return ""
        return proxy if "//" in proxy else f"http://{proxy}"


class HTTPStream:
    """A response whose body comes little by little.  response: all but the body."""

    def __init__(self, connection: _Connection, own: Any, raw: http.client.HTTPResponse, response: Response) -> None:
        self.response = response
        self._connection = connection
        self._socket = own
        self._raw = raw

    def read(self) -> bytes:
        """The next bytes, waited for without limit; none at the end.  Raises CallFailed where it is cut off."""
        self._socket.settimeout(None)
        try:
            return self._raw.read1(READ_BYTES)
        except (OSError, http.client.HTTPException) as error:
            why = f" ({error})" if str(error) else ""
            raise CallFailed(f"the connection was cut{why}", "reset") from error

    def cut(self) -> None:
        """Ends the connection while another greenlet reads: that one comes to an end, and closes."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Of the reader's, when it has read enough."""
        self.cut()
        self._raw.close()
        self._connection.close()


def with_kept_cookies(spec: RequestSpec) -> RequestSpec:
    """The request with the cookies of its jar that go to its address, after its own."""
    if spec.jar is None:
        return spec
    asking = urllib.request.Request(spec.url, method=spec.method)
    spec.jar.add_cookie_header(asking)
    kept = asking.get_header("Cookie")
    if not kept:
        return spec
    own = "; ".join(value for name, value in spec.headers if name.lower() == "cookie")
    others = tuple(pair for pair in spec.headers if pair[0].lower() != "cookie")
    return replace(spec, headers=(*others, ("Cookie", f"{own}; {kept}" if own else kept)))


def _split(address: str) -> SplitResult:
    try:
        url = urlsplit(address)
        is_fine = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:
        is_fine = False
    if not is_fine:
        raise CallFailed(
            f"{address!r} is not an address that can be called",
            "invalid",
            'Wanted: http:// or https://, a host and perhaps a port, for instance address "http://127.0.0.1:17010"',
        )
    return url


def _target(url: SplitResult) -> str:
    path = url.path or "/"
    return f"{path}?{url.query}" if url.query else path


def _is_silent(sock: Any) -> bool:
    """Whether a kept connection is silent, as it must be: what can be read now is its end or garbage."""
    if _poll is None:
        return not select.select([sock], [], [], 0)[0]
    asked = _poll()
    asked.register(sock.fileno(), 1)  # POLLIN
    return not asked.poll(0)


def _proxy_headers(proxy: str) -> list[tuple[str, str]]:
    """The credentials in a proxy's address."""
    at = urlsplit(proxy)
    if not at.username:
        return []
    credentials = f"{unquote(at.username)}:{unquote(at.password or '')}".encode()
    return [("Proxy-Authorization", f"Basic {base64.b64encode(credentials).decode()}")]


class _AsMessage:
    """What http.cookiejar asks of a response."""

    def __init__(self, response: Response) -> None:
        self._message = email.message.Message()
        for name, value in response.headers:
            if name.lower() in ("set-cookie", "set-cookie2"):
                self._message[name] = value

    def info(self) -> email.message.Message:
        return self._message


def _decoded(response: Response, spec: RequestSpec) -> Response:
    encoding = response.header("Content-Encoding")
    if not encoding or not response.body:
        return response
    return replace(response, body=_decode(response.body, encoding, spec))


def _write(
    connection: _Connection, spec: RequestSpec, target: str, proxy_headers: Iterable[tuple[str, str]] = ()
) -> None:
    """Sends the request, head and body in one piece.  Host and Content-Length are added where they are missing.

    Raises ValueError for what would not stay in its place.
    """
    names = {name.lower() for name, _ in spec.headers}
    if _NO_TARGET.search(spec.method) or _NO_TARGET.search(target):
        raise http.client.InvalidURL("a blank or control character in the request line")
    lines = [f"{spec.method} {target} HTTP/1.1".encode("ascii")]
    if "host" not in names:
        lines.append(b"Host: " + _host(spec.url))
    added = list(proxy_headers) if "://" in target else []
    is_sized = bool(names & {"content-length", "transfer-encoding"})
    if not is_sized and (spec.body or spec.method in ("POST", "PUT", "PATCH")):
        added.append(("Content-Length", str(len(spec.body))))
    for name, value in (*spec.headers, *added):
        if _HEADER_NAME.fullmatch(name) is None or _NO_HEADER_VALUE.search(value):
            raise ValueError(f"a line break or colon in header {name!r}")
        lines.append(b"%b: %b" % (name.encode("ascii"), value.encode()))
    connection.send(b"\r\n".join([*lines, b"", spec.body]))


def _host(address: str) -> bytes:
    """What the Host header says for a URL: without a port that goes without saying."""
    url = urlsplit(address)
    host = url.hostname or ""
    try:
        name = host.encode("ascii")
    except UnicodeEncodeError:
        name = host.encode("idna")
    if b":" in name:
        name = b"[%b]" % name.partition(b"%")[0]
    port = url.port
    return name if port in (None, 443 if url.scheme == "https" else 80) else b"%b:%d" % (name, port)


def _answer(connection: _Connection, method: str) -> _RawResponse:
    """The response up to the end of its headers."""
    raw = _RawResponse(connection.sock, method=method)
    raw.begin()
    return raw


def _redirected(spec: RequestSpec, status: int, location: str) -> RequestSpec:
    """The request to send next (RFC 9110 15.4).  SECURITY credentials do not go to another host."""
    url = urljoin(spec.url, location)
    method, body = spec.method, spec.body
    dropped = {"host"}
    if (status == 303 and method != "HEAD") or (status in (301, 302) and method == "POST"):
        method, body = "GET", b""
        dropped |= {"content-type", "content-length", "content-encoding", "transfer-encoding"}
    old, new = urlsplit(spec.url), _split(url)
    if (old.scheme, old.hostname, old.port) != (new.scheme, new.hostname, new.port):
        dropped |= {"authorization", "cookie", "proxy-authorization", "x-api-key"}
    headers = tuple((name, value) for name, value in spec.headers if name.lower() not in dropped)
    return replace(spec, method=method, url=url, body=body, headers=headers)


def _decode(body: bytes, encodings: str, spec: RequestSpec) -> bytes:
    """Undoes Content-Encoding; an unknown encoding stays as it came."""
    for encoding in reversed([part.strip().lower() for part in encodings.split(",")]):
        try:
            plain = decompress(body, encoding)
        except BrokenBody as error:
            raise CallFailed(
                f"{spec.method} {spec.url} was answered with a broken {encoding} body: {error}", "garbage"
            ) from error
        if plain is None:
            return body
        body = plain
    return body


def _is_closed_by_peer(error: Exception) -> bool:
    return isinstance(error, http.client.RemoteDisconnected | ConnectionResetError | BrokenPipeError)


def _timed_out(spec: RequestSpec) -> CallFailed:
    return CallFailed(
        f"{spec.method} {spec.url} was not answered within {spec.timeout_seconds:g} s",
        "timeout",
        "Is it slower than that? Try: the request times out after 60 seconds",
    )


def _call_failed(error: Exception, spec: RequestSpec) -> Exception:
    """What went wrong, in words, with its reason; an error that is not about the call comes back as it is."""
    call = f"{spec.method} {spec.url}"
    cause = _root(error)
    if isinstance(error, StepError):
        return error
    if isinstance(cause, socket.gaierror):
        host = urlsplit(spec.url).hostname
        return CallFailed(f"{call}: no such host, {host}", "dns", "Is the address spelled right?")
    if isinstance(cause, ConnectionRefusedError):
        return CallFailed(f"{call}: connection refused", "refused", "Is the server running, and on this port?")
    if isinstance(cause, TimeoutError):
        return _timed_out(spec)
    if isinstance(cause, ssl.SSLError | ssl.CertificateError):
        reason = getattr(cause, "verify_message", "") or getattr(cause, "reason", "") or str(cause)
        return CallFailed(f"{call}: TLS failed, {reason}", "tls")
    if isinstance(cause, http.client.IncompleteRead):
        return CallFailed(f"{call}: the connection was closed in the middle of the response", "reset")
    if isinstance(cause, ConnectionError):  # RemoteDisconnected is one, too
        return CallFailed(f"{call}: the connection was closed before the response", "reset")
    if isinstance(cause, http.client.InvalidURL | ValueError | UnicodeError):
        return CallFailed(f"{call} cannot be sent: {cause}", "invalid")
    if isinstance(cause, http.client.HTTPException):
        return CallFailed(f"{call}: the answer is not HTTP ({type(cause).__name__} {cause})", "garbage")
    if isinstance(cause, OSError):
        return CallFailed(f"{call}: {cause.strerror or cause}", "unreachable")
    if _is_urllib3s(cause):
        return CallFailed(f"{call}: {cause}", "unreachable")
    return error


def _root(error: BaseException) -> Any:
    """The first cause below urllib3's own wrapping."""
    while _is_urllib3s(error):
        inner = error.__cause__ or error.__context__
        if inner is None:
            return error
        error = inner
    return error


def _is_urllib3s(error: BaseException) -> bool:
    return type(error).__module__ == "urllib3.exceptions"
