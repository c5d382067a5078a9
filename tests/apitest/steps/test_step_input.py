"""apitest/steps/step_input.py: what a step is given besides its sentence."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from apitest.errors import FileProblem, StepError
from apitest.steps import step_input
from tests.apitest.steps.conftest import Scenario, Table


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a, b,c ", ["a", "b", "c"]),
        ("a", ["a"]),
        ("", []),
        ("a,,b", ["a", "", "b"]),
        (["a", 1], ["a", "1"]),
        (7, ["7"]),
    ],
)
def test_names(text: object, names: list[str]) -> None:
    assert step_input.names_in(text) == names


@pytest.mark.parametrize(("value", "text"), [("a", "a"), (3, "3"), (None, "null"), (True, "true"), ([1], "[1]")])
def test_text(value: object, text: str) -> None:
    assert step_input.text_of(value) == text


@pytest.mark.parametrize(
    ("text", "document"),
    [
        ('{"a": "#n", "b": #{n}}', {"a": 3, "b": 3}),
        ('{"a": "x-#{n}", "b": [#{list}]}', {"a": "x-3", "b": [[1, "q\"'"]]}),
        ('{"a": "\\"#{n}\\""}', {"a": '"3"'}),
        ('{"a": "##n", "##{n}": 1}', {"a": "#n", "#{n}": 1}),
    ],
)
def test_json_documents_with_look_ups(scenario: Scenario, text: str, document: object) -> None:
    scenario.feature.values.update(n=3, list=[1, "q\"'"])
    context = SimpleNamespace(apitest=scenario.state, text=text)
    assert step_input.doc_json(context) == document


@pytest.mark.parametrize("text", ["{", "", '{"a": 1, "a": 2}', '{"a": #nope}', "{'a': 1}"])
def test_json_documents_that_are_none(scenario: Scenario, text: str) -> None:
    context = SimpleNamespace(apitest=scenario.state, text=text)
    with pytest.raises(StepError):
        step_input.doc_json(context)


def test_table(scenario: Scenario) -> None:
    context = SimpleNamespace(apitest=scenario.state, table=Table("| name | value |\n| a | #n |"))
    scenario.feature.values["n"] = 3
    assert step_input.table_rows(context, ("name", "value")) == [{"name": "a", "value": "#n"}]
    assert step_input.resolved_rows(context, ("name",), None) == [{"name": "a", "value": 3}]
    with pytest.raises(StepError, match=r"\| name \| value \|"):
        step_input.table_rows(context, ("path",))
    context.table = Table("| a | a |\n| 1 | 2 |")
    with pytest.raises(StepError):
        step_input.table_rows(context, (), None)


def test_files(scenario: Scenario) -> None:
    scenario.write("json/request/a.json", '\ufeff{"a": 1}')
    context = scenario.context
    assert step_input.read_json(context, "a.json", "json/request") == {"a": 1}
    assert step_input.read_text(context, "json/request/a.json") == '{"a": 1}'
    scenario.write("latin.txt", b"\xfc")
    with pytest.raises(FileProblem, match="UTF-8"):
        step_input.read_text(context, "latin.txt")
    with pytest.raises(FileProblem):
        step_input.read_file(context, "nope.txt")
    scenario.say('file "#{tmp}/a.txt" holds', "x")
    folder = scenario.state.temporary_folder()
    assert step_input.read_text(context, str(folder / "a.txt")) == "x\n"
    with pytest.raises(FileProblem):
        step_input.read_file(context, str(folder / "b.txt"))


def test_places_of_files_that_need_not_exist(scenario: Scenario) -> None:
    assert step_input.place_of_file(scenario.context, "out/a.txt") == (scenario.root / "out" / "a.txt").resolve()
    with pytest.raises(FileProblem, match="outside"):
        step_input.place_of_file(scenario.context, "/etc/passwd")


@pytest.mark.parametrize(
    ("expected", "actual", "result"),
    [
        ("3", 3, 3),
        ("3.0", 3, 3),
        ("3", "3", "3"),
        ("true", True, True),
        ("null", None, None),
        ("4", 3, "4"),
        ("~number", 3, "~number"),
        ("[1]", [1], "[1]"),
        (3, "3", 3),
    ],
)
def test_bare_cells(expected: object, actual: object, result: object) -> None:
    assert step_input.as_there(expected, actual) == result
