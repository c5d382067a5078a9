"""Outgoing SQL: `self.out.sql["shop"].session()` gives a SQLAlchemy session.

Source: server-interface.md section 4, rulings 56 and 62.  SQLite, and PostgreSQL 10+ through psycopg 3.  The ORM and
the driver are imported at the first use.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Literal

from pydantic import field_validator, model_validator

from server.errors import ConfigError
from server.kernel.definition import Definition, Secret, setting
from server.kernel.registry import CRUD, AdminNames, connection_type
from server.outgoing.base import OutgoingConnection

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

DEFAULT_PORTS = {"postgresql": 5432}
# Options of SQLAlchemy's pool that `extra` may set, with their types; every other one goes to the driver.
POOL_OPTIONS = {"pool_timeout": float, "pool_recycle": int, "max_overflow": int}
# SQLite answers SELECT 1 without looking into its file.
PING_STATEMENTS = {"sqlite": "PRAGMA schema_version", "postgresql": "SELECT 1"}
CHECK_SECONDS = 0.02  # how often a stopping connection looks whether its sessions were given back


class OutgoingSQLDefinition(Definition):
    """A database that services use."""

    engine: Literal["sqlite", "postgresql"] = setting(help="Kind of database: sqlite or postgresql.")
    host: str = setting("", help="Host; localhost if empty. Not for SQLite.", max_length=500)
    port: int | None = setting(None, help="Port; 5432 if not given. Not for SQLite.", minimum=1, maximum=65535)
    db_name: str = setting(help="Name of the database; for SQLite the path of its file.", min_length=1, max_length=1000)
    username: str = setting("", help="User name. Not for SQLite.", max_length=200)
    password: Secret = setting(Secret.EMPTY, help="Password. Not for SQLite.")
    pool_size: int = setting(
        5, help="Most connections at the same time; further sessions wait.", minimum=1, maximum=1000
    )
    timeout: float = setting(10.0, help="Seconds to wait for a connection.", minimum=0.1)
    extra: str = setting(
        "", help="Further options, one key=value a line: those of SQLAlchemy's pool, others go to the driver."
    )

    @field_validator("engine", mode="before")
    @classmethod
    def _without_driver(cls, value: Any) -> Any:
        # Older definitions name a driver, e.g. postgresql+pg8000; there is one a database here.
        return value.partition("+")[0] if isinstance(value, str) else value

    @field_validator("extra")
    @classmethod
    def _readable(cls, value: str) -> str:
        read_extra(value)
        return value

    @model_validator(mode="after")
    def _whole(self) -> OutgoingSQLDefinition:
        if self.engine == "sqlite" and self.db_name == ":memory:":
            raise ValueError("db_name should be a path: each connection would have an in-memory database of its own")
        return self


def read_extra(text: str) -> tuple[dict[str, Any], dict[str, str]]:
    """(options of the pool, options of the driver) of `key=value` lines; ValueError with the line that is wrong."""
    pool: dict[str, Any] = {}
    driver: dict[str, str] = {}
    for line in text.replace(";", "\n").splitlines():
        key, sign, value = (part.strip() for part in line.partition("="))
        if not line.strip():
            continue
        if not sign or not key:
            raise ValueError(f"'{line.strip()}' is not of the form key=value")
        if key in POOL_OPTIONS:
            try:
                pool[key] = POOL_OPTIONS[key](value)
            except ValueError:
                raise ValueError(f"{key} should be a number, not '{value}'") from None
        else:
            driver[key] = value
    return pool, driver


@connection_type(
    "outgoing.sql",
    definition=OutgoingSQLDefinition,
    title="outgoing SQL connection",
    facade_names=("sql",),
    admin=AdminNames("zato.outgoing.sql", actions=(*CRUD, "ping", "change-password"), command="outgoing-sql"),
)
class SQLConnection(OutgoingConnection):
    """The live form of an outgoing SQL definition."""

    title = "Outgoing SQL connection"

    def __init__(self, definition: OutgoingSQLDefinition, server: Any = None) -> None:
        super().__init__(definition, server)
        self._engine: Engine | None = None

    @property
    def engine(self) -> Engine:
        """The SQLAlchemy engine, made at the first use; nothing is connected by that."""
        if self._engine is None:
            from server.outgoing import sql_engine

            try:
                self._engine = sql_engine.make(self)
            except ModuleNotFoundError as error:
                raise ConfigError(
                    f"{self.title} '{self.name}' needs psycopg: pip install 'apitest[postgresql]'"
                ) from error
        return self._engine

    def session(self) -> Session:
        """A new session; use it in `with`, or close it.  What fails in it on the database's side is
        ServiceUnavailable, mistakes in statements are SQLAlchemy's errors."""
        from sqlalchemy.orm import Session

        return Session(self.engine)

    @property
    def conn(self) -> SQLConnection:
        """The same: older services write `.conn.session()`."""
        return self

    def ask_for_life(self) -> str:
        from sqlalchemy import text

        statement = PING_STATEMENTS[self.definition.engine]
        with self.engine.connect() as connection:
            connection.execute(text(statement))
        return f"{self.definition.engine} answered {statement}"

    def stop(self, deadline_seconds: float) -> None:
        """Wait until all sessions were given back, at most so long."""
        if self._engine is None:
            return
        pool: Any = self._engine.pool
        end = time.monotonic() + deadline_seconds
        while pool.checkedout() and time.monotonic() < end:
            time.sleep(CHECK_SECONDS)

    def close(self) -> None:
        if self._engine is not None:
            self._engine.dispose()
