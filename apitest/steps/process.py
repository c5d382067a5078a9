"""Commands: run, in the background, their exit code and output.

Not here: processes themselves (`transports/process.py`), files (`files.py`).
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from apitest.catalogue import step
from apitest.errors import AssertionFailed, Mismatch, StepError
from apitest.steps.last_response import compare_lines, compiled, require, shown
from apitest.steps.step_input import doc_text, place_of_file, text_of
from apitest.steps.store import keep
from apitest.transports.process import Completed, Running, is_port_open, run, variables_for

TIMEOUT_SECONDS = 60.0
"""Longest time of a command where `each step may take at most` says nothing else."""
POLL_SECONDS = 0.05


@step(
    'I run command "{command...}"',
    "when",
    meaning="Runs a program to its end, without a shell; its exit code and output are kept to be checked.",
    example='I run command "python --version"',
)
def run_command(ctx: Any, command: Any) -> None:
    state = ctx.apitest
    seconds = state.step_limit_seconds or TIMEOUT_SECONDS
    state.own["command"] = run(text_of(command), _folder(ctx), _variables(ctx), seconds)


@step(
    'commands run in "{dir}"',
    meaning="The folder in which later commands run: one of the project or of #{tmp}; the project's own otherwise.",
    example='commands run in "#{tmp}"',
)
def commands_run_in(ctx: Any, dir: Any) -> None:
    folder = place_of_file(ctx, dir)
    folder.mkdir(parents=True, exist_ok=True)
    ctx.apitest.own["command folder"] = folder


@step(
    'commands have the environment variable "{name}" set to "{value}"',
    meaning="A variable of the environment of later commands.",
    example='commands have the environment variable "NO_COLOR" set to "1"',
)
def commands_have_variable(ctx: Any, name: Any, value: Any) -> None:
    ctx.apitest.own.setdefault("command variables", {})[text_of(name)] = text_of(value)


@step(
    'command "{command}" runs in the background as "{name}"',
    meaning="Starts a program that is ended with the scenario.",
    example='command "python -m http.server 0" runs in the background as "files"',
)
def run_in_background(ctx: Any, command: Any, name: Any) -> None:
    state = ctx.apitest
    running = Running(text_of(command), _folder(ctx), _variables(ctx))
    state.cleanups.append(running.close)
    state.own.setdefault("background", {})[text_of(name)] = running


@step(
    'background command "{name}" (is running/is over)',
    "then",
    meaning="Whether a program in the background still runs.",
    example='background command "files" is running',
)
def background_state(ctx: Any, name: Any, choice: str) -> None:
    running = _background(ctx, name)
    is_so = running.is_running is (choice == "is running")
    actual = "is running" if running.is_running else "is over"
    require(is_so, f'Command "{text_of(name)}" {actual}', "", choice, actual, shown(running.output()))


@step(
    'the output of background command "{name}" contains "{text...}"',
    "then",
    meaning="What a program in the background has written so far.",
    example='the output of background command "files" contains "Serving"',
)
def background_output(ctx: Any, name: Any, text: Any) -> None:
    output = _background(ctx, name).output()
    require(text_of(text) in output, "The output differs", "output", f"with {text_of(text)!r}", shown(output))


@step(
    "the exit code is {n}",
    "then",
    meaning="How the last command ended.",
    example="the exit code is 0",
)
def exit_code_is(ctx: Any, n: Any) -> None:
    done = _done(ctx)
    require(done.exit_code == n, "Another exit code", "exit code", n, done.exit_code, _tail(done.output))


@step(
    'the command output (contains/doesn\'t contain) "{text...}"',
    "then",
    meaning="What the last command wrote, both streams.",
    example='the command output contains "Python"',
)
def output_contains(ctx: Any, choice: str, text: Any) -> None:
    done, part = _done(ctx), text_of(text)
    if not part:
        raise StepError("An empty text is part of any output, so nothing was compared")
    is_wanted = choice == "contains"
    expected = f"{'with' if is_wanted else 'without'} {part!r}"
    require((part in done.output) is is_wanted, "The output differs", "output", expected, shown(done.output, 4000))


@step(
    "the command output contains these lines",
    "then",
    meaning="These lines, one below the other, blanks at their ends aside; others may stand before and after.",
    example="the command output contains these lines",
    needs="doc",
)
def output_contains_lines(ctx: Any) -> None:
    done = _done(ctx)
    wanted = [line.strip() for line in doc_text(ctx).strip("\n").splitlines()]
    there = [line.strip() for line in done.output.splitlines()]
    if any(there[start : start + len(wanted)] == wanted for start in range(len(there) - len(wanted) + 1)):
        return
    missing = [line for line in wanted if line not in there]
    reason = "" if missing else "all are there, but not one below the other"
    mismatches = [Mismatch("output", line, reason="is missing", has_actual=False) for line in missing]
    raise AssertionFailed(
        "The output differs", mismatches or [Mismatch("output", "\n".join(wanted), shown(done.output, 4000), reason)],
        f"The output was:\n{shown(done.output, 4000)}",
    )  # fmt: skip


@step(
    'the command output matches "{regex...}"',
    "then",
    meaning="This regular expression is found in what the last command wrote.",
    example='the command output matches "Python 3\\.\\d+"',
)
def output_matches(ctx: Any, regex: Any) -> None:
    done, pattern = _done(ctx), compiled(regex)
    found = pattern.search(done.output)
    require(found, "The output does not match", "output", f"like {pattern.pattern}", shown(done.output, 4000))


@step(
    "the command output is",
    "then",
    meaning="All that the last command wrote, line by line.",
    example="the command output is",
    needs="doc",
)
def output_is(ctx: Any) -> None:
    compare_lines("The output differs", doc_text(ctx), _done(ctx).output)


@step(
    "the command took under {d}",
    "then",
    meaning="How long the last command ran.",
    example="the command took under 2 seconds",
)
def command_took(ctx: Any, d: float) -> None:
    seconds = _done(ctx).seconds
    require(seconds < d, "The command took too long", "time", f"under {d:g} s", f"{seconds:.3g} s")


@step(
    'I store the command output under "{name}"',
    "then",
    meaning="Keeps what the last command wrote.",
    example='I store the command output under "version"',
)
def store_output(ctx: Any, name: Any) -> None:
    keep(ctx, name, _done(ctx).output)


@step(
    'I store the match of "{regex}" in the command output under "{name}"',
    "then",
    meaning="Keeps what a regular expression finds: its first group, or all of the match.",
    example='I store the match of "port (\\d+)" in the command output under "port"',
)
def store_output_match(ctx: Any, regex: Any, name: Any) -> None:
    done, pattern = _done(ctx), compiled(regex)
    found = pattern.search(done.output)
    if found is None:
        mismatch = Mismatch("output", f"like {pattern.pattern}", shown(done.output, 4000))
        raise AssertionFailed("The output does not match", [mismatch])
    keep(ctx, name, found[1] if pattern.groups else found[0])


@step(
    'port {n} of "{host}" opens within {d}',
    "then",
    meaning="Waits until somebody listens there.",
    example='port 8080 of "localhost" opens within 20 seconds',
)
def port_opens(ctx: Any, n: Any, host: Any, d: float) -> None:
    end = time.monotonic() + d
    while not is_port_open(text_of(host), int(n)):
        if time.monotonic() >= end:
            where = f"{text_of(host)}:{n}"
            raise AssertionFailed("Nobody listens", [Mismatch(where, f"open within {d:g} s", "closed")])
        time.sleep(POLL_SECONDS)


# Inside


def _done(ctx: Any) -> Completed:
    done: Completed | None = ctx.apitest.own.get("command")
    if done is None:
        raise StepError("No command was run yet", 'When I run command "..."')
    return done


def _background(ctx: Any, name: Any) -> Running:
    known: dict[str, Running] = ctx.apitest.own.get("background", {})
    if text_of(name) not in known:
        raise StepError(f'No command runs as "{text_of(name)}"', f"There are: {', '.join(known) or 'none'}")
    return known[text_of(name)]


def _folder(ctx: Any) -> Path:
    folder: Path | None = ctx.apitest.own.get("command folder")
    return folder if folder is not None and folder.is_dir() else Path(ctx.apitest.run.project.root)


def _variables(ctx: Any) -> dict[str, str]:
    return variables_for(ctx.apitest.own.get("command variables", {}))


def _tail(output: str, lines: int = 20) -> str:
    return "\n".join(output.rstrip().splitlines()[-lines:])
