"""Time, logic and reuse: eventually and always, sentences within sentences, limits, skipping, notes.

Not here: what the inner sentences mean; they are carried out by the engine (`ctx.apitest.perform`).
"""

from __future__ import annotations

import time
from collections import deque
from functools import partial
from typing import Any

from apitest.catalogue import BUILT_IN, step
from apitest.core import failure_text, inner_sentences, lookups, masking
from apitest.core.inner_sentences import InnerSentence
from apitest.core.phrases import Match
from apitest.errors import ApitestError, AssertionFailed, CallFailed, LookupFailed, Mismatch, ScenarioSkipped, StepError
from apitest.steps.http import send
from apitest.steps.step_input import find_file, text_of

FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 2.0
GROWTH = 1.5
LAST_STATES = 3
MAX_STATE = 120  # characters of each
"""Between two tries it is waited longer each time, unless `polling every` says how long."""

RESPONSE_FAMILIES = frozenset(("http_response", "json", "json_lists", "xml", "schema"))
"""Sentences that look at the last response: asking again means sending the request again."""
SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))


# Eventually and always


@step(
    "within {d} {step...}",
    "then",
    meaning="Asks again until it holds, at most so long. For a response the request is sent again, if that is safe.",
    example='within 10 seconds path "/state" is "done"',
    takes=("table", "doc"),
)
def within(ctx: Any, d: float, step: str) -> None:
    begin = time.monotonic()
    end = begin + d
    tries = 0
    states: deque[str] = deque(maxlen=LAST_STATES)
    while True:
        tries += 1
        try:
            ctx.apitest.perform(step, ctx.table, ctx.text)
            return
        except (AssertionFailed, CallFailed) as error:
            states.append(f"after {time.monotonic() - begin:.3g} s: {_state_of(error)}")
            _give_up_early(ctx)
            if time.monotonic() >= end:
                note = f"asked {tries} time{'s' if tries > 1 else ''} in {d:g} s"
                raise _with_tries(
                    error, note, tuple(states) if len(set(map(_without_time, states))) > 1 else ()
                ) from None
            _pause(ctx, tries, end)
            again = _repeat_request(ctx, step)
            if again is not None:
                raise _with_tries(error, again) from None


@step(
    "throughout {d} {step...}",
    "then",
    meaning="Asks again all the time; it must hold each time.",
    example='throughout 5 seconds status is "200"',
    takes=("table", "doc"),
)
def throughout(ctx: Any, d: float, step: str) -> None:
    begin = time.monotonic()
    tries = 0
    while True:
        tries += 1
        try:
            ctx.apitest.perform(step, ctx.table, ctx.text)
        except AssertionFailed as error:
            passed = time.monotonic() - begin
            raise _with_tries(error, f"held {tries - 1} times, not any more after {passed:.3g} s") from None
        if time.monotonic() >= begin + d:
            return
        _pause(ctx, 1, begin + d)
        again = _repeat_request(ctx, step)
        if again is not None:
            raise StepError("The request cannot be sent again", again)


@step(
    "polling every {d}",
    meaning="How long `within`, `throughout` and `until` wait between two tries; a quarter second, growing, otherwise.",
    example="polling every 1 second",
)
def polling_every(ctx: Any, d: float) -> None:
    ctx.apitest.own["polling every"] = d


@step(
    "polling gives up when {step...}",
    meaning="Ends waiting at once, as failed, when this holds.",
    example='polling gives up when path "/state" is "failed"',
)
def polling_gives_up(ctx: Any, step: str) -> None:
    ctx.apitest.own["polling gives up"] = step


@step(
    "the request may be repeated",
    meaning="Lets waiting send a POST, PUT, PATCH or DELETE again.",
    example="the request may be repeated",
)
def may_be_repeated(ctx: Any) -> None:
    ctx.apitest.own["may be repeated"] = True


@step(
    "the URL is invoked until {step...}",
    "when",
    meaning="Sends the request until this holds, half a minute at most.",
    example='the URL is invoked until path "/state" is one of "done,failed"',
    takes=("table", "doc"),
)
def invoke_until(ctx: Any, step: str) -> None:
    from apitest.steps.http import send_draft

    may_be_repeated(ctx)
    send_draft(ctx)
    within(ctx, 30.0, step)


# Logic


@step(
    "it is not true that {step...}",
    "then",
    meaning="The check must fail; what cannot be checked is still an error.",
    example='it is not true that path "/state" is "void"',
    takes=("table", "doc"),
)
def is_not_true(ctx: Any, step: str) -> None:
    try:
        ctx.apitest.perform(step, ctx.table, ctx.text)
    except AssertionFailed:
        return
    raise AssertionFailed("It is true", [Mismatch("", f"not: {step}", step, "it holds")])


@step(
    "(all/none/at least one) of these hold",
    "then",
    meaning="Every line is a check; all are tried, and what is wrong is shown together.",
    example="all of these hold",
    needs="doc",
    inner="sentences",
)
def of_these_hold(ctx: Any, choice: str) -> None:
    held: list[str] = []
    failures: list[tuple[str, AssertionFailed]] = []
    for one in inner_sentences.parse(str(ctx.text)):
        try:
            perform(ctx, one)
            held.append(one.sentence)
        except AssertionFailed as error:
            failures.append((one.sentence, error))
    if choice == "all":
        found = [_of(sentence, mismatch) for sentence, error in failures for mismatch in error.mismatches]
        if found:
            raise AssertionFailed(f"{len(failures)} of {len(held) + len(failures)} do not hold", found)
    elif choice == "none":
        if held:
            raise AssertionFailed(f"{len(held)} hold", [Mismatch("", f"not: {one}", one, "it holds") for one in held])
    elif not held:
        found = [_of(sentence, mismatch) for sentence, error in failures for mismatch in error.mismatches]
        raise AssertionFailed("None of them holds", found)


@step(
    "failed assertions do not stop the scenario",
    meaning="Later checks are still made; the scenario fails in the end.",
    example="failed assertions do not stop the scenario",
)
def go_on_after_failures(ctx: Any) -> None:
    ctx.apitest.continues_after_failure = True


# Skipping, limits, the end


@step(
    "this scenario only runs if {step...}",
    meaning="Skips the rest of the scenario unless this holds.",
    example='this scenario only runs if variable "$HOME" looks like "~notempty"',
    takes=("table", "doc"),
)
def only_runs_if(ctx: Any, step: str) -> None:
    try:
        ctx.apitest.perform(step, ctx.table, ctx.text)
    except AssertionFailed:
        raise ScenarioSkipped(f"only runs if {step}") from None
    except LookupFailed as error:
        # What CI sets and a laptop does not is what the sentence is there for.
        if "environment variable" not in error.message:
            raise
        raise ScenarioSkipped(f"only runs if {step}; {error.message}") from None


@step(
    'this scenario is skipped because "{reason}"',
    meaning="Skips the rest of the scenario; the reason is in the reports.",
    example='this scenario is skipped because "it waits for #41"',
)
def is_skipped(ctx: Any, reason: Any) -> None:
    raise ScenarioSkipped(text_of(reason))


@step(
    "(each step/the scenario) may take at most {d}",
    meaning="A time limit; what is passed is an error that names the step.",
    example="each step may take at most 30 seconds",
)
def may_take(ctx: Any, choice: str, d: float) -> None:
    if d <= 0:
        raise StepError("Nothing can be done in no time")
    if choice == "each step":
        ctx.apitest.step_limit_seconds = d
    else:
        ctx.apitest.scenario_limit_seconds = d


@step(
    "when the scenario ends",
    meaning="The sentences of the doc string, one a line, are carried out afterwards, passed or failed.",
    example="when the scenario ends",
    needs="doc",
    inner="sentences",
)
def when_the_scenario_ends(ctx: Any) -> None:
    ctx.apitest.at_end.append(partial(_perform_all, ctx, inner_sentences.parse(str(ctx.text))))


# Pauses, notes, nothing


@step(
    "I wait {d}",
    "when",
    meaning="Waits so long. Where something is waited for, `within` is better.",
    example="I wait 200 ms",
)
def wait(ctx: Any, d: float) -> None:
    time.sleep(d)


@step(
    'the report notes "{text}"',
    "then",
    meaning="Adds a line to the reports.",
    example='the report notes "the order is #{tmp}"',
)
def note(ctx: Any, text: Any) -> None:
    ctx.apitest.notes.append(text_of(text))


@step(
    "the last exchange is shown",
    "then",
    meaning="Prints the last request and its response, secrets masked.",
    example="the last exchange is shown",
)
def show_exchange(ctx: Any) -> None:
    exchange = ctx.apitest.own.get("last exchange")
    if exchange is None:
        raise StepError("Nothing was called yet")
    print("\n".join(failure_text.exchange_lines(exchange)))


@step(
    "context is logged",
    "then",
    meaning="Prints the stored values, secrets masked.",
    example="context is logged",
    upstream=True,
)
def log_context(ctx: Any) -> None:
    values = ctx.apitest.values
    for name in sorted(values):
        print(masking.mask(f"#{name} = {lookups.as_text(values[name])}", ctx.apitest.run.secrets))
    if not values:
        print("nothing is stored")


@step(
    "this (scenario/step) is invoked",
    "when",
    meaning="Does nothing; a When for scenarios that only check.",
    example="this scenario is invoked",
    upstream=True,
)
def do_nothing(ctx: Any, choice: str) -> None:
    return


@step(
    "I proceed further",
    "then",
    meaning="Does nothing.",
    example="I proceed further",
    upstream=True,
)
def proceed(ctx: Any) -> None:
    return


@step(
    'the report includes file "{file}"',
    "then",
    meaning="Names a file in the reports, with its size.",
    example='the report includes file "#{tmp}/dump.json"',
)
def include_file(ctx: Any, file: Any) -> None:
    path = find_file(ctx, file)
    ctx.apitest.notes.append(f"file {path} ({path.stat().st_size} bytes)")


# Inside


def perform(ctx: Any, one: InnerSentence) -> None:
    """A sentence of a doc string, with what stands below it there."""
    ctx.apitest.perform(one.sentence, one.table, one.text)


def _perform_all(ctx: Any, lines: list[InnerSentence]) -> None:
    """Every line, whatever became of those before it; then the first error is raised."""
    first: ApitestError | None = None
    for one in lines:
        try:
            perform(ctx, one)
        except ApitestError as error:
            first = first or error
    if first is not None:
        raise first


def _of(sentence: str, mismatch: Mismatch) -> Mismatch:
    reason = f"{sentence}{': ' + mismatch.reason if mismatch.reason else ''}"
    return Mismatch(mismatch.path, mismatch.expected, mismatch.actual, reason, mismatch.has_actual)


def _with_tries(error: Exception, note: str, states: tuple[str, ...] = ()) -> Exception:
    """The same failure, with what waiting had to do with it.  states: what was there at the last tries."""
    if isinstance(error, AssertionFailed):
        return AssertionFailed(f"{error.message} ({note})", error.mismatches, error.hint, states)
    if isinstance(error, CallFailed):
        return CallFailed(f"{error.message} ({note})", error.reason, error.hint)
    return error


def _state_of(error: AssertionFailed | CallFailed) -> str:
    if isinstance(error, AssertionFailed) and error.mismatches:
        first = error.mismatches[0]
        shown = failure_text.value_text(first.actual, MAX_STATE) if first.has_actual else first.reason or "nothing"
        return f"{first.path + ' ' if first.path else ''}{shown}"
    return error.message


def _without_time(state: str) -> str:
    return state.partition(": ")[2]


def _pause(ctx: Any, tries: int, end: float) -> None:
    own: float | None = ctx.apitest.own.get("polling every")
    pause = own if own is not None else min(FIRST_PAUSE_SECONDS * GROWTH ** (tries - 1), LONGEST_PAUSE_SECONDS)
    time.sleep(max(0.0, min(pause, end - time.monotonic())))


def _give_up_early(ctx: Any) -> None:
    sentence = ctx.apitest.own.get("polling gives up")
    if not sentence:
        return
    try:
        ctx.apitest.perform(sentence)
    except (AssertionFailed, CallFailed):
        return
    raise AssertionFailed("There is no point in waiting any longer", [Mismatch("", f"not: {sentence}", sentence)])


def _repeat_request(ctx: Any, sentence: str) -> str | None:
    """Sends the last request again where the sentence looks at its response -> None, or why it must not be sent."""
    if not _looks_at_response(sentence):
        return None
    spec = ctx.apitest.own.get("last request")
    if spec is None:
        return None
    if spec.method not in SAFE_METHODS and not ctx.apitest.own.get("may be repeated"):
        return f"a {spec.method} is not sent again unless: the request may be repeated"
    try:
        send(ctx, spec)
    except CallFailed as error:
        ctx.apitest.own["call failure"] = error
    return None


def _looks_at_response(sentence: str) -> bool:
    found: Any = BUILT_IN.match(sentence)
    return isinstance(found, Match) and found.phrase.family in RESPONSE_FAMILIES
