"""What a load came to: response times in HdrHistograms, statuses, errors, rates; and two loads compared.

Times are kept to three significant figures between a microsecond and an hour.  Pure: applying a load is done by
`transports/load.py`.

Source: HdrHistogram (hdrhistogram.org), by way of the package hdrhistogram.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from apitest.errors import MissingExtra, StepError

HIGHEST_MICROSECONDS = 3600 * 1_000_000
SIGNIFICANT_FIGURES = 3
MAX_NAMES = 200
"""Request names with figures of their own; the others count for the whole only."""


class Times:
    """Response times, with true percentiles."""

    __slots__ = ("_histogram", "_record", "slowest", "total")

    def __init__(self) -> None:
        try:
            from hdrh.histogram import HdrHistogram  # PERF imported when a load is applied
        except ImportError as error:
            raise MissingExtra("hdrhistogram", "load") from error
        self._histogram: Any = HdrHistogram(1, HIGHEST_MICROSECONDS, SIGNIFICANT_FIGURES)
        self._record = self._histogram.record_value
        self.total = 0.0
        self.slowest = 0.0

    def add(self, seconds: float) -> None:
        self._record(min(max(int(seconds * 1e6), 1), HIGHEST_MICROSECONDS))
        self.total += seconds
        if seconds > self.slowest:
            self.slowest = seconds

    @property
    def count(self) -> int:
        return int(self._histogram.get_total_count())

    @property
    def average(self) -> float:
        return self.total / self.count if self.count else 0.0

    def percentile(self, n: float) -> float:
        """Seconds within which n percent of the answers were there.  Raises StepError for what is no percentile."""
        if not 0 < n <= 100:
            raise StepError(f"There is no {n:g}th percentile", "Write a number above 0 and up to 100.")
        return min(int(self._histogram.get_value_at_percentile(n)) / 1e6, self.slowest)


@dataclass(slots=True)
class Figures:
    """Of one load, or of the requests of one name in it.

    requests: all that were tried; errors: of them, those without an answer or with an unexpected one.  tries and
    failed_tries: of the users' journeys where scenarios were run, else the same as requests and errors.
    """

    times: Times = field(default_factory=Times)
    statuses: Counter[int] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    requests: int = 0
    errors: int = 0
    journeys: int = 0
    failed_journeys: int = 0
    seconds: float = 0.0

    def add(self, seconds: float, status: int, reason: str = "") -> None:
        """One request.  status: 0 where there was no answer; reason: why it counts as an error, else empty."""
        self.requests += 1
        if status:
            self.statuses[status] += 1
            self.times.add(seconds)
        if reason:
            self.errors += 1
            self.reasons[reason] += 1

    def add_journey(self, reason: str = "") -> None:
        self.journeys += 1
        if reason:
            self.failed_journeys += 1
            self.reasons[reason] += 1

    @property
    def error_rate(self) -> float:
        """In percent."""
        tries, errors = (self.journeys, self.failed_journeys) if self.journeys else (self.requests, self.errors)
        return 100.0 * errors / tries if tries else 0.0

    @property
    def per_second(self) -> float:
        """Requests that were answered as expected, each second."""
        return (self.requests - self.errors) / self.seconds if self.seconds else 0.0

    def value(self, name: str) -> float:
        """A figure by its name, times in seconds.  Raises StepError."""
        wanted = " ".join(name.lower().split())
        if wanted in SIMPLE:
            return float(SIMPLE[wanted](self))
        number = wanted.partition(" percentile")[0].rstrip("thsndr")
        if wanted.endswith(" percentile"):
            try:
                return self.times.percentile(float(number))
            except ValueError:
                pass
        raise StepError(f'There is no load figure "{name}"', f"Known: {', '.join(SIMPLE)}, 95th percentile")


SIMPLE: dict[str, Any] = {
    "requests": lambda figures: figures.requests,
    "errors": lambda figures: figures.errors,
    "error rate": lambda figures: figures.error_rate,
    "requests per second": lambda figures: figures.per_second,
    "average": lambda figures: figures.times.average,
    "slowest": lambda figures: figures.times.slowest,
    "median": lambda figures: figures.times.percentile(50),
    "journeys": lambda figures: figures.journeys,
    "failed journeys": lambda figures: figures.failed_journeys,
}
COUNTED = frozenset(("requests", "errors", "error rate", "requests per second", "journeys", "failed journeys"))
"""Figures that are numbers; the others are times."""

CHECKS: dict[str, Any] = {
    "is": lambda actual, wanted: actual == wanted,
    "is not": lambda actual, wanted: actual != wanted,
    "under": lambda actual, wanted: actual < wanted,
    "over": lambda actual, wanted: actual > wanted,
    "at most": lambda actual, wanted: actual <= wanted,
    "at least": lambda actual, wanted: actual >= wanted,
}
SAME_CHECKS = {
    "below": "under",
    "above": "over",
    "<": "under",
    ">": "over",
    "<=": "at most",
    ">=": "at least",
    "=": "is",
    "==": "is",
    "!=": "is not",
}


def check_of(name: str) -> str:
    """A check as written -> its name in CHECKS.  Raises StepError."""
    words = name.lower().split()
    plain = " ".join(words)
    if plain not in CHECKS and words[:1] == ["is"]:
        plain = " ".join(words[1:])
    plain = SAME_CHECKS.get(plain, plain)
    if plain not in CHECKS:
        raise StepError(f'There is no check "{name}"', f"Known: {', '.join([*CHECKS, *SAME_CHECKS])}")
    return plain


@dataclass(slots=True)
class LoadFigures:
    """A whole load: all requests together, and those of each name."""

    whole: Figures = field(default_factory=Figures)
    by_name: dict[str, Figures] = field(default_factory=dict)

    def add(self, name: str, seconds: float, status: int, reason: str = "") -> None:
        self.whole.add(seconds, status, reason)
        named = self.named(name)
        if named is not None:
            named.add(seconds, status, reason)

    def named(self, name: str) -> Figures | None:
        found = self.by_name.get(name)
        if found is None and len(self.by_name) < MAX_NAMES:
            found = self.by_name[name] = Figures()
        return found

    def lasted(self, seconds: float) -> None:
        self.whole.seconds += seconds
        for named in self.by_name.values():
            named.seconds = self.whole.seconds

    def summary(self) -> str:
        """One line for reports."""
        whole = self.whole
        parts = [f"{whole.requests} requests in {whole.seconds:.3g} s, {whole.per_second:.4g} a second"]
        if whole.times.count:
            shown = ", ".join(f"{n}th {duration(whole.times.percentile(n))}" for n in (50, 95, 99))
            parts.append(f"percentiles {shown}, slowest {duration(whole.times.slowest)}")
        if whole.journeys:
            parts.append(f"{whole.journeys} journeys, {whole.failed_journeys} failed")
        if whole.reasons:
            parts.append("errors: " + ", ".join(f"{count} x {why}" for why, count in whole.reasons.most_common(5)))
        return "; ".join(parts)

    def as_baseline(self, machine: dict[str, Any]) -> dict[str, Any]:
        """What is kept for later loads to be compared with."""
        whole = self.whole
        percentiles = {f"{n:g}": whole.times.percentile(n) for n in BASELINE_PERCENTILES} if whole.times.count else {}
        return {
            "machine": machine,
            "requests": whole.requests,
            "seconds": round(whole.seconds, 3),
            "requests per second": round(whole.per_second, 1),
            "error rate": round(whole.error_rate, 3),
            "average": round(whole.times.average, 6),
            "slowest": round(whole.times.slowest, 6),
            "percentiles": percentiles,
        }


BASELINE_PERCENTILES = (*range(1, 100), 99.9, 99.99, 100)


def baseline_percentile(baseline: Any, n: float, name: str) -> float:
    """The percentile that was kept.  Raises StepError where the file has none."""
    kept = baseline.get("percentiles") if isinstance(baseline, dict) else None
    value = kept.get(f"{n:g}") if isinstance(kept, dict) else None
    if not isinstance(value, int | float) or isinstance(value, bool) or value <= 0:
        raise StepError(
            f'The load figures "{name}" have no {n:g}th percentile',
            f'Whole numbers, 99.9 and 99.99 are kept. To keep them anew: the load figures are kept as "{name}"',
        )
    return float(value)


def duration(seconds: float) -> str:
    """Seconds as people say them."""
    return f"{seconds * 1000:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"
