"""Stored values, `#name`: kept from texts, random sources and the response; checks of variables.

Stored values live for the feature.  Not here: made-up values by kind, arithmetic and files (`data.py`).
"""

from __future__ import annotations

import base64
import time
from datetime import datetime, timezone
from typing import Any

from apitest.catalogue import step
from apitest.core import compare, dates, json_path, xml_path
from apitest.core.literals import parse_float, parse_integer
from apitest.errors import AssertionFailed, StepError
from apitest.steps import random_values
from apitest.steps.dates import format_named, random_moment
from apitest.steps.last_response import document_of, require, response_format, response_of, xml_of
from apitest.steps.step_input import is_number, literal_of, random_of, text_of

LONGEST_SLEEP_SECONDS = 3600.0


def keep(ctx: Any, name: Any, value: Any) -> None:
    """Stores a value for the rest of the feature."""
    text = text_of(name)
    if not text:
        raise StepError("A stored value needs a name")
    ctx.apitest.values[text] = value


# Storing


@step(
    'I store "{value}" under "{name}"',
    meaning="Keeps a text, or the value of a look-up with its type, for #name.",
    example='I store "17" under "order-id"',
    upstream=True,
)
def store_value(ctx: Any, value: Any, name: Any) -> None:
    keep(ctx, name, value)


@step(
    'I store a random string under "{name}"',
    meaning="Keeps a text that nothing else has: `a` and 32 hexadecimal digits.",
    example='I store a random string under "ref"',
    upstream=True,
)
def store_random_string(ctx: Any, name: Any) -> None:
    keep(ctx, name, random_values.random_string(random_of(ctx)))


@step(
    'I store a random integer under "{name}"',
    meaning="Keeps a whole number from 0 to 99.",
    example='I store a random integer under "qty"',
    upstream=True,
)
def store_random_integer(ctx: Any, name: Any) -> None:
    keep(ctx, name, random_of(ctx).randrange(100))


@step(
    'I store a random float under "{name}"',
    meaning="Keeps a decimal number from 0 to below 100.",
    example='I store a random float under "price"',
    upstream=True,
)
def store_random_float(ctx: Any, name: Any) -> None:
    keep(ctx, name, random_of(ctx).random() * 100)


@step(
    'I store a random date under "{name}", format "{format}"',
    meaning="Keeps a random date, written in a format that has a name.",
    example='I store a random date under "due", format "default"',
    upstream=True,
)
def store_random_date(ctx: Any, name: Any, format: Any) -> None:
    keep(ctx, name, dates.render(random_moment(ctx), format_named(ctx, format)))


@step(
    'I store "{path}" from response under "{name}"',
    "then",
    meaning="Keeps the value at a path of the response; fails where there is none.",
    example='I store "/id" from response under "order-id"',
    upstream=True,
)
def store_from_response(ctx: Any, path: Any, name: Any) -> None:
    keep(ctx, name, _from_response(ctx, text_of(path)))


@step(
    'I store "{path}" from response under "{name}", default "{default}"',
    "then",
    meaning="The same, with what to keep where there is no such path.",
    example='I store "/next" from response under "next", default "none"',
    upstream=True,
)
def store_from_response_or(ctx: Any, path: Any, name: Any, default: Any) -> None:
    try:
        value = _from_response(ctx, text_of(path))
    except AssertionFailed:
        value = default
    keep(ctx, name, value)


@step(
    'I encode "{value}" using Base64 under "{name}"',
    meaning="Keeps the Base64 of a text.",
    example='I encode "ann:pw" using Base64 under "cred"',
    upstream=True,
)
def store_base64(ctx: Any, value: Any, name: Any) -> None:
    data = value if isinstance(value, bytes) else text_of(value).encode()
    keep(ctx, name, base64.b64encode(data).decode("ascii"))


# Variables


@step(
    'variable "{variable}" is a list "{value}"',
    "then",
    meaning="This list, written as in Python.",
    example="variable \"#tags\" is a list \"['a', 'b']\"",
    upstream=True,
)
def variable_is_list(ctx: Any, variable: Any, value: Any) -> None:
    wanted = literal_of(value)
    if not isinstance(wanted, list | tuple):
        raise StepError(f"{text_of(value)!r} is no list", "Write it as in Python: ['a', 'b']")
    _same(variable, wanted)


@step(
    'variable "{variable}" is an empty list',
    "then",
    meaning="A list with nothing in it.",
    example='variable "#rows" is an empty list',
    upstream=True,
)
def variable_is_empty_list(ctx: Any, variable: Any) -> None:
    _same(variable, [])


@step(
    'variable "{variable}" is an integer "{value}"',
    "then",
    meaning="This whole number, as a number or as a text of digits.",
    example='variable "#count" is an integer "3"',
    upstream=True,
)
def variable_is_integer(ctx: Any, variable: Any, value: Any) -> None:
    _same_number(variable, parse_integer(value), parse_integer)


@step(
    'variable "{variable}" is a float "{value}"',
    "then",
    meaning="This decimal number, as a number or as a text.",
    example='variable "#total" is a float "9.9"',
    upstream=True,
)
def variable_is_float(ctx: Any, variable: Any, value: Any) -> None:
    _same_number(variable, parse_float(value), parse_float)


@step(
    'variable "{variable}" is a string "{value}"',
    "then",
    meaning="This text.",
    example='variable "#state" is a string "paid"',
    upstream=True,
)
def variable_is_string(ctx: Any, variable: Any, value: Any) -> None:
    _same(variable, value)


@step(
    'variable "{variable}" is True',
    "then",
    meaning="True.",
    example='variable "#paid" is True',
    upstream=True,
)
def variable_is_true(ctx: Any, variable: Any) -> None:
    _same(variable, True)


@step(
    'variable "{variable}" is False',
    "then",
    meaning="False.",
    example='variable "#paid" is False',
    upstream=True,
)
def variable_is_false(ctx: Any, variable: Any) -> None:
    _same(variable, False)


@step(
    'variable "{variable}" is any (string/integer/float/list/dict/Boolean/UUID4)',
    "then",
    meaning="A value of this type.",
    example='variable "#id" is any UUID4',
    upstream=True,
)
def variable_is_any(ctx: Any, variable: Any, choice: str) -> None:
    _same(variable, f"~{choice}")


@step(
    'variable "{v}" looks like "{marker}"',
    "then",
    meaning="What a marker says.",
    example='variable "#mail" looks like "~email"',
)
def variable_looks_like(ctx: Any, v: Any, marker: Any) -> None:
    _same(v, marker)


@step(
    'variable "{v}" is the same as "{other}"',
    "then",
    meaning="The same value, of the same type.",
    example='variable "#a" is the same as "#b"',
)
def variables_are_same(ctx: Any, v: Any, other: Any) -> None:
    _same(v, other)


@step(
    'variable "{v}" has {n} entries',
    "then",
    meaning="How many elements a list, keys an object, or rows a table has.",
    example='variable "#rows" has 3 entries',
)
def variable_has_entries(ctx: Any, v: Any, n: Any) -> None:
    is_sized = isinstance(v, list | tuple | dict)
    size = len(v) if is_sized else 0
    require(is_sized and size == n, "Another size", "", f"{n} entries", v, f"{size} entries" if is_sized else "no list")


@step(
    'variable "{v}" is (greater than/less than/at least/at most) {n}',
    "then",
    meaning="How a number compares with this one.",
    example='variable "#count" is at least 1',
)
def variable_compares(ctx: Any, v: Any, choice: str, n: Any) -> None:
    from apitest.steps.json import COMPARISONS

    actual = v if is_number(v) else _number_in(v)
    is_so = actual is not None and COMPARISONS[choice](actual, n)
    require(is_so, "The variable differs", "", f"{choice} {n}", v, "" if actual is not None else "is no number")


# Pauses and sentences that do nothing


@step(
    'I sleep for "{sleep_time}"',
    "then",
    meaning="Waits so many seconds.",
    example='I sleep for "0.5"',
    upstream=True,
)
def sleep_for(ctx: Any, sleep_time: Any) -> None:
    seconds = parse_float(sleep_time)
    if not 0 <= seconds <= LONGEST_SLEEP_SECONDS:
        raise StepError(f"{seconds:g} seconds cannot be waited", f"At most {LONGEST_SLEEP_SECONDS:g}.")
    time.sleep(seconds)


# Inside


def _from_response(ctx: Any, path: str) -> Any:
    response = response_of(ctx)
    is_pointer = path == "" or path.startswith(("$", "/")) and not path.startswith("//")
    if response_format(ctx, response) == "XML" or not is_pointer:
        return xml_path.read_text(xml_of(ctx), path, ctx.apitest.feature.namespaces)
    return json_path.read(document_of(ctx), path, "any value")


def _same(actual: Any, expected: Any) -> None:
    from apitest.core.markers import Context

    context = Context(now=datetime.now(timezone.utc), document=actual)
    compare.check("The variable differs", compare.compare(expected, actual, "", context))


def _same_number(actual: Any, expected: Any, read: Any) -> None:
    """A variable may be a text: what was stored from a sentence is one."""
    try:
        value = read(actual)
    except StepError:
        value = actual
    _same(value, expected)


def _number_in(value: Any) -> Any:
    try:
        return parse_float(value)
    except StepError:
        return None
