"""Dates in the JSON request, and formats with names.

A format is a row of Arrow's tokens under a name; `default` is always there.  Not here: reading, writing and shifting
dates (`core/dates.py`), dates that are stored (`store.py`, `data.py`), in an XML request (`xml_request.py`) and in the
response (`json.py`).
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
REACH = timedelta(days=3650)
"""How far beyond a date of the sentence's a random one may be, where that date is itself out of these bounds."""
TRIES = 100
"""Random dates are made until one differs from the date of the sentence: a format may be as coarse as a year."""


@step(
    'date format "{name}" "{format}"',
    meaning="Gives a row of tokens (YYYY MM DD HH mm ss S ZZ ...) a name.",
    example='date format "day" "YYYY-MM-DD"',
    upstream=True,
)
def name_format(ctx: Any, name: Any, format: Any) -> None:
    tokens = text_of(format)
    if not text_of(name) or not dates.has_tokens(tokens):
        raise StepError(
            f'"{tokens}" is no date format' if text_of(name) else "A date format needs a name",
            'Tokens are YYYY, MM, DD, HH, mm, ss ...: date format "day" "YYYY-MM-DD"',
        )
    ctx.apitest.feature.date_formats[text_of(name)] = tokens


@step(
    'path "{path}" in request is now "{format}"',
    meaning="Sets the local time.",
    example='path "/at" in request is now "default"',
    upstream=True,
)
def request_now(ctx: Any, path: Any, format: Any) -> None:
    set_in_request(ctx, path, local_now(ctx, format))


@step(
    'path "{path}" in request is UTC now "{format}"',
    meaning="Sets the time in UTC.",
    example='path "/at" in request is UTC now "default"',
    upstream=True,
)
def request_utc_now(ctx: Any, path: Any, format: Any) -> None:
    set_in_request(ctx, path, utc_now(ctx, format))


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
    set_in_request(ctx, path, random_date(ctx, format))


@step(
    'path "{path}" in request is a random date after "{date_start}" "{format}"',
    meaning="Sets a random date later than this one, which is in the same format or in ISO 8601.",
    example='path "/due" in request is a random date after "2026-01-31" "default"',
    upstream=True,
)
def request_random_date_after(ctx: Any, path: Any, date_start: Any, format: Any) -> None:
    set_in_request(ctx, path, random_date_after(ctx, date_start, format))


@step(
    'path "{path}" in request is a random date before "{date_end}" "{format}"',
    meaning="Sets a random date earlier than this one, which is in the same format or in ISO 8601.",
    example='path "/born" in request is a random date before "2008-01-01" "default"',
    upstream=True,
)
def request_random_date_before(ctx: Any, path: Any, date_end: Any, format: Any) -> None:
    set_in_request(ctx, path, random_date_before(ctx, date_end, format))


@step(
    'path "{path}" in request is a random date between "{date_start}" and "{date_end}" "{format}"',
    meaning="Sets a random date from this to that one, both included.",
    example='path "/due" in request is a random date between "2026-01-01" and "2026-12-31" "default"',
    upstream=True,
)
def request_random_date_between(ctx: Any, path: Any, date_start: Any, date_end: Any, format: Any) -> None:
    set_in_request(ctx, path, random_date_between(ctx, date_start, date_end, format))


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


def local_now(ctx: Any, format: Any) -> str:
    return dates.render(_local(datetime.now(timezone.utc)), format_named(ctx, format))


def utc_now(ctx: Any, format: Any) -> str:
    return dates.render(datetime.now(timezone.utc), format_named(ctx, format))


def random_moment(ctx: Any) -> datetime:
    return dates.between(EARLIEST, LATEST, random_of(ctx).random())


def random_date(ctx: Any, format: Any) -> str:
    return dates.render(random_moment(ctx), format_named(ctx, format))


def random_date_after(ctx: Any, date_start: Any, format: Any) -> str:
    tokens = format_named(ctx, format)
    start = _read(date_start, tokens)
    return _random_beside(ctx, start, start, max(LATEST, _moved(start, REACH)), tokens)


def random_date_before(ctx: Any, date_end: Any, format: Any) -> str:
    tokens = format_named(ctx, format)
    end = _read(date_end, tokens)
    return _random_beside(ctx, end, min(EARLIEST, _moved(end, -REACH)), end, tokens)


def random_date_between(ctx: Any, date_start: Any, date_end: Any, format: Any) -> str:
    tokens = format_named(ctx, format)
    return dates.render(
        dates.between(_read(date_start, tokens), _read(date_end, tokens), random_of(ctx).random()), tokens
    )


# Inside


def _local(moment: datetime) -> datetime:
    try:
        return moment.astimezone()
    except (OverflowError, OSError):
        raise StepError("That time is out of what the clock of this machine knows") from None


def _read(value: Any, tokens: str) -> datetime:
    """A date of a sentence: in the named format, else in ISO 8601."""
    text = text_of(value)
    try:
        return dates.parse(text, tokens)
    except StepError:
        moment = dates.read_moment(text)
        if moment is None:
            raise
        return moment


def _moved(moment: datetime, by: timedelta) -> datetime:
    try:
        return moment + by
    except OverflowError:
        edge = datetime.max if by > timedelta() else datetime.min
        return edge.replace(tzinfo=timezone.utc)


def _random_beside(ctx: Any, limit: datetime, first: datetime, last: datetime, tokens: str) -> str:
    """A date between the two that, written in the format, is not the limit."""
    edge = dates.render(limit, tokens)
    for _ in range(TRIES):
        text = dates.render(dates.between(first, last, random_of(ctx).random()), tokens)
        if text != edge:
            return text
    raise StepError(f"There is no other date from {dates.render(first)} to {dates.render(last)} in this format")
