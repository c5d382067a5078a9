"""Commands: run one to its end, or in the background; never through a shell, always with a time limit.

Programs of the running interpreter's own folder come first, so that `python` and `apitest` are those of this
installation.  Not here: what is checked about them (`steps/process.py`).
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from apitest.errors import DeadlinePassed, StepError

END_SECONDS = 5.0
"""How long a process gets between the request to end and being killed."""
MAX_OUTPUT_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Completed:
    """A command that is over.  output: both its streams, in the order they were written."""

    command: str
    exit_code: int
    output: str
    seconds: float


class Running:
    """A command in the background.  Its output goes to a file that is removed with it."""

    def __init__(self, command: str, folder: Path, variables: Mapping[str, str]) -> None:
        self.command = command
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 -- closed with the process
        self._begin = time.monotonic()
        try:
            self._process = subprocess.Popen(
                _words(command, variables),
                cwd=folder,
                env=dict(variables),
                stdin=subprocess.DEVNULL,
                stdout=self._file,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # so that what it starts can be ended with it
            )
        except OSError as error:
            self._file.close()
            raise StepError(f"The command cannot be run: {error.strerror or error}", f"Command: {command}") from error

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def output(self) -> str:
        """What it has written so far; of very much, the end."""
        size = self._file.seek(0, os.SEEK_END)
        self._file.seek(max(0, size - MAX_OUTPUT_BYTES))
        return self._file.read().decode("utf-8", "replace")

    def wait(self, seconds: float) -> Completed:
        """Waits for its end.  Raises DeadlinePassed, after ending it."""
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.end()
            shown = self.output()[-500:].strip()
            raise DeadlinePassed(
                f"The command was not over after {seconds:g} s: {self.command}",
                f"Its last words: {shown}" if shown else "",
            ) from None
        return Completed(self.command, code, self.output(), time.monotonic() - self._begin)

    def signal(self, number: int) -> None:
        if self.is_running:
            os.killpg(self._process.pid, number)

    def end(self) -> None:
        """Asks it to end, kills it when it does not; what it started, too."""
        for number, seconds in ((signal.SIGTERM, END_SECONDS), (signal.SIGKILL, END_SECONDS)):
            if self._process.poll() is not None:
                break
            try:
                os.killpg(self._process.pid, number)
                self._process.wait(seconds)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue
        try:
            os.killpg(self._process.pid, signal.SIGKILL)  # children that outlived it
        except (ProcessLookupError, PermissionError):
            pass

    def close(self) -> None:
        self.end()
        self._file.close()


def run(command: str, folder: Path, variables: Mapping[str, str], seconds: float) -> Completed:
    """Runs a command to its end.  Raises StepError when it cannot be started, DeadlinePassed when it takes too long."""
    running = Running(command, folder, variables)
    try:
        return running.wait(seconds)
    finally:
        running.close()


def variables_for(own: Mapping[str, str]) -> dict[str, str]:
    """The environment of a command: that of this process, the interpreter's folder first in PATH, then `own`."""
    folder = str(Path(sys.executable).parent)
    variables = dict(os.environ)
    variables["PATH"] = f"{folder}{os.pathsep}{variables.get('PATH', os.defpath)}"
    variables.update(own)
    return variables


def is_port_open(host: str, port: int) -> bool:
    """Whether somebody listens there."""
    try:
        with socket.create_connection((host, port), timeout=1.0):
            return True
    except OSError:
        return False


def _words(command: str, variables: Mapping[str, str]) -> list[str]:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise StepError(f"The command cannot be read: {error}", f"Command: {command}") from error
    if not words:
        raise StepError("There is no command to run")
    found = shutil.which(words[0], path=variables.get("PATH"))
    if found is None and os.sep not in words[0]:
        raise StepError(f'There is no program "{words[0]}"', "Is it installed, and in PATH? No shell is involved.")
    return [found or words[0], *words[1:]]
