"""apitest/steps/csv.py: files into tables of SQLite in memory."""

from __future__ import annotations

import pytest

from apitest.data_files import read_csv
from tests.apitest.steps.conftest import Scenario


@pytest.fixture
def shop(scenario: Scenario) -> Scenario:
    scenario.say('I connect to "sqlite://" as "shop"')
    return scenario


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
        ("a;b\r\n1;2,5\r\n", [["a", "b"], ["1", "2,5"]]),
        ("a\tb\n1\t\n", [["a", "b"], ["1", ""]]),
        ("a|b\n\n1|2", [["a", "b"], ["1", "2"]]),
        ('a,b\n"x, y","say ""hi"""\n', [["a", "b"], ["x, y", 'say "hi"']]),
        ('a, b\n1, "x\ny"\n', [["a", "b"], ["1", "x\ny"]]),
        ("a\n1\n", [["a"], ["1"]]),
        ("", []),
    ],
)
def test_reading(text: str, lines: list[list[str]]) -> None:
    assert read_csv(text) == lines


def test_header_names_the_columns(shop: Scenario) -> None:
    shop.write("data/users.csv", "name;id\nAnn;1\nBob;2\n")
    shop.say("I run SQL", "create table users (id integer, name text)")
    shop.say('I insert data from csv "users.csv" to SQL table "users", using "#shop"')
    shop.say(
        'SQL query "select id, name from users order by id" returns these rows',
        "| id | name |\n| 1 | Ann |\n| 2 | Bob |",
    )


def test_text_columns(shop: Scenario) -> None:
    shop.write("data/raw.csv", "Ann,1\nBob,2\n")
    shop.say('I create SQL table "raw" and insert data from csv "raw.csv", using "#shop"')
    shop.say('SQL table "raw" has exactly these rows', "| col0 | col1 |\n| Ann | 1 |\n| Bob | 2 |")


def test_types_in_the_header(shop: Scenario) -> None:
    shop.write("data/u.csv", "id:integer,name:varchar:40,price-float\n1,Ann,9.5\n")
    shop.say(
        'I create SQL table "u" and insert data from csv "u.csv", using "#shop" and names, data types from the header'
    )
    shop.say('SQL query "select typeof(id) || typeof(price) from u" returns "integerreal"')


def test_types_in_the_line_below(shop: Scenario) -> None:
    shop.write("data/u.csv", "id,name\ninteger,varchar 40\n1,Ann\n")
    shop.say(
        'I create SQL table "u" and insert data from csv "u.csv", using "#shop", names from the header and data types '
        "from the line below"
    )
    shop.say('SQL table "u" has exactly these rows', "| id | name |\n| 1 | Ann |")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is empty"),
        ("id,name\n1\n", "1 cells in line 2"),
        ("id,nome\n1,Ann\n", "nome"),
        ("id,name\nx,Ann\n", "does not fit"),
    ],
)
def test_files_that_do_not_fit(shop: Scenario, content: str, words: str) -> None:
    shop.write("data/users.csv", content)
    shop.say("I run SQL", "create table users (id integer, name text)")
    assert words in shop.errs('I insert data from csv "users.csv" to SQL table "users", using "#shop"').message


@pytest.mark.parametrize("header", ["id", "id:nonsense", "id:varchar:many"])
def test_headers_that_do_not_fit(shop: Scenario, header: str) -> None:
    shop.write("data/u.csv", f"{header},name:text\n1,2\n")
    shop.errs(
        'I create SQL table "u" and insert data from csv "u.csv", using "#shop" and names, data types from the header'
    )
