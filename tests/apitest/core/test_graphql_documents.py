"""apitest/core/graphql_documents.py: answers, schemas, queries against them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from graphql import build_schema, introspection_from_schema

from apitest.core import graphql_documents
from apitest.errors import AssertionFailed, FileProblem

SDL = """
type Order { id: ID! qty: Int! }
input New { sku: String!, qty: Int = 1 }
type Query { order(id: ID!): Order }
type Mutation { create(order: New!): Order! }
"""


def problems(query: str, variables: dict[str, Any] | None = None, operation: str = "") -> list[tuple[str, Any, str]]:
    schema = graphql_documents.schema_from(SDL, "a.graphql")
    found = graphql_documents.problems(schema, query, variables or {}, operation)
    return [(one.path, one.actual, one.reason) for one in found]


def test_payload() -> None:
    assert graphql_documents.payload("{a}", {}) == {"query": "{a}"}
    assert graphql_documents.payload("{a}", {"b": 1}, "C") == {
        "query": "{a}", "variables": {"b": 1}, "operationName": "C",
    }  # fmt: skip


def test_errors_of_an_answer() -> None:
    assert graphql_documents.errors_of({"data": {}}) == []
    assert graphql_documents.errors_of({"data": None, "errors": [{"message": "x"}]}) == [{"message": "x"}]
    for other in ([], {"message": "x"}, {"errors": "x"}, None):
        with pytest.raises(AssertionFailed, match="no GraphQL answer"):
            graphql_documents.errors_of(other)


def test_what_errors_say() -> None:
    error = {"message": "no", "path": ["orders", 0, "id"], "locations": [{"line": 1, "column": 3}]}
    assert graphql_documents.message_of(error) == "no"
    assert graphql_documents.message_of({"code": 7}) == '{"code": 7}'
    assert graphql_documents.place_of(error) == "at /data/orders/0/id"
    assert graphql_documents.place_of({"locations": [{"line": 1, "column": 3}]}) == "line 1, column 3 of the query"
    assert graphql_documents.place_of("x") == ""


def test_what_is_valid() -> None:
    assert problems('{ order(id: "1") { id qty } }') == []
    assert problems("query A($id: ID!) { order(id: $id) { id } } query B { __typename }", {"id": 7}, "A") == []


def test_what_is_not() -> None:
    assert problems("{ order(id: 1) { price } }") == [
        ("line 1, column 18", "{ order(id: 1) { price } }", "Cannot query field 'price' on type 'Order'.")
    ]
    assert problems("{ order(")[0][2].startswith("Syntax Error")
    assert problems("mutation A($o: New!) { create(order: $o) { id } }", {"o": {"qty": "x"}})
    assert problems("query A($id: ID!) { order(id: $id) { id } }") != []
    assert problems('{ order(id: "1") { id } }', {"x": 1}) == [("variable x", 1, "")]
    two = "query A { __typename } query B { __typename }"
    assert problems(two) == [("operation", None, "the query has A, B")]
    assert problems(two, operation="C") == [("operation", None, "the query has A, B")]


def test_a_schema_from_introspection() -> None:
    text = json.dumps({"data": introspection_from_schema(build_schema(SDL))})
    schema = graphql_documents.schema_from(text, "a.json")
    assert graphql_documents.problems(schema, '{ order(id: "1") { qty } }', {}) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("type Query {", "no GraphQL schema: Syntax Error"),
        ("type Query { a: Nope }", "Unknown type"),
        ("type Order { id: ID }", "Query root type must be provided"),
        ('{"data": {}}', "no answer to an introspection query"),
        ("{", "is no JSON"),
        ('{"__schema": {}}', "no GraphQL schema"),
    ],
)
def test_what_is_no_schema(text: str, words: str) -> None:
    with pytest.raises(FileProblem) as caught:
        graphql_documents.schema_from(text, "a.graphql")
    assert words in caught.value.message
