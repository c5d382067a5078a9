"""apitest/steps/schema.py: JSON Schema, and calls held against an API description."""

from __future__ import annotations

from typing import Any

import pytest

from apitest.scenario import ScenarioState
from tests.apitest.steps.conftest import Scenario

API = """
openapi: 3.1.0
servers: [{url: https://shop.test/v1}]
paths:
  /orders:
    get:
      operationId: listOrders
      parameters: [{name: page, in: query, schema: {type: integer}}]
      responses: {200: {description: '', content: {application/json: {schema: {type: array}}}}, 404: {description: ''}}
    post:
      operationId: createOrder
      parameters:
        - {name: X-Tenant, in: header, required: true, schema: {type: string}, example: blue}
        - {name: lang, in: cookie, required: true, schema: {type: string, default: en}}
      requestBody:
        required: true
        content:
          application/json:
            schema: {type: object, required: [sku], properties: {sku: {type: string, default: A1}}}
      responses: {201: {description: ''}, 400: {description: ''}}
  /orders/{id}:
    get:
      operationId: getOrder
      parameters: [{name: id, in: path, required: true, schema: {type: integer, minimum: 5}}]
      responses: {200: {description: ''}}
  /login:
    post:
      operationId: login
      requestBody:
        content:
          application/x-www-form-urlencoded:
            schema: {properties: {user: {type: string}, tags: {type: array, items: {type: string}}}}
      responses: {200: {description: ''}}
"""


@pytest.fixture
def shop(scenario: Scenario) -> Scenario:
    scenario.write("schemas/api.yaml", API)
    scenario.say('address "http://h"')
    scenario.say('the API is described by "api.yaml"')
    return scenario


# JSON Schema


def test_valid_against_a_file(scenario: Scenario) -> None:
    scenario.write("schemas/order.json", '{"required": ["id"], "properties": {"qty": {"$ref": "parts.yaml#/qty"}}}')
    scenario.write("schemas/parts.yaml", "qty: {minimum: 1}")
    scenario.received({"items": [{"id": 1, "qty": 2}, {"qty": 0}]})
    scenario.say('path "/items/0" is valid against JSON Schema "order.json"')
    error = scenario.fails('path "$.items[*]" is valid against JSON Schema "order.json"')
    assert sorted(one.path for one in error.mismatches) == ["/items/1/id", "/items/1/qty"]
    scenario.fails('path "$.nothing" is valid against JSON Schema "order.json"')
    scenario.fails('path "/nothing" is valid against JSON Schema "order.json"')
    scenario.fails('response is valid against JSON Schema "order.json"')
    assert "orders" not in scenario.errs('response is valid against JSON Schema "ordr.json"').message


def test_valid_against_what_stands_below(scenario: Scenario) -> None:
    scenario.received({"a": "#id"})
    scenario.say("response is valid against this JSON Schema", '{"properties": {"a": {"const": "#id"}}}')
    scenario.fails("response is valid against this JSON Schema", '{"required": ["b"]}')
    scenario.errs("response is valid against this JSON Schema", '{"type": "nope"}')
    scenario.errs("response is valid against this JSON Schema", '{"$ref": "http://x.test/y"}')
    scenario.errs("response is valid against this JSON Schema", "{")


def test_the_marker(scenario: Scenario) -> None:
    scenario.write("schemas/id.json", '{"minimum": 10}')
    scenario.received({"id": 17, "ids": [17, 3]})
    scenario.say('path "/id" is "~schema:id.json"')
    error = scenario.fails('path "/ids" is "~each:~schema:id.json"')
    assert "minimum" in error.mismatches[0].reason
    scenario.errs('path "/id" is "~schema:nothing.json"')


# The description


def test_what_is_as_described(shop: Scenario) -> None:
    shop.answer([])
    shop.say('I send a "GET" request to "/orders?page=2"')
    shop.say("response conforms to the API description")


def test_a_wrong_request_is_not_sent(shop: Scenario) -> None:
    error = shop.fails('I send a "GET" request to "/orders?page=x"')
    assert [one.path for one in error.mismatches] == ['query parameter "page"']
    assert "may break" in error.hint
    assert shop.transport.sent == []
    assert shop.state.run.requests == 0
    assert [one.status for one in shop.state.exchanges] == [0]
    shop.fails('I send a "DELETE" request to "/orders"')
    shop.fails("I try to invoke the URL")


def test_a_wrong_response_fails_the_call(shop: Scenario) -> None:
    shop.answer({"a": 1})
    error = shop.fails('I send a "GET" request to "/orders"')
    assert [one.path for one in error.mismatches] == ["body"]
    assert shop.state.response is not None
    shop.fails("response conforms to the API description")


def test_a_request_that_may_break_it(shop: Scenario) -> None:
    shop.say("the request may break the API description")
    shop.answer(b"", 404)
    shop.say('I send a "GET" request to "/orders?page=x"')
    shop.fails('I send a "GET" request to "/orders?page=x"')  # for one request only
    shop.say("the request may break the API description")
    shop.answer(b"", 500)
    assert "status" in shop.fails('I send a "GET" request to "/orders?page=x"').mismatches[0].path
    shop.say("the request may break the API description")
    shop.answer(b"", 500)
    shop.say('I send a "GET" request to "/nothing"')


def test_not_enforced(shop: Scenario) -> None:
    shop.say("the API description isn't enforced")
    shop.answer(b"", 500)
    shop.say('I send a "GET" request to "/anything"')
    shop.fails("response conforms to the API description")
    shop.errs("the request may break the API description")


def test_nothing_described(scenario: Scenario) -> None:
    for sentence in (
        "response conforms to the API description",
        "the API description isn't enforced",
        "the request may break the API description",
        'operation "x" is invoked',
        "at least 1 percent of the operations were exercised",
    ):
        assert "No API description" in scenario.errs(sentence).message
    scenario.errs('the API is described by "nothing.yaml"')


def test_redirects(shop: Scenario) -> None:
    shop.answer([], redirects=("http://h/orders",), url="http://elsewhere/x")
    shop.say('I send a "GET" request to "/orders"')
    shop.answer({}, redirects=("http://h/orders",), url="http://h/orders?page=1")
    shop.fails('I send a "GET" request to "/orders"')


def test_many_at_once(shop: Scenario) -> None:
    shop.say('URL path "/orders"')
    for body in ([], {}):
        shop.answer(body)
    shop.fails("the URL is invoked 2 times at once")
    shop.say('query parameter "page" is "x"')
    shop.fails("the URL is invoked 2 times at once")
    assert len(shop.transport.sent) == 2
    shop.say("the request may break the API description")
    for _ in range(2):
        shop.answer([])
    shop.say("the URL is invoked 2 times at once")


# Operations


def sent(shop: Scenario) -> Any:
    spec = shop.transport.sent[-1]
    return spec.method, spec.url, {name.lower(): value for name, value in spec.headers}, spec.body


def test_an_operation_with_examples_and_defaults(shop: Scenario) -> None:
    shop.answer(b"", 201)
    shop.say('operation "createOrder" is invoked')
    method, url, headers, body = sent(shop)
    assert (method, url, body) == ("POST", "http://h/v1/orders", b'{"sku":"A1"}')
    assert (headers["x-tenant"], headers["cookie"], headers["content-type"]) == ("blue", "lang=en", "application/json")


def test_what_is_given_wins(shop: Scenario) -> None:
    shop.feature.values["n"] = 7
    shop.say('header "X-Tenant" "red"')
    shop.answer(b"", 201)
    shop.say('operation "createOrder" is invoked', '{"sku": "s#{n}"}')
    assert sent(shop)[2]["x-tenant"] == "red"
    assert sent(shop)[3] == b'{"sku":"s7"}'
    shop.answer(b"")
    shop.say('operation "getOrder" is invoked', "| name | value |\n| id | #n |")
    assert sent(shop)[:2] == ("GET", "http://h/v1/orders/7")
    shop.answer(b"")
    shop.say('operation "getOrder" is invoked')
    assert sent(shop)[:2] == ("GET", "http://h/v1/orders/5")
    shop.answer([])
    shop.say('operation "GET /orders" is invoked', "| name | value |\n| page | 3 |")
    assert sent(shop)[1] == "http://h/v1/orders?page=3"
    shop.answer(b"")
    shop.say('operation "login" is invoked', '{"user": "ann b", "tags": ["x", "y"]}')
    assert sent(shop)[3] == b"user=ann+b&tags=x&tags=y"
    assert shop.state.request.headers == [("X-Tenant", "red")]
    assert shop.state.request.form == {}


def test_wrong_operations(shop: Scenario) -> None:
    assert "createOrder" in shop.errs('operation "createOrders" is invoked').hint
    assert "page" in shop.errs('operation "listOrders" is invoked', "| name | value |\n| pag | 1 |").hint
    shop.fails('operation "getOrder" is invoked', "| name | value |\n| id | 1 |")
    shop.fails('operation "createOrder" is invoked', "{}")


def test_the_address_that_the_description_names(shop: Scenario) -> None:
    shop.state.request.address = ""
    shop.answer([])
    shop.say('operation "listOrders" is invoked')
    assert sent(shop)[1] == "https://shop.test/v1/orders"


# Coverage


def test_coverage_is_the_runs(shop: Scenario) -> None:
    shop.answer([])
    shop.say('I send a "GET" request to "/orders"')
    other = ScenarioState(shop.feature)
    shop.context.apitest, shop.state = other, other
    shop.say('the API is described by "api.yaml"')
    shop.say("at least 25 percent of the operations were exercised")
    error = shop.fails("at least 26 percent of the operations were exercised")
    assert error.mismatches[0].reason == "not exercised: createOrder, getOrder, login"
    assert "@serial" in error.hint
    error = shop.fails('every documented status of operation "listOrders" was seen')
    assert [one.path for one in error.mismatches] == ["status 404"]
    shop.say('address "http://h"')
    shop.answer(b"", 404)
    shop.say('I send a "GET" request to "/orders"')
    shop.say('every documented status of operation "listOrders" was seen')
    told = shop.state.run.shared["report"]["api"]()
    assert [(one["name"], one["exercised"], one["statuses_seen"]) for one in told] == [("api.yaml", 1, 2)]


def test_compatible(shop: Scenario) -> None:
    shop.write("schemas/new.yaml", API.replace("required: [sku]", "required: [sku, qty]"))
    shop.say('API description "api.yaml" is compatible with "new.yaml"')
    error = shop.fails('API description "new.yaml" is compatible with "api.yaml"')
    assert [one.path for one in error.mismatches] == ["POST /orders request body/qty"]
