"""Failures in words: where, the sentence, expected and actual, the exchange, a hint.

Every reporter takes its texts from here, so that console, HTML and JUnit say the same.  Lines come without colour; the
first two columns are left free for it.  Not here: totals and progress (`apitest/reporters/`).
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Sequence
from typing import Any

from apitest.core import markers
from apitest.core.compare import NOTHING
from apitest.core.json_pointer import kind
from apitest.errors import ApitestError, AssertionFailed, Mismatch
from apitest.results import Exchange, Failure, ScenarioResult, SentenceProblem, StepResult, Verdict

MAX_VALUE = 200  # characters of one value
MAX_MISMATCHES = 20
MAX_DIFF_LINES = 40
MAX_BODY_LINES = 12
MAX_BODY = 1000
STEPS_BEFORE = 2  # steps shown above the failed one

_BAD = (Verdict.FAILED, Verdict.ERROR, Verdict.UNDEFINED)
_LABELS = {Verdict.FAILED: "FAILED", Verdict.ERROR: "ERROR", Verdict.UNDEFINED: "UNDEFINED"}


def of_exception(error: BaseException, traceback: str = "") -> Failure:
    """An exception as a Failure: a comparison that did not hold is a failure, anything else an error.

    traceback: kept only for what is not apitest's own, i.e. for users' steps and hooks.
    """
    if isinstance(error, AssertionFailed):
        return Failure(Verdict.FAILED, error.message, tuple(error.mismatches), error.hint)
    if isinstance(error, ApitestError):
        return Failure(Verdict.ERROR, error.message, hint=error.hint)
    if isinstance(error, AssertionError):
        return Failure(Verdict.FAILED, str(error) or "an assertion did not hold", traceback=traceback)
    name = type(error).__name__
    return Failure(Verdict.ERROR, f"{name}: {error}" if str(error) else name, traceback=traceback)


def scenario_lines(scenario: ScenarioResult, *, is_ascii: bool = False, with_tracebacks: bool = True) -> list[str]:
    """Everything a reader needs about a scenario that did not pass."""
    bar = "|" if is_ascii else "│"
    label = _LABELS.get(scenario.verdict, scenario.verdict.value)
    lines = [f"  {label}  {scenario.name} > {scenario.place}", ""]
    if scenario.failure is not None:
        lines += [f"     {line}" for line in failure_lines(scenario.failure, with_tracebacks=with_tracebacks)]
    bad = [number for number, step in enumerate(scenario.steps) if step.verdict in _BAD and step.failure is not None]
    shown = sorted({before for number in bad for before in range(max(0, number - STEPS_BEFORE), number + 1)})
    previous = -1
    for number in shown:
        if previous >= 0 and number > previous + 1:
            lines.append(f"     {'':>4} {bar}   ...")
        lines += _step_lines(scenario.steps[number], bar, with_tracebacks)
        previous = number
    lines.append("")
    exchange = _last_exchange(scenario.steps, bad)
    if exchange is not None:
        lines += exchange_lines(exchange)
    for step in (scenario.steps[number] for number in bad):
        assert step.failure is not None
        if step.failure.hint:
            lines += _labelled("Hint", [step.failure.hint])
    return lines


def failure_lines(failure: Failure, *, with_tracebacks: bool = True, with_hint: bool = False) -> list[str]:
    """The failure of a step alone: what was found wrong, expected and actual; no place."""
    lines = failure.summary.splitlines() or [""]
    lines += [f"    {line}" for line in mismatch_lines(failure.mismatches, failure.summary)]
    lines += [f"    {note}" for note in failure.notes]
    if with_tracebacks and failure.traceback:
        lines += [f"    {line}" for line in failure.traceback.rstrip().splitlines()]
    if with_hint and failure.hint:
        lines.append(f"    hint      {failure.hint}")
    return lines


def mismatch_lines(mismatches: Sequence[Mismatch], summary: str = "") -> list[str]:
    """Expected and actual: on two lines for one difference whose path the summary has, else one line each, path
    first."""
    if not mismatches:
        return []
    if len(mismatches) == 1 and mismatches[0].path in summary:
        return _single(mismatches[0])
    shown = mismatches[:MAX_MISMATCHES]
    paths = [mismatch.path or "(all)" for mismatch in shown]
    width = min(max(map(len, paths)), 40)
    expectations = [value_text(mismatch.expected) for mismatch in shown]
    middle = min(max(map(len, expectations)), 40)
    lines = [
        f"{path:<{width}}   expected {expected:<{middle}}   {_actual(mismatch)}".rstrip()
        for path, expected, mismatch in zip(paths, expectations, shown, strict=True)
    ]
    if len(mismatches) > len(shown):
        lines.append(f"... and {len(mismatches) - len(shown)} more")
    return lines


def exchange_lines(exchange: Exchange) -> list[str]:
    """The request as a curl line, and what came back."""
    lines = _labelled("Request", [exchange.curl])
    if not exchange.status:
        return lines + _labelled("Response", ["none"])
    head = f"{exchange.status} {exchange.reason}".rstrip()
    facts = [head, _plural(exchange.response_size, "byte"), _seconds(exchange.seconds)]
    if exchange.cid:
        facts.append(f"X-Zato-CID {exchange.cid}")
    body = exchange.response_body[:MAX_BODY].splitlines()
    if len(body) > MAX_BODY_LINES or len(exchange.response_body) > MAX_BODY:
        body = [*body[:MAX_BODY_LINES], "..."]
    return lines + _labelled("Response", [", ".join(facts), *body])


def problem_lines(problem: SentenceProblem) -> list[str]:
    """A sentence that does not exist, or that could mean several."""
    lines = [f"  {problem.place}   {problem.keyword} {problem.sentence}"]
    if problem.is_ambiguous:
        width = max(len(phrase) for phrase, _ in problem.candidates)
        lines.append(f"     {len(problem.candidates)} sentences could be meant:")
        lines += [f"        {phrase:<{width}}   {place}" for phrase, place in problem.candidates]
        return lines
    lines.append(f"     {problem.reason or 'no such sentence'}.{' Nearest:' if problem.nearest else ''}")
    lines += [f"        {phrase}" for phrase in problem.nearest]
    word = re.match(r"[A-Za-z-]+", problem.nearest[0] if problem.nearest else problem.sentence)
    lines.append(f"     All sentences: apitest steps{' ' + word[0] if word else ''}")
    return lines


def value_text(value: Any, limit: int = MAX_VALUE) -> str:
    """A value as JSON; a marker bare, with what it means."""
    if value is NOTHING:
        return "nothing"
    if isinstance(value, str) and not isinstance(value, markers.Verbatim):
        meaning = markers.explain(value)
        if meaning:
            return f"{value} ({meaning})"
    if isinstance(value, bytes):
        text = f"{_plural(len(value), 'byte')}: {value[:40]!r}"
    else:
        text = json.dumps(value, ensure_ascii=False, default=repr)
    if len(text) > limit:
        size = f"{_plural(len(value), 'character')}" if isinstance(value, str) else kind(value)
        return f"{text[:limit]}... ({size})"
    return text


def _single(mismatch: Mismatch) -> list[str]:
    expected, actual = mismatch.expected, mismatch.actual
    if isinstance(expected, str) and isinstance(actual, str) and ("\n" in expected or "\n" in actual):
        return _text_diff(expected, actual)
    lines = []
    if expected is not None or mismatch.has_actual:
        lines.append(f"expected  {value_text(expected)}")
    if mismatch.has_actual:
        lines.append(f"actual    {value_text(actual)}{_note(mismatch.reason)}")
    elif mismatch.reason:
        lines.append(f"missing   {mismatch.reason.removeprefix('is missing; ')}")
    else:
        lines.append("actual    missing")
    return lines


def _actual(mismatch: Mismatch) -> str:
    if mismatch.has_actual:
        return f"actual {value_text(mismatch.actual)}{_note(mismatch.reason)}"
    return mismatch.reason or "is missing"


def _note(reason: str) -> str:
    return f"   ({reason})" if reason else ""


def _text_diff(expected: str, actual: str) -> list[str]:
    """Two longer texts, line by line: - expected, + actual."""
    lines = list(difflib.unified_diff(expected.splitlines(), actual.splitlines(), lineterm="", n=2))[2:]
    lines = ["(- expected, + actual)", *(line for line in lines if not line.startswith("@@"))]
    if len(lines) == 1:
        return [*lines, "only the line ends differ"]
    if len(lines) > MAX_DIFF_LINES:
        return [*lines[:MAX_DIFF_LINES], f"... and {len(lines) - MAX_DIFF_LINES} more lines"]
    return lines


def _step_lines(step: StepResult, bar: str, with_tracebacks: bool) -> list[str]:
    lines = [f"     {step.place.line:>4} {bar}   {step.keyword} {step.sentence}"]
    lines += [f"     {'':>4} {bar}       {line}" for line in step.lines]
    if step.verdict in _BAD and step.failure is not None:
        first, *rest = failure_lines(step.failure, with_tracebacks=with_tracebacks)
        lines.append(f"     {'':>4} {bar}   ^^^ {first}")
        lines += [f"     {'':>4} {bar}   {line}" for line in rest]
    return lines


def _last_exchange(steps: Sequence[StepResult], bad: Sequence[int]) -> Exchange | None:
    """The last exchange up to the first step that failed."""
    for step in reversed(steps[: bad[0] + 1] if bad else steps):
        if step.exchanges:
            return step.exchanges[-1]
    return None


def _labelled(label: str, lines: Sequence[str]) -> list[str]:
    first, *rest = lines
    return [f"     {label:<11} {first}", *(f"     {'':<11} {line}" for line in rest)]


def _plural(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _seconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"
