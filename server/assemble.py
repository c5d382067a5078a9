"""The contents page: every part of a server in the box, in start order.

storage, security, services, outgoing, channels, then the listener; stopped in reverse: the listener takes no new
calls, running ones finish, then connections, then storage.  What each part does is in its own file.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
import time
from pathlib import Path
from typing import Any

from server import VERSION, channels, outgoing, security
from server.admin.api import admin_services
from server.admin.services.services import record_deployed
from server.admin.state import ServerState
from server.channels.api_invoke import ADMIN_SECURITY, API_SECURITY, system_channels
from server.channels.http_gateway import Gateway
from server.channels.http_listener import HTTPListener, ListenerSettings
from server.channels.http_routes import Routes
from server.errors import CannotStart
from server.kernel.clock import Clock, SystemClock
from server.kernel.config import InferenceWords, ServerConfig
from server.kernel.definition import Definition, Secret, secret_fields
from server.kernel.events import CHANGED, DEPLOYED, STARTED, STOPPING, Events
from server.kernel.greenlets import Greenlets
from server.kernel.invoker import Invoker
from server.kernel.log_setup import AccessLog, SecretMask
from server.kernel.registry import REGISTRY
from server.kernel.server import Change, Server
from server.services.base import ServerInfo, ServiceEnvironment, new_cid
from server.services.builtin import builtin_entries
from server.services.hot_deploy import HotDeployer
from server.services.loader import entry_of
from server.services.startup import run_startup_services
from server.services.store import ServiceStore
from server.services.user_config import UserConfig
from server.simpleio.declaration import DEFAULT_INFERENCE, Inference, Words
from server.storage.engine import Database
from server.storage.stores import Stores, open_stores

logger = logging.getLogger("server")

# Importing these packages registers the connection types that ship.
SHIPPED = (security, outgoing, channels)

# First words of kinds; stopped in reverse.
START_ORDER = ("security", "outgoing", "channel")

# What the commands, the web admin and /zato/api/invoke need cannot be deleted.
PROTECTED = frozenset((("security", ADMIN_SECURITY), ("security", API_SECURITY)))

ACCESS_LOG_SECONDS = 0.5  # a crash loses at most so much of the access log


class Assembly:
    """One server, from its configuration to the last connection closed.

    mask: is told every secret of the server, so that the logs can leave them out.
    """

    def __init__(self, config: ServerConfig, *, mask: SecretMask, clock: Clock | None = None) -> None:
        self.config = config
        self.address = ""
        self.started_at = 0.0
        self._mask = mask
        self._clock: Clock = clock if clock is not None else SystemClock()
        self._database: Database | None = None
        self._is_stopped = False
        self.stores: Stores | None = None

        self.events = Events()
        self.greenlets = Greenlets(config.name)
        self.store = ServiceStore(self.events)
        self.invoker = Invoker(self.store.get, self.events, self._clock)
        self.routes = Routes()
        self.server = Server(
            REGISTRY,
            start_order=START_ORDER,
            spawn=self.greenlets.spawn,
            on_change=self._on_change,
            retire_seconds=config.main.graceful_timeout_seconds,
            name=config.name,
        )
        self.user_config = UserConfig(config.folder.user_conf, _labels(config))
        self.inference = inference_of(config)
        self.deployer = HotDeployer(
            self.store,
            [config.pickup_folder],
            inference=self.inference,
            check_timeout_seconds=config.hot_deploy.check_timeout_seconds,
            scan_interval_seconds=config.hot_deploy.scan_interval_seconds,
            stable_seconds=config.hot_deploy.stable_seconds,
            user_config=self.user_config,
            clock=self._clock,
            spawn=self.greenlets.spawn,
            memory=config.folder.work / "tried.json",
        )
        gateway = Gateway(
            self.routes,
            self.invoker.invoke,
            default_error_message=config.misc.default_error_message,
            methods_allowed=config.http.methods_allowed,
        )
        self.access_log = AccessLog(
            config.folder.logs / "http_access.log", config.logging.max_file_bytes, config.logging.keep_files
        )
        self.listener = HTTPListener(
            gateway.handle,
            listener_settings(config),
            new_cid,
            self.access_log.add if config.logging.access_log else None,
        )

    @property
    def services(self) -> int:
        """How many services are deployed."""
        return len(self.store)

    def start(self) -> str:
        """Start everything, in order; gives the address, e.g. `http://127.0.0.1:17010`.

        Raises CannotStart, ConfigError or ServiceUnavailable; then `stop` gives back what was taken.
        """
        self._start_storage()
        self._refuse_busy_address()
        self._load_connections()
        self._load_services()
        self.server.start()
        for channel in system_channels(self.server, self.store.find):
            channel.provision()
            channel.start()
        self.deployer.start()
        self._run_startup_services()
        self._listen()
        self.started_at = time.time()
        self.events.emit(STARTED)
        return self.address

    def stop(self, deadline_seconds: float) -> None:
        """No new calls, running ones finish within so many seconds, then everything is given back.  Works twice."""
        if self._is_stopped:
            return
        self._is_stopped = True
        ends_at = time.monotonic() + deadline_seconds

        def left() -> float:
            return max(0.0, ends_at - time.monotonic())

        self.events.emit(STOPPING)
        for step in (
            lambda: self.deployer.stop(0),
            lambda: self.listener.stop(deadline_seconds),
            lambda: self.server.stop(left()),
            lambda: self.greenlets.stop(max(0.5, left())),
            self.server.close,
            self.deployer.close,
            self.access_log.flush,
            self._close_storage,
        ):
            try:
                step()
            except Exception:
                # The border of a stopping server: whatever fails, the rest is still given back.
                logger.exception("A part did not stop as it should")

    # In start order

    def _refuse_busy_address(self) -> None:
        """Before users' startup services run, which another server may have done just now."""
        host, port = self.config.host, self.config.port
        try:
            socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
        except OSError as error:
            raise self._not_listening(error) from error

    def _not_listening(self, error: OSError) -> CannotStart:
        reason = (error.strerror or str(error)).lower()
        return CannotStart(
            f"{self.config.main.bind} cannot be listened on: {reason}",
            "Choose another address: gunicorn_bind in server.conf, or apitest-server start DIR --bind HOST:PORT",
        )

    def _start_storage(self) -> None:
        self._mask.add([self.config.secret_key.reveal(), self.config.odb.password.reveal()])
        if self.config.odb.engine == "sqlite" and not self.config.sqlite_path.exists():
            logger.warning(
                "There was no database %s: an empty one is made, without users, channels and connections; "
                "set-admin-invoke-password makes a user for the commands",
                self.config.sqlite_path,
            )
        self._database, self.stores = open_stores(self.config)

    def _load_connections(self) -> None:
        assert self.stores is not None
        self.server.offer(self.routes)
        stored = self.stores.connections.all()
        for one in stored:
            self._mask.add(secrets_of(one.definition))
        self.server.load([(one.kind, one.definition, one.problem) for one in stored])

    def _load_services(self) -> None:
        assert self.stores is not None
        state = ServerState(
            server=self.server,
            connections=self.stores.connections,
            services=self.stores.services,
            store=self.store,
            deploy=self.deployer.deploy_text,
            info=self.info,
            now=self._clock.now,
            protected=PROTECTED,
        )
        self.server.offer(state)
        self.store.environment = ServiceEnvironment(
            store=self.store,
            invoker=self.invoker,
            connection=self.server.connection,
            facades=REGISTRY.by_facade(),
            user_config=self.user_config,
            server=ServerInfo(
                name=self.config.name,
                cluster_name=self.config.misc.initial_cluster_name,
                base_dir=str(self.config.folder.base),
                fs_server_config=self.config,
            ),
            clock=self._clock,
            facility=self.server.facility,
        )
        self.store.add(builtin_entries(self.inference))
        self.store.add([entry_of(cls, is_internal=True) for cls in admin_services()])
        if str(self.config.folder.extlib) not in sys.path:
            sys.path.append(str(self.config.folder.extlib))
        self.deployer.provision()
        self.deployer.load_all()
        for row in self.stores.services.all():
            entry = self.store.find(row.name)
            if entry is not None:
                entry.is_active = row.is_active
        self.events.on(DEPLOYED, lambda deployed: record_deployed(state, deployed))

    def _run_startup_services(self) -> None:
        if self.config.startup_services:
            run_startup_services(self.invoker, self.config.startup_services.items(), self.config.folder.base, new_cid)

    def _listen(self) -> None:
        config = self.config
        try:
            host, port = self.listener.start(config.host, config.port)
        except OSError as error:
            raise self._not_listening(error) from error
        self.address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        if config.logging.access_log:
            self.greenlets.every(ACCESS_LOG_SECONDS, "access log", self.access_log.flush)

    def _close_storage(self) -> None:
        if self._database is not None:
            self._database.close()

    # Told to others

    def info(self) -> dict[str, Any]:
        """Facts about this server, for administrators."""
        return {
            "address": self.address,
            "hostname": os.uname().nodename,
            "version": VERSION,
            "python": sys.version.split()[0],
            "pid": os.getpid(),
            "started_at": self.started_at,
            "base_dir": str(self.config.folder.base),
            "cluster_name": self.config.misc.initial_cluster_name,
            "services": len(self.store),
        }

    def _on_change(self, change: Change) -> None:
        if change.new is not None:
            self._mask.add(secrets_of(change.new))
        self.events.emit(CHANGED, change)


def secrets_of(definition: Definition) -> list[str]:
    """Clear texts of a definition's secrets."""
    found = [getattr(definition, name, Secret.EMPTY) for name in secret_fields(type(definition))]
    return [one.reveal() for one in found if one]


def inference_of(config: ServerConfig) -> Inference:
    """What names of SimpleIO elements mean, by simple-io.conf."""
    settings, usual = config.simple_io, DEFAULT_INFERENCE
    return Inference(
        _words(settings.bool_words, usual.bool_words),
        _words(settings.int_words, usual.int_words),
        _words(settings.secret_words, usual.secret_words),
        settings.response_elem,
        settings.bytes_to_str_encoding,
    )


def listener_settings(config: ServerConfig) -> ListenerSettings:
    """The listener's limits, by server.conf."""
    http = config.http
    return ListenerSettings(
        max_header_bytes=http.max_header_bytes,
        max_body_bytes=http.max_body_bytes,
        header_timeout_seconds=http.header_timeout_seconds,
        body_timeout_seconds=http.body_timeout_seconds,
        idle_timeout_seconds=http.idle_timeout_seconds,
        server_header=config.http_response.server_header,
        cid_header="X-Zato-CID" if config.http_response.return_x_zato_cid else "",
    )


def _words(given: InferenceWords | None, usual: Words) -> Words:
    return usual if given is None else Words(given.exact, given.prefixes, given.suffixes)


def _labels(config: ServerConfig) -> dict[str, Path]:
    """Files of `[user_config]`; a relative path starts where server.conf is."""
    return {label: config.folder.repo / path for label, path in config.user_config.items()}
