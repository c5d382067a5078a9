"""Real services for edge tests, each in a container of its own that ends with the test session.

Where no Docker engine answers, the tests that need one are skipped with the reason; under `CI=true` an engine is
installed and started, and what is still missing is a failure.  Images are pulled, or built from Debian packages by
`docker/offline/` where no registry answers.  Ports are published on 127.0.0.1 only.
"""

from __future__ import annotations

import atexit
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

OFFLINE = Path(__file__).resolve().parents[2] / "docker" / "offline"
LABEL = "apitest.test-session"
PASSWORD = "only-for-tests"
START_SECONDS = 90.0
PULL_SECONDS = 30


def _is_ci() -> bool:
    return os.environ.get("CI") == "true"


def _give_up(reason: str) -> Any:
    """A missing service is a skip on a laptop and a failure in CI."""
    if _is_ci():
        pytest.fail(reason)
    pytest.skip(reason)


@cache
def _engine() -> DockerClient | str:
    """A client of the engine, or why there is none."""
    try:
        import docker
    except ImportError:
        return "the package docker is not installed"
    for attempt in ("found", "started"):
        try:
            client = docker.from_env()
            client.ping()
        except docker.errors.DockerException as error:
            reason = f"no Docker engine answers: {error}"
        else:
            _remove_left_over(client)
            return client
        if attempt == "found":
            if not _is_ci():
                break
            subprocess.run([sys.executable, str(OFFLINE / "engine.py"), "start"], check=False)
    return reason


def _remove_left_over(client: DockerClient) -> None:
    """Containers of sessions whose process is gone."""
    for container in client.containers.list(all=True, filters={"label": LABEL}):
        owner = container.labels[LABEL]
        if not Path(f"/proc/{owner}").exists():
            container.remove(force=True, v=True)


def _has_image(client: DockerClient, tag: str) -> str:
    """Make the image be there; why it is not, or an empty text."""
    import docker

    try:
        client.images.get(tag)
        return ""
    except docker.errors.ImageNotFound:
        pass
    try:
        pulled = subprocess.run(["docker", "pull", "-q", tag], capture_output=True, timeout=PULL_SECONDS)
        if pulled.returncode == 0:
            return ""
    except (OSError, subprocess.TimeoutExpired):
        pass
    name = tag.partition(":")[0]
    built = subprocess.run([sys.executable, str(OFFLINE / "build.py"), name], capture_output=True, text=True)
    return "" if built.returncode == 0 else f"image {tag} can be neither pulled nor built: {built.stderr[-500:]}"


def run(tag: str, port: int, environment: dict[str, str], is_ready: Callable[[int], bool], *command: str) -> Container:
    """Start a container of an image, wait until `is_ready(published port)` and return it; ended with the session."""
    client = _engine()
    if isinstance(client, str):
        return _give_up(client)  # type: ignore[no-any-return]
    reason = _has_image(client, tag)
    if reason:
        return _give_up(reason)  # type: ignore[no-any-return]
    container = client.containers.run(
        tag,
        list(command) or None,
        detach=True,
        environment=environment,
        labels={LABEL: str(os.getpid())},
        ports={f"{port}/tcp": ("127.0.0.1", None)},
    )
    atexit.register(container.remove, force=True, v=True)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        container.reload()
        if container.status not in ("created", "running"):
            break
        if container.status == "running" and is_ready(published_port(container, port)):
            return container
        time.sleep(0.2)
    return _give_up(f"{tag} did not get ready: {container.logs(tail=20).decode(errors='replace')}")  # type: ignore[no-any-return]


def published_port(container: Container, port: int) -> int:
    """The port on 127.0.0.1 that leads to a container's port."""
    return int(container.ports[f"{port}/tcp"][0]["HostPort"])


@cache
def postgresql_url() -> str:
    """The SQLAlchemy URL of an empty PostgreSQL 15 database that is shared by the whole test session."""
    import psycopg

    def is_ready(port: int) -> bool:
        try:
            psycopg.connect(f"host=127.0.0.1 port={port} user=test password={PASSWORD} dbname=test").close()
        except psycopg.OperationalError:
            return False
        return True

    variables = {"POSTGRES_USER": "test", "POSTGRES_PASSWORD": PASSWORD, "POSTGRES_DB": "test"}
    container = run("postgres:15", 5432, variables, is_ready)
    return f"postgresql+psycopg://test:{PASSWORD}@127.0.0.1:{published_port(container, 5432)}/test"


@cache
def rabbitmq_url() -> str:
    """The AMQP URL of a RabbitMQ 3 that is shared by the whole test session."""
    import pika

    def address(port: int) -> str:
        return f"amqp://test:{PASSWORD}@127.0.0.1:{port}/"

    def is_ready(port: int) -> bool:
        try:
            pika.BlockingConnection(pika.URLParameters(address(port))).close()
        except (pika.exceptions.AMQPError, OSError):
            return False
        return True

    variables = {"RABBITMQ_DEFAULT_USER": "test", "RABBITMQ_DEFAULT_PASS": PASSWORD}
    container = run("rabbitmq:3", 5672, variables, is_ready)
    return address(published_port(container, 5672))


def redis_url() -> str:
    """The URL of an empty Redis 7 that is shared by the whole test session."""
    return f"redis://:{PASSWORD}@127.0.0.1:{published_port(_redis(), 6379)}/0"


def redis_address() -> str | None:
    """The same one by its address on Docker's own network, without the password; None where that is out of reach."""
    import socket

    host = _redis().attrs["NetworkSettings"]["IPAddress"]
    try:
        socket.create_connection((host, 6379), 2).close()
    except OSError:
        return None
    return f"redis://{host}:6379"


@cache
def _redis() -> Container:
    import redis

    def is_ready(port: int) -> bool:
        try:
            return bool(redis.Redis("127.0.0.1", port, password=PASSWORD).ping())
        except (redis.RedisError, OSError):
            return False

    return run("redis:7", 6379, {}, is_ready, "redis-server", "--requirepass", PASSWORD, "--save", "")


@cache
def cassandra_port() -> int:
    """The port on 127.0.0.1 of a Cassandra 5 without keyspaces that is shared by the whole test session."""

    def is_ready(port: int) -> bool:
        options = bytes.fromhex("040000000500000000")  # what the native protocol asks first
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as sock:
                sock.sendall(options)
                return len(sock.recv(9)) == 9
        except OSError:
            return False

    # Without these two, one node waits a minute for others that do not exist.
    options = "-Dcassandra.ring_delay_ms=2000 -Dcassandra.skip_wait_for_gossip_to_settle=0"
    container = run("cassandra:5", 9042, {"JVM_EXTRA_OPTS": options, "MAX_HEAP_SIZE": "512M"}, is_ready)
    return published_port(container, 9042)
