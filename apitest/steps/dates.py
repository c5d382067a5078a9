"""Dates in the JSON request, and formats with names.

A format is a row of Arrow's tokens under a name; `default` is always there.  Not here: reading, writing and shifting
dates (`core/dates.py`), dates in the response (`json.py`).
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from apitest.catalogue import step
from apitest.core import dates, nearest
from apitest.errors import StepError
from apitest.steps.json_request import set_in_request
from apitest.steps.step_input import random_of, text_of

EARLIEST = datetime(1950, 1, 1, tzinfo=timezone.utc)
LATEST = datetime(2050, 1, 1, tzinfo=timezone.utc)
"""Bounds of random dates where the sentence gives none."""


@step(
    'date format "{name}" "{format}"',
    meaning="Gives a row of tokens (YYYY MM DD HH mm ss S ZZ ...) a name.",
    example='date format "day" "YYYY-MM-DD"',
    upstream=True,
)
def name_format(ctx: Any, name: Any, format: Any) -> None:
    ctx.apitest.feature.date_formats[text_of(name)] = text_of(format)


@step(
    'path "{path}" in request is now "{format}"',
    meaning="Sets the local time.",
    example='path "/at" in request is now "default"',
    upstream=True,
)
def request_now(ctx: Any, path: Any, format: Any) -> None:
    set_in_request(ctx, path, dates.render(datetime.now().astimezone(), format_named(ctx, format)))


@step(
    'path "{path}" in request is UTC now "{format}"',
    meaning="Sets the time in UTC.",
    example='path "/at" in request is UTC now "default"',
    upstream=True,
)
def request_utc_now(ctx: Any, path: Any, format: Any) -> None:
    set_in_request(ctx, path, dates.render(datetime.now(timezone.utc), format_named(ctx, format)))


@step(
    'path "{path}" in request is UTC now "{format}" minus one hour',
    meaning="Sets the time in UTC an hour ago.",
    example='path "/from" in request is UTC now "default" minus one hour',
    upstream=True,
)
def request_utc_hour_ago(ctx: Any, path: Any, format: Any) -> None:
    moment = dates.shift(datetime.now(timezone.utc), hours=-1)
    set_in_request(ctx, path, dates.render(moment, format_named(ctx, format)))


@step(
    'path "{path}" in request is a random date "{format}"',
    meaning="Sets a random date.",
    example='path "/born" in request is a random date "default"',
    upstream=True,
)
def request_random_date(ctx: Any, path: Any, format: Any) -> None:
    set_in_request(ctx, path, dates.render(random_moment(ctx), format_named(ctx, format)))


@step(
    'path "{path}" in request is a random date after "{date_start}" "{format}"',
    meaning="Sets a random date later than this one, which is in the same format.",
    example='path "/due" in request is a random date after "2026-01-31T00:00:00" "default"',
    upstream=True,
)
def request_random_date_after(ctx: Any, path: Any, date_start: Any, format: Any) -> None:
    tokens = format_named(ctx, format)
    start = dates.parse(text_of(date_start), tokens)
    moment = _random_in(ctx, start, max(LATEST, _later(start, 3650)), tokens)
    set_in_request(ctx, path, dates.render(moment, tokens))


@step(
    'path "{path}" in request is a random date before "{date_end}" "{format}"',
    meaning="Sets a random date earlier than this one, which is in the same format.",
    example='path "/born" in request is a random date before "2008-01-01T00:00:00" "default"',
    upstream=True,
)
def request_random_date_before(ctx: Any, path: Any, date_end: Any, format: Any) -> None:
    tokens = format_named(ctx, format)
    end = dates.parse(text_of(date_end), tokens)
    moment = _random_in(ctx, min(EARLIEST, _later(end, -3650)), end, tokens)
    set_in_request(ctx, path, dates.render(moment, tokens))


@step(
    'path "{path}" in request is a random date between "{date_start}" and "{date_end}" "{format}"',
    meaning="Sets a random date from this to that one, both included.",
    example='path "/due" in request is a random date between "2026-01-01T00:00:00" and "2026-12-31T00:00:00" "default"',
    upstream=True,
)
def request_random_date_between(ctx: Any, path: Any, date_start: Any, date_end: Any, format: Any) -> None:
    tokens = format_named(ctx, format)
    start, end = dates.parse(text_of(date_start), tokens), dates.parse(text_of(date_end), tokens)
    set_in_request(ctx, path, dates.render(dates.between(start, end, random_of(ctx).random()), tokens))


# What other step files use


def format_named(ctx: Any, name: Any) -> str:
    """The tokens of a format by its name.  Raises StepError with the nearest name."""
    text = text_of(name)
    known: dict[str, str] = {"default": dates.DEFAULT_FORMAT, **ctx.apitest.feature.date_formats}
    if text not in known:
        near = nearest.names(text, known)
        hint = f'Did you mean "{near[0]}"?' if near else f'Given date format "{text}" "YYYY-MM-DD" makes it.'
        raise StepError(f'There is no date format "{text}"', hint)
    return known[text]


def random_moment(ctx: Any) -> datetime:
    return dates.between(EARLIEST, LATEST, random_of(ctx).random())


# Inside


def _later(moment: datetime, days: int) -> datetime:
    try:
        return moment + timedelta(days=days)
    except OverflowError:
        return datetime.max.replace(tzinfo=timezone.utc) if days > 0 else datetime.min.replace(tzinfo=timezone.utc)


def _random_in(ctx: Any, first: datetime, last: datetime, tokens: str) -> datetime:
    """A moment between the two that, written in the format, is neither of them."""
    ends = {dates.render(first, tokens), dates.render(last, tokens)}
    for _ in range(100):
        moment = dates.between(first, last, random_of(ctx).random())
        if dates.render(moment, tokens) not in ends:
            return moment
    raise StepError(f"There is no other date from {dates.render(first)} to {dates.render(last)} in this format")
