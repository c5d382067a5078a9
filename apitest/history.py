"""What the last run of a project found, kept in `.apitest/last-run.json`, for `--rerun`.

A convenience: a file that is missing or broken is as good as none, and a folder that cannot be written to is no error.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from apitest.config import shown
from apitest.errors import UsageError
from apitest.project import Project
from apitest.results import RunResult, Verdict

FILE = Path(".apitest") / "last-run.json"

RERUNS = {
    "failed": (Verdict.FAILED, Verdict.ERROR, Verdict.UNDEFINED),
    "flaky": (Verdict.FLAKY,),
}


def remember(project: Project, run: RunResult) -> None:
    """Keeps the verdicts of a run.  A partial run changes only what it ran."""
    path = project.root / FILE
    known = {(item["file"], item["line"]): item for item in _read(path)}
    for scenario in run.scenarios():
        if scenario.verdict is not Verdict.NOT_RUN:
            file = _inner(project, scenario.place.file)
            known[file, scenario.place.line] = {
                "file": file,
                "line": scenario.place.line,
                "verdict": scenario.verdict.value,
                "seconds": round(scenario.seconds, 4),
            }
    text = json.dumps({"schema": 1, "scenarios": list(known.values())}, indent=0)
    try:
        path.parent.mkdir(exist_ok=True)
        temporary = path.with_name(f"{path.name}.{os.getpid()}")
        temporary.write_text(text, "utf-8")
        temporary.replace(path)
    except OSError:
        return  # a read-only project runs as well


def scenarios_to_rerun(project: Project, which: str) -> frozenset[tuple[str, int]]:
    """The places of the scenarios that ended so, as (file as shown, line).  Raises UsageError where none is known."""
    path = project.root / FILE
    if not path.is_file():
        raise UsageError(f"No run of {shown(project.root)} is known yet", "Run it once without --rerun")
    wanted = {verdict.value for verdict in RERUNS[which]}
    return frozenset(
        (shown(project.root / item["file"]), item["line"]) for item in _read(path) if item["verdict"] in wanted
    )


def _inner(project: Project, file: str) -> str:
    return Path(os.path.relpath(file, project.root)).as_posix()


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        found = json.loads(path.read_text("utf-8"))["scenarios"]
        return [item for item in found if isinstance(item["file"], str) and isinstance(item["line"], int)]
    except (OSError, ValueError, KeyError, TypeError):
        return []
