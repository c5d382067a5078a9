"""apitest/core/statements.py: names bound, scripts split, conditions."""

from __future__ import annotations

import pytest

from apitest.core.statements import Rows, bind, bound_names, split_statements


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("select :a, :b, :a", ["a", "b"]),
        ("select ':a', \":b\", x::text, '12:30'", []),
        ("select 1 -- :a\n, :b /* :c\n:d */", ["b"]),
        ("select :order-id", ["order-id"]),
        ("select a[1:2], '' :c", ["c"]),
        ("select 'it''s :no', :yes", ["yes"]),
    ],
)
def test_names(sql: str, names: list[str]) -> None:
    assert bound_names(sql) == names


def test_binding() -> None:
    sql, values = bind("select :order-id - :a-1, ':a', x::text", {"order-id": 17, "a": 3})
    assert sql == "select :v0 - :v1-1, '\\:a', x\\:\\:text"
    assert values == {"v0": 17, "v1": 3}


def test_names_that_look_alike_stay_apart() -> None:
    _, values = bind("select :a-b, :a_b", {"a-b": 1, "a_b": 2})
    assert sorted(values.values()) == [1, 2]


@pytest.mark.parametrize(
    ("script", "statements"),
    [
        ("a; b", ["a", "b"]),
        ("a;b;", ["a", "b"]),
        ("insert 'x;y'; b", ["insert 'x;y'", "b"]),
        ('select "a;b"', ['select "a;b"']),
        ("-- only; a comment\n", []),
        ("a -- c; d\n; b /* ; */", ["a -- c; d", "b /* ; */"]),
        ("do $$ begin; end $$; b", ["do $$ begin; end $$", "b"]),
        (";;", []),
    ],
)
def test_statements(script: str, statements: list[str]) -> None:
    assert split_statements(script) == statements


@pytest.mark.parametrize(
    ("cql", "names"),
    [
        ("select * from t where a = :a", ["a"]),
        ("insert into t (m) values ({'k':true, 'l':x})", []),
        ("insert into t (u) values ({street: :street, zip:1})", ["street"]),
        ("select 1 // :a\n, :b", ["b"]),
        ("select $$ :a $$, :b", ["b"]),
    ],
)
def test_names_in_cql(cql: str, names: list[str]) -> None:
    assert bound_names(cql, is_cql=True) == names
    assert bind("a = :x and m = {'k':true}", {"x": 1}, is_cql=True) == ("a = :v0 and m = {'k':true}", {"v0": 1})


@pytest.mark.parametrize(
    ("script", "statements"),
    [
        ("use a; b", ["use a", "b"]),
        ("begin batch insert a; insert b; apply batch; c", ["begin batch insert a; insert b; apply batch", "c"]),
        ("BEGIN UNLOGGED BATCH a; APPLY BATCH;", ["BEGIN UNLOGGED BATCH a; APPLY BATCH"]),
        ("// only; a comment\n", []),
        ("-- c\nbegin batch a;\nb;\napply batch ;", ["-- c\nbegin batch a;\nb;\napply batch"]),
        ("insert 'begin batch; x'; b", ["insert 'begin batch; x'", "b"]),
    ],
)
def test_statements_of_cql(script: str, statements: list[str]) -> None:
    assert split_statements(script, is_cql=True) == statements


def test_rows_as_objects() -> None:
    assert Rows(("a", "b"), ((1, 2),), 1).dicts() == [{"a": 1, "b": 2}]
