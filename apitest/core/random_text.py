"""A random text that a regular expression fits: `[A-Z]{3}-\\d{4}`.

Pure: random bits come in.  Read by the parser of Python's own `re`; what looks around (`(?=...)`, `\\b`) or back has no
meaning here and is refused.
"""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from apitest.errors import StepError

try:
    from re import _parser as parser  # type: ignore[attr-defined]
except ImportError:  # Python 3.10
    import sre_parse as parser

T = TypeVar("T")


class Random(Protocol):
    """Where the random bits come from."""

    def randint(self, a: int, b: int) -> int: ...
    def choice(self, seq: Sequence[T]) -> T: ...


MOST_REPEATS = 10
"""How often `*`, `+` and `{3,}` repeat at most beyond their least."""
MAX_LENGTH = 10_000

ANY = string.ascii_letters + string.digits + " _-."
_CATEGORIES = {
    "CATEGORY_DIGIT": string.digits,
    "CATEGORY_NOT_DIGIT": string.ascii_letters,
    "CATEGORY_WORD": string.ascii_letters + string.digits + "_",
    "CATEGORY_NOT_WORD": " -.,;",
    "CATEGORY_SPACE": " ",
    "CATEGORY_NOT_SPACE": string.ascii_letters + string.digits,
}
_PRINTABLE = string.digits + string.ascii_letters + string.punctuation + " "


def from_pattern(pattern: str, random: Random) -> str:
    """A text that the whole pattern fits.  Raises StepError for a pattern that cannot be read or not be made."""
    try:
        compiled = re.compile(pattern)
        tree = parser.parse(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise StepError(f'"{pattern}" is no regular expression: {error}') from error
    made = _Making(random)
    text = made.sequence(tree)
    if compiled.fullmatch(text) is None:  # flags such as (?x), groups that are asked for before they are there
        raise StepError(f'No text could be made for "{pattern}"', "Use characters, [sets], groups, | and {repeats}.")
    return text


class _Making:
    """One text in the making: remembers its groups for `\\1`, and how long it is."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._groups: dict[int, str] = {}
        self._length = 0

    def sequence(self, items: Any) -> str:
        return "".join(self._one(str(kind), value) for kind, value in items)

    def _one(self, kind: str, value: Any) -> str:
        if kind in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            least, most, inner = value
            count = self._random.randint(least, min(most, least + MOST_REPEATS))
            if count > MAX_LENGTH:
                raise StepError(f"A text of {count} repeats is too long")
            return "".join(self.sequence(inner) for _ in range(count))
        if kind == "BRANCH":
            return self.sequence(self._random.choice(value[1]))
        if kind == "SUBPATTERN":
            text = self.sequence(value[3])
            if value[0] is not None:
                self._groups[value[0]] = text
            return text
        if kind == "ATOMIC_GROUP":
            return self.sequence(value)
        if kind == "GROUPREF":
            return self._groups.get(value, "")
        if kind == "AT":
            if str(value) in ("AT_BEGINNING", "AT_BEGINNING_STRING", "AT_END", "AT_END_STRING"):
                return ""
            raise StepError("\\b and \\B have no meaning in a text that is made up")
        return self._sign(kind, value)

    def _sign(self, kind: str, value: Any) -> str:
        self._length += 1
        if self._length > MAX_LENGTH:
            raise StepError(f"The text would be longer than {MAX_LENGTH} characters")
        if kind == "LITERAL":
            return chr(value)
        if kind == "NOT_LITERAL":
            return self._random.choice([sign for sign in ANY if sign != chr(value)])
        if kind == "ANY":
            return self._random.choice(ANY)
        if kind == "IN":
            return self._random.choice(_set(value))
        raise StepError(f"{kind.lower().replace('_', ' ')} has no meaning in a text that is made up")


def _set(items: Any) -> list[str]:
    """The signs of `[a-z0-9]`; of a negated set the printable ones."""
    is_negated = str(items[0][0]) == "NEGATE"
    signs: dict[str, None] = {}
    for kind, value in items:
        name = str(kind)
        if name == "LITERAL":
            signs[chr(value)] = None
        elif name == "RANGE":
            signs.update(dict.fromkeys(chr(code) for code in range(value[0], min(value[1], value[0] + 65535) + 1)))
        elif name == "CATEGORY":
            signs.update(dict.fromkeys(_CATEGORIES[str(value)]))
    if is_negated:
        return [sign for sign in _PRINTABLE if sign not in signs] or ["\u00e9"]
    return list(signs)
