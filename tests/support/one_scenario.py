"""One scenario made of steps, run for real in a project of its own; and what to expect of its end."""

from __future__ import annotations

from pathlib import Path

from apitest.results import ScenarioResult, Verdict
from tests.support.sample_project import run_project


def run_steps(folder: Path, steps: str, **user: object) -> ScenarioResult:
    """user: what `@name` gives in the steps."""
    config = "[user]\n" + "".join(f"{name} = {value}\n" for name, value in user.items())
    result = run_project(folder, {"config.ini": config, "a.feature": f"Feature: f\n  Scenario: s\n{steps}"})
    return result.features[0].scenarios[0]


def passes(found: ScenarioResult) -> None:
    assert found.verdict is Verdict.PASSED, said(found)


def fails(found: ScenarioResult, *words: str) -> None:
    """A comparison did not hold, and these words are in what is said about it."""
    _ends(found, Verdict.FAILED, words)


def errs(found: ScenarioResult, *words: str) -> None:
    """The scenario could not be carried out, and these words are in what is said about it."""
    _ends(found, Verdict.ERROR, words)


def said(found: ScenarioResult) -> str:
    """Everything that failures say, one difference a line: path | expected | actual | reason."""
    lines = [found.failure.summary] if found.failure is not None else []
    for step in found.steps:
        if step.failure is not None:
            lines.append(f"{step.sentence}: {step.failure.summary}")
            lines += [f"{one.path} | {one.expected} | {one.actual} | {one.reason}" for one in step.failure.mismatches]
            lines += [step.failure.hint, step.failure.traceback]
    return "\n".join(lines)


def _ends(found: ScenarioResult, verdict: Verdict, words: tuple[str, ...]) -> None:
    text = said(found)
    assert found.verdict is verdict, f"{found.verdict}: {text}"
    assert not any(step.failure.traceback for step in found.steps if step.failure is not None), text
    for word in words:
        assert word in text, text
