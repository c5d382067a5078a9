"""Two versions of an API description -> every change that breaks a client of the old one.

What requests may say must not shrink, what responses say must not grow beyond what was promised.  Pure.  Schemas are
compared by their structure: types, required, properties, enumerations, limits; of alternatives, each old one must have
one that fits.

Source: the rules of oasdiff's list of breaking changes, as far as OpenAPI 3.1.1 gives them a meaning.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from apitest.core.compare import NOTHING
from apitest.core.openapi_reading import Document, Holder, Operation, Parameter
from apitest.errors import Mismatch

MAX_DEPTH = 20

LIMITS = {
    "minimum": 1, "exclusiveMinimum": 1, "minLength": 1, "minItems": 1, "minProperties": 1,
    "maximum": -1, "exclusiveMaximum": -1, "maxLength": -1, "maxItems": -1, "maxProperties": -1,
}  # fmt: skip
"""Which way each becomes stricter."""


def breaking(old: Document, new: Document) -> list[Mismatch]:
    """All breaking changes, in the order of the old description."""
    by_title = {_key(operation): operation for operation in new.operations}
    found: list[Mismatch] = []
    for operation in old.operations:
        other = by_title.get(_key(operation))
        if other is None:
            found.append(Mismatch(operation.title, "the operation", reason="is gone", has_actual=False))
        else:
            found += _Comparison(old, new, operation.title).of(operation, other)
    return found


def _key(operation: Operation) -> str:
    """Names of path parameters mean nothing to clients."""
    parts = ["{}" if part.startswith("{") and part.endswith("}") else part for part in operation.path.split("/")]
    return f"{operation.method} {'/'.join(parts)}"


class _Comparison:
    """One operation in both versions."""

    def __init__(self, old: Document, new: Document, title: str) -> None:
        self._old = old
        self._new = new
        self._title = title
        self._pairs: set[tuple[int, int, bool]] = set()  # schemas may contain themselves

    def of(self, old: Operation, new: Operation) -> Iterator[Mismatch]:
        yield from self._parameters(old, new)
        yield from self._bodies(old, new)
        for key, response in old.responses.items():
            other = new.responses.get(key)
            if other is None:
                if key[:1] == "2":
                    yield self._gone(f"response {key}")
                continue
            where = f"response {key}"
            for media_type, holder in response.content.items():
                if media_type not in other.content:
                    yield self._gone(f"{where} as {media_type}")
                else:
                    yield from self._holders(holder, other.content[media_type], where, False)
            names = {header.name.lower(): header for header in other.headers}
            for header in response.headers:
                if header.is_required and not (names.get(header.name.lower()) or header).is_required:
                    yield self._mismatch(f"{where} header {header.name}", "always there", "optional")
                elif header.name.lower() not in names:
                    yield self._gone(f"{where} header {header.name}")

    def _parameters(self, old: Operation, new: Operation) -> Iterator[Mismatch]:
        known = {self._identity(old, parameter): parameter for parameter in old.parameters}
        for parameter in new.parameters:
            before = known.pop(self._identity(new, parameter), None)
            if before is None:
                if parameter.is_required and parameter.where != "path":
                    yield self._mismatch(parameter.title, NOTHING, "required")
                continue
            if parameter.is_required and not before.is_required:
                yield self._mismatch(parameter.title, "optional", "required")
            if (before.style, before.is_exploded) != (parameter.style, parameter.is_exploded):
                yield self._mismatch(f"{parameter.title} style", _style(before), _style(parameter))
            yield from self._holders(before, parameter, parameter.title, True)
        for parameter in known.values():
            if parameter.where != "path":
                yield self._gone(parameter.title)

    def _identity(self, operation: Operation, parameter: Parameter) -> tuple[str, str]:
        if parameter.where == "path":
            holes = [part for part in operation.path.split("/") if "{" in part]
            index = next((number for number, part in enumerate(holes) if "{" + parameter.name + "}" in part), -1)
            return "path", str(index)
        return parameter.where, parameter.name.lower() if parameter.where == "header" else parameter.name

    def _bodies(self, old: Operation, new: Operation) -> Iterator[Mismatch]:
        if new.body is not None and new.body.is_required and (old.body is None or not old.body.is_required):
            yield self._mismatch("request body", "optional" if old.body else NOTHING, "required")
        if old.body is None:
            return
        content = new.body.content if new.body is not None else {}
        for media_type, holder in old.body.content.items():
            if media_type not in content:
                yield self._gone(f"request body as {media_type}")
            else:
                yield from self._holders(holder, content[media_type], "request body", True)

    def _holders(self, old: Holder, new: Holder, where: str, is_request: bool) -> Iterator[Mismatch]:
        if old.schema is not None and new.schema is not None:
            yield from self._schemas(old.schema, new.schema, where, is_request, 0)

    def _schemas(self, raw_old: Any, raw_new: Any, where: str, is_request: bool, depth: int) -> Iterator[Mismatch]:
        old, new = self._old.resolve(raw_old), self._new.resolve(raw_new)
        pair = (id(old), id(new), is_request)
        if not isinstance(old, dict) or not isinstance(new, dict) or depth > MAX_DEPTH or pair in self._pairs:
            return
        self._pairs.add(pair)
        old, new = self._flat(self._old, old), self._flat(self._new, new)
        yield from self._types(old, new, where, is_request)
        yield from self._choices(old, new, where, is_request)
        yield from self._limits(old, new, where, is_request)
        yield from self._properties(old, new, where, is_request, depth)
        if isinstance(old.get("items"), dict) and isinstance(new.get("items"), dict):
            yield from self._schemas(old["items"], new["items"], f"{where}/*", is_request, depth + 1)
        for key in ("oneOf", "anyOf"):
            yield from self._alternatives(key, old, new, where, is_request, depth)

    def _flat(self, document: Document, schema: dict[str, Any], depth: int = 0) -> dict[str, Any]:
        """A schema with the parts of its `allOf` put into it."""
        parts = schema.get("allOf")
        if not isinstance(parts, list) or depth > MAX_DEPTH:
            return schema
        merged: dict[str, Any] = {}
        for raw in [*parts, {key: value for key, value in schema.items() if key != "allOf"}]:
            part = document.resolve(raw)
            if not isinstance(part, dict):
                continue
            part = self._flat(document, part, depth + 1)
            properties = {**merged.get("properties", {}), **(part.get("properties") or {})}
            required = [*merged.get("required", []), *(part.get("required") or [])]
            merged = {**merged, **part, "properties": properties, "required": required}
        return merged

    def _types(self, old: dict[str, Any], new: dict[str, Any], where: str, is_request: bool) -> Iterator[Mismatch]:
        before, after = _types_of(old), _types_of(new)
        narrow, wide = (before, after) if is_request else (after, before)
        # What a client may send must still be taken; what it gets must be what it knew.
        if wide and not (narrow and all(one in wide or (one == "integer" and "number" in wide) for one in narrow)):
            yield self._mismatch(f"{where} type", _words(before), _words(after))

    def _choices(self, old: dict[str, Any], new: dict[str, Any], where: str, is_request: bool) -> Iterator[Mismatch]:
        before, after = _choices_of(old), _choices_of(new)
        narrow, wide = (before, after) if is_request else (after, before)
        if wide is not None and (narrow is None or any(one not in wide for one in narrow)):
            yield self._mismatch(f"{where} values", before if before is not None else "any", after or "any")

    def _limits(self, old: dict[str, Any], new: dict[str, Any], where: str, is_request: bool) -> Iterator[Mismatch]:
        if not is_request:
            return  # a client that takes 1..9 takes 1..20 mostly: other values are no other shape
        for name, way in LIMITS.items():
            before, after = old.get(name), new.get(name)
            if isinstance(after, bool) or isinstance(before, bool) or not isinstance(after, int | float):
                continue
            if not isinstance(before, int | float) or (after - before) * way > 0:
                yield self._mismatch(f"{where} {name}", "none" if before is None else before, after)
        if new.get("pattern") is not None and new.get("pattern") != old.get("pattern"):
            yield self._mismatch(f"{where} pattern", old.get("pattern") or "none", new["pattern"])

    def _properties(
        self, old: dict[str, Any], new: dict[str, Any], where: str, is_request: bool, depth: int
    ) -> Iterator[Mismatch]:
        before, after = old.get("properties") or {}, new.get("properties") or {}
        was_required, is_required = set(old.get("required") or []), set(new.get("required") or [])
        flag = "readOnly" if is_request else "writeOnly"
        for name, schema in before.items():
            place = f"{where}/{name}"
            if self._has(self._old, schema, flag):
                continue
            if name not in after:
                if not is_request or new.get("additionalProperties") is False:
                    yield self._gone(place)
                continue
            yield from self._schemas(schema, after[name], place, is_request, depth + 1)
        for name in sorted(is_required - was_required) if is_request else ():
            if not self._has(self._new, after.get(name), flag):
                yield self._mismatch(f"{where}/{name}", "optional" if name in before else NOTHING, "required")
        for name in sorted(was_required - is_required) if not is_request else ():
            if name in after and not self._has(self._old, before.get(name), flag):
                yield self._mismatch(f"{where}/{name}", "always there", "optional")

    def _alternatives(
        self, key: str, old: dict[str, Any], new: dict[str, Any], where: str, is_request: bool, depth: int
    ) -> Iterator[Mismatch]:
        before, after = old.get(key), new.get(key)
        if not isinstance(before, list) or not isinstance(after, list):
            return
        subset, whole, is_old_first = (before, after, True) if is_request else (after, before, False)
        for number, one in enumerate(subset, 1):
            pairs = [(one, other) if is_old_first else (other, one) for other in whole]
            if not any(self._fits(first, second, is_request, depth) for first, second in pairs):
                reason = "none of the new ones takes it" if is_request else "it was not among them before"
                yield Mismatch(f"{self._title} {where} {key} {number}", "a known alternative", NOTHING, reason)

    def _fits(self, old: Any, new: Any, is_request: bool, depth: int) -> bool:
        known = set(self._pairs)
        fits = not any(self._schemas(old, new, "", is_request, depth + 1))
        self._pairs = known
        return fits

    def _has(self, document: Document, schema: Any, flag: str) -> bool:
        schema = document.resolve(schema)
        return isinstance(schema, dict) and schema.get(flag) is True

    def _gone(self, where: str) -> Mismatch:
        return Mismatch(f"{self._title} {where}", "~present", reason="is gone", has_actual=False)

    def _mismatch(self, where: str, before: Any, after: Any) -> Mismatch:
        return Mismatch(f"{self._title} {where}", before, after)


def _types_of(schema: dict[str, Any]) -> list[str]:
    named = schema.get("type")
    found = [str(one) for one in named] if isinstance(named, list) else [named] if isinstance(named, str) else []
    return [*found, "null"] if found and schema.get("nullable") is True and "null" not in found else found


def _choices_of(schema: dict[str, Any]) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    found = schema.get("enum")
    return found if isinstance(found, list) else None


def _words(types: list[str]) -> str:
    return " or ".join(types) or "any"


def _style(parameter: Parameter) -> str:
    return f"{parameter.style}{', exploded' if parameter.is_exploded else ''}"
