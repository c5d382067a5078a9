from __future__ import annotations

import json
from pathlib import Path

import pytest

from apitest.cli import run_command
from tests.support.sample_project import make_project


def lint(folder: Path, steps: str, *options: str) -> int:
    text = f"Feature: A\n  Scenario: B\n    {steps}\n"
    return run_command(["lint", str(make_project(folder, {"a.feature": text, "steps/steps.py": ""})), *options])


def test_exit_codes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lint(tmp_path, 'Given address "@a"') == 0
    assert "Nothing to say" in capsys.readouterr().out
    assert lint(tmp_path, 'Then address "@a"') == 0
    assert "1 note" in capsys.readouterr().out
    assert lint(tmp_path, "When I wait 1 second") == 1
    assert "within 10 seconds" in capsys.readouterr().out
    assert lint(tmp_path, "When nonsense") == 3


def test_json_and_no_notes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lint(tmp_path, 'Then address "@a"', "--format", "json", "--no-notes") == 0
    assert json.loads(capsys.readouterr().out) == []
    lint(tmp_path, "When I wait 1 second", "--format", "json")
    (one,) = json.loads(capsys.readouterr().out)
    assert (one["line"], one["level"], one["kind"]) == (3, "doubt", "pause")
