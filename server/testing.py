"""`TestServer`: a whole server inside a pytest process, on a free port, in a folder that is gone afterwards.

For users' unit tests and for ours; docs/server/testing.md shows how.  An edge: in a process that is not patched, the
server lives in a thread with a gevent loop of its own, so that a test may use any client; in a patched one it lives
in the test's own loop.  Nothing is patched here.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import gevent
import gevent.event
from gevent import monkey

from server import compat
from server.admin.client import AdminClient
from server.assemble import Assembly
from server.cli import quickstart
from server.errors import ServerError
from server.kernel.clock import SystemClock
from server.kernel.config import FREE_SECTIONS, SECTIONS, read_config
from server.kernel.invocation import ServiceRequest
from server.kernel.log_setup import SecretMask, set_up
from server.kernel.registry import REGISTRY
from server.services.base import Service, new_cid
from server.services.loader import entry_of

T = TypeVar("T")

Settings = Mapping[str, Mapping[str, Any]]

# What a thread needs to begin or to end, on a machine that is busy.
THREAD_SECONDS = 10.0


class TestServer:
    """One server; use it in `with`, or call `start` and `stop`.

    settings: of server.conf, e.g. `{"http": {"max_body_bytes": 1000}}`.  folder: an empty or missing one that is to
    be kept; a temporary one otherwise.  stop_seconds: how long running calls may take at the end.
    """

    __test__ = False  # a class whose name begins with Test, but no test

    def __init__(
        self, settings: Settings | None = None, *, folder: Path | str | None = None, stop_seconds: float = 5.0
    ) -> None:
        self.url = ""
        self.admin_password = ""
        self.api_password = ""
        self._settings = settings or {}
        self._kept = Path(folder) if folder is not None else None
        self._folder = Path()
        self._stop_seconds = stop_seconds
        self._home: _Home | None = None
        self._assembly: Assembly | None = None
        self._undo_logs: Callable[[], None] | None = None

    def __enter__(self) -> TestServer:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()

    # Life

    def start(self) -> TestServer:
        """Make the folder, start the server, give itself.  Raises what a start raises, e.g. ConfigError."""
        self._folder = self._kept or Path(tempfile.mkdtemp(prefix="apitest-server-"))
        try:
            made = quickstart.create(self._folder, bind="127.0.0.1:0")
            self.admin_password = made.passwords["admin.invoke"]
            self.api_password = made.passwords["pubapi"]
            with made.folder.server_conf.open("w", encoding="utf-8") as file:
                file.write(server_conf({"main": {"gunicorn_bind": "127.0.0.1:0"}}, self._settings))
            config = read_config(made.folder, {})
            mask = SecretMask()
            self._undo_logs = set_up(level=config.logging.level, logs=made.folder.logs, mask=mask)
            compat.install()
            self._home = _Home()
            self._assembly = self._home.run(lambda: Assembly(config, mask=mask, clock=_YieldingClock()))
            self.url = self._home.run(self._assembly.start)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End the server and remove its folder; nothing happens if it does not run."""
        home, self._home = self._home, None
        assembly, self._assembly = self._assembly, None
        undo, self._undo_logs = self._undo_logs, None
        if home is not None:
            if assembly is not None:
                home.run(lambda: assembly.stop(self._stop_seconds))
            home.close()
        if undo is not None:
            undo()
        if self._kept is None and self._folder != Path():
            shutil.rmtree(self._folder, ignore_errors=True)
        self.url = ""

    # Use

    def deploy(self, *what: type[Service] | Path | str) -> list[str]:
        """Deploy service classes and files; gives the names of the services.

        A class that was deployed before is replaced.  Raises DeployError for a file, DeclarationError for a class.
        """
        assembly = self._running()

        def run() -> list[str]:
            names: list[str] = []
            for one in what:
                if isinstance(one, (str, Path)):
                    names += assembly.deployer.deploy_file(Path(one))
                    continue
                entry = entry_of(one, inference=assembly.inference)
                if assembly.store.find(entry.name) is not None:
                    assembly.store.remove(entry.name)
                assembly.store.add([entry])
                names.append(entry.name)
            return names

        return self._do(run)

    def invoke(self, name: str | type[Service], payload: Any = None, **elements: Any) -> Any:
        """What a service answers: plain data.  Its exceptions are raised here.

        elements: of the input, in place of, or added to, a payload that is a dict.
        """
        assembly = self._running()
        wanted = name if isinstance(name, str) else assembly.store.name_of(name)
        if elements:
            payload = {**(payload or {}), **elements}
        call = ServiceRequest(wanted, payload, new_cid())
        return self._do(lambda: assembly.invoker.invoke(call).payload)

    def create(self, kind: str, **fields: Any) -> int:
        """Make a channel, connection or security definition, e.g. `create("channel.rest", name="orders", ...)`.

        kind: `channel.rest`, `outgoing.rest`, `outgoing.sql`, `security.basic_auth`, `security.apikey` ...; fields: as
        docs/reference/admin-api.md says.  Gives its id.  Raises InputInvalid with every problem.
        """
        one = REGISTRY.get(kind)
        if one.admin is None:
            raise ServerError("", f"Definitions of kind '{kind}' cannot be created")
        answer = self.invoke(f"{one.admin.prefix}.create", {**one.admin.where, **fields})
        id: int = answer["id"]
        return id

    def client(self) -> AdminClient:
        """A client of the admin services, logged in as admin.invoke."""
        return AdminClient(self.url, "admin.invoke", self.admin_password)

    @property
    def log(self) -> str:
        """Text of server.log so far."""
        return (self._folder / quickstart.SERVER_NAME / "logs" / "server.log").read_text("utf-8")

    @property
    def folder(self) -> Path:
        """The server's folder."""
        return self._folder / quickstart.SERVER_NAME

    def _running(self) -> Assembly:
        if self._assembly is None:
            raise ServerError("", "This TestServer does not run; use it in `with`, or call start()")
        return self._assembly

    def _do(self, function: Callable[[], T]) -> T:
        assert self._home is not None
        return self._home.run(function)


def server_conf(*settings: Settings) -> str:
    """Text of a server.conf with these settings, later ones win; any section that it knows."""
    joined: dict[str, dict[str, Any]] = {}
    for one in settings:
        for section, values in one.items():
            if section not in SECTIONS and section not in FREE_SECTIONS:
                raise ServerError("", f"server.conf has no section [{section}]")
            joined.setdefault(section, {}).update(values)
    lines = []
    for section, values in joined.items():
        lines.append(f"[{section}]")
        for key, value in values.items():
            text = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
            lines.append(f'{key} = """{text}"""')
    return "\n".join(lines) + "\n"


class _YieldingClock(SystemClock):
    """Lets other greenlets run while one sleeps, in a process that is not patched too."""

    def sleep(self, seconds: float) -> None:
        gevent.sleep(seconds)


class _Home:
    """Where the server lives: a thread with a gevent loop, or the caller's own loop if threads are greenlets."""

    def __init__(self) -> None:
        self._jobs: deque[tuple[Callable[[], Any], _Result]] = deque()
        self._is_closing = False
        self._thread: threading.Thread | None = None
        self._wake: Any = None
        if monkey.is_module_patched("threading"):
            return
        is_ready = threading.Event()
        self._thread = threading.Thread(target=self._live, args=(is_ready,), name="TestServer", daemon=True)
        self._thread.start()
        if not is_ready.wait(THREAD_SECONDS):
            raise ServerError("", "The thread of the TestServer did not begin")

    def run(self, function: Callable[[], T]) -> T:
        """Call a function where the server lives, give what it gives, raise what it raises."""
        if self._thread is None or threading.current_thread() is self._thread:
            return function()
        result = _Result()
        self._jobs.append((function, result))
        self._wake.send()
        found: T = result.wait()
        return found

    def close(self) -> None:
        """End the thread."""
        if self._thread is not None:
            self._is_closing = True
            self._wake.send()
            self._thread.join(THREAD_SECONDS)
            self._thread = None

    def _live(self, is_ready: threading.Event) -> None:
        hub = gevent.get_hub()
        wake = hub.loop.async_()
        self._wake = wake
        switch = gevent.event.Event()
        wake.start(switch.set)
        is_ready.set()
        while not self._is_closing:
            switch.wait()
            switch.clear()
            while self._jobs:
                function, result = self._jobs.popleft()
                gevent.spawn(result.fill, function)
        wake.close()
        hub.destroy(destroy_loop=True)


class _Result:
    """What a job in another thread gives or raises."""

    def __init__(self) -> None:
        self._is_done = threading.Event()
        self._value: Any = None
        self._error: BaseException | None = None

    def fill(self, function: Callable[[], Any]) -> None:
        try:
            self._value = function()
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that asked
            self._error = error
        self._is_done.set()

    def wait(self) -> Any:
        self._is_done.wait()
        if self._error is not None:
            raise self._error
        return self._value
