"""The rows of an SQL database as they were: kept, and put back whoever changed them, the server under test included.

Rows only: tables that came or went, and counters of identity columns, stay as they are.  Rows are told apart by their
primary key; a table without one is refilled where its rows differ.  Not here: when that happens (`steps/undo.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from apitest.errors import StepError

if TYPE_CHECKING:
    from sqlalchemy import Connection, MetaData, Table

MAX_ROWS = 200_000
"""Rows that are kept at most, of all tables together."""

Row = tuple[Any, ...]

_DEFERRING = {
    "sqlite": "PRAGMA defer_foreign_keys = ON",
    "postgresql": "SET CONSTRAINTS ALL DEFERRED",
    "mysql": "SET FOREIGN_KEY_CHECKS = 0",
    "mariadb": "SET FOREIGN_KEY_CHECKS = 0",
}


@dataclass(slots=True)
class Difference:
    """What happened to one table since.  changed: as they were."""

    table: Table
    gained: list[Row] = field(default_factory=list)
    lost: list[Row] = field(default_factory=list)
    changed: list[Row] = field(default_factory=list)


class Snapshot:
    """The rows of all tables at one moment."""

    def __init__(self, metadata: MetaData, rows: dict[str, list[Row]]) -> None:
        self._tables = list(metadata.sorted_tables)  # parents before their children
        self._rows = rows

    @classmethod
    def take(cls, connection: Connection) -> Snapshot:
        """Raises StepError when there are too many rows to keep."""
        from sqlalchemy import MetaData

        metadata = MetaData()
        metadata.reflect(connection)
        rows: dict[str, list[Row]] = {}
        left = MAX_ROWS
        for table in metadata.sorted_tables:
            found = [tuple(row) for row in connection.execute(table.select().limit(left + 1))]
            if len(found) > left:
                raise StepError(
                    f"The database has more than {MAX_ROWS} rows, too many to keep (table {table.name})",
                    "Use a smaller database, or undo the changes with I run SQL.",
                )
            left -= len(found)
            rows[table.key] = found
        return cls(metadata, rows)

    def differences(self, connection: Connection) -> list[Difference]:
        """What is not as it was, a table each."""
        found = []
        for table in self._tables:
            now = [tuple(row) for row in connection.execute(table.select())]
            difference = _compare(table, self._rows[table.key], now)
            if difference.gained or difference.lost or difference.changed:
                found.append(difference)
        return found

    def restore(self, connection: Connection) -> None:
        """Puts every row back.  Raises what the database raises when it does not let us."""
        from sqlalchemy import text
        from sqlalchemy.exc import IntegrityError

        differences = self.differences(connection)
        if not differences:
            return
        deferring = _DEFERRING.get(connection.dialect.name)
        if deferring is not None:
            connection.execute(text(deferring))
        try:
            with connection.begin_nested():
                _delete(connection, differences)
                _put_back(connection, differences)
        except IntegrityError:
            # A row that was there points to one that came: it must be turned back first.
            _put_back(connection, differences)
            _delete(connection, differences)


def _compare(table: Table, before: Sequence[Row], now: Sequence[Row]) -> Difference:
    keys = [index for index, column in enumerate(table.columns) if column.primary_key]
    found = Difference(table)
    if not keys:
        if Counter(map(repr, before)) != Counter(map(repr, now)):
            found.gained, found.lost = list(now), list(before)
        return found
    old = {tuple(row[index] for index in keys): row for row in before}
    new = {tuple(row[index] for index in keys): row for row in now}
    found.gained = [row for key, row in new.items() if key not in old]
    found.lost = [row for key, row in old.items() if key not in new]
    found.changed = [row for key, row in old.items() if key in new and not _is_same(row, new[key])]
    return found


def _is_same(one: Row, other: Row) -> bool:
    return one == other or repr(one) == repr(other)  # NaN is not equal to itself


def _delete(connection: Connection, differences: Iterable[Difference]) -> None:
    """Rows that came, children before their parents."""
    for difference in reversed(list(differences)):
        table = difference.table
        if not difference.gained:
            continue
        if not table.primary_key.columns:
            connection.execute(table.delete())
            continue
        for row in difference.gained:
            connection.execute(table.delete().where(_is_row(table, row)))


def _put_back(connection: Connection, differences: Iterable[Difference]) -> None:
    """Rows that went or changed, parents before their children."""
    for difference in differences:
        table = difference.table
        for row in difference.lost:
            _insert(connection, table, row)
    for difference in differences:
        table = difference.table
        for row in difference.changed:
            keys = table.primary_key.columns
            values = {name: value for name, value in _writable(table, row).items() if name not in keys}
            if values:
                connection.execute(table.update().where(_is_row(table, row)).values(values))


def _insert(connection: Connection, table: Table, row: Row) -> None:
    from sqlalchemy import bindparam, text

    values = _writable(table, row)
    if not any(column.identity is not None and column.identity.always for column in table.columns):
        connection.execute(table.insert().values(values))
        return
    # An identity column that is GENERATED ALWAYS takes a value only when told so, which SQLAlchemy cannot say.
    preparer = connection.dialect.identifier_preparer
    names = ", ".join(preparer.quote(name) for name in values)
    marks = ", ".join(f":v{index}" for index in range(len(values)))
    sql = f"INSERT INTO {preparer.format_table(table)} ({names}) OVERRIDING SYSTEM VALUE VALUES ({marks})"
    bound = [
        bindparam(f"v{index}", value, type_=table.columns[name].type)
        for index, (name, value) in enumerate(values.items())
    ]
    connection.execute(text(sql).bindparams(*bound))


def _writable(table: Table, row: Row) -> dict[str, Any]:
    """A row without the columns that the database computes."""
    return {column.name: value for column, value in zip(table.columns, row, strict=True) if column.computed is None}


def _is_row(table: Table, row: Row) -> Any:
    from sqlalchemy import and_

    pairs = zip(table.columns, row, strict=True)
    return and_(*(column == value for column, value in pairs if column.primary_key))
