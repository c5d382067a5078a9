"""What stands below a sentence, and the sentences inside doc strings, are looked at before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from apitest.results import SentenceProblem
from tests.support.sample_project import make_project, plan_of


def problems_of(folder: Path, steps: str, **files: str) -> list[SentenceProblem]:
    feature = "Feature: A\n  Scenario: B\n" + "".join(f"    {line}\n" for line in steps.splitlines())
    return plan_of(make_project(folder, {"a.feature": feature, **files}), "features/a.feature").problems


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ('Given I store "1" under "a"\n  | a |\n  | 1 |', "a table below it would not be read"),
        ('Given I store "1" under "a"\n  """\n  x\n  """', "a doc string below it would not be read"),
        ('Then within 1 second status is "200"\n  """\n  x\n  """', '`status is "{expected_status}"` takes none'),
        ('Given polling gives up when status is "200"\n  | a |', "a table below it would not be read"),
    ],
)
def test_what_would_not_be_read_is_told_before_the_run(tmp_path: Path, steps: str, reason: str) -> None:
    (problem,) = problems_of(tmp_path, steps)
    assert reason in problem.reason
    assert problem.scenarios == ("B",)


def test_what_is_read_is_taken(tmp_path: Path) -> None:
    steps = 'Then within 1 second response contains JSON\n  """\n  {}\n  """\nGiven a number 1\n  | own |\n  | step |'
    assert problems_of(tmp_path, steps) == []


def test_sentences_in_doc_strings_are_matched_before_the_run(tmp_path: Path) -> None:
    steps = (
        'Then all of these hold\n"""\nThen status is "200"\nAnd status iz "200"\n\n'
        'I store "1" under "a"\n  | b |\n  | c |\n"""'
    )
    unknown, unusable = problems_of(tmp_path, steps)
    assert (unknown.place.line, unknown.sentence) == (6, 'status iz "200"')
    assert 'status is "{expected_status}"' in unknown.nearest
    assert (unusable.place.line, unusable.sentence) == (8, 'I store "1" under "a"')
    assert "would not be read" in unusable.reason


def test_a_sentence_inside_a_sentence_inside_a_doc_string(tmp_path: Path) -> None:
    steps = 'Given when the scenario ends\n"""\nWhen I do this 2 times\n  ```\n  nothing\n  ```\n"""'
    (problem,) = problems_of(tmp_path, steps)
    assert problem.sentence == "nothing"
    assert problem.place.line == 7


def test_holes_of_rows_are_no_unknown_sentence(tmp_path: Path) -> None:
    steps = 'When for each row of "#users" I do\n"""\nthe URL is invoked\npath "/<x>" has <n> elements\nno <n>\n"""'
    assert [problem.sentence for problem in problems_of(tmp_path, steps)] == ["no <n>"]


def test_a_doc_string_without_sentences(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, 'Then all of these hold\n"""\n# nothing\n"""')
    assert "no sentences" in problem.reason


def test_a_scenario_that_is_run_by_another_is_looked_at_too(tmp_path: Path) -> None:
    other = "Feature: O\n  Scenario: Log in\n    Given nonsense\n  Scenario Outline: Row\n    Given a number <n>\n"
    other += "    Examples:\n      | n |\n      | 1 |\n      | 2 |\n"
    steps = (
        'When I run scenario "Log in" from "auth.feature"\nWhen I run scenario "Log it" from "auth.feature"\n'
        'When I run scenario "Row" from "auth.feature"\nWhen I run scenario "a" from "b.feature"\n'
        'When I run scenario "Row (n=2)" from "auth.feature"\nWhen I run scenario "#which" from "auth.feature"'
    )
    found = problems_of(tmp_path, steps, **{"auth.feature": other})
    assert [problem.place.file.rpartition("/")[2] for problem in found] == ["auth.feature", *["a.feature"] * 3]
    assert found[0].sentence == "nonsense"
    assert 'Did you mean "Log in"?' in found[1].reason
    assert "2 rows of examples" in found[2].reason
    assert "There is no file" in found[3].reason
