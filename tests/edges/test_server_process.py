"""The server as a process: start, first answer, stop with calls that run, hot deployment, refusals, secrets in logs."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]
# Generous: these bound a test that hangs, they are no measure of speed; `make bench` measures.
DEADLINE_SECONDS = 30.0


@dataclass
class Env:
    """An environment made by `quickstart create`, worked on with the command as users have it."""

    path: Path
    admin_password: str = ""
    api_password: str = ""
    results: list[Any] = field(default_factory=list)

    @property
    def server(self) -> Path:
        return self.path / "server1"

    @property
    def pickup(self) -> Path:
        return self.server / "pickup" / "incoming" / "services"

    @property
    def log(self) -> str:
        return (self.server / "logs" / "server.log").read_text("utf-8")

    @property
    def address(self) -> str:
        return str(self.running["address"])

    @property
    def pid(self) -> int:
        return int(self.running["pid"])

    @property
    def running(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.server / "work" / "running.json").read_text())
        return found

    @property
    def is_running(self) -> bool:
        """Quicker than `info`; the file goes last."""
        return (self.server / "server.pid").exists()

    def info(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(run("info", str(self.path), "--format", "json").stdout)
        return found

    def call(self, service: str, payload: Any = None, timeout: float = DEADLINE_SECONDS) -> requests.Response:
        return requests.post(
            f"{self.address}/zato/api/invoke/{service}",
            json=payload,
            auth=("admin.invoke", self.admin_password),
            timeout=timeout,
        )


def run(*arguments: str, code: int = 0, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """`apitest-server` in a process of its own; fails the test on another exit code, or on a traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "server", *arguments],
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
    )
    assert done.returncode == code, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    return done


def until(what: Callable[[], Any], about: str) -> Any:
    """What the function gives once it is true."""
    ends_at = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < ends_at:
        found = what()
        if found:
            return found
        time.sleep(0.02)
    pytest.fail(f"waited {DEADLINE_SECONDS:g} s for: {about}")


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Env:
    """Made once; each test works on a copy."""
    path = tmp_path_factory.mktemp("fresh") / "env"
    made = run("quickstart", "create", str(path), "--bind", "127.0.0.1:0").stdout
    return Env(path, *re.findall(r"user \S+, password (\S+)", made))


@pytest.fixture
def env(fresh: Env, tmp_path: Path) -> Iterator[Env]:
    path = tmp_path / "env"
    shutil.copytree(fresh.path, path)
    yield Env(path, fresh.admin_password, fresh.api_password)
    if (path / "server1" / "server.pid").exists():
        run("stop", str(path), "--timeout", "5")


@pytest.fixture
def started(env: Env) -> Env:
    run("start", str(env.path))
    return env


SLEEPER = """
import time
from zato.server.service import Service

class Sleep(Service):
    name = 'test.sleep'
    def handle(self):
        self.logger.info('sleeping')
        time.sleep(float(self.request.payload['seconds']))
        self.response.payload = {'slept': self.request.payload['seconds']}
"""


def version(number: int) -> str:
    return (
        "from zato.server.service import Service\n"
        "class Version(Service):\n"
        "    name = 'test.version'\n"
        "    def handle(self):\n"
        f"        self.response.payload = {{'version': {number}}}\n"
    )


def deploy(env: Env, name: str, text: str) -> None:
    (env.pickup / name).write_text(text)


def test_start_answer_info_stop(env: Env, record_property: Callable[[str, object], None]) -> None:
    began = time.monotonic()
    shown = run("start", str(env.path)).stdout.splitlines()
    seconds = time.monotonic() - began
    assert re.fullmatch(
        r"  server1   listening on http://127\.0\.0\.1:\d+, ready in \d+\.\d s \(\d+ services, 0 warnings\)", shown[0]
    )
    info = env.info()
    assert info["component_running"] is True
    assert requests.get(env.address + "/zato/ping", timeout=5).json() == {"pong": "zato"}
    record_property("seconds to first answer", round(seconds, 2))
    record_property("resident MB at start", info["master_proc_memory_mb"])
    # The wanted 1 s and 80 MB are measured by `make bench`; these are what no machine should reach.
    assert seconds < 5
    assert 0 < info["master_proc_memory_mb"] < 100

    assert run("stop", str(env.path)).stdout == f"  Stopped server1 in {env.server}\n"
    assert env.info()["component_running"] is False
    assert not (env.server / "server.pid").exists()
    with pytest.raises(requests.ConnectionError):
        requests.get(shown[0].split()[3].rstrip(",") + "/zato/ping", timeout=5)
    assert run("stop", str(env.path)).stdout == "  server1 is not running\n"
    assert "Traceback" not in env.log


def test_definitions_and_services_are_there_after_a_restart(started: Env) -> None:
    deploy(started, "mine.py", version(1))
    until(lambda: started.call("test.version").status_code == 200, "the first deploy")
    definition = {"name": "v", "url_path": "/v", "service": "test.version", "data_format": "json"}
    made = started.call("zato.http-soap.create", {"connection": "channel", "transport": "plain_http", **definition})
    assert made.status_code == 200, made.text
    assert requests.get(started.address + "/v", timeout=5).json() == {"version": 1}
    run("stop", str(started.path))
    run("start", str(started.path))
    assert requests.get(started.address + "/v", timeout=5).json() == {"version": 1}


def test_commands_that_ask_the_server(started: Env, tmp_path: Path) -> None:
    path = str(started.path)
    assert json.loads(run("service", "invoke", path, "zato.ping").stdout) == {"pong": "zato"}
    refused = run("service", "invoke", path, "no.such", code=1).stderr
    assert "no.such" in refused or "Not found" in refused
    file = tmp_path / "sent.py"
    file.write_text(version(3))
    assert run("hot-deploy", str(file), path).stdout == "  Deployed  test.version   from sent.py to server1\n"
    assert json.loads(run("service", "invoke", path, "test.version").stdout) == {"version": 3}
    file.write_text("import nothing_of_this_name")
    refused = run("hot-deploy", str(file), path, code=1).stderr
    assert "line 1: ImportError: no module named 'nothing_of_this_name'" in refused
    assert json.loads(run("service", "invoke", path, "test.version").stdout) == {"version": 3}
    run("create", "basic-auth", "--name", "ann", "--username", "ann", "--password", "a-secret-word", "--path", path)
    listed = json.loads(run("list", "basic-auth", "--path", path).stdout)
    assert [one["name"] for one in listed] == ["admin.invoke", "ann", "pubapi"]
    run("set-admin-invoke-password", path, "--password", "quite-another-one")
    assert json.loads(run("service", "invoke", path, "zato.ping").stdout) == {"pong": "zato"}
    assert started.call("zato.ping").status_code == 401


def test_the_user_of_the_api_may_not_administrate(started: Env) -> None:
    def ask(service: str) -> int:
        auth = ("pubapi", started.api_password)
        address = f"{started.address}/zato/api/invoke/{service}"
        return requests.post(address, json={}, auth=auth, timeout=5).status_code

    assert ask("pub.zato.ping") == 200
    assert ask("zato.security.get-list") == 403
    assert ask("zato.service.upload-package") == 403


def test_a_file_copied_to_the_folder_is_live_and_replaced_without_a_failed_call(
    started: Env, record_property: Callable[[str, object], None]
) -> None:
    began = time.monotonic()
    deploy(started, "mine.py", version(1))
    until(lambda: started.call("test.version").status_code == 200, "the first deploy")
    record_property("seconds from copy to answer", round(time.monotonic() - began, 2))
    address, statuses, ends = started.address, [], threading.Event()

    def keep_calling() -> None:
        with requests.Session() as session:
            session.auth = ("admin.invoke", started.admin_password)
            while not ends.is_set():
                statuses.append(session.get(f"{address}/zato/api/invoke/test.version", timeout=5).status_code)

    thread = threading.Thread(target=keep_calling)
    thread.start()
    try:
        deploy(started, "mine.py", version(2))
        until(lambda: started.call("test.version").json() == {"version": 2}, "the second deploy")
    finally:
        ends.set()
        thread.join()
    assert len(statuses) > 3
    assert set(statuses) == {200}


def test_a_file_that_cannot_be_deployed_leaves_the_old_one(started: Env) -> None:
    deploy(started, "mine.py", version(1))
    until(lambda: started.call("test.version").status_code == 200, "the first deploy")
    deploy(started, "mine.py", version(2) + "\nimport nothing_of_this_name\n")
    until(lambda: "was not deployed" in started.log, "the refusal")
    assert started.call("test.version").json() == {"version": 1}
    log = started.log
    assert re.search(r"mine\.py was not deployed; the version of \d\d:\d\d:\d\d keeps answering", log)
    assert "line 7: ImportError: no module named 'nothing_of_this_name'" in log


def test_calls_that_run_are_answered_before_the_server_ends(started: Env) -> None:
    deploy(started, "sleeper.py", SLEEPER)
    until(lambda: started.call("test.sleep", {"seconds": 0}).status_code == 200, "the deploy")
    address, pid = started.address, started.pid
    before = started.log.count("sleeping")
    idle = socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])))
    thread = threading.Thread(target=lambda: started.results.append(sleep_a_second(started, address)))
    thread.start()
    until(lambda: started.log.count("sleeping") > before, "the call to begin")
    os.kill(pid, signal.SIGTERM)
    until(lambda: is_refused(address), "the listener to close")
    thread.join()
    (answer,) = started.results
    assert answer.json() == {"slept": 1}
    assert answer.headers["Connection"] == "close"
    assert idle.recv(1) == b""
    idle.close()
    until(lambda: not started.is_running, "the process to end")
    assert "Traceback" not in started.log


def sleep_a_second(env: Env, address: str) -> requests.Response:
    auth = ("admin.invoke", env.admin_password)
    return requests.post(f"{address}/zato/api/invoke/test.sleep", json={"seconds": 1}, auth=auth, timeout=10)


def is_refused(address: str) -> bool:
    try:
        socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])), timeout=1).close()
    except OSError:
        return True
    return False


def test_calls_that_take_too_long_are_cut_at_the_deadline(env: Env) -> None:
    conf = env.server / "config" / "repo" / "server.conf"
    conf.write_text(conf.read_text().replace("gunicorn_graceful_timeout = 30", "gunicorn_graceful_timeout = 0.3"))
    deploy(env, "sleeper.py", SLEEPER)
    run("start", str(env.path))
    address = env.address

    def call() -> None:
        try:
            env.results.append(
                requests.post(
                    f"{address}/zato/api/invoke/test.sleep",
                    json={"seconds": 60},
                    auth=("admin.invoke", env.admin_password),
                    timeout=DEADLINE_SECONDS,
                )
            )
        except requests.ConnectionError as error:
            env.results.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    until(lambda: "sleeping" in env.log, "the call to begin")
    began = time.monotonic()
    run("stop", str(env.path))
    assert time.monotonic() - began < 10
    thread.join()
    assert isinstance(env.results[0], requests.ConnectionError)


def test_in_the_foreground_ctrl_c_stops(env: Env) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "server", "start", str(env.path), "--fg", "--bind", "127.0.0.1:0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first.startswith("  server1   listening on http://127.0.0.1:")
        assert env.pid == process.pid
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=DEADLINE_SECONDS)
    finally:
        process.kill()
    assert process.returncode == 0
    assert "server1 stopped" in errors
    assert "Traceback" not in errors


def test_a_second_start_is_refused(started: Env) -> None:
    pid = started.pid
    refused = run("start", str(started.path), code=1).stderr.splitlines()
    assert refused[0].startswith(f"  server1 is running already (pid {pid}, http://127.0.0.1:")
    assert refused[1] == f"  Stop it first: apitest-server stop {started.server}"
    run("start", str(started.path), "--fg", code=1)
    assert started.pid == pid


def test_a_port_in_use_is_refused(env: Env) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        bind = f"127.0.0.1:{other.getsockname()[1]}"
        refused = run("start", str(env.path), "--bind", bind, code=1).stderr
    assert f"{bind} cannot be listened on: address already in use" in refused
    assert "Choose another address" in refused
    assert env.info()["component_running"] is False


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("gunicorn_bind =", "gunicorn_bnd =", "server.conf line 5: unknown key 'gunicorn_bnd' in [main]"),
        ("gunicorn_bind = 127.0.0.1:0", "gunicorn_bind = here", "'here' is not of the form address:port"),
        ("level = info", "level = $NO_SUCH_VARIABLE", "the environment has no variable NO_SUCH_VARIABLE"),
        ("db_name = zato.db", "db_name = no/such/zato.db", "There is no folder"),
    ],
)
def test_a_mistake_in_the_configuration_is_refused(env: Env, old: str, new: str, told: str) -> None:
    conf = env.server / "config" / "repo" / "server.conf"
    text = conf.read_text()
    assert old in text
    conf.write_text(text.replace(old, new))
    assert told in run("start", str(env.path), code=1).stderr
    assert told in run("start", str(env.path), "--fg", code=1).stderr
    assert env.info()["component_running"] is False


def test_a_folder_that_cannot_be_written_is_refused(env: Env) -> None:
    shutil.rmtree(env.server / "logs")
    (env.server / "logs").write_text("a file where the folder should be")
    refused = run("start", str(env.path), code=1).stderr
    assert str(env.server / "logs") in refused
    assert len(refused.splitlines()) == 1
    run("start", str(env.path), "--fg", code=1)
    assert env.info()["component_running"] is False


def test_a_database_that_is_none_is_refused(env: Env) -> None:
    (env.server / "zato.db").write_text("this is no database, but it is long enough to be looked at as one" * 20)
    assert "database" in run("start", str(env.path), code=1).stderr
    assert "database" in run("check-config", str(env.path), code=1).stderr


def test_a_lost_key_is_refused_and_another_one_locks_up_what_it_cannot_open(env: Env) -> None:
    conf = env.server / "config" / "repo" / "secrets.conf"
    text = conf.read_text()
    conf.write_text(text.replace("key1 = ", "key1 = x"))
    assert "not a Fernet key" in run("start", str(env.path), code=1).stderr
    other = "A" * 43 + "="
    conf.write_text(re.sub(r"key1 = .*", f"key1 = {other}", text))
    shown = run("start", str(env.path)).stdout
    assert "2 warnings" in shown
    assert "'admin.invoke' cannot be used" in env.log
    auth = ("admin.invoke", env.admin_password)
    assert requests.get(env.address + "/zato/api/invoke/zato.ping", auth=auth, timeout=5).status_code == 503
    assert requests.get(env.address + "/zato/ping", timeout=5).status_code == 200


def test_a_killed_server_can_be_started_again(started: Env) -> None:
    pid = started.pid
    os.kill(pid, signal.SIGKILL)
    until(lambda: not started.info()["component_running"], "the process to end")
    run("start", str(started.path))
    assert started.pid != pid
    assert started.call("zato.ping").status_code == 200


def test_no_secret_is_in_any_log(started: Env) -> None:
    secrets = ["a-secret-of-ann", "a-key-of-bob", "a-changed-secret"]
    started.call("zato.security.basic-auth.create", {"name": "ann", "username": "ann", "password": secrets[0]})
    started.call("zato.security.apikey.create", {"name": "bob", "secret": secrets[1]})
    started.call(
        "zato.security.basic-auth.change-password",
        {"name": "ann", "password1": secrets[2], "password2": secrets[2]},
    )
    started.call("zato.security.basic-auth.create", {"name": "ann", "nme": "x", "password": secrets[0]})
    started.call("zato.helpers.input-logger", {"text": " ".join(secrets)})
    requests.get(f"{started.address}/nowhere?token={secrets[0]}", headers={"X-API-Key": secrets[1]}, timeout=5)
    run("stop", str(started.path))
    secrets += [started.admin_password, started.api_password]
    logs = {path.name: path.read_text() for path in (started.server / "logs").iterdir()}
    assert "/nowhere?token=******" in logs["http_access.log"]
    assert "zato.security.basic-auth.create by admin.invoke" in logs["admin.log"]
    for name, text in logs.items():
        for secret in secrets:
            assert secret not in text, name


def test_what_runs_can_be_asked_with_a_signal(started: Env) -> None:
    os.kill(started.pid, signal.SIGURG)
    until(lambda: "What runs:" in started.log, "the list of greenlets")
    assert started.call("zato.ping").status_code == 200
