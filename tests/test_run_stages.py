"""The runner of the test stages: a red stage is never counted as green."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import run_stages
from tests.run_stages import Totals, closing_line, read_junit


def test_cases_are_counted_by_their_verdict(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(
        "<testsuites><testsuite><testcase/><testcase><failure/></testcase><testcase><error/></testcase>"
        "<testcase><skipped/></testcase></testsuite><testsuite><testcase/></testsuite></testsuites>"
    )
    assert read_junit(report) == Totals(passed=2, failed=2, skipped=1)


def test_the_closing_line_has_the_form_of_pytest() -> None:
    assert closing_line(Totals(810, 2, 3), 61.204).strip() == "==== 2 failed, 810 passed, 3 skipped in 61.20s ===="
    assert closing_line(Totals(5), 1).strip() == "==== 5 passed in 1.00s ===="


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("true", Totals(passed=1)),
        ("false", Totals(failed=1)),
        ("true junit", Totals(failed=1)),  # said that it would report, and did not
    ],
)
def test_a_stage(command: str, expected: Totals, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(run_stages, "STAGES", {"one": (command,)})
    monkeypatch.setattr(run_stages, "REPORTS", tmp_path)
    totals = Totals()
    is_good = run_stages.run_stage("one", totals)
    assert totals == expected
    assert is_good == (not expected.failed)


def test_an_unknown_stage_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_stages.main(["pur"]) == 2
    assert "Not known: pur" in capsys.readouterr().out
