"""A virtual environment for each peer under `.benchmarks/`, so that nobody's requirements meet."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
WORK = ROOT / ".benchmarks"
PEERS = Path(__file__).resolve().parent / "peers"


class NotInstallable(Exception):
    """A peer could not be installed here; the run goes on without it and the report says so."""


def python_of(name: str, requirements: list[str]) -> Path:
    """The Python of a peer's environment, made at the first call."""
    folder = WORK / "venvs" / name
    python = folder / "bin" / "python"
    marker = folder / "ready"
    key = hashlib.sha256("\n".join([sys.version, *requirements]).encode()).hexdigest()
    if marker.is_file() and marker.read_text("ascii") == key:
        return python
    print(f"  installing {name}: {' '.join(requirements)}", flush=True)
    steps = [
        [sys.executable, "-m", "venv", "--clear", str(folder)],
        [str(python), "-m", "pip", "install", "-q", "--no-cache-dir", "--disable-pip-version-check", *requirements],
    ]
    for step in steps:
        done = subprocess.run(step, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotInstallable(f"{name}: {(done.stderr or done.stdout).strip().splitlines()[-1]}")
    marker.write_text(key, "ascii")
    return python


def versions_in(python: Path, *packages: str) -> str:
    """`Flask 3.1.0, gunicorn 23.0.0` as installed in that environment."""
    script = (
        "import sys, importlib.metadata as m\nprint(', '.join(f'{name} {m.version(name)}' for name in sys.argv[1:]))"
    )
    done = subprocess.run([str(python), "-c", script, *packages], capture_output=True, text=True, check=True)
    return done.stdout.strip()
