"""`apitest run`: what the flags mean, the reports, the exit code.  Everything heavy is imported when it is needed.

Not here: choosing and matching (`planning.py`), running (`running.py`).  Flags: runner.md section 5; options of behave
that old projects pass are taken too, as far as they mean something here.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from apitest.errors import UsageError

if TYPE_CHECKING:
    from apitest.config import Config
    from apitest.planning import Options, Plan, PlannedScenario
    from apitest.project import Project
    from apitest.reporters import Output
    from apitest.reporters.base import Reporter, RunStart
    from apitest.results import ExitCode, FeatureResult, RunResult, ScenarioResult

GARBAGE_THRESHOLD = 20_000
"""New objects between two searches for garbage; Python's own is 700."""

OLD_TAG_VARIABLES = ("ZATO_APITEST_TAGS", "Zato_API_Test_Tags")
"""Blank-separated tags, any of which selects (steps.md 1.12)."""

EPILOG = """
\b
Examples:
  apitest run my-tests                          everything below my-tests
  apitest run my-tests/features/a.feature:14    the scenario at line 14
  apitest run -t 'smoke and not slow' -j 8      by tags, 8 at a time
  apitest run -f junit:out.xml -f html          with two reports
\b
Exit codes: 0 all passed, 1 a comparison failed, 2 usage or configuration, 3 undefined
sentences or unreadable features, 4 errors, 5 nothing selected, 6 flaky, 130 interrupted.
"""


@dataclass(frozen=True, slots=True)
class Request:
    """One call of `run`, however it was made.  Empty and None: as configured."""

    paths: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    jobs: str = ""
    split: str = ""
    retry: int | None = None
    flaky: str = ""
    stop_after: int = 0
    timeout: str = ""
    is_dry: bool = False
    order: str = "defined"
    rerun: str = ""
    defines: dict[str, str] = field(default_factory=dict)
    environment: str = ""
    config_file: str = ""
    formats: tuple[str, ...] = ()
    color: str = "auto"
    verbosity: int = 0
    is_empty_allowed: bool = False
    lists_reports: bool = True


_HIDDEN_FLAGS = (
    "--no-source", "--show-source", "--no-timings", "--show-timings", "--no-skipped", "--show-skipped",
    "--no-snippets", "--snippets", "--no-capture", "--capture", "--no-capture-stderr", "--no-logcapture",
    "--no-multiline", "--multiline", "--no-summary", "--summary", "--no-color", "--no-capture-log",
)  # fmt: skip
"""Options of behave about what its own formatters print; taken, and without a meaning here."""


def _hidden(function: click.decorators.FC) -> click.decorators.FC:
    for flag in _HIDDEN_FLAGS:
        function = click.option(flag, is_flag=True, hidden=True, expose_value=False)(function)
    for name in ("--logging-level", "--logging-format", "--lang", "--stage"):
        function = click.option(name, hidden=True, expose_value=False)(function)
    return function


@click.command("run", epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("paths", nargs=-1, metavar="[PATH ...]")
@click.option("-t", "--tags", multiple=True, metavar="EXPR", help="Only with these tags: 'a and not (b or c)'.")
@click.option("-n", "--name", "names", multiple=True, metavar="REGEX", help="Only scenarios whose name fits.")
@click.option("--rerun", type=click.Choice(["failed", "flaky"]), help="Only those of the last run.")
@click.option("-j", "--jobs", metavar="N|auto", help="So many at the same time.  [auto]")
@click.option("--split", type=click.Choice(["feature", "scenario", "example"]), help="What stands alone.  [feature]")
@click.option("--order", metavar="defined|random[:SEED]", default="defined", help="In which order they start.")
@click.option("--retry", type=click.IntRange(0), metavar="N", help="So many more attempts for what failed.")
@click.option("--flaky", type=click.Choice(["pass", "fail"]), help="What passing at a later attempt counts as.")
@click.option("-x", "--stop", is_flag=True, help="End after the first failure.")
@click.option("--max-failures", type=click.IntRange(1), metavar="N", help="End after N failures.")
@click.option("--timeout", metavar="DURATION", help="Longest time a scenario may take.  [10 minutes]")
@click.option("-d", "--dry-run", "is_dry", is_flag=True, help="Read and match everything, run nothing.")
@click.option("--allow-empty", is_flag=True, help="Selecting nothing is no error.")
@click.option("-D", "--define", "defines", multiple=True, metavar="KEY=VALUE", help="A value for @KEY.")
@click.option("-e", "--env", "environment", metavar="NAME", help="Values from [env:NAME] of config.ini.")
@click.option("--config", "config_file", metavar="FILE", help="Instead of features/config.ini.")
@click.option("-f", "--format", "formats", multiple=True, metavar="NAME[:FILE]", help="console, html, junit, ndjson.")
@click.option("-o", "--outfile", "outfiles", multiple=True, hidden=True)
@click.option("--junit", "wants_junit", is_flag=True, hidden=True)
@click.option("--junit-directory", hidden=True)
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="[auto]")
@click.option("-q", "--quiet", is_flag=True, help="Only failures and totals.")
@click.option("-v", "--verbose", count=True, help="Every step; -vv: every request and response.")
@_hidden
def command(
    paths: tuple[str, ...],
    tags: tuple[str, ...],
    names: tuple[str, ...],
    rerun: str | None,
    jobs: str | None,
    split: str | None,
    order: str,
    retry: int | None,
    flaky: str | None,
    stop: bool,
    max_failures: int | None,
    timeout: str | None,
    is_dry: bool,
    allow_empty: bool,
    defines: tuple[str, ...],
    environment: str | None,
    config_file: str | None,
    formats: tuple[str, ...],
    outfiles: tuple[str, ...],
    wants_junit: bool,
    junit_directory: str | None,
    color: str,
    quiet: bool,
    verbose: int,
) -> int:
    """Runs the features below PATH: a folder, a file, FILE:LINE, a pattern or @LIST; default: this folder."""
    chosen = [*formats]
    for number, file in enumerate(outfiles):  # behave's way: the n-th -o belongs to the n-th -f
        if number < len(chosen):
            chosen[number] = f"{chosen[number].partition(':')[0]}:{file}"
    if wants_junit or junit_directory:
        chosen.append(f"junit:{Path(junit_directory or 'reports') / 'junit.xml'}")
    request = Request(
        paths=paths,
        tags=tags,
        names=names,
        jobs=jobs or "",
        split=split or "",
        retry=retry,
        flaky=flaky or "",
        stop_after=max_failures or (1 if stop else 0),
        timeout=timeout or "",
        is_dry=is_dry,
        order=order,
        rerun=rerun or "",
        defines=_defines(defines),
        environment=environment or "",
        config_file=config_file or "",
        formats=tuple(chosen),
        color=color,
        verbosity=-1 if quiet else verbose,
        is_empty_allowed=allow_empty,
    )
    return int(run(request))


def run(request: Request) -> ExitCode:
    """Runs what was asked for and writes the reports -> the exit code.  Raises ApitestError before anything ran."""
    from apitest import capture, history, running
    from apitest.attempt import RunOptions
    from apitest.cli.exit_codes import exit_code
    from apitest.planning import make_plan
    from apitest.project import locate
    from apitest.reporters import open_reporters
    from apitest.reporters.base import RunStart
    from apitest.reporters.console import ConsoleReporter
    from apitest.results import Verdict

    project, selections = locate(request.paths)
    config = _config(project, request)
    options, behave_config = _options(project, config, request)
    # PERF: what a plan consists of stays to the end; searching it again and again for garbage cost 0.78 s of CPU
    # instead of 0.64 with 1,000 scenarios.  What scenarios leave behind is still collected, later.
    gc.set_threshold(GARBAGE_THRESHOLD)
    plan = make_plan(project, selections, config, options)
    gc.freeze()
    outputs = _outputs(project, config, request)
    stdout = sys.stdout
    is_taken = any(output.file is None and output.name != "console" for output in outputs)

    def console(stream: TextIO) -> Reporter:
        return ConsoleReporter(stream, request.color, request.verbosity)

    reporters = open_reporters(outputs, console, stdout)
    if is_taken and (plan.problems or plan.warnings):
        _tell_on_stderr(plan)
    # Of a file whose Examples have no rows the other scenarios run, so it is told with them.
    unreadable = [item for item in plan.features if item.failure is not None and item.failure.kind is Verdict.UNDEFINED]
    start = RunStart(
        features=len(plan.features),
        scenarios=len(plan.scenarios),
        jobs=config.jobs,
        seed=plan.seed,
        is_random=plan.order == "random",
        environment=config.environment,
        problems=plan.problems,
        unreadable=[_unread(feature) for feature in unreadable],
        warnings=plan.warnings,
        started_at=_now(),
        command=" ".join(["apitest run", *request.paths]),
        reports=_listed(outputs) if request.lists_reports else (),
        file_width=max((len(feature.place.file) for feature in plan.features), default=0),
    )
    if behave_config is None and (plan.hooks or len(plan.sentences.steps)):
        from apitest.engine import behave_configuration

        behave_config = behave_configuration((), dict(config.defines))
    run_options = RunOptions(
        jobs=config.jobs,
        retry=config.retry,
        stop_after=request.stop_after,
        scenario_timeout_seconds=config.scenario_timeout_seconds,
        is_dry=request.is_dry,
        behave_config=behave_config,
    )
    listener = _Listener(reporters)
    listener.run_started(start)
    try:
        with capture.streams(sys.stderr if is_taken else None):
            result = running.run_plan(plan, run_options, listener, _tell)
        code = exit_code(result, config.is_flaky_failure, request.is_empty_allowed)
        if request.is_dry and code not in (3, 5):
            code = exit_code(replace(result, features=[]), is_empty_allowed=True)
        if not request.is_dry and any(scenario.verdict is not Verdict.NOT_RUN for scenario in result.scenarios()):
            history.remember(project, result)
        listener.run_done(result, code)
    finally:
        listener.close()
    return code


class _Listener:
    """Hands what happens on to every reporter.  One whose reader has gone (`| head`) hears no more; the run goes on."""

    def __init__(self, reporters: Sequence[Reporter]) -> None:
        self._reporters = list(reporters)

    def run_started(self, start: RunStart) -> None:
        self._tell(lambda reporter: reporter.run_started(start))

    def scenario_started(self, scenario: PlannedScenario, lane: int) -> None:
        self._tell(lambda reporter: reporter.scenario_started(scenario.name, lane))

    def scenario_done(self, result: ScenarioResult) -> None:
        self._tell(lambda reporter: reporter.scenario_done(result))

    def feature_done(self, result: FeatureResult) -> None:
        self._tell(lambda reporter: reporter.feature_done(result))

    def run_done(self, result: RunResult, code: ExitCode) -> None:
        self._tell(lambda reporter: reporter.run_done(result, code))

    def close(self) -> None:
        self._tell(lambda reporter: reporter.close())

    def _tell(self, call: Callable[[Reporter], None]) -> None:
        for reporter in list(self._reporters):
            try:
                call(reporter)
            except BrokenPipeError:
                self._reporters.remove(reporter)
                # What is still buffered for the reader would be an error once more when the interpreter ends.
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _config(project: Project, request: Request) -> Config:
    from apitest.config import parse_duration, parse_jobs, read_config

    file: Path | None = project.config_file
    if request.config_file:
        file = Path(request.config_file)
        if not file.is_file():
            raise UsageError(f"There is no configuration {request.config_file}")
    config = read_config(file, request.environment, request.defines)
    changes: dict[str, object] = {}
    if request.jobs:
        changes["jobs"] = parse_jobs(request.jobs, "-j")
    if request.timeout:
        changes["scenario_timeout_seconds"] = parse_duration(request.timeout, "--timeout")
    if request.retry is not None:
        changes["retry"] = request.retry
    if request.flaky:
        changes["is_flaky_failure"] = request.flaky == "fail"
    return replace(config, **changes) if changes else config  # type: ignore[arg-type]


def _options(project: Project, config: Config, request: Request) -> tuple[Options, object]:
    from apitest.planning import Options

    tags, names = [*request.tags], [*request.names]
    behave_config = None
    if config.behave_options:
        from apitest.engine import behave_configuration

        behave_config = behave_configuration(config.behave_options, dict(config.defines))
        tags += _as_list(behave_config.tags)
        names += _as_list(behave_config.name)
    for name in OLD_TAG_VARIABLES:
        if os.environ.get(name, "").split():
            tags.append(" or ".join(os.environ[name].split()))
    if os.environ.get("APITEST_TAGS", "").strip():
        tags.append(os.environ["APITEST_TAGS"].strip())
    order, _, seed = request.order.partition(":")
    if order not in ("defined", "random") or (seed and not seed.isdigit()):
        raise UsageError(f"--order {request.order!r} is not known", "It is defined, random or random:SEED")
    only = None
    if request.rerun:
        from apitest.history import scenarios_to_rerun

        only = scenarios_to_rerun(project, request.rerun)
    options = Options(
        tags=tuple(tags), names=tuple(names), split=request.split, order=order, seed=int(seed or 0), only=only
    )
    return options, behave_config


def _as_list(value: object) -> list[str]:
    if not value:
        return []
    return [value] if isinstance(value, str) else [str(item) for item in value]  # type: ignore[attr-defined]


def _outputs(project: Project, config: Config, request: Request) -> list[Output]:
    """What is written: what the command line or else the configuration names, and the console where stdout is free."""
    from apitest.reporters import Output, parse_format

    found = [parse_format(text, project.root) for text in request.formats or config.formats]
    if not any(output.name == "console" or output.file is None for output in found):
        found.insert(0, Output("console", None))
    on_stdout = [output.name for output in found if output.file is None]
    if len(on_stdout) > 1:
        if set(on_stdout) == {"console"}:
            return list(dict.fromkeys(found))
        raise UsageError(
            f"{' and '.join(on_stdout)} cannot both go to the standard output", "Give one a file: -f NAME:FILE"
        )
    return found


def _listed(outputs: Sequence[Output]) -> list[tuple[str, str]]:
    from apitest.config import shown

    return [(output.name, shown(output.file)) for output in outputs if output.file is not None]


def _unread(feature: object) -> FeatureResult:
    from apitest.results import FeatureResult

    return FeatureResult(feature.name, feature.place, (), failure=feature.failure)  # type: ignore[attr-defined]


def _tell_on_stderr(plan: Plan) -> None:
    from apitest.core import failure_text

    for warning in plan.warnings:
        click.echo(f"  warning  {warning}", err=True)
    for problem in plan.problems:
        for line in failure_text.problem_lines(problem):
            click.echo(line, err=True)


def _tell(text: str) -> None:
    click.echo(text, err=True)


def _now() -> float:
    import time

    return time.time()


def _defines(texts: Sequence[str]) -> dict[str, str]:
    found = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not key:
            raise UsageError(f"-D {text!r} has no name", "Write it like -D key=value")
        found[key.strip()] = value if equals else "true"
    return found
