"""Sentences written inside a doc string: one a line, each with the table or the doc string that follows it.

    Given I store "1" under "a"
    When I run SQL using "shop"
      ```
      delete from orders
      ```

A keyword in front, empty lines and lines that begin with `#` mean nothing.  An inner doc string stands between two
lines of ``` (or of `\"\"\"` where the outer one does not use that).  Also here: holes like `<name>` filled with a row's
values.  Not here: what the sentences mean (`phrases.py`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apitest.core import lookups, nearest, sentences
from apitest.errors import StepError

KEYWORDS = ("given", "when", "then", "and", "but", "*")
FENCES = ('"""', "```", "'''")

_HOLE = re.compile(r"<([^<>\"|]+)>")
_QUOTED_HOLE = re.compile(r'"<([^<>"|]+)>"|<([^<>"|]+)>')
_CELL = re.compile(r"(?<!\\)\|")
_SIGNS = "#@$~"


@dataclass(frozen=True, slots=True)
class InnerSentence:
    """One line of the doc string.  line: which, from 0; table: its rows of cells, the headings first."""

    sentence: str
    line: int
    table: tuple[tuple[str, ...], ...] | None = None
    text: str | None = None


def parse(text: str) -> list[InnerSentence]:
    """The sentences of a doc string.  Raises StepError where there are none, or where a line belongs to none."""
    found: list[InnerSentence] = []
    lines = text.splitlines()
    number = 0
    while number < len(lines):
        line = lines[number].strip()
        if line.startswith("|") or line.startswith(FENCES):
            if not found or found[-1].table is not None or found[-1].text is not None:
                raise StepError(f"Line {number + 1} of the doc string belongs to no sentence: {line}")
            last = found.pop()
            if line.startswith("|"):
                rows, number = _table(lines, number)
                found.append(InnerSentence(last.sentence, last.line, table=rows))
            else:
                inner, number = _text(lines, number)
                found.append(InnerSentence(last.sentence, last.line, text=inner))
            continue
        if line and not line.startswith("#"):
            first, _, rest = line.partition(" ")
            is_keyword = first.lower() in KEYWORDS and rest.strip()
            found.append(InnerSentence(rest.strip() if is_keyword else line, number))
        number += 1
    if not found:
        raise StepError("The doc string has no sentences", "Write one sentence a line.")
    return found


def fill(text: str, row: Mapping[str, Any]) -> str:
    """`<column>` replaced by the row's value, as text that means itself.  Raises StepError for an unknown column.

    A value is data: quotes in it are escaped where it stands between quotes, and `#name` in it is no look-up.
    """

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if name not in row:
            near = nearest.names(name, row)
            hint = f"Did you mean <{near[0]}>?" if near else f"There are: {', '.join(row)}"
            raise StepError(f"The row has no <{name}>", hint)
        plain = re.sub(r"([#@$])\{", r"\1\1{", lookups.as_text(row[name]))
        if found[1] is None:
            return sentences.escape(plain) if _is_inside_quotes(text, found.start()) else plain
        if plain[:1] and plain[0] in _SIGNS and plain[1:2] != plain[0]:
            plain = plain[0] + plain
        return f'"{sentences.escape(plain)}"'

    return _QUOTED_HOLE.sub(value, text)


def filled(one: InnerSentence, row: Mapping[str, Any]) -> InnerSentence:
    """The sentence, its table and its doc string with the holes of a row filled in."""
    table = one.table and tuple(tuple(fill(cell, row) for cell in cells) for cells in one.table)
    return InnerSentence(
        fill(one.sentence, row), one.line, table, one.text if one.text is None else fill(one.text, row)
    )


def with_sample_values(sentence: str) -> str:
    """The sentence as it would be matched: `<n>` outside quotes becomes a number."""
    return _HOLE.sub(lambda found: found[0] if _is_inside_quotes(sentence, found.start()) else "1", sentence)


def _is_inside_quotes(text: str, position: int) -> bool:
    return len(re.findall(r'(?<!\\)"', text[:position])) % 2 == 1


def _table(lines: list[str], number: int) -> tuple[tuple[tuple[str, ...], ...], int]:
    rows: list[tuple[str, ...]] = []
    while number < len(lines) and lines[number].strip().startswith("|"):
        line = lines[number].strip()
        if not line.endswith("|") or len(line) < 2:
            raise StepError(f"Line {number + 1} of the doc string is no row of a table: {line}", "A row ends with |.")
        rows.append(tuple(cell.strip().replace("\\|", "|") for cell in _CELL.split(line[1:-1])))
        if len(rows[-1]) != len(rows[0]):
            raise StepError(f"Line {number + 1} of the doc string has {len(rows[-1])} cells, not {len(rows[0])}")
        number += 1
    return tuple(rows), number


def _text(lines: list[str], number: int) -> tuple[str, int]:
    fence = lines[number].strip()[:3]
    indent = len(lines[number]) - len(lines[number].lstrip())
    for end in range(number + 1, len(lines)):
        if lines[end].strip() == fence:
            inner = [line[indent:] if not line[:indent].strip() else line.lstrip() for line in lines[number + 1 : end]]
            return "\n".join(inner), end + 1
    raise StepError(
        f"The doc string that begins in line {number + 1} of the outer one has no end", f"Close it: {fence}"
    )
