"""SQL databases: connections, filters, the sentences of old suites, watched tables.

Not here: tables and queries, which Cassandra has too (`tables.py`), undoing (`undo.py`), statements
(`transports/sql.py`), CSV files (`csv.py`).
"""

from __future__ import annotations

import time
from typing import Any

from apitest.catalogue import step
from apitest.core import compare, lookups, nearest
from apitest.core.literals import parse_literal
from apitest.core.plain_values import plain
from apitest.core.statements import SIGNS, Conditions
from apitest.errors import Mismatch, StepError
from apitest.steps.databases import (
    conditions,
    database_of,
    forget,
    open_configured,
    open_database,
    pairs,
    query,
)
from apitest.steps.last_response import require
from apitest.steps.step_input import names_in, text_of
from apitest.steps.store import keep
from apitest.transports.sql import Database

# Connections


@step(
    'I connect to "{sqlalchemy_url}" as "{conn_name}"',
    meaning="Opens a database by its SQLAlchemy URL and keeps the connection under a name.",
    example='I connect to "sqlite:///shop.db" as "shop"',
    upstream=True,
)
def connect(ctx: Any, sqlalchemy_url: Any, conn_name: Any) -> None:
    open_database(ctx, text_of(sqlalchemy_url), text_of(conn_name))


@step(
    'database "{name}"',
    meaning="Opens the database of [connection:NAME] of the configuration: SQL, or Cassandra by cassandra://host/space.",
    example='database "shop"',
)
def use_database(ctx: Any, name: Any) -> None:
    open_configured(ctx, text_of(name))


@step(
    'I disconnect from SQL "{conn_name}"',
    "then",
    meaning="Closes a database.",
    example='I disconnect from SQL "#shop"',
    upstream=True,
)
def disconnect(ctx: Any, conn_name: Any) -> None:
    forget(ctx, database_of(ctx, conn_name))


# Queries


@step(
    'I store "{sql}" query result under "{name}", using "{conn_name}"',
    meaning="Keeps what a query returns: of one row its first column, of more the list of rows.",
    example='I store "select count(*) from orders" query result under "n", using "#shop"',
    upstream=True,
)
def store_query(ctx: Any, sql: Any, name: Any, conn_name: Any) -> None:
    found = query(ctx, "sql", sql, conn_name)
    keep(ctx, name, found.rows[0][0] if len(found.rows) == 1 else [list(row) for row in found.rows])


@step(
    'SQL "{sql}" is equal to "{value}", using "{conn_name}"',
    "then",
    meaning="A query returns these rows, written as a Python list of tuples.",
    example='SQL "select id from orders" is equal to "[(1,), (2,)]", using "#shop"',
    upstream=True,
)
def query_is_literal(ctx: Any, sql: Any, value: Any, conn_name: Any) -> None:
    wanted = parse_literal(value) if isinstance(value, str) else value
    rows = [list(row) if isinstance(row, list | tuple) else [row] for row in wanted] if isinstance(
        wanted, list | tuple
    ) else [[wanted]]  # fmt: skip
    found = [[plain(cell) for cell in row] for row in query(ctx, "sql", sql, conn_name).rows]
    compare.check("The query returns something else", compare.compare(lookups.shield(rows), found))


@step(
    'SQL query "{sql}" takes under {d}[ using "{c}"]',
    "then",
    meaning="How long a query takes, its rows read.",
    example='SQL query "select * from orders" takes under 200 ms',
)
def query_takes(ctx: Any, sql: Any, d: float, c: Any) -> None:
    begin = time.perf_counter()
    query(ctx, "sql", sql, c)
    seconds = time.perf_counter() - begin
    require(seconds < d, "The query takes too long", "time", f"under {d:g} s", f"{seconds:.3g} s")


# Filters


@step(
    'I store filter "{colname}" is "{sign}" "{colvalue}" "{operator}" under "{name}"',
    meaning="Keeps a condition made of columns, signs in words and values, each a list with commas; the operator is "
    "AND or OR.",
    example='I store filter "state,qty" is "equal to,less than" "paid,5" "AND" under "cheap"',
    upstream=True,
)
def store_filter(ctx: Any, colname: Any, sign: Any, colvalue: Any, operator: Any, name: Any) -> None:
    columns, signs, values = names_in(colname), names_in(sign), names_in(colvalue)
    if not columns or not len(columns) == len(signs) == len(values):
        raise StepError(
            f"A filter of {len(columns)} columns, {len(signs)} signs and {len(values)} values",
            "Each column needs a sign and a value.",
        )
    made = []
    for column, words, value in zip(columns, signs, values, strict=True):
        if words.lower() not in SIGNS and words not in SIGNS.values():
            near = nearest.names(words, SIGNS, 1)
            raise StepError(
                f'"{words}" is no sign', f'Did you mean "{near[0]}"?' if near else f"One of: {', '.join(SIGNS)}"
            )
        made.append((column, SIGNS.get(words.lower(), words), value))
    joined = text_of(operator).strip().lower()
    if joined not in ("and", "or") and not (joined == "" and len(made) == 1):
        raise StepError(f'"{text_of(operator)}" joins nothing', "The operator is AND or OR.")
    keep(ctx, name, Conditions(tuple(made), joined or "and"))


# Rows


@step(
    'I insert "{values}" into "{columns}" of SQL table "{tablename}", using "{conn_name}"',
    "then",
    meaning="Adds one row; values and columns are lists with commas.",
    example='I insert "7, Ann" into "id, name" of SQL table "users", using "#shop"',
    upstream=True,
)
def insert_row(ctx: Any, values: Any, columns: Any, tablename: Any, conn_name: Any) -> None:
    row = pairs(columns, values)
    database_of(ctx, conn_name).insert(text_of(tablename), [row])


@step(
    'I update "{columns}" of SQL table "{tablename}" set "{values}" filter by "{criterion}", using "{conn_name}"',
    "then",
    meaning="Changes columns where a stored filter holds.",
    example='I update "state" of SQL table "orders" set "void" filter by "#cheap", using "#shop"',
    upstream=True,
)
def update_rows(ctx: Any, columns: Any, tablename: Any, values: Any, criterion: Any, conn_name: Any) -> None:
    row = pairs(columns, values)
    database_of(ctx, conn_name).update(text_of(tablename), row, conditions(criterion))


@step(
    'I delete from SQL table "{tablename}" where "{criterion}", using "{conn_name}"',
    "then",
    meaning="Deletes the rows for which a stored filter holds.",
    example='I delete from SQL table "orders" where "#cheap", using "#shop"',
    upstream=True,
)
def delete_rows(ctx: Any, tablename: Any, criterion: Any, conn_name: Any) -> None:
    database_of(ctx, conn_name).delete(text_of(tablename), conditions(criterion))


# Watching


@step(
    'I watch SQL table "{table}"[ using "{c}"]',
    meaning="Remembers the rows of a table, to see later what changed.",
    example='I watch SQL table "orders"',
)
def watch_table(ctx: Any, table: Any, c: Any) -> None:
    name = text_of(table)
    database = database_of(ctx, c)
    ctx.apitest.own.setdefault("watched", {})[name] = (database, _row_list(database, name))


@step(
    'watched table "{table}" (gained/lost) {n} rows',
    "then",
    meaning="How many rows came, or went, since then; a changed row is one that went and one that came.",
    example='watched table "orders" gained 1 row',
)
def watched_changed(ctx: Any, table: Any, choice: str, n: Any) -> None:
    gained, lost = _changes(ctx, table)
    rows = gained if choice == "gained" else lost
    require(
        len(rows) == n, f'Watched table "{text_of(table)}" {choice} other rows', "rows", n, len(rows), _list_of(rows)
    )


@step(
    'watched table "{table}" is unchanged',
    "then",
    meaning="No row came, went or changed since then.",
    example='watched table "users" is unchanged',
)
def watched_unchanged(ctx: Any, table: Any) -> None:
    gained, lost = _changes(ctx, table)
    mismatches = [Mismatch("gained", compare.NOTHING, row, "was not there before") for row in gained]
    mismatches += [Mismatch("lost", row, reason="is gone", has_actual=False) for row in lost]
    compare.check(f'Watched table "{text_of(table)}" changed', mismatches)


# Inside


def _row_list(database: Database, name: str) -> list[tuple[tuple[str, Any], ...]]:
    return [tuple((key, plain(value)) for key, value in row.items()) for row in database.rows_of(name).dicts()]


def _changes(ctx: Any, table: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    name = text_of(table)
    watched = ctx.apitest.own.get("watched", {})
    if name not in watched:
        raise StepError(f'Table "{name}" is not watched', f'Given I watch SQL table "{name}"')
    database, before = watched[name]
    after = _row_list(database, name)
    gained = list(after)
    lost = []
    for row in before:
        if row in gained:
            gained.remove(row)
        else:
            lost.append(row)
    return [dict(row) for row in gained], [dict(row) for row in lost]


def _list_of(rows: list[dict[str, Any]]) -> str:
    return "; ".join(str(row) for row in rows[:5])
