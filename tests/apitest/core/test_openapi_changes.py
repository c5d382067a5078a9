"""apitest/core/openapi_changes.py: what breaks clients of the old description."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from apitest.core.openapi_changes import breaking
from apitest.core.openapi_reading import Document

ORDER = {
    "type": "object",
    "required": ["id", "state"],
    "properties": {
        "id": {"type": "integer", "readOnly": True},
        "state": {"type": "string", "enum": ["new", "paid"]},
        "qty": {"type": "integer", "minimum": 1},
        "kind": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
        "child": {"$ref": "#/components/schemas/Order"},
    },
}
BASE: dict[str, Any] = {
    "openapi": "3.1.0",
    "paths": {
        "/orders/{id}": {
            "put": {
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
                    {"name": "page", "in": "query", "schema": {"type": "integer"}},
                ],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}},
                "responses": {
                    "200": {
                        "description": "",
                        "headers": {"X-Total": {"required": True, "schema": {"type": "integer"}}},
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}},
                    },
                    "404": {"description": ""},
                },
            }
        }
    },
    "components": {"schemas": {"Order": ORDER}},
}


def put(document: Any) -> Any:
    return next(iter(document["paths"].values()))["put"]


def order(document: Any) -> Any:
    return document["components"]["schemas"]["Order"]


def described(document: Any) -> Document:
    return Document("a", "file:///a", {"file:///a": document})


def changed(change: Callable[[Any], Any]) -> list[tuple[str, Any, Any]]:
    new = copy.deepcopy(BASE)
    change(new)
    found = breaking(described(BASE), described(new))
    return [(one.path.removeprefix("PUT /orders/{id} "), one.expected, one.actual) for one in found]


def test_nothing_changed() -> None:
    assert changed(lambda new: None) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda new: put(new)["parameters"].append({"name": "q", "in": "query", "schema": {"type": "string"}}),
        lambda new: put(new)["responses"].update({"201": {"description": ""}}),
        lambda new: put(new)["responses"].pop("404"),
        lambda new: order(new)["properties"].update(more={"type": "string"}),
        lambda new: new["paths"].update({"/more": {"get": {"responses": {"200": {}}}}}),
        lambda new: (
            new["paths"].update({"/orders/{number}": new["paths"].pop("/orders/{id}")})
            or put(new)["parameters"][0].update(name="number")
        ),
        lambda new: order(new)["properties"]["qty"].pop("minimum"),
    ],
)
def test_what_clients_do_not_notice(change: Callable[[Any], Any]) -> None:
    assert changed(change) == []


@pytest.mark.parametrize(
    ("change", "paths"),
    [
        (lambda new: put(new)["parameters"].pop(), ['query parameter "page"']),
        (lambda new: put(new)["parameters"][1].update(required=True), ['query parameter "page"']),
        (lambda new: put(new)["parameters"][1].update(explode=False), ['query parameter "page" style']),
        (lambda new: put(new)["parameters"][1]["schema"].update(type="boolean"), ['query parameter "page" type']),
        (lambda new: put(new)["parameters"][1]["schema"].update(type="number"), []),
        (
            lambda new: put(new)["parameters"].append(
                {"name": "q", "in": "header", "required": True, "schema": {"type": "string"}}
            ),
            ["header q"],
        ),
        (lambda new: put(new)["requestBody"].update(required=True), ["request body"]),
        (
            lambda new: put(new)["requestBody"].update(content={"text/plain": {}}),
            ["request body as application/json"],
        ),
        (lambda new: put(new)["responses"].update({"200": {"description": ""}}), [
            "response 200 as application/json", "response 200 header X-Total",
        ]),
        (lambda new: put(new)["responses"].update({"204": put(new)["responses"].pop("200")}), ["response 200"]),
        (lambda new: put(new)["responses"]["200"]["headers"]["X-Total"].update(required=False), [
            "response 200 header X-Total",
        ]),
        (lambda new: order(new)["required"].append("qty"), ["request body/qty"]),
        (lambda new: order(new)["required"].remove("state"), ["response 200/state"]),
        (lambda new: order(new)["properties"].pop("qty"), ["response 200/qty"]),
        (lambda new: order(new)["properties"]["state"]["enum"].append("gone"), ["response 200/state values"]),
        (lambda new: order(new)["properties"]["state"]["enum"].remove("new"), ["request body/state values"]),
        (lambda new: order(new)["properties"]["qty"].update(minimum=2), ["request body/qty minimum"]),
        (lambda new: order(new)["properties"]["qty"].update(maximum=9), ["request body/qty maximum"]),
        (lambda new: order(new)["properties"]["qty"].update(type="string"), [
            "request body/qty type", "response 200/qty type",
        ]),
        (lambda new: order(new)["properties"]["kind"]["oneOf"].pop(), ["request body/kind oneOf 2"]),
        (lambda new: order(new)["properties"]["kind"]["oneOf"].append({"type": "array"}), [
            "response 200/kind oneOf 3",
        ]),
    ],
)  # fmt: skip
def test_what_breaks_them(change: Callable[[Any], Any], paths: list[str]) -> None:
    assert [path for path, _, _ in changed(change)] == paths


def test_an_operation_that_is_gone() -> None:
    new = copy.deepcopy(BASE)
    new["paths"] = {"/other": {"get": {"responses": {"200": {}}}}}
    (found,) = breaking(described(BASE), described(new))
    assert (found.path, found.reason) == ("PUT /orders/{id}", "is gone")
