"""apitest/transports/sql.py: statements and their bound values, and SQLite in memory."""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitest.core.statements import Conditions, bind
from apitest.errors import MissingExtra, StepError
from apitest.transports.sql import Database


@pytest.fixture
def shop() -> Iterator[Database]:
    database = Database("sqlite://")
    database.run(
        "create table t (i integer, f float, n numeric(10, 2), s varchar(9), b boolean, d date, m timestamp, j json,"
        " x blob, h time)"
    )
    yield database
    database.close()


@given(st.lists(st.sampled_from(["a-b", "a_b", "a", "b", "a-b-c"]), min_size=1, max_size=6))
def test_every_place_gets_its_own_value(names: list[str]) -> None:
    values = {name: f"value of {name}" for name in names}
    database = Database("sqlite://")
    statement, bound = bind(f"select {', '.join(f':{name}' for name in names)}", values)
    assert list(database.run(statement, bound).rows[0]) == [values[name] for name in names]
    database.close()


def test_texts_become_what_the_columns_want(shop: Database) -> None:
    row = {
        "i": "7", "f": "1.5", "n": "2.25", "s": "x", "b": "true", "d": "2026-01-31", "m": "2026-01-31T10:00:00",
        "j": '{"a": 1}', "x": "raw", "h": "10:30:00",
    }  # fmt: skip
    shop.insert("t", [row, dict.fromkeys(row, "~null")])
    first, second = shop.rows_of("t").dicts()
    assert first == {
        "i": 7, "f": 1.5, "n": decimal.Decimal("2.25"), "s": "x", "b": True, "d": dt.date(2026, 1, 31),
        "m": dt.datetime(2026, 1, 31, 10), "j": {"a": 1}, "x": b"raw", "h": dt.time(10, 30),
    }  # fmt: skip
    assert set(second.values()) == {None}


@pytest.mark.parametrize(
    ("column", "text"), [("i", "x"), ("i", ""), ("f", "x"), ("b", "maybe"), ("d", "soon"), ("m", "x"), ("j", "{")]
)
def test_texts_that_do_not_fit(shop: Database, column: str, text: str) -> None:
    with pytest.raises(StepError, match="does not fit"):
        shop.insert("t", [{column: text}])


def test_lists_and_objects(shop: Database) -> None:
    shop.insert("t", [{"j": {"a": [1]}, "s": [1, "b"]}])
    assert shop.rows_of("t").dicts()[0]["j"] == {"a": [1]}
    assert shop.rows_of("t").dicts()[0]["s"] == '[1, "b"]'


def test_conditions(shop: Database) -> None:
    shop.insert("t", [{"i": 1, "s": "a"}, {"i": 2, "s": "b"}, {"i": 3, "s": None}])
    assert shop.update("t", {"s": "z"}, Conditions((("i", ">", "1"), ("s", "=", "b")))) == 1
    assert shop.update("t", {"f": "1"}, Conditions((("i", "=", "1"), ("I", "=", "3")), "or")) == 2
    assert shop.delete("t", Conditions((("s", "!=", "~null"),))) == 2
    assert shop.delete("t", None) == 1
    assert str(Conditions((("s", "=", "a"),))) == "s = 'a'"


def test_all_or_nothing(shop: Database) -> None:
    with pytest.raises(StepError, match="no such table"):
        shop.run_all([("insert into t (i) values (1)", {}), ("insert into nope values (1)", {})])
    assert shop.count("t") == 0


def test_errors_are_in_the_databases_own_words(shop: Database) -> None:
    with pytest.raises(StepError, match="syntax error") as caught:
        shop.run("selec 1")
    assert "selec 1" in caught.value.hint
    with pytest.raises(StepError, match="no column"):
        shop.insert("t", [{"nope": 1}])


def test_url_is_shown_without_its_password() -> None:
    pytest.importorskip("psycopg")
    database = Database("postgresql://ann:s3cret@db.test/shop")
    assert "s3cret" not in database.shown_url
    database.close()


def test_missing_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtra, match="psycopg") as caught:
        Database("postgresql://ann@db.test/shop")
    assert "apitest[postgresql]" in caught.value.hint


def test_a_driver_that_no_extra_brings(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "MySQLdb", None)
    with pytest.raises(StepError, match="driver MySQLdb is not installed") as caught:
        Database("mysql://ann@db.test/shop")
    assert "mysql+DRIVER" in caught.value.hint


def test_tables_are_made(shop: Database) -> None:
    shop.create("u", [("id", "integer", None), ("name", "varchar", 40)])
    assert shop.columns_of("u") == ["id", "name"]
    with pytest.raises(StepError, match="no SQL type"):
        shop.create("v", [("id", "integr", None)])
    with pytest.raises(StepError, match="already exists"):
        shop.create("u", [("id", "integer", None)])
