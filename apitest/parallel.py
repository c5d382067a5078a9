"""Units of work over lanes: greenlets of one process, deadlines, Ctrl-C, and threads for users' event loops.

An edge: the only file of the runner, beside the transports, that knows gevent.  Not here: what a unit does
(`running.py`).  Patching is the entry point's business (`apitest/__main__.py`); without it everything works, one lane
after the other.
"""

from __future__ import annotations

import contextvars
import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar, cast

import gevent
from gevent.event import Event
from gevent.threadpool import ThreadPool

from apitest.errors import DeadlinePassed, StepError

T = TypeVar("T")

AUTO_JOBS = 48
"""Lanes where the user names no number: 1,000 calls to a server that takes 50 ms each end in about a second."""

GRACE_SECONDS = 10.0
"""How long running scenarios may go on after the first Ctrl-C."""


class Stop:
    """Why and how a run is to end early.  is_asked: start nothing more."""

    def __init__(self) -> None:
        self.is_asked = False
        self.is_interrupted = False
        self.is_terminated = False  # by SIGTERM
        self.is_ending = False  # running scenarios are being ended

    def ask(self) -> None:
        self.is_asked = True


def run_units(
    units: Sequence[Callable[[int], None]],
    jobs: int,
    stop: Stop,
    tell: Callable[[str], None],
    locks: Sequence[frozenset[str]] = (),
) -> None:
    """Runs every unit once, each in one of `jobs` lanes; unit(lane) must not raise.

    tell: says to the user what an interruption means.  locks: for each unit the names it holds while it runs; two with
    a name in common never run at the same time.  Returns when all lanes are done or were ended.
    """
    waiting = deque(zip(units, locks or [frozenset[str]()] * len(units), strict=True))
    lanes = max(1, min(jobs, len(units)))
    held: set[str] = set()
    released = Event()

    def take() -> tuple[Callable[[int], None], frozenset[str]] | None:
        """The first unit that may start; units before it keep their places."""
        for number, (unit, wanted) in enumerate(waiting):
            if held.isdisjoint(wanted):
                del waiting[number]
                return unit, wanted
        return None

    def work(lane: int) -> None:
        while waiting:
            taken = take()
            if taken is None:
                released.clear()
                released.wait()
                continue
            unit, wanted = taken
            held.update(wanted)
            try:
                unit(lane)
            finally:
                held.difference_update(wanted)
                released.set()

    greenlets = [gevent.Greenlet(work, lane) for lane in range(lanes)]
    with _signals(stop, greenlets, tell):
        for greenlet in greenlets:
            greenlet.start()
        gevent.joinall(greenlets)


@contextmanager
def _signals(stop: Stop, greenlets: list[Any], tell: Callable[[str], None]) -> Iterator[None]:
    """Ctrl-C once: stop nicely.  Twice: now.  A third time, or what does not react: out."""

    def end_now() -> None:
        gevent.killall(greenlets, block=False)

    def interrupted() -> None:
        if stop.is_ending:
            os._exit(130)
        if stop.is_interrupted:
            stop.is_ending = True
            end_now()
            return
        stop.is_asked = stop.is_interrupted = True
        tell("Stopping: what runs may finish. Ctrl-C again ends it now.")
        gevent.spawn_later(GRACE_SECONDS, end_now)

    def terminated() -> None:
        stop.is_asked = stop.is_interrupted = stop.is_terminated = stop.is_ending = True
        end_now()

    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    try:
        watchers = [
            gevent.signal_handler(signal.SIGINT, interrupted),
            gevent.signal_handler(signal.SIGTERM, terminated),
        ]
    except ValueError:  # not in the main thread: whoever runs us there handles signals
        watchers = []
    try:
        yield
    finally:
        for watcher in watchers:
            watcher.cancel()
        if watchers:
            signal.signal(signal.SIGINT, before[0])
            signal.signal(signal.SIGTERM, before[1])


@contextmanager
def deadline(seconds: float, what: str) -> Iterator[None]:
    """Raises DeadlinePassed in the block when it takes longer; 0 is no limit.

    Only what waits can be ended: a computation that never yields is not noticed.
    """
    if seconds <= 0:
        yield
        return
    timeout = gevent.Timeout.start_new(seconds)
    try:
        yield
    except gevent.Timeout as error:
        if error is not timeout:
            raise
        raise DeadlinePassed(f"{what} took longer than {seconds:g} s") from None
    finally:
        timeout.close()


def run_together(functions: Sequence[Callable[[], None]]) -> list[BaseException | None]:
    """Runs all of them at the same time and waits for all -> what each raised.  Ended with the greenlet that waits."""
    raised: list[BaseException | None] = [None] * len(functions)

    def guarded(number: int) -> None:
        try:
            functions[number]()
        except gevent.GreenletExit:
            raise
        except BaseException as error:  # noqa: BLE001 -- handed to whoever waits
            raised[number] = error

    greenlets = [gevent.Greenlet(contextvars.copy_context().run, guarded, number) for number in range(len(functions))]
    try:
        for greenlet in greenlets:
            greenlet.start()
        gevent.joinall(greenlets)
    except BaseException:
        gevent.killall(greenlets, block=False)
        raise
    return raised


class Once:
    """A value that is made once, by the first greenlet that asks; the others wait for it and get the same."""

    def __init__(self) -> None:
        self._event = Event()
        self._is_taken = False
        self._value: Any = None
        self._error: BaseException | None = None

    def get(self, make: Callable[[], Any]) -> Any:
        """The value; raises what making it raised.  Waiting ends with the greenlet's own deadline."""
        if not self._is_taken:
            self._is_taken = True
            try:
                self._value = make()
            except BaseException as error:
                # A deadline is the maker's own affair; the others learn that there is nothing.
                is_own = isinstance(error, Exception)
                self._error = _copied(error) if is_own else StepError("It was ended before it was over")
                raise
            finally:
                self._event.set()
            return self._value
        self._event.wait()
        if self._error is not None:
            raise _copied(self._error)
        return self._value


def _copied(error: BaseException) -> BaseException:
    """The same error once more: each who gets it may add to it.  `copy.copy` would call the class again."""
    made = type(error).__new__(type(error), *error.args)
    made.__dict__.update(error.__dict__)
    return made


def call_all(functions: list[Callable[[], None]]) -> None:
    """Calls all of them, last one first, and forgets them; then the first error is raised."""
    first: BaseException | None = None
    while functions:
        try:
            functions.pop()()
        except Exception as error:  # noqa: BLE001 -- the border: the others are called all the same
            first = first or error
    if first is not None:
        raise first


class LoopThread:
    """A thread of the system with an asyncio loop of its own, for the async steps of one scenario.

    asyncio keeps the running loop by thread of the system, so the loops of two greenlets would meet there.
    Tasks left running by one step go on in the next one, as long as some step runs the loop.
    """

    def __init__(self) -> None:
        self._pool = ThreadPool(1)
        self._loop: Any = None
        self._pool.apply(self._open)

    def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Runs a function in the thread, waits for it, and raises what it raises."""

        # NOTE: the pool prints the traceback of whatever is raised in it, so the error comes back as a value.
        def guarded() -> tuple[Any, BaseException | None]:
            try:
                return function(*arguments), None
            except BaseException as error:  # noqa: BLE001 -- raised again below, in the greenlet that asked
                return None, error

        value, error = self._pool.apply(contextvars.copy_context().run, (guarded,))
        if error is not None:
            raise error
        return cast(T, value)

    def close(self) -> None:
        self._pool.apply(self._close)
        self._pool.kill()

    def _open(self) -> None:
        import asyncio

        self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)

    def _close(self) -> None:
        import asyncio

        tasks = [task for task in asyncio.all_tasks(self._loop) if not task.done()]
        for task in tasks:
            task.cancel()
        if tasks:
            self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()
        asyncio.set_event_loop(None)


Ended = gevent.GreenletExit
"""Raised in a scenario that is ended from outside."""
