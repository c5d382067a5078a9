from __future__ import annotations

import pytest

from apitest.cli import COMMANDS, run_command, tell_error
from apitest.errors import UsageError


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(name in text and meaning in text for name, meaning in COMMANDS.items())
    assert "apitest demo" in text


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command([name, "--help"]) == 0
    assert "Usage: apitest" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["--version"]) == 0
    assert capsys.readouterr().out.startswith("apitest ")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ([], "Usage: apitest"),
        (["rnu"], "Did you mean run?"),
        (["run", "--no-such"], "No such option"),
        (["run", "nowhere"], "There is no nowhere"),
    ],
)
def test_wrong_usage_is_exit_2(words: list[str], text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(words) == 2
    captured = capsys.readouterr()
    assert text in captured.out + captured.err


def test_an_error_is_a_sentence_and_a_hint(capsys: pytest.CaptureFixture[str]) -> None:
    tell_error(UsageError("what happened", "what to do"))
    assert capsys.readouterr().err == "error: what happened\n       what to do\n"
