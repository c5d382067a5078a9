"""JSON Schema: a compiled schema -> every way in which a value breaks it, each with its path.

Drafts 4 to 2020-12, chosen by `$schema`; formats are checked.  Pure: other documents that a schema refers to come in
beforehand, `references` says which; nothing is fetched.  Validation itself is the library jsonschema-rs's: PERF an
order of three lines takes 1 us, with the library jsonschema 230.

Source: JSON Schema 2020-12 core (identifiers 8.2, references 8.2.3) and validation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urldefrag, urljoin

from apitest.core import json_pointer
from apitest.core.compare import NOTHING
from apitest.core.json_pointer import kind
from apitest.core.marker_checks import a_
from apitest.errors import FileProblem, Mismatch, MissingExtra, StepError

if TYPE_CHECKING:
    from jsonschema_rs import Registry, ValidationError, Validator

MAX_PROBLEMS = 200
METASCHEMAS = ("http://json-schema.org/", "https://json-schema.org/")
NAMES_BELOW = frozenset((
    "properties", "patternProperties", "definitions", "$defs", "dependentSchemas",
    "schemas", "responses", "parameters", "examples", "requestBodies", "headers", "securitySchemes", "links",
    "callbacks", "pathItems", "paths", "content", "encoding",
))  # fmt: skip
"""Below these, of JSON Schema and of OpenAPI, stand names of the author's, not keywords."""
_DATA_BELOW = frozenset(("enum", "const", "default", "example", "value"))


class Schema:
    """A compiled schema."""

    __slots__ = ("_validator",)

    def __init__(self, validator: Validator) -> None:
        self._validator = validator

    def problems(self, value: Any, path: str = "") -> list[Mismatch]:
        """All that does not fit, in document order; none where the value is valid.  path: where the value stands."""
        try:
            if self._validator.is_valid(value):
                return []
            found = list(islice(self._validator.iter_errors(value), MAX_PROBLEMS))
        except (ValueError, TypeError) as error:  # a value that JSON does not have, or nested without an end
            raise StepError(f"The value cannot be checked against a schema: {error}") from None
        return [mismatch for error in found for mismatch in _mismatches(error, path)]


def compile_schema(document: Any, uri: str, others: Mapping[str, Any] | None = None) -> Schema:
    """A schema with the documents that it refers to, by their URIs.  Raises FileProblem where it is none."""
    if not isinstance(document, dict | bool):
        raise FileProblem("A JSON Schema is an object, or true or false", f"This is {a_(kind(document))}.")
    registry = make_registry({**(others or {}), uri: document}) if others else None
    return compile_in(registry, document, uri)


def make_registry(documents: Mapping[str, Any]) -> Registry:
    """Documents that schemas may refer to, by their URIs."""
    library = _library()
    try:
        registry: Registry = library.Registry(list(documents.items()), retriever=_refuse)
    except (ValueError, TypeError, library.ReferencingError) as error:
        raise FileProblem(f"The schemas cannot be used: {_first_line(error)}") from None
    return registry


def compile_in(registry: Registry | None, schema: Any, base_uri: str | None = None) -> Schema:
    """A schema whose references lead into the registry.  Raises FileProblem."""
    library = _library()
    try:
        validator = library.validator_for(
            schema, registry=registry, base_uri=base_uri, validate_formats=True, retriever=_refuse
        )
    except library.ValidationError as error:
        place = json_pointer.join(error.instance_path)
        raise FileProblem(
            f"The JSON Schema cannot be used: {_first_line(error)}{f' (at {place})' if place else ''}"
        ) from None
    except (ValueError, TypeError, library.ReferencingError) as error:
        raise FileProblem(f"The JSON Schema cannot be used: {_first_line(error)}") from None
    return Schema(validator)


def reference(uri: str, pointer: str) -> dict[str, str]:
    """A schema that stands for another one at a place of a document."""
    return {"$ref": f"{uri}#{quote(pointer, safe='/~!$&()*+,;=:@')}"}


def references(document: Any, uri: str) -> set[str]:
    """The URIs of other documents that a document refers to."""
    found: set[str] = set()
    own: set[str] = {uri}
    seen: set[tuple[int, str]] = set()

    def collect(value: Any, base: str, is_names: bool) -> None:
        if isinstance(value, list):
            for item in value:
                collect(item, base, False)
        if not isinstance(value, dict) or (id(value), base) in seen:
            return
        seen.add((id(value), base))
        if not is_names:
            if id_of(value):
                base = urljoin(base, id_of(value))
                own.add(base)
            for key in ("$ref", "$dynamicRef", "$recursiveRef"):
                target = value.get(key)
                if isinstance(target, str) and not target.startswith("#"):
                    found.add(urldefrag(urljoin(base, target))[0])
        for key, item in value.items():
            if is_names or not is_data(key, item):
                collect(item, base, not is_names and has_names(key, item))

    collect(document, uri, False)
    return {one for one in found - own if not one.startswith(METASCHEMAS)}


def has_names(key: str, item: Any) -> bool:
    """Whether the keys of what stands below a keyword are names of the author's."""
    return key in NAMES_BELOW and isinstance(item, dict)


def is_data(key: str, item: Any) -> bool:
    """Whether a keyword has data of the author's below it, which means nothing."""
    return key in _DATA_BELOW or (key == "examples" and isinstance(item, list))


def id_of(document: Any) -> str:
    """What a schema calls itself, "" where it has no name of its own."""
    name = document.get("$id", document.get("id")) if isinstance(document, dict) else None
    return urldefrag(name)[0] if isinstance(name, str) else ""


# Wording


def _mismatches(error: ValidationError, path: str) -> Iterator[Mismatch]:
    """One error of the library as differences: of alternatives, those of the nearest one."""
    place = path + json_pointer.join(error.instance_path)
    problem: Any = error.kind
    name = problem.name
    actual: Any = error.instance
    if name == "required":
        there = f"; there is {json_pointer.keys_text(actual)}" if isinstance(actual, dict) else ""
        yield Mismatch(place + json_pointer.join([problem.property]), "~present", None, f"is missing{there}", False)
    elif name in ("additionalProperties", "unevaluatedProperties") and isinstance(actual, dict):
        for key in problem.unexpected:
            yield Mismatch(place + json_pointer.join([key]), NOTHING, actual.get(key), "is not in the schema")
    elif name in ("anyOf", "oneOf"):
        yield from _of_alternatives(error, place, path)
    elif name == "falseSchema":
        yield Mismatch(place, NOTHING, actual, "must not be there")
    elif name == "propertyNames":
        yield Mismatch(place, "other keys", actual, _first_line(problem.error))
    elif name == "not":
        yield Mismatch(place, {"not": problem.schema}, actual, "fits what it must not fit")
    else:
        says = getattr(problem, "value", None)
        yield Mismatch(place, {name: True if says is None else _plain(says)}, actual, _hint(name, actual))


def _of_alternatives(error: ValidationError, place: str, path: str) -> Iterator[Mismatch]:
    problem: Any = error.kind
    branches: list[list[ValidationError]] = [branch for branch in problem.context if branch]
    if len(branches) < len(problem.context):
        fitting = [number for number, branch in enumerate(problem.context, 1) if not branch]
        reason = f"fits {len(fitting)} of the alternatives: {', '.join(map(str, fitting))}"
        yield Mismatch(place, {problem.name: "exactly one"}, error.instance, reason)
        return
    count = len(problem.context)
    yield Mismatch(place, {problem.name: f"{count} alternatives"}, error.instance, "fits none of them")
    nearest = min(
        branches, key=lambda branch: (any(_is_of_whole(one, error) for one in branch), len(branch)), default=[]
    )
    for inner in nearest:
        if not _is_of_whole(inner, error) or inner.kind.name in ("required", "additionalProperties"):
            yield from _mismatches(inner, path)


def _is_of_whole(inner: ValidationError, outer: ValidationError) -> bool:
    """Whether an alternative does not fit at all, e.g. another type, instead of in some place inside."""
    is_same_place = list(inner.instance_path) == list(outer.instance_path)
    return is_same_place and inner.kind.name in ("type", "const", "enum")


def _hint(name: str, actual: Any) -> str:
    if name == "type":
        return f"is {a_(kind(actual))}"
    if name in ("minLength", "maxLength") and isinstance(actual, str):
        return f"has {len(actual)} characters"
    if name in ("minItems", "maxItems") and isinstance(actual, list):
        return f"has {len(actual)} elements"
    return ""


def _plain(value: Any) -> Any:
    """What a keyword says; a list of one type as that type."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _first_line(error: object) -> str:
    text = re.sub(r"\s+", " ", str(getattr(error, "message", "") or error).partition("\n")[0])
    missing = re.match(r"Resource '(\S+)' is not present in a registry", text)
    return f"it refers to {missing[1]}, which is not at hand" if missing else text


def _refuse(uri: str) -> Any:
    # SECURITY: no schema makes this program fetch anything.
    raise ValueError(f"{uri} is not at hand")


def _library() -> Any:
    try:
        import jsonschema_rs
    except ImportError:
        raise MissingExtra("jsonschema-rs", "schema") from None
    return jsonschema_rs
