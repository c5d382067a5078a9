"""SQL databases: a connection URL -> a `Database` that runs statements with bound values, by SQLAlchemy.

Every statement is a transaction of its own, over before the sentence is.  Not here: what is compared (`steps/sql.py`).
SQLAlchemy is imported when the first database is opened.
"""

from __future__ import annotations

import datetime as dt
import decimal
import json
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from apitest.core import nearest
from apitest.core.statements import Conditions, Rows
from apitest.errors import DeadlinePassed, MissingExtra, StepError

if TYPE_CHECKING:
    from sqlalchemy import Engine, Table

    from apitest.transports.sql_undo import Snapshot

TIMEOUT_SECONDS = 30.0
"""Longest wait for a connection, for a lock and for a statement."""
PROGRESS_STEPS = 20_000
"""So many steps of SQLite's machine lie between two looks at the clock."""

EXTRAS = {"psycopg": "postgresql", "psycopg2": "postgresql"}
"""Which extra brings which driver."""


class Database:
    """One database.  Close it when done."""

    def __init__(self, url: str, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self.url = url
        self.is_closed = False
        self._engine = _engine(url, timeout_seconds)

    @property
    def shown_url(self) -> str:
        """The URL without its password."""
        return self._engine.url.render_as_string(hide_password=True)

    def open(self) -> None:
        """Connects once.  Raises StepError when the database cannot be reached."""
        with self._transaction("connect"):
            pass

    def run(self, sql: str, values: Mapping[str, Any] | None = None) -> Rows:
        """One statement.  values: for each `:name` of it.  Raises StepError with the database's own words."""
        from sqlalchemy import text

        with self._transaction(sql) as connection:
            result = connection.execute(text(sql), dict(values or {}))
            if not result.returns_rows:
                return Rows((), (), max(result.rowcount, 0))
            rows = tuple(tuple(row) for row in result.fetchall())
            return Rows(tuple(str(key) for key in list(result.keys())), rows, len(rows))

    def run_all(self, statements: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
        """Several statements, all or none."""
        from sqlalchemy import text

        current = ""
        with self._transaction("") as connection:
            for current, values in statements:
                try:
                    connection.execute(text(current), dict(values))
                except Exception as error:
                    raise _problem(error, current) from error

    def insert(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Rows into a table; texts become what the columns' types want.  Raises StepError."""
        if not rows:
            return
        table = self.table(name)
        made = [{self._column(table, key): self.typed(table, key, value) for key, value in row.items()} for row in rows]
        with self._transaction(f"insert into {name}") as connection:
            connection.execute(table.insert(), made)

    def update(self, name: str, values: Mapping[str, Any], where: Conditions | None) -> int:
        """Changes the rows that a condition holds for -> how many."""
        table = self.table(name)
        made = {self._column(table, key): self.typed(table, key, value) for key, value in values.items()}
        statement = table.update().values(made)
        if where is not None:
            statement = statement.where(self._clause(table, where))
        with self._transaction(f"update {name}") as connection:
            return int(connection.execute(statement).rowcount)

    def delete(self, name: str, where: Conditions | None) -> int:
        """Deletes the rows that a condition holds for, all without one -> how many."""
        table = self.table(name)
        statement = table.delete()
        if where is not None:
            statement = statement.where(self._clause(table, where))
        with self._transaction(f"delete from {name}") as connection:
            return int(connection.execute(statement).rowcount)

    def empty(self, name: str) -> None:
        self.delete(name, None)

    def create(self, name: str, columns: Sequence[tuple[str, str, int | None]]) -> None:
        """A new table.  columns: name, SQL type name, size.  Raises StepError for an unknown type."""
        from sqlalchemy import Column, MetaData, Table

        schema, _, plain = name.rpartition(".")
        made = [Column(column, _sql_type(kind, size)) for column, kind, size in columns]
        table = Table(plain, MetaData(), *made, schema=schema or None)
        with self._transaction(f"create table {name}") as connection:
            table.create(connection)

    def rows_of(self, name: str) -> Rows:
        """All rows of a table."""
        table = self.table(name)
        with self._transaction(f"select from {name}") as connection:
            result = connection.execute(table.select())
            rows = tuple(tuple(row) for row in result.fetchall())
        return Rows(tuple(column.name for column in table.columns), rows, len(rows))

    def count(self, name: str) -> int:
        from sqlalchemy import func, select

        table = self.table(name)
        with self._transaction(f"count {name}") as connection:
            return int(connection.execute(select(func.count()).select_from(table)).scalar_one())

    def columns_of(self, name: str) -> list[str]:
        return [column.name for column in self.table(name).columns]

    def table(self, name: str) -> Table:
        """A table as the database describes it now.  Raises StepError with the nearest name."""
        from sqlalchemy import MetaData, Table, inspect
        from sqlalchemy.exc import NoSuchTableError

        schema, _, plain = name.rpartition(".")
        with self._transaction(f"describe {name}") as connection:
            try:
                return Table(plain, MetaData(), schema=schema or None, autoload_with=connection)
            except NoSuchTableError:
                inspector = inspect(connection)
                known = [*inspector.get_table_names(schema or None), *inspector.get_view_names(schema or None)]
        near = nearest.names(plain, known, 1)
        hint = f'Did you mean "{near[0]}"?' if near else f"There are: {', '.join(sorted(known)) or 'no tables'}"
        raise StepError(f'There is no table "{name}"', hint)

    def typed(self, table: Table, column: str, value: Any) -> Any:
        """A text as the type of its column; `~null` is NULL.  Other values stay.  Raises StepError."""
        if type(value) is str and value == "~null":
            return None
        own = table.columns[self._column(table, column)].type
        if _is_json(own):
            wanted: type = dict
        elif isinstance(value, list | dict):
            return json.dumps(value)
        else:
            try:
                wanted = own.python_type
            except NotImplementedError:
                return value
        if not isinstance(value, str):
            return value
        try:
            return _convert(value, wanted)
        except (ValueError, decimal.InvalidOperation):
            raise StepError(
                f'"{value}" does not fit column "{column}" of {table.name}, which holds {wanted.__name__} values',
                "NULL is written ~null." if value == "" else "",
            ) from None

    def snapshot(self) -> Snapshot:
        """The rows of all tables as they are now.  Raises StepError."""
        from apitest.transports.sql_undo import Snapshot

        with self._transaction("keep all rows") as connection:
            return Snapshot.take(connection)

    def restore(self, snapshot: Snapshot) -> None:
        """Puts back the rows as they were.  Raises StepError when the database does not let us."""
        with self._transaction("put rows back") as connection:
            snapshot.restore(connection)

    def close(self) -> None:
        self.is_closed = True
        self._engine.dispose()

    def _column(self, table: Table, name: str) -> str:
        if name in table.columns:
            return name
        known = {column.name.lower(): column.name for column in table.columns}
        if name.lower() in known:
            return known[name.lower()]
        near = nearest.names(name, known.values(), 1)
        hint = f'Did you mean "{near[0]}"?' if near else f"There are: {', '.join(known.values())}"
        raise StepError(f'Table "{table.name}" has no column "{name}"', hint)

    def _clause(self, table: Table, where: Conditions) -> Any:
        from sqlalchemy import and_, or_

        clauses = []
        for column, sign, value in where.conditions:
            own = table.columns[self._column(table, column)]
            typed = self.typed(table, column, value)
            if typed is None and sign in ("=", "!="):
                clauses.append(own.is_(None) if sign == "=" else own.is_not(None))
            else:
                clauses.append(own.op(sign)(typed))
        return (and_ if where.operator == "and" else or_)(*clauses)

    def _transaction(self, what: str) -> _Transaction:
        return _Transaction(self._engine, what)


def with_credentials(url: str, settings: Mapping[str, str]) -> str:
    """A URL with the user name and the password of a section, where it has them apart."""
    parts = {key: settings[key] for key in ("username", "password") if key in settings}
    if not parts:
        return url
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        return make_url(url).set(**parts).render_as_string(hide_password=False)  # type: ignore[arg-type]
    except ArgumentError as error:
        raise StepError(f"The database cannot be opened: {error}") from error


class _Transaction:
    """A connection for one statement: committed, or rolled back with the database's words in a StepError."""

    def __init__(self, engine: Engine, what: str) -> None:
        self._engine = engine
        self._what = what

    def __enter__(self) -> Any:
        try:
            self._context = self._engine.begin()
            return self._context.__enter__()
        except Exception as error:
            raise _problem(error, self._what) from error

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        try:
            self._context.__exit__(kind, error, trace)
        except Exception as failed:
            raise _problem(failed, self._what) from failed
        if isinstance(error, Exception):
            told = _problem(error, self._what)
            if told is not error:
                raise told from error


def _engine(url: str, seconds: float) -> Engine:
    from sqlalchemy import create_engine, event
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError
    from sqlalchemy.pool import StaticPool

    try:
        parsed = make_url(url)
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")  # the driver that the extra brings
        options: dict[str, Any] = {}
        is_sqlite = parsed.get_backend_name() == "sqlite"
        if is_sqlite:
            options["connect_args"] = {"timeout": seconds, "check_same_thread": False}
            if parsed.database in (None, "", ":memory:"):
                options["poolclass"] = StaticPool  # each new connection would be a database of its own
        elif parsed.get_backend_name() == "postgresql":
            limit = f"-c statement_timeout={max(1, int(seconds * 1000))}"
            options["connect_args"] = {"connect_timeout": max(2, int(seconds)), "options": limit}
            options["pool_pre_ping"] = True
        engine = create_engine(parsed, **options)
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise StepError(
            f"The database cannot be opened: {error}",
            "Write its URL like sqlite:///shop.db or postgresql://ann:pw@host/shop",
        ) from error
    except ModuleNotFoundError as error:
        library = error.name or "the driver"
        if library in EXTRAS:
            raise MissingExtra(library, EXTRAS[library]) from error
        raise StepError(
            f"The driver {library} is not installed",
            f"Install it, or name another one in the URL: {parsed.get_backend_name()}+DRIVER://...",
        ) from error
    if is_sqlite:
        event.listen(engine, "begin", lambda connection: _limit_sqlite(connection, seconds))
    return engine


def _limit_sqlite(connection: Any, seconds: float) -> None:
    """SQLite works inside this process, so only itself can end a statement that takes too long."""
    end = time.monotonic() + seconds
    connection.connection.driver_connection.set_progress_handler(lambda: time.monotonic() > end, PROGRESS_STEPS)


def _problem(error: Exception, sql: str) -> Exception:
    """What a database raised, in its own words; an error of another kind as it is."""
    from sqlalchemy.exc import SQLAlchemyError

    if not isinstance(error, SQLAlchemyError):
        return error
    words = str(getattr(error, "orig", None) or error).strip().splitlines()
    shown = " ".join(sql.split())
    if words and words[0] in ("interrupted", "canceling statement due to statement timeout"):
        return DeadlinePassed("The database did not answer in time", f"SQL: {shown[:300]}")
    return StepError(
        f"The database refused: {words[0] if words else type(error).__name__}",
        f"SQL: {shown if len(shown) < 300 else shown[:300] + '...'}" if shown else "",
    )


def _is_json(kind: Any) -> bool:
    from sqlalchemy import JSON

    return isinstance(kind, JSON)


def _convert(text: str, wanted: type) -> Any:
    if wanted is bool:
        lowered = text.strip().lower()
        if lowered not in ("true", "false", "1", "0", "t", "f", "yes", "no"):
            raise ValueError(text)
        return lowered in ("true", "1", "t", "yes")
    if wanted is int:
        return int(text)
    if wanted is float:
        return float(text)
    if wanted is decimal.Decimal:
        return decimal.Decimal(text)
    if wanted is dt.datetime:
        return dt.datetime.fromisoformat(text.replace("Z", "+00:00"))
    if wanted is dt.date:
        return dt.date.fromisoformat(text)
    if wanted is dt.time:
        return dt.time.fromisoformat(text)
    if wanted is bytes:
        return text.encode()
    if wanted is uuid.UUID:
        return uuid.UUID(text)
    if wanted in (dict, list):
        return json.loads(text)
    return text


def _sql_type(name: str, size: int | None) -> Any:
    """A type by its SQL name, with a size where one is given."""
    import sqlalchemy

    known: dict[str, Any] = {
        key.lower(): value
        for key, value in vars(sqlalchemy).items()
        if isinstance(value, type) and issubclass(value, sqlalchemy.types.TypeEngine)
    }
    known |= {
        "int": sqlalchemy.Integer,
        "bool": sqlalchemy.Boolean,
        "str": sqlalchemy.String,
        "number": sqlalchemy.Numeric,
    }
    found = known.get(name.strip().lower())
    if found is None:
        near = nearest.names(name, known, 1)
        raise StepError(f'There is no SQL type "{name}"', f'Did you mean "{near[0]}"?' if near else "")
    try:
        return found(size) if size is not None else found()
    except TypeError:
        raise StepError(f'The SQL type "{name}" cannot be used here') from None
