"""Raw data -> typed input by a declaration, or every problem with its path.  Pure.

Source: server-interface.md 2.9, rulings 42-44.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic_core import ValidationError

from server.errors import Problem
from server.kernel.names import suggestion
from server.simpleio.declaration import Declaration, MissingText

# A caller who sends a megabyte in a wrong place gets the beginning of it back.
MAX_GIVEN_LENGTH = 100
# Our words for what containers say by themselves; scalars have theirs in elements.py.
_WORDS = {"dict_type": "not an object", "list_type": "not a list"}


class NoSuchElement(AttributeError, KeyError):
    """The input has no such element, whether asked for as an attribute or as a key."""

    def __str__(self) -> str:
        return Exception.__str__(self)  # that of KeyError shows a repr


class Input(dict[str, Any]):
    """The input of a service, by attribute and key.

    A missing optional element is `''`, and `get` gives its own default for one.
    """

    __slots__ = ()

    # PERF attributes are looked up by dict itself, 0.2 us less each than by a function of ours.
    __getattr__ = dict.__getitem__
    __setattr__ = dict.__setitem__

    def __missing__(self, name: Any) -> Any:
        raise NoSuchElement(f"the input has no element '{name}'.{suggestion(str(name), map(str, self))}")

    def get(self, name: str, default: Any = None) -> Any:
        """The element, or the default if it was not sent."""
        found = dict.get(self, name, default)
        return default if type(found) is MissingText else found

    def __repr__(self) -> str:
        return f"Input({dict.__repr__(self)})"


def merged(raw: Any, params: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Parameters of path and query over the elements of the body; a body that is no object has no elements."""
    body = raw if isinstance(raw, Mapping) else {}
    return {**body, **params} if params else body


def read(declaration: Declaration, raw: Any, params: Mapping[str, Any] | None = None) -> Input | list[Problem]:
    """The typed input, or all problems, each with its path as JSON Pointer.

    raw: parsed body: an object, or nothing (None, '') if all comes in params or nothing is required.
    params: values of path and query by name; they win over the body.
    """
    if type(raw) is not dict:
        if raw is None or raw == "" or raw == b"":
            raw = {}
        elif isinstance(raw, Mapping):
            raw = dict(raw)
        else:
            return [Problem("", f"not an object but {_kind(raw)}")]
    elem = declaration.request_elem
    if elem and elem in raw and isinstance(raw[elem], Mapping):
        raw = raw[elem]
    if params:
        raw = {**raw, **params}
    if None in raw.values() and declaration.run_null_is_missing:
        raw = {name: value for name, value in raw.items() if value is not None}
    empty = declaration.run_empty_is_missing
    if empty and "" in raw.values():
        raw = {name: value for name, value in raw.items() if not (name in empty and _is_empty(value))}
    try:
        return Input(declaration.run_validate(raw))
    except ValidationError as error:
        return _problems(declaration, raw, error)


def _is_empty(value: Any) -> bool:
    return isinstance(value, str) and not value


def _problems(declaration: Declaration, raw: Mapping[str, Any], error: ValidationError) -> list[Problem]:
    out: list[Problem] = []
    seen: set[str] = set()
    for one in error.errors(include_url=False, include_context=False):
        path = _pointer(one["loc"])
        if path in seen:
            continue
        seen.add(path)
        if one["type"] == "missing":
            out.append(Problem(path, "missing"))
            continue
        what = _WORDS.get(one["type"], one["msg"])
        has_given = bool(one["loc"]) and str(one["loc"][0]) not in declaration.secret_names
        out.append(Problem(path, what, _given(one["input"]) if has_given else None, has_given))
    return out


def _pointer(place: tuple[int | str, ...]) -> str:
    # RFC 6901: ~ and / are escaped.
    return "".join("/" + str(one).replace("~", "~0").replace("/", "~1") for one in place)


def _given(value: Any) -> Any:
    """A value that is safe to send back: of JSON's types, and short."""
    if isinstance(value, str):
        return value if len(value) <= MAX_GIVEN_LENGTH else value[:MAX_GIVEN_LENGTH] + "..."
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return _kind(value)


def _kind(value: Any) -> str:
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, (list, tuple)):
        return "a list"
    if isinstance(value, (str, bytes)):
        return "a text"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, (int, float)):
        return "a number"
    return f"a value of type {type(value).__name__}"
