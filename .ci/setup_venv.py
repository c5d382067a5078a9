"""Makes `.venv` in the checkout and installs the project into it; does nothing when that is done already.

    python3 .ci/setup_venv.py run     what the product needs
    python3 .ci/setup_venv.py dev     that, and what its tests need

Run by the Makefile with any Python 3.10 or newer; the standard library is enough.  A marker file holds a hash of what
the installation depends on (`setup.cfg`, the Python, the place of the checkout, the constraints), so a second call
takes no time and a changed `setup.cfg` installs what is missing.  Nothing is written outside the checkout, save
temporary files.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
LOG = VENV / "install.log"

NO_VENV = """\
This Python cannot make virtual environments. On Debian and Ubuntu:

    apt-get install python3-venv

or name another Python 3.10+ that can: make PYTHON=/path/to/python3 ...
"""

SHOWN_STARTS = ("Collecting ", "Building ", "Installing collected")
"""Of pip's lines those that tell a person how far it is; the others go to the log only."""


def main(arguments: list[str]) -> int:
    if arguments not in (["run"], ["dev"]):
        print(__doc__)
        return 2
    if sys.version_info < (3, 10):  # noqa: UP036  (whoever calls `make` may have an older one)
        found = ".".join(str(part) for part in sys.version_info[:3])
        print(f"Python 3.10 or newer is needed, {sys.executable} is {found}. Try: make PYTHON=python3.11 ...")
        return 2
    wanted = arguments[0]
    key = installation_key()
    if is_ready(wanted, key):
        return 0
    begun = time.monotonic()
    if not has_working_venv():
        print(f"  Set-up       making {VENV.name} with {sys.executable}", flush=True)
        if not make_venv():
            print(NO_VENV)
            return 2
    print("  Set-up       installing what setup.cfg names (first time: a minute or less)", flush=True)
    for marker in VENV.glob("ready-*"):
        marker.unlink()
    if not install(wanted):
        return 1
    marker_of(wanted).write_text(key, "ascii")
    print(f"  Set-up       done in {time.monotonic() - begun:.0f} s", flush=True)
    return 0


def installation_key() -> str:
    parts = [(ROOT / "setup.cfg").read_text("utf-8"), sys.version, str(ROOT)]
    constraints = os.environ.get("PIP_CONSTRAINT", "")
    if constraints:
        parts.append(Path(constraints).read_text("utf-8"))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def marker_of(what: str) -> Path:
    return VENV / f"ready-{what}"


def is_ready(wanted: str, key: str) -> bool:
    """True if this was installed from the same files; `dev` holds all of `run`."""
    good_enough = ("dev",) if wanted == "dev" else ("run", "dev")
    markers = [marker_of(what) for what in good_enough]
    return any(marker.is_file() and marker.read_text("ascii") == key for marker in markers) and VENV_PYTHON.exists()


def has_working_venv() -> bool:
    """True if there is an environment of this very Python version with pip in it."""
    if not VENV_PYTHON.exists():
        return False
    script = "import sys, pip; print(sys.version, end='')"
    answer = subprocess.run([str(VENV_PYTHON), "-c", script], capture_output=True, text=True, check=False)
    return answer.returncode == 0 and answer.stdout == sys.version


def make_venv() -> bool:
    """The standard library's venv; where Debian left out its pip, one that an installed pip or virtualenv completes."""
    without_pip = [sys.executable, "-m", "venv", "--without-pip", "--clear", str(VENV)]
    pip_from_outside = [sys.executable, "-m", "pip", "--python", str(VENV_PYTHON), "install", "--no-cache-dir", "pip"]
    ways = [
        [[sys.executable, "-m", "venv", "--clear", str(VENV)]],
        [without_pip, pip_from_outside],
        [[sys.executable, "-m", "virtualenv", "--clear", str(VENV)]],
        [["virtualenv", "--clear", "--python", sys.executable, str(VENV)]],
    ]
    for way in ways:
        if all(succeeds(command) for command in way) and has_working_venv():
            return True
    shutil.rmtree(VENV, ignore_errors=True)  # half-made by one of them
    return False


def succeeds(command: list[str]) -> bool:
    try:
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    except FileNotFoundError:
        return False
    return done.returncode == 0


def install(wanted: str) -> bool:
    """pip, with one line a package shown; on failure the end of its log."""
    target = f"{ROOT}[dev]" if wanted == "dev" else str(ROOT)
    command = [str(VENV_PYTHON), "-m", "pip", "install", "--no-cache-dir", "--disable-pip-version-check"]
    command += ["--no-input", "--progress-bar", "off", "--editable", target]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    assert process.stdout is not None
    lines = []
    with LOG.open("w", encoding="utf-8") as log:
        for line in process.stdout:
            log.write(line)
            lines.append(line)
            if line.startswith(SHOWN_STARTS):
                print(f"               {shortened(line)}", flush=True)
    if process.wait() == 0:
        return True
    print("".join(lines[-15:]))
    print(f"The installation failed; the whole log is {LOG}. Is the package index reachable (or PIP_INDEX_URL set)?")
    return False


def shortened(line: str) -> str:
    """`Collecting gevent>=24.2 (from apitest==0.1.0)` -> `Collecting gevent>=24.2`."""
    text = line.strip().split(" (from ")[0]
    return text if len(text) <= 100 else f"{text[:97]}..."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
