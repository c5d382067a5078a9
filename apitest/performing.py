"""Sentences and scenarios carried out from within a scenario: `ctx.apitest.perform` and what stands beside it.

A `Performer` belongs to one scenario (or to one line of it that runs beside others) and acts on its context and its
state.  Not here: what the sentences mean (`sentences.py`), the scenario's own steps (`attempt.py`).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from apitest import engine, parallel
from apitest.called_scenarios import CalledScenario
from apitest.composite import located
from apitest.core.inner_sentences import InnerSentence
from apitest.engine import EngineContext
from apitest.errors import ApitestError, AssertionFailed, ScenarioSkipped, StepError
from apitest.scenario import FeatureState, ScenarioState

if TYPE_CHECKING:
    from apitest.attempt import Surroundings

MAX_DEPTH = 20
"""Scenarios that run scenarios that run scenarios: beyond, they most likely run each other."""


class Performer:
    """Carries out sentences on a context."""

    __slots__ = ("_callers", "_context", "_file", "_run", "_state")

    def __init__(
        self,
        run: Surroundings,
        context: EngineContext,
        state: ScenarioState,
        file: str,
        callers: tuple[str, ...] = (),
    ) -> None:
        self._run = run
        self._context = context
        self._state = state
        self._file = file
        self._callers = callers
        state.perform = self.perform
        state.performer = self

    def perform(self, sentence: str, table: Any = None, text: str | None = None) -> None:
        """Another sentence, here and now.  table: behave's, or rows with the headings first."""
        if table is not None and not hasattr(table, "headings"):
            table = engine.make_table(table[0], table[1:])
        step = engine.make_step(sentence, self._file, 0, None, text)
        step.table = table
        self._call(step, self._run.plan.sentences.call_for(step))

    def run_scenario(self, name: str, feature: str = "", inputs: Mapping[str, Any] | None = None) -> None:
        """A scenario's sentences, as if they stood here; what it stores arrives here.

        Its request is its own; the response of its last one stays.  Raises what its sentences raise.
        """
        called = self._find(name, feature)
        state = self._state
        request, callers = state.request, self._callers
        state.request = type(request)()
        state.request.timeout_seconds = self._run.plan.config.request_timeout_seconds
        self._callers = (*callers, called.place)
        state.values.update(inputs or {})
        try:
            self._run_steps(called)
        finally:
            state.request, self._callers = request, callers

    def outcome(self, name: str, feature: str) -> None:
        """What a scenario stores, made by the first who asks and then the same for the whole run.

        What it opened is closed when the run is over.  Raises what its sentences raised, for everybody who asks.
        """
        called = self._find(name, feature)
        once: parallel.Once = self._run.state.shared.setdefault(f"outcome of {called.place}", parallel.Once())
        values = once.get(lambda: self._make_outcome(called))
        self._state.values.update(values)

    def together(self, sentences: Sequence[InnerSentence]) -> None:
        """Sentences at the same time, each with a request and a response of its own; all are waited for.

        The response of the last line that got one becomes the scenario's.  Raises what went wrong, everything
        together where it is comparisons.
        """
        states = [self._beside() for _ in sentences]
        calls = [self._line(state, one) for state, one in zip(states, sentences, strict=True)]
        errors = parallel.run_together(calls)
        state = self._state
        before = state.response
        for other in states:
            for key, value in other.own.items():
                state.own.setdefault(key, value)
            if other.response is not None and other.response is not before:
                state.response, state.parsed, state.has_parsed = other.response, other.parsed, other.has_parsed
                state.own.update({key: other.own[key] for key in ("last exchange", "last request") if key in other.own})
        _raise_all(errors, [one.sentence for one in sentences])

    def knows(self, name: str) -> None:
        """Raises StepError where there is no scenario of that name to be run."""
        self._find(name, "")

    def user(self, values: Mapping[str, Any]) -> User:
        """Somebody of a load who runs scenarios: stored values, requests and connections of their own."""
        feature = self._state.feature
        own = FeatureState(feature.run, feature.file, {**feature.values, **values})
        own.date_formats.update(feature.date_formats)
        own.namespaces.update(feature.namespaces)
        state = ScenarioState(own)
        context = EngineContext(self._run.runner, self._context._root)
        stack = self._context._stack
        context.__dict__["_stack"] = [{**stack[0], "apitest": state}, *stack[1:]]
        context.__dict__["_stack"][0].pop("zato", None)
        return User(state, Performer(self._run, context, state, self._file, self._callers))

    # Inside

    def _find(self, name: str, feature: str) -> CalledScenario:
        called = self._run.plan.sentences.scenarios.find(name, feature, self._file)
        if called.place in self._callers or len(self._callers) >= MAX_DEPTH:
            chain = " -> ".join([*self._callers, called.place])
            raise StepError(f'Scenario "{name}" runs itself: {chain}')
        return called

    def _run_steps(self, called: CalledScenario) -> None:
        file, self._file = self._file, called.file
        try:
            for step, call in called.steps:
                try:
                    self._call(step, call)
                except ApitestError as error:
                    raise located(error, step) from None
        finally:
            self._file = file

    def _call(self, step: engine.Step, call: Callable[[EngineContext], None]) -> None:
        frame = self._context._stack[0]
        before = frame.get("text"), frame.get("table")
        frame["text"], frame["table"] = step.text, step.table
        try:
            call(self._context)
        finally:
            frame["text"], frame["table"] = before

    def _make_outcome(self, called: CalledScenario) -> dict[str, Any]:
        run = self._run.state
        feature = FeatureState(run, called.file)
        state = ScenarioState(feature)
        state.request.timeout_seconds = self._run.plan.config.request_timeout_seconds
        state.exchanges = self._state.exchanges
        context = EngineContext(self._run.runner, self._context._root)
        scenario, cleanups = called.scenario, run.cleanups
        context.__dict__["_stack"] = [
            {
                "@cleanups": [],
                "@layer": "scenario",
                "scenario": scenario,
                "apitest": state,
                "text": None,
                "table": None,
            },
            {"@cleanups": [], "@layer": "feature", "feature": called.feature, "tags": set(scenario.effective_tags)},
            context._root,
        ]
        # What was opened is used by others until the run is over, whatever became of the scenario itself.
        for closing in (feature.cleanups, state.cleanups):
            cleanups.append(partial(parallel.call_all, closing))
        cleanups.append(context._do_cleanups)
        performer = Performer(self._run, context, state, called.file, (*self._callers, called.place))
        try:
            performer._run_steps(called)
        finally:
            self._state.notes += state.notes
            parallel.call_all(state.at_end)
        return feature.values

    def _beside(self) -> ScenarioState:
        state = self._state
        return ScenarioState(
            feature=state.feature,
            request=copy.deepcopy(state.request),
            response=state.response,
            parsed=state.parsed,
            has_parsed=state.has_parsed,
            exchanges=state.exchanges,
            notes=state.notes,
            cleanups=state.cleanups,
            own=dict(state.own),
            continues_after_failure=state.continues_after_failure,
            at_end=state.at_end,
        )

    def _line(self, state: ScenarioState, one: InnerSentence) -> Callable[[], None]:
        stack = self._context._stack
        context = EngineContext(self._run.runner, self._context._root)
        context.__dict__["_stack"] = [{**stack[0], "apitest": state}, *stack[1:]]
        context.__dict__["_stack"][0].pop("zato", None)
        performer = Performer(self._run, context, state, self._file, self._callers)
        return lambda: performer.perform(one.sentence, one.table, one.text)


class User:
    """One user of a load.  Whoever made it closes it."""

    __slots__ = ("performer", "state")

    def __init__(self, state: ScenarioState, performer: Performer) -> None:
        self.state = state
        self.performer = performer

    def close(self) -> None:
        """Closes what the user opened.  Raises what goes wrong, when everything was tried."""
        errors: list[Exception] = []
        for cleanups in (self.state.cleanups, self.state.feature.cleanups):
            while cleanups:
                try:
                    cleanups.pop()()
                except Exception as error:  # noqa: BLE001 -- the others are to be closed as well
                    errors.append(error)
        if errors:
            raise errors[0]


def _raise_all(errors: Sequence[BaseException | None], sentences: Sequence[str]) -> None:
    """Raises the first error; without one, all failed comparisons as one."""
    failed: list[tuple[str, AssertionFailed]] = []
    for sentence, error in zip(sentences, errors, strict=True):
        if isinstance(error, AssertionFailed):
            failed.append((sentence, error))
        elif error is not None:
            if isinstance(error, ApitestError) and not isinstance(error, ScenarioSkipped):
                error.message = f"{sentence}: {error.message}"
            raise error
    if failed:
        found = [mismatch for _, error in failed for mismatch in error.mismatches]
        summary = "; ".join(f"{sentence}: {error.message}" for sentence, error in failed)
        raise AssertionFailed(summary, found, failed[0][1].hint)
