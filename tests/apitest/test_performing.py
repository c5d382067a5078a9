"""Scenarios that run others, and sentences carried out from within a sentence."""

from __future__ import annotations

from pathlib import Path

from apitest.results import ScenarioResult, Verdict
from tests.support.sample_project import STEPS, run_project

OTHER = """\
Feature: Other
  Background:
    Given I store "b" under "background"
  Scenario: Log in
    Given I store "#user-1" under "token"
    And it is counted
  Scenario: Fails
    Given it is counted
    Then variable "#background" is a string "x"
  Scenario: Runs itself
    When I run scenario "Runs itself" from "other.feature"
"""

COUNTING = """
@step('it is counted')
def counted(context):
    counts = context.apitest.run.shared.setdefault("counts", [])
    counts.append(1)
    context.apitest.values["count"] = len(counts)

@step('the body is "{text}"')
def body(context, text):
    context.apitest.request.body = text

@step('the body is still "{text}"')
def body_is(context, text):
    assert context.apitest.request.body == text
"""


def outcome(folder: Path, *scenarios: str) -> list[ScenarioResult]:
    text = "Feature: A\n" + "".join(
        f"  Scenario: {number}\n" + "".join(f"    {line}\n" for line in steps.splitlines())
        for number, steps in enumerate(scenarios)
    )
    files = {"a.feature": text, "other.feature": OTHER, "steps/steps.py": STEPS + COUNTING}
    return [one for one in run_project(folder, files).scenarios() if one.feature == "A"]


RUN = 'When I run scenario "Log in" from "other.feature"'


def test_what_it_stores_arrives_here(tmp_path: Path) -> None:
    (result,) = outcome(
        tmp_path,
        f'Given the body is "mine"\n{RUN}\n  | user-1 |\n  | ann |\nThen variable "#token" is a string "ann"\n'
        'And variable "#background" is a string "b"\nAnd the body is still "mine"\n'
        f'{RUN}\n  | name | value |\n  | user-1 | bob |\nThen variable "#token" is a string "bob"',
    )
    assert result.verdict is Verdict.PASSED, result.steps


def test_a_failure_says_where(tmp_path: Path) -> None:
    failed, missing, itself = outcome(
        tmp_path,
        'When I run scenario "Fails" from "other.feature"',
        RUN,
        'When I run scenario "Runs itself" from "other.feature"',
    )
    assert failed.verdict is Verdict.FAILED
    assert failed.steps[0].failure is not None
    assert "other.feature:9" in failed.steps[0].failure.summary
    assert missing.verdict is Verdict.ERROR
    assert missing.steps[0].failure is not None
    assert "there is no stored value #user-1" in missing.steps[0].failure.summary
    assert itself.verdict is Verdict.ERROR
    assert itself.steps[0].failure is not None
    assert "runs itself" in itself.steps[0].failure.summary


def test_an_outcome_is_made_once(tmp_path: Path) -> None:
    asked = 'Given the outcome of scenario "Log in" from "other.feature"'
    before = 'Given I store "ann" for the whole run under "user-1"\n'
    results = outcome(tmp_path, before + asked, asked + '\nThen variable "#token" is a string "ann"')
    results += outcome(tmp_path, before + asked, before + asked + '\nThen variable "#count" is an integer "1"')
    assert [result.verdict for result in results] == [Verdict.PASSED] * 4, [result.steps for result in results]


def test_an_outcome_that_fails_fails_for_everybody_and_is_not_made_again(tmp_path: Path) -> None:
    asked = 'Given the outcome of scenario "Fails" from "other.feature"'
    count = 'Given it is counted\nThen variable "#count" is an integer "2"'
    first, second, third = outcome(tmp_path, asked, asked, count)
    assert first.verdict is second.verdict is Verdict.FAILED
    assert third.verdict is Verdict.PASSED, third.steps


def test_rows(tmp_path: Path) -> None:
    stored = (
        'Given I store this JSON under "users"\n  """\n  [{"name": "ann", "n": 1}, {"name": "b\\"#b", "n": 2}]\n  """\n'
    )
    loop = 'When for each row of "#users" I do\n"""\nGiven I store "<name>" under "last"\nit is counted\n%s\n"""'
    good, bad, nothing, text = outcome(
        tmp_path,
        stored + loop % "" + '\nThen variable "#last" is a string "b\\"#b"',
        stored + loop % 'variable "#last" is a string "ann"',
        'Given I store this JSON under "users"\n  """\n  []\n  """\n' + loop % "",
        'Given I store "x" under "users"\n' + loop % "",
    )
    assert good.verdict is Verdict.PASSED, good.steps
    assert bad.verdict is Verdict.FAILED
    assert bad.steps[-1].failure is not None
    assert 'row 2 {"name": "b\\"#b", "n": 2}' in bad.steps[-1].failure.summary
    assert (nothing.verdict, text.verdict) == (Verdict.FAILED, Verdict.ERROR)


def test_at_the_same_time(tmp_path: Path) -> None:
    lines = 'When I do these at the same time\n"""\n%s\n"""'
    good, bad, error = outcome(
        tmp_path,
        lines % 'Given I store "1" under "a"\nI store "2" under "b"' + '\nThen variable "#b" is a string "2"',
        lines % 'variable "#tmp" is a string "x"\nvariable "#tmp" is a string "y"',
        lines % 'variable "#tmp" is a string "x"\nit breaks',
    )
    assert good.verdict is Verdict.PASSED, good.steps
    assert bad.verdict is Verdict.FAILED
    assert bad.steps[0].failure is not None
    assert [item.expected for item in bad.steps[0].failure.mismatches] == ["x", "y"]
    assert error.verdict is Verdict.ERROR


def test_the_end_of_a_scenario_goes_on_after_an_error(tmp_path: Path) -> None:
    (result,) = outcome(
        tmp_path, 'Given when the scenario ends\n"""\nvariable "#nope" is a string "x"\nthe report notes "over"\n"""'
    )
    assert result.verdict is Verdict.ERROR
    assert "over" in result.notes
