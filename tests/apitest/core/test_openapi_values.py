"""apitest/core/openapi_values.py: texts as values, values as texts, values made up."""

from __future__ import annotations

from typing import Any

import pytest

from apitest.core import openapi_values as values


def same(value: Any) -> Any:
    return value


INTEGERS = {"type": "array", "items": {"type": "integer"}}
POINT = {"type": "object", "properties": {"x": {"type": "integer"}, "y": {"type": "integer"}}}


@pytest.mark.parametrize(
    ("text", "schema", "value"),
    [
        ("7", {"type": "integer"}, 7),
        ("07", {"type": "integer"}, "07"),
        ("7.0", {"type": "integer"}, 7.0),
        ("7", {"type": "string"}, "7"),
        ("7", {"type": ["string", "integer"]}, 7),
        ("1e2", {"type": "number"}, 100.0),
        ("true", {"type": "boolean"}, True),
        ("True", {"type": "boolean"}, "True"),
        ("", {"type": "integer", "nullable": True}, None),
        ("2", {"enum": [1, 2]}, 2),
        ("2", {"anyOf": [{"type": "integer"}, {"type": "boolean"}]}, 2),
        ("2", {}, "2"),
    ],
)
def test_texts_become_values(text: str, schema: Any, value: Any) -> None:
    found = values.coerced(text, schema, same)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("pairs", "schema", "style", "is_exploded", "value"),
    [
        ([("n", "1"), ("n", "2")], INTEGERS, "form", True, [1, 2]),
        ([("n", "1,2")], INTEGERS, "form", False, [1, 2]),
        ([("n", "1 2")], INTEGERS, "spaceDelimited", False, [1, 2]),
        ([("n", "1|2")], INTEGERS, "pipeDelimited", False, [1, 2]),
        ([("n", "")], INTEGERS, "form", False, []),
        ([("n[x]", "1"), ("n[y]", "2")], POINT, "deepObject", True, {"x": 1, "y": 2}),
        ([("x", "1"), ("z", "2")], POINT, "form", True, {"x": 1}),
        ([("n", "x,1,y,2")], POINT, "form", False, {"x": 1, "y": 2}),
        ([("m", "1")], INTEGERS, "form", True, values.NOT_THERE),
        ([("m", "1")], POINT, "deepObject", True, values.NOT_THERE),
    ],
)
def test_query(pairs: Any, schema: Any, style: str, is_exploded: bool, value: Any) -> None:
    assert values.from_query("n", pairs, schema, style, is_exploded, same) == value
    if value is not values.NOT_THERE and ("z", "2") not in pairs and value:
        assert (
            values.from_query("n", values.to_query("n", value, style, is_exploded), schema, style, is_exploded, same)
            == value
        )


@pytest.mark.parametrize(
    ("text", "schema", "style", "is_exploded", "value"),
    [
        ("5", {"type": "integer"}, "simple", False, 5),
        ("1,2", INTEGERS, "simple", False, [1, 2]),
        ("x=1,y=2", POINT, "simple", True, {"x": 1, "y": 2}),
        (".1.2", INTEGERS, "label", True, [1, 2]),
        (".1,2", INTEGERS, "label", False, [1, 2]),
        (";n=5", {"type": "integer"}, "matrix", False, 5),
        (";n=1;n=2", INTEGERS, "matrix", True, [1, 2]),
    ],
)
def test_path(text: str, schema: Any, style: str, is_exploded: bool, value: Any) -> None:
    assert values.from_path("n", text, schema, style, is_exploded, same) == value
    assert values.to_path("n", value, style, is_exploded) == text


def test_forms() -> None:
    schema = {"properties": {"a": INTEGERS, "b": {"type": "boolean"}}}
    pairs = [("a", "1"), ("b", "true"), ("a", "2"), ("c", "3")]
    assert values.form_document(pairs, schema, same) == {"a": [1, 2], "b": True, "c": "3"}


@pytest.mark.parametrize(
    ("holder", "value"),
    [
        ({"example": 1, "schema": {"default": 2}}, 1),
        ({"examples": {"a": {"value": 3}}}, 3),
        ({"schema": {"default": 2}}, 2),
        ({"schema": {"enum": ["x", "y"]}}, "x"),
        ({"schema": {"type": "string", "format": "date"}}, "2026-01-31"),
        ({"schema": {"type": "string", "minLength": 6}}, "textxx"),
        ({"schema": {"type": "integer", "minimum": 5, "exclusiveMinimum": True}}, 6),
        ({"schema": {"type": "integer", "exclusiveMinimum": 5}}, 6),
        ({"schema": {"type": "integer", "minimum": 5, "multipleOf": 4}}, 8),
        ({"schema": {"type": "integer", "maximum": -3}}, -3),
        ({"schema": {"type": ["null", "boolean"]}}, True),
        ({"schema": {"type": "array", "minItems": 2, "items": {"const": 1}}}, [1, 1]),
        ({"schema": {"oneOf": [{"const": 1}, {"const": 2}]}}, 1),
        (
            {"schema": {"allOf": [{"properties": {"a": {"default": 1}}}], "properties": {"b": {"default": 2}}}},
            {"a": 1, "b": 2},
        ),
        ({"schema": {"required": ["a"], "properties": {"a": {"type": "null"}, "b": {"type": "string"}}}}, {"a": None}),
        ({"schema": {"required": ["a"], "properties": {"a": {"type": "integer", "readOnly": True}}}}, {}),
        ({}, None),
        (None, None),
    ],
)
def test_made_up(holder: Any, value: Any) -> None:
    assert values.Maker(same).example_of(holder) == value


def test_a_schema_that_contains_itself_ends() -> None:
    schema: dict[str, Any] = {"type": "object", "required": ["child"], "properties": {}}
    schema["properties"]["child"] = schema
    assert values.Maker(same).value(schema)["child"]["child"] is not None
    assert values.types_of({"$ref": "#"}, lambda value: {"anyOf": [{"$ref": "#"}]}) == set()


def test_an_answer_is_whole() -> None:
    properties = {"id": {"type": "integer", "readOnly": True}, "pw": {"type": "string", "writeOnly": True}, "n": {}}
    schema = {"properties": {**properties, "in": {"properties": {"a": {"type": "boolean"}}}}}
    assert values.Maker(same, is_answer=True).value(schema) == {"id": 1, "n": None, "in": {"a": True}}
    assert values.Maker(same).value(schema) == {}
