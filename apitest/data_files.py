"""Rows of data files, CSV, JSON, YAML and XLSX by their extension: for sentences, tables and Examples.

Not here: where a file is (`project.py`).  YAML and XLSX are read by libraries that are imported when first needed.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

from apitest.core import json_text
from apitest.errors import FileProblem, MissingExtra, StepError

SEPARATORS = ",;\t|"
EXTENSIONS = ("csv", "json", "yaml", "yml", "xlsx")


def read_rows(name: str, data: bytes) -> list[Any]:
    """The rows of a file.  name: its extension counts, and messages have it.

    Of CSV and XLSX the first line names the columns; of a workbook the first sheet is read.  CSV cells are texts.
    Raises StepError or FileProblem for what holds no rows.
    """
    extension = name.rpartition(".")[2].lower()
    if extension == "xlsx":
        return _read_workbook(name, data)
    if extension not in EXTENSIONS:
        raise StepError(f'"{name}" is of no kind that rows can be read from', f"One of: {', '.join(EXTENSIONS)}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileProblem(f'File "{name}" is not UTF-8 (byte {error.start})', "Save it as UTF-8") from error
    if extension == "csv":
        return _read_csv_rows(name, text)
    rows = json_text.parse(text, f'file "{name}"') if extension == "json" else _read_yaml(name, text)
    if not isinstance(rows, list):
        raise StepError(f'"{name}" holds no list of rows')
    return rows


def read_csv(text: str) -> list[list[str]]:
    """The lines of a CSV text that are not empty; the separator is the one that splits the first line most."""
    first = text.lstrip("\r\n").partition("\n")[0]
    separator = max(SEPARATORS, key=lambda sign: (first.count(sign), -SEPARATORS.index(sign)))
    return [
        line for line in csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True) if line
    ]


def _read_csv_rows(name: str, text: str) -> list[dict[str, str]]:
    try:
        lines = read_csv(text)
    except csv.Error as error:
        raise StepError(f'"{name}" is no CSV: {error}') from error
    if not lines:
        raise StepError(f'"{name}" is empty')
    headings = _headings(name, lines[0])
    for number, line in enumerate(lines[1:], 2):
        if len(line) != len(headings):
            raise StepError(f'"{name}": {len(line)} cells in row {number}, but {len(headings)} columns')
    return [dict(zip(headings, line, strict=True)) for line in lines[1:]]


def _read_yaml(name: str, text: str) -> Any:
    import yaml

    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise StepError(f'"{name}" is not YAML: {error}') from error


def _read_workbook(name: str, data: bytes) -> list[dict[str, Any]]:
    """The first sheet; formulas as the values that the spreadsheet had saved for them."""
    try:
        from openpyxl import load_workbook
    except ImportError as error:
        raise MissingExtra("openpyxl", "xlsx") from error
    import warnings
    import zipfile
    from xml.etree.ElementTree import ParseError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and the like, which nobody asked for
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            sheet = book.worksheets[0]
            lines = [list(line) for line in sheet.iter_rows(values_only=True)]
            book.close()
    except (zipfile.BadZipFile, KeyError, ValueError, IndexError, ParseError, OSError) as error:
        raise StepError(f'"{name}" is no XLSX workbook: {error}') from error
    lines = [line for line in lines if any(cell is not None for cell in line)]
    if not lines:
        raise StepError(f'"{name}" is empty')
    while lines[0] and lines[0][-1] is None:
        lines[0].pop()
    headings = _headings(name, ["" if cell is None else str(cell) for cell in lines[0]])
    return [dict(zip(headings, map(_cell, line), strict=False)) for line in lines[1:]]


def _headings(name: str, cells: list[str]) -> list[str]:
    headings = [cell.strip() for cell in cells]
    if "" in headings:
        raise StepError(f'"{name}": column {headings.index("") + 1} has no name in the first line')
    if len(set(headings)) < len(headings):
        twice = next(heading for heading in headings if headings.count(heading) > 1)
        raise StepError(f'"{name}" has two columns "{twice}"')
    return headings


def _cell(value: Any) -> Any:
    """A cell of a spreadsheet as JSON would have it: dates as ISO text, midnight being a date alone."""
    if isinstance(value, dt.datetime):
        return (value.date() if value.time() == dt.time() else value).isoformat()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value) if isinstance(value, dt.timedelta) else value
