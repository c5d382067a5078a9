"""Starts a Docker engine on a Debian machine that has none running, and stops the one it started.

    python3 docker/offline/engine.py start     install it from Debian where it is missing, start it, wait for it
    python3 docker/offline/engine.py stop      end the engine that `start` began

Needs root for both.  Where an engine answers already, `start` does nothing.  Standard library only, so that it runs
before anything is installed.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

OWN_PID_FILE = Path("/run/apitest-dockerd.pid")
LOG_FILE = Path("/var/log/apitest-dockerd.log")
START_SECONDS = 60
STOP_SECONDS = 20
STALE_PID_FILES = (Path("/var/run/docker.pid"), Path("/var/run/docker/containerd/containerd.pid"))
NEEDED = {"dockerd": "docker.io", "debootstrap": "debootstrap", "iptables": "iptables"}


def answers() -> bool:
    """Whether an engine can be reached with the client's own settings."""
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "version"], capture_output=True, timeout=30).returncode == 0


def install_missing(needed: dict[str, str] = NEEDED) -> None:
    """Install the Debian packages whose command is not there."""
    packages = [package for command, package in needed.items() if shutil.which(command) is None]
    if not packages:
        return
    apt = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=600"]
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    subprocess.run([*apt, "update"], check=True, stdout=subprocess.DEVNULL, env=environment)
    command = [*apt, "install", "-y", "--no-install-recommends", *packages]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)


def process_name(pid: int) -> str:
    """The name of a live process; empty where there is none, or only its zombie."""
    try:
        fields = dict(
            line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line
        )
    except OSError:
        return ""
    return "" if fields["State"].split()[0] in "ZX" else fields["Name"].strip()


def forget_the_dead() -> None:
    """Remove pid files that a killed engine left behind: a new one would take any process of that number for itself."""
    for file in STALE_PID_FILES:
        try:
            pid = int(file.read_text())
        except (OSError, ValueError):
            continue
        if process_name(pid) not in ("dockerd", "containerd"):
            file.unlink(missing_ok=True)


def start() -> int:
    if answers():
        print("A Docker engine answers already.")
        return 0
    if os.geteuid() != 0:
        print("No Docker engine answers, and starting one needs root.", file=sys.stderr)
        return 1
    install_missing()
    if answers():  # the package may have started it
        return 0
    forget_the_dead()
    with LOG_FILE.open("ab") as log:
        engine = subprocess.Popen(["dockerd"], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    OWN_PID_FILE.write_text(str(engine.pid))
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and engine.poll() is None:
        if answers():
            print(f"Docker engine started, log in {LOG_FILE}")
            return 0
        time.sleep(0.2)
    tail = "\n".join(LOG_FILE.read_text(errors="replace").splitlines()[-15:])
    print(f"The Docker engine did not start; the end of {LOG_FILE}:\n{tail}", file=sys.stderr)
    return 1


def stop() -> int:
    try:
        pid = int(OWN_PID_FILE.read_text())
    except (OSError, ValueError):
        print("No engine was started here.")
        return 0
    if process_name(pid) == "dockerd":
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while process_name(pid) and time.monotonic() < deadline:
            time.sleep(0.2)
    OWN_PID_FILE.unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    commands = {"start": start, "stop": stop}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    sys.exit(commands[sys.argv[1]]())
