"""apitest/cli/approve.py: what waits, what differs, what is accepted."""

from __future__ import annotations

from pathlib import Path

import pytest

from apitest.cli import run_command


@pytest.fixture
def project(tmp_path: Path) -> Path:
    approved = tmp_path / "features" / "approved"
    (approved / "orders").mkdir(parents=True)
    (tmp_path / "features" / "a.feature").write_text("Feature: f\n")
    (approved / "caller.json").write_text('{\n  "name": "Ann"\n}\n')
    (approved / "caller.received.json").write_text('{\n  "name": "Eve"\n}\n')
    (approved / "orders" / "new.received.txt").write_text("one\x1b[2J\n")
    return tmp_path


def test_showing_accepts_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["approve", "--project", str(project)]) == 0
    told = capsys.readouterr().out
    assert '-  "name": "Ann"' in told
    assert '+  "name": "Eve"' in told
    assert "orders/new   (new)" in told
    assert "\x1b" not in told
    assert "2 responses waiting" in told
    assert (project / "features/approved/caller.received.json").is_file()


def test_by_name(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["approve", "caller", "--project", str(project)]) == 0
    assert "1 response approved" in capsys.readouterr().out
    assert "Eve" in (project / "features/approved/caller.json").read_text()
    assert not (project / "features/approved/caller.received.json").exists()
    assert (project / "features/approved/orders/new.received.txt").exists()


def test_all(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["approve", "--all", "--project", str(project)]) == 0
    assert "2 responses approved" in capsys.readouterr().out
    assert (project / "features/approved/orders/new.txt").is_file()
    assert run_command(["approve", "--all", "--project", str(project)]) == 0
    assert "No response waits" in capsys.readouterr().out


def test_no_such_name(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["approve", "caler", "--project", str(project)]) == 2
    assert "Did you mean caller?" in capsys.readouterr().err
    assert (project / "features/approved/caller.received.json").is_file()
