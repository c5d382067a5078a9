"""`apitest approve`: what responses differ from their approved files, shown as a diff; and accepting them.

Sentences write `NAME.received.json` beside the approved file (`steps/snapshot.py`); accepting one puts it in its place.
"""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from apitest.errors import FileProblem, UsageError

if TYPE_CHECKING:
    from apitest.project import Project
    from apitest.reporters.terminal import Terminal

FOLDER = "approved"
RECEIVED = ".received"
SUFFIXES = (".json", ".xml", ".txt")


@dataclass(frozen=True, slots=True)
class Received:
    """A response that waits for approval."""

    name: str
    file: Path

    @property
    def approved(self) -> Path:
        return self.file.with_name(self.file.name.replace(RECEIVED, ""))


@click.command("approve")
@click.argument("names", nargs=-1, metavar="[NAME ...]")
@click.option("--all", "takes_all", is_flag=True, help="Accept all of them.")
@click.option("--project", "path", metavar="PATH", default=".", help="Whose responses.  [this folder]")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="[auto]")
def command(names: tuple[str, ...], takes_all: bool, path: str, color: str) -> int:
    """Shows how received responses differ from the approved ones, and accepts those named.

    Without NAME and --all nothing is accepted.
    """
    from apitest.project import locate
    from apitest.reporters.terminal import Terminal

    project, _ = locate([path])
    waiting = find_received(project)
    chosen = _chosen(waiting, names) if names else waiting
    out = Terminal(sys.stdout, color)
    for one in chosen:
        _show(one, out)
        if takes_all or names:
            accept(one)
    _tell(chosen, bool(takes_all or names), out)
    return 0


def find_received(project: Project) -> list[Received]:
    """What waits for approval, by name."""
    found = []
    base = project.features / FOLDER
    for suffix in SUFFIXES:
        for file in project.features.rglob(f"*{RECEIVED}{suffix}"):
            place = file.relative_to(base if file.is_relative_to(base) else project.features)
            found.append(Received(place.as_posix().removesuffix(RECEIVED + suffix), file))
    return sorted(found, key=lambda one: one.name)


def accept(one: Received) -> None:
    """The received response is the approved one from now on.  Raises FileProblem."""
    try:
        os.replace(one.file, one.approved)
    except OSError as error:
        raise FileProblem(f'"{one.name}" cannot be approved: {error.strerror}') from error


def _chosen(waiting: Sequence[Received], names: Iterable[str]) -> list[Received]:
    by_name = {one.name: one for one in waiting}
    chosen = []
    for name in dict.fromkeys(name.removesuffix(".json").removesuffix(RECEIVED) for name in names):
        if name not in by_name:
            near = difflib.get_close_matches(name, by_name, 1, 0.5)
            hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(by_name) or 'none'}"
            raise UsageError(f'No response "{name}" waits for approval', hint)
        chosen.append(by_name[name])
    return chosen


def _show(one: Received, out: Terminal) -> None:
    try:
        new = one.file.read_text("utf-8").splitlines()
        old = one.approved.read_text("utf-8").splitlines() if one.approved.is_file() else []
    except (OSError, UnicodeDecodeError) as error:
        raise FileProblem(f'"{one.name}" cannot be read: {error}') from error
    out.line(f"  {out.paint(one.name, 'strong')}{'' if old else '   (new)'}")
    lines = list(difflib.unified_diff(old, new, lineterm="", n=2))[2:]
    for line in lines or ["(no line differs)"]:
        kind = {"+": "good", "-": "bad", "@": "dim"}.get(line[:1])
        plain = "".join(sign if sign.isprintable() else "?" for sign in line)  # SECURITY: no commands to the terminal
        out.line(f"     {out.paint(plain, kind) if kind else plain}")
    out.line()


def _tell(chosen: Sequence[Received], is_accepted: bool, out: Terminal) -> None:
    count = f"{len(chosen)} response{'' if len(chosen) == 1 else 's'}"
    if not chosen:
        out.line("  No response waits for approval")
    elif is_accepted:
        out.line(f"  {count} approved")
    else:
        out.line(f"  {count} waiting. Accept them: apitest approve --all, or apitest approve {chosen[0].name}")
    out.flush()
