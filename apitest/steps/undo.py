"""Changes of databases that are undone after the scenario.

The server under test commits what it does, so rows are put back one by one instead of rolling a transaction back;
scenarios that undo changes of the same database take turns.  Not here: which rows (`transports/sql_undo.py`).
"""

from __future__ import annotations

import threading
from typing import Any

from apitest.catalogue import step
from apitest.errors import StepError
from apitest.steps.databases import database_of
from apitest.transports.sql import Database

TURN_SECONDS = 300.0
"""How long a scenario waits for its turn."""


@step(
    'database changes are undone after the scenario[ using "{c}"]',
    meaning="When the scenario is over, each row is as it is now, whoever changed it. Scenarios that say this of the "
    "same database run one after the other.",
    example="database changes are undone after the scenario",
)
def undo_changes(ctx: Any, c: Any) -> None:
    state = ctx.apitest
    database = database_of(ctx, c)
    undone = state.own.setdefault("undone", set())
    if database.shown_url in undone:
        return
    turns: dict[str, threading.Lock] = state.run.shared.setdefault("database turns", {})
    turn = turns.setdefault(database.shown_url, threading.Lock())
    if not turn.acquire(timeout=state.step_limit_seconds or TURN_SECONDS):
        raise StepError(
            "Another scenario undoes its changes of the same database and is not over",
            "Give it a time limit, or tag both @serial.",
        )
    try:
        before = database.snapshot()
    except BaseException:
        turn.release()
        raise
    undone.add(database.shown_url)
    state.cleanups.append(lambda: _restore(database, before, turn))


def _restore(database: Database, before: Any, turn: threading.Lock) -> None:
    try:
        database.restore(before)
    finally:
        turn.release()
