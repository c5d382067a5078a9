"""apitest/examples.py: rows of Examples from files and databases, known before anything runs."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from apitest.results import Verdict
from tests.support.sample_project import make_project, plan_of, run_project, verdicts

OUTLINE = """\
Feature: Numbers

  Scenario: Before
    Given a number 1

  @outline
  Scenario Outline: Twice <n>
    Given a number <n>
    When it is doubled
    Then it is <twice>

    @data:{source} {tags}
    Examples: of a file
      {table}
  Scenario: After
    Given a number 1
"""

CSV = "n;twice\n1;2\n2;4\n3;7\n"


def outline(source: str, tags: str = "", table: str = "") -> str:
    return OUTLINE.format(source=source, tags=tags, table=table)


def test_rows_of_a_file(tmp_path: Path) -> None:
    result = run_project(tmp_path, {"data/n.csv": CSV, "a.feature": outline("n.csv")})
    assert verdicts(result) == {
        "Before": Verdict.PASSED,
        "Twice 1": Verdict.PASSED,
        "Twice 2": Verdict.PASSED,
        "Twice 3": Verdict.FAILED,
        "After": Verdict.PASSED,
    }


def test_counts_tags_and_lines_are_known_before(tmp_path: Path) -> None:
    folder = make_project(tmp_path, {"data/n.csv": CSV, "a.feature": outline("n.csv", "@mine")})
    assert [s.name for s in plan_of(folder).scenarios] == ["Before", "Twice 1", "Twice 2", "Twice 3", "After"]
    assert [s.name for s in plan_of(folder, tags=("mine",)).scenarios] == ["Twice 1", "Twice 2", "Twice 3"]
    for line in ("7", "12", "13"):
        names = [s.name for s in plan_of(folder, f"features/a.feature:{line}").scenarios]
        assert names == ["Twice 1", "Twice 2", "Twice 3"], line
    assert [s.name for s in plan_of(folder, "features/a.feature:4").scenarios] == ["Before"]
    assert {s.place.line for s in plan_of(folder, tags=("mine",)).scenarios} == {13}
    assert [s.name for s in plan_of(folder, names=("Twice 2",)).scenarios] == ["Twice 2"]


@pytest.mark.parametrize(
    ("name", "content", "table"),
    [
        ("n.json", '[{"n": 1, "twice": 2, "note": null}, {"n": 2, "twice": 4}]', ""),
        ("n.json", "[[1, 2], [2, 4]]", "| n | twice |"),
        ("n.yaml", "- {n: 1, twice: 2}\n- {n: 2, twice: 4}\n", ""),
        ("n.csv", "note,twice,n\nx,2,1\ny,4,2\n", "| n | twice |"),
    ],
)
def test_kinds_of_files(tmp_path: Path, name: str, content: str, table: str) -> None:
    plan = plan_of(make_project(tmp_path, {f"data/{name}": content, "a.feature": outline(name, table=table)}))
    assert [s.name for s in plan.scenarios] == ["Before", "Twice 1", "Twice 2", "After"]
    assert not plan.problems


def test_written_rows_come_first(tmp_path: Path) -> None:
    text = outline("n.csv", table="| n | twice |\n      | 9 | 18 |")
    folder = make_project(tmp_path, {"data/n.csv": CSV, "a.feature": text})
    assert [s.name for s in plan_of(folder).scenarios][1:3] == ["Twice 9", "Twice 1"]
    assert [s.name for s in plan_of(folder, "features/a.feature:15").scenarios] == ["Twice 9"]


def shop(tmp_path: Path) -> str:
    with sqlite3.connect(tmp_path / "shop.db") as database:
        database.execute("create table numbers (n integer, twice integer)")
        database.executemany("insert into numbers values (?, ?)", [(1, 2), (2, 4), (50, 100)])
    database.close()
    return (
        f"[connection:shop]\nurl = sqlite:///{tmp_path}/shop.db\n"
        "[queries]\nsmall = select n, twice from numbers where n < :limit order by n\n"
        "none = select n from numbers where 0\n"
        "[user]\nlimit = 10\n"
    )


def test_rows_of_a_query(tmp_path: Path) -> None:
    files = {"config.ini": shop(tmp_path), "a.feature": outline("sql:shop:small")}
    result = run_project(tmp_path, files)
    assert verdicts(result) == dict.fromkeys(["Before", "Twice 1", "Twice 2", "After"], Verdict.PASSED)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("nope.csv", "no file"),
        ("empty.csv", "is empty"),
        ("header.csv", "no rows"),
        ("broken.json", "broken.json"),
        ("object.json", "no list of rows"),
        ("texts.json", "name no columns"),
        ("notes.txt", "no kind"),
        ("../../secret.csv", "outside the project"),
        ("sql:shop:smal", '"smal"'),
        ("sql:shop:none", "no rows"),
        ("sql:bank:small", "[connection:bank]"),
        ("sql:shop", "names no query"),
    ],
)
def test_what_cannot_be_read_is_an_error_of_its_own(tmp_path: Path, source: str, words: str) -> None:
    (tmp_path / "secret.csv").write_text("n\n1\n")
    files = {
        "config.ini": shop(tmp_path),
        "data/empty.csv": "",
        "data/header.csv": "n,twice\n",
        "data/broken.json": "[",
        "data/object.json": "{}",
        "data/texts.json": "[1, 2]",
        "data/notes.txt": "x",
        "a.feature": outline(source),
    }
    result = run_project(tmp_path / "project", files)
    assert verdicts(result) == {"Before": Verdict.PASSED, "After": Verdict.PASSED}
    failures = [feature.failure for feature in result.features if feature.failure is not None]
    assert len(failures) == 1
    assert failures[0].kind is Verdict.ERROR
    assert words in failures[0].summary
    assert result.features[0].place.line == 13


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    files = {"data/n.csv": CSV, "a.feature": outline("n.csv", table="| n | twise |")}
    plan = plan_of(make_project(tmp_path, files))
    failure = plan.features[0].failure
    assert failure is not None
    assert '"twise"' in failure.summary
    assert '"twice"' in failure.hint


def test_empty_where_that_is_allowed(tmp_path: Path) -> None:
    files = {"data/n.csv": "n,twice\n", "a.feature": outline("n.csv", "@may-be-empty")}
    plan = plan_of(make_project(tmp_path, files))
    assert [s.name for s in plan.scenarios] == ["Before", "After"]
    assert all(feature.failure is None for feature in plan.features)


def test_nothing_is_read_for_what_is_not_chosen(tmp_path: Path) -> None:
    folder = make_project(tmp_path, {"a.feature": outline("nope.csv")})
    assert all(f.failure is None for f in plan_of(folder, tags=("not outline",)).features)
    assert all(f.failure is None for f in plan_of(folder, "features/a.feature:4").features)
    assert any(f.failure is not None for f in plan_of(folder, "features/a.feature:8").features)


def test_values_stand_for_themselves(tmp_path: Path) -> None:
    """Quotes, commas and holes inside values do not end up as something else."""
    text = 'Feature: f\n  Scenario Outline: s\n    * it prints "<a>"\n\n    @data:n.json\n    Examples:\n'
    files = {"data/n.json": '[{"a": "x | y, z"}, {"a": {"k": [1, null]}}]', "a.feature": text}
    plan = plan_of(make_project(tmp_path, files))
    assert [s.steps[0].step.name for s in plan.scenarios] == ['it prints "x | y, z"', 'it prints "{"k":[1,null]}"']
