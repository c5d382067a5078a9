"""Loads in English: users or rates for a time, scenarios as journeys, figures, and baselines.

Users are greenlets of one process.  A closed load (so many users) sends the next request when the answer is there; an
open one (so many a second) when it is due, and times it from then.  Not here: how requests go out
(`transports/load.py`), what the figures are (`core/load_figures.py`).
"""

from __future__ import annotations

import copy
import json
import os
import platform
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from apitest import parallel
from apitest.catalogue import step
from apitest.core import load_figures, sentences
from apitest.core.load_figures import Figures, LoadFigures
from apitest.core.request import RequestSpec
from apitest.errors import ApitestError, AssertionFailed, FileProblem, Mismatch, ScenarioSkipped, StepError
from apitest.steps.http import finished_request, transport_of, with_jar
from apitest.steps.http_response import is_status, statuses
from apitest.steps.last_response import require
from apitest.steps.step_input import read_json, resolved_rows, text_of

MAX_SECONDS = 3600
MAX_USERS = 10_000
MAX_RATE = 100_000
"""One process does not go further, and a slip of the pen should not try."""
MAX_STAGES = 100


# Applying


@step(
    "for {d} with {n} users the URL is invoked",
    "when",
    meaning="So many users send the request again and again for so long, each when its last answer is there.",
    example="for 10 seconds with 50 users the URL is invoked",
)
def invoke_with_users(ctx: Any, d: float, n: Any) -> None:
    figures = _begin(ctx)
    _closed(ctx, figures, _seconds(d), _users(n))
    _note(ctx, figures)


@step(
    "for {d} the URL is invoked {n} times per second",
    "when",
    meaning="The request is sent at a steady rate for so long, answered or not; each answer is timed from when its "
    "request was due, so a server that stalls cannot hide it.",
    example="for 10 seconds the URL is invoked 200 times per second",
)
def invoke_at_rate(ctx: Any, d: float, n: Any) -> None:
    figures = _begin(ctx)
    _open(ctx, figures, _seconds(d), _rate(n))
    _note(ctx, figures)


@step(
    'for {d} with {n} users scenario "{name}" is run',
    "when",
    meaning="So many users run the scenario again and again for so long, each with stored values of its own. A run "
    "that fails counts as an error.",
    example='for 30 seconds with 20 users scenario "Buy" is run',
)
def run_with_users(ctx: Any, d: float, n: Any, name: Any) -> None:
    state = ctx.apitest
    performer = state.performer
    if performer is None:
        raise StepError("Under behave itself, scenarios are not run by others", "Run the features with: apitest run")
    seconds, users, wanted = _seconds(d), _users(n), text_of(name)
    performer.knows(wanted)
    figures = _begin(ctx)
    begin = time.perf_counter()
    end = begin + seconds
    calls = [partial(_journeys, performer, wanted, figures, end, _pause(ctx), _values(ctx, i)) for i in range(users)]
    for error in parallel.run_together(calls):
        if error is not None:
            raise error
    figures.lasted(max(time.perf_counter() - begin, seconds))
    state.run.requests += figures.whole.requests
    _note(ctx, figures)


@step(
    "load is applied in stages",
    "when",
    meaning="Stages one after the other. The table: stage (its name), duration, and users or rate (times per second) - "
    "or both columns, of which each row fills one. Each stage has figures of its own.",
    example="load is applied in stages",
    needs="table",
)
def apply_stages(ctx: Any) -> None:
    rows = resolved_rows(ctx, ("stage", "duration"), ("users", "rate"))
    if not 0 < len(rows) <= MAX_STAGES:
        raise StepError(f"There are {len(rows)} stages", f"Write 1 to {MAX_STAGES} rows below the headings.")
    stages: list[tuple[str, float, Callable[..., None], Any]] = []
    for row in rows:
        name, users, rate = text_of(row["stage"]), row.get("users", ""), row.get("rate", "")
        if (users == "") == (rate == ""):
            raise StepError(f'Stage "{name}" needs either users or a rate', "Fill one of the two columns.")
        seconds = _duration(row["duration"], f'The duration of stage "{name}"')
        if rate == "":
            stages.append((name, _seconds(seconds), _closed, _users(_number(users))))
        else:
            stages.append((name, _seconds(seconds), _open, _rate(_number(rate))))
    _seconds(sum(stage[1] for stage in stages))
    figures = _begin(ctx)
    for name, seconds, apply, amount in stages:
        before = figures.whole.seconds
        apply(ctx, figures, seconds, amount, name)
        named = figures.by_name.get(name)
        if named is not None:
            named.seconds = figures.whole.seconds - before
            ctx.apitest.own.setdefault("load stages", {})[name] = named.seconds
    for name, seconds in ctx.apitest.own.pop("load stages", {}).items():
        figures.by_name[name].seconds = seconds
    _note(ctx, figures)


@step(
    "users pause {d} between requests",
    meaning="How long each user waits after an answer, or after a scenario, before the next one.",
    example="users pause 1 second between requests",
)
def users_pause(ctx: Any, d: float) -> None:
    ctx.apitest.own["load pause"] = d


@step(
    'load users take values from "{list}"',
    meaning="Each user has a row of its own, from the beginning again when there are more users. Its columns fill "
    "`<column>` in the request, and are stored values of a user that runs a scenario.",
    example='load users take values from "#accounts"',
)
def users_take_values(ctx: Any, list: Any) -> None:
    rows = list
    if not (isinstance(rows, tuple | type([])) and rows and all(isinstance(row, Mapping) for row in rows)):
        raise StepError("Users take values from a list of rows", "Store one, for instance from a table or a CSV file.")
    ctx.apitest.own["load values"] = [dict(row) for row in rows]


# Checking


@step(
    "the {n}th percentile is under {d}",
    "then",
    meaning="So many percent of the answers were there in less time.",
    example="the 95th percentile is under 200 ms",
)
def percentile_is_under(ctx: Any, n: Any, d: float) -> None:
    actual = _answered(ctx).times.percentile(n)
    _require_under(f"The {n:g}th percentile", actual, d)


@step(
    "the (average/slowest) response time is under {d}",
    "then",
    meaning="The average or the slowest answer of the load took less time.",
    example="the average response time is under 80 ms",
)
def response_time_under_load(ctx: Any, choice: str, d: float) -> None:
    times = _answered(ctx).times
    _require_under(f"The {choice} response time", times.average if choice == "average" else times.slowest, d)


@step(
    "the error rate is below {n}%",
    "then",
    meaning="Less than so many percent of the load's requests had no answer or one of status 4xx or 5xx; of "
    "scenarios, less than so many percent failed.",
    example="the error rate is below 1%",
)
def error_rate_is_below(ctx: Any, n: Any) -> None:
    whole = _figures(ctx).whole
    reasons = ", ".join(f"{count} x {why}" for why, count in whole.reasons.most_common(5))
    require(
        whole.error_rate < n, "The error rate is too high", "", f"below {n:g}%", f"{whole.error_rate:.4g}%", reasons
    )


@step(
    "at least {n} requests per second were served",
    "then",
    meaning="So many requests of the load were answered each second, errors not counted.",
    example="at least 150 requests per second were served",
)
def requests_per_second(ctx: Any, n: Any) -> None:
    actual = _figures(ctx).whole.per_second
    require(actual >= n, "Too few requests were served", "", f"at least {n:g} per second", f"{actual:.4g} per second")


@step(
    'no response under load had status "{status}"',
    "then",
    meaning="None of the load's answers had it; 5xx is any of them.",
    example='no response under load had status "5xx"',
)
def no_response_had_status(ctx: Any, status: Any) -> None:
    whole = _answered(ctx)
    codes = statuses(status)
    found = {one: count for one, count in sorted(whole.statuses.items()) if any(is_status(code, one) for code in codes)}
    if found:
        mismatches = [
            Mismatch(f"status {one}", "no response", f"{count} of {whole.requests}") for one, count in found.items()
        ]
        raise AssertionFailed(f"Responses under load had status {text_of(status)}", mismatches)


@step(
    "the load figures match",
    "then",
    meaning="The table: figure, check, value, and perhaps name (of a stage, or of a request like GET /orders). "
    "Figures: requests, errors, error rate, requests per second, average, slowest, median, 99th percentile, journeys. "
    "Checks: is, under, over, at most, at least.",
    example="the load figures match",
    needs="table",
)
def load_figures_match(ctx: Any) -> None:
    figures = _figures(ctx)
    rows = resolved_rows(ctx, ("figure", "check", "value"), ("name",))
    mismatches = [found for row in rows if (found := _row_mismatch(figures, row)) is not None]
    if not rows:
        raise StepError("The table has no rows", "Nothing would be compared.")
    if mismatches:
        raise AssertionFailed("The load figures do not match", mismatches)


@step(
    'the load figures are kept as "{name}"',
    "then",
    meaning="Writes them to features/load/NAME.json, with the facts of this machine, to compare later loads with.",
    example='the load figures are kept as "main"',
)
def keep_figures(ctx: Any, name: Any) -> None:
    figures = _figures(ctx)
    _answered(ctx)
    machine = {
        "system": f"{platform.system()} {platform.release()}",
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }
    text = json.dumps(figures.as_baseline(machine), indent=2) + "\n"
    project = ctx.apitest.run.project
    folder = project.features.resolve().relative_to(project.root.resolve())
    path = project.writable(str(folder / "load" / _baseline_file(name)))
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise FileProblem(f"The load figures cannot be written: {error.strerror}") from error


@step(
    'the {n}th percentile is at most {m}% slower than "{name}"',
    "then",
    meaning="Compares with figures that were kept under this name.",
    example='the 95th percentile is at most 10% slower than "main"',
)
def percentile_is_not_slower(ctx: Any, n: Any, m: Any, name: Any) -> None:
    actual = _answered(ctx).times.percentile(n)
    kept = read_json(ctx, _baseline_file(name), "load")
    before = load_figures.baseline_percentile(kept, n, text_of(name))
    if actual > before * (1 + m / 100):
        shown, old = load_figures.duration(actual), load_figures.duration(before)
        slower = f"{(actual / before - 1) * 100:.3g}% slower; kept on {kept.get('machine')}"
        mismatch = Mismatch("", f"at most {m:g}% slower than {old}", shown, slower)
        raise AssertionFailed(f"The {n:g}th percentile is slower than {text_of(name)}", [mismatch])


# Inside


def _begin(ctx: Any) -> LoadFigures:
    figures: LoadFigures = LoadFigures()
    ctx.apitest.own["load figures"] = figures
    return figures


def _note(ctx: Any, figures: LoadFigures) -> None:
    ctx.apitest.notes.append(figures.summary())


def _closed(ctx: Any, figures: LoadFigures, seconds: float, users: int, name: str = "") -> None:
    from apitest.transports import load

    before = figures.whole.requests
    called, new_sender = _senders(ctx)
    senders = [new_sender(number) for number in range(users)]
    try:
        load.closed(figures, name or called, senders, seconds, _pause(ctx))
    finally:
        ctx.apitest.run.requests += figures.whole.requests - before


def _open(ctx: Any, figures: LoadFigures, seconds: float, rate: float, name: str = "") -> None:
    from apitest.transports import load

    before = figures.whole.requests
    called, new_sender = _senders(ctx)
    patience = ctx.apitest.request.timeout_seconds
    try:
        load.open_(figures, name or called, new_sender, seconds, rate, patience)
    finally:
        ctx.apitest.run.requests += figures.whole.requests - before


def _senders(ctx: Any) -> tuple[str, Callable[[int], Any]]:
    """The request's name, and what makes the connection of user so-and-so."""
    from apitest.transports import load

    state = ctx.apitest
    transport = transport_of(ctx)
    rows = state.own.get("load values")
    first = with_jar(ctx, _request_of(ctx, _values(ctx, 0)))
    name = f"{first.method} {state.request.url_path.partition('?')[0] or '/'}"
    if state.request.finishers or not load.is_plain(first, transport):
        # A token with its time, a signature: made anew for each request.

        def make(number: int) -> RequestSpec:
            return with_jar(ctx, _request_of(ctx, _values(ctx, number)))

        return name, lambda number: load.OrdinarySender(partial(make, number), transport)
    if rows is None:
        data = load.wire_bytes(first)
        return name, lambda number: load.LeanSender(first, transport, data)
    return name, lambda number: load.LeanSender(_request_of(ctx, _values(ctx, number)), transport)


def _request_of(ctx: Any, values: Mapping[str, Any]) -> RequestSpec:
    if not values:
        return finished_request(ctx)
    state = ctx.apitest
    draft = state.request
    filled = copy.copy(draft)
    for part in (
        "address",
        "url_path",
        "query_string",
        "headers",
        "query",
        "path_params",
        "cookies",
        "form",
        "body",
        "auth",
    ):
        setattr(filled, part, _filled(getattr(draft, part), values))
    state.request = filled
    try:
        return finished_request(ctx)
    finally:
        state.request = draft


def _filled(value: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(value, str):
        for name, own in values.items():
            if f"<{name}>" in value:
                if value == f"<{name}>" and not isinstance(own, str):
                    return own
                value = value.replace(f"<{name}>", text_of(own))
        return value
    if isinstance(value, dict):
        return {key: _filled(one, values) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, values) for one in value]
    if isinstance(value, tuple):
        return tuple(text_of(_filled(one, values)) if isinstance(one, str) else _filled(one, values) for one in value)
    return value


def _journeys(
    performer: Any, name: str, figures: LoadFigures, end: float, pause: float, values: Mapping[str, Any]
) -> None:
    """One user: the scenario again and again until the time is over."""
    while time.perf_counter() < end:
        user = performer.user(values)
        begin = time.perf_counter()
        reason = ""
        try:
            user.performer.run_scenario(name)
        except ScenarioSkipped as error:
            reason = f"skipped: {error.message}"
        except ApitestError as error:
            reason = error.message
        finally:
            user.close()
        for one in user.state.exchanges:
            path = one.url.partition("://")[2].partition("?")[0].partition("/")[2]
            figures.add(f"{one.method} /{path}", one.seconds, one.status, "" if one.status else "no answer")
        figures.whole.add_journey(reason)
        named = figures.named(name)
        if named is not None:
            named.add(time.perf_counter() - begin, 0, "")
            named.add_journey(reason)
        left = end - time.perf_counter()
        if pause and left > 0:
            time.sleep(min(pause, left))


def _pause(ctx: Any) -> float:
    return float(ctx.apitest.own.get("load pause", 0.0))


def _values(ctx: Any, number: int) -> Mapping[str, Any]:
    rows = ctx.apitest.own.get("load values")
    found: Mapping[str, Any] = rows[number % len(rows)] if rows else {}
    return found


def _figures(ctx: Any) -> LoadFigures:
    found: LoadFigures | None = ctx.apitest.own.get("load figures")
    if found is None:
        raise StepError("No load was applied", "For instance: When for 10 seconds with 50 users the URL is invoked")
    return found


def _answered(ctx: Any) -> Figures:
    """The figures of all requests, of which at least one was answered: else nothing would be compared."""
    whole = _figures(ctx).whole
    if not whole.times.count:
        reasons = ", ".join(f"{count} x {why}" for why, count in whole.reasons.most_common(5))
        raise AssertionFailed("No request of the load was answered", [Mismatch("", "answers", 0, reasons)])
    return whole


def _require_under(what: str, actual: float, limit: float) -> None:
    shown = load_figures.duration
    require(actual < limit, f"{what} is too long", "", f"under {shown(limit)}", shown(actual))


def _row_mismatch(figures: LoadFigures, row: Mapping[str, Any]) -> Mismatch | None:
    name, figure = text_of(row.get("name", "")), " ".join(text_of(row["figure"]).lower().split())
    part = figures.by_name.get(name) if name else figures.whole
    if part is None:
        raise StepError(f'The load had no "{name}"', f"It had: {', '.join(figures.by_name) or 'no requests'}")
    check = load_figures.check_of(text_of(row["check"]))
    is_time = figure not in load_figures.COUNTED
    actual = part.value(figure)
    if is_time and not part.times.count:
        return Mismatch(f"{figure} {name}".strip(), f"{check} {row['value']}", 0, "no request was answered")
    value = row["value"]
    wanted = _duration(value, f"The value of {figure}") if is_time else _number(text_of(value).rstrip("% "))
    if load_figures.CHECKS[check](actual, wanted):
        return None
    shown = load_figures.duration(actual) if is_time else f"{actual:.6g}"
    return Mismatch(f"{figure} {name}".strip(), f"{check} {text_of(value)}", shown)


def _baseline_file(name: Any) -> str:
    text = text_of(name)
    if not text or not all(sign.isalnum() or sign in "-_. " for sign in text) or text.startswith("."):
        raise StepError(f'"{text}" is no name for load figures', "Use letters, digits, - and _.")
    return f"{text}.json"


def _duration(value: Any, what: str) -> float:
    found = sentences.parse_duration(text_of(value))
    if found is None:
        raise StepError(f"{what} is {value!r}", "Write it like 30 seconds or 200 ms.")
    return float(found)


def _number(value: Any) -> Any:
    found = value if isinstance(value, int | float) else sentences.parse_number(text_of(value))
    if found is None:
        raise StepError(f"{value!r} is no number")
    return found


def _seconds(d: float) -> float:
    if not 0 < d <= MAX_SECONDS:
        raise StepError(f"A load cannot last {d:g} seconds", f"Write more than 0 and at most {MAX_SECONDS} seconds.")
    return d


def _users(n: Any) -> int:
    if isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= MAX_USERS:
        raise StepError(f"There cannot be {n} users", f"Write a whole number, 1 to {MAX_USERS}.")
    return n


def _rate(n: Any) -> float:
    if isinstance(n, bool) or not 0 < n <= MAX_RATE:
        raise StepError(f"Nothing can be sent {n} times per second", f"Write more than 0 and at most {MAX_RATE}.")
    return float(n)
