"""An API description (OpenAPI 3.x) -> expectations: every operation answers with its example.

Taken is the first successful response; of its body the example, else the first of `examples`, else what its schema
says (example, default, const, enum, then made up by type).  Pure.  Not here: checking calls against a description.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from apitest.core import json_pointer
from apitest.core.json_pointer import Found
from apitest.core.lookups import shield
from apitest.errors import FileProblem
from apitest.mocks.rules import Answer, Expectation

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
MAX_DEPTH = 12
"""Schemas may contain themselves."""

_BY_FORMAT = {
    "date": "2026-01-31",
    "date-time": "2026-01-31T12:00:00Z",
    "time": "12:00:00Z",
    "email": "ann@example.com",
    "uuid": "7d444840-9dc0-11d1-b245-5ffdce74fad2",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "byte": "dGV4dA==",
}


def expectations(document: Any, name: str) -> list[Expectation]:
    """All operations of a description.  Raises FileProblem where it is none."""
    version = document.get("openapi") if isinstance(document, dict) else None
    if not str(version or "").startswith("3.") or not isinstance(document.get("paths"), dict):
        raise FileProblem(f'"{name}" is no OpenAPI 3 description', "Wanted: openapi: 3.x.y, and paths")
    prefix = _prefix(document)
    found = []
    for path, item in document["paths"].items():
        item = _resolved(document, item)
        for method in METHODS:
            if isinstance(item, dict) and isinstance(item.get(method), dict):
                answer = _answer(document, item[method])
                found.append(Expectation(method.upper(), prefix + path, [answer], source=name))
    if not found:
        raise FileProblem(f'"{name}" describes no operation')
    return found


def _prefix(document: Any) -> str:
    """What the first server's address has as path: `https://shop.test/v1` -> `/v1`."""
    servers = document.get("servers") or []
    url = servers[0].get("url", "") if servers and isinstance(servers[0], dict) else ""
    return urlsplit(str(url)).path.rstrip("/")


def _answer(document: Any, operation: dict[str, Any]) -> Answer:
    responses = operation.get("responses") or {}
    status, response = min(responses.items(), key=lambda pair: _rank(str(pair[0])), default=("200", {}))
    response = _resolved(document, response)
    code = str(status)
    number = int(code) if code.isdigit() else int(code[0]) * 100 if code[:1].isdigit() else 200
    headers = [(name, str(_value(document, _resolved(document, item)))) for name, item in _items(response, "headers")]
    content = response.get("content") or {}
    if not content:
        return Answer(number, tuple(headers), is_ready=True)
    kind = next((name for name in content if "json" in name), next(iter(content)))
    body = _value(document, content[kind])
    if not isinstance(body, str) or "json" in kind:
        body = json.dumps(body, ensure_ascii=False, default=str)
    return Answer(number, (("Content-Type", kind.replace("*/*", "application/json")), *headers), body, is_ready=True)


def _rank(status: str) -> tuple[int, str]:
    """Success first, the default last."""
    return (0 if status.startswith("2") else 2 if status == "default" else 1, status)


def _items(response: Any, key: str) -> Iterator[tuple[str, Any]]:
    yield from (response.get(key) or {}).items()


def _value(document: Any, holder: Any) -> Any:
    """The example of a media type or header."""
    if not isinstance(holder, dict):
        return None
    if "example" in holder:
        return shield(holder["example"])
    for example in (holder.get("examples") or {}).values():
        example = _resolved(document, example)
        if isinstance(example, dict) and "value" in example:
            return shield(example["value"])
    return _of_schema(document, holder.get("schema") or {}, 0)


def _of_schema(document: Any, schema: Any, depth: int) -> Any:
    schema = _resolved(document, schema)
    if not isinstance(schema, dict) or depth > MAX_DEPTH:
        return None
    for key in ("example", "default", "const"):
        if key in schema:
            return schema[key]
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    for key in ("oneOf", "anyOf"):
        if schema.get(key):
            return _of_schema(document, schema[key][0], depth + 1)
    if schema.get("allOf"):
        parts: list[Any] = [_of_schema(document, part, depth + 1) for part in schema["allOf"]]
        merged: dict[str, Any] = {}
        for part in parts:
            merged |= part if isinstance(part, dict) else {}
        plain = [part for part in parts if part is not None]
        return merged or (plain[0] if plain else None)
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), "null")
    if kind == "object" or "properties" in schema:
        properties = schema.get("properties") or {}
        return {name: _of_schema(document, inner, depth + 1) for name, inner in properties.items()}
    if kind == "array":
        return [_of_schema(document, schema.get("items") or {}, depth + 1)]
    if kind in ("integer", "number"):
        low: Any = schema.get("minimum", schema.get("exclusiveMinimum", 0))
        return low + 1 if "exclusiveMinimum" in schema and not isinstance(low, bool) else low
    if kind == "string":
        text = _BY_FORMAT.get(str(schema.get("format")), "text")
        least = schema.get("minLength", 0)
        return text.ljust(least, "x")[: schema.get("maxLength", len(text) + least)]
    return True if kind == "boolean" else None


def _resolved(document: Any, value: Any) -> Any:
    """What a `$ref` within the document points at."""
    for _ in range(MAX_DEPTH):
        if not isinstance(value, dict) or "$ref" not in value:
            return value
        target = str(value["$ref"])
        found = json_pointer.look(document, target[1:]) if target.startswith("#") else None
        if not isinstance(found, Found):
            raise FileProblem(f"The description refers to {target}, which is not in it")
        value = found.value
    raise FileProblem("The description refers to itself without an end")
