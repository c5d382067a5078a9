from __future__ import annotations

from pathlib import Path

import pytest

from apitest.cli import run_command
from tests.support.sample_project import make_project

FEATURE = """\
Feature: A
  Background:
    Given a number 1
  Scenario: B
    Given I store "1" under "id"
    When I send a "GET" request to "@{shop}/#{id}/${NO_SUCH}"
    Then within 2 seconds status is "200"
    And it is ready for "@api_password"
  Scenario: C
    Given I store this JSON under "x"
      '''
      {"a": "#later"}
      '''
    And nonsense
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    files = {
        "a.feature": FEATURE,
        "config.ini": "[user]\nshop = http://s\napi_password = hidden-one\n",
        "phrases/p.feature": 'Phrase: it is ready for "{whom}"\n  Then I store "{whom}" under "whom"\n',
    }
    return make_project(tmp_path, files) / "features" / "a.feature"


def explain(file: Path, line: int, capsys: pytest.CaptureFixture[str]) -> str:
    run_command(["explain", f"{file}:{line}"])
    return capsys.readouterr().out


def test_values_are_filled_in_as_far_as_they_are_known(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = explain(file, 6, capsys)
    assert 'I send a "{method}" request to "{path}"' in text
    assert '@shop      "http://s"' in text
    assert 'stored in line 5: I store "1" under "id"' in text
    assert "is not set in the environment" in text


def test_sentences_inside_and_own_ones(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert 'status is "{expected_status}"' in explain(file, 7, capsys)
    text = explain(file, 8, capsys)
    assert 'I store "@api_password" under "whom"' in text
    assert "a secret, set" in text
    assert "hidden-one" not in text
    assert "a number {n:d}" in explain(file, 3, capsys)


def test_a_line_of_a_doc_string_is_its_step(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = explain(file, 12, capsys)
    assert "I store this" in text
    assert "#later   stored while it runs" in text


def test_what_cannot_be_run_or_is_no_step(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["explain", f"{file}:14"]) == 3
    assert "no such sentence: nonsense" in capsys.readouterr().out
    assert run_command(["explain", f"{file}:1"]) == 2
    assert run_command(["explain", str(file)]) == 2
