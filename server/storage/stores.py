"""A server's database by its configuration, and the stores in it.

Which kinds of definitions there are is the registry's matter: a command that needs only credentials loads only those.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from server.errors import CannotStart
from server.kernel.clock import SystemClock
from server.kernel.config import ServerConfig
from server.kernel.registry import REGISTRY
from server.security.secrets import Sealer
from server.storage.connections import Connections, SQLConnections
from server.storage.engine import Database, open_postgresql, open_sqlite
from server.storage.services import Services, SQLServices


@dataclass(frozen=True, slots=True)
class Stores:
    """What is kept in the server's database."""

    connections: Connections
    services: Services


def open_stores(config: ServerConfig) -> tuple[Database, Stores]:
    """The database, with its tables as this release needs them.

    Raises ConfigError, CannotStart or ServiceUnavailable.
    """
    sealer = Sealer(config.secret_key)
    database = open_database(config)
    try:
        database.bring_to_head()
    except BaseException:
        database.close()
        raise
    return database, Stores(SQLConnections(database, REGISTRY, sealer, SystemClock().now), SQLServices(database))


def open_database(config: ServerConfig) -> Database:
    """The database that `[odb]` of server.conf names."""
    odb = config.odb
    if odb.engine == "sqlite":
        if not config.sqlite_path.parent.is_dir():
            raise CannotStart(f"There is no folder {config.sqlite_path.parent} for the database")
        return open_sqlite(config.sqlite_path)
    user, password = quote(odb.username, safe=""), quote(odb.password.reveal(), safe="")
    extra = f"?{odb.extra}" if odb.extra else ""
    return open_postgresql(f"postgresql://{user}:{password}@{odb.host}:{odb.port}/{quote(odb.db_name, safe='')}{extra}")
