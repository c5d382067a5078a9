"""Is this server running, and where: server.pid and work/running.json.

The process holds a lock on server.pid as long as it lives, so a stale file of a killed process, or its number given
to another one, never looks like a running server.  An edge: files and locks, nothing else.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from server.errors import CannotStart
from server.kernel.folder import ServerFolder

# A command that asks takes the lock for some microseconds; a server that starts at this moment tries again.
_TRIES = 10
_PAUSE_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class Running:
    """A server that runs.  started_at: seconds since 1970.  stop_timeout_seconds: how long its stop may take."""

    pid: int
    address: str = ""
    started_at: float = 0.0
    version: str = ""
    stop_timeout_seconds: float = 30.0


def find_running(folder: ServerFolder) -> Running | None:
    """The server that runs in this folder; without an address while it is still starting."""
    try:
        with folder.pid_file.open("rb") as file:
            if not _is_locked(file):
                return None
            pid = int(file.read().strip() or 0)
    except (FileNotFoundError, ValueError):
        return None
    try:
        known = Running(**json.loads(folder.run_file.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return Running(pid)
    return known if known.pid == pid else Running(pid)


class PidFile:
    """Held by the server's process from its first moment to its last."""

    def __init__(self, folder: ServerFolder, sleep: Callable[[float], None] = time.sleep) -> None:
        self._folder = folder
        self._sleep = sleep
        self._file: IO[bytes] | None = None

    def take(self) -> None:
        """Lock and write the file.  CannotStart if the server runs already."""
        path = self._folder.pid_file
        file = path.open("a+b")
        for attempt in range(_TRIES):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if attempt + 1 == _TRIES:
                    file.close()
                    raise already_running(self._folder) from None
                self._sleep(_PAUSE_SECONDS)
        file.truncate(0)
        file.write(f"{os.getpid()}\n".encode())
        file.flush()
        self._file = file

    def tell(self, running: Running) -> None:
        """Write down what runs, for commands."""
        path = self._folder.run_file
        path.parent.mkdir(exist_ok=True)
        temporary = path.with_suffix(".new")
        temporary.write_text(json.dumps(asdict(running)), "utf-8")
        temporary.replace(path)

    def give_back(self) -> None:
        """Remove both files and the lock; nothing happens if it was never taken."""
        if self._file is None:
            return
        for path in (self._folder.run_file, self._folder.pid_file):
            _remove(path)
        self._file.close()
        self._file = None


def already_running(folder: ServerFolder) -> CannotStart:
    """The refusal to start a server twice."""
    running = find_running(folder)
    where = f", {running.address}" if running is not None and running.address else ""
    number = f" (pid {running.pid}{where})" if running is not None else ""
    return CannotStart(f"{folder.name} is running already{number}", f"Stop it first: apitest-server stop {folder.base}")


def _is_locked(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(file, fcntl.LOCK_UN)
    return False


def _remove(path: Path) -> None:
    try:
        path.unlink()
    except FileNotFoundError:
        pass
