"""Our server in the benchmark: an environment as `apitest-server quickstart create` makes it, with one service deployed
by copying its file, one login and one channel made by admin services.

Default settings, except that nothing else is deployed; the access log stays on, as it would in use.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.benchmarks import processes
from tests.benchmarks.venvs import PEERS, ROOT, WORK, versions_in

COMMAND = [sys.executable, "-m", "server"]
FOLDER = WORK / "ours"
DEPLOY_LIMIT_SECONDS = 10

# Names and elements of the admin services: docs/reference/admin-api.md.
DEFINITIONS: list[tuple[str, dict[str, Any]]] = [
    (
        "zato.security.basic-auth.create",
        {"name": "bench.user", "username": "bench", "realm": "bench", "password": "a-bench-password"},
    ),
    (
        "zato.http-soap.create",
        {
            "name": "bench.orders",
            "connection": "channel",
            "transport": "plain_http",
            "url_path": "/bench/orders/{customer}",
            "method": "POST",
            "service": "bench.orders",
            "data_format": "json",
            "security_name": "bench.user",
        },
    ),
]


def prepare() -> tuple[str, Callable[[int], list[str]]]:
    """Makes the environment; gives the versions in use, and the command that starts it on a port."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    shutil.rmtree(FOLDER, ignore_errors=True)
    create = [*COMMAND, "quickstart", "create", str(FOLDER)]
    made = subprocess.run(create, capture_output=True, text=True, env=environment, check=True, cwd=ROOT).stdout
    found = re.search(r"user admin\.invoke, password (\S+)", made)
    if found is None:
        raise SystemExit(f"No password of admin.invoke in:\n{made}")
    shutil.copy(PEERS / "bench_service.py", FOLDER / "server1" / "pickup" / "incoming" / "services")

    def command(port: int) -> list[str]:
        return [*COMMAND, "start", str(FOLDER), "--fg", "--bind", f"127.0.0.1:{port}"]

    port = processes.free_port()
    log = WORK / "logs" / "ours-prepare.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    process = processes.start(command(port), log=log, environment=environment, cwd=ROOT)
    try:
        wait_for_service(port, found[1], log)
        for service, request in DEFINITIONS:
            invoke(port, found[1], service, request)
    finally:
        processes.stop(process)
    versions = versions_in(Path(sys.executable), "gevent", "httptools", "orjson", "pydantic")
    return versions, command


def invoke(port: int, password: str, service: str, request: dict[str, Any]) -> Any:
    """One admin call, as docs/reference/admin-api.md describes it."""
    credentials = base64.b64encode(f"admin.invoke:{password}".encode()).decode()
    call = urllib.request.Request(
        f"http://127.0.0.1:{port}/zato/api/invoke/{service}",
        json.dumps(request).encode(),
        {"Authorization": f"Basic {credentials}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(call, timeout=10) as answer:
            return json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        raise SystemExit(f"{service}: {error.code} {error.read()[:600]!r}") from None


def wait_for_service(port: int, password: str, log: Path) -> None:
    """Until the copied file is deployed."""
    deadline = time.monotonic() + DEPLOY_LIMIT_SECONDS
    reason: object = "not listening"
    while time.monotonic() < deadline:
        try:
            invoke(port, password, "zato.service.get-by-name", {"name": "bench.orders"})
            return
        except (OSError, SystemExit) as error:
            reason = error
        time.sleep(0.1)
    raise SystemExit(f"bench.orders was not deployed: {reason}; see {log}")
