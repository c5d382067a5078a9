"""apitest/core/openapi.py: which operation a call is, and what of it is not as described."""

from __future__ import annotations

from typing import Any

import pytest

from apitest.core import yaml_text
from apitest.core.openapi import Call, Description
from apitest.errors import AssertionFailed, FileProblem, Mismatch, StepError

URI = "file:///api.yaml"
JSON = ("Content-Type", "application/json")
TENANT = ("X-Tenant", "blue")

SHOP = """
openapi: 3.0.3
info: {title: Shop, version: "1"}
servers: [{url: "https://{region}.shop.test/v1", variables: {region: {default: eu}}}]
paths:
  /orders:
    parameters: [{$ref: '#/components/parameters/Tenant'}]
    get:
      operationId: listOrders
      parameters:
        - {name: page, in: query, schema: {type: integer, minimum: 1}}
        - {name: ids, in: query, explode: false, schema: {type: array, items: {type: integer}}}
        - {name: where, in: query, style: deepObject, schema: {type: object, properties: {qty: {type: integer}}}}
        - {name: filter, in: query, content: {application/json: {schema: {type: object, required: [a]}}}}
        - {name: session, in: cookie, schema: {type: string, minLength: 3}}
      responses:
        200:
          description: ok
          headers: {X-Total: {required: true, schema: {type: integer}}}
          content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Order'}}}}
        default: {$ref: '#/components/responses/Problem'}
    post:
      operationId: createOrder
      requestBody: {$ref: '#/components/requestBodies/Order'}
      responses:
        '201': {description: made, content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}
        4xx: {$ref: '#/components/responses/Problem'}
  /orders/{id}:
    get:
      responses: {'200': {description: ok, content: {text/plain: {schema: {type: string, maxLength: 5}}}}}
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
  /orders/newest:
    get: {operationId: newest, responses: {'204': {description: none}}}
  /{kind}/{id}.{format}:
    get: {operationId: export, responses: {'200': {description: any}}}
  /login:
    post:
      operationId: login
      requestBody:
        content:
          application/x-www-form-urlencoded:
            schema: {type: object, required: [user], properties: {user: {type: string}, days: {type: integer}}}
          text/*: {schema: {type: string}}
      responses: {'200': {description: any, content: {'*/*': {}}}}
components:
  parameters:
    Tenant: {name: X-Tenant, in: header, required: true, schema: {type: string, minLength: 2}}
  requestBodies:
    Order:
      required: true
      content: {'application/json; charset=utf-8': {schema: {$ref: '#/components/schemas/Order'}}}
  responses:
    Problem:
      description: bad
      content: {application/json: {schema: {type: object, required: [error], properties: {error: {type: string}}}}}
  schemas:
    Order:
      type: object
      required: [id, sku, qty, secret]
      properties:
        id: {type: integer, readOnly: true}
        sku: {type: string}
        qty: {type: integer, minimum: 0, exclusiveMinimum: true, format: int32}
        note: {type: string, nullable: true}
        state: {enum: [new, paid], type: string, nullable: true}
        secret: {type: string, writeOnly: true}
        default: {type: string, nullable: true}
        parent: {$ref: '#/components/schemas/Order', nullable: true}
"""


@pytest.fixture(scope="module")
def shop() -> Description:
    return Description("api.yaml", URI, {URI: yaml_text.parse(SHOP, "api.yaml")})


def of(text: str) -> Description:
    return Description("api.yaml", URI, {URI: yaml_text.parse(text, "api.yaml")})


def told(found: list[Mismatch]) -> list[tuple[str, Any, Any]]:
    return [(one.path, one.expected, one.actual) for one in found]


def request(shop: Description, method: str, path: str, *headers: tuple[str, str], body: bytes = b"") -> list[Any]:
    return told(shop.request_problems(shop.match(method, "http://127.0.0.1:80" + path), headers, body))


# Which operation


@pytest.mark.parametrize(
    ("method", "url", "name"),
    [
        ("GET", "http://127.0.0.1/orders", "listOrders"),
        ("GET", "http://127.0.0.1/v1/orders?page=2", "listOrders"),
        ("get", "https://eu.shop.test/v1/orders", "listOrders"),
        ("GET", "http://127.0.0.1/orders/17", "GET /orders/{id}"),
        ("GET", "http://127.0.0.1/orders/newest", "newest"),
        ("GET", "http://127.0.0.1/orders/17.csv", "GET /orders/{id}"),
        ("GET", "http://127.0.0.1/lines/17.csv", "export"),
    ],
)
def test_operation_of_a_request(shop: Description, method: str, url: str, name: str) -> None:
    assert shop.match(method, url).operation.name == name


def test_values_of_the_path_are_decoded(shop: Description) -> None:
    assert shop.match("GET", "http://h/a%2Fb/17.csv").path_values == {"kind": "a/b", "id": "17", "format": "csv"}


def test_head_is_what_get_has(shop: Description) -> None:
    call = shop.match("HEAD", "http://h/orders")
    assert call.is_head
    assert told(shop.response_problems(call, 200, [("X-Total", "1")], b"")) == []


def test_no_such_path(shop: Description) -> None:
    with pytest.raises(AssertionFailed) as caught:
        shop.match("GET", "http://h/order")
    assert told(caught.value.mismatches) == [("path", "/orders", "/order")]
    assert "may break the API description" in caught.value.hint


def test_no_such_method(shop: Description) -> None:
    with pytest.raises(AssertionFailed) as caught:
        shop.match("DELETE", "http://h/orders")
    assert told(caught.value.mismatches) == [("method", "GET, POST", "DELETE")]


def test_the_server_that_is_named_has_its_path_only(shop: Description) -> None:
    with pytest.raises(AssertionFailed):
        shop.match("GET", "https://eu.shop.test/orders")
    assert shop.prefix_for("https://eu.shop.test") == "/v1"


def test_operation_by_name(shop: Description) -> None:
    assert shop.operation("createOrder").title == "POST /orders"
    assert shop.operation("post /orders").name == "createOrder"
    with pytest.raises(StepError) as caught:
        shop.operation("createOrders")
    assert "createOrder" in caught.value.hint


# Requests


def test_a_request_as_described(shop: Description) -> None:
    query = '?page=1&ids=1,2&where[qty]=3&filter={"a":1}&unknown=x'
    assert request(shop, "GET", f"/orders{query}", TENANT, ("Cookie", "session=abc")) == []
    body = b'{"sku": "A", "qty": 1, "secret": "s", "note": null, "state": null, "parent": null}'
    assert ("body /parent", {"type": "object"}, None) in request(shop, "POST", "/orders", TENANT, JSON, body=body)
    body = b'{"sku": "A", "qty": 1, "secret": "s", "note": null, "state": null, "default": null}'
    assert request(shop, "POST", "/orders", TENANT, ("content-type", "Application/JSON;a=b"), body=body) == []


def test_parameters_that_are_not(shop: Description) -> None:
    query = "?page=0&page=x&ids=1,b&where[qty]=x&filter=[]"
    assert request(shop, "GET", f"/orders{query}", ("Cookie", "session=a")) == [
        ("header X-Tenant", "~present", None),
        ('query parameter "page"', {"type": "integer"}, [0, "x"]),
        ('query parameter "ids" /1', {"type": "integer"}, "b"),
        ('query parameter "where" /qty', {"type": "integer"}, "x"),
        ('query parameter "filter"', {"type": "object"}, []),
        ("cookie session", {"minLength": 3}, "a"),
    ]
    assert request(shop, "GET", "/orders/abc") == [('path parameter "id"', {"type": "integer"}, "abc")]


def test_bodies_that_are_not(shop: Description) -> None:
    assert request(shop, "POST", "/orders", TENANT) == [("body", "application/json", None)]
    assert request(shop, "POST", "/orders", TENANT, body=b"{}") == [("content type", "application/json", None)]
    assert request(shop, "POST", "/orders", TENANT, JSON, body=b"{") == [("body", "application/json", "{")]
    assert request(shop, "GET", "/orders/1", body=b"x") == [("body", "none", "x")]
    found = request(shop, "POST", "/orders", TENANT, JSON, body=b'{"sku": 1, "qty": 3000000000, "secret": "s"}')
    assert found == [("body /sku", {"type": "string"}, 1), ("body /qty", {"maximum": 2**31 - 1}, 3000000000)]


def test_forms_and_texts(shop: Description) -> None:
    form = ("Content-Type", "application/x-www-form-urlencoded")
    assert request(shop, "POST", "/login", form, body=b"user=ann&days=3") == []
    assert request(shop, "POST", "/login", form, body=b"days=x") == [
        ("body /user", "~present", None),
        ("body /days", {"type": "integer"}, "x"),
    ]
    assert request(shop, "POST", "/login", ("Content-Type", "text/plain"), body=b"hello") == []
    assert request(shop, "POST", "/login") == []


# Responses


def response(shop: Description, call: Call, status: int, *headers: tuple[str, str], body: bytes = b"") -> list[Any]:
    return told(shop.response_problems(call, status, headers, body))


def test_responses(shop: Description) -> None:
    call = shop.match("POST", "http://h/orders")
    assert response(shop, call, 201, JSON, body=b'{"id": 1, "sku": "A", "qty": 1}') == []
    assert response(shop, call, 404, JSON, body=b'{"error": "x"}') == []
    assert response(shop, call, 500, JSON, body=b"{}") == [("status", "201, 4XX", 500)]
    assert response(shop, call, 404, JSON, body=b"{}") == [("body /error", "~present", None)]
    assert response(shop, call, 404, ("Content-Type", "text/html"), body=b"x") == [
        ("content type", "application/json", "text/html")
    ]
    assert response(shop, call, 404) == [("body", "application/json", None)]


def test_what_is_written_only_is_not_told(shop: Description) -> None:
    call = shop.match("POST", "http://h/orders")
    found = response(shop, call, 201, JSON, body=b'{"id": 1, "sku": "A", "qty": 1, "secret": "s"}')
    assert [(path, actual) for path, _, actual in found] == [("body /secret", "s")]


def test_headers_of_responses(shop: Description) -> None:
    call = shop.match("GET", "http://h/orders")
    assert response(shop, call, 200, JSON, body=b"[]") == [("header X-Total", "~present", None)]
    assert response(shop, call, 200, JSON, ("x-total", "a"), body=b"[]") == [
        ("header X-Total", {"type": "integer"}, "a")
    ]
    assert response(shop, call, 503, JSON, body=b'{"error": "any"}') == []


def test_bodies_nobody_described(shop: Description) -> None:
    assert response(shop, shop.match("GET", "http://h/a/1.b"), 200, body=b"x") == []
    assert response(shop, shop.match("GET", "http://h/orders/newest"), 204) == []
    assert response(shop, shop.match("POST", "http://h/login"), 200, ("Content-Type", "a/b"), body=b"x") == []
    plain = ("Content-Type", "text/plain")
    assert response(shop, shop.match("GET", "http://h/orders/1"), 200, plain, body=b"abcdef") == [
        ("body", {"maxLength": 5}, "abcdef")
    ]


# Other documents, other versions


def test_references_to_other_documents() -> None:
    document = {
        "openapi": "3.1.0",
        "paths": {"/a": {"$ref": "parts/paths.yaml#/a"}},
    }
    parts = {
        "a": {
            "get": {
                "parameters": [{"name": "n", "in": "query", "schema": {"$ref": "../types.yaml#/n"}}],
                "responses": {"200": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/b"}}}}},
            }
        },
        "b": {"type": ["object", "null"]},
    }
    types = {"n": {"type": "integer"}}
    found = Description("a", "file:///d/a.yaml", {
        "file:///d/a.yaml": document, "file:///d/parts/paths.yaml": parts, "file:///d/types.yaml": types,
    })  # fmt: skip
    assert request(found, "GET", "/a?n=x") == [('query parameter "n"', {"type": "integer"}, "x")]
    assert response(found, found.match("GET", "http://h/a"), 200, JSON, body=b"null") == []
    assert [path for path, _, _ in response(found, found.match("GET", "http://h/a"), 200, JSON, body=b"1")] == ["body"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("swagger: '2.0'", "no OpenAPI 3 description"),
        ("[]", "no OpenAPI 3 description"),
        ("openapi: 3.1.0", "describes no operation"),
        ("{openapi: 3.1.0, paths: {/a: {get: {}}}}", "describes no response"),
        ("{openapi: 3.1.0, paths: {/a: {get: {parameters: [{in: x}], responses: {200: {}}}}}}", "no name or no place"),
        ("{openapi: 3.1.0, paths: {/a: {get: {responses: {200: {$ref: '#/x'}}}}}}", "refers to #/x"),
        ("{openapi: 3.1.0, paths: {/a: {$ref: 'b.yaml'}}}", "not at hand"),
        ("{openapi: 3.1.0, paths: {/a: {$ref: '#/paths/~1a'}}}", "without an end"),
    ],
)
def test_what_is_no_description(text: str, words: str) -> None:
    with pytest.raises(FileProblem) as caught:
        of(text)
    assert words in caught.value.message


def test_a_broken_schema_is_told_when_it_is_needed() -> None:
    found = of("{openapi: 3.1.0, paths: {/a: {get: {parameters: [{name: n, in: query, schema: {type: nope}}], "
               "responses: {200: {description: ''}}}}}}")  # fmt: skip
    assert request(found, "GET", "/a") == []
    with pytest.raises(FileProblem, match=r"/paths/~1a/get/parameters/0/schema"):
        request(found, "GET", "/a?n=1")
