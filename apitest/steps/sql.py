"""SQL databases: connections, statements, tables as they should be, queries and what they return.

Values are always bound: `:name` in a statement is the stored value of that name.  Not here: running statements
(`transports/sql.py`), CSV files (`csv.py`).
"""

from __future__ import annotations

import datetime as dt
import decimal
import time
from collections.abc import Iterable
from typing import Any

from apitest.catalogue import step
from apitest.core import compare, lookups, markers, nearest, sentences
from apitest.core.literals import parse_literal
from apitest.core.statements import SIGNS, Conditions, Rows, bind, bound_names, split_statements
from apitest.errors import AssertionFailed, Mismatch, StepError
from apitest.scenario import Scope
from apitest.steps.last_response import comparing, require
from apitest.steps.step_input import doc_text, names_in, read_text, resolved_rows, settings_of, text_of
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
    _open(ctx, text_of(sqlalchemy_url), text_of(conn_name))


@step(
    'database "{name}"',
    meaning="Opens the database of [connection:NAME] of the configuration.",
    example='database "shop"',
)
def use_database(ctx: Any, name: Any) -> None:
    _from_settings(ctx, text_of(name))


@step(
    'I disconnect from SQL "{conn_name}"',
    "then",
    meaning="Closes a database.",
    example='I disconnect from SQL "#shop"',
    upstream=True,
)
def disconnect(ctx: Any, conn_name: Any) -> None:
    database = database_of(ctx, conn_name)
    database.close()
    values = ctx.apitest.values
    for name in [key for key, value in values.items() if value is database]:
        del values[name]


# Statements


@step(
    'I run SQL[ using "{c}"]',
    "when",
    meaning="Runs the statements of the doc string, separated by semicolons, all or none; :name is a stored value.",
    example='I run SQL using "shop"',
    needs="doc",
)
def run_sql(ctx: Any, c: Any) -> None:
    _run_script(ctx, doc_text(ctx), database_of(ctx, c))


@step(
    'I run SQL file "{file}"[ using "{c}"]',
    "when",
    meaning="Runs the statements of a file of features/data, all or none; :name is a stored value.",
    example='I run SQL file "seed.sql" using "shop"',
)
def run_sql_file(ctx: Any, file: Any, c: Any) -> None:
    _run_script(ctx, read_text(ctx, file, "data"), database_of(ctx, c))


@step(
    'I store "{sql}" query result under "{name}", using "{conn_name}"',
    meaning="Keeps what a query returns: of one row its first column, of more the list of rows.",
    example='I store "select count(*) from orders" query result under "n", using "#shop"',
    upstream=True,
)
def store_query(ctx: Any, sql: Any, name: Any, conn_name: Any) -> None:
    found = _query(ctx, sql, conn_name)
    keep(ctx, name, found.rows[0][0] if len(found.rows) == 1 else [list(row) for row in found.rows])


@step(
    'I store SQL query "{sql}" under "{name}"[ using "{c}"]',
    "when",
    meaning="Keeps the rows of a query: a list of objects.",
    example='I store SQL query "select * from orders" under "orders"',
)
def store_rows(ctx: Any, sql: Any, name: Any, c: Any) -> None:
    keep(ctx, name, _query(ctx, sql, c).dicts())


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
    found = [[_plain(cell) for cell in row] for row in _query(ctx, sql, conn_name).rows]
    compare.check("The query returns something else", compare.compare(lookups.shield(rows), found))


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


# Rows of tables


@step(
    'I insert "{values}" into "{columns}" of SQL table "{tablename}", using "{conn_name}"',
    "then",
    meaning="Adds one row; values and columns are lists with commas.",
    example='I insert "7, Ann" into "id, name" of SQL table "users", using "#shop"',
    upstream=True,
)
def insert_row(ctx: Any, values: Any, columns: Any, tablename: Any, conn_name: Any) -> None:
    row = _pairs(columns, values)
    database_of(ctx, conn_name).insert(text_of(tablename), [row])


@step(
    'I update "{columns}" of SQL table "{tablename}" set "{values}" filter by "{criterion}", using "{conn_name}"',
    "then",
    meaning="Changes columns where a stored filter holds.",
    example='I update "state" of SQL table "orders" set "void" filter by "#cheap", using "#shop"',
    upstream=True,
)
def update_rows(ctx: Any, columns: Any, tablename: Any, values: Any, criterion: Any, conn_name: Any) -> None:
    row = _pairs(columns, values)
    database_of(ctx, conn_name).update(text_of(tablename), row, _conditions(criterion))


@step(
    'I delete from SQL table "{tablename}" where "{criterion}", using "{conn_name}"',
    "then",
    meaning="Deletes the rows for which a stored filter holds.",
    example='I delete from SQL table "orders" where "#cheap", using "#shop"',
    upstream=True,
)
def delete_rows(ctx: Any, tablename: Any, criterion: Any, conn_name: Any) -> None:
    database_of(ctx, conn_name).delete(text_of(tablename), _conditions(criterion))


@step(
    'SQL table "{table}" holds[ using "{c}"]',
    meaning="Adds rows; texts become what the columns' types want, ~null is NULL.",
    example='SQL table "users" holds',
    needs="table",
)
def table_holds(ctx: Any, table: Any, c: Any) -> None:
    database_of(ctx, c).insert(text_of(table), resolved_rows(ctx, (), None))


@step(
    'SQL table "{table}" is emptied[ using "{c}"]',
    meaning="Deletes all rows of a table.",
    example='SQL table "orders" is emptied',
)
def empty_table(ctx: Any, table: Any, c: Any) -> None:
    database_of(ctx, c).delete(text_of(table), None)


@step(
    'SQL table "{table}" has {n} rows[ using "{c}"]',
    "then",
    meaning="How many rows a table has.",
    example='SQL table "orders" has 3 rows',
)
def table_has_rows(ctx: Any, table: Any, n: Any, c: Any) -> None:
    count = database_of(ctx, c).count(text_of(table))
    require(count == n, f'Table "{text_of(table)}"', "rows", n, count)


@step(
    'SQL table "{table}" is empty[ using "{c}"]',
    "then",
    meaning="A table without rows.",
    example='SQL table "errors" is empty',
)
def table_is_empty(ctx: Any, table: Any, c: Any) -> None:
    table_has_rows(ctx, table, 0, c)


@step(
    'SQL table "{table}" has (rows like/exactly these rows)[ using "{c}"]',
    "then",
    meaning="Like: each of these rows is there, only the given columns compared. Exactly: all of them, in any order. "
    "Markers may stand in cells, ~null is NULL.",
    example='SQL table "orders" has rows like',
    needs="table",
)
def table_has(ctx: Any, table: Any, choice: str, c: Any) -> None:
    wanted = resolved_rows(ctx, (), None)
    name = text_of(table)
    database = database_of(ctx, c)
    known = database.columns_of(name)
    _check_columns(name, list(wanted[0]) if wanted else [], known)
    if not wanted and choice == "rows like":
        raise StepError("The table has no rows, so nothing was compared")
    headings = list(wanted[0]) if wanted else known
    there = database.rows_of(name).dicts()
    actual = [{key: _plain(row[_spelled(key, known)]) for key in headings} for row in there]
    expected = [{key: _as_somewhere(cell, [row[key] for row in actual]) for key, cell in row.items()} for row in wanted]
    if choice == "rows like":
        found = compare.contains(expected, actual, "", comparing(actual))
    else:
        found = compare.compare(["~unordered", *expected], actual, "", comparing(actual))
    compare.check(f'Table "{name}"', _by_row(found))


@step(
    'SQL table "{table}" has columns "{list}"[ using "{c}"]',
    "then",
    meaning="A table with these columns, and perhaps more.",
    example='SQL table "orders" has columns "id,state"',
)
def table_has_columns(ctx: Any, table: Any, list: Any, c: Any) -> None:
    known = database_of(ctx, c).columns_of(text_of(table))
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
    'SQL query "{sql}" returns {n} rows[ using "{c}"]',
    "then",
    meaning="How many rows a query returns; :name is a stored value.",
    example='SQL query "select * from orders where qty > 1" returns 2 rows',
)
def query_returns_count(ctx: Any, sql: Any, n: Any, c: Any) -> None:
    found = _query(ctx, sql, c)
    require(len(found.rows) == n, "The query returns another number of rows", "rows", n, len(found.rows))


@step(
    'SQL query "{sql}" returns no rows[ using "{c}"]',
    "then",
    meaning="A query that finds nothing.",
    example="SQL query \"select * from orders where day = 'sun'\" returns no rows",
)
def query_returns_nothing(ctx: Any, sql: Any, c: Any) -> None:
    query_returns_count(ctx, sql, 0, c)


@step(
    'SQL query "{sql}" returns "{value}"[ using "{c}"]',
    "then",
    meaning="The first column of the only row: this value, or what a marker fits.",
    example='SQL query "select state from orders where id = 1" returns "paid"',
)
def query_returns(ctx: Any, sql: Any, value: Any, c: Any) -> None:
    found = _query(ctx, sql, c)
    if len(found.rows) != 1:
        raise AssertionFailed(
            "The query does not return one row", [Mismatch("rows", 1, len(found.rows), f"wanted {value!r} in one row")]
        )
    actual = _plain(found.rows[0][0])
    compare.check(
        "The query returns something else", compare.compare(_expected(value, actual), actual, found.columns[0])
    )


@step(
    'SQL query "{sql}" returns these rows[ using "{c}"]',
    "then",
    meaning="A query returns these rows in this order; markers may stand in cells, ~null is NULL.",
    example='SQL query "select id, state from orders order by id" returns these rows',
    needs="table",
)
def query_returns_rows(ctx: Any, sql: Any, c: Any) -> None:
    wanted = resolved_rows(ctx, (), None)
    found = _query(ctx, sql, c)
    headings = [heading.strip() for heading in ctx.table.headings]
    _check_columns("the query", headings, list(found.columns))
    actual = [{key: row[_spelled(key, found.columns)] for key in headings} for row in found.dicts()]
    expected = [
        {key: _expected(cell, actual[index][key]) if index < len(actual) else cell for key, cell in row.items()}
        for index, row in enumerate(wanted)
    ]
    plain = [{key: _plain(cell) for key, cell in row.items()} for row in actual]
    compare.check("The query returns other rows", _by_row(compare.compare(expected, plain, "", comparing(plain))))


@step(
    'SQL query "{sql}" takes under {d}[ using "{c}"]',
    "then",
    meaning="How long a query takes, its rows read.",
    example='SQL query "select * from orders" takes under 200 ms',
)
def query_takes(ctx: Any, sql: Any, d: float, c: Any) -> None:
    begin = time.perf_counter()
    _query(ctx, sql, c)
    seconds = time.perf_counter() - begin
    require(seconds < d, "The query takes too long", "time", f"under {d:g} s", f"{seconds:.3g} s")


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


# What other step files use


def database_of(ctx: Any, connection: Any = None) -> Database:
    """The database that a sentence means: `#shop`, `shop`, or the last one opened.  Raises StepError."""
    if isinstance(connection, Database):
        return connection
    opened = _opened(ctx)
    if connection is None:
        if not opened:
            raise StepError("No database is open", 'Given I connect to "sqlite:///shop.db" as "shop"')
        return opened[-1]
    name = text_of(connection)
    found = ctx.apitest.values.get(name)
    if isinstance(found, Database):
        return found
    if ctx.apitest.run.config.section(f"connection:{name}"):
        return _from_settings(ctx, name)
    known = [key for key, value in ctx.apitest.values.items() if isinstance(value, Database)]
    near = nearest.names(name, known, 1)
    hint = f'Did you mean "{near[0]}"?' if near else f"Open: {', '.join(known) or 'none'}"
    raise StepError(f'No database is open under "{name}"', hint)


# Inside


def _from_settings(ctx: Any, name: str) -> Database:
    settings = settings_of(ctx, "connection", name)
    if "url" not in settings:
        raise StepError(f"[connection:{name}] has no url", "Add: url = sqlite:///shop.db")
    url = settings["url"]
    if "username" in settings or "password" in settings:
        from sqlalchemy.engine import make_url

        parts = {key: settings[key] for key in ("username", "password") if key in settings}
        url = make_url(url).set(**parts).render_as_string(hide_password=False)  # type: ignore[arg-type]
    return _open(ctx, url, name)


def _open(ctx: Any, url: str, name: str) -> Database:
    """Opens a database and keeps it under a name; one that is open there already, at the same place, stays."""
    known = ctx.apitest.values.pop(name, None)
    if isinstance(known, Database) and known.url == url and not known.is_closed:
        database = known
    else:
        database = Database(url)
        ctx.apitest.feature.cleanups.append(database.close)
        database.open()
    keep(ctx, name, database)
    return database


def _opened(ctx: Any) -> list[Database]:
    """The databases of this feature, the last one opened last."""
    return [value for value in ctx.apitest.values.values() if isinstance(value, Database)]


def _query(ctx: Any, sql: Any, connection: Any) -> Rows:
    statement, values = _bound(ctx, text_of(sql))
    return database_of(ctx, connection).run(statement, values)


def _run_script(ctx: Any, script: str, database: Database) -> None:
    statements = split_statements(script)
    if not statements:
        raise StepError("There is no statement to run")
    database.run_all([_bound(ctx, statement) for statement in statements])


def _bound(ctx: Any, sql: str) -> tuple[str, dict[str, Any]]:
    """A statement whose `:name` are stored values.  Raises StepError with the nearest name."""
    scope = Scope(ctx.apitest)
    values: dict[str, Any] = {}
    for name in bound_names(sql):
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
    return bind(sql, values)


def _pairs(columns: Any, values: Any) -> dict[str, Any]:
    names, cells = names_in(columns), values if isinstance(values, list | tuple) else names_in(values)
    if not names or len(names) != len(cells):
        raise StepError(f"{len(names)} columns and {len(cells)} values", "Each column needs one value.")
    return dict(zip(names, cells, strict=True))


def _conditions(criterion: Any) -> Conditions:
    if not isinstance(criterion, Conditions):
        raise StepError(
            f'"{text_of(criterion)}" is no stored filter',
            'I store filter "id" is "equal to" "7" "AND" under "one", then write "#one".',
        )
    return criterion


def _plain(value: Any) -> Any:
    """A value of a database as JSON would have it."""
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() and value.as_tuple().exponent == 0 else float(value)
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("utf-8", "replace")
    if value is None or isinstance(value, str | int | float | bool | list | dict):
        return value
    return str(value)


def _expected(cell: Any, actual: Any) -> Any:
    """A cell as the kind of value that is there, where it says the same; a marker as it is."""
    plain = _plain(actual)
    if type(cell) is not str:
        return _plain(cell) if not isinstance(cell, str) else cell
    if markers.parse(cell) is not None:
        return cell
    if isinstance(plain, bool):
        return plain if cell.lower() in (str(plain).lower(), str(int(plain))) else cell
    if isinstance(plain, int | float):
        number = sentences.parse_number(cell)
        return plain if number is not None and number == plain else cell
    if isinstance(actual, dt.datetime) and _same_time(cell, actual):
        return plain
    return cell


def _same_time(cell: str, actual: dt.datetime) -> bool:
    try:
        return dt.datetime.fromisoformat(cell.replace("Z", "+00:00")) == actual
    except (ValueError, TypeError):
        return False


def _as_somewhere(cell: Any, column: list[Any]) -> Any:
    """A cell as the kind of value that its column has somewhere."""
    for value in column:
        expected = _expected(cell, value)
        if expected is not cell:
            return expected
    return cell


def _check_columns(what: str, headings: list[str], known: list[str]) -> None:
    lowered = {name.lower() for name in known}
    wrong = [name for name in headings if name.lower() not in lowered]
    if wrong:
        near = nearest.names(wrong[0], known, 1)
        hint = f'Did you mean "{near[0]}"?' if near else f"There are: {', '.join(known) or 'none'}"
        raise StepError(f'There is no column "{wrong[0]}" in {what}', hint)


def _spelled(name: str, known: Iterable[str]) -> str:
    """A column's own spelling; SQL does not mind letter case."""
    return min((other for other in known if other.lower() == name.lower()), key=lambda other: other != name)


def _by_row(mismatches: list[Mismatch]) -> list[Mismatch]:
    """Pointers `/0/state` as people count rows: `row 1, state`."""
    renamed = []
    for item in mismatches:
        row, _, column = item.path.removeprefix("/").partition("/")
        place = f"row {int(row) + 1}{', ' if column else ''}{column}" if row.isdigit() else item.path
        renamed.append(Mismatch(place, item.expected, item.actual, item.reason, item.has_actual))
    return renamed


def _row_list(database: Database, name: str) -> list[tuple[tuple[str, Any], ...]]:
    return [tuple((key, _plain(value)) for key, value in row.items()) for row in database.rows_of(name).dicts()]


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
