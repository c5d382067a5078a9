"""Parameters of an API description: their texts in a request as values, values as texts, and values made up for what
nobody gave.  Pure.

Source: OpenAPI 3.1.1, Parameter Object (style values) and Appendix C; RFC 6570 for `label` and `matrix`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

NOT_THERE = object()
"""No such parameter in the request."""

Resolve = Callable[[Any], Any]
"""A schema with its reference followed."""

SEPARATORS = {"spaceDelimited": " ", "pipeDelimited": "|"}
MAX_DEPTH = 8

_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?")
_BY_FORMAT = {
    "date": "2026-01-31",
    "date-time": "2026-01-31T12:00:00Z",
    "time": "12:00:00Z",
    "duration": "PT5M",
    "email": "ann@example.com",
    "uuid": "7d444840-9dc0-11d1-b245-5ffdce74fad2",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "uri-reference": "/example",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "byte": "dGV4dA==",
}


def types_of(schema: Any, resolve: Resolve, depth: int = 0) -> set[str]:
    """The types that a schema allows; none where it does not say."""
    schema = resolve(schema)
    if not isinstance(schema, dict) or depth > MAX_DEPTH:
        return set()
    named = schema.get("type")
    found = set(named if isinstance(named, list) else [named] if isinstance(named, str) else [])
    if schema.get("nullable") is True:
        found.add("null")
    if not found:
        for value in [*_listed(schema, "enum"), *([schema["const"]] if "const" in schema else [])]:
            found.add(_type_of(value))
        for key in ("allOf", "anyOf", "oneOf"):
            for part in _listed(schema, key):
                found |= types_of(part, resolve, depth + 1)
    return found


def coerced(text: str, schema: Any, resolve: Resolve) -> Any:
    """A text as the value of the first type of the schema that it can be; else as it is."""
    types = types_of(schema, resolve)
    if "integer" in types and re.fullmatch(r"-?(?:0|[1-9]\d*)", text):
        return int(text)
    if types & {"number", "integer"} and _NUMBER.fullmatch(text):
        return float(text)
    if "boolean" in types and text in ("true", "false"):
        return text == "true"
    if "null" in types and text in ("", "null") and "string" not in types:
        return None
    return text


def from_query(
    name: str, pairs: Sequence[tuple[str, str]], schema: Any, style: str, is_exploded: bool, resolve: Resolve
) -> Any:
    """The value of a query or form parameter, NOT_THERE where it was not sent."""
    types = types_of(schema, resolve)
    if "object" in types and (style == "deepObject" or is_exploded):
        return _from_pairs(name, pairs, schema, style, resolve)
    texts = [value for key, value in pairs if key == name]
    if not texts:
        return NOT_THERE
    if "array" in types and (is_exploded or len(texts) > 1):
        return [coerced(text, items_of(schema, resolve), resolve) for text in texts]
    if len(texts) > 1:
        return [coerced(text, schema, resolve) for text in texts]  # one was wanted: no schema of one fits a list
    return from_text(texts[0], schema, SEPARATORS.get(style, ","), resolve)


def _from_pairs(name: str, pairs: Sequence[tuple[str, str]], schema: Any, style: str, resolve: Resolve) -> Any:
    properties = properties_of(schema, resolve)
    if style == "deepObject":
        pattern = re.compile(re.escape(name) + r"\[([^\]]*)\]")
        named = [(found[1], value) for key, value in pairs if (found := pattern.fullmatch(key))]
    else:
        named = [(key, value) for key, value in pairs if key in properties]
    if not named:
        return NOT_THERE
    return {key: coerced(value, properties.get(key, {}), resolve) for key, value in named}


def from_text(text: str, schema: Any, separator: str, resolve: Resolve, is_exploded: bool = False) -> Any:
    """A value in one text, as the styles `simple`, `form`, `spaceDelimited` and `pipeDelimited` write it."""
    types = types_of(schema, resolve)
    if "array" in types:
        items = items_of(schema, resolve)
        return [coerced(part, items, resolve) for part in text.split(separator)] if text else []
    if "object" in types:
        properties = properties_of(schema, resolve)
        parts = text.split(separator) if text else []
        if is_exploded:
            named = [part.partition("=")[::2] for part in parts]
        else:
            named = list(zip(parts[::2], parts[1::2], strict=False))
        return {key: coerced(value, properties.get(key, {}), resolve) for key, value in named}
    return coerced(text, schema, resolve)


def from_path(name: str, text: str, schema: Any, style: str, is_exploded: bool, resolve: Resolve) -> Any:
    """The value of a path parameter."""
    separator = ","
    if style == "label":
        text = text.removeprefix(".")
        separator = "." if is_exploded else ","
    elif style == "matrix":
        text = text.removeprefix(";")
        if is_exploded and types_of(schema, resolve) & {"array", "object"}:
            text = text.replace(f"{name}=", "")
            separator = ";"
        else:
            text = text.removeprefix(f"{name}=")
    return from_text(text, schema, separator, resolve, is_exploded)


def form_document(pairs: Sequence[tuple[str, str]], schema: Any, resolve: Resolve) -> dict[str, Any]:
    """The fields of a form as the object that a schema describes."""
    properties = properties_of(schema, resolve)
    found: dict[str, Any] = {}
    for name in dict.fromkeys(key for key, _ in pairs):
        found[name] = from_query(name, pairs, properties.get(name, {}), "form", True, resolve)
    return found


def to_query(name: str, value: Any, style: str, is_exploded: bool) -> list[tuple[str, str]]:
    """A value as query or form parameters."""
    if isinstance(value, dict):
        if style == "deepObject":
            return [(f"{name}[{key}]", as_text(item)) for key, item in value.items()]
        return [(key, as_text(item)) for key, item in value.items()] if is_exploded else [(name, as_text(value))]
    if isinstance(value, list) and is_exploded:
        return [(name, as_text(item)) for item in value]
    return [(name, as_text(value, SEPARATORS.get(style, ",")))]


def to_path(name: str, value: Any, style: str, is_exploded: bool) -> str:
    """A value as a path parameter, not encoded yet."""
    if style == "label":
        return "." + as_text(value, "." if is_exploded else ",")
    if style == "matrix":
        if is_exploded and isinstance(value, list):
            return "".join(f";{name}={as_text(item)}" for item in value)
        return f";{name}={as_text(value)}"
    if is_exploded and isinstance(value, dict):
        return ",".join(f"{key}={as_text(item)}" for key, item in value.items())
    return as_text(value)


def as_text(value: Any, separator: str = ",") -> str:
    """A value as the text of a parameter."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return separator.join(as_text(item) for item in value)
    if isinstance(value, dict):
        return separator.join(f"{key}{separator}{as_text(item)}" for key, item in value.items())
    return json.dumps(value, ensure_ascii=False)


def items_of(schema: Any, resolve: Resolve) -> Any:
    return _keyword(schema, "items", resolve) or {}


def properties_of(schema: Any, resolve: Resolve, depth: int = 0) -> dict[str, Any]:
    """The properties that a schema names, those of its parts included."""
    schema = resolve(schema)
    if not isinstance(schema, dict) or depth > MAX_DEPTH:
        return {}
    found = dict(schema["properties"]) if isinstance(schema.get("properties"), dict) else {}
    for key in ("allOf", "anyOf", "oneOf"):
        for part in _listed(schema, key):
            found = {**properties_of(part, resolve, depth + 1), **found}
    return found


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes up values.  is_answer: what a server answers, whole, instead of the least that a client must send."""

    resolve: Resolve
    is_answer: bool = False

    def example_of(self, holder: Any) -> Any:
        """The example of a media type, parameter or header; without one, a value made up by its schema."""
        if not isinstance(holder, dict):
            return None
        if "example" in holder:
            return holder["example"]
        examples = holder.get("examples")
        for example in examples.values() if isinstance(examples, dict) else ():
            example = self.resolve(example)
            if isinstance(example, dict) and "value" in example:
                return example["value"]
        return self.value(holder.get("schema"))

    def value(self, schema: Any, depth: int = 0) -> Any:
        """A value that fits a schema: its example, default or first choice, else the plainest of its type."""
        schema = self.resolve(schema)
        if not isinstance(schema, dict) or depth > MAX_DEPTH:
            return None
        for key in ("example", "default", "const"):
            if key in schema:
                return schema[key]
        for key in ("examples", "enum"):
            if _listed(schema, key):
                return schema[key][0]
        for key in ("oneOf", "anyOf"):
            if _listed(schema, key):
                return self.value(schema[key][0], depth + 1)
        if _listed(schema, "allOf"):
            return self._of_parts(schema, depth)
        return self._of_type(schema, depth)

    def _of_parts(self, schema: dict[str, Any], depth: int) -> Any:
        properties = properties_of(schema, self.resolve)
        if properties:
            return self._object({"properties": properties, "required": _required_of(schema, self.resolve)}, depth)
        plain = [value for part in schema["allOf"] if (value := self.value(part, depth + 1)) is not None]
        return plain[0] if plain else None

    def _of_type(self, schema: dict[str, Any], depth: int) -> Any:
        kind = schema.get("type")
        if isinstance(kind, list):
            kind = next((one for one in kind if one != "null"), "null")
        if kind == "object" or "properties" in schema:
            return self._object(schema, depth)
        if kind == "array":
            count = max(1, _whole(schema.get("minItems")))
            return [self.value(schema.get("items") or {}, depth + 1) for _ in range(count)]
        if kind in ("integer", "number"):
            return _number(schema)
        if kind == "string":
            text = _BY_FORMAT.get(str(schema.get("format")), "text")
            least, most = _whole(schema.get("minLength")), schema.get("maxLength")
            return text.ljust(least, "x")[: most if isinstance(most, int) else None]
        return True if kind == "boolean" else None

    def _object(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        required = _listed(schema, "required")
        others = "writeOnly" if self.is_answer else "readOnly"  # what only the other side sends
        found = {}
        for name, inner in (schema.get("properties") or {}).items():
            plain = self.resolve(inner)
            if isinstance(plain, dict) and plain.get(others) is True:
                continue
            if self.is_answer or name in required or (depth == 0 and _has_value(plain)):
                found[name] = self.value(inner, depth + 1)
        return found


def _required_of(schema: Any, resolve: Resolve, depth: int = 0) -> list[str]:
    schema = resolve(schema)
    if not isinstance(schema, dict) or depth > MAX_DEPTH:
        return []
    own = list(_listed(schema, "required"))
    return own + [name for part in _listed(schema, "allOf") for name in _required_of(part, resolve, depth + 1)]


def _has_value(schema: Any) -> bool:
    return isinstance(schema, dict) and bool(schema.keys() & {"example", "default", "const"})


def _number(schema: dict[str, Any]) -> Any:
    low, above = schema.get("minimum"), schema.get("exclusiveMinimum")
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    value: Any = 1
    if above is True and low is not None:
        value = low + 1
    elif above is not None and not isinstance(above, bool):
        value = above + 1
    elif low is not None:
        value = low
    elif isinstance(high, int | float) and high < 1:
        value = high
    step = schema.get("multipleOf")
    if isinstance(step, int | float) and step > 0:
        value = -(-value // step) * step
    return value


def _whole(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _keyword(schema: Any, name: str, resolve: Resolve, depth: int = 0) -> Any:
    schema = resolve(schema)
    if not isinstance(schema, dict) or depth > MAX_DEPTH:
        return None
    if name in schema:
        return schema[name]
    for key in ("allOf", "anyOf", "oneOf"):
        for part in _listed(schema, key):
            found = _keyword(part, name, resolve, depth + 1)
            if found is not None:
                return found
    return None


def _listed(schema: dict[str, Any], key: str) -> list[Any]:
    value = schema.get(key)
    return value if isinstance(value, list) else []


def _type_of(value: Any) -> str:
    if value is None:
        return "null"
    for kind, name in ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"), (list, "array")):
        if isinstance(value, kind):
            return name
    return "object"
