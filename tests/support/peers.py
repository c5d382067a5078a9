"""Real peers of a test, as processes of their own: each is started once for a session and ends with it."""

from __future__ import annotations

import atexit
import socket
import subprocess
import sys
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_starting = threading.Lock()
_ports: dict[tuple[str, ...], int] = {}


def port_of(module: str, *arguments: str) -> int:
    """The port on 127.0.0.1 of `python -m tests.support.<module>`, which says `listening on PORT` when it is ready."""
    own = (module, *arguments)
    with _starting:
        if own not in _ports:
            command = [sys.executable, "-m", f"tests.support.{module}", *arguments]
            process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
            atexit.register(_end, process)
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line.startswith("listening on "):
                raise RuntimeError(f"{module} did not start: {line!r}, code {process.poll()}")
            _ports[own] = int(line.split()[-1])
    return _ports[own]


def free_port() -> int:
    """A port on 127.0.0.1 that nobody uses now."""
    with socket.socket() as own:
        own.bind(("127.0.0.1", 0))
        return int(own.getsockname()[1])


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait(10)
    if process.stdout is not None:
        process.stdout.close()
