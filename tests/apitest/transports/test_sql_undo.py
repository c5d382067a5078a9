"""apitest/transports/sql_undo.py: rows put back, over SQLite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from apitest.errors import StepError
from apitest.transports import sql_undo
from apitest.transports.sql import Database

SCHEMA = """
create table users (id integer primary key, name text unique);
create table orders (id integer, line integer, user_id integer, total real, primary key (id, line));
create table log (text text, level integer);
insert into users values (1, 'Ann'), (2, 'Bob');
insert into orders values (7, 1, 1, 9.5), (7, 2, 2, null);
insert into log values ('a', 1), ('a', 1), (null, 2);
"""


@pytest.fixture
def shop() -> Iterator[Database]:
    database = Database("sqlite://")
    database.run_all([(statement, {}) for statement in SCHEMA.split(";") if statement.strip()])
    yield database
    database.close()


def everything(database: Database) -> dict[str, list[str]]:
    return {name: sorted(map(repr, database.rows_of(name).rows)) for name in ("users", "orders", "log")}


@pytest.mark.parametrize(
    "changes",
    [
        "insert into users values (3, 'Cid'); insert into orders values (8, 1, 3, 1)",
        "delete from orders; delete from users",
        "update users set name = 'Zed' where id = 1; update orders set total = 1",
        "insert into users values (9, 'Eve'); update orders set user_id = 9",
        "delete from orders where user_id = 2; delete from users where id = 2; insert into users values (5, 'Bob')",
        "update users set name = 'x' where id = 1; update users set name = 'y' where id = 2",
        "insert into log values ('a', 1)",
        "delete from log where text = 'a'",
        "update log set level = 3",
        "drop table log; create table log (text text, level integer)",
        "create table more (id integer)",
        "",
    ],
)
def test_rows_are_put_back(shop: Database, changes: str) -> None:
    before = everything(shop)
    snapshot = shop.snapshot()
    shop.run_all([(statement, {}) for statement in changes.split(";") if statement.strip()])
    shop.restore(snapshot)
    assert everything(shop) == before


def test_too_many_rows(shop: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql_undo, "MAX_ROWS", 4)
    with pytest.raises(StepError, match="more than 4 rows"):
        shop.snapshot()


def test_what_the_database_does_not_let_us_is_told(shop: Database) -> None:
    snapshot = shop.snapshot()
    shop.run("update users set name = 'x' where id = 1")
    shop.run("create trigger keep before update on users begin select raise(abort, 'frozen'); end")
    with pytest.raises(StepError, match="frozen"):
        shop.restore(snapshot)
