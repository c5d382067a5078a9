"""What a run found out, as plain values: the only thing that reporters see.  Pure.

Times are seconds (float); started_at is seconds since the epoch.  Nothing here changes after it was made, apart from
lists that are filled while a scenario runs and belong to it alone.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Any

from apitest.errors import Mismatch


class Verdict(enum.Enum):
    """How a step, scenario or feature ended."""

    PASSED = "passed"
    FAILED = "failed"  # a comparison did not hold
    ERROR = "error"  # could not be evaluated
    UNDEFINED = "undefined"  # a sentence that does not exist, or that two phrases match
    SKIPPED = "skipped"
    FLAKY = "flaky"  # passed at a later attempt
    NOT_RUN = "not run"  # selected, but the run ended before


@dataclass(frozen=True, slots=True)
class Place:
    """A line in a file; file is relative to the working directory where possible, `/`-separated."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its response as they went over the wire, secrets already masked.

    curl: the request as a command line.  status 0: no response.  bodies are cut to a bounded size for reports.
    """

    curl: str
    method: str
    url: str
    request_headers: tuple[tuple[str, str], ...] = ()
    request_body: str = ""
    status: int = 0
    reason: str = ""
    response_headers: tuple[tuple[str, str], ...] = ()
    response_body: str = ""
    response_size: int = 0
    seconds: float = 0.0
    cid: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a step did not pass; worded for every reporter by `core/failure_text.py`."""

    kind: Verdict
    summary: str
    mismatches: tuple[Mismatch, ...] = ()
    hint: str = ""
    traceback: str = ""  # only for users' own steps and hooks
    notes: tuple[str, ...] = ()  # more lines, e.g. the last states while polling


@dataclass(slots=True)
class StepResult:
    """One step.  keyword as written (`Given`, `And`, ...); lines: table or doc string as shown below the sentence."""

    keyword: str
    sentence: str
    place: Place
    verdict: Verdict
    seconds: float = 0.0
    failure: Failure | None = None
    exchanges: list[Exchange] = field(default_factory=list)
    lines: tuple[str, ...] = ()
    is_background: bool = False


@dataclass(slots=True)
class ScenarioResult:
    """One scenario, or one row of an outline.  name: as written, an outline's row with its values filled in."""

    name: str
    feature: str
    place: Place
    tags: tuple[str, ...]
    verdict: Verdict
    steps: list[StepResult] = field(default_factory=list)
    failure: Failure | None = None  # of a hook, or of a scenario that was not started
    seconds: float = 0.0
    started_at: float = 0.0
    lane: int = 0  # which of the concurrent workers ran it, from 0
    output: str = ""  # what the scenario printed or logged
    skip_reason: str = ""
    attempts: int = 1
    earlier: list[ScenarioResult] = field(default_factory=list)  # the attempts before this one, oldest first
    notes: list[str] = field(default_factory=list)
    index: int = 0  # position over the whole run in file order: reports are sorted by it


@dataclass(frozen=True, slots=True)
class SentenceProblem:
    """A sentence that cannot be run: nearest holds the closest known sentences; where two or more phrases match it,
    candidates holds each as (phrase, file:line) and nearest is empty.  scenarios: names of those not started."""

    place: Place
    keyword: str
    sentence: str
    nearest: tuple[str, ...] = ()
    candidates: tuple[tuple[str, str], ...] = ()
    scenarios: tuple[str, ...] = ()
    reason: str = ""  # what is wrong with it, where that is plain

    @property
    def is_ambiguous(self) -> bool:
        return bool(self.candidates)


@dataclass(slots=True)
class FeatureResult:
    """One feature file.  failure: the file could not be parsed (UNDEFINED), or a hook of the feature failed (ERROR)."""

    name: str
    place: Place
    tags: tuple[str, ...]
    scenarios: list[ScenarioResult] = field(default_factory=list)
    failure: Failure | None = None
    description: tuple[str, ...] = ()


@dataclass(slots=True)
class RunResult:
    """The whole run.  extra: what families of sentences tell at its end, e.g. `api`, the coverage of descriptions."""

    features: list[FeatureResult]
    seconds: float
    started_at: float
    jobs: int
    requests: int = 0
    seed: int = 0
    environment: str = ""
    is_interrupted: bool = False
    is_terminated: bool = False  # by SIGTERM
    is_dry: bool = False  # sentences were only matched
    problems: list[SentenceProblem] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)  # of what surrounds all scenarios: before_all, after_all
    extra: dict[str, Any] = field(default_factory=dict)

    def scenarios(self) -> list[ScenarioResult]:
        return [scenario for feature in self.features for scenario in feature.scenarios]

    def count(self, verdict: Verdict) -> int:
        return sum(1 for scenario in self.scenarios() if scenario.verdict is verdict)


class ExitCode(enum.IntEnum):
    """What the process returns (runner.md section 5)."""

    OK = 0
    FAILED = 1
    USAGE = 2
    UNDEFINED = 3
    ERROR = 4
    NOTHING_SELECTED = 5
    FLAKY = 6
    INTERRUPTED = 130
    TERMINATED = 143
