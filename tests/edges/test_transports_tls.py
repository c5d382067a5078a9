"""TLS as requests want it, against servers with certificates made here; proxies, Digest and cookies, too."""

from __future__ import annotations

import base64
import hashlib
import re
import threading
from collections.abc import Iterator
from http.cookiejar import CookieJar
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from apitest.core.request import ConnectionOptions, RequestSpec
from apitest.errors import CallFailed, FileProblem
from apitest.transports.http import HTTPTransport
from apitest.transports.tls import make_context
from tests.support.certificates import Authority
from tests.support.tls_server import TLSServer


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def transport() -> Iterator[HTTPTransport]:
    made = HTTPTransport()
    yield made
    made.close()


def serving(server: Any) -> Any:
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    return server


def spec(url: str, options: ConnectionOptions | None = None, **changes: Any) -> RequestSpec:
    values: dict[str, Any] = {"method": "GET", "headers": (), "body": b"", "timeout_seconds": 5.0, **changes}
    return RequestSpec(url=url, options=options, **values)


def reason_of(transport: HTTPTransport, request: RequestSpec) -> CallFailed:
    with pytest.raises(CallFailed) as caught:
        transport.send(request)
    return caught.value


def test_unknown_authority_is_refused_a_named_one_trusted(authority: Authority, transport: HTTPTransport) -> None:
    server = TLSServer(*authority.issue("shop.test"))
    server.start()
    try:
        assert reason_of(transport, spec(f"{server.address}/")).reason == "tls"
        trusted = ConnectionOptions(ca=str(authority.file))
        assert transport.send(spec(f"{server.address}/", trusted)).status == 200
        # What was once trusted is not lent to those who do not trust it.
        assert reason_of(transport, spec(f"{server.address}/")).reason == "tls"
        assert transport.send(spec(f"{server.address}/", ConnectionOptions(is_verified=False))).status == 200
        wrong_name = server.address.replace("127.0.0.1", "localhost")
        assert reason_of(transport, spec(f"{wrong_name}/", trusted)).reason == "tls"
    finally:
        server.stop()


def test_certificate_that_has_ended(authority: Authority, transport: HTTPTransport) -> None:
    server = TLSServer(*authority.issue("shop.test", ends_in_days=-1))
    server.start()
    failure = reason_of(transport, spec(f"{server.address}/", ConnectionOptions(ca=str(authority.file))))
    server.stop()
    assert failure.reason == "tls"
    assert "expired" in failure.message


def test_client_certificates(authority: Authority, transport: HTTPTransport) -> None:
    server = TLSServer(*authority.issue("shop.test"), client_authority=authority.file)
    server.start()
    certificate, key = authority.issue("ann")
    shown = ConnectionOptions(ca=str(authority.file), certificate=str(certificate), key=str(key))
    try:
        assert transport.send(spec(f"{server.address}/", shown)).body == b'{"client": "ann"}'
        refused = reason_of(transport, spec(f"{server.address}/", ConnectionOptions(ca=str(authority.file))))
        assert refused.reason in ("tls", "reset")
    finally:
        server.stop()


def test_files_that_cannot_be_used(authority: Authority, tmp_path: Path) -> None:
    certificate, key = authority.issue("ann")
    _, other = authority.issue("eve")
    text = tmp_path / "x.pem"
    text.write_text("no certificate")
    for options, words in (
        (ConnectionOptions(ca=str(text)), "x.pem"),
        (ConnectionOptions(ca=str(tmp_path / "none.pem")), "cannot be read"),
        (ConnectionOptions(certificate=str(certificate)), "client certificate"),
        (ConnectionOptions(certificate=str(certificate), key=str(other)), "mismatch"),
        (ConnectionOptions(certificate=str(text), key=str(key)), "client certificate"),
    ):
        with pytest.raises(FileProblem) as caught:
            make_context(options)
        assert words in caught.value.message


class Proxy(BaseHTTPRequestHandler):
    """Answers requests of its own accord, notes what it was asked; CONNECT is refused."""

    asked: list[tuple[str, str, str | None]] = []

    def do_GET(self) -> None:
        self.asked.append((self.command, self.path, self.headers.get("Proxy-Authorization")))
        self.send_response(200 if self.command == "GET" else 403)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_CONNECT = do_GET

    def log_message(self, *_: Any) -> None:
        return


def test_proxy(transport: HTTPTransport) -> None:
    Proxy.asked.clear()
    server = serving(ThreadingHTTPServer(("127.0.0.1", 0), Proxy))
    proxied = ConnectionOptions(proxy=f"http://ann:p%20w@127.0.0.1:{server.server_port}")
    try:
        assert transport.send(spec("http://shop.test/a?b=1", proxied)).status == 200
        assert reason_of(transport, spec("https://shop.test/", proxied)).reason == "unreachable"
    finally:
        server.shutdown()
        server.server_close()
    credentials = "Basic " + base64.b64encode(b"ann:p w").decode()
    assert Proxy.asked == [("GET", "http://shop.test/a?b=1", credentials), ("CONNECT", "shop.test:443", credentials)]


class DigestHandler(BaseHTTPRequestHandler):
    """Wants ann's Digest with SHA-256 and qop auth, checked by the formulas of RFC 7616."""

    seen: list[str] = []

    def do_GET(self) -> None:
        given = self.headers.get("Authorization", "")
        self.seen.append(given)
        is_right = given.startswith("Digest ") and self.is_right(given)
        self.send_response(200 if is_right else 401)
        if not is_right:
            self.send_header("WWW-Authenticate", 'Basic realm="old"')
            self.send_header("WWW-Authenticate", 'Digest realm="shop", qop="auth", algorithm=SHA-256, nonce="n0nce"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def is_right(self, given: str) -> bool:
        parts = dict(re.findall(r'(\w+)="?([^",]+)"?', given))

        def hashed(text: str) -> str:
            return hashlib.sha256(text.encode()).hexdigest()

        wanted = hashed(
            f"{hashed('ann:shop:pw')}:n0nce:{parts['nc']}:{parts['cnonce']}:auth:{hashed(f'GET:{self.path}')}"
        )
        return parts["response"] == wanted and parts["uri"] == self.path

    def log_message(self, *_: Any) -> None:
        return


def test_digest(transport: HTTPTransport) -> None:
    DigestHandler.seen.clear()
    server = serving(ThreadingHTTPServer(("127.0.0.1", 0), DigestHandler))
    url = f"http://127.0.0.1:{server.server_port}/a?b=1"
    try:
        assert transport.send(spec(url, auth=("digest", "ann", "pw"))).status == 200
        assert transport.send(spec(url, auth=("digest", "ann", "wrong"))).status == 401
        assert len(DigestHandler.seen) == 4
    finally:
        server.shutdown()
        server.server_close()


class Cookies(BaseHTTPRequestHandler):
    seen: list[str | None] = []

    def do_GET(self) -> None:
        self.seen.append(self.headers.get("Cookie"))
        self.send_response(302 if self.path == "/login" else 200)
        if self.path == "/login":
            self.send_header("Location", "/home")
            self.send_header("Set-Cookie", "sid=1; Path=/; HttpOnly")
            self.send_header("Set-Cookie", "admin=2; Path=/admin")
            self.send_header("Set-Cookie", "elsewhere=3; Domain=other.test")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        return


def test_cookies_are_kept_over_redirects(transport: HTTPTransport) -> None:
    Cookies.seen.clear()
    server = serving(ThreadingHTTPServer(("127.0.0.1", 0), Cookies))
    url = f"http://127.0.0.1:{server.server_port}"
    jar = CookieJar()
    try:
        transport.send(spec(f"{url}/login", jar=jar))
        transport.send(spec(f"{url}/admin/x", jar=jar, headers=(("Cookie", "own=0"),)))
        transport.send(spec(f"{url}/home"))
    finally:
        server.shutdown()
        server.server_close()
    assert Cookies.seen[:2] == [None, "sid=1"]
    assert sorted(str(Cookies.seen[2]).split("; ")) == ["admin=2", "own=0", "sid=1"]
    assert Cookies.seen[3] is None
