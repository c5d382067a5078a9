"""One HTML page with the whole run in it: opens from disk, needs no network, works on a phone.

The page is `report.html`, its data a JSON document inside it; what is drawn when, its script decides.  Failures are
worded here, by `core/failure_text.py`, so that the page says what the console says.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TextIO

from apitest.core import failure_text
from apitest.reporters.base import Reporter, RunStart
from apitest.reporters.json_lines import feature_fields, run_fields, scenario_fields
from apitest.results import ExitCode, Failure, RunResult, ScenarioResult, StepResult, Verdict

PAGE = Path(__file__).with_name("report.html")

MAX_BODY_OF_GOOD = 2_000
MAX_BODY_OF_BAD = 40_000
"""Characters kept of a body: ten thousand passed scenarios must still open in a browser."""

BAD = (Verdict.FAILED, Verdict.ERROR, Verdict.UNDEFINED, Verdict.FLAKY)


class HTMLReporter(Reporter):
    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._start: RunStart | None = None

    def run_started(self, start: RunStart) -> None:
        self._start = start

    def run_done(self, run: RunResult, code: ExitCode) -> None:
        document = {
            "run": {**run_fields(run, code), "sentence": sentence(run), "failed": _lines_of_all(run.failures)},
            "problems": [failure_text.problem_lines(problem) for problem in run.problems],
            "features": [
                {**feature_fields(feature), "lines": _lines(feature.failure), "failure": None}
                for feature in run.features
            ],
            "scenarios": [_scenario(scenario) for scenario in run.scenarios()],
        }
        page = PAGE.read_text("utf-8")
        before, _, after = page.partition("/*DATA*/")
        self.stream.write(before)
        self.stream.write(embedded(document))
        self.stream.write(after)


def sentence(run: RunResult) -> str:
    """The verdict in one sentence."""
    total = len(run.scenarios())
    good = run.count(Verdict.PASSED) + run.count(Verdict.FLAKY)
    bad = run.count(Verdict.FAILED) + run.count(Verdict.ERROR)
    undefined = run.count(Verdict.UNDEFINED)
    unread = sum(1 for feature in run.features if feature.failure is not None and not feature.scenarios)
    if run.is_dry:
        return f"{total} scenarios would run"
    parts = []
    if bad:
        parts.append(f"{bad} of {total} did not pass")
    if undefined:
        parts.append(f"{undefined} not started: sentences that do not exist")
    if unread:
        parts.append(f"{unread} feature{'s' if unread > 1 else ''} could not be read")
    if run.failures:
        parts.append("something around the run failed")
    if run.is_interrupted:
        parts.append("interrupted")
    if parts:
        text = "; ".join(parts)
        return text[0].upper() + text[1:]
    if not total:
        return "No scenario was selected"
    return f"All {total} passed" if good == total else f"{good} of {total} passed, none failed"


def embedded(document: Any) -> str:
    """JSON that may stand in a script element: no `<` can end it, no line separator breaks it."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=repr)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _scenario(scenario: ScenarioResult) -> dict[str, Any]:
    limit = MAX_BODY_OF_BAD if scenario.verdict in BAD else MAX_BODY_OF_GOOD
    fields = scenario_fields(scenario)
    fields["lines"] = _lines(scenario.failure)
    fields["failure"] = None
    fields["steps"] = [_step(step, limit) for step in scenario.steps]
    fields["earlier"] = [_scenario(attempt) for attempt in scenario.earlier]
    return fields


def _step(step: StepResult, limit: int) -> dict[str, Any]:
    fields = {
        "k": step.keyword,
        "s": step.sentence,
        "n": step.place.line,
        "v": step.verdict.value,
        "t": round(step.seconds, 6),
    }
    if step.is_background:
        fields["b"] = 1
    if step.lines:
        fields["l"] = list(step.lines)
    if step.failure is not None:
        fields["f"] = _lines(step.failure)
        fields["h"] = step.failure.hint
    if step.exchanges:
        fields["x"] = [_exchange(exchange, limit) for exchange in step.exchanges]
    return fields


def _exchange(exchange: Any, limit: int) -> dict[str, Any]:
    def cut(body: str) -> str:
        return body if len(body) <= limit else f"{body[:limit]}\n... {len(body) - limit} more characters"

    return {
        "curl": exchange.curl,
        "method": exchange.method,
        "url": exchange.url,
        "rqh": list(exchange.request_headers),
        "rqb": cut(exchange.request_body),
        "status": exchange.status,
        "reason": exchange.reason,
        "rsh": list(exchange.response_headers),
        "rsb": cut(exchange.response_body),
        "size": exchange.response_size,
        "seconds": round(exchange.seconds, 6),
        "cid": exchange.cid,
    }


def _lines(failure: Failure | None) -> list[str] | None:
    return None if failure is None else failure_text.failure_lines(failure, with_hint=True)


def _lines_of_all(failures: list[Failure]) -> list[str]:
    return [line for failure in failures for line in failure_text.failure_lines(failure, with_hint=True)]
