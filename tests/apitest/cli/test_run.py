from __future__ import annotations

import json
from pathlib import Path

import pytest

from apitest.cli import run_command
from tests.support.sample_project import make_project

FEATURE = """\
Feature: F
  @good
  Scenario: Good
    Given a number 1
    Then it is 1
  @bad
  Scenario: Bad
    Given a number 1
    Then it is 2
  @broken
  Scenario: Broken
    Given it breaks
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("APITEST_TAGS", "ZATO_APITEST_TAGS", "Zato_API_Test_Tags"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return make_project(tmp_path, {"a.feature": FEATURE})


def run(*words: str) -> int:
    return run_command(["run", "--color", "never", *words])


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["-t", "good"], 0),
        (["-t", "bad"], 1),
        (["-t", "bad or broken"], 4),
        (["-t", "good and ("], 2),
        (["-t", "nothing"], 5),
        (["-t", "nothing", "--allow-empty"], 0),
        (["-n", "^Good$"], 0),
        (["features/a.feature:4"], 0),
        (["features/a.feature:6"], 1),
        (["--dry-run"], 0),
        (["--order", "sideways"], 2),
        (["-j", "many"], 2),
        (["--config", "none.ini"], 2),
        (["-D", "=x"], 2),
        (["-f", "nothing"], 2),
        (["-f", "junit:-", "-f", "ndjson:-"], 2),
        (["--rerun", "failed"], 2),
    ],
)
def test_exit_codes(folder: Path, words: list[str], code: int) -> None:
    assert run(*words) == code


def test_undefined_sentences_are_exit_3_and_the_others_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_project(
        folder, {"b.feature": "Feature: G\n  Scenario: U\n    Given a numbr 1\n  Scenario: V\n    Given a number 1\n"}
    )
    assert run("features/b.feature") == 3
    text = capsys.readouterr().out
    assert "a number {n:d}" in text
    assert '"U" was not started; 1 other runs (exit 3)' in text
    assert "ok        V" in text
    assert run("features/b.feature", "--dry-run") == 3


def test_an_unreadable_feature_is_exit_3_and_the_others_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_project(folder, {"b.feature": "Feature: G\n  Scenario: U\n    Given a number 1\n    nonsense\n"})
    assert run("-t", "good") == 3
    text = capsys.readouterr().out
    assert "features/b.feature:4   This line fits nowhere: nonsense" in text
    assert "ok        Good" in text


def test_only_those_that_failed_again(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run()
    assert "Again     apitest run --rerun failed" in capsys.readouterr().out
    assert run("--rerun", "failed") == 4
    assert "1 failed, 1 with errors   (2 scenarios" in capsys.readouterr().out


def test_several_reports_at_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("-t", "good", "-f", "junit:out/j.xml", "-f", "html", "-f", "ndjson:out/r.ndjson") == 0
    text = capsys.readouterr().out
    assert "Report    report/index.html" in text
    assert all((folder / name).is_file() for name in ("out/j.xml", "report/index.html", "out/r.ndjson"))


def test_a_report_on_stdout_has_it_for_itself(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_project(folder, {"environment.py": "def before_all(context):\n    print('hello')\n"})
    assert run("-t", "good", "-f", "json:-") == 0
    captured = capsys.readouterr()
    assert [json.loads(line)["event"] for line in captured.out.splitlines()][-1] == "run-finished"
    assert captured.err == "hello\n"


def test_values_from_the_command_line_reach_steps_and_hooks(folder: Path) -> None:
    steps = (
        "from apitest import step\n@step('\"{x}\" is given')\ndef a(ctx, x):\n"
        "    assert x == 'Ann', x\n    assert ctx.config.userdata['name'] == 'Ann'\n"
    )
    make_project(
        folder, {"steps/own.py": steps, "b.feature": 'Feature: G\n  Scenario: S\n    Given "@name" is given\n'}
    )
    assert run("features/b.feature", "-D", "name=Ann") == 0
    make_project(folder, {"config.ini": "[env:dev]\nname = Ann\n[user]\nname = Bob\n"})
    assert run("features/b.feature", "-e", "prod") == 2
    assert run("features/b.feature") == 1


def test_tags_from_the_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZATO_APITEST_TAGS", "good bad")
    assert run() == 1
    monkeypatch.setenv("APITEST_TAGS", "not bad")
    assert run() == 0


def test_options_for_behave_in_the_configuration(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = "--format pretty --no-source --no-timings --tags @good"
    make_project(folder, {"config.ini": f"[behave]\noptions = {options}\n"})
    assert run() == 0
    assert "1 scenario passed" in capsys.readouterr().out
    make_project(folder, {"config.ini": "[behave]\noptions = --no-such-thing\n"})
    assert run() == 2


def test_options_for_behave_on_the_command_line(folder: Path) -> None:
    assert run("-t", "good", "--no-capture", "--no-source", "-f", "pretty", "--no-timings") == 0
    assert run("-t", "good", "-f", "junit", "-o", "old.xml") == 0
    assert (folder / "old.xml").is_file()
    assert run("-t", "good", "--junit", "--junit-directory", "reports") == 0
    assert (folder / "reports" / "junit.xml").is_file()


def test_stopping_and_retrying(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("-x", "-j", "1") == 1
    assert "1 passed, 1 failed, 1 not run" in capsys.readouterr().out
    assert run("-t", "bad", "--retry", "2") == 1
    assert "Attempt 2   FAILED: it is 1, not 2" in capsys.readouterr().out


def test_settings_of_the_project_are_used(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_project(folder, {"config.ini": "[apitest]\nsplit = scenario\njobs = 2\nformats = junit:j.xml\n"})
    assert run("-t", "not broken") == 1
    assert "2 at a time" in capsys.readouterr().out
    assert (folder / "j.xml").is_file()


def test_sentences_that_cannot_run_are_told_on_stderr_where_stdout_is_taken(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_project(folder, {"b.feature": "Feature: G\n  Scenario: U\n    Given a numbr 1\n"})
    assert run("features/b.feature", "-f", "junit:-") == 3
    captured = capsys.readouterr()
    assert captured.out.startswith("<?xml")
    assert "no such sentence" in captured.err
