"""apitest/steps/databases.py: which database a sentence means, and how values compare."""

from __future__ import annotations

import datetime as dt
import decimal
from typing import Any

import pytest

from apitest.core.lookups import shield
from apitest.steps.databases import as_somewhere, database_of, expected, spelled
from tests.apitest.steps.conftest import Scenario


@pytest.mark.parametrize(
    ("cell", "actual", "same"),
    [
        ("1.50", decimal.Decimal("1.5"), 1.5),
        ("7", 7, 7),
        ("7.5", 7, 7.5),
        ("seven", 7, "seven"),
        ("true", True, True),
        ("1", True, True),
        ("2", True, "2"),
        ("2026-01-31T10:00:00Z", dt.datetime(2026, 1, 31, 10), "2026-01-31T10:00:00"),
        ("2026-01-31T11:00:00+01:00", dt.datetime(2026, 1, 31, 10), "2026-01-31T10:00:00"),
        ("2026-01-31T11:00:00Z", dt.datetime(2026, 1, 31, 10), "2026-01-31T11:00:00Z"),
        ('["a"]', ["b"], ["a"]),
        ("[a, b]", ["b"], ["a", "b"]),
        ("{'a': 1}", {}, {"a": 1}),
        ("x", ["b"], "x"),
        ("~integer", 7, "~integer"),
        (decimal.Decimal("2"), 2, 2),
    ],
)
def test_cells(cell: Any, actual: Any, same: Any) -> None:
    assert expected(cell, actual) == same


def test_a_stored_text_is_no_marker() -> None:
    assert expected(shield("~integer"), 7) == "~integer"


def test_the_column_tells_the_kind() -> None:
    assert as_somewhere("2", [None, 2]) == 2
    assert type(as_somewhere("2", [1.5, 2.0])) is float
    assert as_somewhere("2", [1.5]) == 2
    assert as_somewhere("2", [None, "3"]) == "2"
    assert spelled("ID", ["id", "ID", "x"]) == "ID"


def test_the_only_configured_one_is_meant(scenario: Scenario) -> None:
    scenario.configure(
        "[connection:queue]\nurl = amqp://localhost\n[connection:cass]\nurl = cassandra://c1/shop\n"
        "[connection:shop]\nurl = sqlite://\ntimeout = 2 seconds\n"
    )
    assert database_of(scenario.context).url == "sqlite://"
    assert database_of(scenario.context) is scenario.stored("shop")


def test_of_two_one_must_be_named(scenario: Scenario) -> None:
    scenario.configure("[connection:a]\nurl = sqlite://\n[connection:b]\nurl = sqlite://\n")
    assert "No database is open" in scenario.errs('SQL table "t" is empty').message
    scenario.say('SQL query "select 1" returns "1" using "b"')
    assert "Open: b" in scenario.errs('SQL query "select 1" returns "1" using "shop"').hint


def test_a_query_that_never_ends_is_ended(scenario: Scenario) -> None:
    scenario.configure("[connection:shop]\nurl = sqlite://\ntimeout = 100 ms\n")
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n"
    assert "did not answer in time" in scenario.errs(f'SQL query "{endless}" returns "1"').message
    scenario.say('SQL query "select 1" returns "1"')
