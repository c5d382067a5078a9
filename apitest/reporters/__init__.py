"""Reporters read results and never run anything.

`FORMATS` names those that ship; `open_reporters` makes them from what `-f NAME[:FILE]` says.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from apitest.errors import UsageError
from apitest.reporters.base import Reporter

FORMATS = {
    "console": ("-", "for people, on the terminal"),
    "html": ("report/index.html", "one page that opens from disk"),
    "junit": ("report/junit.xml", "JUnit XML, for build servers"),
    "ndjson": ("report/run.ndjson", "one JSON document a line, for programs"),
}
"""Name -> where it goes when no file is given (below the project's folder), and what it is."""

ALIASES = {"json": "ndjson", "json-lines": "ndjson", "xml": "junit"}

BEHAVE_FORMATS = ("pretty", "plain", "progress", "progress2", "progress3")
"""What old suites ask behave for; the console takes their place."""


@dataclass(frozen=True, slots=True)
class Output:
    """A report and where it goes; file is None for the standard output."""

    name: str
    file: Path | None


def parse_format(text: str, root: Path) -> Output:
    """`junit`, `junit:out.xml`, `ndjson:-` -> Output.  Raises UsageError for an unknown name."""
    name, colon, target = text.partition(":")
    name = ALIASES.get(name, "console" if name in BEHAVE_FORMATS else name)
    if name not in FORMATS:
        near = difflib.get_close_matches(name, [*FORMATS, *ALIASES], 1, 0.5)
        hint = f"Did you mean {near[0]}? " if near else ""
        raise UsageError(f"There is no report format {name!r}", f"{hint}There are: {', '.join(FORMATS)}")
    if not colon or not target:
        target = FORMATS[name][0]
        return Output(name, None if target == "-" else root / target)
    return Output(name, None if target == "-" else Path(target))


def open_reporters(
    outputs: Sequence[Output], console: Callable[[TextIO], Reporter], stdout: TextIO | None = None
) -> list[Reporter]:
    """The reporters, each with its stream open.  Raises UsageError for a file that cannot be written."""
    found: list[Reporter] = []
    for output in outputs:
        stream = (stdout or sys.stdout) if output.file is None else _opened(output.file)
        if output.name == "console":
            found.append(console(stream))
        elif output.name == "junit":
            from apitest.reporters.junit import JUnitReporter

            found.append(JUnitReporter(stream))
        elif output.name == "html":
            from apitest.reporters.html import HTMLReporter

            found.append(HTMLReporter(stream))
        else:
            from apitest.reporters.json_lines import JSONLinesReporter

            found.append(JSONLinesReporter(stream))
    return found


def _opened(file: Path) -> TextIO:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        return file.open("w", encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"The report {file} cannot be written: {error.strerror}") from error
