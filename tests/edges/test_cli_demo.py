"""`apitest demo`, with the bundled server: it ends green, and nothing is left running however it ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def start(folder: Path, *words: str) -> subprocess.Popen[str]:
    folder.mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-m", "apitest", *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(folder)},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def processes_of(folder: Path) -> list[str]:
    """Command lines of processes that name the folder, after they had a moment to be gone."""
    deadline = time.monotonic() + 5
    while (found := processes_now(folder)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def processes_now(folder: Path) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            cwd = os.readlink(path.parent / "cwd")
        except OSError:
            continue
        if int(path.parent.name) != os.getpid() and (str(folder) in line or cwd.startswith(str(folder))):
            found.append(line)
    return found


def test_the_demo_ends_green_and_can_be_repeated(tmp_path: Path) -> None:
    process = start(tmp_path, "demo")
    output = process.communicate(timeout=60)[0]
    assert process.returncode == 0, output
    assert re.search(r"Sample project +./apitest-demo", output)
    assert re.search(r"Server +http://127\.0\.0\.1:\d+ +started in ", output)
    assert "demo.join-prices" in output
    assert re.search(r"\d+ scenarios passed in ", output)
    assert "Report           apitest-demo/report/index.html" in output
    assert (tmp_path / "apitest-demo" / "report" / "index.html").is_file()
    assert "apitest init my-tests" in output
    assert processes_of(tmp_path) == []

    again = start(tmp_path, "demo")
    output = again.communicate(timeout=60)[0]
    assert again.returncode == 0, output
    assert "as you left them" in output

    alone = start(tmp_path, "run", "apitest-demo")
    output = alone.communicate(timeout=60)[0]
    assert alone.returncode == 0, output
    assert processes_of(tmp_path) == []


def test_a_demo_that_fails_says_so_and_leaves_nothing_running(tmp_path: Path) -> None:
    assert start(tmp_path, "demo").wait(60) == 0
    feature = tmp_path / "apitest-demo" / "features" / "rest.feature"
    feature.write_text(feature.read_text().replace('status is "200"', 'status is "201"'))
    process = start(tmp_path, "demo")
    output = process.communicate(timeout=60)[0]
    assert process.returncode == 1, output
    assert re.search(r'actual +"?200', output)
    assert processes_of(tmp_path) == []


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    process = start(tmp_path, "demo", "mine")
    assert "mine is not empty" in process.communicate(timeout=60)[0]
    assert process.returncode == 2
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter.txt"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_nothing_is_left_running_however_it_is_ended(tmp_path: Path, number: signal.Signals) -> None:
    process = start(tmp_path, "demo")
    deadline = time.monotonic() + 30
    while not (tmp_path / "apitest-demo" / "server" / "start.log").exists():
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.01)
    time.sleep(0.3)
    process.send_signal(number)
    process.communicate(timeout=30)
    assert process.returncode == (-number if number == signal.SIGKILL else 128 + number)
    deadline = time.monotonic() + 10
    while processes_of(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert processes_of(tmp_path) == []
