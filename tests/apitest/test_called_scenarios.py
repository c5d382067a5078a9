from __future__ import annotations

from pathlib import Path

import pytest

from apitest.called_scenarios import CalledScenarios
from apitest.errors import StepError
from apitest.project import locate
from apitest.sentences import load_sentences
from tests.support.sample_project import make_project

FEATURE = "Feature: F\n  Scenario: Same\n    Given a number 1\n  Scenario: {name}\n    Given a number 2\n"


@pytest.fixture
def called(tmp_path: Path) -> CalledScenarios:
    files = {"a.feature": FEATURE.format(name="A"), "deep/b.feature": FEATURE.format(name="B"), "bad.feature": "Fea"}
    project, _ = locate([str(make_project(tmp_path, files))])
    return load_sentences(project).scenarios


def test_by_file(called: CalledScenarios) -> None:
    found = called.find("A", "a.feature")
    assert (found.name, found.line, len(found.steps)) == ("A", 4, 1)
    assert called.find("A", "a.feature") is found
    with pytest.raises(StepError, match="There is no scenario"):
        called.find("B", "a.feature")


def test_the_same_feature_first_then_a_unique_name(called: CalledScenarios, tmp_path: Path) -> None:
    (tmp_path / "features" / "bad.feature").unlink()
    beside = str(tmp_path / "features" / "deep" / "b.feature")
    assert called.find("Same", beside=beside).file.endswith("b.feature")
    assert called.find("A", beside=beside).file.endswith("a.feature")
    with pytest.raises(StepError, match="There are 2 scenarios"):
        called.find("Same")


def test_an_unreadable_file(called: CalledScenarios) -> None:
    with pytest.raises(StepError, match=r"bad.feature:"):
        called.find("A", "bad.feature")
