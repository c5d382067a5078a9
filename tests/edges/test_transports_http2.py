"""HTTP/2 against a server of another make."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from apitest.core.request import ConnectionOptions, RequestSpec
from apitest.errors import CallFailed
from apitest.transports.http import HTTPTransport
from tests.support.certificates import Authority
from tests.support.tls_server import TLSServer

SERVER = Path(__file__).resolve().parents[1] / "support" / "http2_server.js"
pytestmark = pytest.mark.skipif(
    shutil.which("node") is None and os.environ.get("CI") != "true",
    reason="needs Node.js, whose HTTP/2 is not ours",
)
HTTP2 = ConnectionOptions(http_version="2")


def start(*words: str) -> tuple[subprocess.Popen[str], int]:
    process = subprocess.Popen(["node", str(SERVER), *words], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, int(process.stdout.readline().split()[-1])


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait(10)
    assert process.stdout is not None
    process.stdout.close()


@pytest.fixture(scope="module")
def plain() -> Iterator[str]:
    process, port = start()
    yield f"http://127.0.0.1:{port}"
    end(process)


@pytest.fixture
def transport() -> Iterator[HTTPTransport]:
    made = HTTPTransport()
    yield made
    made.close()


def spec(url: str, method: str = "GET", body: bytes = b"", **changes: object) -> RequestSpec:
    values: dict[str, object] = {"headers": (), "timeout_seconds": 5.0, "options": HTTP2, **changes}
    return RequestSpec(method=method, url=url, body=body, **values)  # type: ignore[arg-type]


def test_request_and_answer(plain: str, transport: HTTPTransport) -> None:
    got = transport.send(spec(f"{plain}/a?x=1", "POST", b"hello", headers=(("X-Test", "Zoë"), ("Connection", "close"))))
    assert (got.status, got.http_version) == (201, "2")
    said = json.loads(got.body)
    assert said["first"] == "hello"
    assert said["path"] == "/a?x=1"
    assert said["authority"] == plain.removeprefix("http://")
    assert [value for name, value in got.headers if name == "set-cookie"] == ["a=1", "b=2"]


def test_one_connection_serves_many(plain: str, transport: HTTPTransport) -> None:
    for _ in range(5):
        assert transport.send(spec(f"{plain}/a")).status == 200
    kept = next(iter(transport._idle_http2.values()))
    assert len(kept) == 1


def test_bodies_larger_than_the_windows(plain: str, transport: HTTPTransport) -> None:
    got = transport.send(spec(f"{plain}/up", "POST", b"y" * 2_000_000))
    assert json.loads(got.body)["size"] == 2_000_000
    assert len(transport.send(spec(f"{plain}/big")).body) == 3_000_000


def test_reset_and_end(plain: str, transport: HTTPTransport) -> None:
    with pytest.raises(CallFailed) as caught:
        transport.send(spec(f"{plain}/reset"))
    assert caught.value.reason == "reset"
    assert transport.send(spec(f"{plain}/away")).status == 200
    assert transport.send(spec(f"{plain}/a")).status == 200


def test_over_tls(tmp_path: Path, transport: HTTPTransport) -> None:
    authority = Authority(tmp_path)
    certificate, key = authority.issue("shop.test")
    process, port = start(str(certificate), str(key))
    options = ConnectionOptions(http_version="2", ca=str(authority.file))
    try:
        assert transport.send(spec(f"https://127.0.0.1:{port}/a", options=options)).http_version == "2"
    finally:
        end(process)


def test_peer_without_it(tmp_path: Path, transport: HTTPTransport) -> None:
    authority = Authority(tmp_path)
    server = TLSServer(*authority.issue("shop.test"))
    server.start()
    options = ConnectionOptions(http_version="2", ca=str(authority.file))
    try:
        with pytest.raises(CallFailed) as caught:
            transport.send(spec(f"{server.address}/", options=options))
    finally:
        server.stop()
    assert "does not speak HTTP/2" in caught.value.message
