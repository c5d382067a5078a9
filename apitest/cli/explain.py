"""`apitest explain FILE:LINE`: what the step in a line will do, its values filled in as far as they are known before a
run.  Nothing is run."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from apitest.errors import ApitestError, UsageError

if TYPE_CHECKING:
    from apitest.composite import CompositeCall
    from apitest.core.phrases import Match
    from apitest.planning import Plan, PlannedScenario, PlannedStep

_STORED = re.compile(r"#\{?([\w.\-]+)")
_OTHERS = re.compile(r"([@$])(?:\{([^{}\"]+)\}|([A-Za-z_][\w.\-]*))")

Say = Callable[[str], None]


@click.command("explain")
@click.argument("place", metavar="FILE:LINE")
@click.option("-e", "--env", "environment", metavar="NAME", default="", help="Values from [env:NAME] of config.ini.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="[auto]")
def command(place: str, environment: str, color: str) -> int:
    """Says what the step in a line will do: which sentence it is, what its values are, what it stands for."""
    from apitest.config import read_config
    from apitest.core import masking
    from apitest.planning import Options, make_plan
    from apitest.project import locate
    from apitest.reporters.terminal import Terminal

    file, _, line = place.rpartition(":")
    if not file or not line.isdigit():
        raise UsageError(f"{place} names no line", "Write it like features/orders.feature:14")
    project, selections = locate([file])
    plan = make_plan(project, selections, read_config(project.config_file, environment), Options())
    unreadable = next((item.failure for item in plan.features if item.failure is not None), None)
    if unreadable is not None and not plan.scenarios:
        raise UsageError(f"{file}: {unreadable.summary}", unreadable.hint)
    found = _step_at(plan, int(line))
    if found is None:
        raise UsageError(f"{place} is no step", "Name the line of a sentence, or one of its table or doc string")
    out, secrets = Terminal(sys.stdout, color), plan.config.secret_values()
    _explain(lambda text: out.line(masking.mask(text, secrets) if secrets else text), plan, *found)
    return 3 if found[1].complaint else 0


def _step_at(plan: Plan, line: int) -> tuple[PlannedScenario, PlannedStep, int] | None:
    """The step in that line, the first scenario with it, and how many scenarios have it."""
    hits = [
        (scenario, step)
        for scenario in plan.scenarios
        for step in scenario.steps
        if step.place.line <= line <= step.place.line + len(step.lines)
    ]
    return (*hits[0], len(hits)) if hits else None


def _explain(say: Say, plan: Plan, scenario: PlannedScenario, step: PlannedStep, rows: int) -> None:
    from apitest.composite import CompositeCall
    from apitest.sentences import Call, UserCall

    say(f"  {step.place}   {step.step.keyword} {step.step.name}")
    for text in step.lines:
        say(f"     {text}")
    say(f"     in scenario {scenario.name}{f', and {rows - 1} more' if rows > 1 else ''}")
    say("")
    if step.complaint:
        for problem in plan.problems:
            if scenario.name in problem.scenarios:
                say(f"  {problem.reason or step.complaint}: {problem.sentence}")
                for near in problem.nearest:
                    say(f"     {near}")
        return
    call = step.call
    if isinstance(call, UserCall):
        say(f"  A step of this project: {call.match.place}")
        say(f"     {call.match.pattern}")
    if not isinstance(call, Call | CompositeCall):
        return
    _phrase(say, call.match, "  ")
    if call.match.inner is not None:
        say("  It asks this sentence:")
        _phrase(say, call.match.inner, "     ")
    if isinstance(call, CompositeCall):
        say("  It stands for:")
        _composed(say, call, "     ")
    _values(say, plan, scenario, step)


def _phrase(say: Say, match: Match, indent: str) -> None:
    from apitest.sentences import place_of

    say(f"{indent}{match.phrase.pattern}")
    say(f"{indent}   {match.phrase.meaning}")
    say(f"{indent}   {place_of(match.phrase)}")


def _composed(say: Say, call: CompositeCall, indent: str) -> None:
    from apitest.composite import CompositeCall

    for inner, inner_call in call.steps:
        say(f"{indent}{inner.keyword} {inner.name}")
        if isinstance(inner_call, CompositeCall):
            _composed(say, inner_call, indent + "   ")


def _values(say: Say, plan: Plan, scenario: PlannedScenario, step: PlannedStep) -> None:
    """The look-ups of the sentence and of what stands below it: their values, or where they will come from."""
    text = "\n".join([str(step.step.name), *step.lines])
    told: dict[str, str] = {}
    for found in _OTHERS.finditer(text):
        sign, name, before = found[1], found[2] or found[3], text[: found.start()][-1:]
        # @@name is the text itself, and without braces a look-up is a whole text.
        if before != sign and (found[2] or before in ('"', " ", "\n", "|", "")):
            told[sign + name] = _known(plan, sign, name)
    earlier = scenario.steps[: scenario.steps.index(step)]
    for found in _STORED.finditer(text):
        if text[: found.start()][-1:] != "#":
            told[f"#{found[1]}"] = _storing(found[1], earlier)
    if told:
        say("")
    for name, value in told.items():
        say(f"     {name:<{max(map(len, told))}}   {value}")


def _known(plan: Plan, sign: str, name: str) -> str:
    from apitest.config import is_secret_name

    try:
        value = plan.config.configured(name) if sign == "@" else os.environ.get(name)
    except ApitestError as error:
        return error.message
    if value is None:
        return "is not set in the environment"
    return "a secret, set" if is_secret_name(name) else f'"{value}"'


def _storing(name: str, before: list[PlannedStep]) -> str:
    """Which sentence before this one stores a value, as far as the texts say."""
    stored = re.escape(name.split(".")[0])
    wanted = re.compile(rf'(?:under|as|into) "{stored}"')
    for step in reversed(before):
        if wanted.search("\n".join([str(step.step.name), *step.lines])):
            return f"stored in line {step.place.line}: {step.step.name}"
    return "stored while it runs; no sentence before this one in the scenario says so"
