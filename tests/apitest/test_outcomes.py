from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from behave.api.pending_step import StepNotImplementedError

from apitest.errors import AssertionFailed, CallFailed, Mismatch, StepError
from apitest.outcomes import HookFailed, close_all, failure_of, masked
from apitest.results import Failure, Verdict


def raised(error: BaseException) -> BaseException:
    try:
        raise error
    except BaseException as found:  # noqa: BLE001 -- the test wants it with its traceback
        return found


@pytest.mark.parametrize(
    ("error", "verdict", "summary"),
    [
        (AssertionFailed("x differs", [Mismatch("x", 1, 2)]), Verdict.FAILED, "x differs"),
        (AssertionError("because"), Verdict.FAILED, "because"),
        (StepError("cannot"), Verdict.ERROR, "cannot"),
        (CallFailed("refused", "refused"), Verdict.ERROR, "refused"),
        (ValueError("bad"), Verdict.ERROR, "ValueError: bad"),
        (ValueError(), Verdict.ERROR, "ValueError"),
        (StepNotImplementedError("later"), Verdict.ERROR, "pending: later"),
        (SystemExit(3), Verdict.ERROR, "SystemExit: 3"),
    ],
)
def test_what_is_raised_has_a_verdict(error: BaseException, verdict: Verdict, summary: str) -> None:
    found, failure = failure_of(raised(error), is_user=True)
    assert (found, failure.kind, failure.summary) == (verdict, verdict, summary)


def test_a_bare_assert_says_its_own_source(tmp_path: Path) -> None:
    file = tmp_path / "shop_steps.py"
    file.write_text("def check(x):\n    assert x == 2\n")
    names: dict[str, Any] = {}
    exec(compile(file.read_text(), str(file), "exec"), names)
    with pytest.raises(AssertionError) as found:
        names["check"](1)
    _, failure = failure_of(found.value, is_user=True)
    assert failure.summary == "assert x == 2"
    assert "shop_steps.py" in failure.traceback


def test_mismatches_and_hints_are_kept() -> None:
    _, failure = failure_of(AssertionFailed("x", [Mismatch("/a", 1, 2)], "try y"), is_user=False)
    assert failure.mismatches == (Mismatch("/a", 1, 2),)
    assert (failure.hint, failure.traceback) == ("try y", "")


def test_around_a_scenario_everything_is_an_error() -> None:
    verdict, failure = failure_of(AssertionError("no"), True, "after_scenario failed")
    assert (verdict, failure.summary) == (Verdict.ERROR, "after_scenario failed: no")


def test_a_bug_of_ours_says_so() -> None:
    assert "bug in apitest" in failure_of(raised(KeyError("x")), is_user=False)[1].hint


def test_a_hook_carries_its_failure() -> None:
    failure = Failure(Verdict.ERROR, "before_step failed")
    assert failure_of(HookFailed(failure), True) == (Verdict.ERROR, failure)


def test_closing_calls_all_of_them_backwards() -> None:
    called: list[int] = []

    def bad() -> None:
        called.append(2)
        raise ValueError("no")

    failures = close_all([lambda: called.append(1), bad, lambda: called.append(3)], "Closing failed")
    assert called == [3, 2, 1]
    assert [failure.summary for failure in failures] == ["Closing failed: ValueError: no"]


def test_masking_reaches_into_values() -> None:
    failure = Failure(
        Verdict.FAILED,
        "sum s3cret-1",
        (Mismatch("/a", {"k": ["s3cret-1", 2]}, "x s3cret-1 y", "s3cret-1"),),
        notes=("s3cret-1",),
    )
    found = masked(failure, {"s3cret-1"})
    assert "s3cret-1" not in repr(found)
    assert found.mismatches[0].expected == {"k": ["***", 2]}
