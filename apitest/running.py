"""Runs a plan: features and scenarios in lanes, with users' hooks, attempts, deadlines and cleanups -> `RunResult`.

The loop of a scenario is ours, leaner than behave's `Scenario.run`: one context a unit, no capture controller, no
formatters.  What hooks and steps of users see is behave's model with its statuses filled in.  Not here: what to run
(`planning.py`), lanes and signals (`parallel.py`), printing (`reporters/`).

A unit is a feature, since its scenarios share stored values; where the feature is split, a scenario.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

from apitest import capture, parallel
from apitest.core import masking
from apitest.core.phrases import Unknown
from apitest.engine import EngineContext, PendingStep, Status, Step, make_table, row_of
from apitest.errors import ApitestError, AssertionFailed, DeadlinePassed, ScenarioSkipped, StepError
from apitest.planning import Call, Plan, PlannedFeature, PlannedScenario, PlannedStep, UserCall
from apitest.results import FeatureResult, Failure, RunResult, ScenarioResult, StepResult, Verdict
from apitest.scenario import FeatureState, RunState, ScenarioState

STATUSES = {
    Verdict.PASSED: Status.passed,
    Verdict.FAILED: Status.failed,
    Verdict.ERROR: Status.error,
    Verdict.SKIPPED: Status.skipped,
    Verdict.UNDEFINED: Status.undefined,
    Verdict.FLAKY: Status.passed,
    Verdict.NOT_RUN: Status.untested,
}
"""What users' hooks read on behave's objects."""

OUR_FILES = (
    "apitest/running.py",
    "apitest/planning.py",
    "apitest/engine.py",
    "apitest/parallel.py",
    "/behave/",
    "gevent/",
)


class Listener(Protocol):
    """Hears what happens, in the order in which it happens."""

    def scenario_started(self, scenario: PlannedScenario, lane: int) -> None: ...

    def scenario_done(self, result: ScenarioResult) -> None: ...

    def feature_done(self, result: FeatureResult) -> None: ...


@dataclass(frozen=True, slots=True)
class RunOptions:
    """jobs: 0 is auto.  stop_after: so many failed scenarios end the run, 0 never."""

    jobs: int = 0
    retry: int = 0
    stop_after: int = 0
    scenario_timeout_seconds: float = 0.0
    is_dry: bool = False
    behave_config: Any = None


def run_plan(plan: Plan, options: RunOptions, listener: Listener, tell: Callable[[str], None]) -> RunResult:
    """Runs everything in the plan and closes what was opened.  Never raises for what a scenario does."""
    run = _Run(plan, options, listener)
    return run.execute(tell)


class _Run:
    """One run: what all units share."""

    def __init__(self, plan: Plan, options: RunOptions, listener: Listener) -> None:
        self.plan = plan
        self.options = options
        self.listener = listener
        self.stop = parallel.Stop()
        self.state = RunState(plan.project, plan.config, secrets=plan.config.secret_values())
        self.state.shared["seed"] = plan.seed
        self.hooks = Hooks(plan.hooks)
        self.runner = _Runner(self)
        self.context = EngineContext(self.runner)
        self.failures: list[Failure] = []
        self.failed_count = 0
        self.jobs = 1

    def execute(self, tell: Callable[[str], None]) -> RunResult:
        started_at, begin = time.time(), time.perf_counter()
        features = [_FeatureRun(self, feature) for feature in self.plan.features]
        if self.options.is_dry:
            for feature in features:
                feature.not_run_at_all()
        else:
            self._execute(features, tell)
        return RunResult(
            features=[feature.result for feature in features],
            seconds=time.perf_counter() - begin,
            started_at=started_at,
            jobs=self.jobs,
            requests=self.state.requests,
            seed=self.plan.seed,
            environment=self.plan.config.environment,
            is_interrupted=self.stop.is_interrupted,
            is_terminated=self.stop.is_terminated,
            is_dry=self.options.is_dry,
            problems=self.plan.problems,
            failures=self.failures,
        )

    def _execute(self, features: list[_FeatureRun], tell: Callable[[str], None]) -> None:
        # What users' hooks print around the whole run belongs to no scenario and is shown as it comes.
        self._surrounding("before_all")
        side_by_side: list[Callable[[int], None]] = []
        alone: list[Callable[[int], None]] = []
        for feature in features:
            for unit, is_serial in feature.units():
                (alone if is_serial else side_by_side).append(unit)
        if self.plan.order == "random":
            import random

            order = random.Random(self.plan.seed)
            order.shuffle(side_by_side)
            order.shuffle(alone)
        jobs = self.options.jobs or parallel.AUTO_JOBS
        self.jobs = max(1, min(jobs, len(side_by_side)))
        if self.failures:
            self.stop.ask()
        parallel.run_units([*side_by_side], self.jobs, self.stop, tell)
        for unit in alone:
            parallel.run_units([unit], 1, self.stop, tell)
        for feature in features:
            feature.finish()
        self._surrounding("after_all")
        try:
            self.context._do_cleanups()
        except Exception as error:  # the border: a cleanup of the user's may raise anything
            self.failures.append(failure_of(error, True, "A cleanup after the run failed")[1])
        for cleanup in reversed(self.state.cleanups):
            try:
                cleanup()
            except Exception as error:  # the border: closing goes on with the next
                self.failures.append(failure_of(error, False, "Closing what the run had opened failed")[1])

    def _surrounding(self, name: str) -> None:
        failure = self.hooks.call(name, self.context)
        if failure is not None:
            self.failures.append(failure)

    def call_for(self, step: Step) -> Callable[[EngineContext], None]:
        """What carries out a sentence that was not in the plan.  Raises StepError where nothing or too much does."""
        sentences = self.plan.sentences
        found = sentences.find(step)
        if isinstance(found, Call | UserCall):
            return found
        if isinstance(found, Unknown):
            nearest = sentences.nearest(found)
            raise StepError(
                f"no such sentence: {step.name}" + (f" ({found.reason})" if found.reason else ""),
                f"Nearest: {'; '.join(nearest)}" if nearest else "All sentences: apitest steps",
            )
        places = "; ".join(f"{pattern} ({place})" for pattern, place in found)
        raise StepError(f"ambiguous sentence: {step.name}", f"It fits {places}")

    def count(self, result: ScenarioResult) -> None:
        if result.verdict in (Verdict.FAILED, Verdict.ERROR):
            self.failed_count += 1
            if self.options.stop_after and self.failed_count >= self.options.stop_after:
                self.stop.ask()


class Hooks:
    """The functions of the user's environment.py.  A call gives None, or the failure it ended with."""

    def __init__(self, functions: dict[str, Callable[..., Any]]) -> None:
        self.functions = functions
        self.has_steps = "before_step" in functions or "after_step" in functions
        self.has_scenarios = any(f"{when}_{what}" in functions for when in ("before", "after") for what in _AROUND)

    def call(self, name: str, context: EngineContext, *arguments: Any) -> Failure | None:
        function = self.functions.get(name)
        if function is None:
            return None
        try:
            function(context, *arguments)
        except parallel.Ended:
            raise
        except (Exception, SystemExit) as error:  # the border: a hook of the user's may raise anything
            return failure_of(error, True, f"{name} failed")[1]
        return None

    def call_tags(self, name: str, context: EngineContext, tags: Iterable[Any]) -> Failure | None:
        if name not in self.functions:
            return None
        first = None
        for tag in tags:
            failure = self.call(name, context, tag)
            first = first or failure
        return first


_AROUND = ("scenario", "tag", "rule")


class _Runner:
    """What behave's context and model ask of a runner."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self.config = run.options.behave_config
        self.hooks = run.hooks.functions
        self.formatters: list[Any] = []
        self.undefined_steps: list[Any] = []
        self.step_registry = None
        self.captured = ""
        self.aborted = False

    def execute_steps(self, context: EngineContext, steps: list[Step]) -> None:
        """The steps of `context.execute_steps`; raises AssertionError for the first that does not pass."""
        frame = context._stack[0]
        text, table = frame.get("text"), frame.get("table")
        hooks = self._run.hooks
        for step in steps:
            failure = hooks.call("before_step", context, step)
            verdict = Verdict.ERROR if failure else Verdict.PASSED
            if failure is None:
                frame["text"], frame["table"] = step.text, step.table
                try:
                    self._run.call_for(step)(context)
                except ScenarioSkipped:
                    raise
                except (AssertionError, ApitestError, PendingStep) as error:
                    verdict, failure = failure_of(error, True)
                    step.exception = error
            step.status = STATUSES[verdict]
            failure = hooks.call("after_step", context, step) or failure
            if failure is not None:
                kind = verdict.value.upper()
                message = f"{kind} SUB-STEP: {step.keyword} {step.name}\nSubstep info: {failure.summary}"
                raise AssertionFailed(message, failure.mismatches, failure.hint)
        frame["text"], frame["table"] = text, table


class _FeatureRun:
    """One feature: its hooks around its scenarios, which run in one unit or in one unit each."""

    def __init__(self, run: _Run, planned: PlannedFeature) -> None:
        self._run = run
        self._planned = planned
        self._lock = threading.Lock()
        self._frame: dict[str, Any] | None = None
        self._failure: Failure | None = planned.failure
        self._hook_failure: Failure | None = None
        self._shared: FeatureState | None = None
        self._left = len(planned.scenarios)
        self._results: list[ScenarioResult] = []
        self._is_told = False
        self.result = FeatureResult(
            planned.name, planned.place, planned.tags, failure=planned.failure, description=planned.description
        )

    def units(self) -> list[tuple[Callable[[int], None], bool]]:
        """(what to run, whether it runs alone) of each unit."""
        scenarios = self._planned.scenarios
        if not scenarios:
            return []
        if self._planned.is_split:
            return [(partial(self._run_unit, [scenario]), scenario.is_serial) for scenario in scenarios]
        return [(partial(self._run_unit, scenarios), any(scenario.is_serial for scenario in scenarios))]

    def not_run_at_all(self) -> None:
        """A dry run: what cannot be run is told, the rest is not run."""
        for planned in self._planned.scenarios:
            self._keep(_blank(self._planned, planned, Verdict.NOT_RUN))
        self.finish()

    def finish(self) -> None:
        """After the last lane: whatever was not reached is not lost."""
        done = {result.index for result in self._results}
        for planned in self._planned.scenarios:
            if planned.index not in done:
                self._keep(_blank(self._planned, planned, Verdict.NOT_RUN))
        self._close()
        if not self._is_told:
            self._tell()

    def _run_unit(self, scenarios: list[PlannedScenario], lane: int) -> None:
        context: EngineContext | None = None
        rule: Any = None
        state: FeatureState | None = None
        for planned in scenarios:
            if planned.problems or self._run.stop.is_asked:
                self._keep(_blank(self._planned, planned, Verdict.NOT_RUN))
                continue
            if context is None:
                self._open()
                assert self._frame is not None
                context = EngineContext(self._run.runner, self._run.context._root)
                context.__dict__["_stack"] = [self._frame, self._run.context._root]
                state = self._feature_state()
            assert state is not None
            if self._hook_failure is not None:
                blank = _blank(self._planned, planned, Verdict.ERROR)
                blank.failure = self._hook_failure
                self._keep(blank)
                continue
            rule = self._change_rule(context, rule, planned)
            self._run.listener.scenario_started(planned, lane)
            result = _ScenarioRun(self._run, self._planned, planned, context, state, lane).execute()
            self._keep(result)
        if context is not None:
            self._change_rule(context, rule, None)
            if state is not None and state is not self._shared:
                self._clean_up(state)

    def _feature_state(self) -> FeatureState:
        """Shared by the feature's scenarios, or new where each scenario stands for itself."""
        if self._planned.is_split:
            return FeatureState(self._run.state, self._planned.place.file)
        if self._shared is None:
            self._shared = FeatureState(self._run.state, self._planned.place.file)
        return self._shared

    def _open(self) -> None:
        """before_tag and before_feature, once, by the first lane that comes."""
        with self._lock:
            if self._frame is not None:
                return
            feature, run = self._planned.feature, self._run
            frame: dict[str, Any] = {"@cleanups": [], "@layer": "feature", "feature": feature}
            context = EngineContext(run.runner, run.context._root)
            context.__dict__["_stack"] = [frame, run.context._root]
            if run.hooks.functions:
                frame["tags"] = set(self._planned.tags)
                failure = run.hooks.call_tags("before_tag", context, feature.tags)
                self._hook_failure = failure or run.hooks.call("before_feature", context, feature)
            self._frame = frame

    def _close(self) -> None:
        """after_feature, after_tag and the cleanups of the feature's layer."""
        with self._lock:
            frame, self._frame = self._frame, None
            if frame is None:
                return
            run, feature = self._run, self._planned.feature
            context = EngineContext(run.runner, run.context._root)
            context.__dict__["_stack"] = [frame, run.context._root]
            failure = run.hooks.call("after_feature", context, feature)
            failure = run.hooks.call_tags("after_tag", context, feature.tags) or failure
            try:
                context._pop()
            except Exception as error:  # the border: a cleanup of the user's may raise anything
                failure = failure or failure_of(error, True, "A cleanup after the feature failed")[1]
            if self._shared is not None:
                failure = self._clean_up(self._shared) or failure
            self._failure = self._failure or self._hook_failure or failure

    def _clean_up(self, state: FeatureState) -> Failure | None:
        first = None
        for cleanup in reversed(state.cleanups):
            try:
                cleanup()
            except Exception as error:  # the border: closing goes on with the next
                first = first or failure_of(error, False, "Closing what the feature had opened failed")[1]
        state.cleanups.clear()
        if first is not None:
            self._failure = self._failure or first
        return first

    def _change_rule(self, context: EngineContext, old: Any, planned: PlannedScenario | None) -> Any:
        """The layer and hooks of a rule, when a unit enters or leaves one."""
        new = _rule_of(planned.scenario) if planned is not None else None
        if new is old:
            return old
        run = self._run
        failure = None
        if old is not None:
            failure = run.hooks.call("after_rule", context, old)
            failure = run.hooks.call_tags("after_tag", context, old.tags) or failure
            try:
                context._pop()
            except Exception as error:  # the border: a cleanup of the user's may raise anything
                failure = failure or failure_of(error, True, "A cleanup after the rule failed")[1]
        if new is not None:
            frame = {"@cleanups": [], "@layer": "rule", "rule": new, "tags": set(new.effective_tags)}
            context._stack.insert(0, frame)
            failure = failure or run.hooks.call_tags("before_tag", context, new.tags)
            failure = failure or run.hooks.call("before_rule", context, new)
        if failure is not None:
            self._hook_failure = self._hook_failure or failure
            self._failure = self._failure or failure
        return new

    def _keep(self, result: ScenarioResult) -> None:
        self._results.append(result)
        self._run.count(result)
        self._run.listener.scenario_done(result)
        self._left -= 1
        if self._left == 0 and not self._run.options.is_dry:
            self._close()
            self._tell()

    def _tell(self) -> None:
        self._is_told = True
        self._results.sort(key=lambda result: result.index)
        self.result.scenarios = self._results
        self.result.failure = self._failure
        if self._planned.feature is not None and self._results:
            verdicts = {result.verdict for result in self._results}
            if verdicts <= {Verdict.PASSED, Verdict.FLAKY}:
                self._planned.feature.set_status(Status.passed)
        self._run.listener.feature_done(self.result)


class _ScenarioRun:
    """One scenario, all its attempts."""

    __slots__ = ("_context", "_feature", "_lane", "_loop", "_planned", "_run", "_state", "_values")

    def __init__(
        self,
        run: _Run,
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
        if run.plan.config.request_scope == "feature":
            self._share_request(state)
        state.perform = self._perform
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
            self._mask(result)
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
            for function in reversed(state.at_end):
                try:
                    function()
                except parallel.Ended:
                    raise
                except Exception as error:  # the border: what runs at the end is the user's
                    self._note_failure(result, failure_of(error, True, "What runs when the scenario ends failed")[1])
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
            except (Exception, SystemExit, KeyboardInterrupt) as error:  # the border: a step may raise anything
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
            except (Exception, SystemExit) as error:  # the border: kept for the hook to see, then raised again
                verdict, found = failure_of(error, planned.is_user)
                step.status, step.exception, step.error_message = STATUSES[verdict], error, found.summary
                step.exc_traceback = error.__traceback__
                raised = error
        failure = hooks.call("after_step", context, step) or failure
        if raised is not None:
            raise raised
        if failure is not None:
            raise _HookFailed(failure)

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

    def _perform(self, sentence: str, table: Any = None, text: str | None = None) -> None:
        """`ctx.apitest.perform`: another sentence, here and now.  table: behave's, or rows with the headings first."""
        frame = self._context._stack[0]
        if table is not None and not hasattr(table, "headings"):
            table = make_table(table[0], table[1:])
        before = frame.get("text"), frame.get("table")
        frame["text"], frame["table"] = text, table
        try:
            step = Step(self._planned.place.file, 0, "*", "step", sentence, text=text, table=table)
            self._run.call_for(step)(self._context)
        finally:
            frame["text"], frame["table"] = before

    def _share_request(self, state: ScenarioState) -> None:
        """`request_scope = feature`: the request in the making lives on in the next scenario, as upstream had it."""
        kept = self._values.run.shared.setdefault(("request", id(self._values)), {})
        if "state" in kept:
            old: ScenarioState = kept["state"]
            state.request, state.response = old.request, old.response
            state.parsed, state.has_parsed, state.own = old.parsed, old.has_parsed, old.own
        kept["state"] = state

    def _skip_rest(self, result: ScenarioResult, start: int, verdict: Verdict = Verdict.SKIPPED) -> None:
        for planned in self._planned.steps[start:]:
            planned.step.status = STATUSES[verdict]
            result.steps.append(_step_result(planned, verdict))

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
            try:
                if stack[0]["@cleanups"]:
                    self._context._do_cleanups()
            except Exception as error:  # the border: a cleanup of the user's may raise anything
                self._note_failure(result, failure_of(error, True, "A cleanup after the scenario failed")[1])
            stack.pop(0)
        for cleanup in reversed(state.cleanups):
            try:
                cleanup()
            except Exception as error:  # the border: closing goes on with the next
                self._note_failure(result, failure_of(error, False, "Closing what the scenario had opened failed")[1])
        if self._loop is not None:
            self._loop.close()
            self._loop = None

    def _mask(self, result: ScenarioResult) -> None:
        secrets = self._run.state.secrets
        result.output = masking.mask(result.output, secrets)
        result.notes = [masking.mask(note, secrets) for note in result.notes]
        if result.failure is not None:
            result.failure = _masked(result.failure, secrets)
        for step in result.steps:
            if step.failure is not None:
                step.failure = _masked(step.failure, secrets)


class _HookFailed(ApitestError):
    """Carries the failure of before_step or after_step to the step it belongs to."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.summary, failure.hint)
        self.failure = failure


def failure_of(error: BaseException, is_user: bool, what: str = "") -> tuple[Verdict, Failure]:
    """What a step raised -> how it ended and why (steps.md Part 4.2).

    is_user: the code is the user's, so the traceback is kept.  what: said before the message, and makes it an error.
    """
    prefix = f"{what}: " if what else ""
    if isinstance(error, _HookFailed):
        return Verdict.ERROR, error.failure
    if isinstance(error, AssertionFailed):
        verdict = Verdict.ERROR if what else Verdict.FAILED
        return verdict, Failure(verdict, prefix + error.message, tuple(error.mismatches), error.hint)
    if isinstance(error, AssertionError):
        verdict = Verdict.ERROR if what else Verdict.FAILED
        summary = str(error).strip() or _asserted(error) or "an assertion failed"
        return verdict, Failure(verdict, prefix + summary, traceback=_traceback(error))
    if isinstance(error, ApitestError):
        return Verdict.ERROR, Failure(Verdict.ERROR, prefix + error.message, hint=error.hint)
    if isinstance(error, PendingStep):
        return Verdict.ERROR, Failure(Verdict.ERROR, f"{prefix}pending: {error}", hint="The step is not written yet")
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    hint = "" if is_user else "This is a bug in apitest; the traceback says where (-v)"
    return Verdict.ERROR, Failure(Verdict.ERROR, prefix + text, hint=hint, traceback=_traceback(error))


def _asserted(error: BaseException) -> str:
    """The source of a bare `assert`, since it says nothing itself."""
    frames = traceback.extract_tb(error.__traceback__)
    line = frames[-1].line if frames else ""
    return line.strip() if line else ""


def _traceback(error: BaseException) -> str:
    """The traceback from the user's own frames on."""
    frames = traceback.extract_tb(error.__traceback__)
    start = 0
    for number, frame in enumerate(frames):
        if any(name in frame.filename.replace("\\", "/") for name in OUR_FILES):
            start = number + 1
    kept = frames[start:] or frames
    lines = traceback.format_list(kept) + traceback.format_exception_only(type(error), error)
    return "".join(lines).rstrip()


def _masked(failure: Failure, secrets: set[str]) -> Failure:
    return replace(
        failure,
        summary=masking.mask(failure.summary, secrets),
        hint=masking.mask(failure.hint, secrets),
        traceback=masking.mask(failure.traceback, secrets),
        notes=tuple(masking.mask(note, secrets) for note in failure.notes),
        mismatches=tuple(
            replace(
                item,
                expected=_masked_value(item.expected, secrets),
                actual=_masked_value(item.actual, secrets),
                reason=masking.mask(item.reason, secrets),
            )
            for item in failure.mismatches
        ),
    )


def _masked_value(value: Any, secrets: set[str]) -> Any:
    if isinstance(value, str):
        return masking.mask(value, secrets)
    if isinstance(value, dict):
        return {key: _masked_value(item, secrets) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_masked_value(item, secrets) for item in value]
    return value


def _blank(feature: PlannedFeature, planned: PlannedScenario, verdict: Verdict) -> ScenarioResult:
    """The result of a scenario that was not started."""
    if planned.problems:
        verdict = Verdict.UNDEFINED
    result = ScenarioResult(planned.name, feature.name, planned.place, planned.tags, verdict, index=planned.index)
    if planned.problems:
        bad = [step for step in planned.steps if step.complaint]
        result.steps = [
            _step_result(step, Verdict.UNDEFINED if step.complaint else Verdict.NOT_RUN) for step in planned.steps
        ]
        first = bad[0]
        more = f" (and {len(bad) - 1} more)" if len(bad) > 1 else ""
        summary = f"{first.complaint}: {first.step.keyword} {first.step.name} at {first.place}{more}"
        result.failure = Failure(Verdict.UNDEFINED, summary)
    else:
        result.steps = [_step_result(step, Verdict.NOT_RUN) for step in planned.steps]
    return result


def _step_result(planned: PlannedStep, verdict: Verdict) -> StepResult:
    step = planned.step
    return StepResult(
        step.keyword, step.name, planned.place, verdict, lines=planned.lines, is_background=planned.is_background
    )


def _rule_of(scenario: Any) -> Any:
    item = scenario.parent
    while item is not None and item.type != "rule":
        item = getattr(item, "parent", None)
    return item
