"""Sentences in bulk and scenarios run by others: for each row, so many times, at the same time, once a run.

Not here: waiting and logic (`core.py`), and how a scenario is found and run (`apitest/performing.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from apitest.catalogue import step
from apitest.core import failure_text, inner_sentences
from apitest.errors import ApitestError, AssertionFailed, Mismatch, ScenarioSkipped, StepError
from apitest.steps.core import perform
from apitest.steps.step_input import resolved_rows, text_of

if TYPE_CHECKING:
    from apitest.performing import Performer

MAX_ROW_TEXT = 80  # characters of a row in a failure


@step(
    'I run scenario "{name}" from "{feature}"',
    "when",
    meaning="Runs another scenario here; what it stores arrives here. A table gives stored values to begin "
    "with: the columns name and value, or one row with a column for each.",
    example='I run scenario "Log in" from "auth.feature"',
    takes="table",
    inner="scenario",
)
def run_scenario(ctx: Any, name: Any, feature: Any) -> None:
    inputs = _inputs(ctx) if ctx.table is not None else {}
    _performer(ctx).run_scenario(text_of(name), text_of(feature), inputs)


@step(
    'the outcome of scenario "{name}" from "{feature}"',
    meaning="Runs another scenario once for the whole run; what it stores arrives in every scenario that asks.",
    example='the outcome of scenario "Make tenant" from "setup.feature"',
    inner="scenario",
)
def outcome_of(ctx: Any, name: Any, feature: Any) -> None:
    _performer(ctx).outcome(text_of(name), text_of(feature))


@step(
    'for each row of "{list}" I do',
    "when",
    meaning="Carries out the sentences of the doc string for each row, `<column>` filled in; `<item>` is a value that "
    "is no row, `<row>` its number. There must be a row.",
    example='for each row of "#users" I do',
    needs="doc",
    inner="rows",
)
def for_each_row(ctx: Any, list: Any) -> None:
    sentences = inner_sentences.parse(str(ctx.text))
    count = 0
    for count, row in enumerate(_rows(list), 1):
        for one in sentences:
            try:
                perform(ctx, inner_sentences.filled(one, row))
            except ScenarioSkipped:
                raise
            except ApitestError as error:
                shown = failure_text.value_text({key: row[key] for key in row if key != "row"}, MAX_ROW_TEXT)
                error.message = f"row {count} {shown}: {one.sentence}: {error.message}"
                raise
    if not count:
        raise AssertionFailed("There is no row", [Mismatch("", "at least one row", list)])


@step(
    "I do this {n} times",
    "when",
    meaning="Carries out the sentences of the doc string, one a line, so many times.",
    example="I do this 3 times",
    needs="doc",
    inner="sentences",
)
def do_times(ctx: Any, n: Any) -> None:
    if not isinstance(n, int) or n < 1:
        raise StepError(f"Nothing can be done {n} times", "Write a whole number of at least 1.")
    sentences = inner_sentences.parse(str(ctx.text))
    for number in range(1, n + 1):
        for one in sentences:
            try:
                perform(ctx, one)
            except ScenarioSkipped:
                raise
            except ApitestError as error:
                error.message = f"time {number} of {n}: {one.sentence}: {error.message}"
                raise


@step(
    "I do these at the same time",
    "when",
    meaning="Carries out the sentences of the doc string at the same time, each line with a request of its own, and "
    "waits for all of them.",
    example="I do these at the same time",
    needs="doc",
    inner="sentences",
)
def do_together(ctx: Any) -> None:
    _performer(ctx).together(inner_sentences.parse(str(ctx.text)))


def _performer(ctx: Any) -> Performer:
    found: Performer | None = ctx.apitest.performer
    if found is None:
        raise StepError("Under behave itself, scenarios are not run by others", "Run the features with: apitest run")
    return found


def _inputs(ctx: Any) -> dict[str, Any]:
    headings = [heading.strip() for heading in ctx.table.headings]
    if sorted(headings) == ["name", "value"]:
        return {text_of(row["name"]): row["value"] for row in resolved_rows(ctx, ("name", "value"))}
    rows = resolved_rows(ctx, optional=None)
    if len(rows) != 1:
        raise StepError(
            f"The table has {len(rows)} rows of values",
            "Write one row, or the columns name and value, one value a row.",
        )
    return rows[0]


def _rows(found: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(found, str) or not hasattr(found, "__iter__"):
        raise StepError(
            f"{failure_text.value_text(found, MAX_ROW_TEXT)} is no list", 'Name a stored list, e.g. "#users".'
        )
    if isinstance(found, Mapping):
        raise StepError("That is one object, not a list of rows", 'Name a list inside it, e.g. "#answer/items".')
    for number, row in enumerate(found, 1):
        values = row if isinstance(row, Mapping) else {"item": row}
        yield {"row": number, **values}
