"""JSON text -> values, strictly: what is no JSON is told with line and column, and so are keys that come twice.

Not here: paths (`json_pointer.py`, `json_path.py`).
"""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

from apitest.errors import ApitestError, AssertionFailed, Mismatch, StepError

_KEYS = re.compile(rb'"\s*:')
_LONG_NUMBER = re.compile(rb"\d{19}")
SHOWN_CHARACTERS = 60


def parse(text: str, what: str = "the text") -> Any:
    """A JSON text of a test's own: an expected value, a request body.

    Raises StepError with line and column.
    """
    return _parse(text.encode("utf-8", "surrogatepass"), what, StepError)


def parse_response(body: bytes, what: str = "the response") -> Any:
    """The JSON document of an answer, or of a message.

    Raises AssertionFailed when it is none, or when an object has a key twice.
    """
    return _parse(body, what, None)


def is_json(body: bytes) -> bool:
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return True


def _parse(body: bytes, what: str, error_class: type[ApitestError] | None) -> Any:
    def problem(message: str, hint: str = "") -> ApitestError:
        if error_class is not None:
            return error_class(message, hint)
        shown = body[:SHOWN_CHARACTERS].decode("utf-8", "replace")
        return AssertionFailed(message, [Mismatch("", "a JSON document", shown)], hint)

    if body.startswith(b"\xef\xbb\xbf"):
        body = body[3:]
    if not body.strip():
        raise problem(f"{what} is empty, not JSON")
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        line = body.decode("utf-8", "replace").splitlines()[error.lineno - 1 : error.lineno]
        near = line[0][max(0, error.colno - 20) : error.colno + 20].strip() if line else ""
        raise problem(
            f"{what} is no JSON: {error.msg}, line {error.lineno}, column {error.colno}", f"Near: {near}"
        ) from None
    if _LONG_NUMBER.search(body):
        value = json.loads(body)  # NOTE orjson makes a float of a whole number beyond 64 bits
    # PERF a key that comes twice is looked for only when the text has more keys than the value: the count never
    # falls short, as every key ends with a quote and a colon.
    if len(_KEYS.findall(body)) != _count_keys(value):
        double = _find_double(body)
        if double is not None:
            raise problem(f"{what} has the key {double!r} twice in one object", "Readers disagree on which one counts.")
    return value


def _count_keys(value: Any) -> int:
    if isinstance(value, dict):
        return len(value) + sum(_count_keys(item) for item in value.values() if isinstance(item, (dict, list)))
    if isinstance(value, list):
        return sum(_count_keys(item) for item in value if isinstance(item, (dict, list)))
    return 0


def _find_double(body: bytes) -> str | None:
    doubles: list[str] = []

    def build(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            seen: set[str] = set()
            doubles.extend(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        return found

    json.loads(body, object_pairs_hook=build)
    return doubles[0] if doubles else None
