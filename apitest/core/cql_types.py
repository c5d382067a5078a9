"""CQL types by their names, `map<text, frozen<list<int>>>`: what an author wrote -> the JSON that Cassandra itself
turns into a value of that type, or the value of a bound parameter.

Pure: which type a column has, the database says (`transports/cassandra.py`).
"""

from __future__ import annotations

import datetime as dt
import decimal
import json
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from apitest.core.literals import parse_literal
from apitest.errors import StepError

TEXTS = frozenset(("text", "varchar", "ascii"))
LISTS = frozenset(("list", "set", "tuple", "vector"))
WRAPPERS = frozenset(("frozen", "reversed"))

_WORD = re.compile(r'\s*("(?:[^"]|"")*"|[^\s<>,]+|[<>,])')

_UNITS = (("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 10**9), ("ms", 10**6), ("us", 1000), ("ns", 1))

Fields = Callable[[str], "Mapping[str, CQLType] | None"]
"""The fields of a user-defined type by its name; None where there is no such type."""


@dataclass(frozen=True, slots=True)
class CQLType:
    """name: in lower case, without frozen; inner: what stands between < and >."""

    name: str
    inner: tuple[CQLType, ...] = ()


def parse_type(text: str) -> CQLType:
    """`frozen<map<text, int>>` -> its parts.  Raises StepError for what is no type."""
    words = _WORD.findall(text)
    found, end = _read(words, 0, text)
    if end != len(words):
        raise StepError(f"{text!r} is no CQL type")
    return found


def as_json(value: Any, wanted: CQLType, fields: Fields) -> str:
    """What stands in a cell, or a stored value -> JSON text for `fromJson`, as the type wants it.  `~null` is null.

    Raises StepError for a text that can be no collection.
    """
    return json.dumps(_shaped(value, wanted, fields), ensure_ascii=False)


def coerce(value: Any, type_name: str) -> Any:
    """A stored text as the type of the parameter it is bound to; other values stay.  Raises StepError."""
    if type_name in TEXTS:
        return value if isinstance(value, str) or value is None else str(value)
    convert = _NATIVE.get(type_name)
    if not isinstance(value, str) or convert is None:
        return value
    if value == "~null":
        return None
    try:
        return convert(value.strip())
    except (ValueError, decimal.InvalidOperation):
        raise StepError(f'"{value}" is no {type_name}') from None


def duration_text(months: int, days: int, nanoseconds: int) -> str:
    """A duration as CQL has it: `1y2mo3d4h5m6s7ms`."""
    is_negative = min(months, days, nanoseconds) < 0
    years, months = divmod(abs(months), 12)
    made = [(years, "y"), (months, "mo"), (abs(days), "d")]
    left = abs(nanoseconds)
    for unit, size in _UNITS:
        count, left = divmod(left, size)
        made.append((count, unit))
    return ("-" if is_negative else "") + ("".join(f"{count}{unit}" for count, unit in made if count) or "0s")


def _read(words: list[str], index: int, text: str) -> tuple[CQLType, int]:
    if index >= len(words) or words[index] in "<>,":
        raise StepError(f"{text!r} is no CQL type")
    word = words[index]
    name = word[1:-1].replace('""', '"') if word.startswith('"') else word.lower()
    index += 1
    inner: list[CQLType] = []
    if index < len(words) and words[index] == "<":
        while words[index] != ">":
            found, index = _read(words, index + 1, text)
            inner.append(found)
            if index >= len(words) or words[index] not in ",>":
                raise StepError(f"{text!r} is no CQL type")
        index += 1
    if name in WRAPPERS and len(inner) == 1:
        return inner[0], index
    return CQLType(name, tuple(inner)), index


def _shaped(value: Any, wanted: CQLType, fields: Fields) -> Any:
    if value is None or (type(value) is str and value == "~null"):
        return None
    if wanted.name in LISTS:
        return _list(value, wanted, fields)
    if wanted.name == "map" and len(wanted.inner) == 2:
        pairs = _document(value, wanted.name)
        key, item = wanted.inner
        return {_key(_shaped(name, key, fields)): _shaped(one, item, fields) for name, one in pairs.items()}
    if wanted.name not in _SCALARS and (own := fields(wanted.name)) is not None:
        given = _document(value, wanted.name)
        unknown = [name for name in given if name not in own]
        if unknown:
            raise StepError(f'The type {wanted.name} has no field "{unknown[0]}"', f"There are: {', '.join(own)}")
        return {name: _shaped(one, own[name], fields) for name, one in given.items()}
    return _scalar(value, wanted.name)


def _list(value: Any, wanted: CQLType, fields: Fields) -> list[Any]:
    items = _elements(value, wanted.name)
    if wanted.name == "tuple":
        if len(items) != len(wanted.inner):
            raise StepError(f"{len(items)} values for a tuple of {len(wanted.inner)}")
        return [_shaped(item, kind, fields) for item, kind in zip(items, wanted.inner, strict=True)]
    return [_shaped(item, wanted.inner[0], fields) for item in items]


def _scalar(value: Any, name: str) -> Any:
    if name in TEXTS:
        return value if isinstance(value, str) else _text(value)
    if name == "blob":
        data = value if isinstance(value, bytes) else _text(value).encode()
        return _text(value) if data.startswith(b"0x") else f"0x{data.hex()}"
    if name == "timestamp" and isinstance(value, str | dt.datetime):
        return _timestamp(value)
    if isinstance(value, bool | int | float) or not isinstance(value, str):
        return value if isinstance(value, bool | int | float | list | dict) else _text(value)
    return value.strip()


def _timestamp(value: str | dt.datetime) -> str:
    """With its zone: Cassandra takes a time without one for its own."""
    if isinstance(value, dt.datetime):
        moment = value
    else:
        try:
            moment = _moment(value.strip())
        except ValueError:
            return value.strip()
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.timezone.utc)
    return moment.astimezone(dt.timezone.utc).isoformat(sep=" ", timespec="milliseconds")


def _key(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _text(value: Any) -> str:
    if isinstance(value, bool | list | dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _elements(value: Any, kind: str) -> list[Any]:
    """A list, or a text that is one: JSON, a Python literal, or `[a, b]` without quotes."""
    if isinstance(value, str):
        text = value.strip()
        found = _read_document(text)
        if found is None and text[:1] + text[-1:] in ("[]", "{}", "()"):
            found = [part.strip() for part in text[1:-1].split(",") if part.strip()]
        value = found
    if isinstance(value, dict) and not value:
        return []
    if isinstance(value, list | tuple | set | frozenset):
        return list(value)
    raise StepError(f"A {kind} is written like [1, 2]")


def _document(value: Any, kind: str) -> dict[Any, Any]:
    found = _read_document(value.strip()) if isinstance(value, str) else value
    if isinstance(found, Mapping):
        return dict(found)
    raise StepError(f'A {kind} is written like {{"key": 1}}')


def _read_document(text: str) -> Any:
    try:
        return json.loads(text, parse_float=decimal.Decimal)
    except ValueError:
        pass
    try:
        return parse_literal(text)
    except StepError:
        return None


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false", "1", "0", "yes", "no"):
        raise ValueError(text)
    return text.lower() in ("true", "1", "yes")


def _moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text.replace("Z", "+00:00"))


_NATIVE: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("int", "bigint", "smallint", "tinyint", "varint", "counter"), int),
    **dict.fromkeys(("float", "double"), float),
    **dict.fromkeys(("uuid", "timeuuid"), uuid.UUID),
    "decimal": decimal.Decimal,
    "boolean": _boolean,
    "timestamp": _moment,
    "blob": lambda text: bytes.fromhex(text[2:]) if text.startswith("0x") else text.encode(),
}
_SCALARS = frozenset((*TEXTS, *_NATIVE, "date", "time", "duration", "inet"))
