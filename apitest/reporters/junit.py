"""JUnit XML: one file, a testsuite a feature, a testcase a scenario in the order of the files.

Verdicts (steps.md Part 4.1): a comparison that did not hold is `<failure>`, what could not be evaluated `<error>`, an
unknown or ambiguous sentence and an unreadable feature `<error type="undefined">` with file and line, skipped and not
run `<skipped>`.  A scenario that passed at a later attempt passed, with `<flakyFailure>` or `<flakyError>` for each
attempt before, as Surefire writes them.  `system-out` has the output and the last exchanges.
"""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import TextIO
from xml.sax.saxutils import escape, quoteattr

from apitest.core import failure_text
from apitest.reporters.base import Reporter
from apitest.results import ExitCode, Failure, FeatureResult, RunResult, ScenarioResult, Verdict

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot carry at all, not even escaped (section 2.2)."""


class JUnitReporter(Reporter):
    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)

    def run_done(self, run: RunResult, code: ExitCode) -> None:
        features = [feature for feature in run.features if feature.scenarios or feature.failure is not None]
        totals = [_counts(feature) for feature in features]
        tests, failures, errors, skipped = (sum(column) for column in zip(*totals, strict=True)) if totals else (0,) * 4
        write = self.stream.write
        write('<?xml version="1.0" encoding="UTF-8"?>\n')
        write(
            f'<testsuites name="apitest" tests="{tests}" failures="{failures}" errors="{errors}" skipped="{skipped}" '
            f'time="{run.seconds:.3f}" timestamp="{_time(run.started_at)}">\n'
        )
        for feature, counts in zip(features, totals, strict=True):
            self._suite(run, feature, counts)
        write("</testsuites>\n")

    def _suite(self, run: RunResult, feature: FeatureResult, counts: tuple[int, int, int, int]) -> None:
        tests, failures, errors, skipped = counts
        seconds = sum(scenario.seconds for scenario in feature.scenarios)
        began = min((one.started_at for one in feature.scenarios if one.started_at), default=run.started_at)
        write = self.stream.write
        write(
            f" <testsuite name={_attribute(feature.name)} file={_attribute(feature.place.file)} "
            f'tests="{tests}" failures="{failures}" errors="{errors}" skipped="{skipped}" '
            f'time="{seconds:.3f}" timestamp="{_time(began)}">\n'
        )
        properties = {"environment": run.environment, "seed": str(run.seed) if run.seed else "", "jobs": str(run.jobs)}
        write("  <properties>\n")
        for name, value in properties.items():
            if value:
                write(f"   <property name={_attribute(name)} value={_attribute(value)}/>\n")
        write("  </properties>\n")
        if feature.failure is not None:
            self._feature_failure(feature, feature.failure)
        for scenario in feature.scenarios:
            self._case(feature, scenario, run.is_dry)
        write(" </testsuite>\n")

    def _feature_failure(self, feature: FeatureResult, failure: Failure) -> None:
        """An unreadable feature, or one whose own hooks failed, has a testcase of its own, so that nobody misses it."""
        name = feature.name if failure.kind is Verdict.UNDEFINED else f"{feature.name} (hooks of the feature)"
        place = feature.place
        self.stream.write(
            f"  <testcase name={_attribute(name)} classname={_attribute(feature.name)} "
            f'file={_attribute(place.file)} line="{place.line}" time="0.000">\n'
        )
        kind = "undefined" if failure.kind is Verdict.UNDEFINED else "error"
        message = f"{place}: {failure.summary}"
        self._element("error", kind, message, "\n".join([str(place), *_lines(failure)]))
        self.stream.write("  </testcase>\n")

    def _case(self, feature: FeatureResult, scenario: ScenarioResult, is_dry: bool) -> None:
        write = self.stream.write
        place = scenario.place
        write(
            f"  <testcase name={_attribute(scenario.name)} classname={_attribute(feature.name)} "
            f'file={_attribute(place.file)} line="{place.line}" time="{scenario.seconds:.3f}">\n'
        )
        if scenario.tags:
            write("   <properties>\n")
            for tag in scenario.tags:
                write(f'    <property name="tag" value={_attribute(tag)}/>\n')
            write("   </properties>\n")
        verdict = scenario.verdict
        if verdict is Verdict.UNDEFINED:
            self._undefined(scenario)
        elif verdict in (Verdict.FAILED, Verdict.ERROR):
            tag = "failure" if verdict is Verdict.FAILED else "error"
            self._element(tag, tag, _message(scenario), "\n".join(failure_text.scenario_lines(scenario)))
            for attempt in scenario.earlier:
                again = "rerunFailure" if attempt.verdict is Verdict.FAILED else "rerunError"
                self._element(again, tag, _message(attempt), "\n".join(failure_text.scenario_lines(attempt)))
        elif verdict is Verdict.FLAKY:
            for attempt in scenario.earlier:
                tag = "flakyFailure" if attempt.verdict is Verdict.FAILED else "flakyError"
                self._element(tag, "flaky", _message(attempt), "\n".join(failure_text.scenario_lines(attempt)))
        elif verdict in (Verdict.SKIPPED, Verdict.NOT_RUN):
            reason = scenario.skip_reason or ("dry run" if is_dry else "not run")
            write(f"   <skipped message={_attribute(reason)}/>\n")
        output = _output(scenario)
        if output:
            write(f"   <system-out>{_text(output)}</system-out>\n")
        write("  </testcase>\n")

    def _undefined(self, scenario: ScenarioResult) -> None:
        bad = [step for step in scenario.steps if step.verdict is Verdict.UNDEFINED]
        message = scenario.failure.summary if scenario.failure is not None else "undefined"
        lines = [f"{step.place}  {step.keyword} {step.sentence}" for step in bad]
        self._element("error", "undefined", message, "\n".join(lines))

    def _element(self, tag: str, kind: str, message: str, text: str) -> None:
        attributes = f"message={_attribute(message)} type={_attribute(kind)}"
        self.stream.write(f"   <{tag} {attributes}>{_text(text)}</{tag}>\n")


def _counts(feature: FeatureResult) -> tuple[int, int, int, int]:
    verdicts = [scenario.verdict for scenario in feature.scenarios]
    extra = 1 if feature.failure is not None else 0
    errors = sum(verdict in (Verdict.ERROR, Verdict.UNDEFINED) for verdict in verdicts) + extra
    skipped = sum(verdict in (Verdict.SKIPPED, Verdict.NOT_RUN) for verdict in verdicts)
    return len(verdicts) + extra, sum(verdict is Verdict.FAILED for verdict in verdicts), errors, skipped


def _message(scenario: ScenarioResult) -> str:
    failures = [scenario.failure, *(step.failure for step in scenario.steps)]
    return next((failure.summary for failure in failures if failure is not None), scenario.verdict.value)


def _lines(failure: Failure) -> list[str]:
    return failure_text.failure_lines(failure, with_hint=True)


def _output(scenario: ScenarioResult) -> str:
    parts = [scenario.output.rstrip()] if scenario.output.strip() else []
    parts += scenario.notes
    for step in scenario.steps:
        for exchange in step.exchanges:
            parts.append("\n".join([f"{step.keyword} {step.sentence}", *failure_text.exchange_lines(exchange)]))
    return "\n".join(parts)


def _attribute(text: str) -> str:
    return quoteattr(_FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text), {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def _text(text: str) -> str:
    return escape(_FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text))


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
