"""Commands that ask a running server: which address, whose password, then `admin/client.py`.

The commands work where the server's folder is: the password of admin.invoke is read from its database and opened with
its key1, so that nobody types it.
"""

from __future__ import annotations

import base64
import json
import os
import sys
from pathlib import Path
from typing import Any

from server.admin.client import AdminClient
from server.errors import CannotStart, ConfigError
from server.kernel.folder import ServerFolder, server_folder
from server.kernel.pid_file import find_running

ADMIN_USER = "admin.invoke"
BASIC_AUTH = "security.basic_auth"


def invoke(folder: ServerFolder, service: str, payload: str, timeout_seconds: float) -> str:
    """Call a service, give its answer as text.  payload: JSON, `@FILE`, `-` for standard input, or empty."""
    from server.cli.online import as_text

    with client_of(folder, timeout_seconds) as client:
        return as_text(client.invoke(service, read_payload(payload)))


def call(path: Path, service: str, request: dict[str, Any]) -> Any:
    """Call an admin service of the server that `path` means."""
    with client_of(server_folder(path)) as client:
        return client.invoke(service, request)


def deploy(folder: ServerFolder, file: Path) -> list[str]:
    """Deploy a file into a running server; gives the names of its services."""
    content = file.read_bytes()
    request = {"payload_name": file.name, "payload": base64.b64encode(content).decode()}
    with client_of(folder) as client:
        answer = client.invoke("zato.service.upload-package", request)
    return list(answer["deployed"])


def set_admin_password(folder: ServerFolder, password: str) -> None:
    """Change the password of admin.invoke: by the server if it runs, in its database otherwise.

    The user is made if a lost database took it along; a server that runs has to be started again then.
    """
    from server.kernel.definition import Secret, read_definition
    from server.security.definition import BasicAuthDefinition
    from server.storage.connections import Edit

    database, stores = _stores(folder)
    try:
        stored = stores.connections.find(BASIC_AUTH, ADMIN_USER)
        if find_running(folder) is None or stored is None or stored.problem:
            values: dict[str, Any] = {"name": ADMIN_USER, "username": ADMIN_USER, "password": Secret(password)}
            if stored is not None:
                known = {name: getattr(stored.definition, name) for name in type(stored.definition).model_fields}
                values = known | {"password": Secret(password)}
            made = read_definition(BasicAuthDefinition, values)
            if isinstance(made, list):
                raise ConfigError("; ".join(f"{one.path.strip('/')}: {one.problem}" for one in made))
            if stored is None:
                stores.connections.add(BASIC_AUTH, made)
            else:
                stores.connections.change([Edit(made)])
            return
    finally:
        database.close()
    with client_of(folder) as client:
        request = {"name": ADMIN_USER, "password1": password, "password2": password}
        client.invoke("zato.security.basic-auth.change-password", request)


def client_of(folder: ServerFolder, timeout_seconds: float = 60.0) -> AdminClient:
    """A client of the server that runs in this folder.  Raises CannotStart if none does."""
    running = find_running(folder)
    if running is None or not running.address:
        raise CannotStart(f"{folder.name} is not running", f"Start it: apitest-server start {folder.base}")
    return AdminClient(local(running.address), ADMIN_USER, admin_password(folder), timeout_seconds)


def admin_password(folder: ServerFolder) -> str:
    """Password of admin.invoke.  Raises CannotStart if it cannot be had."""
    database, stores = _stores(folder)
    try:
        stored = stores.connections.find(BASIC_AUTH, ADMIN_USER)
    finally:
        database.close()
    if stored is None or stored.problem:
        raise CannotStart(
            f"The password of {ADMIN_USER} cannot be read: {stored.problem if stored else 'there is no such user'}",
            f"Set a new one and start the server again: apitest-server set-admin-invoke-password {folder.base}",
        )
    password: str = stored.definition.password.reveal()
    return password


def local(address: str) -> str:
    """The address under which this machine reaches a server that listens on all of them."""
    return address.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")


def read_payload(payload: str) -> Any:
    """The input of a service from a command line.  What is not JSON is sent as a text."""
    if payload.startswith("@"):
        try:
            payload = Path(payload[1:]).read_text("utf-8")
        except OSError as error:
            raise ConfigError(f"{payload[1:]} cannot be read: {error.strerror}") from None
    elif payload == "-":
        payload = sys.stdin.read()
    if not payload:
        return None
    try:
        return json.loads(payload)
    except ValueError:
        return payload


def _stores(folder: ServerFolder) -> Any:
    import server.security  # noqa: F401 - registers the kinds that are read here; the others cost 0.2 s
    from server.kernel.config import read_config
    from server.storage.stores import open_stores

    return open_stores(read_config(folder, os.environ))
