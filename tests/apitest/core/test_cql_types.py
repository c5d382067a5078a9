"""apitest/core/cql_types.py: types read, cells shaped for `fromJson`, parameters coerced."""

from __future__ import annotations

import datetime as dt
import decimal
import json
import uuid
from typing import Any

import pytest

from apitest.core.cql_types import CQLType, as_json, coerce, duration_text, parse_type
from apitest.errors import StepError

ADDRESS = {"street": parse_type("text"), "zips": parse_type("frozen<list<int>>")}


def shaped(value: Any, kind: str) -> Any:
    return json.loads(as_json(value, parse_type(kind), lambda name: ADDRESS if name == "address" else None))


def test_types() -> None:
    assert parse_type("INT") == CQLType("int")
    assert parse_type("frozen<map<text, frozen<list<int>>>>") == CQLType(
        "map", (CQLType("text"), CQLType("list", (CQLType("int"),)))
    )
    assert parse_type("vector<float, 3>") == CQLType("vector", (CQLType("float"), CQLType("3")))
    assert parse_type('frozen<"My Type">') == CQLType("My Type")


@pytest.mark.parametrize("text", ["", "<", "list<", "list<int", "list<int>>", "list<>", "a b"])
def test_texts_that_are_no_types(text: str) -> None:
    with pytest.raises(StepError, match="no CQL type"):
        parse_type(text)


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        ("7", "int", "7"),
        (7, "int", 7),
        (7, "text", "7"),
        (True, "text", "true"),
        (" x ", "text", " x "),
        ("~null", "int", None),
        (None, "list<int>", None),
        ('["a", 1]', "list<text>", ["a", "1"]),
        ("['a', 'b']", "set<text>", ["a", "b"]),
        ("[a, b]", "list<text>", ["a", "b"]),
        ("{1, 2}", "set<int>", [1, 2]),
        ("[]", "list<int>", []),
        ([1, 2], "list<int>", [1, 2]),
        ("[1, 'x']", "tuple<int, text>", [1, "x"]),
        ("[1.5, 2]", "vector<float, 2>", ["1.5", 2]),
        ('{"a": [1]}', "map<text, frozen<list<int>>>", {"a": [1]}),
        ("{1: 'x'}", "map<int, text>", {"1": "x"}),
        ('{"street": "x", "zips": [1]}', "frozen<address>", {"street": "x", "zips": [1]}),
        ("aa", "blob", "0x6161"),
        ("0x6161", "blob", "0x6161"),
        (b"aa", "blob", "0x6161"),
        ("2026-01-31T10:00:00Z", "timestamp", "2026-01-31 10:00:00.000+00:00"),
        ("2026-01-31T10:00:00", "timestamp", "2026-01-31 10:00:00.000+00:00"),
        (dt.datetime(2026, 1, 31, 10), "timestamp", "2026-01-31 10:00:00.000+00:00"),
        (decimal.Decimal("1.50"), "decimal", "1.50"),
        (uuid.UUID(int=1), "uuid", "00000000-0000-0000-0000-000000000001"),
    ],
)
def test_cells(value: Any, kind: str, expected: Any) -> None:
    assert shaped(value, kind) == expected


@pytest.mark.parametrize(
    ("value", "kind"),
    [("x", "list<int>"), ("7", "map<text, int>"), ("[1]", "tuple<int, int>"), ('{"strete": 1}', "address")],
)
def test_cells_that_do_not_fit(value: Any, kind: str) -> None:
    with pytest.raises(StepError):
        shaped(value, kind)


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        ("7", "int", 7),
        (7, "varchar", "7"),
        ("1.5", "double", 1.5),
        ("1.5", "decimal", decimal.Decimal("1.5")),
        ("yes", "boolean", True),
        ("00000000-0000-0000-0000-000000000001", "uuid", uuid.UUID(int=1)),
        ("2026-01-31T10:00:00Z", "timestamp", dt.datetime(2026, 1, 31, 10, tzinfo=dt.timezone.utc)),
        ("~null", "int", None),
        ("x", "inet", "x"),
        ([1], "list", [1]),
    ],
)
def test_parameters(value: Any, kind: str, expected: Any) -> None:
    assert coerce(value, kind) == expected


def test_parameters_that_do_not_fit() -> None:
    for value, kind in (("x", "int"), ("maybe", "boolean"), ("x", "uuid"), ("soon", "timestamp")):
        with pytest.raises(StepError, match=f"is no {kind}"):
            coerce(value, kind)


def test_durations() -> None:
    assert duration_text(0, 0, 5_400_000_000_000) == "1h30m"
    assert duration_text(14, 3, 1_002_003_004) == "1y2mo3d1s2ms3us4ns"
    assert duration_text(0, -2, 0) == "-2d"
    assert duration_text(0, 0, 0) == "0s"
