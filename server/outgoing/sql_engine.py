"""The engine of outgoing SQL: a bounded pool, failures in the connection's words, and a SQLite that does not block.

Imported at the first use of a connection.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from sqlalchemy import URL, Engine, ExceptionContext, create_engine, event
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import PoolProxiedConnection, QueuePool

from server.errors import ServiceUnavailable
from server.outgoing.sql import DEFAULT_PORTS, OutgoingSQLDefinition, read_extra

T = TypeVar("T")

# SQLite's result codes for "the file, not the statement": busy, locked, read-only, I/O error,
# corrupt, full, cannot open, not a database.
FILE_CODES = frozenset((5, 6, 8, 10, 11, 13, 14, 26))
BUSY_CODES = frozenset((5, 6))
BUSY_SNAPSHOT = 517  # waiting does not help: the transaction read an older state than it wants to change
BUSY_WORDS = "is locked"
RETRY_SECONDS = 0.005


class Owner(Protocol):
    """Who words the errors: the connection."""

    definition: Any

    def unavailable(self, what: str, cid: str = "") -> ServiceUnavailable: ...


def make(owner: Owner) -> Engine:
    """An engine that connects at its first use."""
    definition: OutgoingSQLDefinition = owner.definition
    pool, driver = read_extra(definition.extra)
    options: dict[str, Any] = {"pool_size": definition.pool_size, "max_overflow": 0, "pool_timeout": definition.timeout}
    options |= pool
    if definition.engine == "sqlite":
        url = URL.create("sqlite", database=definition.db_name)
        connect_args: dict[str, Any] = {
            "factory": _factory(definition.timeout),
            "timeout": 0,
            "check_same_thread": False,
        }
    else:
        url = URL.create(
            "postgresql+psycopg",
            username=definition.username or None,
            password=definition.password.reveal() or None,
            host=definition.host or "localhost",
            port=definition.port or DEFAULT_PORTS[definition.engine],
            database=definition.db_name,
        )
        connect_args = {"connect_timeout": max(1, round(definition.timeout)), "application_name": "apitest-server"}
        options["pool_pre_ping"] = True  # a database that was restarted is noticed before a statement is lost
    engine = create_engine(
        url, poolclass=_pool_class(owner), connect_args=connect_args | driver, hide_parameters=True, **options
    )
    event.listen(engine, "handle_error", lambda context: _on_error(owner, context), retval=True)
    return engine


def _pool_class(owner: Owner) -> type[QueuePool]:
    class Pool(QueuePool):
        def connect(self) -> PoolProxiedConnection:
            try:
                return super().connect()
            except PoolTimeout as error:
                size = owner.definition.pool_size
                raise owner.unavailable(f"has had all of its {size} connections in use") from error

    # SQLAlchemy names the logger after the class; among its own it keeps to warnings.
    Pool.__module__ = QueuePool.__module__
    return Pool


def _on_error(owner: Owner, context: ExceptionContext) -> BaseException | None:
    """The connection's own error where the other side failed; None leaves SQLAlchemy's."""
    if context.is_pre_ping:
        return None  # the pool connects anew
    original = context.original_exception
    if isinstance(original, sqlite3.Error):
        code = getattr(original, "sqlite_errorcode", None)  # since Python 3.11
        if code is None:
            is_file = any(
                words in str(original) for words in (BUSY_WORDS, "unable to open", "disk", "readonly", "not a database")
            )
        else:
            is_file = code & 0xFF in FILE_CODES
        return owner.unavailable(f"cannot be used: {original}") if is_file else None
    if context.connection is None:
        return owner.unavailable("could not be reached: connecting failed")
    return owner.unavailable("was lost during a call") if context.is_disconnect else None


def _factory(timeout: float) -> type[sqlite3.Connection]:
    """SQLite waits for a lock inside C, which stops every greenlet, the one that holds the lock too.  Here it is
    asked again and again instead, with sleeps that let others run."""

    def patiently(call: Callable[..., T], *args: Any) -> T:
        end = time.monotonic() + timeout
        while True:
            try:
                return call(*args)
            except sqlite3.OperationalError as error:
                code = getattr(error, "sqlite_errorcode", None)
                is_busy = BUSY_WORDS in str(error) if code is None else code & 0xFF in BUSY_CODES
                if not is_busy or code == BUSY_SNAPSHOT or time.monotonic() >= end:
                    raise
            time.sleep(RETRY_SECONDS)

    class Cursor(sqlite3.Cursor):
        def execute(self, *args: Any) -> sqlite3.Cursor:  # type: ignore[override]
            return patiently(super().execute, *args)

        def executemany(self, *args: Any) -> sqlite3.Cursor:  # type: ignore[override]
            return patiently(super().executemany, *args)

    class PatientConnection(sqlite3.Connection):
        def cursor(self, factory: Any = Cursor) -> Any:
            return super().cursor(factory)

        def commit(self) -> None:
            patiently(super().commit)

    return PatientConnection
