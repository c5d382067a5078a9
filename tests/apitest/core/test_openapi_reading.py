"""apitest/core/openapi_reading.py: what a description says."""

from __future__ import annotations

from apitest.core import yaml_text
from apitest.core.openapi_reading import Document

URI = "file:///api.yaml"


def of(text: str) -> Document:
    return Document("api.yaml", URI, {URI: yaml_text.parse(text, "api.yaml")})


def test_parameters_of_path_and_operation() -> None:
    (operation,) = of("""
openapi: 3.1.0
paths:
  /a/{id}:
    parameters:
      - {name: id, in: path, schema: {type: string}}
      - {name: n, in: query, schema: {type: string}}
    get:
      parameters:
        - {name: n, in: query, required: true, style: pipeDelimited, schema: {type: array}}
        - {name: Accept, in: header, schema: {type: string}}
      responses: {200: {description: ''}}
""").operations
    assert [(one.name, one.where, one.is_required, one.style) for one in operation.parameters] == [
        ("id", "path", True, "simple"),
        ("n", "query", True, "pipeDelimited"),
    ]
    assert operation.parameters[1].place == (URI, "/paths/~1a~1{id}/get/parameters/0/schema")
    assert operation.name == operation.title == "GET /a/{id}"


def test_keys_of_responses() -> None:
    (operation,) = of("{openapi: 3.1.0, paths: {/a: {get: {responses: {200: {}, 4xx: {}, Default: {}}}}}}").operations
    assert list(operation.responses) == ["200", "4XX", "default"]
    assert [operation.response_key(status) for status in (200, 404, 500)] == ["200", "4XX", "default"]


def test_places_are_behind_references() -> None:
    (operation,) = of("""
openapi: 3.1.0
paths: {/a: {post: {requestBody: {$ref: '#/components/requestBodies/B'}, responses: {200: {description: ''}}}}}
components: {requestBodies: {B: {content: {Application/JSON; v=1: {schema: {type: string}}}}}}
""").operations
    assert operation.body is not None
    assert list(operation.body.content) == ["application/json"]
    place = operation.body.content["application/json"].place
    assert place == (URI, "/components/requestBodies/B/content/Application~1JSON; v=1/schema")


def test_servers() -> None:
    found = of("{openapi: 3.1.0, servers: [{url: ./v2/}, {url: 'https://{h}/x', variables: {h: {default: a.test}}}], "
               "paths: {/a: {get: {responses: {200: {}}}}}}")  # fmt: skip
    assert [(one.netloc, one.path) for one in found.servers] == [("", "/v2"), ("a.test", "/x")]
