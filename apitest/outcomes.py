"""What a step or hook raised -> how it ended and why: the one place where exceptions become verdicts.

Not here: wording for reports (`core/failure_text.py`), and who calls what (`attempt.py`, `hooks.py`).
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from apitest.core import masking
from apitest.engine import PendingStep, Status
from apitest.errors import ApitestError, AssertionFailed
from apitest.results import Exchange, Failure, ScenarioResult, Verdict

STATUSES = {
    Verdict.PASSED: Status.passed,
    Verdict.FAILED: Status.failed,
    Verdict.ERROR: Status.error,
    Verdict.SKIPPED: Status.skipped,
    Verdict.UNDEFINED: Status.undefined,
    Verdict.FLAKY: Status.passed,
    Verdict.NOT_RUN: Status.untested,
}
"""What users' hooks read on behave's objects."""

OUR_FILES = (
    "apitest/running.py",
    "apitest/planning.py",
    "apitest/sentences.py",
    "apitest/engine.py",
    "apitest/parallel.py",
    "/behave/",
    "gevent/",
)


class HookFailed(ApitestError):
    """Carries the failure of before_step or after_step to the step it belongs to."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.summary, failure.hint)
        self.failure = failure


def failure_of(error: BaseException, is_user: bool, what: str = "") -> tuple[Verdict, Failure]:
    """What a step raised -> how it ended and why (steps.md Part 4.2).

    is_user: the code is the user's, so the traceback is kept.  what: said before the message, and makes it an error.
    """
    prefix = f"{what}: " if what else ""
    if isinstance(error, HookFailed):
        return Verdict.ERROR, error.failure
    if isinstance(error, AssertionFailed):
        verdict = Verdict.ERROR if what else Verdict.FAILED
        return verdict, Failure(verdict, prefix + error.message, tuple(error.mismatches), error.hint, notes=error.notes)
    if isinstance(error, AssertionError):
        verdict = Verdict.ERROR if what else Verdict.FAILED
        summary = str(error).strip() or _asserted(error) or "an assertion failed"
        return verdict, Failure(verdict, prefix + summary, traceback=_traceback(error))
    if isinstance(error, ApitestError):
        return Verdict.ERROR, Failure(Verdict.ERROR, prefix + error.message, hint=error.hint)
    if isinstance(error, PendingStep):
        return Verdict.ERROR, Failure(Verdict.ERROR, f"{prefix}pending: {error}", hint="The step is not written yet")
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    hint = "" if is_user else "This is a bug in apitest; the traceback says where (-v)"
    return Verdict.ERROR, Failure(Verdict.ERROR, prefix + text, hint=hint, traceback=_traceback(error))


def close_all(functions: Sequence[Callable[[], Any]], what: str, is_user: bool = False) -> list[Failure]:
    """Calls all of them, last one first, whatever they raise -> the failures."""
    found = []
    for function in reversed(functions):
        try:
            function()
        except Exception as error:  # noqa: BLE001 -- the border: the others are called all the same
            found.append(failure_of(error, is_user, what)[1])
    return found


def _asserted(error: BaseException) -> str:
    """The source of a bare `assert`, since it says nothing itself."""
    frames = traceback.extract_tb(error.__traceback__)
    line = frames[-1].line if frames else ""
    return line.strip() if line else ""


def _traceback(error: BaseException) -> str:
    """The traceback from the user's own frames on."""
    frames = traceback.extract_tb(error.__traceback__)
    start = 0
    for number, frame in enumerate(frames):
        if any(name in frame.filename.replace("\\", "/") for name in OUR_FILES):
            start = number + 1
    kept = frames[start:] or frames
    lines = traceback.format_list(kept) + traceback.format_exception_only(type(error), error)
    return "".join(lines).rstrip()


def mask_result(result: ScenarioResult, secrets: set[str]) -> None:
    """Takes secrets out of everything that a report may show of a scenario: also what it said, and what was sent before
    a later step made a secret of it."""

    def mask(text: str) -> str:
        return masking.mask(text, secrets)

    # What the author wrote is in the feature file anyway; a password such as `demo` must not blacken every sentence.
    written = frozenset(secret for secret in secrets if not (secret.isalpha() and secret.islower()))
    result.name = masking.mask(result.name, written)
    result.output = mask(result.output)
    result.skip_reason = mask(result.skip_reason)
    result.notes = [mask(note) for note in result.notes]
    if result.failure is not None:
        result.failure = masked(result.failure, secrets)
    for step in result.steps:
        step.sentence = masking.mask(step.sentence, written)
        step.lines = tuple(masking.mask(line, written) for line in step.lines)
        step.exchanges = [masked_exchange(one, secrets) for one in step.exchanges]
        if step.failure is not None:
            step.failure = masked(step.failure, secrets)


def masked_exchange(exchange: Exchange, secrets: set[str]) -> Exchange:
    return replace(
        exchange,
        curl=masking.mask(exchange.curl, secrets),
        url=masking.mask(exchange.url, secrets),
        request_headers=masking.mask_headers(exchange.request_headers, secrets),
        request_body=masking.mask(exchange.request_body, secrets),
        reason=masking.mask(exchange.reason, secrets),
        response_headers=masking.mask_headers(exchange.response_headers, secrets),
        response_body=masking.mask(exchange.response_body, secrets),
    )


def masked(failure: Failure, secrets: set[str]) -> Failure:
    return replace(
        failure,
        summary=masking.mask(failure.summary, secrets),
        hint=masking.mask(failure.hint, secrets),
        traceback=masking.mask(failure.traceback, secrets),
        notes=tuple(masking.mask(note, secrets) for note in failure.notes),
        mismatches=tuple(
            replace(
                item,
                path=masking.mask(item.path, secrets),
                expected=_masked_value(item.expected, secrets),
                actual=_masked_value(item.actual, secrets),
                reason=masking.mask(item.reason, secrets),
            )
            for item in failure.mismatches
        ),
    )


def _masked_value(value: Any, secrets: set[str]) -> Any:
    if isinstance(value, str):
        return masking.mask(value, secrets)
    if isinstance(value, dict):
        return {_masked_value(key, secrets): _masked_value(item, secrets) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_masked_value(item, secrets) for item in value]
    if isinstance(value, bytes):
        return masking.mask(value.decode("utf-8", "replace"), secrets)
    if isinstance(value, int | float) and not isinstance(value, bool) and str(value) in secrets:
        return masking.MASK
    return value
