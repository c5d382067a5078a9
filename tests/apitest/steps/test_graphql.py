"""apitest/steps/graphql.py: what is sent, what is told.  Subscriptions: features/apitest/graphql.feature."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.apitest.steps.conftest import Scenario


@pytest.fixture
def asking(scenario: Scenario) -> Scenario:
    scenario.say('address "http://h"')
    scenario.say('URL path "/graphql"')
    return scenario


def sent(scenario: Scenario) -> Any:
    scenario.answer({"data": {}})
    scenario.say("the GraphQL query is sent")
    return json.loads(scenario.transport.sent[-1].body)


def test_query_and_variables(asking: Scenario) -> None:
    asking.feature.values.update(ids=[1, 2], id="7")
    asking.say("GraphQL query", '{ order(id: "#{id}") { id } }')
    asking.say(
        "GraphQL variables",
        '| name | value |\n| a | 1 |\n| b | "x" |\n| c | #ids |\n| d | {"e": "#id"} |\n| f | null |',
    )
    assert sent(asking) == {
        "query": '{ order(id: "7") { id } }',
        "variables": {"a": 1, "b": "x", "c": [1, 2], "d": {"e": "7"}, "f": None},
    }
    spec = asking.transport.sent[-1]
    headers = {name.lower(): value for name, value in spec.headers}
    assert (spec.method, spec.url) == ("POST", "http://h/graphql")
    assert headers["content-type"] == "application/json"
    assert headers["accept"].startswith("application/graphql-response+json")
    assert asking.state.request.method == "GET"


def test_query_from_a_file(asking: Scenario) -> None:
    asking.write("graphql/request/a.graphql", "query List { a }\nquery One { b }\n")
    asking.say('GraphQL query from "a.graphql" named "One"')
    assert sent(asking) == {"query": "query List { a }\nquery One { b }\n", "operationName": "One"}
    asking.say('GraphQL query from "a.graphql"')
    assert "operationName" not in sent(asking)
    asking.errs('GraphQL query from "b.graphql"')


def test_another_query_has_variables_of_its_own(asking: Scenario) -> None:
    asking.say("GraphQL variables", "| name | value |\n| a | 1 |")
    asking.say("GraphQL query", "{ a }")
    assert sent(asking)["variables"] == {"a": 1}
    assert sent(asking)["variables"] == {"a": 1}
    asking.say("GraphQL query", "{ b }")
    assert "variables" not in sent(asking)


def test_values_are_json(asking: Scenario) -> None:
    error = asking.errs("GraphQL variables", "| name | value |\n| a | NEW |")
    assert error.hint == 'A text stands in quotes: "NEW"'


def test_nothing_to_send(asking: Scenario) -> None:
    assert "no GraphQL query" in asking.errs("the GraphQL query is sent").message
    asking.errs('the GraphQL query is valid against schema "a.graphql"')


def test_errors(asking: Scenario) -> None:
    asking.received({"data": {"a": None}, "errors": [{"message": "order not found", "path": ["a"]}]})
    asking.say('a GraphQL error says "not found"')
    error = asking.fails("there are no GraphQL errors")
    assert [(one.actual, one.reason) for one in error.mismatches] == [("order not found", "at /data/a")]
    asking.fails('a GraphQL error says "forbidden"')
    asking.received({"data": {}})
    asking.say("there are no GraphQL errors")
    asking.fails('a GraphQL error says "not found"')
    asking.received({"message": "I am something else"})
    asking.fails("there are no GraphQL errors")
    asking.fails('a GraphQL error says "x"')


def test_valid_against_a_schema(asking: Scenario) -> None:
    asking.write("schemas/a.graphql", "type Query { order(id: ID!): Int }")
    asking.say("GraphQL query", "query A($id: ID!) { order(id: $id) }")
    asking.say("GraphQL variables", "| name | value |\n| id | 7 |")
    asking.say('the GraphQL query is valid against schema "a.graphql"')
    asking.say("GraphQL variables", "| name | value |\n| id | [7, 8] |")
    asking.fails('the GraphQL query is valid against schema "a.graphql"')
    asking.say("GraphQL query", "{ orders }")
    asking.fails('the GraphQL query is valid against schema "a.graphql"')
    asking.write("schemas/b.graphql", "type Query {")
    asking.errs('the GraphQL query is valid against schema "b.graphql"')
