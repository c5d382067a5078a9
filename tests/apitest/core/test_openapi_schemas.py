"""apitest/core/openapi_schemas.py: dialects, and what goes one way only."""

from __future__ import annotations

from typing import Any

import pytest

from apitest.core.openapi_schemas import REQUEST, RESPONSE, converted


def old(schema: Any, direction: str = REQUEST) -> Any:
    return converted(schema, direction, lambda reference: None, "3.0.3")


@pytest.mark.parametrize(
    ("schema", "wanted"),
    [
        ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
        ({"type": "string", "nullable": False}, {"type": "string"}),
        ({"type": "string", "nullable": True, "enum": ["a"]}, {"type": ["string", "null"], "enum": ["a", None]}),
        (
            {"allOf": [{"type": "object"}], "nullable": True},
            {"anyOf": [{"type": "null"}, {"allOf": [{"type": "object"}]}]},
        ),
        ({"minimum": 1, "exclusiveMinimum": True}, {"exclusiveMinimum": 1}),
        ({"maximum": 1, "exclusiveMaximum": False}, {"maximum": 1}),
        ({"$ref": "#/a", "nullable": True}, {"$ref": "#/a"}),
        ({"type": "integer", "format": "int32"}, {
            "type": "integer", "format": "int32", "minimum": -(2**31), "maximum": 2**31 - 1,
        }),
        ({"properties": {"nullable": {"type": "string"}}}, {"properties": {"nullable": {"type": "string"}}}),
        ({"enum": [{"nullable": True}]}, {"enum": [{"nullable": True}]}),
        ({"responses": {"default": {"type": "string", "nullable": True}}}, {
            "responses": {"default": {"type": ["string", "null"]}},
        }),
    ],
)  # fmt: skip
def test_3_0(schema: Any, wanted: Any) -> None:
    assert old(schema) == wanted


def test_3_1_stays_as_it_is() -> None:
    schema = {"$ref": "#/a", "nullable": True, "exclusiveMinimum": 1}
    assert converted(schema, REQUEST, lambda reference: None, "3.1.0") == schema


def test_what_goes_one_way_only() -> None:
    schema = {
        "required": ["id", "name", "password"],
        "properties": {"id": {"$ref": "#/id"}, "name": {}, "password": {"allOf": [{"writeOnly": True}]}},
    }
    look = {"#/id": {"readOnly": True}}.get
    assert converted(schema, REQUEST, look, "3.1.0")["required"] == ["name", "password"]
    there = converted(schema, RESPONSE, look, "3.1.0")
    assert there["required"] == ["id", "name"]
    assert there["properties"]["password"] is False


def test_a_schema_that_contains_itself() -> None:
    endless: dict[str, Any] = {"allOf": [{"$ref": "#"}]}
    schema = {"properties": {"a": {"$ref": "#"}}}
    assert converted(schema, REQUEST, lambda reference: endless, "3.1.0") == schema


def test_anchors_are_converted_once() -> None:
    shared = {"type": "string", "nullable": True}
    for _ in range(40):
        shared = {"properties": {"a": shared, "b": shared}}
    assert old(shared)["properties"]["a"] is not None
