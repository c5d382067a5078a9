"""`apitest demo`: a sample project, a real server with its services in it, a run, and nothing left running.

The server is a child process with a session of its own, so that Ctrl-C reaches us alone and we end it, however the run
ends.  We meet it as any user does: by its command line, its address and its admin services.  Not here: the sample
project itself (`demo/`), running (`cli/run.py`).
"""

from __future__ import annotations

import base64
import ctypes
import http.client
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import click

from apitest.errors import StepError, UsageError

DEFAULT_FOLDER = "apitest-demo"
START_SECONDS = 20.0
STOP_SECONDS = 8.0
CALL_SECONDS = 10.0

PR_SET_PDEATHSIG = 1  # linux/prctl.h

CONFIG = """\
# Values for the tests: @server, @ann_password, @shop_db. Written by `apitest demo`.

[user]
server = {server}
ann_password = {ann_password}
shop_db = {shop_db}

[apitest]
# A page of every run, report/index.html, beside the lines on the console.
formats = html
"""

_SERVICE = re.compile(r"^class (\w+)\(Service\):", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Sample:
    """The files of one demo.  is_new: made just now."""

    root: Path
    is_new: bool

    @property
    def server(self) -> Path:
        return self.root / "server"

    @property
    def log(self) -> Path:
        return self.server / "server1" / "logs" / "server.log"

    @property
    def pickup(self) -> Path:
        return self.server / "server1" / "pickup" / "incoming" / "services"

    @property
    def config(self) -> Path:
        return self.root / "features" / "config.ini"


@click.command("demo")
@click.argument("path", metavar="[DIR]", default="", required=False)
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="[auto]")
def command(path: str, color: str) -> int:
    """Makes a sample project in DIR (default: ./apitest-demo), starts a server for it, runs it, stops the server.

    A folder that an earlier demo has made is used again, with your changes in it.
    """
    from apitest.cli.run import Request, run
    from apitest.config import shown

    with _ends_on_signals():
        sample = _sample(Path(path or DEFAULT_FOLDER))
        root = shown(sample.root)
        kept = "" if sample.is_new else ", as you left them"
        _line(
            "Sample project",
            f"./{root}" if not root.startswith("/") else root,
            f"(features, services: yours to edit{kept})",
        )
        password = ""
        address = _address_of(sample)
        try:
            if sample.is_new:
                password = _create_server(sample, address)
            _copy_services(sample)
            with _server(sample, address) as seconds:
                _line("Server", address, f"started in {seconds:.1f} s, log in {shown(sample.log)}")
                if sample.is_new:
                    _define(sample, address, password)
                _line("Services", ", ".join(_service_names(sample)), "  deployed")
                click.echo()
                report = sample.root / "report" / "index.html"
                code = run(
                    Request(
                        paths=(str(sample.root),),
                        defines={"server": address},
                        formats=("console", f"html:{report}"),
                        color=color,
                        lists_reports=False,
                    )
                )
        except BaseException:
            # A half-made sample would be in the way of the next try.
            if sample.is_new and not sample.config.exists():
                shutil.rmtree(sample.root, ignore_errors=True)
            raise
        _line("Report", shown(report))
        click.echo()
        _next(root)
        return int(code)


def _sample(root: Path) -> Sample:
    """Copies the sample project, or takes the one that is there.  Raises UsageError."""
    from apitest.project import create

    if (
        (root / "definitions.json").is_file()
        and (root / "server").is_dir()
        and (root / "features" / "config.ini").is_file()
    ):
        return Sample(root, is_new=False)
    source = Path(__file__).resolve().parents[2] / "demo"
    if not (source / "definitions.json").is_file():
        raise UsageError(f"The sample project is missing: there is no {source}", "Install apitest again")
    create(root, source)
    (root / "__init__.py").unlink(missing_ok=True)
    return Sample(root, is_new=True)


def _address_of(sample: Sample) -> str:
    """Where the server of an earlier demo listened, if that is free; else any free port of this machine."""
    if not sample.is_new:
        found = re.search(r"^server\s*=\s*http://127\.0\.0\.1:(\d+)", sample.config.read_text("utf-8"), re.MULTILINE)
        if found and _is_free(int(found[1])):
            return f"http://127.0.0.1:{found[1]}"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _server_command(*words: str) -> list[str]:
    return [sys.executable, "-m", "server", *words]


def _surroundings() -> dict[str, str]:
    """The environment of the child: it must find the package where we found ours, whatever the working directory is."""
    here = str(Path(__file__).resolve().parents[2])
    paths = [here, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths))}


def _create_server(sample: Sample, address: str) -> str:
    """`apitest-server quickstart create` -> the password of its administrator."""
    words = _server_command("quickstart", "create", str(sample.server), "--bind", address.removeprefix("http://"))
    done = subprocess.run(words, capture_output=True, text=True, env=_surroundings(), timeout=60)
    found = re.search(r"user admin\.invoke, password (\S+)", done.stdout)
    if done.returncode or not found:
        raise StepError(f"The server could not be created:\n{done.stdout}{done.stderr}".rstrip())
    return found[1]


def _copy_services(sample: Sample) -> None:
    for file in sorted((sample.root / "services").glob("*.py")):
        shutil.copy2(file, sample.pickup / file.name)


@contextmanager
def _server(sample: Sample, address: str) -> Iterator[float]:
    """The server runs while this lasts -> the seconds it took to answer.  Raises StepError when it does not."""
    began = time.monotonic()
    words = _server_command("start", str(sample.server), "--fg", "--bind", address.removeprefix("http://"))
    output = sample.root / "server" / "start.log"
    with output.open("w", encoding="utf-8") as stream:
        child = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            env=_surroundings(),
            start_new_session=True,
            preexec_fn=_end_with_parent,
        )
    try:
        while not _answers(address):
            if child.poll() is not None:
                raise StepError(
                    f"The server ended before it answered:\n{output.read_text('utf-8', 'replace').rstrip()}"
                )
            if time.monotonic() - began > START_SECONDS:
                raise StepError(f"The server did not answer at {address} in {START_SECONDS:g} s", f"Look into {output}")
            time.sleep(0.02)
        yield time.monotonic() - began
    finally:
        _end(child)


def _end_with_parent() -> None:
    """In the child, where the system can do it: end when we are killed without a chance to end it ourselves."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _end(child: subprocess.Popen[Any]) -> None:
    """Asks nicely, then does not ask any more; a Ctrl-C meanwhile does not leave the child behind."""
    if child.poll() is not None:
        return
    try:
        child.terminate()
        child.wait(STOP_SECONDS)
    except BaseException:
        child.kill()
        child.wait()
        raise


def _answers(address: str) -> bool:
    try:
        return _call(address, "GET", "/zato/ping", {}, b"")[0] == 200
    except OSError:
        return False


def _define(sample: Sample, address: str, password: str) -> None:
    """Makes the channels, credentials and connections of definitions.json, then the configuration of the tests."""
    data = sample.root / "data"
    data.mkdir(exist_ok=True)
    values = {
        "server": address,
        "ann_password": secrets.token_urlsafe(12),
        "shop_db": str((data / "shop.db").resolve()),
    }
    text = (sample.root / "definitions.json").read_text("utf-8")
    for name, value in values.items():
        text = text.replace(f'"@{name}"', json.dumps(value))
    token = base64.b64encode(f"admin.invoke:{password}".encode()).decode()
    headers = {"Authorization": f"Basic {token}", "Content-Type": "application/json"}
    for item in json.loads(text):
        body = json.dumps(item["request"]).encode()
        status, reply = _call(address, "POST", f"/zato/api/invoke/{item['service']}", headers, body)
        if status >= 300:
            raise StepError(f"{item['service']} was refused with {status}: {reply.decode('utf-8', 'replace')}")
    sample.config.write_text(CONFIG.format(**values), "utf-8")


def _call(address: str, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=CALL_SECONDS)
    try:
        connection.request(method, path, body or None, headers)
        response = connection.getresponse()
        return response.status, response.read()
    except http.client.HTTPException as error:
        raise ConnectionError(str(error)) from error
    finally:
        connection.close()


def _service_names(sample: Sample) -> list[str]:
    """The names under which the server knows the classes: the file's, and the class's with dashes."""
    names = []
    for file in sorted((sample.root / "services").glob("*.py")):
        for name in _SERVICE.findall(file.read_text("utf-8")):
            names.append(f"{file.stem}.{re.sub(r'(?<=[a-z0-9])(?=[A-Z])', '-', name).lower()}")
    return names


@contextmanager
def _ends_on_signals() -> Iterator[None]:
    """Ctrl-C, SIGTERM and a closed terminal all leave through `finally`, so that the server is stopped; during the run
    itself its own handlers are in place."""

    def end(number: int, frame: FrameType | None) -> None:
        click.echo("\n  Interrupted; the server is stopped", err=True)
        raise SystemExit(128 + number)

    names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {name: signal.signal(getattr(signal, name), end) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)


def _line(label: str, text: str, more: str = "") -> None:
    click.echo(f"  {label:<16} {text:<24} {more}".rstrip())


def _next(root: str) -> None:
    lines = (
        (f"apitest run {root}", "run it again"),
        ("apitest init my-tests", "start your own"),
        (f"apitest-server start {root}/server", "keep the server and call it"),
    )
    width = max(len(text) for text, _ in lines) + 2
    for number, (text, meaning) in enumerate(lines):
        click.echo(f"  {'Next' if number == 0 else '':<16} {text:<{width}} {meaning}")
