"""Services that run at start."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.errors import ConfigError
from server.services.base import Service
from server.services.startup import payloads_of, run_startup_services
from tests.server.services.support import Bench

HEARD: list[object] = []


class Note(Service):
    def handle(self) -> None:
        HEARD.append((self.request.raw, self.channel))
        if self.request.raw == "fail":
            raise ValueError("no")


def test_payloads(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text("{}")
    assert payloads_of("x", tmp_path) == ["x"]
    assert payloads_of("", tmp_path) == [""]
    assert payloads_of("a, b", tmp_path) == ["a", "b"]
    assert payloads_of("file://p.json", tmp_path) == ["{}"]
    with pytest.raises(ConfigError, match="cannot be read"):
        payloads_of("file://none", tmp_path)


def test_one_that_fails_holds_nobody_up(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    HEARD.clear()
    settings = [("t.note", "a,b"), ("t.nope", ""), ("t.note", "fail"), ("t.note", "c")]
    assert run_startup_services(Bench(Note).invoker, settings, tmp_path, lambda: "c9") == ["t.nope", "t.note"]
    assert [raw for raw, _ in HEARD] == ["a", "b", "fail", "c"]  # type: ignore[misc]
    assert HEARD[0][1] == "startup-service"  # type: ignore[index]
    assert "Startup service 't.nope' failed [c9]" in caplog.text
