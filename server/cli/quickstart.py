"""`quickstart create`: an environment that is ready to start, with its passwords.

Makes one server with embedded storage (SQLite).  What the files mean is `kernel/config.py`, what the definitions mean
is their kinds'; here is only what a fresh server has.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from server import VERSION
from server.errors import ConfigError
from server.kernel.folder import ServerFolder

if TYPE_CHECKING:
    from server.security.definition import BasicAuthDefinition

SERVER_NAME = "server1"

SERVER_CONF = """\
# Settings of this server; every key is in docs/reference/settings.md. An unknown key is refused at start.
# A value may be $NAME (from the environment) or zato+secret://name (from secrets.conf).

[main]
gunicorn_bind = {bind}
gunicorn_graceful_timeout = 30

[odb]
engine = sqlite
db_name = zato.db

[hot_deploy]
pickup_dir = pickup/incoming/services

[logging]
level = info

[misc]
initial_cluster_name = {cluster}

[user_config]
# label = path of a file, read as self.user_config.label
"""

SECRETS_CONF = """\
# Keep this file out of repositories, and keep a copy: without key1 no stored secret can be opened.
[secret_keys]
key1 = {key}

[zato]
"""

SIMPLE_IO_CONF = '''\
# Which names of SimpleIO elements mean a type, when none is declared.
[bool]
prefix = by_, has_, is_, may_, needs_, should_

[int]
exact = id
suffix = _count, _id, _size, _size_min, _size_max, _timeout

[secret]
exact = """auth_data, auth_token, password, password1, password2, secret_key, tls_pem_passphrase, token,
    api_key, apiKey, xApiKey"""

[bytes_to_str]
encoding = utf-8
'''


@dataclass(frozen=True, slots=True)
class Created:
    """What was made.  passwords: user name -> password in clear text, to be shown once."""

    folder: ServerFolder
    passwords: dict[str, str]


def create(path: Path, *, bind: str = "127.0.0.1:17010", cluster: str = "") -> Created:
    """Make an environment with one server in `path`, which may exist if it is empty.

    Nothing is left behind if it fails.  Raises ConfigError.
    """
    from server.kernel.config import split_bind

    try:
        split_bind(bind)
    except ValueError as error:
        raise ConfigError(str(error)) from None
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        kind = "is not empty" if path.is_dir() else "is not a folder"
        raise ConfigError(f"{path} {kind}. Choose a folder that does not exist yet, or an empty one")
    existed = path.exists()
    folder = ServerFolder(path.resolve() / SERVER_NAME)
    try:
        return Created(folder, _fill(folder, bind, cluster or path.resolve().name))
    except BaseException as error:
        import shutil

        shutil.rmtree(folder.base if existed else path, ignore_errors=True)
        if isinstance(error, OSError):
            raise ConfigError(f"{path} could not be made: {error.strerror}") from error
        raise


def _fill(folder: ServerFolder, bind: str, cluster: str) -> dict[str, str]:
    from server.security.secrets import Sealer

    for one in (folder.repo, folder.logs, folder.work, folder.extlib, folder.user_conf):
        one.mkdir(parents=True)
    (folder.base / "pickup" / "incoming" / "services").mkdir()
    folder.server_conf.write_text(SERVER_CONF.format(bind=bind, cluster=cluster), "utf-8")
    folder.simple_io_conf.write_text(SIMPLE_IO_CONF, "utf-8")
    _write_private(folder.secrets_conf, SECRETS_CONF.format(key=Sealer.new_key()))
    component = {
        "component": "SERVER",
        "version": VERSION,
        "created_user_host": f"{_user()}@{os.uname().nodename}",
        "created_ts": datetime.fromtimestamp(time.time(), timezone.utc).isoformat(timespec="seconds"),
    }
    (folder.base / "config" / "component.json").write_text(json.dumps(component, indent=2) + "\n", "utf-8")
    return _store_first_definitions(folder)


def _store_first_definitions(folder: ServerFolder) -> dict[str, str]:
    import server.security  # noqa: F401 - registers the kinds that are stored here
    from server.kernel.config import read_config
    from server.storage.stores import open_stores

    database, stores = open_stores(read_config(folder, {}))
    try:
        passwords = {}
        for definition in first_users():
            stores.connections.add("security.basic_auth", definition)
            passwords[definition.username] = definition.password.reveal()
        return passwords
    finally:
        database.close()
        # SECURITY the database holds sealed secrets, which are nobody else's business either.
        for file in folder.base.glob("zato.db*"):
            file.chmod(0o600)


def first_users() -> list[BasicAuthDefinition]:
    """The user of the commands and of the web admin, and that of /zato/api/invoke (ruling 52)."""
    from server.kernel.definition import Secret
    from server.security.definition import BasicAuthDefinition
    from server.security.passwords import generate_password

    return [
        BasicAuthDefinition(name=name, username=name, realm="API", password=Secret(generate_password()))
        for name in ("admin.invoke", "pubapi")
    ]


def _write_private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def _user() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without an entry in the system's list, as in some containers
        return str(os.getuid())
