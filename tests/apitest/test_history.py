from __future__ import annotations

from pathlib import Path

import pytest

from apitest import history
from apitest.errors import UsageError
from apitest.project import locate
from tests.support.sample_project import make_project, plan_of, run

FEATURE = (
    "Feature: F\n  Scenario: A\n    Given a number 1\n  Scenario: B\n    Given it breaks\n  Scenario: C\n    Given no\n"
)


def test_the_failed_ones_of_the_last_run(tmp_path: Path) -> None:
    folder = make_project(tmp_path, {"a.feature": FEATURE})
    project = locate([str(folder)])[0]
    with pytest.raises(UsageError, match="No run"):
        history.scenarios_to_rerun(project, "failed")
    history.remember(project, run(plan_of(folder)))
    again = history.scenarios_to_rerun(project, "failed")
    assert sorted(line for _, line in again) == [4, 6]
    assert history.scenarios_to_rerun(project, "flaky") == frozenset()
    assert [scenario.name for scenario in plan_of(folder, only=again).scenarios] == ["B", "C"]


def test_a_partial_run_changes_only_what_it_ran(tmp_path: Path) -> None:
    folder = make_project(tmp_path, {"a.feature": FEATURE})
    project = locate([str(folder)])[0]
    history.remember(project, run(plan_of(folder)))
    history.remember(project, run(plan_of(folder, names=("A",))))
    assert len(history.scenarios_to_rerun(project, "failed")) == 2


def test_a_broken_file_is_as_good_as_none(tmp_path: Path) -> None:
    folder = make_project(tmp_path, {"a.feature": FEATURE})
    project = locate([str(folder)])[0]
    (folder / ".apitest").mkdir()
    (folder / history.FILE).write_text("{broken")
    assert history.scenarios_to_rerun(project, "failed") == frozenset()
    (folder / history.FILE).unlink()
    (folder / history.FILE).mkdir()
    history.remember(project, run(plan_of(folder)))
