from __future__ import annotations

from typing import Any

import pytest

from apitest import parallel
from apitest.hooks import Hooks


def fails(*arguments: Any) -> None:
    raise ValueError("no")


def test_a_hook_that_is_not_there_is_no_failure() -> None:
    hooks = Hooks({})
    assert hooks.call("before_all", None) is None  # type: ignore[arg-type]
    assert hooks.call_tags("before_tag", None, ["a"]) is None  # type: ignore[arg-type]
    assert not hooks.has_steps and not hooks.has_scenarios


def test_failures_are_values() -> None:
    failure = Hooks({"before_all": fails}).call("before_all", None)  # type: ignore[arg-type]
    assert failure is not None
    assert failure.summary == "before_all failed: ValueError: no"


def test_all_tags_are_told_and_the_first_failure_counts() -> None:
    told: list[str] = []

    def before_tag(context: Any, tag: str) -> None:
        told.append(tag)
        if tag != "a":
            raise ValueError(tag)

    failure = Hooks({"before_tag": before_tag}).call_tags("before_tag", None, ["a", "b", "c"])  # type: ignore[arg-type]
    assert told == ["a", "b", "c"]
    assert failure is not None
    assert failure.summary == "before_tag failed: ValueError: b"


def test_leaving_the_program_is_a_failure_and_being_ended_is_not() -> None:
    def leaves(context: Any) -> None:
        raise SystemExit(1)

    def ended(context: Any) -> None:
        raise parallel.Ended

    assert Hooks({"before_all": leaves}).call("before_all", None) is not None  # type: ignore[arg-type]
    with pytest.raises(parallel.Ended):
        Hooks({"before_all": ended}).call("before_all", None)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["before_scenario", "after_tag", "before_rule"])
def test_which_moments_are_wanted(name: str) -> None:
    assert Hooks({name: fails}).has_scenarios
    assert Hooks({"after_step": fails}).has_steps
