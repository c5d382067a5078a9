"""Runs the test stages named on the command line, all of them even if one fails, and ends with one line of totals.

    .venv/bin/python tests/run_stages.py pure edges features types style

Each stage is a command that can be typed by hand; it is shown before it runs.  Counts come from the JUnit files which
the stages write to `.reports/`; a check without tests of its own (mypy, ruff) counts as one.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / ".reports"
PYTHON = ".venv/bin/python"

STAGES: dict[str, tuple[str, ...]] = {
    "pure": (f"{PYTHON} -m pytest tests --ignore=tests/edges --junitxml=.reports/pure.xml",),
    "edges": (f"{PYTHON} tests/run_patched.py tests/edges --junitxml=.reports/edges.xml",),
    "features": (f"{PYTHON} -m apitest run features -f console -f junit:.reports/features.xml",),
    "types": (f"{PYTHON} -m mypy",),
    "style": (f"{PYTHON} -m ruff check .", f"{PYTHON} -m ruff format --check ."),
}


@dataclass(slots=True)
class Totals:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def add(self, other: Totals) -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in STAGES]
    if unknown or not names:
        print(f"Stages: {', '.join(STAGES)}. Not known: {', '.join(unknown) or 'none given'}.")
        return 2
    REPORTS.mkdir(exist_ok=True)
    begun = time.monotonic()
    totals = Totals()
    failed_stages = []
    for name in names:
        is_good = run_stage(name, totals)
        if not is_good:
            failed_stages.append(name)
    for name in failed_stages:
        print(f"FAILED stage {name}, again with: make {name}")
    print(closing_line(totals, time.monotonic() - begun))
    return 1 if failed_stages else 0


def run_stage(name: str, totals: Totals) -> bool:
    report = REPORTS / f"{name}.xml"
    report.unlink(missing_ok=True)
    is_good = True
    for command in STAGES[name]:
        print(f"\n---- {name}: {command}", flush=True)
        returned = subprocess.run(shlex.split(command), cwd=ROOT, check=False).returncode
        is_good = is_good and returned == 0
        if "junit" not in command:
            totals.add(Totals(passed=int(returned == 0), failed=int(returned != 0)))
    if report.is_file():
        counted = read_junit(report)
        totals.add(counted)
        if not is_good and not counted.failed:
            totals.failed += 1  # the stage broke outside of any test
    elif any("junit" in command for command in STAGES[name]):
        is_good = False  # a stage that reported nothing has tested nothing
        totals.failed += 1
    return is_good


def read_junit(path: Path) -> Totals:
    totals = Totals()
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            totals.failed += 1
        elif case.find("skipped") is not None:
            totals.skipped += 1
        else:
            totals.passed += 1
    return totals


def closing_line(totals: Totals, seconds: float) -> str:
    """In pytest's form, which people and tools know: `==== 2 failed, 810 passed, 3 skipped in 61.20s ====`."""
    parts = []
    if totals.failed:
        parts.append(f"{totals.failed} failed")
    parts.append(f"{totals.passed} passed")
    if totals.skipped:
        parts.append(f"{totals.skipped} skipped")
    return f"\n==== {', '.join(parts)} in {seconds:.2f}s ===="


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
