"""The servers under measurement, and what is measured of each: one JSON POST with routing, Basic Auth and typed input.

Each is checked before it is measured: right answers for a good call, a wrong password, a wrong type, an unknown path.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks import load, our_server, processes
from tests.benchmarks.venvs import PEERS, ROOT, WORK, NotInstallable, python_of, versions_in

USER, PASSWORD = "bench", "a-bench-password"
PATH = "/bench/orders/c17"
BODY = b'{"sku": "A-100", "qty": 3, "is_gift": true}'
REPLY = {"customer": "c17", "sku": "A-100", "qty": 3, "state": "accepted"}
REFUSED = (400, 422)  # 422 is what FastAPI answers by itself
IDLE_CONNECTIONS = 1000
CONNECTIONS = 16
START_LIMIT_SECONDS = 20


@dataclass(slots=True)
class Server:
    """command: given a port, how to start it (and have it answer `PATH`)."""

    name: str
    versions: str
    command: Callable[[int], Sequence[str]]
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path = WORK


@dataclass(slots=True)
class Samples:
    """One list entry a round."""

    cpu_us: list[float] = field(default_factory=list)
    per_second: list[float] = field(default_factory=list)
    p50_ms: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)
    first_answer_seconds: list[float] = field(default_factory=list)
    rss_start_mb: list[float] = field(default_factory=list)
    rss_loaded_mb: list[float] = field(default_factory=list)
    rss_idle_mb: list[float] = field(default_factory=list)

    def medians(self) -> dict[str, float]:
        names = self.__slots__  # type: ignore[attr-defined]
        return {name: statistics.median(getattr(self, name)) for name in names if getattr(self, name)}


def request_bytes(path: str = PATH, body: bytes = BODY, password: str = PASSWORD) -> bytes:
    credentials = base64.b64encode(f"{USER}:{password}".encode()).decode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic {credentials}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nAccept: */*\r\nUser-Agent: bench\r\n\r\n"
    )
    return head.encode() + body


# ---- the peers


def ours() -> Server:
    versions, command = our_server.prepare()
    return Server("apitest-server", versions, command, {"PYTHONPATH": str(ROOT)}, ROOT)


def flask() -> Server:
    packages = ["gunicorn", "gevent", "packaging", "flask", "pydantic"]
    python = python_of("flask", packages)
    settings = ["--worker-class", "gevent", "--workers", "1", "--keep-alive", "75", "--log-level", "error"]
    settings += ["--worker-connections", "2000"]  # more than the idle connections that are kept open

    def command(port: int) -> list[str]:
        return [str(python), "-m", "gunicorn", *settings, "--bind", f"127.0.0.1:{port}", "flask_app:app"]

    return Server(
        "gunicorn (gevent) + Flask",
        versions_in(python, "gunicorn", "gevent", "flask", "pydantic"),
        command,
        folder=PEERS,
    )


def fastapi() -> Server:
    packages = ["uvicorn[standard]", "fastapi"]
    python = python_of("fastapi", packages)
    settings = ["--no-access-log", "--log-level", "error", "--timeout-keep-alive", "75"]

    def command(port: int) -> list[str]:
        return [str(python), "-m", "uvicorn", *settings, "--port", str(port), "fastapi_app:app"]

    versions = versions_in(python, "uvicorn", "uvloop", "httptools", "fastapi", "pydantic")
    return Server("uvicorn + FastAPI", versions, command, folder=PEERS)


def pywsgi() -> Server:
    python = python_of("pywsgi", ["gevent"])

    def command(port: int) -> list[str]:
        return [str(python), "pywsgi_app.py", str(port)]

    return Server("gevent.pywsgi, bare", versions_in(python, "gevent"), command, folder=PEERS)


def go() -> Server:
    compiler = shutil.which("go")
    if compiler is None:
        raise NotInstallable("Go net/http: no `go` on this machine")
    program = WORK / "go" / "bench"
    environment = {**os.environ, "GOCACHE": str(WORK / "go" / "cache"), "GOPATH": str(WORK / "go" / "path")}
    environment |= {"GOTOOLCHAIN": "local", "CGO_ENABLED": "0", "GOFLAGS": "", "HOME": str(WORK)}
    build = [compiler, "build", "-o", str(program), "."]
    done = subprocess.run(build, cwd=PEERS / "go", env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotInstallable(f"Go net/http: {done.stderr.strip()}")
    version = subprocess.run([compiler, "version"], capture_output=True, text=True, check=True).stdout.split()[2]
    return Server("Go net/http", version, lambda port: [str(program), str(port)], {"GOMAXPROCS": "1"})


ALL: dict[str, Callable[[], Server]] = {
    "ours": ours,
    "flask": flask,
    "fastapi": fastapi,
    "pywsgi": pywsgi,
    "go": go,
}


# ---- measuring


def measure_round(server: Server, samples: Samples, seconds: float) -> None:
    """Starts the server, checks it, measures, and stops it."""
    port = processes.free_port()
    log = WORK / "logs" / f"{server.name.split()[0]}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "HOME": str(WORK / "home"), "PYTHONDONTWRITEBYTECODE": "", **server.environment}
    (WORK / "home").mkdir(exist_ok=True)
    begun = time.perf_counter()
    process = processes.start(server.command(port), log=log, environment=environment, cwd=server.folder)
    try:
        wait_for_answer(process, port, log)
        samples.first_answer_seconds.append(time.perf_counter() - begun)
        samples.rss_start_mb.append(processes.resident_mb(process.pid))
        check(server.name, port)
        run_load(port, min(1.0, seconds))  # warm: caches, the allocator
        before = processes.cpu_seconds(process.pid)
        result = run_load(port, seconds)
        used = processes.cpu_seconds(process.pid) - before
        if result["errors"]:
            raise SystemExit(f"{server.name}: {result['errors']:.0f} failed answers, see {log}")
        samples.cpu_us.append(used / result["requests"] * 1e6)
        samples.per_second.append(result["requests"] / result["seconds"])
        samples.p50_ms.append(result["p50_ms"])
        samples.p99_ms.append(result["p99_ms"])
        samples.rss_loaded_mb.append(processes.resident_mb(process.pid))
        samples.rss_idle_mb.append(resident_with_idle_connections(process.pid, port))
    finally:
        processes.stop(process)


def wait_for_answer(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Until the measured call itself is answered with 200, which is what start to first answer means here."""
    deadline = time.perf_counter() + START_LIMIT_SECONDS
    while time.perf_counter() < deadline:
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError), load.connect(port) as connection:
            connection.sendall(request_bytes())
            if load.read_answer(connection).startswith(b"HTTP/1.1 200"):
                return
        time.sleep(0.005)
    end = log.read_text("utf-8", "replace")[-2000:]
    raise SystemExit(f"{process.args!r} did not answer on port {port}:\n{end}")


def wait_until_listening(port: int) -> None:
    deadline = time.perf_counter() + START_LIMIT_SECONDS
    while time.perf_counter() < deadline:
        with contextlib.suppress(OSError), load.connect(port):
            return
        time.sleep(0.005)
    raise SystemExit(f"Nothing listens on port {port}.")


def check(name: str, port: int) -> None:
    """All peers do the same work, or the table would compare different things."""

    def call(request: bytes) -> tuple[int, bytes]:
        with load.connect(port) as connection:
            connection.sendall(request)
            head, _, body = load.read_answer(connection).partition(b"\r\n\r\n")
            return int(head.split(b" ")[1]), body

    status, body = call(request_bytes())
    found = {
        "a good call": status == 200 and json.loads(body) == REPLY,
        "a wrong password": call(request_bytes(password="wrong"))[0] == 401,
        "a wrong type": call(request_bytes(body=b'{"sku": "A-100", "qty": "many"}'))[0] in REFUSED,
        "a missing field": call(request_bytes(body=b'{"qty": 3}'))[0] in REFUSED,
        "an unknown path": call(request_bytes(path="/bench/nothing"))[0] == 404,
    }
    wrong = [what for what, is_right in found.items() if not is_right]
    if wrong:
        raise SystemExit(f"{name} does not answer as the others do: {', '.join(wrong)} (got {status} {body[:300]!r})")


def run_load(port: int, seconds: float) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.benchmarks.load", str(port), str(CONNECTIONS), str(seconds)]
    done = subprocess.run(
        command,
        input=request_bytes(),
        capture_output=True,
        cwd=ROOT,
        preexec_fn=processes.on_core(processes.OTHER_CORE),
        check=False,
        timeout=seconds + 60,
    )
    if done.returncode:
        raise SystemExit(f"The load generator failed: {done.stderr.decode()[-800:]}")
    result: dict[str, float] = json.loads(done.stdout)
    return result


def resident_with_idle_connections(pid: int, port: int) -> float:
    """Memory while 1,000 connections, each of which has had one answer, are kept open."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    opened: list[socket.socket] = []
    try:
        for _ in range(IDLE_CONNECTIONS):
            connection = load.connect(port)
            opened.append(connection)
            connection.sendall(request_bytes())
            load.read_answer(connection)
        return processes.resident_mb(pid)
    finally:
        for connection in opened:
            connection.close()
