"""JSON in the response: the value at a path, whole documents, tables of checks.

A path is a JSON Pointer or a JSONPath.  Not here: paths and comparing themselves (`core/json_path.py`,
`core/compare.py`), lists of values (`json_lists.py`), the request (`json_request.py`).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

from apitest.catalogue import BUILT_IN, step
from apitest.core import compare, dates, json_path, json_pointer, lookups, markers, sentences
from apitest.core.literals import parse_float, parse_integer, parse_list
from apitest.core.phrases import Match, Raw
from apitest.errors import AssertionFailed, Mismatch, StepError
from apitest.scenario import Scope
from apitest.steps.last_response import comparing, compiled, document_of, require, value_at
from apitest.steps.step_input import (
    as_there,
    doc_json,
    is_number,
    json_of,
    literal_of,
    names_in,
    read_json,
    resolve,
    resolved_rows,
    table_rows,
    text_of,
)

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CHECK_SYMBOLS = CROCKFORD + "*~$=U"
"""Douglas Crockford's Base32: no I, L, O, U among the digits; five more signs for the check symbol, modulo 37."""

MAX_EPOCH_SECONDS = 1e11
"""The year 5138; a number beyond it means milliseconds."""


# The response: one value


@step(
    'path "{path}" is "{value}"',
    "then",
    meaning="This text, or what a marker fits. A number is not a text: see `is an integer`.",
    example='path "/state" is "paid"',
    upstream=True,
)
def path_is(ctx: Any, path: Any, value: Any) -> None:
    _same(ctx, path, value)


@step(
    'path "{path}" is "{value}" (with literal_eval)',
    "then",
    meaning="What this Python literal means.",
    example='path "/sizes" is "[38, 40]" (with literal_eval)',
    upstream=True,
)
def path_is_literal(ctx: Any, path: Any, value: Any) -> None:
    _same(ctx, path, lookups.shield(literal_of(value)))


@step(
    'path "{path}" is JSON "{value...}"',
    "then",
    meaning="This JSON; markers may stand in it.",
    example='path "/to" is JSON "{"zip": "1000"}"',
    upstream=True,
)
def path_is_json(ctx: Any, path: Any, value: Any) -> None:
    _same(ctx, path, json_of(value))


@step(
    'path "{path}" is JSON equal to that from "{value}"',
    "then",
    meaning="The JSON of a file of features/json/response; markers may stand in it.",
    example='path "/to" is JSON equal to that from "address.json"',
    upstream=True,
)
def path_is_file(ctx: Any, path: Any, value: Any) -> None:
    _same(ctx, path, read_json(ctx, value, "json/response"))


@step(
    'path "{path}" is an integer "{value}"',
    "then",
    meaning="This whole number.",
    example='path "/qty" is an integer "3"',
    upstream=True,
)
def path_is_integer(ctx: Any, path: Any, value: Any) -> None:
    _same(ctx, path, parse_integer(value))


@step(
    'path "{path}" is any integer',
    "then",
    meaning="Some whole number; true and false are none.",
    example='path "/id" is any integer',
    upstream=True,
)
def path_is_any_integer(ctx: Any, path: Any) -> None:
    _same(ctx, path, "~integer")


@step(
    'path "{path}" is a float "{value}"',
    "then",
    meaning="This number; 5 and 5.0 are the same.",
    example='path "/price" is a float "9.9"',
    upstream=True,
)
def path_is_float(ctx: Any, path: Any, value: Any) -> None:
    _same(ctx, path, parse_float(value))


@step(
    'path "{path}" is any float',
    "then",
    meaning="Some decimal number; a whole one is none.",
    example='path "/price" is any float',
    upstream=True,
)
def path_is_any_float(ctx: Any, path: Any) -> None:
    _same(ctx, path, "~float")


@step(
    'path "{path}" is any bool',
    "then",
    meaning="True or false.",
    example='path "/gift" is any bool',
    upstream=True,
)
def path_is_any_bool(ctx: Any, path: Any) -> None:
    _same(ctx, path, "~boolean")


@step(
    'path "{path}" is any string',
    "then",
    meaning="Some text.",
    example='path "/name" is any string',
    upstream=True,
)
def path_is_any_string(ctx: Any, path: Any) -> None:
    _same(ctx, path, "~string")


@step(
    'path "{path}" is a uuid',
    "then",
    meaning="A UUID, with or without its dashes.",
    example='path "/id" is a uuid',
    upstream=True,
)
def path_is_uuid(ctx: Any, path: Any) -> None:
    _same(ctx, path, "~uuid")


@step(
    'path "{path}" is a list "{value}"',
    "then",
    meaning="These texts, in this order.",
    example='path "/tags" is a list "red,blue"',
    upstream=True,
)
def path_is_list(ctx: Any, path: Any, value: Any) -> None:
    _same(ctx, path, parse_list(value))


@step(
    'path "{path}" is an empty list',
    "then",
    meaning="A list with nothing in it.",
    example='path "/errors" is an empty list',
    upstream=True,
)
def path_is_empty_list(ctx: Any, path: Any) -> None:
    _same(ctx, path, [])


@step(
    'path "{path}" isn\'t an empty list',
    "then",
    meaning="A list with something in it.",
    example='path "/items" isn\'t an empty list',
    upstream=True,
)
def path_is_not_empty_list(ctx: Any, path: Any) -> None:
    actual = _actual(ctx, path, "a list with something in it")
    _require(isinstance(actual, list) and actual, path, "a list with something in it", actual)


@step(
    'path "{path}" is an empty dict',
    "then",
    meaning="An object without keys.",
    example='path "/meta" is an empty dict',
    upstream=True,
)
def path_is_empty_dict(ctx: Any, path: Any) -> None:
    _same(ctx, path, {})


@step(
    'path "{path}" is empty',
    "then",
    meaning="The empty text; null, [] and {} are other things.",
    example='path "/note" is empty',
    upstream=True,
)
def path_is_empty(ctx: Any, path: Any) -> None:
    _same(ctx, path, "")


@step(
    'path "{path}" isn\'t empty',
    "then",
    meaning='There, and neither "" nor [] nor {} nor null.',
    example='path "/note" isn\'t empty',
    upstream=True,
)
def path_is_not_empty(ctx: Any, path: Any) -> None:
    actual = _actual(ctx, path, "something")
    _require(actual not in ("", [], {}, None) or isinstance(actual, bool), path, "something", actual)


@step(
    'path "{path}" is True',
    "then",
    meaning="True.",
    example='path "/paid" is True',
    upstream=True,
)
def path_is_true(ctx: Any, path: Any) -> None:
    _same(ctx, path, True)


@step(
    'path "{path}" is False',
    "then",
    meaning="False.",
    example='path "/paid" is False',
    upstream=True,
)
def path_is_false(ctx: Any, path: Any) -> None:
    _same(ctx, path, False)


@step(
    'path "{path}" is null',
    "then",
    meaning="There, and null.",
    example='path "/deleted" is null',
    upstream=True,
)
def path_is_null(ctx: Any, path: Any) -> None:
    _same(ctx, path, None)


@step(
    'path "{path}" isn\'t null',
    "then",
    meaning="There, and not null.",
    example='path "/paid-at" isn\'t null',
)
def path_is_not_null(ctx: Any, path: Any) -> None:
    _same(ctx, path, "~notnull")


@step(
    'path "{path}" (exists/doesn\'t exist)',
    "then",
    meaning="Whether there is such a path, null included.",
    example='path "/password" doesn\'t exist',
)
def path_exists(ctx: Any, path: Any, choice: str) -> None:
    where = text_of(path)
    document = document_of(ctx)
    if choice == "exists":
        if not json_path.exists(document, where):
            json_path.read(document, where, "anything")  # fails, and says how far the path got
    else:
        found = json_path.read_all(document, where)
        compare.check(
            f'Path "{where}" exists',
            [Mismatch(pointer, compare.NOTHING, value, "should not be there") for pointer, value in found],
        )


@step(
    'path "{path}" is one of "{value}"',
    "then",
    meaning="One of these, separated by commas.",
    example='path "/state" is one of "new,paid"',
    upstream=True,
)
def path_is_one_of(ctx: Any, path: Any, value: Any) -> None:
    choices = names_in(value)
    actual = _actual(ctx, path, f"one of {', '.join(choices)}")
    _require(_among(actual, choices), path, f"one of {', '.join(choices)}", actual)


@step(
    'path "{path}" isn\'t one of "{value}"',
    "then",
    meaning="There, and none of these.",
    example='path "/state" isn\'t one of "void,lost"',
    upstream=True,
)
def path_is_not_one_of(ctx: Any, path: Any, value: Any) -> None:
    choices = names_in(value)
    actual = _actual(ctx, path, f"none of {', '.join(choices)}")
    _require(not _among(actual, choices), path, f"none of {', '.join(choices)}", actual)


@step(
    'path "{path}" isn\'t a string "{value}"',
    "then",
    meaning="There, and not this text.",
    example='path "/state" isn\'t a string "void"',
    upstream=True,
)
def path_is_not_string(ctx: Any, path: Any, value: Any) -> None:
    _differs(ctx, path, value)


@step(
    'path "{path}" isn\'t "{value}"',
    "then",
    meaning="There, and neither this text nor what a marker fits.",
    example='path "/state" isn\'t "new"',
)
def path_is_not(ctx: Any, path: Any, value: Any) -> None:
    _differs(ctx, path, value)


@step(
    'path "{path}" looks like "{marker}"',
    "then",
    meaning="What a marker says, such as ~uuid or ~range:1..9; or the value of a look-up with its type.",
    example='path "/id" looks like "~uuid"',
)
def path_looks_like(ctx: Any, path: Any, marker: Any) -> None:
    known = markers.parse(marker)
    if known is not None and (known.is_optional or known.name == "absent"):
        is_there = json_path.exists(document_of(ctx), text_of(path))
        if known.name == "absent":
            path_exists(ctx, path, "doesn't exist")
            return
        if not is_there:
            return
    _same(ctx, path, marker)


@step(
    'path "{path}" is the same as path "{other}"',
    "then",
    meaning="Two places of the response hold the same.",
    example='path "/total" is the same as path "/sum"',
)
def paths_are_same(ctx: Any, path: Any, other: Any) -> None:
    expected = lookups.shield(value_at(ctx, text_of(other)))
    _same(ctx, path, expected)


# The response: texts


@step(
    'path "{path}" starts with "{value}"',
    "then",
    meaning="A text that begins so.",
    example='path "/ref" starts with "ORD-"',
    upstream=True,
)
def path_starts_with(ctx: Any, path: Any, value: Any) -> None:
    _text_is(ctx, path, f"starting with {text_of(value)!r}", lambda text: text.startswith(text_of(value)))


@step(
    'path "{path}" starts with any of "{value}"',
    "then",
    meaning="A text that begins in one of these ways.",
    example='path "/ref" starts with any of "ORD-,INV-"',
    upstream=True,
)
def path_starts_with_any(ctx: Any, path: Any, value: Any) -> None:
    prefixes = tuple(names_in(value))
    if not prefixes:
        raise StepError("There is nothing that the text could begin with")
    _text_is(ctx, path, f"starting with one of {', '.join(prefixes)}", lambda text: text.startswith(prefixes))


@step(
    'path "{path}" doesn\'t start with "{value}"',
    "then",
    meaning="A text that begins otherwise.",
    example='path "/url" doesn\'t start with "http:"',
)
def path_does_not_start_with(ctx: Any, path: Any, value: Any) -> None:
    _text_is(ctx, path, f"not starting with {text_of(value)!r}", lambda text: not text.startswith(text_of(value)))


@step(
    'path "{path}" ends with "{value}"',
    "then",
    meaning="A text that ends so.",
    example='path "/file" ends with ".pdf"',
    upstream=True,
)
def path_ends_with(ctx: Any, path: Any, value: Any) -> None:
    _text_is(ctx, path, f"ending with {text_of(value)!r}", lambda text: text.endswith(text_of(value)))


@step(
    'path "{path}" (contains/doesn\'t contain) the text "{value}"',
    "then",
    meaning="A text with, or without, this part.",
    example='path "/msg" contains the text "sold out"',
)
def path_contains_text(ctx: Any, path: Any, choice: str, value: Any) -> None:
    part, is_wanted = text_of(value), choice == "contains"
    if not part:
        raise StepError("An empty text is part of any text, so nothing was compared")
    _text_is(ctx, path, f"{'with' if is_wanted else 'without'} {part!r}", lambda text: (part in text) is is_wanted)


@step(
    'path "{path}" matches "{regex}"',
    "then",
    meaning="A text that fits this regular expression from its first sign to its last.",
    example='path "/ref" matches "ORD-\\d{6}"',
)
def path_matches(ctx: Any, path: Any, regex: Any) -> None:
    pattern = compiled(regex)
    _text_is(ctx, path, f"like {pattern.pattern}", lambda text: pattern.fullmatch(text) is not None)


@step(
    'path "{path}" is {n} characters long',
    "then",
    meaning="How long a text is.",
    example='path "/code" is 6 characters long',
)
def path_is_long(ctx: Any, path: Any, n: Any) -> None:
    actual = _actual(ctx, path, f"a text of {n} characters")
    reason = f"{len(actual)} characters" if isinstance(actual, str) else f"it is of kind {json_pointer.kind(actual)}"
    _require(isinstance(actual, str) and len(actual) == n, path, f"a text of {n} characters", actual, reason)


@step(
    'path "{path}" is a BASE32 Crockford, checksum "{checksum}"',
    "then",
    meaning="A Crockford Base32 number; with checksum True its last sign is the check symbol and is checked.",
    example='path "/code" is a BASE32 Crockford, checksum "True"',
    upstream=True,
)
def path_is_crockford(ctx: Any, path: Any, checksum: Any) -> None:
    flag = text_of(checksum).strip().lower()
    if flag not in ("true", "false"):
        raise StepError(f'checksum is "{text_of(checksum)}"', 'Write checksum "True" or checksum "False".')
    actual = _actual(ctx, path, "a Crockford Base32 number")
    reason = crockford_problem(actual, flag == "true")
    _require(not reason, path, "a Crockford Base32 number", actual, reason)


@step(
    'path "{path}" decoded from Base64 is "{value...}"',
    "then",
    meaning="A text in Base64 that means this text.",
    example='path "/blob" decoded from Base64 is "hello"',
)
def path_decoded_is(ctx: Any, path: Any, value: Any) -> None:
    actual = _actual(ctx, path, f"Base64 of {text_of(value)!r}")
    try:
        decoded = base64.b64decode(actual + "=" * (-len(actual) % 4), validate=True).decode("utf-8", "replace")
    except (TypeError, ValueError, binascii.Error):
        raise AssertionFailed(
            f'Path "{text_of(path)}"', [Mismatch(text_of(path), value, actual, "is no Base64")]
        ) from None
    compare.check(f'Path "{text_of(path)}", decoded', compare.compare(value, decoded, text_of(path)))


# The response: numbers, sizes, times


@step(
    'path "{path}" is (greater than/less than/at least/at most) {n}',
    "then",
    meaning="How a number compares with this one.",
    example='path "/qty" is at least 1',
)
def path_compares(ctx: Any, path: Any, choice: str, n: Any) -> None:
    actual = _number(ctx, path, f"{choice} {n}")
    _require(COMPARISONS[choice](actual, n), path, f"{choice} {n}", actual)


@step(
    'path "{path}" is between {n} and {m}',
    "then",
    meaning="A number from this to that, both included.",
    example='path "/qty" is between 1 and 9',
)
def path_is_between(ctx: Any, path: Any, n: Any, m: Any) -> None:
    actual = _number(ctx, path, f"between {n} and {m}")
    _require(n <= actual <= m, path, f"between {n} and {m}", actual)


@step(
    'path "{path}" is about {n}, give or take {m}',
    "then",
    meaning="A number that is at most so far from this one.",
    example='path "/lat" is about 52.1, give or take 0.05',
)
def path_is_about(ctx: Any, path: Any, n: Any, m: Any) -> None:
    actual = _number(ctx, path, f"{n}, give or take {m}")
    distance = abs(actual - n)
    _require(distance <= m + 1e-12 * abs(n), path, f"{n}, give or take {m}", actual, f"{distance:g} away")


@step(
    'path "{path}" has[ (at least/at most)] {n} elements',
    "then",
    meaning="How many elements a list, or keys an object, has.",
    example='path "/items" has at least 1 element',
)
def path_has_elements(ctx: Any, path: Any, choice: str | None, n: Any) -> None:
    expected = f"{choice + ' ' if choice else ''}{n} elements"
    actual = _actual(ctx, path, expected)
    if not isinstance(actual, list | dict):
        _require(False, path, expected, actual, f"{json_pointer.kind(actual)} instead of list")
    size = len(actual)
    is_so = COMPARISONS[choice](size, n) if choice else size == n
    _require(is_so, path, expected, actual, f"{size} element{'' if size == 1 else 's'}")


@step(
    'path "{path}" has the keys "{list}"',
    "then",
    meaning="An object with these keys, and perhaps more.",
    example='path "/user" has the keys "id,name"',
)
def path_has_keys(ctx: Any, path: Any, list: Any) -> None:
    _keys(ctx, path, list, False)


@step(
    'path "{path}" has only the keys "{list}"',
    "then",
    meaning="An object with exactly these keys, in any order.",
    example='path "/user" has only the keys "id,name"',
)
def path_has_only_keys(ctx: Any, path: Any, list: Any) -> None:
    _keys(ctx, path, list, True)


@step(
    'path "{path}" is a time within {d} of now',
    "then",
    meaning="A time, ISO 8601 or seconds since 1970, at most so far from now.",
    example='path "/at" is a time within 5 seconds of now',
)
def path_is_recent(ctx: Any, path: Any, d: float) -> None:
    actual = _actual(ctx, path, "a time")
    moment = _moment(actual)
    now = datetime.now(timezone.utc)
    expected = f"at most {d:g} s from now"
    if moment is None:
        _require(False, path, expected, actual, "is no time")
    else:
        distance = abs(moment - now)
        _require(distance <= timedelta(seconds=d), path, expected, actual, f"{distance.total_seconds():.3g} s away")


@step(
    'path "{path}" is a date (before/after) "{date}"',
    "then",
    meaning="A date or time that is earlier, or later, than this one.",
    example='path "/until" is a date after "2026-01-01"',
)
def path_is_date(ctx: Any, path: Any, choice: str, date: Any) -> None:
    limit = _moment(date)
    if limit is None:
        raise StepError(f'"{text_of(date)}" is no date', "Write it as 2026-01-31 or 2026-01-31T13:45:00Z")
    expected = f"{choice} {text_of(date)}"
    actual = _actual(ctx, path, expected)
    moment = _moment(actual)
    if moment is None:
        _require(False, path, expected, actual, "is no date")
    else:
        _require(moment < limit if choice == "before" else moment > limit, path, expected, actual)


# The response: documents and tables


@step(
    "response (matches/contains) JSON",
    "then",
    meaning="Matches: the whole document is this, markers aside. Contains: these keys are in it, at any depth.",
    example="response contains JSON",
    needs="doc",
)
def response_json(ctx: Any, choice: str) -> None:
    _document(ctx, choice, doc_json(ctx), document_of(ctx), "", document_of(ctx))


@step(
    'response matches JSON from "{file}"',
    "then",
    meaning="The whole document is that of a file, markers aside.",
    example='response matches JSON from "order.json"',
)
def response_json_file(ctx: Any, file: Any) -> None:
    _document(ctx, "matches", read_json(ctx, file, "json/response"), document_of(ctx), "", document_of(ctx))


@step(
    'path "{path}" (matches/contains) JSON',
    "then",
    meaning="The same below a path.",
    example='path "/items/0" contains JSON',
    needs="doc",
)
def path_json(ctx: Any, path: Any, choice: str) -> None:
    where = text_of(path)
    expected = doc_json(ctx)
    _document(ctx, choice, expected, value_at(ctx, where, expected), where, document_of(ctx))


@step(
    "response matches",
    "then",
    meaning="Several checks at once; all differences are shown. Columns: path, check and value; a check is the middle "
    'of a sentence `path "..." <check> "..."`.',
    example="response matches",
    needs="table",
)
def response_table(ctx: Any) -> None:
    rows = table_rows(ctx, ("path", "check"), ("value",))
    if not rows:
        raise StepError("The table has no rows, so nothing was compared")
    document_of(ctx)
    mismatches: list[Mismatch] = []
    hints: list[str] = []
    for row in rows:
        try:
            _check_row(ctx, row["path"], row["check"], row.get("value", ""))
        except AssertionFailed as failure:
            mismatches += failure.mismatches
            hints += [failure.hint] if failure.hint and failure.hint not in hints else []
    compare.check("The response differs", mismatches, "  ".join(hints))


@step(
    "I store these values from response",
    "then",
    meaning="Keeps several values. Columns: path and name.",
    example="I store these values from response",
    needs="table",
)
def store_values(ctx: Any) -> None:
    for row in resolved_rows(ctx, ("path", "name")):
        ctx.apitest.values[text_of(row["name"])] = value_at(ctx, text_of(row["path"]))


# What other step files use

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "greater than": lambda one, other: one > other,
    "less than": lambda one, other: one < other,
    "at least": lambda one, other: one >= other,
    "at most": lambda one, other: one <= other,
}


def crockford_problem(text: Any, has_checksum: bool) -> str:
    """Why a value is no Crockford Base32 number, "" when it is one."""
    if not isinstance(text, str):
        return f"{json_pointer.kind(text)} instead of text"
    plain = text.replace("-", "").upper().replace("O", "0").replace("I", "1").replace("L", "1")
    digits, check = (plain[:-1], plain[-1:]) if has_checksum else (plain, "")
    if not digits:
        return "it has no digits"
    wrong = [sign for sign in digits if sign not in CROCKFORD]
    if wrong:
        return f"{wrong[0]!r} is no digit of it"
    number = 0
    for sign in digits:
        number = number * 32 + CROCKFORD.index(sign)
    if has_checksum and check != CHECK_SYMBOLS[number % 37]:
        return f"its check symbol is {check!r}, not {CHECK_SYMBOLS[number % 37]!r}"
    return ""


# Inside


def _actual(ctx: Any, path: Any, expected: Any) -> Any:
    return value_at(ctx, text_of(path), expected)


def _require(is_so: object, path: Any, expected: Any, actual: Any, reason: str = "") -> None:
    require(is_so, f'Path "{text_of(path)}"', text_of(path), expected, actual, reason)


def _same(ctx: Any, path: Any, expected: Any) -> None:
    where = text_of(path)
    actual = value_at(ctx, where, expected)
    found = compare.compare(expected, actual, where, comparing(document_of(ctx), ctx))
    if found:
        raise AssertionFailed(f'Path "{where}"', found, _kind_hint(where, expected, actual))


def _kind_hint(path: str, expected: Any, actual: Any) -> str:
    """What to write where a text was expected and the same thing of another kind is there."""
    if type(expected) is not str or isinstance(actual, str) or expected != lookups.as_text(actual):
        return ""
    if isinstance(actual, bool):
        return f'Try: path "{path}" is {actual}'
    if actual is None:
        return f'Try: path "{path}" is null'
    if isinstance(actual, int):
        return f'Try: path "{path}" is an integer "{expected}"'
    return f'Try: path "{path}" is a float "{expected}"' if isinstance(actual, float) else ""


def _differs(ctx: Any, path: Any, unwanted: Any) -> None:
    actual = _actual(ctx, path, f"not {unwanted!r}")
    _require(not compare.is_same(unwanted, actual, comparing(document_of(ctx), ctx)), path, f"not {unwanted!r}", actual)


def _among(actual: Any, choices: list[str]) -> bool:
    return not isinstance(actual, list | dict) and lookups.as_text(actual) in choices


def _text_is(ctx: Any, path: Any, expected: str, test: Callable[[str], bool]) -> None:
    actual = _actual(ctx, path, expected)
    reason = "" if isinstance(actual, str) else f"{json_pointer.kind(actual)} instead of text"
    _require(isinstance(actual, str) and test(actual), path, expected, actual, reason)


def _number(ctx: Any, path: Any, expected: str) -> Any:
    actual = _actual(ctx, path, expected)
    _require(is_number(actual), path, expected, actual, f"{json_pointer.kind(actual)} instead of number")
    return actual


def _keys(ctx: Any, path: Any, names: Any, is_all: bool) -> None:
    wanted, where = names_in(names), text_of(path)
    if not wanted and not is_all:
        raise StepError("There are no keys to look for, so nothing was compared")
    actual = _actual(ctx, path, f"an object with {', '.join(wanted)}")
    _require(isinstance(actual, dict), path, f"an object with {', '.join(wanted)}", actual)
    expected = dict.fromkeys(wanted, "~present")
    found = (compare.compare if is_all else compare.contains)(expected, actual, where)
    compare.check(f'The keys of path "{where}"', found)


def _moment(value: Any) -> datetime | None:
    """A time as JSON has it: ISO 8601, or seconds since 1970; a number too big for these is milliseconds."""
    if is_number(value):
        seconds = value / 1000 if abs(value) > MAX_EPOCH_SECONDS else value
        try:
            return datetime.fromtimestamp(seconds, timezone.utc)
        except (ValueError, OverflowError, OSError):
            return None
    return dates.read_moment(value) if isinstance(value, str) else None


def _document(ctx: Any, choice: str, expected: Any, actual: Any, path: str, document: Any) -> None:
    context = comparing(document, ctx)
    found = (compare.compare if choice == "matches" else compare.contains)(expected, actual, path, context)
    compare.check("The response differs", found)


def _check_row(ctx: Any, path: str, check: str, value: str) -> None:
    """One row of a table: the sentence that it stands for, its value as written in the cell."""
    words = " ".join(check.split())
    where = text_of(resolve(ctx, path))
    if words in ("is", "=", ""):
        expected = resolve(ctx, value)
        actual = value_at(ctx, where, expected)
        _same(ctx, where, as_there(expected, actual))
        return
    place = sentences.escape(where)
    for sentence in (f'path "{place}" {words} "{sentences.escape(value)}"', f'path "{place}" {words}'):
        found = BUILT_IN.match(sentence)
        if isinstance(found, Match) and not found.phrase.needs and found.inner is None:
            if sentence.endswith(words) and value.strip():
                raise StepError(f'The check "{words}" takes no value, but there is "{value}"')
            arguments = {
                name: Raw(value, item.kind) if isinstance(item, Raw) and name != "path" else item
                for name, item in found.arguments.items()
            }
            arguments["path"] = where
            found.phrase.function(ctx, **lookups.resolve_arguments(arguments, Scope(ctx.apitest)))
            return
    raise StepError(
        f'There is no check "{check}"', 'A check is the middle of a sentence, such as: path "/qty" is at least "1"'
    )
