"""A test project made from texts, planned and run inside the test's process: no network, no waiting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from apitest import capture, engine
from apitest.attempt import RunOptions
from apitest.config import read_config
from apitest.planning import Options, Plan, make_plan
from apitest.project import locate
from apitest.results import FeatureResult, RunResult, ScenarioResult, Verdict
from apitest.running import run_plan

STEPS = """
from behave import given, when, then, step

@given('a number {n:d}')
def number(context, n):
    context.n = n

@when('it is doubled')
def doubled(context):
    context.n *= 2

@then('it is {n:d}')
def is_number(context, n):
    assert context.n == n, f"it is {context.n}, not {n}"

@step('it prints "{text}"')
def prints(context, text):
    print(text)

@step('it breaks')
def breaks(context):
    raise RuntimeError("broken on purpose")
"""


def make_project(folder: Path, files: dict[str, str]) -> Path:
    """Writes files, by their path below `features/`; steps/steps.py is STEPS unless given."""
    for name, text in {"steps/steps.py": STEPS, **files}.items():
        path = folder / "features" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def plan_of(folder: Path, *paths: str, **options: Any) -> Plan:
    project, selections = locate([str(folder / path) for path in paths] or [str(folder)])
    config = read_config(project.config_file)
    return make_plan(project, selections, config, Options(**options))


class Heard:
    """A listener that keeps what it hears."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.done: list[ScenarioResult] = []
        self.features: list[FeatureResult] = []

    def scenario_started(self, scenario: Any, lane: int) -> None:
        self.started.append(scenario.name)

    def scenario_done(self, result: ScenarioResult) -> None:
        self.done.append(result)

    def feature_done(self, result: FeatureResult) -> None:
        self.features.append(result)


def run(plan: Plan, heard: Heard | None = None, **options: Any) -> RunResult:
    config = engine.behave_configuration((), {})
    with capture.streams():
        return run_plan(plan, RunOptions(behave_config=config, **options), heard or Heard(), lambda text: None)


def run_project(folder: Path, files: dict[str, str], **options: Any) -> RunResult:
    return run(plan_of(make_project(folder, files)), **options)


def verdicts(result: RunResult) -> dict[str, Verdict]:
    return {scenario.name: scenario.verdict for scenario in result.scenarios()}
