"""JSON in the request: values set by JSON Pointer.

Not here: paths themselves (`core/json_pointer.py`), dates (`dates.py`), checks of the response (`json.py`).
"""

from __future__ import annotations

import copy
import uuid
from typing import Any

from apitest.catalogue import step
from apitest.core import json_pointer
from apitest.core.literals import parse_float, parse_integer, parse_list
from apitest.errors import StepError
from apitest.steps import random_values
from apitest.steps.step_input import (
    json_of,
    literal_of,
    parse_json,
    random_of,
    resolved_rows,
    text_of,
)

REQUEST_TYPES = ("text", "integer", "float", "boolean", "null", "list", "JSON", "literal")


def set_in_request(ctx: Any, path: Any, value: Any) -> None:
    """Puts a value at a path of the request's JSON body, which is made or parsed first."""
    request = ctx.apitest.request
    request.body = json_pointer.write(_request_document(request), text_of(path), copy.deepcopy(value))


@step(
    'path "{path}" in request is "{value}"',
    meaning="Sets a text, or the value of a look-up with its type.",
    example='path "/name" in request is "Ann"',
    upstream=True,
)
def request_text(ctx: Any, path: Any, value: Any) -> None:
    set_in_request(ctx, path, value)


@step(
    'path "{path}" in request is "{value}" (with literal_eval)',
    meaning="Sets what this Python literal means: a number, a list, a dict, True, None ...",
    example='path "/tags" in request is "[\'a\', 1]" (with literal_eval)',
    upstream=True,
)
def request_literal(ctx: Any, path: Any, value: Any) -> None:
    set_in_request(ctx, path, literal_of(value))


@step(
    'path "{path}" in request is a UUID',
    meaning="Sets a new UUID of version 4: 32 hexadecimal digits.",
    example='path "/id" in request is a UUID',
    upstream=True,
)
def request_uuid(ctx: Any, path: Any) -> None:
    set_in_request(ctx, path, uuid.UUID(int=random_of(ctx).getrandbits(128), version=4).hex)


@step(
    'path "{path}" in request is a UUID4',
    meaning="The same as `is a UUID`.",
    example='path "/ref/id" in request is a UUID4',
    upstream=True,
)
def request_uuid4(ctx: Any, path: Any) -> None:
    request_uuid(ctx, path)


@step(
    'path "{path}" in request is an integer "{value}"',
    meaning="Sets a whole number.",
    example='path "/qty" in request is an integer "3"',
    upstream=True,
)
def request_integer(ctx: Any, path: Any, value: Any) -> None:
    set_in_request(ctx, path, parse_integer(value))


@step(
    'path "{path}" in request is a float "{value}"',
    meaning="Sets a decimal number.",
    example='path "/price" in request is a float "9.90"',
    upstream=True,
)
def request_float(ctx: Any, path: Any, value: Any) -> None:
    set_in_request(ctx, path, parse_float(value))


@step(
    'path "{path}" in request is a list "{value}"',
    meaning="Sets a list of texts, separated by commas.",
    example='path "/tags" in request is a list "red,blue"',
    upstream=True,
)
def request_list(ctx: Any, path: Any, value: Any) -> None:
    set_in_request(ctx, path, parse_list(value))


@step(
    'path "{path}" in request is a random string',
    meaning="Sets a text that nothing else has: `a` and 32 hexadecimal digits.",
    example='path "/ref" in request is a random string',
    upstream=True,
)
def request_random_string(ctx: Any, path: Any) -> None:
    set_in_request(ctx, path, random_values.random_string(random_of(ctx)))


@step(
    'path "{path}" in request is a random integer',
    meaning="Sets a whole number from 0 to 99.",
    example='path "/qty" in request is a random integer',
    upstream=True,
)
def request_random_integer(ctx: Any, path: Any) -> None:
    set_in_request(ctx, path, random_of(ctx).randrange(100))


@step(
    'path "{path}" in request is a random float',
    meaning="Sets a decimal number from 0 to below 100.",
    example='path "/price" in request is a random float',
    upstream=True,
)
def request_random_float(ctx: Any, path: Any) -> None:
    set_in_request(ctx, path, random_of(ctx).random() * 100)


@step(
    'path "{path}" in request is a random "{kind}"',
    meaning="Sets a made-up value of a kind: name, e-mail, phone, text:20, number:1..9 ...",
    example='path "/mail" in request is a random "e-mail"',
)
def request_random_kind(ctx: Any, path: Any, kind: Any) -> None:
    set_in_request(ctx, path, random_values.generate(text_of(kind), random_of(ctx)))


@step(
    'path "{path}" in request is one of "{value}"',
    meaning="Sets one of these texts, picked at random.",
    example='path "/size" in request is one of "S,M,L"',
    upstream=True,
)
def request_one_of(ctx: Any, path: Any, value: Any) -> None:
    choices = parse_list(value)
    if not choices:
        raise StepError("There is nothing to pick from")
    set_in_request(ctx, path, random_of(ctx).choice(choices))


@step(
    'path "{path}" in request is True',
    meaning="Sets true.",
    example='path "/gift" in request is True',
    upstream=True,
)
def request_true(ctx: Any, path: Any) -> None:
    set_in_request(ctx, path, True)


@step(
    'path "{path}" in request is False',
    meaning="Sets false.",
    example='path "/gift" in request is False',
    upstream=True,
)
def request_false(ctx: Any, path: Any) -> None:
    set_in_request(ctx, path, False)


@step(
    'path "{path}" in request is JSON "{value...}"',
    meaning="Sets any JSON.",
    example='path "/to" in request is JSON "{"zip": "1000"}"',
)
def request_json(ctx: Any, path: Any, value: Any) -> None:
    set_in_request(ctx, path, json_of(value))


@step(
    'path "{path}" in request is (null/removed)',
    meaning="Sets null; or takes the value out.",
    example='path "/note" in request is removed',
)
def request_null_or_removed(ctx: Any, path: Any, choice: str) -> None:
    if choice == "null":
        set_in_request(ctx, path, None)
    else:
        request = ctx.apitest.request
        request.body = json_pointer.remove(_request_document(request), text_of(path))


@step(
    "request has these values",
    meaning=f"Sets several values. Columns: path, type ({', '.join(REQUEST_TYPES)}) and value.",
    example="request has these values",
    needs="table",
)
def request_values(ctx: Any) -> None:
    for row in resolved_rows(ctx, ("path", "value"), ("type",)):
        set_in_request(ctx, row["path"], _typed(row.get("type", "text"), row["value"]))


# Inside


def _request_document(request: Any) -> Any:
    """The request's body as a document that can be changed."""
    body = request.body
    if isinstance(body, bytes):
        body = body.decode("utf-8", "replace")
    if isinstance(body, str):
        return parse_json(body, None, "the request's body")
    if not request.request_format:
        request.request_format = "JSON"
    return body


def _typed(kind: Any, value: Any) -> Any:
    name = text_of(kind).strip().lower()
    if name in ("", "text", "string"):
        return value
    if name == "integer":
        return parse_integer(value)
    if name in ("float", "number"):
        return parse_float(value)
    if name == "boolean":
        if isinstance(value, bool):
            return value
        if text_of(value).lower() in ("true", "false"):
            return text_of(value).lower() == "true"
        raise StepError(f"{text_of(value)!r} is no boolean", "Write true or false.")
    if name == "null":
        return None
    if name == "list":
        return parse_list(value)
    if name == "json":
        return json_of(value)
    if name == "literal":
        return literal_of(value)
    raise StepError(f'There is no type "{text_of(kind)}"', f"One of: {', '.join(REQUEST_TYPES)}")
