"""The schemas of an API description as plain JSON Schema 2020-12, as they hold for requests or for responses.

OpenAPI 3.0 has a dialect of its own (`nullable`, boolean `exclusiveMinimum`, references without siblings); in all of
3.x a request need not have what is read-only, and a response must not have what is write-only.  Pure.

Source: OpenAPI 3.0.4 (Schema Object, Data Types), 3.1.1 (Schema Object), JSON Schema 2020-12 validation 9.4.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from apitest.core.json_schema import has_names, is_data

REQUEST, RESPONSE = "request", "response"

Look = Callable[[str], Any]
"""look(reference): what a `$ref` points at, None where nothing is there."""

MAX_DEPTH = 8
"""Of references and `allOf` when a property is asked whether it goes one way only."""

_INT32 = 2**31


def converted(document: Any, direction: str, look: Look, version: str) -> Any:
    """A description, or a document that one refers to, with all its schemas converted.  version: of OpenAPI."""
    return _Conversion(direction, look, is_old=version.startswith("3.0")).of(document)


class _Conversion:
    def __init__(self, direction: str, look: Look, is_old: bool) -> None:
        self._direction = direction
        self._look = look
        self._is_old = is_old
        self._done: dict[tuple[int, bool], Any] = {}  # anchors of YAML make one object stand in many places

    def of(self, value: Any, is_names: bool = False) -> Any:
        if isinstance(value, list):
            return [self.of(item) for item in value]
        if not isinstance(value, dict):
            return value
        key = (id(value), is_names)
        if key not in self._done:
            self._done[key] = self._names(value) if is_names else self._object(value)
        return self._done[key]

    def _names(self, value: dict[str, Any]) -> dict[str, Any]:
        return {name: self.of(item) for name, item in value.items()}

    def _object(self, value: dict[str, Any]) -> Any:
        if self._is_old and isinstance(value.get("$ref"), str):
            return {"$ref": value["$ref"]}
        made = {
            name: item if is_data(name, item) else self.of(item, has_names(name, item)) for name, item in value.items()
        }
        if isinstance(value.get("properties"), dict):
            self._by_direction(value["properties"], made)
        if made.get("format") == "int32" and made.get("type") == "integer":
            made.setdefault("minimum", -_INT32)
            made.setdefault("maximum", _INT32 - 1)
        return _from_3_0(made) if self._is_old else made

    def _by_direction(self, properties: dict[str, Any], made: dict[str, Any]) -> None:
        """What goes one way only is not wanted, or not allowed, the other way."""
        flag = "readOnly" if self._direction == REQUEST else "writeOnly"
        one_way = [name for name, item in properties.items() if self._has(item, flag)]
        if one_way and isinstance(made.get("required"), list):
            made["required"] = [name for name in made["required"] if name not in one_way]
        if one_way and self._direction == RESPONSE:
            made["properties"] = {**made["properties"], **dict.fromkeys(one_way, False)}

    def _has(self, schema: Any, flag: str, depth: int = 0) -> bool:
        if not isinstance(schema, dict) or depth > MAX_DEPTH:
            return False
        if schema.get(flag) is True:
            return True
        if isinstance(schema.get("$ref"), str) and self._has(self._look(schema["$ref"]), flag, depth + 1):
            return True
        parts = schema.get("allOf")
        return isinstance(parts, list) and any(self._has(part, flag, depth + 1) for part in parts)


def _from_3_0(made: dict[str, Any]) -> Any:
    for exclusive, limit in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(made.get(exclusive), bool) and made.pop(exclusive) and limit in made:
            made[exclusive] = made.pop(limit)
    if made.pop("nullable", None) is not True:
        return made
    # NOTE 3.0.4 gives `nullable` a meaning beside `type` only and wants null among `enum` as well; what most authors
    # and generators mean by it is: this, or null.
    if isinstance(made.get("type"), str) and not made.keys() & {"allOf", "anyOf", "oneOf", "not", "const"}:
        made["type"] = [made["type"], "null"]
        if isinstance(made.get("enum"), list) and None not in made["enum"]:
            made["enum"] = [*made["enum"], None]
        return made
    return {"anyOf": [{"type": "null"}, made]}
