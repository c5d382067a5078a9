"""Runs a plan: features and scenarios in lanes, with users' hooks, attempts, deadlines and cleanups -> `RunResult`.

Not here: what to run (`planning.py`), one scenario (`attempt.py`), lanes and signals (`parallel.py`), printing
(`reporters/`).  A unit is a feature, since its scenarios share stored values; where the feature is split, a scenario
(the rows of an outline one after the other) or an example.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any, Protocol

from apitest import engine, parallel
from apitest.attempt import RunOptions, ScenarioRun, step_result
from apitest.engine import EngineContext, PendingStep, Status, Step
from apitest.errors import ApitestError, AssertionFailed, ScenarioSkipped
from apitest.hooks import Hooks
from apitest.outcomes import STATUSES, close_all, failure_of
from apitest.planning import Plan, PlannedFeature, PlannedScenario
from apitest.results import Failure, FeatureResult, RunResult, ScenarioResult, Verdict
from apitest.scenario import FeatureState, RunState


class Listener(Protocol):
    """Hears what happens, in the order in which it happens."""

    def scenario_started(self, scenario: PlannedScenario, lane: int) -> None: ...

    def scenario_done(self, result: ScenarioResult) -> None: ...

    def feature_done(self, result: FeatureResult) -> None: ...


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
        elif features:  # no hook runs, and nothing is set up, for nothing
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
            extra={name: tell() for name, tell in self.state.shared.get("report", {}).items()},
        )

    def _execute(self, features: list[_FeatureRun], tell: Callable[[str], None]) -> None:
        # What users' hooks print around the whole run belongs to no scenario and is shown as it comes.
        self._surrounding("before_all")
        side_by_side: list[_Unit] = []
        alone: list[_Unit] = []
        for feature in features:
            for unit in feature.units():
                (alone if unit.is_serial else side_by_side).append(unit)
        if self.plan.order == "random":
            import random

            order = random.Random(self.plan.seed)
            order.shuffle(side_by_side)
            order.shuffle(alone)
        jobs = self.options.jobs or parallel.AUTO_JOBS
        self.jobs = max(1, min(jobs, len(side_by_side)))
        if self.failures:
            self.stop.ask()
        runs = [unit.run for unit in side_by_side]
        parallel.run_units(runs, self.jobs, self.stop, tell, [unit.locks for unit in side_by_side])
        for unit in alone:
            parallel.run_units([unit.run], 1, self.stop, tell)
        for feature in features:
            feature.finish()
        self._surrounding("after_all")
        self.failures += close_all([self.context._do_cleanups], "A cleanup after the run failed", is_user=True)
        self.failures += close_all(self.state.cleanups, "Closing what the run had opened failed")

    def _surrounding(self, name: str) -> None:
        failure = self.hooks.call(name, self.context)
        if failure is not None:
            self.failures.append(failure)

    def count(self, result: ScenarioResult) -> None:
        if result.verdict in (Verdict.FAILED, Verdict.ERROR):
            self.failed_count += 1
            if self.options.stop_after and self.failed_count >= self.options.stop_after:
                self.stop.ask()


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
                    self._run.plan.sentences.call_for(step)(context)
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


@dataclass(frozen=True, slots=True)
class _Unit:
    """What one lane runs: is_serial: while nothing else does; locks: while no other unit with one of them does."""

    run: Callable[[int], None]
    is_serial: bool
    locks: frozenset[str]


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
        self._units_left = 0
        self._results: list[ScenarioResult] = []
        self._is_told = False
        self.result = FeatureResult(
            planned.name, planned.place, planned.tags, failure=planned.failure, description=planned.description
        )

    def units(self) -> list[_Unit]:
        scenarios = self._planned.scenarios
        groups: list[list[PlannedScenario]] = []
        if self._planned.split == "feature":
            groups = [scenarios] if scenarios else []
        elif self._planned.split == "example":
            groups = [[scenario] for scenario in scenarios]
        else:
            # The rows of an outline stay together, one after the other.
            for _, rows in groupby(scenarios, lambda one: id(engine.outline_of(one.scenario) or one)):
                groups.append(list(rows))
        self._units_left = len(groups)
        return [
            _Unit(
                partial(self._run_unit, group),
                any(scenario.is_serial for scenario in group),
                frozenset[str]().union(*(scenario.locks for scenario in group)),
            )
            for group in groups
        ]

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
            if state is None:
                state = self._feature_state()
            if self._hook_failure is not None:
                blank = _blank(self._planned, planned, Verdict.ERROR)
                blank.failure = self._hook_failure
                self._keep(blank)
                continue
            rule = self._change_rule(context, rule, planned)
            self._run.listener.scenario_started(planned, lane)
            result = ScenarioRun(self._run, self._planned, planned, context, state, lane).execute()
            self._keep(result)
            if self._planned.is_split and state is not None:
                self._clean_up(state)
                state = None
        if context is not None:
            self._change_rule(context, rule, None)
            if state is not None and state is not self._shared:
                self._clean_up(state)
        self._units_left -= 1
        if self._units_left == 0:
            self._close()
            self._tell()

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
            feature: Any = self._planned.feature
            run = self._run
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
            feature: Any = self._planned.feature
            run = self._run
            context = EngineContext(run.runner, run.context._root)
            context.__dict__["_stack"] = [frame, run.context._root]
            failure = run.hooks.call("after_feature", context, feature)
            failure = run.hooks.call_tags("after_tag", context, feature.tags) or failure
            found = close_all([context._pop], "A cleanup after the feature failed", is_user=True)
            if self._shared is not None:
                self._clean_up(self._shared)
            self._failure = next((one for one in (self._failure, self._hook_failure, failure, *found) if one), None)

    def _clean_up(self, state: FeatureState) -> None:
        found = close_all(state.cleanups, "Closing what the feature had opened failed")
        state.cleanups.clear()
        if found:
            self._failure = self._failure or found[0]

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
            found = close_all([context._pop], "A cleanup after the rule failed", is_user=True)
            failure = failure or next(iter(found), None)
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


def _blank(feature: PlannedFeature, planned: PlannedScenario, verdict: Verdict) -> ScenarioResult:
    """The result of a scenario that was not started."""
    if planned.problems:
        verdict = Verdict.UNDEFINED
    result = ScenarioResult(planned.name, feature.name, planned.place, planned.tags, verdict, index=planned.index)
    if planned.problems:
        bad = [step for step in planned.steps if step.complaint]
        result.steps = [
            step_result(step, Verdict.UNDEFINED if step.complaint else Verdict.NOT_RUN) for step in planned.steps
        ]
        first = bad[0]
        more = f" (and {len(bad) - 1} more)" if len(bad) > 1 else ""
        summary = f"{first.complaint}: {first.step.keyword} {first.step.name} at {first.place}{more}"
        result.failure = Failure(Verdict.UNDEFINED, summary)
    else:
        result.steps = [step_result(step, Verdict.NOT_RUN) for step in planned.steps]
    return result


def _rule_of(scenario: Any) -> Any:
    item = scenario.parent
    while item is not None and item.type != "rule":
        item = getattr(item, "parent", None)
    return item
