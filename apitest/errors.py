"""Everything apitest itself can raise, each with a hint for its reader.

A *failure* is a comparison that did not hold: `AssertionFailed`, carrying `Mismatch` values.  An *error* is whatever
could not be evaluated (unknown `#name`, missing file, refused connection): `StepError` (steps.md Part 4.2).  A
`UsageError` is about the command line or the configuration (exit code 2).  Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One difference: where (path, header name, row; may be empty), what was expected, what was there, and why.

    expected and actual are plain values; wording them is `core/failure_text.py`'s business.  has_actual is false
    where there is nothing to show (the place does not exist); reason then says what does.
    """

    path: str
    expected: Any
    actual: Any = None
    reason: str = ""
    has_actual: bool = True


class ApitestError(Exception):
    """Base of all.  message: what happened and where; hint: what to do, may be empty."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message


class AssertionFailed(ApitestError, AssertionError):
    """A comparison did not hold.  summary: one line; mismatches: at least one, all that were found; notes: more lines,
    e.g. the last states while it was waited."""

    def __init__(self, summary: str, mismatches: Iterable[Mismatch], hint: str = "", notes: Iterable[str] = ()) -> None:
        super().__init__(summary, hint)
        self.mismatches = list(mismatches)
        self.notes = tuple(notes)


class StepError(ApitestError):
    """A step could not be evaluated; not a failed comparison."""


class LookupFailed(StepError):
    """`#name`, `@name`, `$NAME` or a marker is unknown."""


class FileProblem(StepError):
    """A file is missing, unreadable, outside the project, or not what it should be."""


class CallFailed(StepError):
    """The other side could not be reached or cut the call short.  reason: timeout, refused, dns, tls, reset, ..."""

    def __init__(self, message: str, reason: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.reason = reason


class DeadlinePassed(StepError):
    """A step or a scenario took longer than it may."""


class ScenarioSkipped(ApitestError):
    """Raised by a step to end its scenario as skipped; message: the reason, shown in every report."""


class MissingExtra(StepError):
    """An optional library is not installed; the hint has the install line."""

    def __init__(self, library: str, extra: str) -> None:
        super().__init__(f"{library} is not installed", f"pip install 'apitest[{extra}]'")


class UsageError(ApitestError):
    """The command line, the configuration or the project cannot be used as it stands (exit code 2)."""


class PhraseError(ApitestError):
    """A phrase's own pattern is wrong, or two phrases collide; both places are named."""
