"""Connections to the server's own database, transactions, and bringing its tables up to date.

SQLite in WAL mode for one server, PostgreSQL through psycopg 3 for clusters.  Edge: opens files and sockets.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, insert, inspect, select, text
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError

from server.errors import ConfigError, ServiceUnavailable
from server.storage.tables import HEAD, METADATA, REVISION_METADATA, alembic_version

# How long a writer waits for another one, in seconds: writes here take a few ms, so this is only for a stuck process.
BUSY_TIMEOUT_SECONDS = 5
POOL_SIZE = 5
# Any number will do, it only has to be the same in all servers of a cluster.
MIGRATION_LOCK = 7_304_118


class Database:
    """The server's database."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction: committed at the end, rolled back on an exception.

        Raises ServiceUnavailable when the database does not answer, is locked, full or read-only.
        """
        try:
            with self.engine.begin() as connection:
                yield connection
        except DBAPIError as error:
            if isinstance(error, (IntegrityError, ProgrammingError, DataError)):
                raise  # the statement's fault, not the database's
            raise ServiceUnavailable("", f"The server's database cannot be used: {_reason(error)}") from error

    def bring_to_head(self) -> str:
        """Make or upgrade the tables; gives what was done: `made`, `upgraded` or `` (nothing to do).

        Raises ConfigError if the tables are newer than this release.
        """
        with self.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
            revision = _revision(connection)
            if revision == HEAD:
                return ""
            if revision is None:
                METADATA.create_all(connection)
                REVISION_METADATA.create_all(connection)
                connection.execute(insert(alembic_version).values(version_num=HEAD))
                return "made"
            from server.storage import migrations  # Alembic, only when there is something to migrate

            migrations.upgrade(connection, revision)
            return "upgraded"

    def ping(self) -> None:
        """Raises ServiceUnavailable if the database does not answer."""
        with self.begin() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        """Close all pooled connections."""
        self.engine.dispose()


def open_sqlite(path: Path) -> Database:
    """The database in this file, made if missing; its folder has to exist."""
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
    )
    event.listen(engine, "connect", _set_up_sqlite)
    return Database(engine)


def open_postgresql(url: str | URL) -> Database:
    """The database at this URL, `postgresql://user:password@host:port/name`; psycopg 3 has to be installed."""
    from sqlalchemy import make_url

    parsed = make_url(url).set(drivername="postgresql+psycopg")
    try:
        engine = create_engine(parsed, pool_size=POOL_SIZE, pool_pre_ping=True, connect_args={"connect_timeout": 5})
    except ModuleNotFoundError as error:
        raise ConfigError("PostgreSQL needs psycopg: pip install 'apitest[postgresql]'") from error
    return Database(engine)


def _set_up_sqlite(connection: Any, record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    # FULL: what was acknowledged is on disk, also after a power cut; NORMAL may lose the last transactions in WAL mode.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(alembic_version.name):
        return None
    return connection.execute(select(alembic_version.c.version_num)).scalar()


def _reason(error: DBAPIError) -> str:
    # SECURITY only the driver's own words: SQLAlchemy's text holds the statement and its parameters.
    return (
        str(error.orig).strip().splitlines()[0] if error.orig is not None and str(error.orig).strip() else "no reason"
    )
