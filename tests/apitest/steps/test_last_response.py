"""apitest/steps/last_response.py: asking the last response."""

from __future__ import annotations

import pytest

from apitest.errors import AssertionFailed, CallFailed, StepError
from apitest.steps import last_response
from tests.apitest.steps.conftest import Scenario


def test_nothing_was_called(scenario: Scenario) -> None:
    with pytest.raises(StepError, match="no response yet"):
        last_response.response_of(scenario.context)
    scenario.state.own["call failure"] = CallFailed("refused", "refused")
    with pytest.raises(CallFailed):
        last_response.response_of(scenario.context)


def test_document_is_parsed_once(scenario: Scenario) -> None:
    scenario.received({"a": 1})
    assert last_response.document_of(scenario.context) is last_response.document_of(scenario.context)


@pytest.mark.parametrize(
    ("expected", "actual", "paths"),
    [
        ("a\nb", "a\r\nb\n", []),
        ("a\nb", "a\nc", ["line 2"]),
        ("a\nb", "a", ["line 2"]),
        ("a", "a\nb", ["line 2"]),
        ("a\nb\nc", "b\nc", ["line 1"]),
        ("", "", []),
    ],
)
def test_lines(expected: str, actual: str, paths: list[str]) -> None:
    if not paths:
        last_response.compare_lines("differ", expected, actual)
        return
    with pytest.raises(AssertionFailed) as caught:
        last_response.compare_lines("differ", expected, actual)
    assert [item.path for item in caught.value.mismatches] == paths


def test_long_texts_are_cut() -> None:
    assert last_response.shown("x" * 20, 10) == "x" * 10 + "... (20 characters)"
