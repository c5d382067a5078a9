"""`apitest lint`: what is wrong or doubtful in the features, without running them."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from apitest.results import ExitCode

if TYPE_CHECKING:
    from apitest.linting import Finding

EPILOG = """
\b
Exit codes: 0 nothing but notes, 1 something doubtful, 3 what cannot be run.
"""


@click.command("lint", epilog=EPILOG)
@click.argument("paths", nargs=-1, metavar="[PATH ...]")
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", help="[text]")
@click.option("--no-notes", is_flag=True, help="Without notes about customary keywords.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="[auto]")
def command(paths: tuple[str, ...], style: str, no_notes: bool, color: str) -> int:
    """Finds undefined and ambiguous sentences, unused phrases, pauses, secrets, names given twice."""
    from apitest import linting
    from apitest.config import read_config
    from apitest.planning import Options, make_plan
    from apitest.project import locate

    project, selections = locate(paths)
    plan = make_plan(project, selections, read_config(project.config_file), Options())
    found = linting.findings(plan, is_whole_project=locate([str(project.features)])[1] == selections)
    if no_notes:
        found = [one for one in found if one.level != linting.NOTE]
    if style == "json":
        click.echo(json.dumps([_fields(one) for one in found], ensure_ascii=False, indent=1))
    else:
        _write(found, len(plan.scenarios), color)
    levels = {one.level for one in found}
    if linting.PROBLEM in levels:
        return ExitCode.UNDEFINED
    return ExitCode.FAILED if linting.DOUBT in levels else ExitCode.OK


def _write(found: list[Finding], scenarios: int, color: str) -> None:
    from apitest.reporters.terminal import Terminal

    out = Terminal(sys.stdout, color)
    for one in found:
        out.line(f"  {one.place}   {out.paint(one.kind, 'strong')}   {one.message}")
        if one.hint:
            out.line(out.paint(f"     {one.hint}", "dim"))
    count = {level: sum(1 for one in found if one.level == level) for level in ("problem", "doubt", "note")}
    told = ", ".join(f"{number} {level}{'s' if number != 1 else ''}" for level, number in count.items() if number)
    out.line(f"  {told or 'Nothing to say'} ({scenarios} scenario{'s' if scenarios != 1 else ''})")


def _fields(one: Finding) -> dict[str, object]:
    return {
        "file": one.place.file,
        "line": one.place.line,
        "level": one.level,
        "kind": one.kind,
        "message": one.message,
        "hint": one.hint,
    }
