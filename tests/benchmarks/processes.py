"""Processes under measurement: started on a core of their own, their CPU time and memory read, stopped.

Linux only (`/proc`).  CPU time is that of the process and all its living children, so a master and its workers count
together.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")

CORES = sorted(os.sched_getaffinity(0))
MEASURED_CORE = CORES[0]
OTHER_CORE = CORES[-1]


@dataclass(frozen=True, slots=True)
class Usage:
    """What a finished process used: seconds of wall and CPU time, peak resident megabytes."""

    wall: float
    cpu: float
    peak_rss_mb: float
    exit_code: int
    output: str


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def on_core(core: int) -> Callable[[], None]:
    def pin() -> None:
        os.sched_setaffinity(0, {core})

    return pin


def _compiling(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment as users have it: compiled modules are kept, not made anew at each start."""
    return {name: value for name, value in environment.items() if name != "PYTHONDONTWRITEBYTECODE"}


def start(
    command: Sequence[str], *, log: Path, core: int = MEASURED_CORE, environment: Mapping[str, str], cwd: Path
) -> subprocess.Popen[bytes]:
    """Starts a server in a process group of its own, its output going to a log file."""
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=_compiling(environment),
            cwd=cwd,
            preexec_fn=on_core(core),
            start_new_session=True,
        )


def stop(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM, then SIGKILL to the group after ten seconds."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def run(
    command: Sequence[str], *, environment: Mapping[str, str], cwd: Path, core: int = MEASURED_CORE, limit: float = 300
) -> Usage:
    """Runs a command to its end and says what it used, children included."""
    begun = time.perf_counter()
    log = cwd / "output.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=_compiling(environment),
            cwd=cwd,
            preexec_fn=on_core(core),
            start_new_session=True,
        )
    deadline = begun + limit
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            break
        if time.perf_counter() > deadline:
            os.killpg(process.pid, signal.SIGKILL)
            pid, status, usage = os.wait4(process.pid, 0)
            break
        time.sleep(0.002)
    wall = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    text = log.read_text("utf-8", "replace")
    return Usage(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, process.returncode, text)


def tree(pid: int) -> Iterator[int]:
    """The process and its living descendants."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in task.read_text("ascii").split():
                yield from tree(int(child))


def cpu_seconds(pid: int) -> float:
    total = 0
    for each in tree(pid):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{each}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
    return total / CLOCK_TICKS


def resident_mb(pid: int) -> float:
    total = 0
    for each in tree(pid):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{each}/status").read_text("utf-8", "replace").splitlines():
                if line.startswith("VmRSS:"):
                    total += int(line.split()[1])
    return total / 1024
