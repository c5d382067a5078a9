"""Our sentences under stock behave: `import apitest.steps` in a module of `steps/` is all a project does.

Importing the step library inside a run of the command `behave` registers every phrase with behave; the state that our
engine would make (`ctx.apitest`) is then made on behave's own context layers when a sentence first asks for it, and
closed with them.  Not here: behave's matcher itself (`engine.english_matchers`).
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Any

from apitest.core import failure_text, lookups
from apitest.core.phrases import Match
from apitest.errors import AssertionFailed, ScenarioSkipped, StepError
from apitest.scenario import FeatureState, RunState, ScenarioState, Scope


def install() -> None:
    """Registers the catalogue with behave, if this process is a run of behave's command."""
    if "behave.step_registry" not in sys.modules:
        return
    from apitest import catalogue, engine

    if engine.is_behave_running():
        book = catalogue.BUILT_IN
        engine.english_matchers(book.match, run_sentence, book.phrases())


def run_sentence(context: Any, found: Match) -> None:
    """Carries out a sentence for behave; a failure is told in full, since behave shows the exception's text alone."""
    try:
        _run(context, found)
    except ScenarioSkipped as error:
        context.scenario.skip(error.message)
    except AssertionFailed as error:
        lines = failure_text.failure_lines(failure_text.of_exception(error), with_hint=True)
        raise AssertionError("\n".join(lines)) from error


def _run(context: Any, found: Match) -> None:
    state = state_of(context)
    found.phrase.function(context, **lookups.resolve_arguments(found.arguments, Scope(state)))


def state_of(context: Any) -> ScenarioState:
    """The scenario's state, made on behave's layers where it is missing."""
    scenario = context._select_stack_frame_by_layer("scenario")
    if "apitest" not in scenario:
        state = ScenarioState(_feature_state(context))
        state.perform = partial(_perform, context)
        scenario["apitest"] = state
        context.add_cleanup(partial(_close, state), layer="scenario")
    found: ScenarioState = scenario["apitest"]
    return found


def _feature_state(context: Any) -> FeatureState:
    frame = context._select_stack_frame_by_layer("feature")
    if "apitest_feature" not in frame:
        state = FeatureState(_run_state(context), str(context.feature.filename))
        frame["apitest_feature"] = state
        context.add_cleanup(partial(_run_all, state.cleanups), layer="feature")
    found: FeatureState = frame["apitest_feature"]
    return found


def _run_state(context: Any) -> RunState:
    root = context._select_stack_frame_by_layer("testrun")
    if "apitest_run" not in root:
        from apitest.config import read_config
        from apitest.project import Project, features_folder

        features = features_folder(Path(context.feature.filename).resolve().parent)
        project = Project(features.parent if features.name == "features" else features, features)
        config = read_config(project.config_file, defines={str(k): str(v) for k, v in context.config.userdata.items()})
        state = RunState(project, config, secrets=config.secret_values())
        root["apitest_run"] = state
        context.add_cleanup(partial(_run_all, state.cleanups), layer="testrun")
    found: RunState = root["apitest_run"]
    return found


def _perform(context: Any, sentence: str, table: Any = None, text: str | None = None) -> None:
    from apitest import catalogue

    found = catalogue.BUILT_IN.match(sentence)
    if not isinstance(found, Match):
        raise StepError(f"no such sentence: {sentence}", "All sentences: apitest steps")
    before = context.table, context.text
    context.table, context.text = table, text
    try:
        _run(context, found)
    finally:
        context.table, context.text = before


def _close(state: ScenarioState) -> None:
    _run_all(state.at_end)
    _run_all(state.cleanups)


def _run_all(functions: list[Any]) -> None:
    """All of them, last one first; the first error is raised when all were called."""
    error: BaseException | None = None
    for function in reversed(functions):
        try:
            function()
        except Exception as found:  # noqa: BLE001 -- the border: the others are closed all the same
            error = error or found
    functions.clear()
    if error is not None:
        raise error
