"""The contents page: every part of a server in the box, in start order.

storage, security, services, outgoing, channels, then the listener; stopped in reverse: the listener takes no new
calls, running ones finish, then connections, then storage.  What each part does is in its own file.
"""

from __future__ import annotations

from dataclasses import dataclass

from server import outgoing, security
from server.kernel.clock import SystemClock
from server.kernel.config import ServerConfig
from server.kernel.definition import Secret
from server.kernel.registry import REGISTRY
from server.security.definition import BasicAuthDefinition
from server.security.passwords import generate_password
from server.security.secrets import Sealer
from server.storage.connections import Connections, SQLConnections
from server.storage.engine import Database, open_postgresql, open_sqlite
from server.storage.services import Services, SQLServices

# Importing these packages registers the connection types that ship.
SHIPPED = (security, outgoing)

# First words of kinds; stopped in reverse.
START_ORDER = ("security", "outgoing", "channel")

ADMIN_USER = "admin.invoke"
API_USER = "pubapi"


@dataclass(frozen=True, slots=True)
class Stores:
    """What is kept in the server's database."""

    connections: Connections
    services: Services


def open_stores(config: ServerConfig) -> tuple[Database, Stores]:
    """The database of a server, with its tables as this release needs them.  Raises ConfigError, ServiceUnavailable."""
    database = _open_database(config)
    try:
        database.bring_to_head()
    except BaseException:
        database.close()
        raise
    sealer = Sealer(config.secret_key)
    return database, Stores(SQLConnections(database, REGISTRY, sealer, SystemClock().now), SQLServices(database))


def first_definitions() -> list[tuple[str, BasicAuthDefinition]]:
    """What a fresh server has: the user of commands and of the web admin, and that of /zato/api/invoke (ruling 52)."""
    return [
        (
            "security.basic_auth",
            BasicAuthDefinition(name=name, username=name, realm="API", password=Secret(generate_password())),
        )
        for name in (ADMIN_USER, API_USER)
    ]


def _open_database(config: ServerConfig) -> Database:
    odb = config.odb
    if odb.engine == "sqlite":
        return open_sqlite(config.sqlite_path)
    from urllib.parse import quote

    user = quote(odb.username, safe="")
    password = quote(odb.password.reveal(), safe="")
    extra = f"?{odb.extra}" if odb.extra else ""
    return open_postgresql(f"postgresql://{user}:{password}@{odb.host}:{odb.port}/{quote(odb.db_name, safe='')}{extra}")
