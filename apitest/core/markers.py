r"""Markers, `~uuid` or `~range:1..9`: "approximately" in expected values.

    ~name          ~name:argument       a check that the actual value must pass
    ~name?         ~name?:argument      the same, and the key may be missing
    ~~text                              the text `~text` (undone by `lookups.resolve`)

Not here: walking documents (`compare.py`).  Source: docs/apitest/writing-tests.md, "Markers".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from apitest.core import nearest
from apitest.core.json_pointer import kind
from apitest.core.marker_checks import KINDS, Context, Kind, a_
from apitest.errors import LookupFailed, StepError

__all__ = ["Context", "Marker", "Verbatim", "check", "explain", "forget_own", "names", "parse", "register"]


class Verbatim(str):
    """A text that is never read as a marker, whatever it begins with."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Marker:
    """A marker as read from a text."""

    name: str
    argument: str
    is_optional: bool
    text: str


OwnCheck = Callable[[Any, str], Any]

STRUCTURAL = {
    "unordered": "as first element of a list: the others in any order",
    "ignore": "anything or nothing",
    "absent": "the key is missing",
}
"""Markers that `compare.py` itself understands, as they look beyond one value."""

_own: dict[str, OwnCheck] = {}


def parse(value: Any) -> Marker | None:
    """The marker that a value is, None when it is none.

    Raises LookupFailed, with the nearest, for an unknown one, and StepError when its argument is missing or broken.
    """
    if not isinstance(value, str) or not value.startswith("~") or isinstance(value, Verbatim):
        return None
    head, colon, argument = value[1:].partition(":")
    is_optional = head.endswith("?")
    name = head.rstrip("?")
    if not colon and not name:
        raise LookupFailed(f'"{value}" is no marker', "For a text that begins with ~, write ~~.")
    known = KINDS.get(name)
    if known is None and name not in _own and name not in STRUCTURAL:
        near = nearest.names(name, [*KINDS, *_own, *STRUCTURAL])
        hint = f"Did you mean {' or '.join('~' + other for other in near)}? " if near else ""
        raise LookupFailed(f"there is no marker ~{name}", f"{hint}For a text that begins with ~, write ~~{name}.")
    if known is not None:
        if known.takes_argument and not argument:
            raise StepError(f"the marker ~{name} needs an argument: ~{name}:...", known.title)
        if not known.takes_argument and colon:
            raise StepError(f"the marker ~{name} takes no argument", f"Write ~{name}.")
        if argument.endswith("?") and name in _TRAILING_OPTIONAL:
            argument, is_optional = argument[:-1], True
    return Marker(name, argument, is_optional, value)


def check(marker: Marker, actual: Any, context: Context) -> str:
    """Why a value does not fit, "" when it does.

    Raises StepError when the argument makes no sense.
    """
    own = _own.get(marker.name)
    if own is not None:
        verdict = own(actual, marker.argument)
        return "" if verdict is True else verdict if isinstance(verdict, str) else f"is no {marker.name}"
    if marker.name in STRUCTURAL:
        return "" if marker.name == "ignore" else f"~{marker.name} cannot stand here"
    return KINDS[marker.name].check(actual, marker.argument, context)


def explain(text: str) -> str:
    """What a marker means, in a few words; "" for what is no known marker."""
    if not text.startswith("~") or isinstance(text, Verbatim):
        return ""
    name, _, argument = text[1:].partition(":")
    name = name.rstrip("?")
    title = KINDS[name].title if name in KINDS else STRUCTURAL.get(name, "")
    return title.replace("...", argument) if argument else title


def names() -> dict[str, str]:
    """All markers with what they mean, built-in ones first."""
    titles = {name: known.title for name, known in KINDS.items()}
    return {**titles, **STRUCTURAL, **{name: (check.__doc__ or "").strip() for name, check in _own.items()}}


def register(name: str, function: OwnCheck) -> None:
    """Adds a project's own marker.

    Raises StepError when the name is taken.
    """
    if not re.fullmatch(r"[A-Za-z][\w-]*", name):
        raise StepError(f"{name!r} cannot name a marker", "Letters, digits, - and _; a letter first.")
    if name in KINDS or name in STRUCTURAL:
        raise StepError(f"the marker ~{name} is built in", "Choose another name.")
    _own[name] = function


def forget_own() -> None:
    """Drops all markers of a project, before another project is loaded."""
    _own.clear()


_TRAILING_OPTIONAL = frozenset(("range", "gt", "lt", "length", "near", "within", "before", "after", "each", "same-as"))
"""Markers whose argument cannot end with `?`, so that it may stand there as well."""


def _each(actual: Any, argument: str, context: Context) -> str:
    inner = parse(argument)
    if inner is None:
        raise StepError(f"~each:{argument} needs a marker", "For example ~each:~integer.")
    if not isinstance(actual, (list, tuple)):
        return f"is {a_(kind(actual))}, not a list"
    for index, item in enumerate(actual):
        reason = check(inner, item, context)
        if reason:
            return f"element {index} {reason}"
    return ""


KINDS["each"] = Kind(_each, "a list whose every element is ...", True)
