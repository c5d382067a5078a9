"""The functions of a user's `environment.py`, called at the moments behave defines.

A hook that raises gives a failure, which is an error of what it surrounds; it never ends the run by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from apitest import parallel
from apitest.engine import EngineContext
from apitest.outcomes import failure_of
from apitest.results import Failure

_AROUND = ("scenario", "tag", "rule")


class Hooks:
    """The functions of the user's environment.py.  A call gives None, or the failure it ended with."""

    def __init__(self, functions: dict[str, Callable[..., Any]]) -> None:
        self.functions = functions
        self.has_steps = "before_step" in functions or "after_step" in functions
        self.has_scenarios = any(f"{when}_{what}" in functions for when in ("before", "after") for what in _AROUND)

    def call(self, name: str, context: EngineContext, *arguments: Any) -> Failure | None:
        function = self.functions.get(name)
        if function is None:
            return None
        try:
            function(context, *arguments)
        except parallel.Ended:
            raise
        except (Exception, SystemExit) as error:  # noqa: BLE001 -- the border: a hook of the user's may raise anything
            return failure_of(error, True, f"{name} failed")[1]
        return None

    def call_tags(self, name: str, context: EngineContext, tags: Iterable[Any]) -> Failure | None:
        if name not in self.functions:
            return None
        first = None
        for tag in tags:
            failure = self.call(name, context, tag)
            first = first or failure
        return first
