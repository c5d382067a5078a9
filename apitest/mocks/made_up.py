"""Markers in what a mock answers stand for values made up for each answer: `~uuid` is another one every time.

Pure: random bits and the time come in.  Not here: what markers mean where values are expected
(`core/marker_checks.py`); whatever is made up here passes the check of its marker.
"""

from __future__ import annotations

import base64
import random
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from apitest.core import markers
from apitest.errors import StepError

_LETTERS = "abcdefghijklmnopqrstuvwxyz"

_MAKERS: dict[str, Callable[[random.Random, datetime, str], Any]] = {
    "any": lambda rnd, now, _: _word(rnd),
    "present": lambda rnd, now, _: _word(rnd),
    "notnull": lambda rnd, now, _: _word(rnd),
    "notempty": lambda rnd, now, _: _word(rnd),
    "null": lambda rnd, now, _: None,
    "string": lambda rnd, now, _: _word(rnd),
    "text": lambda rnd, now, _: _word(rnd),
    "number": lambda rnd, now, _: rnd.randrange(1000),
    "integer": lambda rnd, now, _: rnd.randrange(1000),
    "float": lambda rnd, now, _: round(rnd.random() * 1000, 2) + 0.001,
    "boolean": lambda rnd, now, _: rnd.random() < 0.5,
    "list": lambda rnd, now, _: [],
    "dict": lambda rnd, now, _: {},
    "empty": lambda rnd, now, _: "",
    "uuid": lambda rnd, now, _: str(uuid.UUID(int=rnd.getrandbits(128), version=4)),
    "uuid4": lambda rnd, now, _: str(uuid.UUID(int=rnd.getrandbits(128), version=4)),
    "date": lambda rnd, now, _: now.date().isoformat(),
    "datetime": lambda rnd, now, _: now.isoformat(timespec="milliseconds"),
    "time": lambda rnd, now, _: now.time().isoformat(timespec="seconds"),
    "email": lambda rnd, now, _: f"{_word(rnd)}@example.com",
    "url": lambda rnd, now, _: f"https://example.com/{_word(rnd)}",
    "ip": lambda rnd, now, _: f"192.0.2.{rnd.randrange(1, 255)}",
    "hex": lambda rnd, now, _: f"{rnd.getrandbits(64):016x}",
    "base64": lambda rnd, now, _: base64.b64encode(_word(rnd).encode()).decode(),
    "json": lambda rnd, now, _: "{}",
    "semver": lambda rnd, now, _: f"{rnd.randrange(9)}.{rnd.randrange(9)}.{rnd.randrange(9)}",
    "phone": lambda rnd, now, _: f"+120255501{rnd.randrange(10, 100)}",
    "contains": lambda rnd, now, argument: argument,
    "startswith": lambda rnd, now, argument: argument + _word(rnd),
    "endswith": lambda rnd, now, argument: _word(rnd) + argument,
    "oneof": lambda rnd, now, argument: rnd.choice([part.strip() for part in argument.split(",")]),
    "range": lambda rnd, now, argument: _in_range(rnd, argument),
    "length": lambda rnd, now, argument: _word(rnd, int(_in_range(rnd, argument))),
    "within": lambda rnd, now, argument: now.isoformat(timespec="milliseconds"),
    "each": lambda rnd, now, argument: [make_up(argument, rnd, now) for _ in range(3)],
}


def make_up(document: Any, rnd: random.Random, now: datetime) -> Any:
    """The document with each marker in it replaced by a value of its kind; what is `~absent` is left out.

    Raises StepError for a marker that no value can be made up for.
    """
    if isinstance(document, str):
        marker = markers.parse(document)
        if marker is None:
            return document
        maker = _MAKERS.get(marker.name)
        if maker is None:
            raise StepError(
                f"A mock cannot make up a value for ~{marker.name}",
                f"It can for {', '.join('~' + name for name in sorted(_MAKERS))}. "
                f"For a text that begins with ~, write ~{document}",
            )
        return maker(rnd, now, marker.argument)
    if isinstance(document, list):
        return [make_up(item, rnd, now) for item in document]
    if isinstance(document, dict):
        left = {key: value for key, value in document.items() if value != "~absent"}
        return {key: make_up(value, rnd, now) for key, value in left.items()}
    return document


def _word(rnd: random.Random, length: int = 8) -> str:
    return "".join(rnd.choice(_LETTERS) for _ in range(length))


def _in_range(rnd: random.Random, argument: str) -> Any:
    low, dots, high = argument.partition("..")
    try:
        if not dots:
            high = low
        if "." in low or "." in high:
            return rnd.uniform(float(low), float(high))
        first = int(low or "0")
        return rnd.randint(first, int(high or first + 10))
    except ValueError:
        raise StepError(f'"{argument}" is no range', "For example 1..9") from None
