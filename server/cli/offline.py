"""Start, stop and look at server processes; works on folders and processes, never over the network but for one ping.

An edge.  PERF: `start` returns when the server answers, so nothing here imports pydantic or SQLAlchemy: the new
process does, once.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server.errors import CannotStart, ConfigError, ServerError
from server.kernel.folder import ServerFolder
from server.kernel.pid_file import Running, already_running, find_running

MAIN_FILE = Path(__file__).resolve().parent.parent / "main.py"
BIND_VARIABLE = "Zato_Config_Server_server__conf_main_gunicorn_bind"
# A start takes about half a second; ten times that and more is a machine that swaps, or a service that hangs.
START_TIMEOUT_SECONDS = 30.0
# Beyond what running calls may take: closing connections, storage, the process itself.
STOP_MARGIN_SECONDS = 5.0
POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Started:
    """A server that answers.  seconds: from the command to its first answer.  warnings: in its log since the start."""

    folder: ServerFolder
    pid: int
    address: str
    services: int
    warnings: int
    seconds: float


def start(folder: ServerFolder, *, bind: str = "", began_at: float | None = None) -> Started:
    """Start a server in the background; gives it once it answers.

    bind: address and port instead of server.conf's.  began_at: monotonic seconds of the command's beginning.
    """
    began_at = time.monotonic() if began_at is None else began_at
    _refuse_running(folder)
    folder.logs.mkdir(exist_ok=True)
    read_end, write_end = os.pipe()
    try:
        # What a crashing interpreter says goes to the log too: there is nobody at the terminal any more.
        with folder.server_log.open("ab") as log:
            process = subprocess.Popen(
                [*_command(folder), "--report-fd", str(write_end)],
                env=_environment(bind),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=(write_end,),
            )
    finally:
        os.close(write_end)
    try:
        report = _read_report(read_end, process, folder)
        _ping(report["address"])
    except BaseException:
        _end(process)
        raise
    finally:
        os.close(read_end)
    return Started(
        folder, process.pid, report["address"], report["services"], report["warnings"], time.monotonic() - began_at
    )


def run_in_foreground(folder: ServerFolder, *, bind: str = "") -> None:
    """Become the server: this process is replaced, so signals and the terminal are the server's own."""
    _refuse_running(folder)
    sys.stdout.flush()
    command = _command(folder)
    os.execve(command[0], [*command, "--console"], _environment(bind))


def stop(folder: ServerFolder, *, timeout_seconds: float | None = None) -> str:
    """Ask a server to stop and wait until it has; gives `stopped`, `killed` or `not running`.

    Running calls may finish within the server's own time; it is killed when it takes longer.
    """
    running = find_running(folder)
    if running is None:
        return "not running"
    timeout = running.stop_timeout_seconds + STOP_MARGIN_SECONDS if timeout_seconds is None else timeout_seconds
    _signal(running, signal.SIGTERM)
    if _wait_until_gone(folder, timeout):
        return "stopped"
    _signal(running, signal.SIGKILL)
    _wait_until_gone(folder, STOP_MARGIN_SECONDS)
    return "killed"


def info(folder: ServerFolder, now: float) -> dict[str, Any]:
    """What `info` tells; keys of server-interface.md section 10.  now: seconds since 1970."""
    running = find_running(folder)
    try:
        details = json.loads((folder.base / "config" / "component.json").read_text("utf-8"))
    except (OSError, ValueError):
        details = {}
    out: dict[str, Any] = {
        "component_details": details,
        "component_full_path": str(folder.base),
        "component_host": os.uname().nodename,
        "component_running": running is not None,
        "current_time": _iso(now, is_utc=False),
        "current_time_utc": _iso(now),
    }
    if running is not None:
        out |= {
            "component_address": running.address,
            "master_proc_pid": running.pid,
            "master_proc_name": _process_name(running.pid),
            "master_proc_username": _owner(running.pid),
            "master_proc_create_time": _iso(running.started_at, is_utc=False),
            "master_proc_create_time_utc": _iso(running.started_at),
            "master_proc_connections": _sockets(running.pid),
            "master_proc_memory_mb": _resident_mb(running.pid),
            "master_proc_workers_no": 0,
            "master_proc_workers_pids": [],
        }
    return out


def _command(folder: ServerFolder) -> list[str]:
    # By path, not `-m server.main`: that would put the current folder first on the path, where a user's own
    # server.py may be.
    return [sys.executable, str(MAIN_FILE), str(folder.base)]


def _environment(bind: str) -> dict[str, str]:
    return {**os.environ, BIND_VARIABLE: bind} if bind else dict(os.environ)


def _refuse_running(folder: ServerFolder) -> None:
    if find_running(folder) is not None:
        raise already_running(folder)


def _read_report(read_end: int, process: subprocess.Popen[bytes], folder: ServerFolder) -> dict[str, Any]:
    """The one line that the new process writes when it answers, or why it cannot."""
    import select

    data = b""
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while not data.endswith(b"\n"):
        ready, _, _ = select.select([read_end], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            raise CannotStart(
                f"{folder.name} did not answer within {START_TIMEOUT_SECONDS:.0f} s and was ended",
                f"Its log may tell what it was doing: {folder.server_log}",
            )
        chunk = os.read(read_end, 65536)
        if not chunk:
            code = process.wait()
            raise CannotStart(
                f"The process of {folder.name} ended while starting, exit code {code}",
                f"Its last lines are in {folder.server_log}",
            )
        data += chunk
    report: dict[str, Any] = json.loads(data)
    if "error" in report:
        raise CannotStart(report["error"], report.get("advice", ""))
    return report


def _ping(address: str) -> None:
    """One request, so that `start` means: it answers."""
    host, _, port = address.rpartition("//")[2].rpartition(":")
    host = host.strip("[]")
    # A server that listens on all addresses is asked on its own machine's.
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    try:
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            connection.sendall(b"GET /zato/ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            answer = connection.recv(12)
    except OSError as error:
        raise CannotStart(f"{address} does not answer: {error}") from error
    if not answer.startswith(b"HTTP/1.1 "):
        raise CannotStart(f"{address} answered something that is not HTTP")


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(STOP_MARGIN_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _signal(running: Running, number: signal.Signals) -> None:
    try:
        os.kill(running.pid, number)
    except ProcessLookupError:
        pass
    except PermissionError as error:
        raise ConfigError(
            f"Process {running.pid} belongs to {_owner(running.pid)}; only that user can stop it"
        ) from error


def _wait_until_gone(folder: ServerFolder, timeout_seconds: float) -> bool:
    deadline = time.monotonic() + timeout_seconds
    while find_running(folder) is not None:
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _iso(at: float, *, is_utc: bool = True) -> str:
    if is_utc:
        return time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(at))
    return time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(at))


# Linux tells all below in /proc; elsewhere the values are empty.


def _process_name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def _owner(pid: int) -> str:
    import pwd

    try:
        number = Path(f"/proc/{pid}").stat().st_uid
    except OSError:
        return ""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _sockets(pid: int) -> int:
    try:
        names = os.listdir(f"/proc/{pid}/fd")
    except OSError:
        return 0
    count = 0
    for name in names:
        try:
            count += os.readlink(f"/proc/{pid}/fd/{name}").startswith("socket:")
        except OSError:
            continue
    return count


def _resident_mb(pid: int) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    for line in status.splitlines():
        if line.startswith("VmRSS:"):
            return round(int(line.split()[1]) / 1024, 1)
    return 0.0


def explain(error: ServerError) -> list[str]:
    """The lines that a terminal shows for an error: what happened, every problem, then what to do."""
    lines = [str(error), *(f"   {one.path}: {one.problem}" for one in error.problems)]
    reply = getattr(error, "reply", None)  # of a server that was asked
    if isinstance(reply, dict):
        lines += [f"   {one.get('path')}: {one.get('problem')}" for one in reply.get("problems", ())]
    advice = getattr(error, "advice", "")
    return [*lines, advice] if advice and advice not in str(error) else lines
