"""Bytes <-> plain data, by data format: JSON and forms; raw is no format.  Pure.

JSON is orjson's: strict UTF-8, no NaN.  Source: RFC 8259; URL-encoded forms as in the URL standard.
"""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

import orjson

from server.errors import Problem
from server.simpleio.elements import NOT_GIVEN, NotGiven, getter_of, text_of

JSON: Final = "json"
FORM: Final = "form"
# `post` is what older definitions call a form.
FORM_WORDS = frozenset(("form", "post"))
CONTENT_TYPES: Final = {
    JSON: "application/json",
    FORM: "application/x-www-form-urlencoded",
    "": "text/plain; charset=utf-8",
}
# PERF a form of a million names costs seconds: browsers' forms have tens.
MAX_FORM_FIELDS = 10_000


class ParseProblem(ValueError):
    """A body that is not in its format.  line and column: 1-based, 0 if not known."""

    def __init__(self, text: str, line: int = 0, column: int = 0) -> None:
        super().__init__(text)
        self.text = text
        self.line = line
        self.column = column

    def as_problem(self) -> Problem:
        """For a reply."""
        where = f", line {self.line} column {self.column}" if self.line else ""
        return Problem("", self.text + where)


def parse(data_format: str | None, body: bytes | str) -> Any:
    """A body -> plain data; an empty one is None; no format gives it back as it is.  Raises ParseProblem."""
    if not data_format:
        return body
    if not body:
        return None
    if data_format == JSON:
        return parse_json(body)
    if data_format in FORM_WORDS:
        return parse_form(body)
    raise ParseProblem(f"the data format '{data_format}' cannot be read")


def encode(data_format: str | None, payload: Any) -> tuple[bytes, str]:
    """Plain data -> (body, content type).  Texts and bytes go as they are, whatever the format."""
    if payload is None:
        return b"", CONTENT_TYPES.get(data_format or JSON, CONTENT_TYPES[JSON])
    if isinstance(payload, (bytes, bytearray, memoryview)):
        return bytes(payload), CONTENT_TYPES.get(data_format or "", CONTENT_TYPES[""])
    if isinstance(payload, str):
        return payload.encode(), CONTENT_TYPES.get(data_format or "", CONTENT_TYPES[""])
    if data_format in FORM_WORDS and isinstance(payload, Mapping):
        return encode_form(payload).encode(), CONTENT_TYPES[FORM]
    return encode_json(payload), CONTENT_TYPES[JSON]


def parse_json(body: bytes | str) -> Any:
    """JSON -> plain data.  Raises ParseProblem with line and column."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ParseProblem(f"not JSON: {error.msg}", error.lineno, error.colno) from None


def encode_json(value: Any) -> bytes:
    """Plain data, and what services put beside it (dates, decimals, UUIDs, rows, sets, bytes) -> JSON.

    Raises TypeError for what has no form in JSON, naming its type.
    """
    try:
        return orjson.dumps(value, _plain, orjson.OPT_NON_STR_KEYS)
    except orjson.JSONEncodeError as error:
        raise TypeError(f"the payload cannot be written as JSON: {error.__cause__ or error}") from error


def parse_form(body: bytes | str) -> dict[str, Any]:
    """A URL-encoded form -> texts by name, or a list of them where a name repeats.  Raises ParseProblem."""
    try:
        text = body.decode() if isinstance(body, (bytes, bytearray)) else body
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_FORM_FIELDS)
    except UnicodeDecodeError:
        raise ParseProblem("not a form: it is not UTF-8") from None
    except ValueError as error:
        raise ParseProblem(f"not a form: {error}") from None
    return collect(pairs)


def collect(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Pairs -> one value a name, or a list of them where the name repeats."""
    out: dict[str, Any] = {}
    for name, value in pairs:
        if name not in out:
            out[name] = value
        elif type(out[name]) is list:
            out[name].append(value)
        else:
            out[name] = [out[name], value]
    return out


def encode_form(payload: Mapping[str, Any]) -> str:
    """Elements -> a URL-encoded form; a list becomes a repeated name, None is left out."""
    pairs = []
    for name, value in payload.items():
        for one in value if isinstance(value, (list, tuple)) else (value,):
            if one is not None:
                pairs.append((name, encode_json(one).decode() if isinstance(one, dict) else text_of(one)))
    return urlencode(pairs)


def _plain(value: Any) -> Any:
    if isinstance(value, decimal.Decimal):
        return str(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, (set, frozenset, tuple)) or type(value).__name__ in ("dict_keys", "dict_values"):
        return list(value)
    if isinstance(value, dt.timedelta):
        return value.total_seconds()
    if isinstance(value, NotGiven):
        return None
    get, names = getter_of(value)
    if get is not None and (names or isinstance(value, Mapping)):
        return {name: get(name) for name in names if get(name) is not NOT_GIVEN}
    raise TypeError(f"a value of the type {type(value).__module__}.{type(value).__qualname__} has no form in JSON")
