from __future__ import annotations

from pathlib import Path

import pytest

from apitest.cli import run_command


def test_a_new_project_passes_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_command(["init", "mine"]) == 0
    text = capsys.readouterr().out
    assert "features/config.ini" in text
    assert "apitest run mine" in text
    expected = (
        "config.ini", "demo.feature", "environment.py", "steps/steps.py", "json/request/demo.json",
        "json/response/demo.json", "xml/request/demo.xml", "xml/response", "approved", "schemas", "mocks", "data",
    )  # fmt: skip
    assert all((tmp_path / "mine" / "features" / name).exists() for name in expected)
    assert run_command(["run", "mine"]) == 0
    assert "3 passed, 1 skipped" in capsys.readouterr().out


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert run_command(["init", str(tmp_path)]) == 2
    assert "is not empty" in capsys.readouterr().err
