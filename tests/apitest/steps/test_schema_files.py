"""apitest/steps/schema_files.py: where schemas and descriptions are read from, and from where not."""

from __future__ import annotations

import pytest

from apitest.errors import FileProblem
from apitest.steps.schema_files import description_of, problems_finder, schema_of
from tests.apitest.steps.conftest import Scenario

API = "{openapi: 3.1.0, paths: {/a: {get: {responses: {200: {content: {application/json: {schema: %s}}}}}}}}"


def problem(scenario: Scenario, name: str) -> str:
    with pytest.raises(FileProblem) as caught:
        schema_of(scenario.context, name)
    return f"{caught.value.message} {caught.value.hint}"


def test_a_schema_is_read_once_and_again_when_it_changed(scenario: Scenario) -> None:
    scenario.write("schemas/a.json", '{"minimum": 1}')
    first = schema_of(scenario.context, "a.json")
    assert schema_of(scenario.context, "a.json") is first
    scenario.write("schemas/a.json", '{"minimum": 10}')
    assert schema_of(scenario.context, "a.json").problems(5) != []


def test_a_schema_with_a_name_of_its_own_means_files_beside_it(scenario: Scenario) -> None:
    scenario.write("schemas/a.json", '{"$id": "https://x.test/s/a.json", "$ref": "parts/b.json"}')
    scenario.write("schemas/parts/b.json", '{"$id": "https://x.test/s/parts/b.json", "$ref": "../c.json"}')
    scenario.write("schemas/c.json", '{"type": "integer"}')
    assert schema_of(scenario.context, "a.json").problems("x") != []


def test_other_places_are_refused(scenario: Scenario) -> None:
    scenario.write("schemas/a.json", '{"$ref": "https://elsewhere.test/b.json"}')
    assert "is not fetched Copy it into features/schemas" in problem(scenario, "a.json")
    scenario.write("schemas/b.json", '{"$ref": "file:///etc/hostname"}')
    assert "outside the project" in problem(scenario, "b.json")
    scenario.write("schemas/c.json", '{"$ref": "../../../outside.json"}')
    assert "outside the project" in problem(scenario, "c.json")
    scenario.write("schemas/d.json", '{"$ref": "missing.json"}')
    assert 'refers to "missing.json", which is not there' in problem(scenario, "d.json")
    scenario.write("schemas/e.json", b"\xff")
    assert "not UTF-8" in problem(scenario, "e.json")
    scenario.write("schemas/f.json", '{"type": 7}')
    assert 'File "f.json": The JSON Schema cannot be used' in problem(scenario, "f.json")


def test_a_description_from_an_address(scenario: Scenario) -> None:
    scenario.answer((API % "{$ref: 'types.yaml#/n'}").encode())
    scenario.answer(b"n: {type: integer}")
    found = description_of(scenario.context, "http://h/docs/openapi.yaml")
    assert [one.url for one in scenario.transport.sent] == ["http://h/docs/openapi.yaml", "http://h/docs/types.yaml"]
    call = found.match("GET", "http://h/a")
    assert found.response_problems(call, 200, [("Content-Type", "application/json")], b'"x"') != []
    assert description_of(scenario.context, "http://h/docs/openapi.yaml") is found
    assert scenario.state.response is None


def test_a_description_from_an_address_that_is_elsewhere(scenario: Scenario) -> None:
    scenario.answer((API % "{$ref: 'http://other/types.yaml'}").encode())
    with pytest.raises(FileProblem, match="is not fetched"):
        description_of(scenario.context, "http://h/openapi.yaml")
    scenario.answer(b"", 404)
    with pytest.raises(FileProblem, match="answered 404 Not Found"):
        description_of(scenario.context, "http://h/nothing.yaml")


def test_what_a_marker_says(scenario: Scenario) -> None:
    scenario.write("schemas/a.json", '{"properties": {"n": {"minimum": 1}}, "required": ["m"]}')
    found = problems_finder(scenario.context)("a.json")({"n": 0})
    assert sorted(found) == ["/m is missing; there is n", "/n is not {'minimum': 1}"]
