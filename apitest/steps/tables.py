"""Tables and queries of SQL databases and of Cassandra: rows as they should be, what is there, what a query returns.

Values are always bound: `:name` in a statement is the stored value of that name.  Not here: which database is meant and
how values compare (`databases.py`), connections (`sql.py`, `cassandra.py`).
"""

from __future__ import annotations

from typing import Any

from apitest.catalogue import step
from apitest.core import compare
from apitest.core.plain_values import plain
from apitest.errors import AssertionFailed, Mismatch, StepError
from apitest.steps.data import rows_of_file
from apitest.steps.databases import (
    as_somewhere,
    by_row,
    check_columns,
    expected,
    query,
    run_script,
    spelled,
    tables_of,
)
from apitest.steps.last_response import comparing, require
from apitest.steps.step_input import doc_text, names_in, read_text, resolved_rows, text_of
from apitest.steps.store import keep

# Statements


@step(
    'I run (SQL/CQL)[ using "{c}"]',
    "when",
    meaning="Runs the statements of the doc string, separated by semicolons; :name is a stored value. In SQL all of "
    "them, or none.",
    example='I run SQL using "shop"',
    needs="doc",
)
def run_statements(ctx: Any, choice: str, c: Any) -> None:
    run_script(ctx, choice, doc_text(ctx), c)


@step(
    'I run (SQL/CQL) file "{file}"[ using "{c}"]',
    "when",
    meaning="Runs the statements of a file of features/data; :name is a stored value. In SQL all of them, or none.",
    example='I run SQL file "seed.sql" using "shop"',
)
def run_file(ctx: Any, choice: str, file: Any, c: Any) -> None:
    run_script(ctx, choice, read_text(ctx, file, "data"), c)


@step(
    'I store (SQL/CQL) query "{sql}" under "{name}"[ using "{c}"]',
    "when",
    meaning="Keeps the rows of a query: a list of objects.",
    example='I store SQL query "select * from orders" under "orders"',
)
def store_rows(ctx: Any, choice: str, sql: Any, name: Any, c: Any) -> None:
    rows = query(ctx, choice, sql, c).dicts()
    keep(ctx, name, rows if choice == "sql" else [plain(row) for row in rows])


# Rows of tables


@step(
    '(SQL/Cassandra) table "{table}" holds[ using "{c}"]',
    meaning="Adds rows; texts become what the columns' types want, ~null is NULL.",
    example='SQL table "users" holds',
    needs="table",
)
def table_holds(ctx: Any, choice: str, table: Any, c: Any) -> None:
    tables_of(ctx, choice, c).insert(text_of(table), resolved_rows(ctx, (), None))


@step(
    '(SQL/Cassandra) table "{table}" holds rows of "{file}"[ using "{c}"]',
    meaning="Adds the rows of a CSV, JSON, YAML or XLSX file of features/data, which names the table's columns; ~null "
    "is NULL.",
    example='SQL table "users" holds rows of "users.csv"',
)
def table_holds_file(ctx: Any, choice: str, table: Any, file: Any, c: Any) -> None:
    rows = rows_of_file(ctx, file)
    if not rows:
        raise StepError(f'"{text_of(file)}" has no rows')
    if not all(isinstance(row, dict) for row in rows):
        raise StepError(f'The rows of "{text_of(file)}" name no columns', "Each row must be an object.")
    tables_of(ctx, choice, c).insert(text_of(table), rows)


@step(
    '(SQL/Cassandra) table "{table}" is emptied[ using "{c}"]',
    meaning="Deletes all rows of a table.",
    example='SQL table "orders" is emptied',
)
def empty_table(ctx: Any, choice: str, table: Any, c: Any) -> None:
    tables_of(ctx, choice, c).empty(text_of(table))


@step(
    '(SQL/Cassandra) table "{table}" has {n} rows[ using "{c}"]',
    "then",
    meaning="How many rows a table has.",
    example='SQL table "orders" has 3 rows',
)
def table_has_rows(ctx: Any, choice: str, table: Any, n: Any, c: Any) -> None:
    count = tables_of(ctx, choice, c).count(text_of(table))
    require(count == n, f'Table "{text_of(table)}"', "rows", n, count)


@step(
    '(SQL/Cassandra) table "{table}" is empty[ using "{c}"]',
    "then",
    meaning="A table without rows.",
    example='SQL table "errors" is empty',
)
def table_is_empty(ctx: Any, choice: str, table: Any, c: Any) -> None:
    table_has_rows(ctx, choice, table, 0, c)


@step(
    '(SQL/Cassandra) table "{table}" has (rows like/exactly these rows)[ using "{c}"]',
    "then",
    meaning="Like: each of these rows is there, only the given columns compared. Exactly: all of them, in any order. "
    "Markers may stand in cells, ~null is NULL.",
    example='SQL table "orders" has rows like',
    needs="table",
)
def table_has(ctx: Any, choice: str, table: Any, choice_2: str, c: Any) -> None:
    wanted = resolved_rows(ctx, (), None)
    name = text_of(table)
    database = tables_of(ctx, choice, c)
    known = database.columns_of(name)
    check_columns(name, list(wanted[0]) if wanted else [], known)
    if not wanted and choice_2 == "rows like":
        raise StepError("The table has no rows, so nothing was compared")
    headings = list(wanted[0]) if wanted else known
    there = database.rows_of(name).dicts()
    raw = [{key: row[spelled(key, known)] for key in headings} for row in there]
    actual = [{key: plain(cell) for key, cell in row.items()} for row in raw]
    rows = [{key: as_somewhere(cell, [row[key] for row in raw]) for key, cell in row.items()} for row in wanted]
    if choice_2 == "rows like":
        found = compare.contains(rows, actual, "", comparing(actual, ctx))
    else:
        found = compare.compare(["~unordered", *rows], actual, "", comparing(actual, ctx))
    compare.check(f'Table "{name}"', by_row(found))


@step(
    '(SQL/Cassandra) table "{table}" has columns "{list}"[ using "{c}"]',
    "then",
    meaning="A table with these columns, and perhaps more.",
    example='SQL table "orders" has columns "id,state"',
)
def table_has_columns(ctx: Any, choice: str, table: Any, list: Any, c: Any) -> None:
    known = tables_of(ctx, choice, c).columns_of(text_of(table))
    wanted = names_in(list)
    if not wanted:
        raise StepError("There are no columns to look for, so nothing was compared")
    lowered = {name.lower() for name in known}
    missing = [name for name in wanted if name.lower() not in lowered]
    compare.check(
        f'Table "{text_of(table)}"',
        [Mismatch(name, "a column", reason=f"there is {', '.join(known)}", has_actual=False) for name in missing],
    )


# Queries


@step(
    '(SQL/CQL) query "{sql}" returns {n} rows[ using "{c}"]',
    "then",
    meaning="How many rows a query returns; :name is a stored value.",
    example='SQL query "select * from orders where qty > 1" returns 2 rows',
)
def query_returns_count(ctx: Any, choice: str, sql: Any, n: Any, c: Any) -> None:
    found = query(ctx, choice, sql, c)
    require(len(found.rows) == n, "The query returns another number of rows", "rows", n, len(found.rows))


@step(
    '(SQL/CQL) query "{sql}" returns no rows[ using "{c}"]',
    "then",
    meaning="A query that finds nothing.",
    example="SQL query \"select * from orders where day = 'sun'\" returns no rows",
)
def query_returns_nothing(ctx: Any, choice: str, sql: Any, c: Any) -> None:
    query_returns_count(ctx, choice, sql, 0, c)


@step(
    '(SQL/CQL) query "{sql}" returns "{value}"[ using "{c}"]',
    "then",
    meaning="The first column of the only row: this value, or what a marker fits.",
    example='SQL query "select state from orders where id = 1" returns "paid"',
)
def query_returns(ctx: Any, choice: str, sql: Any, value: Any, c: Any) -> None:
    found = query(ctx, choice, sql, c)
    if len(found.rows) != 1:
        raise AssertionFailed(
            "The query does not return one row", [Mismatch("rows", 1, len(found.rows), f"wanted {value!r} in one row")]
        )
    actual = plain(found.rows[0][0])
    compare.check(
        "The query returns something else", compare.compare(expected(value, actual), actual, found.columns[0])
    )


@step(
    '(SQL/CQL) query "{sql}" returns these rows[ using "{c}"]',
    "then",
    meaning="A query returns these rows in this order; markers may stand in cells, ~null is NULL.",
    example='SQL query "select id, state from orders order by id" returns these rows',
    needs="table",
)
def query_returns_rows(ctx: Any, choice: str, sql: Any, c: Any) -> None:
    wanted = resolved_rows(ctx, (), None)
    found = query(ctx, choice, sql, c)
    headings = [heading.strip() for heading in ctx.table.headings]
    check_columns("the query", headings, list(found.columns))
    actual = [{key: row[spelled(key, found.columns)] for key in headings} for row in found.dicts()]
    rows = [
        {key: expected(cell, actual[index][key]) if index < len(actual) else cell for key, cell in row.items()}
        for index, row in enumerate(wanted)
    ]
    there = [{key: plain(cell) for key, cell in row.items()} for row in actual]
    compare.check("The query returns other rows", by_row(compare.compare(rows, there, "", comparing(there, ctx))))
