"""NDJSON: one JSON document a line, written while the run goes on.  The schema is in docs/apitest/reports.md.

Events: `run-started`, then `scenario` in the order of the files, `feature` as they end, and `run-finished`.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, TextIO

from apitest.reporters.base import InOrder, Reporter, RunStart
from apitest.results import ExitCode, Failure, FeatureResult, RunResult, ScenarioResult, StepResult, Verdict

SCHEMA = 1
"""Counts up when a field goes or changes its meaning; new fields may come at any time."""


class JSONLinesReporter(Reporter):
    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._order = InOrder(self._scenario)

    def run_started(self, start: RunStart) -> None:
        self._write(
            {
                "event": "run-started",
                "schema": SCHEMA,
                "started_at": start.started_at,
                "features": start.features,
                "scenarios": start.scenarios,
                "jobs": start.jobs,
                "seed": start.seed,
                "environment": start.environment,
                "warnings": list(start.warnings),
                "problems": [
                    {
                        "file": problem.place.file,
                        "line": problem.place.line,
                        "kind": "ambiguous" if problem.is_ambiguous else "undefined",
                        "sentence": f"{problem.keyword} {problem.sentence}",
                        "nearest": list(problem.nearest),
                        "candidates": [{"phrase": phrase, "place": place} for phrase, place in problem.candidates],
                        "reason": problem.reason,
                        "scenarios": list(problem.scenarios),
                    }
                    for problem in start.problems
                ],
            }
        )

    def scenario_done(self, result: ScenarioResult) -> None:
        self._order.take(result)

    def feature_done(self, result: FeatureResult) -> None:
        self._write({"event": "feature", **feature_fields(result)})

    def run_done(self, run: RunResult, code: ExitCode) -> None:
        self._write({"event": "run-finished", **run_fields(run, code)})

    def _scenario(self, result: ScenarioResult) -> None:
        self._write({"event": "scenario", **scenario_fields(result)})

    def _write(self, document: dict[str, Any]) -> None:
        self.stream.write(json.dumps(document, ensure_ascii=False, default=repr) + "\n")
        self.stream.flush()


def run_fields(run: RunResult, code: ExitCode) -> dict[str, Any]:
    """The run as a whole, without its scenarios."""
    return {
        "exit_code": int(code),
        "seconds": round(run.seconds, 6),
        "started_at": run.started_at,
        "jobs": run.jobs,
        "requests": run.requests,
        "seed": run.seed,
        "environment": run.environment,
        "is_interrupted": run.is_interrupted,
        "is_dry": run.is_dry,
        "counts": {verdict.value: run.count(verdict) for verdict in Verdict},
        "failures": [failure_fields(failure) for failure in run.failures],
        **run.extra,
    }


def feature_fields(feature: FeatureResult) -> dict[str, Any]:
    """A feature without its scenarios."""
    return {
        "name": feature.name,
        "file": feature.place.file,
        "line": feature.place.line,
        "tags": list(feature.tags),
        "description": list(feature.description),
        "scenarios": [scenario.index for scenario in feature.scenarios],
        "failure": failure_fields(feature.failure),
    }


def scenario_fields(scenario: ScenarioResult) -> dict[str, Any]:
    return {
        "index": scenario.index,
        "name": scenario.name,
        "feature": scenario.feature,
        "file": scenario.place.file,
        "line": scenario.place.line,
        "tags": list(scenario.tags),
        "verdict": scenario.verdict.value,
        "started_at": scenario.started_at,
        "seconds": round(scenario.seconds, 6),
        "lane": scenario.lane,
        "attempts": scenario.attempts,
        "skip_reason": scenario.skip_reason,
        "notes": scenario.notes,
        "output": scenario.output,
        "failure": failure_fields(scenario.failure),
        "steps": [step_fields(step) for step in scenario.steps],
        "earlier": [scenario_fields(attempt) for attempt in scenario.earlier],
    }


def step_fields(step: StepResult) -> dict[str, Any]:
    return {
        "keyword": step.keyword,
        "sentence": step.sentence,
        "line": step.place.line,
        "verdict": step.verdict.value,
        "seconds": round(step.seconds, 6),
        "is_background": step.is_background,
        "lines": list(step.lines),
        "failure": failure_fields(step.failure),
        "exchanges": [asdict(exchange) for exchange in step.exchanges],
    }


def failure_fields(failure: Failure | None) -> dict[str, Any] | None:
    if failure is None:
        return None
    return {
        "kind": failure.kind.value,
        "summary": failure.summary,
        "mismatches": [
            {
                "path": item.path,
                "expected": item.expected,
                "actual": item.actual,
                "has_actual": item.has_actual,
                "reason": item.reason,
            }
            for item in failure.mismatches
        ],
        "hint": failure.hint,
        "traceback": failure.traceback,
        "notes": list(failure.notes),
    }
