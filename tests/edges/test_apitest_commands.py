"""The commands of `apitest` as processes: what needs a terminal's signals, stock behave, or a fresh interpreter."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support.sample_project import make_project

ROOT = Path(__file__).resolve().parents[2]

STORE = """\
Feature: Store
  Scenario: one
    Given I store "17" under "id"
    Then variable "#id" is a string "17"
  Scenario: two
    Then variable "#id" is a string "18"
  Scenario: three
    Given my own "#id"
  Scenario: four
    Given this scenario is skipped because "later"
    Then variable "#id" is a string "19"
"""

OWN_STEPS = """\
import apitest.steps
from apitest import step
@step('my own "{x}"')
def own(ctx, x):
    assert (x, ctx.apitest.values["id"]) == ("17", "17")
"""

SLOW = """\
from behave import step
import time
@step('it takes {seconds:f} s')
def takes(context, seconds):
    context.add_cleanup(print_it, "closed")
    open(context.config.userdata["mark"], "a").write("begun ")
    time.sleep(seconds)
def print_it(text):
    import sys
    sys.__stderr__.write(text + "\\n")
"""


def surroundings() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def call(*words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *words], capture_output=True, text=True, timeout=60, env=surroundings(), **options
    )


def test_stock_behave_runs_our_sentences(tmp_path: Path) -> None:
    folder = make_project(tmp_path, {"a.feature": STORE, "steps/steps.py": OWN_STEPS})
    done = call("behave", "-f", "plain", "--no-snippets", str(folder / "features"))
    assert "2 scenarios passed, 1 failed, 1 skipped" in done.stdout, done.stdout + done.stderr
    assert 'expected  "18"' in done.stdout
    assert 'actual    "17"' in done.stdout
    assert done.returncode == 1
    ours = call("apitest", "run", str(folder))
    assert "2 passed, 1 failed, 1 skipped" in ours.stdout


def test_a_project_made_by_init_runs_in_both(tmp_path: Path) -> None:
    assert call("apitest", "init", str(tmp_path / "mine")).returncode == 0
    assert call("apitest", "run", str(tmp_path / "mine")).returncode == 0
    assert call("behave", "-f", "null", "mine/features", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("code", "unwanted"),
    [
        ("import apitest", ("gevent", "behave", "click", "urllib3", "rich")),
        ("from apitest.__main__ import main; main(['--help'])", ("gevent", "behave", "urllib3", "rich", "sqlalchemy")),
        (
            "from apitest.__main__ import main; main(['run', '-q', '{run}'])",
            ("rich", "jinja2", "sqlalchemy", "requests"),
        ),
    ],
)
def test_what_is_not_needed_is_not_imported(tmp_path: Path, code: str, unwanted: tuple[str, ...]) -> None:
    folder = make_project(tmp_path, {"a.feature": "Feature: F\n  Scenario: S\n    Given a number 1\n"})
    code = code.replace("{run}", str(folder)) + f"\nimport sys; print([n for n in {unwanted} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=surroundings())
    assert done.stdout.rstrip().endswith("[]"), done.stdout + done.stderr


def start_slow(tmp_path: Path, seconds: float) -> tuple[subprocess.Popen[str], Path]:
    scenarios = "".join(f"  Scenario: {n}\n    Given it takes {seconds} s\n" for n in range(3))
    folder = make_project(tmp_path, {"a.feature": f"Feature: F\n{scenarios}", "steps/steps.py": SLOW})
    mark = tmp_path / "mark"
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "apitest",
            "run",
            str(folder),
            "-D",
            f"mark={mark}",
            "-f",
            f"ndjson:{tmp_path}/run.ndjson",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=surroundings(),
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    deadline = time.monotonic() + 20
    while not mark.exists():
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.01)
    return process, tmp_path / "run.ndjson"


def verdicts(report: Path) -> list[str]:
    events = [json.loads(line) for line in report.read_text().splitlines()]
    assert events[-1]["event"] == "run-finished"
    assert events[-1]["is_interrupted"]
    return [event["verdict"] for event in events if event["event"] == "scenario"]


def test_ctrl_c_once_lets_what_runs_finish(tmp_path: Path) -> None:
    process, report = start_slow(tmp_path, 0.5)
    process.send_signal(signal.SIGINT)
    output = process.communicate(timeout=20)[0]
    assert process.returncode == 130, output
    assert "Ctrl-C again ends it now" in output
    assert "interrupted: 1 passed, 2 not run" in output
    assert verdicts(report) == ["passed", "not run", "not run"]


def test_ctrl_c_twice_ends_now_and_still_closes(tmp_path: Path) -> None:
    process, report = start_slow(tmp_path, 30.0)
    process.send_signal(signal.SIGINT)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    output = process.communicate(timeout=20)[0]
    assert process.returncode == 130, output
    assert "closed" in output
    assert verdicts(report) == ["not run", "not run", "not run"]


def test_sigterm_ends_now(tmp_path: Path) -> None:
    process, report = start_slow(tmp_path, 30.0)
    process.terminate()
    output = process.communicate(timeout=20)[0]
    assert process.returncode == 143, output
    assert verdicts(report) == ["not run", "not run", "not run"]


def test_a_reader_that_goes_away_does_not_end_the_run(tmp_path: Path) -> None:
    scenarios = "".join(f"  Scenario: {n}\n    Given a number {n}\n" for n in range(2000))
    folder = make_project(tmp_path, {"a.feature": f"Feature: F\n{scenarios}"})
    words = f"{sys.executable} -m apitest run {folder} -f console -f ndjson:{tmp_path}/run.ndjson | head -1"
    done = subprocess.run(words, shell=True, capture_output=True, text=True, timeout=60, env=surroundings())
    assert "Traceback" not in done.stderr, done.stderr
    last = json.loads((tmp_path / "run.ndjson").read_text().splitlines()[-1])
    assert last["counts"]["passed"] == 2000
