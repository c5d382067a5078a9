"""apitest/data_files.py: rows of files by their extension."""

from __future__ import annotations

import datetime as dt
import io
import sys

import pytest
from openpyxl import Workbook

from apitest.data_files import read_csv, read_rows
from apitest.errors import MissingExtra, StepError


def workbook(*lines: tuple[object, ...]) -> bytes:
    book = Workbook()
    for line in lines:
        book.active.append(line)
    book.create_sheet("other").append(["not", "read"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_csv_cells_are_texts() -> None:
    assert read_rows("a.CSV", "\ufeffid;name\n1;Ann\n\n2;\n".encode()) == [
        {"id": "1", "name": "Ann"},
        {"id": "2", "name": ""},
    ]


def test_json_and_yaml_keep_their_types() -> None:
    assert read_rows("a.json", b'[{"id": 1, "ok": true}]') == [{"id": 1, "ok": True}]
    assert read_rows("a.yml", b"- id: 1\n  tags: [a]\n- 2\n") == [{"id": 1, "tags": ["a"]}, 2]


def test_yaml_runs_nothing() -> None:
    with pytest.raises(StepError, match="not YAML"):
        read_rows("a.yaml", b"- !!python/object/apply:os.system ['true']\n")


def test_workbooks() -> None:
    data = workbook(
        ("id", "name", "born", "at", None),
        (1, "Ann", dt.date(2000, 1, 31), dt.datetime(2026, 1, 31, 10)),
        (None, None, None, None),
        (2.5, None, None, None),
    )
    assert read_rows("a.xlsx", data) == [
        {"id": 1, "name": "Ann", "born": "2000-01-31", "at": "2026-01-31T10:00:00"},
        {"id": 2.5, "name": None, "born": None, "at": None},
    ]


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.txt", b"x", "of no kind"),
        ("a", b"x", "of no kind"),
        ("a.csv", b"", "is empty"),
        ("a.csv", b"\n\n", "is empty"),
        ("a.csv", b"a,a\n1,2\n", 'two columns "a"'),
        ("a.csv", b"a,\n1,2\n", "has no name"),
        ("a.csv", b"a,b\n1,2\n1\n", "row 3"),
        ("a.csv", b"\xff", "not UTF-8"),
        ("a.json", b"{}", "no list"),
        ("a.json", b"[", "a.json"),
        ("a.yaml", b"a: [", "not YAML"),
        ("a.xlsx", b"PK", "no XLSX"),
        ("a.xlsx", b"", "no XLSX"),
        ("a.xlsx", workbook(), "is empty"),
    ],
)
def test_what_holds_no_rows(name: str, data: bytes, words: str) -> None:
    with pytest.raises(StepError, match=words):
        read_rows(name, data)


def test_missing_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(MissingExtra) as caught:
        read_rows("a.xlsx", b"")
    assert "apitest[xlsx]" in caught.value.hint


def test_separators() -> None:
    assert read_csv("a|b\n1|2") == [["a", "b"], ["1", "2"]]
    assert read_csv('a;b\n"x;y";2,5') == [["a", "b"], ["x;y", "2,5"]]
