"""SQL and CQL as text: values bound to `:name`, scripts split into statements, conditions in words; and the rows that
come back.

Pure: nothing is run here (`transports/sql.py`, `transports/cassandra.py`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SIGNS = {
    "equal to": "=",
    "not equal to": "!=",
    "less than": "<",
    "greater than": ">",
    "less or equal to": "<=",
    "greater or equal to": ">=",
}
"""Signs in words, as filters have them."""

_QUOTED = r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/"
_BOUND_SQL = re.compile(rf"{_QUOTED}|::|(?<![\w:]):(?P<name>[A-Za-z_][\w\-]*)", re.DOTALL)
_BOUND_CQL = re.compile(rf"{_QUOTED}|//[^\n]*|\$\$.*?\$\$|(?<![\w:'\"\])}}]):(?P<name>[A-Za-z_][\w\-]*)", re.DOTALL)
_END_SQL = re.compile(rf"{_QUOTED}|\$(\w*)\$.*?\$\1\$|(?P<end>;)", re.DOTALL)
_END_CQL = re.compile(rf"{_QUOTED}|//[^\n]*|\$\$.*?\$\$|(?P<end>;)", re.DOTALL)
_BATCH = re.compile(r"\s*begin\s+(?:\w+\s+)?batch\b", re.IGNORECASE)
_BATCH_END = re.compile(r"\bapply\s+batch\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Rows:
    """What a statement gave.  columns: their names, none where it gives no rows; count: of rows given or changed."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    count: int

    def dicts(self) -> list[dict[str, Any]]:
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


@dataclass(frozen=True, slots=True)
class Conditions:
    """Which rows: (column, sign, value) joined by `and` or `or`.  Values are bound, never part of the statement."""

    conditions: tuple[tuple[str, str, Any], ...]
    operator: str = "and"

    def __str__(self) -> str:
        return f" {self.operator} ".join(f"{column} {sign} {value!r}" for column, sign, value in self.conditions)


def bound_names(statement: str, *, is_cql: bool = False) -> list[str]:
    """The names after a colon in a statement, those in quotes and comments aside; each once."""
    pattern = _BOUND_CQL if is_cql else _BOUND_SQL
    return list(dict.fromkeys(found["name"] for found in pattern.finditer(statement) if found["name"]))


def bind(statement: str, values: Mapping[str, Any], *, is_cql: bool = False) -> tuple[str, dict[str, Any]]:
    """A statement with `:name` -> one that the driver takes, and its values.

    A name may have dashes: the longest one in `values` that stands there counts.  In SQL other colons are escaped, as
    SQLAlchemy wants them.
    """
    keys: dict[str, str] = {}

    def replace(found: re.Match[str]) -> str:
        name = found["name"]
        if not name:
            return found[0] if is_cql else found[0].replace(":", "\\:")
        rest = ""
        while name not in values and "-" in name:
            name, _, tail = name.rpartition("-")
            rest = f"-{tail}{rest}"
        return f":{keys.setdefault(name, f'v{len(keys)}')}{rest}"

    made = (_BOUND_CQL if is_cql else _BOUND_SQL).sub(replace, statement)
    return made, {key: values[name] for name, key in keys.items()}


def split_statements(script: str, *, is_cql: bool = False) -> list[str]:
    """The statements of a script, separated by semicolons outside quotes and comments; a CQL batch is one."""
    pattern = _END_CQL if is_cql else _END_SQL
    statements, start = [], 0
    for found in pattern.finditer(script):
        if not found["end"]:
            continue
        text = script[start : found.start()]
        if is_cql and _BATCH.match(_bare(text, pattern)) and not _BATCH_END.search(_bare(text, pattern)):
            continue
        statements.append(text)
        start = found.end()
    statements.append(script[start:])
    return [text.strip() for text in statements if _bare(text, pattern).strip()]


def _bare(text: str, pattern: re.Pattern[str]) -> str:
    """A text without its comments."""
    return pattern.sub(lambda found: "" if found[0].startswith(("--", "/*", "//")) else found[0], text)
