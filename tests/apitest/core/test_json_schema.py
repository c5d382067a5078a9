"""apitest/core/json_schema.py: what breaks a schema, and where."""

from __future__ import annotations

from typing import Any

import pytest

from apitest.core import json_schema
from apitest.core.compare import NOTHING
from apitest.errors import FileProblem, StepError


def problems(schema: Any, value: Any, **others: Any) -> list[tuple[str, Any, Any, str]]:
    compiled = json_schema.compile_schema(schema, "file:///s/a.json", others)
    return [(one.path, one.expected, one.actual, one.reason) for one in compiled.problems(value)]


def test_what_fits_has_no_problems() -> None:
    assert problems({"type": "object", "required": ["a"]}, {"a": 1}) == []
    assert problems(True, None) == []
    assert problems({"type": "integer"}, 10**30) == []


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        ({"type": "integer"}, "x", ("", {"type": "integer"}, "x", "is a text")),
        ({"minimum": 3}, 1, ("", {"minimum": 3}, 1, "")),
        ({"maxLength": 2}, "abc", ("", {"maxLength": 2}, "abc", "has 3 characters")),
        ({"maxItems": 0}, [1], ("", {"maxItems": 0}, [1], "has 1 elements")),
        ({"enum": ["a", "b"]}, "c", ("", {"enum": ["a", "b"]}, "c", "")),
        ({"format": "date-time"}, "now", ("", {"format": "date-time"}, "now", "")),
        ({"uniqueItems": True}, [1, 1], ("", {"uniqueItems": True}, [1, 1], "")),
        ({"properties": {"a": False}}, {"a": 1}, ("/a", NOTHING, 1, "must not be there")),
        ({"not": {"type": "null"}}, None, ("", {"not": {"type": "null"}}, None, "fits what it must not fit")),
        ({"propertyNames": {"pattern": "a"}}, {"b": 1}, ("", "other keys", {"b": 1}, '"b" does not match "a"')),
    ],
)
def test_one_problem(schema: Any, value: Any, expected: Any) -> None:
    assert problems(schema, value) == [expected]


def test_every_problem_with_its_path() -> None:
    schema = {
        "required": ["id"],
        "additionalProperties": False,
        "properties": {"lines": {"items": {"required": ["sku"], "properties": {"qty": {"minimum": 1}}}}},
    }
    assert sorted(problems(schema, {"lines": [{"qty": 0}], "x/y": 1}), key=lambda one: one[0]) == [
        ("/id", "~present", None, "is missing; there is lines, x/y"),
        ("/lines/0/qty", {"minimum": 1}, 0, ""),
        ("/lines/0/sku", "~present", None, "is missing; there is qty"),
        ("/x~1y", NOTHING, 1, "is not in the schema"),
    ]


def test_alternatives_tell_the_nearest_one() -> None:
    schema = {"oneOf": [{"type": "string"}, {"type": "object", "properties": {"x": {"minimum": 3}}}]}
    assert problems(schema, {"x": 1}) == [
        ("", {"oneOf": "2 alternatives"}, {"x": 1}, "fits none of them"),
        ("/x", {"minimum": 3}, 1, ""),
    ]


def test_too_many_alternatives_fit() -> None:
    found = problems({"oneOf": [{"type": "integer"}, {"minimum": 1}, {"type": "string"}]}, 4)
    assert found == [("", {"oneOf": "exactly one"}, 4, "fits 2 of the alternatives: 1, 2")]


def test_old_drafts() -> None:
    draft_4 = {"$schema": "http://json-schema.org/draft-04/schema#", "minimum": 1, "exclusiveMinimum": True}
    assert problems(draft_4, 1)
    assert not problems(draft_4, 2)


def test_other_documents_come_in() -> None:
    others = {"file:///s/b.json": {"$defs": {"x": {"type": "boolean"}}}}
    compiled = json_schema.compile_schema({"$ref": "b.json#/$defs/x"}, "file:///s/a.json", others)
    assert [one.expected for one in compiled.problems(1)] == [{"type": "boolean"}]


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ([1], "a JSON Schema is an object"),
        ({"type": "strin"}, "at /type"),
        ({"pattern": "("}, "at /pattern"),
        ({"$ref": "http://x.test/y.json"}, "it refers to http://x.test/y.json, which is not at hand"),
        ({"$ref": "#/nope"}, "does not exist"),
    ],
)
def test_what_is_no_schema(schema: Any, words: str) -> None:
    with pytest.raises(FileProblem) as caught:
        json_schema.compile_schema(schema, "file:///s/a.json")
    assert words.lower() in caught.value.message.lower()


def test_what_json_does_not_have() -> None:
    compiled = json_schema.compile_schema({"properties": {"a": {"type": "string"}}}, "file:///s/a.json")
    with pytest.raises(StepError, match="cannot be checked"):
        compiled.problems({"a": object()})


def test_references_follow_names_and_skip_data() -> None:
    document = {
        "$id": "https://a.test/b/c.json",
        "properties": {"$ref": {"$ref": "d.json#/x"}, "default": {"$ref": "e.json"}},
        "$defs": {"q": {"$id": "f.json", "$ref": "c.json"}},
        "default": {"$ref": "no.json"},
        "enum": [{"$ref": "no.json"}],
        "$schema": "https://json-schema.org/draft/2020-12/schema",
    }
    assert json_schema.references(document, "file:///c.json") == {"https://a.test/b/d.json", "https://a.test/b/e.json"}


def test_names_of_schemas() -> None:
    assert json_schema.id_of({"$id": "https://a.test/b#"}) == "https://a.test/b"
    assert json_schema.id_of({"id": 7}) == ""
    assert json_schema.id_of([]) == ""
