"""Cassandra sentences against a real Cassandra 5."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from apitest.errors import CallFailed, StepError
from apitest.results import ScenarioResult
from apitest.transports.cassandra import Clusters, Settings, quoted, read_hosts, read_url
from tests.support import containers
from tests.support.one_scenario import errs, fails, passes, run_steps
from tests.support.sample_project import run_project

TYPES = """
And I run CQL
  \"\"\"
  create type if not exists address (street text, zip int);
  create table users (id int primary key, name text, tags list<text>, born date);
  create table things (
    id uuid primary key, names set<text>, sizes map<text, int>, home frozen<address>, pair tuple<int, text>,
    place frozen<list<frozen<address>>>, at timestamp, raw blob, price decimal, ok boolean, took duration,
    ip inet, score vector<float, 2>
  );
  create table visits (day text, hour int, page text, primary key (day, hour))
  \"\"\"
"""


@pytest.fixture
def space() -> str:
    """A keyspace's name that no other test uses."""
    return f"k{uuid.uuid4().hex[:8]}"


def run(folder: Path, space: str, steps: str, opening: str = "") -> ScenarioResult:
    opening = opening or (
        'Given Cassandra connection "cass" to "@cassandra"\n'
        'And a Cassandra keyspace "@space" with 1 replica\n'
        "And Cassandra consistency \"ONE\"" + TYPES
    )  # fmt: skip
    address = f"127.0.0.1:{containers.cassandra_port()}"
    return run_steps(folder, opening + steps, cassandra=address, space=space, port=containers.cassandra_port())


ONE, OTHER = "5b6962dd-3f90-4c93-8f61-eabfa4a803e2", "5b6962dd-3f90-4c93-8f61-eabfa4a803e3"

CELLS = {
    "names": ("['b', 'a']", "['a', 'b']"),
    "sizes": ('{"k": 1}', '{"k": "~integer"}'),
    "home": ('{"street": "Mill", "zip": 10}', '{"zip": 10, "street": "Mill"}'),
    "pair": ('[1, "x"]', "[1, 'x']"),
    "place": ('[{"street": "a"}]', '[{"street": "a", "zip": null}]'),
    "at": ("2026-01-31T10:00:00", "2026-01-31T11:00:00+01:00"),
    "raw": ("aa", "aa"),
    "price": ("1.50", "1.5"),
    "ok": ("true", "true"),
    "took": ("1h30m", "1h30m"),
    "ip": ("10.0.0.1", "~ip"),
    "score": ("[1.5, 2]", "[1.5, 2]"),
}
"""Of each type: as written, and as expected."""


@pytest.mark.parametrize("column", CELLS)
def test_types(tmp_path: Path, space: str, column: str) -> None:
    written, expected = CELLS[column]
    passes(
        run(
            tmp_path,
            space,
            f"""
            Given Cassandra table "things" holds
              | id    | {column}  |
              | {ONE} | {written} |
              | {OTHER} | ~null |
            Then Cassandra table "things" has rows like
              | {column}   |
              | {expected} |
            And Cassandra table "things" has exactly these rows
              | {column}   | id    |
              | ~null      | ~uuid |
              | {expected} | {ONE} |
            And CQL query "select {column} from things where id = {ONE}" returns these rows
              | {column} |
              | {expected} |
            And CQL query "select {column} from things where id = {OTHER}" returns "~null"
            """,
        )
    )


def test_queries_and_stored_values(tmp_path: Path, space: str) -> None:
    passes(
        run(
            tmp_path,
            space,
            """
            Given Cassandra table "users" holds
              | id | name | tags |
              | 1  | Ann  | [a, b] |
              | 2  | Bob  | []   |
            And I store "1" under "user-id"
            Then CQL query "select name from users where id = :user-id" returns "Ann"
            And CQL query "select * from users where id = :user-id" returns 1 row using "cass"
            And CQL query "select * from users where id = 7" returns no rows using "#cass"
            And Cassandra table "USERS" has exactly these rows
              | ID | name | tags       |
              | 2  | Bob  | ~null      |
              | 1  | Ann  | ["a", "b"] |
            When I store CQL query "select id, name from users where id = 2" under "rows"
            And I store CQL query result "select id, name, tags from users" under "row", using "cass", idx "0"
            Then variable "#row" is a string "1;Ann;["a","b"]"
            And variable "#rows" has 1 entry
            Given I store "x'; drop table users; --" under "evil"
            When I run CQL
              \"\"\"
              insert into users (id, name) values (3, :evil);
              begin batch
                insert into users (id, name) values (4, 'd;e');
                insert into users (id, name) values (5, 'f');
              apply batch;
              // that is all
              \"\"\"
            Then CQL query "select name from users where id = 3" returns "#evil"
            And Cassandra table "users" has 5 rows
            Given Cassandra table "users" is emptied
            Then Cassandra table "users" is empty
            """.replace(
                'is a string "1;Ann;["a","b"]"', 'is a string "1;Ann;[\\\\"a\\\\",\\\\"b\\\\"]"'.replace("\\\\", "\\")
            ),
        )
    )


def test_sentences_of_old_suites(tmp_path: Path, space: str) -> None:
    passes(run(tmp_path, space, 'Then Cassandra table "users" is empty'))
    opening = """
        Given Cassandra contact points "127.0.0.1"
        And Cassandra port "@port"
        And Cassandra protocol version "5"
        And I connect to keyspace "@space" as "cass"
        """
    folder = tmp_path / "old"
    (folder / "features" / "data").mkdir(parents=True)
    (folder / "features" / "data" / "users.csv").write_text(
        "id;name;tags\n10;Cid;['x', 'y']\n11;Dee;[]\n12;Eve;~null\n"
    )
    passes(
        run(
            folder,
            space,
            """
            And I insert data from CSV "users.csv" to Cassandra table "users", using "cass"
            And I insert "13, Fay" into "id, name" of Cassandra table "users", using "cass"
            And I store filter "id" is "equal to" "13" "AND" under "one"
            And I update "name" of Cassandra table "users" set "Gil" filter by "#one", using "cass"
            Then CQL query "select name from users where id = 13" returns "Gil"
            Given I store filter "name,id" is "equal to,equal to" "Cid,11" "OR" under "either"
            And I update "name" of Cassandra table "users" set "Zed" filter by "#either", using "#cass"
            Then CQL query "select id from users where name = 'Zed' allow filtering" returns 2 rows
            Given I store filter "name,id" is "not equal to,greater than" "Zed,12" "AND" under "rest"
            And I delete from Cassandra table "users" where "#rest", using "cass"
            Then Cassandra table "users" has 3 rows
            Given I store filter "id" is "equal to" "99" "AND" under "nobody"
            And I update "name" of Cassandra table "users" set "Hal" filter by "#nobody", using "cass"
            Then Cassandra table "users" has 3 rows
            Given I store filter "tags" is "equal to" "~null" "AND" under "untagged"
            And I delete from Cassandra table "users" where "#untagged", using "cass"
            Then CQL query "select tags from users" returns "['x', 'y']"
            And I disconnect from Cassandra "cass"
            """,
            opening,
        )
    )


def test_rows_with_two_keys_and_files(tmp_path: Path, space: str) -> None:
    (tmp_path / "features" / "data").mkdir(parents=True)
    (tmp_path / "features" / "data" / "visits.json").write_text(
        '[{"day": "mon", "hour": 1, "page": "/"}, {"day": "mon", "hour": 2, "page": "/a"}]'
    )
    (tmp_path / "features" / "data" / "more.cql").write_text(
        "insert into visits (day, hour, page) values ('tue', 1, '/');"
    )
    passes(
        run(
            tmp_path,
            space,
            """
            Given Cassandra table "visits" holds rows of "visits.json"
            And I run CQL file "more.cql" using "cass"
            And I store filter "page" is "equal to" "/" "AND" under "home"
            And I delete from Cassandra table "visits" where "#home", using "cass"
            Then Cassandra table "@{space}.visits" has exactly these rows
              | day | hour | page |
              | mon | 2    | /a   |
            """,
        )
    )


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ('CQL query "selec 1" returns 1 row', ["no viable alternative", "selec 1"]),
        ('CQL query "select * from nope" returns 1 row', ["nope"]),
        ('CQL query "select * from users where id = :nope" returns 1 row', [":nope has no value"]),
        ('Cassandra table "user" is empty', ["no table", "users"]),
        ('Cassandra table "elsewhere.users" is empty', ["no table"]),
        ('Cassandra consistency "QUORAM"', ["QUORUM"]),
        ('CQL query "select 1" returns 1 row using "cas"', ['Did you mean "cass"']),
        ('I connect to keyspace "nope" as "other"', ["nope"]),
        ('a Cassandra keyspace "k" with 0 replicas', ["0 replicas"]),
        ("I run CQL", ["doc string"]),
        ('I insert "x, Ann" into "id, name" of Cassandra table "users", using "cass"', ["refused"]),
        ('I insert "1, Ann" into "id, nam" of Cassandra table "users", using "cass"', ['"name"']),
        ('I insert "1, Ann" into "id, tags" of Cassandra table "users", using "cass"', ["does not fit", "[1, 2]"]),
        ('I store CQL query result "select id from users" under "x", using "cass", idx "0"', ["no row 0"]),
        ('SQL table "users" is empty', ["No database is open"]),
    ],
)
def test_cannot_be_evaluated(tmp_path: Path, space: str, sentence: str, words: list[str]) -> None:
    errs(run(tmp_path, space, f"Then {sentence}\n"), *words)


def test_what_differs_is_a_failure(tmp_path: Path, space: str) -> None:
    rows = 'Given Cassandra table "users" holds\n  | id | name |\n  | 1 | Ann |\n'
    fails(run(tmp_path, space, rows + 'Then CQL query "select name from users" returns "Bob"'), "Bob", "Ann")
    wanted = 'Then Cassandra table "users" has rows like\n  | id | name |\n  | 1 | Bob |\n'
    fails(run(tmp_path, f"{space}b", rows + wanted), "row 1", "Bob")


def test_connection_of_the_configuration(tmp_path: Path, space: str) -> None:
    passes(run(tmp_path / "first", space, 'Then Cassandra table "users" is empty'))
    url = f"cassandra://127.0.0.1:{containers.cassandra_port()}/{space}?consistency=one"
    feature = (
        'Feature: f\n  Scenario: s\n    Then Cassandra table "users" is empty\n'
        '    And Cassandra table "users" has 0 rows using "shop"\n'
        '  Scenario: t\n    Given database "shop"\n    Then Cassandra table "users" is empty\n'
    )
    files = {"config.ini": f"[connection:shop]\nurl = {url}\ntimeout = 5 seconds\n", "a.feature": feature}
    for found in run_project(tmp_path / "second", files).features[0].scenarios:
        passes(found)


def test_many_at_the_same_time(tmp_path: Path, space: str) -> None:
    passes(run(tmp_path / "first", space, 'Then Cassandra table "users" is empty'))
    url = f"cassandra://127.0.0.1:{containers.cassandra_port()}/{space}"
    text = (
        'Feature: f\n  Scenario: s\n    Given database "shop"\n    And I run CQL\n      """\n'
        "      insert into users (id, name) values (:N, 'x')\n"
        '      """\n    Then CQL query "select name from users where id = N" returns "x"\n'
    )
    files = {"config.ini": f"[connection:shop]\nurl = {url}\n"}
    files |= {f"{n}.feature": text.replace(":N", str(n)).replace("= N", f"= {n}") for n in range(20)}
    result = run_project(tmp_path / "second", files, jobs=10)
    for feature in result.features:
        passes(feature.scenarios[0])
    assert not result.failures


def test_nobody_there() -> None:
    clusters = Clusters()
    with pytest.raises(CallFailed, match="No Cassandra answers") as caught:
        clusters.session(Settings(hosts=("127.0.0.1:1",)))
    assert caught.value.reason == "refused"
    clusters.close()


def test_addresses() -> None:
    found = read_url("cassandra://ann:p%40w@c1:9043,c2/shop?consistency=QUORUM")
    assert (found.hosts, found.keyspace, found.username, found.password) == (("c1:9043", "c2"), "shop", "ann", "p@w")
    assert "p@w" not in found.url
    assert read_hosts("a, b:1,") == ("a", "b:1")
    assert quoted("shop") == "shop"
    assert quoted('a"; drop') == '"a""; drop"'
    for wrong in ("http://c1", "cassandra://", "cassandra://c1/k?speed=fast"):
        with pytest.raises(StepError):
            read_url(wrong)
    with pytest.raises(StepError, match="has no port"):
        Clusters().session(Settings(hosts=("c1:x",)))
