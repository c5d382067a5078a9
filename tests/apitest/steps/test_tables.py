"""apitest/steps/tables.py over SQLite; over Cassandra in tests/edges/test_cassandra.py."""

from __future__ import annotations

import pytest

from tests.apitest.steps.conftest import Scenario


@pytest.fixture
def shop(scenario: Scenario) -> Scenario:
    scenario.say('I connect to "sqlite://" as "shop"')
    scenario.say("I run SQL", "create table t (id integer, name text, at timestamp, doc json)")
    return scenario


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", "id;name\n1;Ann\n2;~null\n"),
        ("t.json", '[{"id": 1, "name": "Ann"}, {"id": 2, "name": null}]'),
        ("t.yaml", "- {id: 1, name: Ann}\n- {id: 2, name: null}\n"),
    ],
)
def test_rows_of_a_file(shop: Scenario, name: str, content: str) -> None:
    shop.write(f"data/{name}", content)
    shop.say(f'SQL table "t" holds rows of "{name}" using "shop"')
    shop.say('SQL table "t" has exactly these rows', "| id | name |\n| 2 | ~null |\n| 1 | Ann |")


def test_files_without_rows(shop: Scenario) -> None:
    shop.write("data/t.csv", "id\n")
    assert "no rows" in shop.errs('SQL table "t" holds rows of "t.csv"').message
    shop.write("data/t.json", "[1]")
    assert "name no columns" in shop.errs('SQL table "t" holds rows of "t.json"').message


def test_cells_say_the_same_in_other_words(shop: Scenario) -> None:
    shop.say('SQL table "t" holds', '| id | at | doc |\n| 1 | 2026-01-31T10:00:00 | {"a": [1]} |')
    shop.say('SQL table "t" has rows like', '| at | doc |\n| 2026-01-31 10:00:00 | {"a": ["~integer"]} |')
    shop.say('SQL table "t" has exactly these rows', "| at | doc |\n| 2026-01-31T10:00:00Z | {'a': [1]} |")
    shop.say('SQL query "select at, id from t" returns these rows', "| id | at |\n| 1.0 | ~startswith:2026-01-31 |")
    failure = shop.fails('SQL table "t" has rows like', '| doc |\n| {"a": [2]} |')
    assert failure.mismatches[0].path.startswith("row 1, doc")


def test_cassandra_sentences_need_cassandra(shop: Scenario) -> None:
    assert "No Cassandra connection" in shop.errs('Cassandra table "t" is empty').message
    assert "No Cassandra connection" in shop.errs('CQL query "select 1" returns 1 row').message
    assert "no CQL" not in shop.errs('CQL query "select 1" returns 1 row using "shop"').message
