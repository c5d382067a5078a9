"""JSON Pointer (RFC 6901): read, set and remove by path, and say how far a path got.

Not here: JSONPath and the choice between the two (`json_path.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from apitest.core import nearest
from apitest.errors import AssertionFailed, Mismatch, StepError

_INDEX = re.compile(r"0|[1-9][0-9]*")
_BAD_ESCAPE = re.compile(r"~(?![01])")
SHOWN_KEYS = 12


@dataclass(frozen=True, slots=True)
class Found:
    value: Any


@dataclass(frozen=True, slots=True)
class Missing:
    """A path that leads nowhere.  parent: pointer of the deepest place that exists; reason: one line about it."""

    pointer: str
    parent: str
    reason: str
    hint: str = ""


def parse(pointer: str) -> list[str]:
    """The tokens of a pointer, escapes undone.

    Raises StepError when it is none.
    """
    if not pointer:
        return []
    if not pointer.startswith("/"):
        raise StepError(
            f'"{pointer}" is no JSON Pointer', f'A path begins with a slash: "/{pointer}". "" is the whole.'
        )
    bad = _BAD_ESCAPE.search(pointer)
    if bad is not None:
        raise StepError(f'"{pointer}" is no JSON Pointer: `~` stands alone', "Write ~0 for ~ and ~1 for / in a key.")
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer[1:].split("/")]


def join(tokens: Iterable[str | int]) -> str:
    """The pointer of these tokens, escapes made."""
    return "".join("/" + str(token).replace("~", "~0").replace("/", "~1") for token in tokens)


def look(document: Any, pointer: str) -> Found | Missing:
    """What stands at a pointer, or how far it got."""
    value = document
    tokens = parse(pointer)
    for depth, token in enumerate(tokens):
        if isinstance(value, dict) and token in value:
            value = value[token]
        elif isinstance(value, (list, tuple)) and _INDEX.fullmatch(token) and int(token) < len(value):
            value = value[int(token)]
        else:
            return _missing(pointer, tokens, depth, value)
    return Found(value)


def read(document: Any, pointer: str, expected: Any = None) -> Any:
    """The value at a pointer.

    Raises AssertionFailed when there is none: it names the deepest place that exists and its keys.  expected is shown
    beside it.
    """
    found = look(document, pointer)
    if isinstance(found, Missing):
        mismatch = Mismatch(pointer, expected, reason=found.reason, has_actual=False)
        raise AssertionFailed(f'path "{pointer}" does not exist', [mismatch], found.hint)
    return found.value


def exists(document: Any, pointer: str) -> bool:
    return isinstance(look(document, pointer), Found)


def write(document: Any, pointer: str, value: Any) -> Any:
    """Sets the value at a pointer, in place, and returns the document (another one when the root is replaced).

    Missing parents are made: a list where the next token is `0` or `-`, else an object.  `-` and the index after the
    last append.  None counts as a missing root.

    Raises StepError when the path leads through a text or a number, or past the end of a list.
    """
    tokens = parse(pointer)
    if not tokens:
        return value
    root = _container(tokens[0]) if document is None else document
    place = root
    for depth, token in enumerate(tokens[:-1]):
        below = _peek(place, token)
        if below is None:
            below = _container(tokens[depth + 1])
            _put(place, token, below, pointer, tokens, depth)
        place = below
    _put(place, tokens[-1], value, pointer, tokens, len(tokens) - 1)
    return root


def remove(document: Any, pointer: str) -> Any:
    """Removes what stands at a pointer, in place, and returns the document; None when that was the whole.

    Raises StepError when there is nothing.
    """
    tokens = parse(pointer)
    found = look(document, pointer)
    if isinstance(found, Missing):
        raise StepError(f'path "{pointer}" does not exist, so it cannot be removed: {found.reason}', found.hint)
    if not tokens:
        return None
    parent = look(document, join(tokens[:-1]))
    assert isinstance(parent, Found)
    if isinstance(parent.value, dict):
        del parent.value[tokens[-1]]
    else:
        del parent.value[int(tokens[-1])]
    return document


def kind(value: Any) -> str:
    """The JSON word for a value's type."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "text"
    if isinstance(value, dict):
        return "object"
    if isinstance(value, (list, tuple)):
        return "list"
    return type(value).__name__


def keys_text(keys: Iterable[str]) -> str:
    """Keys for a message, at most a dozen."""
    names = list(keys)
    shown = ", ".join(names[:SHOWN_KEYS])
    more = len(names) - SHOWN_KEYS
    return f"{shown} and {more} more" if more > 0 else shown or "no keys"


def _missing(pointer: str, tokens: list[str], depth: int, value: Any) -> Missing:
    parent, token = join(tokens[:depth]), tokens[depth]
    where = f'"{parent}"' if parent else "the document"
    if isinstance(value, dict):
        near = nearest.names(token, value, 1)
        hint = ""
        if near:
            instead = join([*tokens[:depth], near[0], *tokens[depth + 1 :]])
            hint = (
                f'path "{pointer}" doesn\'t exist; "{instead}" does'
                if exists(value, join([near[0], *tokens[depth + 1 :]]))
                else (f'"{join([*tokens[:depth], near[0]])}" exists')
            )
        return Missing(pointer, parent, f"{where} has {keys_text(value)}", hint)
    if isinstance(value, (list, tuple)):
        if _INDEX.fullmatch(token) or token == "-":
            size = f"{len(value)} element{'' if len(value) == 1 else 's'}"
            return Missing(pointer, parent, f"{where} is a list with {size}", "The first one is /0." if value else "")
        return Missing(pointer, parent, f"{where} is a list, {token!r} is no index", "Indexes are 0, 1, 2 ...")
    return Missing(pointer, parent, f"{where} is {_article(kind(value))}, nothing is below it")


def _article(word: str) -> str:
    return word if word == "null" else f"an {word}" if word[0] in "aeiou" else f"a {word}"


def _container(token: str) -> Any:
    return [] if token in ("0", "-") else {}


def _peek(place: Any, token: str) -> Any:
    """The value below, None when missing; null counts as missing, so that it is replaced."""
    if isinstance(place, dict):
        return place.get(token)
    if isinstance(place, list) and _INDEX.fullmatch(token) and int(token) < len(place):
        return place[int(token)]
    return None


def _put(place: Any, token: str, value: Any, pointer: str, tokens: list[str], depth: int) -> None:
    if isinstance(place, dict):
        place[token] = value
        return
    where = f'"{join(tokens[:depth])}"' if depth else "the document"
    if not isinstance(place, list):
        raise StepError(f'path "{pointer}" cannot be set: {where} is {_article(kind(place))}')
    if token == "-" or token == str(len(place)):
        place.append(value)
    elif _INDEX.fullmatch(token) and int(token) < len(place):
        place[int(token)] = value
    else:
        raise StepError(
            f'path "{pointer}" cannot be set: {where} is a list of {len(place)}', "Append with - or the next index."
        )
