from __future__ import annotations

from pathlib import Path

from apitest.linting import Finding, findings
from tests.support.sample_project import STEPS, make_project, plan_of


def found_in(folder: Path, steps: str, **files: str) -> list[Finding]:
    feature = "Feature: A\n  Scenario: B\n" + "".join(f"    {line}\n" for line in steps.splitlines())
    everything = {"a.feature": feature, "steps/steps.py": "", **files}
    return findings(plan_of(make_project(folder, everything)))


def kinds(found: list[Finding]) -> list[tuple[int, str]]:
    return [(one.place.line, one.kind) for one in found]


def test_nothing_to_say(tmp_path: Path) -> None:
    assert found_in(tmp_path, 'Given address "@shop"\nWhen the URL is invoked\nThen status is "200"') == []


def test_what_cannot_be_run(tmp_path: Path) -> None:
    steps = "from behave import step\n@step('it {x} so')\ndef a(c, x): ...\n@step('it is {y}')\ndef b(c, y): ...\n"
    bad = "Feature: C\n  Scenario: x\n    Given a\n    oops\n"
    found = kinds(
        found_in(tmp_path, 'When it is so\nThen statuz is "200"', **{"steps/steps.py": steps, "b.feature": bad})
    )
    assert (3, "ambiguous") in found
    assert (4, "undefined") in found
    assert (4, "unreadable") in found


def test_pauses_and_keywords(tmp_path: Path) -> None:
    pause, keyword = found_in(tmp_path, 'When I wait 1 second\nThen address "@shop"\n* address "@shop"')
    assert (pause.kind, pause.level) == ("pause", "doubt")
    assert (keyword.kind, keyword.level, keyword.place.line) == ("keyword", "note", 4)


def test_secrets_are_found_and_not_said(tmp_path: Path) -> None:
    steps = (
        'Given Basic Auth "ann" "s3cret"\nAnd Basic Auth "ann" "@password"\n'
        'And header "Authorization" "Bearer abc"\nAnd header "Authorization" "Bearer @{token}"\n'
        'And I store "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc" under "x"\n'
        'And I store "configured-one" under "y"\n'
        'And I store this JSON under "z"\n  """\n  {"client_secret": "abc", "password": "#pw", "name": "x"}\n  """'
    )
    found = found_in(tmp_path, steps, **{"config.ini": "[secrets]\nk = configured-one\n"})
    assert kinds(found) == [(3, "secret"), (5, "secret"), (7, "secret"), (8, "secret"), (9, "secret")]
    assert not any("abc" in one.message or "s3cret" in one.message for one in found)


def test_names_given_twice(tmp_path: Path) -> None:
    text = "Feature: A\n  Scenario: B\n    Given a number 1\n  Scenario: B\n    Given a number 1\n"
    text += "  Scenario Outline: C\n    Given a number <n>\n    Examples:\n      | n |\n      | 1 |\n      | 2 |\n"
    other = "Feature: A\n  Scenario: B\n    Given a number 1\n"
    files = {"a.feature": text, "b.feature": other, "steps/steps.py": STEPS}
    found = [one for one in findings(plan_of(make_project(tmp_path, files))) if one.kind == "duplicate name"]
    assert kinds(found) == [(4, "duplicate name"), (1, "duplicate name")]


def test_unused_phrases_of_all_three_kinds(tmp_path: Path) -> None:
    steps = (
        "from behave import given\nfrom apitest import step\n@given('one')\ndef a(c): ...\n@given('two')\n"
        "def b(c): ...\n@step('three')\ndef c(ctx): ...\n"
    )
    phrases = "Phrase: used\n  Given one\n  And inner\nPhrase: inner\n  Given three\nPhrase: unused\n  Given inner\n"
    found = found_in(tmp_path, "Given used", **{"steps/steps.py": steps, "phrases/p.feature": phrases})
    messages = {one.message for one in found if one.kind == "unused"}
    assert messages == {"No feature uses: unused", "No feature uses: two"}
