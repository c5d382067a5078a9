"""apitest/steps/undo.py over SQLite: after the scenario everything is as it was."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from apitest.steps import undo
from tests.apitest.steps.conftest import Scenario


@pytest.fixture
def shop(scenario: Scenario) -> Scenario:
    scenario.say(f'I connect to "sqlite:///{scenario.root}/shop.db" as "shop"')
    scenario.say(
        "I run SQL", "create table users (id integer primary key, name text); insert into users values (1, 'Ann')"
    )
    return scenario


def names(folder: Path) -> list[str]:
    database = sqlite3.connect(folder / "shop.db")
    try:
        return [row[0] for row in database.execute("select name from users order by id")]
    finally:
        database.close()


def end(scenario: Scenario) -> None:
    """What the engine does when a scenario is over."""
    while scenario.state.cleanups:
        scenario.state.cleanups.pop()()


def test_changes_of_the_scenario_and_of_others(shop: Scenario) -> None:
    shop.say("database changes are undone after the scenario")
    shop.say("I run SQL", "insert into users values (2, 'Bob')")
    with sqlite3.connect(shop.root / "shop.db") as server:  # a server under test commits
        server.execute("update users set name = 'Zed' where id = 1")
    server.close()
    assert names(shop.root) == ["Zed", "Bob"]
    end(shop)
    assert names(shop.root) == ["Ann"]


def test_twice_is_once(shop: Scenario) -> None:
    shop.say("database changes are undone after the scenario")
    shop.say("I run SQL", "delete from users")
    shop.say('database changes are undone after the scenario using "shop"')
    end(shop)
    assert names(shop.root) == ["Ann"]


def test_scenarios_take_turns(shop: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undo, "TURN_SECONDS", 0.01)
    turn = threading.Lock()
    turn.acquire()
    shop.state.run.shared["database turns"] = {f"sqlite:///{shop.root}/shop.db": turn}
    assert "Another scenario" in shop.errs("database changes are undone after the scenario").message
    turn.release()
    shop.say("database changes are undone after the scenario")
    assert turn.locked()
    end(shop)
    assert not turn.locked()


def test_a_database_that_cannot_be_kept_blocks_nobody(shop: Scenario) -> None:
    shop.say('I disconnect from SQL "shop"')
    shop.errs("database changes are undone after the scenario")
    assert not any(turn.locked() for turn in shop.state.run.shared.get("database turns", {}).values())
