"""Databases that sentences mean, SQL and Cassandra alike: opened by a URL or from the configuration, kept as stored
values; and how their values compare with what stands in a table.

Not here: sentences (`sql.py`, `cassandra.py`, `tables.py`), statements (`transports/`).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeVar, cast

from apitest.config import parse_duration
from apitest.core import markers, nearest, sentences
from apitest.core.literals import parse_literal
from apitest.core.plain_values import plain
from apitest.core.statements import Conditions, Rows, bind, bound_names, split_statements
from apitest.errors import Mismatch, StepError, UsageError
from apitest.scenario import Scope
from apitest.steps.step_input import names_in, settings_of, text_of
from apitest.steps.store import keep
from apitest.transports.cassandra import Clusters, Session, Settings, read_url
from apitest.transports.sql import Database, with_credentials

CASSANDRA_WORDS = ("cassandra", "cql")
EXAMPLES = {
    "SQL": 'Given I connect to "sqlite:///shop.db" as "shop"',
    "Cassandra": 'Given Cassandra connection "cass" to "127.0.0.1" with keyspace "shop"',
}


class Tables(Protocol):
    """What both kinds of databases can do with tables."""

    @property
    def is_closed(self) -> bool: ...
    def run(self, statement: str, values: Mapping[str, Any] | None = None) -> Rows: ...
    def run_all(self, statements: Iterable[tuple[str, Mapping[str, Any]]]) -> None: ...
    def insert(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None: ...
    def empty(self, name: str) -> None: ...
    def rows_of(self, name: str) -> Rows: ...
    def count(self, name: str) -> int: ...
    def columns_of(self, name: str) -> list[str]: ...


T = TypeVar("T", Database, Session)


def open_database(ctx: Any, url: str, name: str, timeout_seconds: float = 0.0) -> Database:
    """Opens a database and keeps it under a name; one that is open there already, at the same place, stays."""
    known = ctx.apitest.values.pop(name, None)
    if isinstance(known, Database) and known.url == url and not known.is_closed:
        database = known
    else:
        database = Database(url, timeout_seconds) if timeout_seconds else Database(url)
        ctx.apitest.feature.cleanups.append(database.close)
        database.open()
    keep(ctx, name, database)
    return database


def open_session(ctx: Any, settings: Settings, name: str) -> Session:
    """Opens a Cassandra session and keeps it under a name, by the same rules."""
    known = ctx.apitest.values.pop(name, None)
    if isinstance(known, Session) and known.settings == settings and not known.is_closed:
        session = known
    else:
        run = ctx.apitest.run
        clusters = run.shared.get("cassandra")
        if clusters is None:
            clusters = run.shared["cassandra"] = Clusters()
            run.cleanups.append(clusters.close)
        session = clusters.session(settings)
        ctx.apitest.feature.cleanups.append(session.close)
    keep(ctx, name, session)
    return session


def open_configured(ctx: Any, name: str) -> Database | Session:
    """The database of `[connection:NAME]`, by its URL."""
    settings = settings_of(ctx, "connection", name)
    if "url" not in settings:
        raise StepError(f"[connection:{name}] has no url", "Add: url = sqlite:///shop.db")
    url = settings["url"]
    seconds = _seconds(settings.get("timeout", ""), name)
    if url.startswith("cassandra:"):
        changes: dict[str, Any] = {key: settings[key] for key in ("username", "password") if key in settings}
        if seconds:
            changes["timeout_seconds"] = seconds
        return open_session(ctx, read_url(url, **changes), name)
    url = with_credentials(url, settings)
    return open_database(ctx, url, name, seconds)


def database_of(ctx: Any, connection: Any = None) -> Database:
    """The SQL database that a sentence means: `#shop`, `shop`, or the last one opened.  Raises StepError."""
    return _meant(ctx, connection, Database, "SQL")


def session_of(ctx: Any, connection: Any = None) -> Session:
    """The same of Cassandra."""
    return _meant(ctx, connection, Session, "Cassandra")


def tables_of(ctx: Any, choice: str, connection: Any = None) -> Tables:
    """The same of the kind that the sentence names: SQL, Cassandra, CQL."""
    return session_of(ctx, connection) if choice in CASSANDRA_WORDS else database_of(ctx, connection)


def forget(ctx: Any, database: Any) -> None:
    """Closes a database, and no name stands for it any longer."""
    database.close()
    values = ctx.apitest.values
    for name in [key for key, value in values.items() if value is database]:
        del values[name]


# Statements with stored values


def query(ctx: Any, choice: str, statement: Any, connection: Any) -> Rows:
    """Runs one statement; its `:name` are stored values."""
    made, values = bound(ctx, text_of(statement), is_cql=choice in CASSANDRA_WORDS)
    return tables_of(ctx, choice, connection).run(made, values)


def run_script(ctx: Any, choice: str, script: str, connection: Any) -> None:
    is_cql = choice in CASSANDRA_WORDS
    statements = split_statements(script, is_cql=is_cql)
    if not statements:
        raise StepError("There is no statement to run")
    tables_of(ctx, choice, connection).run_all([bound(ctx, statement, is_cql=is_cql) for statement in statements])


def bound(ctx: Any, statement: str, *, is_cql: bool = False) -> tuple[str, dict[str, Any]]:
    """A statement whose `:name` are stored values.  Raises StepError with the nearest name."""
    scope = Scope(ctx.apitest)
    values: dict[str, Any] = {}
    for name in bound_names(statement, is_cql=is_cql):
        whole = name
        while True:
            try:
                values[name] = scope.stored(name)
                break
            except KeyError:
                name, dash, _ = name.rpartition("-")
                if not dash:
                    near = nearest.names(whole, scope.names("#"), 1)
                    hint = f"Did you mean :{near[0]}? " if near else ""
                    raise StepError(
                        f":{whole} has no value", f'{hint}I store "..." under "{whole}" gives it one.'
                    ) from None
    return bind(statement, values, is_cql=is_cql)


def pairs(columns: Any, values: Any) -> dict[str, Any]:
    """Lists of columns and values, `id, name` and `7, Ann` -> a row."""
    names, cells = names_in(columns), values if isinstance(values, list | tuple) else names_in(values)
    if not names or len(names) != len(cells):
        raise StepError(f"{len(names)} columns and {len(cells)} values", "Each column needs one value.")
    return dict(zip(names, cells, strict=True))


def conditions(criterion: Any) -> Conditions:
    """A stored filter."""
    if not isinstance(criterion, Conditions):
        raise StepError(
            f'"{text_of(criterion)}" is no stored filter',
            'I store filter "id" is "equal to" "7" "AND" under "one", then write "#one".',
        )
    return criterion


# Values of databases and what is expected of them


def expected(cell: Any, actual: Any) -> Any:
    """A cell as the kind of value that is there, where it says the same; a marker as it is."""
    there = plain(actual)
    if type(cell) is not str:
        return plain(cell) if not isinstance(cell, str) else cell
    if markers.parse(cell) is not None:
        return cell
    if isinstance(there, bool):
        return there if cell.lower() in (str(there).lower(), str(int(there))) else cell
    if isinstance(there, int | float):
        number = sentences.parse_number(cell)
        return cell if number is None else there if number == there else number
    if isinstance(there, list | dict):
        return _document(cell)
    if isinstance(actual, dt.datetime) and _same_time(cell, actual):
        return there
    return cell


def as_somewhere(cell: Any, column: list[Any]) -> Any:
    """A cell as the kind of value that its column has somewhere."""
    found = [expected(cell, value) for value in column]
    for one, value in zip(found, column, strict=True):
        if one is not cell and one == plain(value):
            return one
    return next((one for one in found if one is not cell), cell)


def check_columns(what: str, headings: list[str], known: list[str]) -> None:
    """Raises StepError for the first heading that is no column."""
    lowered = {name.lower() for name in known}
    wrong = [name for name in headings if name.lower() not in lowered]
    if wrong:
        near = nearest.names(wrong[0], known, 1)
        hint = f'Did you mean "{near[0]}"?' if near else f"There are: {', '.join(known) or 'none'}"
        raise StepError(f'There is no column "{wrong[0]}" in {what}', hint)


def spelled(name: str, known: Iterable[str]) -> str:
    """A column's own spelling; databases do not mind letter case."""
    return min((other for other in known if other.lower() == name.lower()), key=lambda other: other != name)


def by_row(mismatches: list[Mismatch]) -> list[Mismatch]:
    """Pointers `/0/state` as people count rows: `row 1, state`."""
    renamed = []
    for item in mismatches:
        row, _, column = item.path.removeprefix("/").partition("/")
        place = f"row {int(row) + 1}{', ' if column else ''}{column}" if row.isdigit() else item.path
        renamed.append(Mismatch(place, item.expected, item.actual, item.reason, item.has_actual))
    return renamed


# Inside


def _meant(ctx: Any, connection: Any, kind: type[T], word: str) -> T:
    if isinstance(connection, kind):
        return connection
    values = ctx.apitest.values
    if connection is None:
        opened: list[T] = [value for value in values.values() if isinstance(value, kind)]
        if opened:
            return opened[-1]
        configured = [name for name in _configured(ctx) if (word == "Cassandra") is _is_cassandra(ctx, name)]
        if len(configured) == 1:
            return cast(T, open_configured(ctx, configured[0]))
        raise StepError(f"No {'database' if word == 'SQL' else 'Cassandra connection'} is open", EXAMPLES[word])
    name = text_of(connection)
    found = values.get(name)
    if isinstance(found, kind):
        return found
    if name in _configured(ctx):
        made = open_configured(ctx, name)
        if isinstance(made, kind):
            return made
    known: list[str] = [key for key, value in values.items() if isinstance(value, kind)]
    near = nearest.names(name, [*known, *_configured(ctx)], 1)
    hint = f'Did you mean "{near[0]}"?' if near else f"Open: {', '.join(known) or 'none'}"
    raise StepError(f'No {word} database is open under "{name}"', hint)


def _configured(ctx: Any) -> list[str]:
    sections = ctx.apitest.run.config.sections
    return [name.partition(":")[2] for name in sections if name.startswith("connection:") and _is_database(ctx, name)]


def _is_database(ctx: Any, section: str) -> bool:
    """Connections of other kinds stand in the same sections: brokers, Redis ..."""
    scheme = ctx.apitest.run.config.sections[section].get("url", "").partition(":")[0].partition("+")[0].lower()
    return scheme in ("cassandra", "sqlite", "postgresql", "mysql", "mariadb", "oracle", "mssql") or not scheme


def _is_cassandra(ctx: Any, name: str) -> bool:
    return bool(ctx.apitest.run.config.sections[f"connection:{name}"].get("url", "").startswith("cassandra:"))


def _seconds(text: str, name: str) -> float:
    try:
        return parse_duration(text, "timeout") if text else 0.0
    except UsageError as error:
        raise StepError(f"[connection:{name}] {error.message}", error.hint) from None


def _document(cell: str) -> Any:
    """A cell that should be a list or an object: JSON, a Python literal, or `[a, b]`."""
    text = cell.strip()
    try:
        return json.loads(text)
    except ValueError:
        pass
    try:
        found = parse_literal(text)
    except StepError:
        is_list = text[:1] == "[" and text[-1:] == "]"
        return [part.strip() for part in text[1:-1].split(",") if part.strip()] if is_list else cell
    return plain(found) if isinstance(found, list | tuple | dict | set) else cell


def _same_time(cell: str, actual: dt.datetime) -> bool:
    try:
        wanted = dt.datetime.fromisoformat(cell.strip().replace("Z", "+00:00"))
    except ValueError:
        return False
    if (wanted.tzinfo is None) is not (actual.tzinfo is None):
        wanted, actual = (
            one.replace(tzinfo=dt.timezone.utc) if one.tzinfo is None else one for one in (wanted, actual)
        )
    return wanted == actual
