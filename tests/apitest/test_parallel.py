from __future__ import annotations

import contextvars
from functools import partial

import gevent
import pytest

from apitest import parallel
from apitest.errors import AssertionFailed, DeadlinePassed, Mismatch
from apitest.parallel import LoopThread, Stop, deadline, run_units


def silent(text: str) -> None:
    return None


@pytest.mark.parametrize("jobs", [1, 3, 100])
def test_every_unit_runs_once_in_some_lane(jobs: int) -> None:
    seen: list[tuple[int, int]] = []

    def unit(number: int, lane: int) -> None:
        gevent.sleep(0)
        seen.append((number, lane))

    units = [lambda lane, number=number: unit(number, lane) for number in range(10)]
    run_units(units, jobs, Stop(), silent)
    assert sorted(number for number, _ in seen) == list(range(10))
    assert {lane for _, lane in seen} == set(range(min(jobs, 10)))


def test_units_run_at_the_same_time() -> None:
    running = [0, 0]

    def unit(lane: int) -> None:
        running[0] += 1
        running[1] = max(running)
        gevent.sleep(0.001)
        running[0] -= 1

    run_units([unit] * 6, 3, Stop(), silent)
    assert running == [0, 3]


def test_no_units() -> None:
    run_units([], 4, Stop(), silent)


def test_a_deadline_ends_what_waits() -> None:
    with pytest.raises(DeadlinePassed, match="The step took longer than 0.01 s"), deadline(0.01, "The step"):
        gevent.sleep(10)


def test_a_deadline_that_is_kept_and_none_at_all() -> None:
    with deadline(10, "x"):
        pass
    with deadline(0, "x"):
        pass


def test_the_inner_deadline_is_its_own() -> None:
    with deadline(10, "outer"), pytest.raises(DeadlinePassed, match="inner"), deadline(0.01, "inner"):
        gevent.sleep(10)


def test_a_loop_thread_keeps_loop_and_context() -> None:
    import asyncio

    variable = contextvars.ContextVar("x", default=0)
    variable.set(5)
    thread = LoopThread()
    try:
        loops = [thread.call(asyncio.get_event_loop) for _ in range(2)]
        assert loops[0] is loops[1]
        assert thread.call(variable.get) == 5
        with pytest.raises(ZeroDivisionError):
            thread.call(lambda: 1 / 0)
    finally:
        thread.close()
    assert loops[0].is_closed()


def test_once_is_made_by_the_first_and_the_same_for_all() -> None:
    once, made = parallel.Once(), []
    assert once.get(lambda: made.append(1) or "value") == "value"
    assert once.get(lambda: made.append(2)) == "value"
    assert made == [1]


def test_an_error_comes_once_more_for_everybody() -> None:
    once = parallel.Once()

    def fail() -> None:
        raise AssertionFailed("no", [Mismatch("", 1, 2)], "hint")

    for _ in range(3):
        with pytest.raises(AssertionFailed) as caught:
            once.get(fail)
        assert (caught.value.message, caught.value.hint, len(caught.value.mismatches)) == ("no", "hint", 1)
        caught.value.message = "changed"


def test_together_waits_for_all_and_keeps_what_they_raised() -> None:
    done: list[int] = []

    def fail() -> None:
        raise ValueError("x")

    errors = parallel.run_together([lambda: done.append(1), fail, lambda: done.append(2)])
    assert done == [1, 2]
    assert [type(error) for error in errors] == [type(None), ValueError, type(None)]


def test_all_are_called_and_the_first_error_is_raised() -> None:
    done: list[int] = []

    def fail() -> None:
        raise ValueError("x")

    functions = [lambda: done.append(1), fail, lambda: done.append(2)]
    with pytest.raises(ValueError, match="x"):
        parallel.call_all(functions)
    assert (done, functions) == ([2, 1], [])


def test_units_with_a_lock_in_common_take_turns() -> None:
    running: set[str] = set()
    most: dict[str, int] = {}

    def unit(name: str, locks: frozenset[str], lane: int) -> None:
        running.add(name)
        for lock in locks:
            assert not any(other != name and lock in other for other in running)
        most["all"] = max(most.get("all", 0), len(running))
        gevent.sleep(0)
        running.discard(name)

    names = ["a1", "a2", "b1", "ab", "free", "a3"]
    locks = [
        frozenset(letter for letter in name if letter in "ab") if name != "free" else frozenset() for name in names
    ]
    units = [partial(unit, name, lock) for name, lock in zip(names, locks, strict=True)]
    run_units(units, 6, Stop(), silent, locks)
    assert most["all"] == 3
    assert not running
