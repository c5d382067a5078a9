from __future__ import annotations

import json
from pathlib import Path

import pytest

from apitest.cli import run_command
from tests.support.sample_project import make_project


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return make_project(tmp_path, {})


def steps(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert run_command(["steps", *words]) == 0
    return capsys.readouterr().out


def test_sentences_with_these_words(capsys: pytest.CaptureFixture[str]) -> None:
    text = steps(capsys, "response", "default")
    block = text[: text.index("\n\n")]
    assert block.startswith('  I store "{path}" from response under "{name}", default "{default}"')
    assert "apitest/steps/store.py" in block
    assert text.rstrip().endswith("sentences")


def test_a_projects_own_sentences(capsys: pytest.CaptureFixture[str]) -> None:
    text = steps(capsys, "doubled")
    assert "it is doubled" in text
    assert "features/steps/steps.py" in text


def test_all_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(steps(capsys).split("\n\n")) > 100


def test_colours_mark_holes_and_words(capsys: pytest.CaptureFixture[str]) -> None:
    text = steps(capsys, "response", "default", "--color", "always")
    assert '"\x1b[36m{path}\x1b[0m" from ' in text
    assert ', \x1b[1mdefault\x1b[0m "' in text


def test_for_programs_and_documents(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(steps(capsys, "store", "default", "--format", "json"))
    assert found[0]["sentence"].startswith("I store")
    assert set(found[0]) >= {"keyword", "meaning", "example", "family", "needs", "takes", "file", "line"}
    assert "| keyword | sentence | meaning | example |" in steps(capsys, "store", "--format", "md")


def test_no_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["steps", "xylophone"]) == 1
    assert "No sentence has 'xylophone' in it" in capsys.readouterr().out
