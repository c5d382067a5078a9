"""Expected and actual values -> every difference, each with its path.

Markers (`markers.py`) may stand anywhere in the expected value.  Numbers are equal by value (1 and 1.0), but a number
is never equal to a text or a boolean.  Not here: wording (`failure_text.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from apitest.core import markers, nearest
from apitest.core.json_pointer import join, keys_text, kind
from apitest.core.markers import Context
from apitest.errors import AssertionFailed, Mismatch


class _Nothing:
    """Stands for "no value" in a Mismatch: an element or key that should not be there."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "nothing"


NOTHING = _Nothing()


def compare(expected: Any, actual: Any, path: str = "", context: Context | None = None) -> list[Mismatch]:
    """All differences between an expected and an actual value, in document order; none when they are the same.

    path: where the values stand in the document, a JSON Pointer.  context: what some markers need (`~within` the time,
    `~same-as` the document; without one that is `actual`).
    """
    return list(_differences(expected, actual, path, context or Context(document=actual), is_strict=True))


def contains(expected: Any, actual: Any, path: str = "", context: Context | None = None) -> list[Mismatch]:
    """The same, but objects may have more keys than expected, at any depth, and of a list each expected element must be
    somewhere in the actual one."""
    return list(_differences(expected, actual, path, context or Context(document=actual), is_strict=False))


def check(summary: str, mismatches: list[Mismatch], hint: str = "") -> None:
    """Raises AssertionFailed when there are any mismatches."""
    if mismatches:
        raise AssertionFailed(summary, mismatches, hint)


def is_same(expected: Any, actual: Any, context: Context | None = None) -> bool:
    return not compare(expected, actual, "", context)


def _differences(expected: Any, actual: Any, path: str, context: Context, is_strict: bool) -> Iterator[Mismatch]:
    if isinstance(expected, str):
        yield from _text(expected, actual, path, context)
    elif isinstance(expected, dict):
        if not isinstance(actual, dict):
            yield _other_kind(expected, actual, path)
        else:
            yield from _objects(expected, actual, path, context, is_strict)
    elif isinstance(expected, (list, tuple)):
        if not isinstance(actual, (list, tuple)):
            yield _other_kind(expected, actual, path)
        elif expected and _is_unordered(expected[0]):
            yield from _unordered(expected[1:], actual, path, context, is_strict, may_have_more=not is_strict)
        elif is_strict:
            yield from _lists(expected, actual, path, context)
        else:
            yield from _unordered(expected, actual, path, context, is_strict, may_have_more=True)
    elif not _is_equal(expected, actual):
        yield Mismatch(path, expected, actual, _kinds_differ(expected, actual))


def _text(expected: str, actual: Any, path: str, context: Context) -> Iterator[Mismatch]:
    marker = markers.parse(expected)
    if marker is not None:
        reason = markers.check(marker, actual, context)
        if reason:
            yield Mismatch(path, expected, actual, reason)
    elif not isinstance(actual, str):
        yield Mismatch(path, expected, actual, _kinds_differ(expected, actual))
    elif expected != actual:
        yield Mismatch(path, expected, actual, _first_difference(expected, actual))


def _objects(
    expected: dict[str, Any], actual: dict[str, Any], path: str, context: Context, is_strict: bool
) -> Iterator[Mismatch]:
    unexpected = [key for key in actual if key not in expected]
    for key, value in expected.items():
        place = path + join([key])
        marker = markers.parse(value)
        if key in actual:
            if marker is not None and marker.name == "absent":
                yield Mismatch(place, value, actual[key], "should not be there")
            else:
                yield from _differences(value, actual[key], place, context, is_strict)
        elif marker is None or not (marker.is_optional or marker.name in ("absent", "ignore")):
            near = nearest.names(key, unexpected, 1)
            reason = (
                f'is missing; "{path + join(near)}" is there' if near else f"is missing; there is {keys_text(actual)}"
            )
            yield Mismatch(place, value, reason=reason, has_actual=False)
    if is_strict:
        for key in unexpected:
            yield Mismatch(path + join([key]), NOTHING, actual[key], "is not expected")


def _lists(expected: Any, actual: Any, path: str, context: Context) -> Iterator[Mismatch]:
    """Element by element.  Where the lengths differ, what is equal at both ends is set aside, so that one missing
    element is told as one difference."""
    start, end = 0, 0
    shorter = min(len(expected), len(actual))
    if len(expected) != len(actual):
        while start < shorter and not any(_differences(expected[start], actual[start], "", context, True)):
            start += 1
        while end < shorter - start and not any(_differences(expected[-1 - end], actual[-1 - end], "", context, True)):
            end += 1
    wanted, there = len(expected) - end, len(actual) - end
    both = min(wanted, there)
    for index in range(start, both):
        yield from _differences(expected[index], actual[index], f"{path}/{index}", context, True)
    for index in range(max(both, start), wanted):
        reason = f"is missing; {_size(actual)} instead of {len(expected)}"
        yield Mismatch(f"{path}/{index}", expected[index], reason=reason, has_actual=False)
    for index in range(max(both, start), there):
        reason = f"is not expected; {_size(actual)} instead of {len(expected)}"
        yield Mismatch(f"{path}/{index}", NOTHING, actual[index], reason)


def _unordered(
    expected: Any, actual: Any, path: str, context: Context, is_strict: bool, may_have_more: bool
) -> Iterator[Mismatch]:
    """Pairs every expected element with an actual one of its own, the most particular first found by augmenting paths,
    so that `[~any, 1]` fits `[1, 2]` whatever the order."""
    fits = [
        [
            index
            for index, item in enumerate(actual)
            if not any(_differences(wanted, item, f"{path}/{index}", context, is_strict))
        ]
        for wanted in expected
    ]
    owner: dict[int, int] = {}
    unmatched = [number for number in range(len(expected)) if not _assign(number, fits, owner, set())]
    free = [index for index in range(len(actual)) if index not in owner]
    for number in unmatched:
        near = _most_alike(expected[number], actual, free, path, context, is_strict)
        if near is None:
            yield Mismatch(f"{path}/{number}", expected[number], reason="no element is like that", has_actual=False)
        else:
            index, differences = near
            free.remove(index)
            yield from differences
    if not may_have_more:
        for index in free:
            yield Mismatch(f"{path}/{index}", NOTHING, actual[index], "is not expected")


def _assign(number: int, fits: list[list[int]], owner: dict[int, int], tried: set[int]) -> bool:
    """One step of bipartite matching (Kuhn): gives `number` an element, moving others on if need be."""
    for index in fits[number]:
        if index in tried:
            continue
        tried.add(index)
        if index not in owner or _assign(owner[index], fits, owner, tried):
            owner[index] = number
            return True
    return False


def _most_alike(
    wanted: Any, actual: Any, free: list[int], path: str, context: Context, is_strict: bool
) -> tuple[int, list[Mismatch]] | None:
    """The free element with the fewest differences, where it is at least of the same kind and not all different."""
    best: tuple[int, list[Mismatch]] | None = None
    for index in free:
        if not isinstance(wanted, dict) or not isinstance(actual[index], dict):
            continue
        found = list(_differences(wanted, actual[index], f"{path}/{index}", context, is_strict))
        if len(found) < max(len(wanted), 2) and (best is None or len(found) < len(best[1])):
            best = (index, found)
    return best


def _is_unordered(value: Any) -> bool:
    marker = markers.parse(value)
    return marker is not None and marker.name == "unordered"


def _is_equal(expected: Any, actual: Any) -> bool:
    if isinstance(expected, bool) or isinstance(actual, bool):
        return expected is actual
    return bool(expected == actual)


def _other_kind(expected: Any, actual: Any, path: str) -> Mismatch:
    return Mismatch(path, expected, actual, _kinds_differ(expected, actual))


def _kinds_differ(expected: Any, actual: Any) -> str:
    wanted, found = kind(expected), kind(actual)
    return f"{found} instead of {wanted}" if wanted != found else ""


def _size(items: Any) -> str:
    return f"{len(items)} element{'' if len(items) == 1 else 's'}"


def _first_difference(expected: str, actual: str) -> str:
    """Where two longer texts part, or what is odd about them."""
    if expected.strip() == actual.strip():
        return "only blanks at the ends differ"
    if expected.casefold() == actual.casefold():
        return "only the letter case differs"
    if min(len(expected), len(actual)) < 30:
        return ""
    for index, (one, other) in enumerate(zip(expected, actual, strict=False)):
        if one != other:
            return f"they differ from character {index + 1} on"
    return f"they differ from character {min(len(expected), len(actual)) + 1} on"
