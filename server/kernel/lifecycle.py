"""The four promises of every part of a running server, and the order in which many parts keep them.

A part is anything that is made, used and given back: a connection, a listener, a store.  Which parts there are is
not known here.  Pure: nothing waits, sleeps or reads a clock in this file; the parts do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, TypeVar, runtime_checkable

T = TypeVar("T")


@runtime_checkable
class Part(Protocol):
    """What each part promises.

    provision: take what is needed, fast, no traffic yet; raises if it cannot (then `close` follows).
    start: traffic may come.  When a part replaces another one, `start` is called while the old one still runs.
    stop: no new work, finish what runs within so many seconds.  Takes back only what is still its own: the
        successor may hold the same route or name by now.
    close: give everything back; never raises for what was not taken; works after a half-done provision, and twice.
    """

    def provision(self) -> None: ...

    def start(self) -> None: ...

    def stop(self, deadline_seconds: float) -> None: ...

    def close(self) -> None: ...


class BasePart:
    """A part that has nothing to do in any of the four; override what is needed."""

    def provision(self) -> None:
        """Take what is needed."""

    def start(self) -> None:
        """Let traffic in."""

    def stop(self, deadline_seconds: float) -> None:
        """Finish what runs."""

    def close(self) -> None:
        """Give everything back."""


def start_in_order(parts: Sequence[Part]) -> None:
    """Provision all parts, then start all, both in the given order.

    If one fails, those started are stopped at once (0 seconds), all are closed in reverse order, and the error goes on.
    """
    provisioned: list[Part] = []
    started: list[Part] = []
    try:
        for part in parts:
            provisioned.append(part)
            part.provision()
        for part in parts:
            started.append(part)
            part.start()
    except BaseException:
        for part in reversed(started):
            part.stop(0)
        for part in reversed(provisioned):
            part.close()
        raise


def stop_in_order(parts: Sequence[Part], deadline_seconds: float, on_error: Callable[[Part, Exception], Any]) -> None:
    """Stop all parts in reverse order, then close all in reverse order.

    deadline_seconds: handed to each part; the caller bounds the sum.  on_error(part, error): told about a part that
    breaks its promise; the others are stopped all the same, because a server that cannot stop is worse.
    """
    for part in reversed(parts):
        try:
            part.stop(deadline_seconds)
        except Exception as error:  # noqa: BLE001 - the border between a stopping server and a broken part
            on_error(part, error)
    for part in reversed(parts):
        try:
            part.close()
        except Exception as error:  # noqa: BLE001 - as above
            on_error(part, error)


def in_start_order(items: Iterable[T], kind_of: Callable[[T], str], order: Sequence[str]) -> list[T]:
    """Items sorted by the place of their kind in `order`; kinds are dotted, `order` has first words or whole kinds.

    A kind that is not in the order comes last.  Equal ones keep the order they came in.
    """
    places = {name: place for place, name in enumerate(order)}

    def place(item: T) -> int:
        kind = kind_of(item)
        return places.get(kind, places.get(kind.partition(".")[0], len(places)))

    return sorted(items, key=place)
