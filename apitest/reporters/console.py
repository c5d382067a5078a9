"""The run on the terminal: one line a feature with a sign a scenario, and a live line below.

Elsewhere one plain line a scenario, in the order of the files.  The wording of failures is `core/failure_text.py`'s.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TextIO

from apitest.core import failure_text
from apitest.reporters.base import InOrder, Reporter, RunStart
from apitest.reporters.terminal import Terminal
from apitest.results import ExitCode, FeatureResult, RunResult, ScenarioResult, Verdict

WORDS = {
    Verdict.PASSED: "ok",
    Verdict.FAILED: "FAILED",
    Verdict.ERROR: "ERROR",
    Verdict.UNDEFINED: "UNDEFINED",
    Verdict.SKIPPED: "skipped",
    Verdict.FLAKY: "flaky",
    Verdict.NOT_RUN: "not run",
}

COLORS = {
    Verdict.PASSED: "good",
    Verdict.FAILED: "bad",
    Verdict.ERROR: "bad",
    Verdict.UNDEFINED: "bad",
    Verdict.SKIPPED: "dim",
    Verdict.FLAKY: "warn",
    Verdict.NOT_RUN: "dim",
}

SIGNS = {
    Verdict.PASSED: "good",
    Verdict.FAILED: "bad",
    Verdict.ERROR: "error",
    Verdict.UNDEFINED: "error",
    Verdict.SKIPPED: "skip",
    Verdict.FLAKY: "good",
    Verdict.NOT_RUN: "skip",
}

BAD = (Verdict.FAILED, Verdict.ERROR)

MAX_OUTPUT_LINES = 40

LISTED = 50
"""So many failures are listed at the end; the others are counted."""


LISTED_OPERATIONS = 8
"""So many operations that nobody called are named."""


class ConsoleReporter(Reporter):
    """verbosity: -1 only failures and totals, 0 as drawn, 1 every step, 2 every exchange."""

    def __init__(
        self,
        stream: TextIO,
        color: str = "auto",
        verbosity: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(stream)
        self._terminal = Terminal(stream, color)
        self._verbosity = verbosity
        self._clock = clock
        self._order = InOrder(self._plain_line)
        self._start: RunStart | None = None
        self._began = 0.0
        self._done = self._bad = 0
        self._running: dict[int, str] = {}
        self._is_live = self._terminal.is_live and verbosity == 0
        self._features: dict[int, FeatureResult] = {}  # done, but not those before them
        self._next_index = 0
        self._width = 0
        self._above = ""  # what was written last: a failure keeps a distance to its neighbours

    def run_started(self, start: RunStart) -> None:
        self._start, self._began, self._width = start, self._clock(), start.file_width
        out = self._terminal
        for warning in start.warnings:
            out.line(f"  {out.paint('warning', 'warn')}  {warning}")
        for feature in start.unreadable:
            assert feature.failure is not None
            out.line(f"  {out.paint(str(feature.place), 'place')}   {feature.failure.summary}")
            if feature.failure.hint:
                out.line(f"     {feature.failure.hint}")
            out.line("     The file was not read any further; none of its scenarios run")
        for problem in start.problems:
            for line in failure_text.problem_lines(problem):
                out.line(line)
        if start.problems:
            self._tell_problems(start)
        if start.is_random:
            out.line(f"  In random order; repeat it with --order random:{start.seed}")
        if start.problems or start.unreadable or start.warnings or start.is_random:
            out.line()
        out.flush()

    def scenario_started(self, name: str, lane: int) -> None:
        if self._is_live:
            self._running[lane] = name
            self._draw()

    def scenario_done(self, result: ScenarioResult) -> None:
        self._done += 1
        self._bad += result.verdict in BAD
        self._running.pop(result.lane, None)
        if not self._is_live:
            self._order.take(result)
            return
        if result.verdict in BAD:
            self._failure(result)
        self._draw()

    def feature_done(self, result: FeatureResult) -> None:
        if not self._is_live:
            if result.failure is not None and result.failure.kind is not Verdict.UNDEFINED:
                self._feature_failure(result)
            return
        if result.scenarios:
            self._features[result.scenarios[0].index] = result
        while self._next_index in self._features:
            done = self._features.pop(self._next_index)
            self._next_index = done.scenarios[-1].index + 1
            self._signs(done)
        if result.failure is not None and result.failure.kind is not Verdict.UNDEFINED:
            self._feature_failure(result)
        self._draw()

    def _signs(self, result: FeatureResult) -> None:
        """A feature in one line, in the order of the files."""
        out = self._terminal
        signs = "".join(out.paint(out.sign(SIGNS[one.verdict]), COLORS[one.verdict]) for one in result.scenarios)
        self._width = max(self._width, len(result.place.file))
        if self._above == "failure":
            out.line()
        self._above = "line"
        out.line(f"  {result.place.file:<{self._width}}  {signs}")

    def run_done(self, run: RunResult, code: ExitCode) -> None:
        out = self._terminal
        out.clear_live()
        for failure in run.failures:
            out.line(f"  {out.paint('ERROR', 'bad')}  around the run")
            for line in failure_text.failure_lines(failure, with_hint=True):
                out.line(f"     {line}")
        if self._done or run.failures:
            out.line()
        out.line("  " + self._totals(run, code))
        self._list_failures(run)
        for line in coverage_lines(run):
            out.line(f"  {line}")
        start = self._start
        assert start is not None
        if any(scenario.verdict in (*BAD, Verdict.UNDEFINED) for scenario in run.scenarios()) and not run.is_dry:
            out.line(f"  Again     {start.command} --rerun failed")
        for name, file in start.reports:
            out.line(f"  {'Report' if name == 'html' else name:<9} {file}")
        out.flush()

    # Parts

    def _tell_problems(self, start: RunStart) -> None:
        count, files = len(start.problems), len({problem.place.file for problem in start.problems})
        names = list(dict.fromkeys(name for problem in start.problems for name in problem.scenarios))
        ambiguous = sum(problem.is_ambiguous for problem in start.problems)
        undefined = count - ambiguous
        kinds = []
        if undefined:
            kinds.append(f"{undefined} undefined")
        if ambiguous:
            kinds.append(f"{ambiguous} ambiguous")
        what = f"{' and '.join(kinds)} {_plural_word(count, 'sentence')} in {_plural(files, 'file')}"
        left = start.scenarios - len(names)
        if len(names) == 1:
            stopped = f'"{names[0]}" was not started'
        elif len(names) <= 3:
            stopped = ", ".join(f'"{name}"' for name in names) + " were not started"
        else:
            stopped = f"{len(names)} scenarios were not started"
        rest = f"; {left} {'other runs' if left == 1 else 'others run'}" if left > 0 else ""
        self._terminal.line(f"  {what}: {stopped}{rest} (exit {int(ExitCode.UNDEFINED)})")

    def _plain_line(self, result: ScenarioResult) -> None:
        out = self._terminal
        if result.verdict in BAD:
            self._failure(result)
        elif result.verdict is Verdict.UNDEFINED or self._verbosity < 0:
            return
        else:
            word = out.paint(f"{WORDS[result.verdict]:<9}", COLORS[result.verdict])
            more = f"   {result.skip_reason}" if result.skip_reason else ""
            if result.verdict is Verdict.FLAKY:
                more = f"   passed at attempt {result.attempts}"
            if self._above == "failure":
                out.line()
            self._above = "line"
            out.line(f"  {word} {result.name} > {out.paint(str(result.place), 'place')}{more}")
            self._details(result)
        out.flush()

    def _details(self, result: ScenarioResult) -> None:
        """What -v and -vv add to a scenario that passed."""
        if self._verbosity < 1:
            return
        out = self._terminal
        for step in result.steps:
            time_text = out.paint(f"{step.seconds * 1000:7.1f} ms", "dim")
            out.line(f"     {time_text}  {step.keyword} {step.sentence}")
            for line in step.lines:
                out.line(f"     {'':10}    {line}")
            if self._verbosity > 1:
                for exchange in step.exchanges:
                    for line in failure_text.exchange_lines(exchange):
                        out.line(f"          {line}")
        for note in result.notes:
            out.line(f"     note        {note}")
        self._output(result)

    def _failure(self, result: ScenarioResult) -> None:
        out = self._terminal
        lines = failure_text.scenario_lines(result, is_ascii=not out.has_signs)
        label = WORDS[result.verdict]
        while lines and not lines[-1]:
            lines.pop()
        if self._above:
            out.line()
        for number, line in enumerate(lines):
            if number == 0:
                line = line.replace(label, out.paint(label, "bad"), 1)
            elif "^^^" in line:
                line = out.paint(line, "bad")
            out.line(line)
        for number, attempt in enumerate(result.earlier, 1):
            reason = _reason_of(attempt)
            out.line(f"     Attempt {number:<3} {WORDS[attempt.verdict]}{': ' + reason if reason else ''}")
        for note in result.notes:
            out.line(f"     Note        {note}")
        self._output(result)
        if self._verbosity > 0:
            self._details_of_failure(result)
        self._above = "failure"
        out.flush()

    def _details_of_failure(self, result: ScenarioResult) -> None:
        out = self._terminal
        for step in result.steps:
            word = f"{WORDS[step.verdict]:<9}"
            out.line(f"     {out.paint(word, COLORS[step.verdict])} {step.keyword} {step.sentence}")
            if self._verbosity > 1:
                for exchange in step.exchanges:
                    for line in failure_text.exchange_lines(exchange):
                        out.line(f"          {line}")

    def _output(self, result: ScenarioResult) -> None:
        if result.output:
            lines = result.output.rstrip().splitlines()
            shown = lines[-MAX_OUTPUT_LINES:]
            if len(lines) > len(shown):
                shown.insert(0, f"... {len(lines) - len(shown)} lines before")
            for number, line in enumerate(shown):
                self._terminal.line(f"     {'Output' if number == 0 else '':<11} {line}")

    def _feature_failure(self, result: FeatureResult) -> None:
        assert result.failure is not None
        out = self._terminal
        out.line(f"  {out.paint('ERROR', 'bad')}  {result.name} > {result.place}")
        for line in failure_text.failure_lines(result.failure, with_hint=True):
            out.line(f"     {line}")

    def _totals(self, run: RunResult, code: ExitCode) -> str:
        scenarios = run.scenarios()
        counts = {verdict: run.count(verdict) for verdict in Verdict}
        total = len(scenarios)
        out = self._terminal
        if run.is_dry:
            words = f"{_plural(total, 'scenario')} would run"
            if counts[Verdict.UNDEFINED]:
                words = f"{total - counts[Verdict.UNDEFINED]} of {_plural(total, 'scenario')} would run"
            return f"{words}, nothing was started (dry run)"
        if not total:
            unread = [feature for feature in run.features if feature.failure is not None]
            if unread:
                return f"No scenario ran: {_plural(len(unread), 'feature')} could not be read (exit {int(code)})"
            return f"No scenario was selected (exit {int(code)})"
        if run.is_interrupted:
            head = out.paint("interrupted", "bad") + ": "
        else:
            head = ""
        jobs = f"{run.jobs} at a time" if run.jobs > 1 else "one at a time"
        if counts[Verdict.PASSED] == total and code == ExitCode.OK:
            steps = sum(len(scenario.steps) for scenario in scenarios)
            facts = [_plural(steps, "step"), _plural(run.requests, "request"), jobs]
            good = out.paint(f"{_plural(total, 'scenario')} passed", "good")
            return f"{head}{good} in {run.seconds:.1f} s ({', '.join(facts)})"
        parts = []
        for verdict, word in (
            (Verdict.PASSED, "passed"),
            (Verdict.FAILED, "failed"),
            (Verdict.ERROR, "with errors"),
            (Verdict.UNDEFINED, "undefined"),
            (Verdict.FLAKY, "flaky"),
            (Verdict.SKIPPED, "skipped"),
            (Verdict.NOT_RUN, "not run"),
        ):
            if counts[verdict]:
                parts.append(out.paint(f"{counts[verdict]} {word}", COLORS[verdict]))
        summary = f"({_plural(total, 'scenario')}, {run.seconds:.1f} s, {jobs}, exit {int(code)})"
        return f"{head}{', '.join(parts)}   {summary}"

    def _list_failures(self, run: RunResult) -> None:
        out = self._terminal
        listed = [s for s in run.scenarios() if s.verdict in (*BAD, Verdict.UNDEFINED, Verdict.FLAKY)]
        if run.is_dry:
            return
        for scenario in listed[:LISTED]:
            word = out.paint(f"{WORDS[scenario.verdict]:<9}", COLORS[scenario.verdict])
            more = f"   passed at attempt {scenario.attempts}" if scenario.verdict is Verdict.FLAKY else ""
            out.line(f"     {word} {out.paint(str(scenario.place), 'place')}   {scenario.name}{more}")
        if len(listed) > LISTED:
            out.line(f"     ... and {len(listed) - LISTED} more")

    def _draw(self) -> None:
        if not self._is_live or self._start is None:
            return
        seconds = self._clock() - self._began
        text = f"  {self._done}/{self._start.scenarios}"
        if self._bad:
            text += f", {self._bad} bad"
        text += f"  {seconds:.1f} s"
        if self._running:
            text += "  " + next(reversed(self._running.values()))
        self._terminal.live(text)


def coverage_lines(run: RunResult) -> list[str]:
    """What of API descriptions was exercised."""
    lines = []
    for one in run.extra.get("api", ()):
        lines.append(
            f"API       {one['name']}: {one['exercised']} of {_plural(one['operations'], 'operation')} "
            f"({one['percent']:g} percent), {one['statuses_seen']} of {one['statuses']} statuses"
        )
        missing = [item["operation"] for item in one["by_operation"] if not item["seen"]]
        if missing:
            more = f" and {len(missing) - LISTED_OPERATIONS} more" if len(missing) > LISTED_OPERATIONS else ""
            lines.append(f"          not called: {', '.join(missing[:LISTED_OPERATIONS])}{more}")
    return lines


def _reason_of(result: ScenarioResult) -> str:
    """The first line of why a scenario did not pass."""
    failures = [result.failure, *(step.failure for step in result.steps)]
    return next((failure.summary.partition("\n")[0] for failure in failures if failure is not None), "")


def _plural(count: int, word: str) -> str:
    return f"{count} {_plural_word(count, word)}"


def _plural_word(count: int, word: str) -> str:
    return word if count == 1 else f"{word}s"
