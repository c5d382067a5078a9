"""CSV files into SQL tables.

The separator is found out from the file.  Not here: the statements (`transports/sql.py`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from apitest.catalogue import step
from apitest.data_files import read_csv
from apitest.errors import StepError
from apitest.steps.databases import database_of
from apitest.steps.step_input import read_text, text_of

INSERTED_AT_ONCE = 1000


@step(
    'I insert data from csv "{filename}" to SQL table "{tablename}", using "{conn_name}"',
    "then",
    meaning="Adds the rows of a CSV file; its first line names the columns.",
    example='I insert data from csv "users.csv" to SQL table "users", using "#shop"',
    upstream=True,
)
def insert_csv(ctx: Any, filename: Any, tablename: Any, conn_name: Any) -> None:
    lines = _lines(ctx, filename)
    _insert(ctx, conn_name, tablename, [name.strip() for name in lines[0]], lines[1:], filename)


@step(
    'I create SQL table "{tablename}" and insert data from csv "{filename}", using "{conn_name}"',
    "then",
    meaning="Makes a table of text columns col0, col1 ... and adds all lines of a CSV file.",
    example='I create SQL table "raw" and insert data from csv "raw.csv", using "#shop"',
    upstream=True,
)
def create_from_csv(ctx: Any, tablename: Any, filename: Any, conn_name: Any) -> None:
    lines = _lines(ctx, filename)
    columns = [(f"col{index}", "text", None) for index in range(len(lines[0]))]
    _create(ctx, conn_name, tablename, columns, lines, filename)


@step(
    'I create SQL table "{tablename}" and insert data from csv "{filename}", using "{conn_name}" and names, data types '
    "from the header",
    "then",
    meaning="The same; the cells of the first line are name:type or name:type:size.",
    example='I create SQL table "users" and insert data from csv "users.csv", using "#shop" and names, data types from '
    "the header",
    upstream=True,
)
def create_from_typed_csv(ctx: Any, tablename: Any, filename: Any, conn_name: Any) -> None:
    lines = _lines(ctx, filename)
    columns = [_column(*re.split(r"[^\w.]+", cell.strip(), maxsplit=2)) for cell in lines[0]]
    _create(ctx, conn_name, tablename, columns, lines[1:], filename)


@step(
    'I create SQL table "{tablename}" and insert data from csv "{filename}", using "{conn_name}", names from the '
    "header and data types from the line below",
    "then",
    meaning="The same; the first line has the names, the second the types, with a size where wanted.",
    example='I create SQL table "users" and insert data from csv "users.csv", using "#shop", names from the header and '
    "data types from the line below",
    upstream=True,
)
def create_from_csv_with_types_below(ctx: Any, tablename: Any, filename: Any, conn_name: Any) -> None:
    lines = _lines(ctx, filename)
    if len(lines) < 2 or len(lines[0]) != len(lines[1]):
        raise StepError(f'"{text_of(filename)}" has no second line with a type for each column')
    columns = [
        _column(name.strip(), *re.split(r"[^\w.]+", kind.strip(), maxsplit=1))
        for name, kind in zip(lines[0], lines[1], strict=True)
    ]
    _create(ctx, conn_name, tablename, columns, lines[2:], filename)


# Inside


def _lines(ctx: Any, filename: Any) -> list[list[str]]:
    lines = read_csv(read_text(ctx, filename, "data"))
    if not lines:
        raise StepError(f'"{text_of(filename)}" is empty')
    return lines


def _column(name: str, kind: str = "", size: str = "") -> tuple[str, str, int | None]:
    digits = re.match(r"\d+", size)
    if not kind:
        raise StepError(f'Column "{name}" has no type', "Write it like name:text or name:varchar:40")
    if size and not digits:
        raise StepError(f'Column "{name}" has the size "{size}", which is no number')
    return name, kind, int(digits[0]) if digits else None


def _create(
    ctx: Any,
    connection: Any,
    table: Any,
    columns: Sequence[tuple[str, str, int | None]],
    lines: list[list[str]],
    filename: Any,
) -> None:
    database_of(ctx, connection).create(text_of(table), columns)
    _insert(ctx, connection, table, [name for name, _, _ in columns], lines, filename)


def _insert(ctx: Any, connection: Any, table: Any, names: list[str], lines: list[list[str]], filename: Any) -> None:
    for number, line in enumerate(lines, 2):
        if len(line) != len(names):
            raise StepError(f'"{text_of(filename)}": {len(line)} cells in line {number}, but {len(names)} columns')
    database = database_of(ctx, connection)
    for start in range(0, len(lines), INSERTED_AT_ONCE):
        chunk = lines[start : start + INSERTED_AT_ONCE]
        database.insert(text_of(table), [dict(zip(names, line, strict=True)) for line in chunk])
