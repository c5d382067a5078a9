"""What a reporter is, and `InOrder`, which hands scenarios on in the order of the files whatever order they end in."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TextIO

from apitest.results import ExitCode, FeatureResult, RunResult, ScenarioResult, SentenceProblem


@dataclass(frozen=True, slots=True)
class RunStart:
    """What is known before the first request.  unreadable: features that could not be parsed; command: how this run was
    called, for the hint to repeat it; reports: (name, file) of what is written; file_width: of the longest file."""

    features: int
    scenarios: int
    jobs: int
    seed: int = 0
    is_random: bool = False
    environment: str = ""
    problems: Sequence[SentenceProblem] = ()
    unreadable: Sequence[FeatureResult] = ()
    warnings: Sequence[str] = ()
    started_at: float = 0.0
    command: str = "apitest run"
    reports: Sequence[tuple[str, str]] = ()
    file_width: int = 0


class Reporter:
    """Hears of a run; the calls come one at a time.  stream: where it writes; the standard output is not closed."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def run_started(self, start: RunStart) -> None:
        """Before the first request."""

    def scenario_started(self, name: str, lane: int) -> None:
        """A lane begins a scenario."""

    def scenario_done(self, result: ScenarioResult) -> None:
        """A scenario ended, in the order in which they end."""

    def feature_done(self, result: FeatureResult) -> None:
        """All chosen scenarios of a feature ended."""

    def run_done(self, run: RunResult, code: ExitCode) -> None:
        """Everything ended, also when it was interrupted."""

    def close(self) -> None:
        """The last call."""
        if self.stream not in (sys.stdout, sys.__stdout__):
            self.stream.close()
        else:
            self.stream.flush()


class InOrder:
    """Takes scenarios as they end and gives them on in the order of their index, as soon as all before are there."""

    def __init__(self, give: Callable[[ScenarioResult], None]) -> None:
        self._give = give
        self._waiting: dict[int, ScenarioResult] = {}
        self._next = 0

    def take(self, result: ScenarioResult) -> None:
        self._waiting[result.index] = result
        while self._next in self._waiting:
            self._give(self._waiting.pop(self._next))
            self._next += 1
