"""Lists in the JSON response: the elements of a list, and all values that a path finds.

Not here: one value, and whole documents (`json.py`).
"""

from __future__ import annotations

from typing import Any

from apitest.catalogue import step
from apitest.core import compare, json_path, json_pointer, lookups
from apitest.errors import AssertionFailed, Mismatch, StepError
from apitest.steps.last_response import comparing, document_of, require, value_at
from apitest.steps.step_input import (
    as_there,
    is_number,
    json_of,
    names_in,
    read_json,
    text_of,
)


@step(
    'path "{path}" contains "{value...}"',
    "then",
    meaning="A list with an element that is this JSON.",
    example='path "/items" contains "{"sku": "A1"}"',
    upstream=True,
)
def path_contains(ctx: Any, path: Any, value: Any) -> None:
    _has_element(ctx, path, _element(value), True)


@step(
    'path "{path}" doesn\'t contain "{value...}"',
    "then",
    meaning="A list without an element that is this JSON.",
    example='path "/tags" doesn\'t contain ""old""',
)
def path_does_not_contain(ctx: Any, path: Any, value: Any) -> None:
    _has_element(ctx, path, _element(value), False)


@step(
    'path "{path}" contains data from "{value}"',
    "then",
    meaning="A list with an element that is the JSON of a file of features/json/response.",
    example='path "/items" contains data from "item.json"',
    upstream=True,
)
def path_contains_file(ctx: Any, path: Any, value: Any) -> None:
    _has_element(ctx, path, read_json(ctx, value, "json/response"), True)


@step(
    '(every/some/no) value of path "{path}" is "{value}"',
    "then",
    meaning="The values that a path finds, or the elements of a list; every and some need at least one.",
    example='no value of path "$..role" is "root"',
)
def values_are(ctx: Any, choice: str, path: Any, value: Any) -> None:
    _quantified(ctx, choice, path, value)


@step(
    '(every/some/no) value of path "{path}" looks like "{marker}"',
    "then",
    meaning="The same, with a marker.",
    example='every value of path "$..id" looks like "~uuid"',
)
def values_look_like(ctx: Any, choice: str, path: Any, marker: Any) -> None:
    _quantified(ctx, choice, path, marker)


@step(
    'the values of path "{path}" are "{list}"',
    "then",
    meaning="The values that a path finds, or the elements of a list, are these in this order.",
    example='the values of path "$..sku" are "A,B"',
)
def values_are_list(ctx: Any, path: Any, list: Any) -> None:
    where = text_of(path)
    actual = [value for _, value in _found(ctx, where)]
    compare.check(f'The values of path "{where}"', compare.compare(_alike(list, actual), actual, where))


@step(
    'the values of path "{path}" are "{list}" in any order',
    "then",
    meaning="The same, in any order.",
    example='the values of path "$..sku" are "B,A" in any order',
)
def values_are_list_in_any_order(ctx: Any, path: Any, list: Any) -> None:
    where = text_of(path)
    actual = [value for _, value in _found(ctx, where)]
    compare.check(
        f'The values of path "{where}"', compare.compare(["~unordered", *_alike(list, actual)], actual, where)
    )


@step(
    'the values of path "{path}" (are unique/rise/fall)',
    "then",
    meaning="No value twice; each at least, or at most, as big as the one before it.",
    example='the values of path "$..price" rise',
)
def values_in_order(ctx: Any, path: Any, choice: str) -> None:
    where = text_of(path)
    found = _some_found(ctx, where)
    mismatches = []
    if choice == "are unique":
        for index, (pointer, value) in enumerate(found):
            first = next(
                (other for other, known in found[:index] if compare.is_same(lookups.shield(known), value)), None
            )
            if first is not None:
                mismatches.append(Mismatch(pointer, "a value of its own", value, f'the same as at "{first}"'))
    else:
        for (_, before), (pointer, value) in zip(found, found[1:], strict=False):
            try:
                is_so = before <= value if choice == "rise" else before >= value
            except TypeError:
                mismatches.append(Mismatch(pointer, f"comparable with {before!r}", value, "of another kind"))
                continue
            if not is_so:
                expected = f"at {'least' if choice == 'rise' else 'most'} {before}"
                mismatches.append(Mismatch(pointer, expected, value))
    compare.check(f'The values of path "{where}" do not {choice.removeprefix("are ")}', mismatches)


@step(
    'the values of path "{path}" add up to {n}',
    "then",
    meaning="The sum of the numbers that a path finds.",
    example='the values of path "$..amount" add up to 99.5',
)
def values_add_up(ctx: Any, path: Any, n: Any) -> None:
    where = text_of(path)
    found = _some_found(ctx, where)
    wrong = [Mismatch(pointer, "a number", value) for pointer, value in found if not is_number(value)]
    compare.check(f'The values of path "{where}" are not all numbers', wrong)
    total = sum(value for _, value in found)
    is_so = abs(total - n) <= 1e-9 * max(1.0, abs(n))  # sums of decimals are off by a few units of the last digit
    require(is_so, f'The values of path "{where}" add up to something else', where, n, total)


# Inside


def _element(value: Any) -> Any:
    try:
        return json_of(value)
    except StepError as error:
        raise StepError(
            error.message, 'A text needs quotes of its own: contains ""red"". A part of a text: contains the text "red"'
        ) from None


def _has_element(ctx: Any, path: Any, wanted: Any, is_wanted: bool) -> None:
    where = text_of(path)
    actual = value_at(ctx, where, f"a list {'with' if is_wanted else 'without'} the element")
    if not isinstance(actual, list):
        hint = f'Try: path "{where}" contains the text ...' if isinstance(actual, str) else ""
        reason = f"{json_pointer.kind(actual)} instead of list"
        raise AssertionFailed(f'Path "{where}"', [Mismatch(where, [wanted], actual, reason)], hint)
    context = comparing(document_of(ctx), ctx)
    places = [index for index, item in enumerate(actual) if compare.is_same(wanted, item, context)]
    if is_wanted and not places:
        mismatch = Mismatch(where, wanted, actual, "no element is equal")
        raise AssertionFailed(f'Path "{where}" does not contain it', [mismatch])
    if places and not is_wanted:
        mismatches = [
            Mismatch(f"{where}/{index}", compare.NOTHING, actual[index], "should not be there") for index in places
        ]
        raise AssertionFailed(f'Path "{where}" contains it', mismatches)


def _found(ctx: Any, path: str) -> list[tuple[str, Any]]:
    """What a path finds; of a single list, its elements."""
    found = json_path.read_all(document_of(ctx), path)
    if len(found) == 1 and not json_path.is_json_path(path) and isinstance(found[0][1], list):
        return [(f"{path}/{index}", item) for index, item in enumerate(found[0][1])]
    return found


def _some_found(ctx: Any, path: str) -> list[tuple[str, Any]]:
    found = _found(ctx, path)
    if not found:
        document = document_of(ctx)
        hint = "" if json_path.is_json_path(path) else _how_far(document, path)
        mismatch = Mismatch(path, "at least one value", reason="nothing is found there", has_actual=False)
        raise AssertionFailed(f'Path "{path}" finds nothing', [mismatch], hint)
    return found


def _how_far(document: Any, path: str) -> str:
    found = json_pointer.look(document, path)
    return f"{found.reason}. {found.hint}".rstrip(". ") if isinstance(found, json_pointer.Missing) else ""


def _quantified(ctx: Any, choice: str, path: Any, expected: Any) -> None:
    where = text_of(path)
    context = comparing(document_of(ctx), ctx)
    found = _found(ctx, where) if choice == "no" else _some_found(ctx, where)
    differences = [compare.compare(as_there(expected, value), value, pointer, context) for pointer, value in found]
    if choice == "every":
        compare.check(f'Not every value of path "{where}"', [item for each in differences for item in each])
    elif choice == "some":
        if all(differences):
            raise AssertionFailed(f'No value of path "{where}"', [item for each in differences for item in each])
    else:
        unwanted = [
            Mismatch(pointer, f"not {expected!r}", value)
            for (pointer, value), each in zip(found, differences, strict=True)
            if not each
        ]
        compare.check(f'A value of path "{where}"', unwanted)


def _alike(expected: Any, actual: list[Any]) -> list[Any]:
    """A list of expected texts as values of the kinds that are there."""
    if isinstance(expected, list | tuple):
        return [*expected]
    converted: list[Any] = []
    for text in names_in(expected):
        same = [value for value in actual if not isinstance(value, str) and as_there(text, value) is value]
        converted.append(same[0] if same else text)
    return converted
