"""SQL sentences against a real PostgreSQL 15."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from apitest.errors import StepError
from apitest.results import ScenarioResult
from apitest.transports.sql import Database
from tests.support import containers
from tests.support.one_scenario import errs, fails, passes, run_steps
from tests.support.sample_project import run_project

SCHEMA = """
create table users (
  id integer generated always as identity primary key, name text unique not null, tags text[], data jsonb,
  key uuid, at timestamptz, price numeric(10, 2), raw bytea, ok boolean, lower_name text generated always as
  (lower(name)) stored
);
create table orders (id integer primary key, user_id integer references users(id), state text);
create table log (line text);
insert into users (name, data, price) values ('Ann', '{"a": 1}', 9.50), ('Bob', null, null);
insert into orders values (1, 1, 'new'), (2, 2, 'paid');
insert into log values ('a'), ('a');
"""


@pytest.fixture
def url() -> Iterator[str]:
    """A fresh schema of the shared database, which is the only one that its users see."""
    name = f"s{uuid.uuid4().hex[:8]}"
    shared = containers.postgresql_url()
    with psycopg.connect(shared.replace("+psycopg", ""), autocommit=True) as admin:
        admin.execute(f"create schema {name}")
        admin.execute(f"create role {name} login password 'pw' ")
        admin.execute(f"alter role {name} set search_path = {name}")
        admin.execute(f"grant all on schema {name} to {name}")
    yield f"postgresql://{name}:pw@{shared.rpartition('@')[2]}"
    with psycopg.connect(shared.replace("+psycopg", ""), autocommit=True) as admin:
        admin.execute(f"drop schema {name} cascade")
        admin.execute(f"drop role {name}")


def run(folder: Path, url: str, steps: str) -> ScenarioResult:
    opening = f'Given I connect to "@db" as "shop"\nAnd I run SQL\n"""\n{SCHEMA}\n"""\n'
    return run_steps(folder, opening + steps, db=url)


def test_types(tmp_path: Path, url: str) -> None:
    passes(
        run(
            tmp_path,
            url,
            """
          Given SQL table "users" holds
              | name | tags      | data     | key                                  | at                   | raw | ok |
              | Cid  | ["a","b"] | {"k":[1]} | 5b6962dd-3f90-4c93-8f61-eabfa4a803e2 | 2026-01-31T10:00:00Z | aa | true |
            Then SQL table "users" has rows like
              | name | tags       | data              | key    | at                        | raw | ok   | lower_name |
              | Cid  | ['a', 'b'] | {"k": "~present"} | ~uuid4 | 2026-01-31T11:00:00+01:00 | aa  | true | cid        |
              | Bob  | ~null      | ~null             | ~null  | ~null                     | ~any | ~null | ~string |
            And SQL query "select price from users where name = 'Ann'" returns "9.5"
            And SQL table "users" has 3 rows
            And SQL table "users" has columns "ID, name"
            """,
        )
    )


def test_watched_tables(tmp_path: Path, url: str) -> None:
    passes(
        run(
            tmp_path,
            url,
            """
            Given I watch SQL table "orders"
            And I watch SQL table "users"
            And I store "1" under "id"
            When I run SQL
              \"\"\"
              update orders set state = 'void' where id = cast(:id as integer);
              insert into orders values (3, 1, 'x')
              \"\"\"
            Then watched table "orders" gained 2 rows
            And watched table "orders" lost 1 row
            And watched table "users" is unchanged
            """,
        )
    )


CHANGES = [
    "insert into users (name) values ('Eve'); insert into orders values (9, 3, 'x')",
    "delete from orders; delete from users; insert into log values ('b')",
    "delete from orders where id = 2; delete from users where id = 2; insert into users (name) values ('Bob')",
    "insert into users (name) values ('Eve'); update orders set user_id = 3",
    "update users set data = '[1]', tags = '{x}', price = 1, name = name || '!'",
    "delete from log",
    "truncate users cascade",
]


@pytest.mark.parametrize("changes", CHANGES)
def test_what_a_server_commits_is_undone(tmp_path: Path, url: str, changes: str) -> None:
    passes(run(tmp_path / "first", url, ""))
    database = Database(url)
    before = {name: sorted(map(repr, database.rows_of(name).rows)) for name in ("users", "orders", "log")}
    server = f"import psycopg; psycopg.connect({url!r}, autocommit=True).execute({changes!r})"
    (tmp_path / "second" / "features").mkdir(parents=True)
    (tmp_path / "second" / "server.py").write_text(server)
    steps = """
        Given I connect to "@db" as "shop"
        And database changes are undone after the scenario
        When I run command "python server.py"
        Then the exit code is 0
        """
    passes(run_steps(tmp_path / "second", steps, db=url))
    assert {name: sorted(map(repr, database.rows_of(name).rows)) for name in before} == before
    database.close()


def test_scenarios_that_undo_take_turns(tmp_path: Path, url: str) -> None:
    passes(run(tmp_path / "first", url, ""))
    scenario = """
  Scenario: s{n}
    Given database "shop"
    And database changes are undone after the scenario
    When I run SQL
      \"\"\"
      insert into log values ('{n}')
      \"\"\"
    Then SQL table "log" has 3 rows
"""
    files = {
        "config.ini": f"[connection:shop]\nurl = {url}\n",
        "a.feature": "@isolated\nFeature: f\n" + "".join(scenario.format(n=n) for n in range(8)),
    }
    for found in run_project(tmp_path / "second", files, jobs=8).features[0].scenarios:
        passes(found)


def test_examples_from_a_query(tmp_path: Path, url: str) -> None:
    passes(run(tmp_path / "first", url, ""))
    feature = """Feature: f
  Scenario Outline: user <name>
    Given database "shop"
    Then SQL query "select name from users where id = <id>" returns "<name>"

    @data:sql:shop:all_users
    Examples:
"""
    files = {
        "config.ini": f"[connection:shop]\nurl = {url}\n[queries]\nall_users = select id, name from users\n",
        "a.feature": feature,
    }
    found = run_project(tmp_path / "second", files).features[0].scenarios
    assert sorted(one.name for one in found) == ["user Ann", "user Bob"]
    for one in found:
        passes(one)


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ('SQL query "selec 1" returns 1 row', ["syntax error"]),
        ('SQL table "usres" is empty', ['"users"']),
        ('I insert "x, 1" into "id, user_id" of SQL table "orders", using "shop"', ["does not fit"]),
        ('I insert "5, 99" into "id, user_id" of SQL table "orders", using "shop"', ["foreign key"]),
        ('I connect to "postgresql://nobody:wrong@127.0.0.1:1/x" as "other"', ["refused"]),
    ],
)
def test_cannot_be_evaluated(tmp_path: Path, url: str, sentence: str, words: list[str]) -> None:
    errs(run(tmp_path, url, f"Then {sentence}\n"), *words)


def test_what_differs_is_a_failure(tmp_path: Path, url: str) -> None:
    steps = 'Then SQL table "orders" has exactly these rows\n  | id | state |\n  | 1 | new |\n  | 2 | new |\n'
    fails(run(tmp_path, url, steps), "row", "paid")


def test_a_statement_that_takes_too_long(url: str) -> None:
    database = Database(url, 0.2)
    with pytest.raises(StepError, match="did not answer in time"):
        database.run("select pg_sleep(5)")
    database.close()
