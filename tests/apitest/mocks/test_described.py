from __future__ import annotations

import json
from typing import Any

import pytest

from apitest.core.openapi_reading import Document
from apitest.mocks.described import expectations
from apitest.mocks.rules import Expectation


def described(*responses: Any, **more: Any) -> list[Expectation]:
    paths = {f"/{index}": {"get": {"responses": one}} for index, one in enumerate(responses)}
    document = {"openapi": "3.1.0", "paths": paths, **more}
    return expectations(Document("a.yaml", "file:///a.yaml", {"file:///a.yaml": document}))


def body_of(schema: Any, **more: Any) -> Any:
    one = described({"200": {"content": {"application/json": {"schema": schema}}}}, **more)[0]
    return json.loads(one.answers[0].body)


def test_examples() -> None:
    media = {"application/json": {"example": {"a": "~x"}}}
    several = {"application/json": {"examples": {"one": {"value": [1]}}}}
    first, second, third = described(
        {"404": {}, "201": {"content": media, "headers": {"X-A": {"example": 7}}}},
        {"default": {"content": several}},
        {"4XX": {}, "2XX": {"description": "nothing"}},
    )
    assert (first.answers[0].status, json.loads(first.answers[0].body)) == (201, {"a": "~x"})
    assert first.answers[0].headers == (("Content-Type", "application/json"), ("X-A", "7"))
    assert (second.answers[0].status, json.loads(second.answers[0].body)) == (200, [1])
    assert (third.answers[0].status, third.answers[0].body) == (200, None)


def test_first_server_and_references() -> None:
    components = {"schemas": {"Id": {"type": "integer", "minimum": 5}}}
    servers = [{"url": "https://shop.test/v1/"}]
    one = described({"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Id"}}}}},
                    components=components, servers=servers)[0]  # fmt: skip
    assert (str(one), one.answers[0].body) == ("GET /v1/0", "5")


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "object", "properties": {"a": {"const": 1}, "b": {"enum": ["x"]}}}, {"a": 1, "b": "x"}),
        ({"type": ["null", "string"], "minLength": 6}, "textxx"),
        ({"type": "string", "maxLength": 2}, "te"),
        ({"type": "string", "format": "date"}, "2026-01-31"),
        ({"type": "array", "items": {"type": "boolean"}}, [True]),
        ({"allOf": [{"properties": {"a": {"default": 1}}}, {"properties": {"b": {"default": 2}}}]}, {"a": 1, "b": 2}),
        ({"oneOf": [{"type": "number"}]}, 1),
        ({"type": "integer", "exclusiveMinimum": 3}, 4),
        ({}, None),
    ],
)
def test_values_by_schema(schema: Any, value: Any) -> None:
    assert body_of(schema) == value


def test_schema_that_contains_itself() -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Node"}}}
    assert "next" in body_of({"$ref": "#/components/schemas/Node"}, components={"schemas": {"Node": node}})
