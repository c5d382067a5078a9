"""Every protocol against a peer that hangs, cuts the connection, or answers garbage: an error soon, in our words."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.one_scenario import errs
from tests.support.sample_project import run_project

GARBAGE = b"\x00\xff%&/garbage\r\n\r\n\x81\x7f" * 20


class FaultyPeer:
    """Accepts connections and does one wrong thing with each."""

    def __init__(self, fault: str) -> None:
        self._fault = fault
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._kept: list[socket.socket] = []
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self._socket.accept()
            except OSError:
                return
            self._kept.append(peer)
            if self._fault == "cut":
                peer.close()
            elif self._fault == "garbage":
                peer.sendall(GARBAGE)

    def close(self) -> None:
        self._socket.close()
        for peer in self._kept:
            peer.close()


@pytest.fixture(params=["hang", "cut", "garbage"])
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    peer = FaultyPeer(request.param)
    yield peer.port
    peer.close()


STEPS = {
    "websocket": 'Given the request times out after 500 ms\nWhen WebSocket "a" connects to "ws://127.0.0.1:{port}/"',
    "event stream": "Given the request times out after 500 ms\n"
    'When event stream "a" is opened at "http://127.0.0.1:{port}/"',
    "amqp": 'Given AMQP broker "rabbit"',
    "redis": 'Given Redis "redis"',
    "imap": 'Given mailbox "a@b.test" at IMAP "imap://a:b@127.0.0.1:{port}"',
    "smtp": "When I send an e-mail\n| from | to |\n| a@b.test | c@d.test |",
}

CONFIG = """
[connection:rabbit]
url = amqp://127.0.0.1:{port}
timeout = 500 ms
[connection:redis]
url = redis://127.0.0.1:{port}/0
timeout = 500 ms
[connection:mail]
url = smtp://127.0.0.1:{port}
"""


@pytest.mark.parametrize("protocol", STEPS)
def test_an_error_soon(tmp_path: Path, port: int, protocol: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apitest.transports.mail.ANSWER_SECONDS", 0.5)
    monkeypatch.setattr("apitest.transports.imap.ANSWER_SECONDS", 0.5)
    feature = f"Feature: f\n  Scenario: s\n{STEPS[protocol].format(port=port)}\n"
    result = run_project(tmp_path, {"config.ini": CONFIG.format(port=port), "a.feature": feature})
    errs(result.features[0].scenarios[0])
    assert result.seconds < 4
