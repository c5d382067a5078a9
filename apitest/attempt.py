"""One scenario from its first hook to its last cleanup, as often as it is tried -> `ScenarioResult`.

The loop over its steps is ours, leaner than behave's `Scenario.run`; hooks and steps of users still see behave's model
with its statuses filled in.  PERF: what stands in `_run_steps` is paid for every step of every scenario.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Protocol

from apitest import capture, parallel
from apitest.engine import EngineContext, Status
from apitest.errors import DeadlinePassed, ScenarioSkipped
from apitest.hooks import Hooks
from apitest.outcomes import STATUSES, HookFailed, close_all, failure_of, mask_result
from apitest.performing import Performer
from apitest.planning import Plan, PlannedFeature, PlannedScenario, PlannedStep
from apitest.results import Failure, ScenarioResult, StepResult, Verdict
from apitest.scenario import FeatureState, RunState, ScenarioState


@dataclass(frozen=True, slots=True)
class RunOptions:
    """jobs: 0 is auto.  stop_after: so many failed scenarios end the run, 0 never."""

    jobs: int = 0
    retry: int = 0
    stop_after: int = 0
    scenario_timeout_seconds: float = 0.0
    is_dry: bool = False
    behave_config: Any = None


class Surroundings(Protocol):
    """What a scenario needs of the run around it."""

    plan: Plan
    options: RunOptions
    hooks: Hooks
    stop: parallel.Stop
    state: RunState
    runner: Any


class ScenarioRun:
    """One scenario, all its attempts."""

    __slots__ = ("_context", "_feature", "_lane", "_loop", "_planned", "_run", "_state", "_values")

    def __init__(
        self,
        run: Surroundings,
        feature: PlannedFeature,
        planned: PlannedScenario,
        context: EngineContext,
        state: FeatureState,
        lane: int,
    ) -> None:
        self._run = run
        self._feature = feature
        self._planned = planned
        self._context = context
        self._values = state
        self._lane = lane
        self._loop: parallel.LoopThread | None = None
        self._state: ScenarioState | None = None

    def execute(self) -> ScenarioResult:
        earlier: list[ScenarioResult] = []
        while True:
            result = self._attempt()
            is_final = result.verdict not in (Verdict.FAILED, Verdict.ERROR) or len(earlier) >= self._run.options.retry
            if is_final or self._run.stop.is_asked:
                break
            earlier.append(result)
            self._reset()
        if earlier:
            result.attempts = len(earlier) + 1
            result.earlier = earlier
            if result.verdict is Verdict.PASSED:
                result.verdict = Verdict.FLAKY
        return result

    def _reset(self) -> None:
        scenario = self._planned.scenario
        row = scenario._row
        scenario.reset()
        scenario._row = row

    def _attempt(self) -> ScenarioResult:
        planned, run = self._planned, self._run
        result = ScenarioResult(
            name=planned.name,
            feature=self._feature.name,
            place=planned.place,
            tags=planned.tags,
            verdict=Verdict.PASSED,
            started_at=time.time(),
            lane=self._lane,
            index=planned.index,
        )
        state = self._state = ScenarioState(self._values)
        state.request.timeout_seconds = run.plan.config.request_timeout_seconds
        if run.plan.config.request_scope == "feature":
            self._share_request(state)
        Performer(run, self._context, state, planned.place.file)
        sink = capture.Sink()
        token = capture.start(sink)
        begin = time.perf_counter()
        stack = self._context._stack
        depth = len(stack)
        scenario = planned.scenario
        frame: dict[str, Any] = {
            "@cleanups": [],
            "@layer": "scenario",
            "scenario": scenario,
            "tags": set(planned.tags),
            "apitest": state,
            "text": None,
            "table": None,
            "active_outline": scenario._row,
        }
        stack.insert(0, frame)
        try:
            with parallel.deadline(run.options.scenario_timeout_seconds, "The scenario"):
                self._inside(result, state, frame)
        except parallel.Ended:
            result.verdict = Verdict.NOT_RUN
            result.notes.append("ended before it was over")
        except DeadlinePassed as error:  # in a hook: a step keeps its own
            self._note_failure(result, failure_of(error, False)[1])
        finally:
            self._leave(result, state, frame, depth)
            result.seconds = time.perf_counter() - begin
            result.output = sink.text
            result.notes += state.notes
            capture.stop(token)
        if run.state.secrets:
            mask_result(result, run.state.secrets)
        scenario.set_status(STATUSES[result.verdict])
        return result

    def _inside(self, result: ScenarioResult, state: ScenarioState, frame: dict[str, Any]) -> None:
        """Hooks and steps; after hooks run whatever the steps did."""
        hooks, context, planned = self._run.hooks, self._context, self._planned
        scenario = planned.scenario
        failure: Failure | None = None
        if hooks.has_scenarios:
            failure = hooks.call_tags("before_tag", context, scenario.tags)
            failure = failure or hooks.call("before_scenario", context, scenario)
        try:
            if failure is not None:
                self._note_failure(result, failure)
                self._skip_rest(result, 0)
            elif scenario.should_skip:
                result.verdict = Verdict.SKIPPED
                result.skip_reason = scenario.skip_reason or "skipped by a hook"
                self._skip_rest(result, 0)
            else:
                self._run_steps(result, state, frame)
        finally:
            if state.at_end:
                for failure in close_all(state.at_end, "What runs when the scenario ends failed", is_user=True):
                    self._note_failure(result, failure)
            if hooks.has_scenarios:
                scenario.set_status(STATUSES[result.verdict])
                failure = hooks.call("after_scenario", context, scenario)
                failure = hooks.call_tags("after_tag", context, scenario.tags) or failure
                if failure is not None:
                    self._note_failure(result, failure)

    def _run_steps(self, result: ScenarioResult, state: ScenarioState, frame: dict[str, Any]) -> None:
        clock = time.perf_counter
        context, steps, results = self._context, self._planned.steps, result.steps
        has_hooks = self._run.hooks.has_steps
        begin = clock()
        for number, planned in enumerate(steps):
            step = planned.step
            outcome = StepResult(
                step.keyword,
                step.name,
                planned.place,
                Verdict.PASSED,
                0.0,
                None,
                [],
                planned.lines,
                planned.is_background,
            )
            results.append(outcome)
            frame["text"] = step.text
            frame["table"] = step.table
            started = clock()
            try:
                if has_hooks:
                    self._call_with_hooks(planned)
                elif planned.needs_loop or state.step_limit_seconds or state.scenario_limit_seconds:
                    self._call_with_limits(planned, state, begin)
                else:
                    planned.call(context)
            except parallel.Ended:
                outcome.verdict = Verdict.NOT_RUN
                self._skip_rest(result, number + 1, Verdict.NOT_RUN)
                raise
            except ScenarioSkipped as error:
                outcome.verdict = result.verdict = Verdict.SKIPPED
                result.skip_reason = error.message
            except (Exception, SystemExit, KeyboardInterrupt) as error:  # noqa: BLE001 -- the border: a step may raise anything
                outcome.verdict, outcome.failure = failure_of(error, planned.is_user)
                step.exception, step.exc_traceback = error, error.__traceback__
                step.error_message = outcome.failure.summary
                if result.verdict is not Verdict.ERROR:
                    result.verdict = outcome.verdict
            outcome.seconds = step.duration = clock() - started
            step.status = STATUSES[outcome.verdict]
            if state.exchanges:
                outcome.exchanges, state.exchanges = state.exchanges, []
            if outcome.verdict is Verdict.PASSED:
                if planned.is_user and self._planned.scenario.should_skip:
                    result.verdict = Verdict.SKIPPED
                    result.skip_reason = self._planned.scenario.skip_reason or "skipped by a step"
                    self._skip_rest(result, number + 1)
                    return
            elif not (outcome.verdict is Verdict.FAILED and self._goes_on(state)):
                self._skip_rest(result, number + 1)
                return

    def _goes_on(self, state: ScenarioState) -> bool:
        return state.continues_after_failure or bool(self._planned.scenario.continue_after_failed_step)

    def _call_with_hooks(self, planned: PlannedStep) -> None:
        hooks, context, step = self._run.hooks, self._context, planned.step
        failure = hooks.call("before_step", context, step)
        raised: BaseException | None = None
        if failure is None:
            try:
                assert self._state is not None
                self._call_with_limits(planned, self._state, time.perf_counter())
                step.status = Status.passed
            except parallel.Ended:
                raise
            except (Exception, SystemExit) as error:  # noqa: BLE001 -- the border: kept for the hook to see, then raised again
                verdict, found = failure_of(error, planned.is_user)
                step.status, step.exception, step.error_message = STATUSES[verdict], error, found.summary
                step.exc_traceback = error.__traceback__
                raised = error
        failure = hooks.call("after_step", context, step) or failure
        if raised is not None:
            raise raised
        if failure is not None:
            raise HookFailed(failure)

    def _call_with_limits(self, planned: PlannedStep, state: ScenarioState, begin: float) -> None:
        limit = state.step_limit_seconds
        if state.scenario_limit_seconds:
            left = max(state.scenario_limit_seconds - (time.perf_counter() - begin), 0.001)
            limit = min(limit, left) if limit else left
        with parallel.deadline(limit, f"{planned.step.keyword} {planned.step.name}"):
            if planned.needs_loop:
                if self._loop is None:
                    self._loop = parallel.LoopThread()
                self._loop.call(planned.call, self._context)
            else:
                planned.call(self._context)

    def _share_request(self, state: ScenarioState) -> None:
        """`request_scope = feature`: the request in the making lives on in the next scenario, as upstream had it."""
        kept = self._values.run.shared.setdefault(f"request of {id(self._values)}", {})
        if "state" in kept:
            old: ScenarioState = kept["state"]
            state.request, state.response = old.request, old.response
            state.parsed, state.has_parsed, state.own = old.parsed, old.has_parsed, old.own
        kept["state"] = state

    def _skip_rest(self, result: ScenarioResult, start: int, verdict: Verdict = Verdict.SKIPPED) -> None:
        for planned in self._planned.steps[start:]:
            planned.step.status = STATUSES[verdict]
            result.steps.append(step_result(planned, verdict))

    def _note_failure(self, result: ScenarioResult, failure: Failure) -> None:
        result.verdict = Verdict.ERROR
        if result.failure is None:
            result.failure = failure
        else:
            result.notes.append(failure.summary)

    def _leave(self, result: ScenarioResult, state: ScenarioState, frame: dict[str, Any], depth: int) -> None:
        """Cleanups, last opened first, and every layer that the scenario pushed."""
        stack = self._context._stack
        while len(stack) > depth:
            if stack[0]["@cleanups"]:
                what = "A cleanup after the scenario failed"
                for failure in close_all([self._context._do_cleanups], what, is_user=True):
                    self._note_failure(result, failure)
            stack.pop(0)
        for failure in close_all(state.cleanups, "Closing what the scenario had opened failed"):
            self._note_failure(result, failure)
        if self._loop is not None:
            self._loop.close()
            self._loop = None


def step_result(planned: PlannedStep, verdict: Verdict) -> StepResult:
    step = planned.step
    return StepResult(
        step.keyword, step.name, planned.place, verdict, lines=planned.lines, is_background=planned.is_background
    )
