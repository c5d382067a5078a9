"""What a run will do, found out before the first request: features parsed, scenarios chosen, every sentence matched.

The plan is data; nothing in it has run yet, except the users' own modules, which were loaded.  Not here: running
(`running.py`), and what a sentence means (`sentences.py`).
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from apitest import engine, examples
from apitest.config import Config, shown
from apitest.engine import EngineContext, Feature, Hooks, Step
from apitest.errors import UsageError
from apitest.project import Project, Selection
from apitest.results import Failure, Place, SentenceProblem, Verdict
from apitest.sentences import Call, Sentences, Trouble, load_sentences

TAG_ISOLATED = "isolated"  # scenarios share no stored values, so they may run at the same time
TAG_SERIAL = "serial"  # runs alone, after everything else
TAG_LOCK = "lock:"  # with a name behind it: two scenarios with the same never run at the same time


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line chose; see `cli/run.py` for the words."""

    tags: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    split: str = ""  # empty: as configured
    order: str = "defined"  # defined or random
    seed: int = 0
    only: frozenset[tuple[str, int]] | None = None  # (file as shown, line) of the scenarios of a re-run


@dataclass(slots=True)
class PlannedStep:
    """One sentence with what carries it out.  is_user: written by the user, so a traceback helps.

    complaint: not empty where nothing carries it out; its scenario is not started.
    """

    step: Step
    place: Place
    call: Callable[[EngineContext], None]
    lines: tuple[str, ...]
    is_background: bool
    is_user: bool = False
    needs_loop: bool = False
    complaint: str = ""


@dataclass(slots=True)
class PlannedScenario:
    """One scenario or one row of an outline.  problems: how many of its sentences cannot be run; it is not started."""

    scenario: engine.Scenario
    name: str
    place: Place
    tags: tuple[str, ...]
    index: int
    steps: list[PlannedStep] = field(default_factory=list)
    problems: int = 0
    is_serial: bool = False
    locks: frozenset[str] = frozenset()


@dataclass(slots=True)
class PlannedFeature:
    """One feature file with at least one chosen scenario, or that cannot be parsed (failure)."""

    name: str
    place: Place
    tags: tuple[str, ...] = ()
    feature: Feature | None = None
    scenarios: list[PlannedScenario] = field(default_factory=list)
    description: tuple[str, ...] = ()
    split: str = "feature"  # what runs by itself: the feature, a scenario, an example
    failure: Failure | None = None

    @property
    def is_split(self) -> bool:
        """True where scenarios share no stored values."""
        return self.split != "feature"


@dataclass(slots=True)
class Plan:
    """Everything a run needs."""

    project: Project
    config: Config
    features: list[PlannedFeature]
    problems: list[SentenceProblem]
    sentences: Sentences
    hooks: Hooks
    warnings: list[str] = field(default_factory=list)
    seed: int = 0
    order: str = "defined"

    @property
    def scenarios(self) -> list[PlannedScenario]:
        return [scenario for feature in self.features for scenario in feature.scenarios]


def make_plan(project: Project, selections: Iterable[Selection], config: Config, options: Options) -> Plan:
    """Parses, chooses and matches.  Raises UsageError for tags, names or modules that cannot be read."""
    wanted = _Filter(options)
    sentences = load_sentences(project)
    hooks = engine.load_hooks(project.environment_file)
    features: list[PlannedFeature] = []
    found: dict[tuple[str, int, str], _Problem] = {}
    warnings: dict[str, None] = {}
    split = options.split or config.split
    index = 0
    sources = examples.Sources(project, config)
    for selection in selections:
        planned = _read(selection)
        if planned.failure is not None:
            features.append(planned)
            continue
        if planned.feature is None:
            continue
        for trouble in examples.fill(planned.feature, str(selection.file), selection.lines, sources, wanted.may_take):
            failure = Failure(Verdict.ERROR, trouble.message, hint=trouble.hint)
            place = Place(planned.place.file, trouble.line)
            features.append(PlannedFeature(name=planned.name, place=place, tags=planned.tags, failure=failure))
        tags = planned.feature.tags
        planned.split = "example" if TAG_ISOLATED in tags and split == "feature" else split
        chosen = engine.scenarios_at(planned.feature, selection.lines or ((0, 0),))
        for scenario in chosen:
            place = Place(planned.place.file, scenario.line)
            names = scenario.effective_tags
            name = engine.scenario_name(scenario)
            if not wanted.takes(names, name, str(scenario.name), place):
                continue
            item = PlannedScenario(scenario, name, place, _tags_in_order(scenario), index)
            item.is_serial = TAG_SERIAL in names
            item.locks = frozenset(tag[len(TAG_LOCK) :] for tag in names if tag.startswith(TAG_LOCK))
            index += 1
            _match_steps(item, sentences, found, warnings)
            planned.scenarios.append(item)
        if planned.scenarios:
            features.append(planned)
    sources.close()
    seed = options.seed or random.SystemRandom().randrange(1, 1_000_000)
    problems = [problem.made() for problem in found.values()]
    return Plan(project, config, features, problems, sentences, hooks, list(warnings), seed, options.order)


class _Filter:
    """Which scenarios the command line chose."""

    def __init__(self, options: Options) -> None:
        self._tags = engine.tag_filter(options.tags)
        self._names = [_name_pattern(name) for name in options.names]
        self._only = options.only

    def may_take(self, tags: set[str]) -> bool:
        """Whether a scenario with these tags may be chosen; tags with holes may become any."""
        return any("<" in tag for tag in tags) or bool(self._tags(tags))

    def takes(self, tags: set[str], name: str, behave_name: str, place: Place) -> bool:
        if self._only is not None and (place.file, place.line) not in self._only:
            return False
        if not self._tags(tags):
            return False
        return not self._names or any(one.search(name) or one.search(behave_name) for one in self._names)


@dataclass(slots=True)
class _Problem:
    place: Place
    keyword: str
    trouble: Trouble
    scenarios: dict[str, None]

    def made(self) -> SentenceProblem:
        found = self.trouble
        return SentenceProblem(
            self.place,
            self.keyword,
            found.sentence,
            found.nearest,
            found.candidates,
            tuple(self.scenarios),
            found.reason,
        )


def _name_pattern(name: str) -> re.Pattern[str]:
    try:
        return re.compile(name)
    except re.error as error:
        raise UsageError(f"The name {name!r} is no regular expression: {error}") from error


def _read(selection: Selection) -> PlannedFeature:
    file = shown(selection.file)
    try:
        feature = engine.parse_file(selection.file)
    except engine.ParseProblem as problem:
        place = Place(file, problem.line)
        failure = Failure(Verdict.UNDEFINED, problem.message, hint=problem.hint)
        return PlannedFeature(name=Path(file).name, place=place, failure=failure)
    if feature is None:
        return PlannedFeature(name=Path(file).name, place=Place(file, 0))
    return PlannedFeature(
        name=str(feature.name) or Path(file).stem,
        place=Place(file, feature.line),
        tags=tuple(str(tag) for tag in feature.tags),
        feature=feature,
        description=tuple(str(line) for line in feature.description),
    )


def _tags_in_order(scenario: Any) -> tuple[str, ...]:
    """Own and inherited tags, the feature's first, each once."""
    chain = []
    item = scenario
    while item is not None:
        chain.append(item.tags)
        item = item.parent
    holes = ("<", ">")
    return tuple(
        dict.fromkeys(str(tag) for tags in reversed(chain) for tag in tags if not any(h in tag for h in holes))
    )


def _match_steps(
    item: PlannedScenario,
    sentences: Sentences,
    problems: dict[tuple[str, int, str], _Problem],
    warnings: dict[str, None],
) -> None:
    file = item.place.file
    background = len(item.scenario.background_steps) if item.scenario.background is not None else 0
    for number, step in enumerate(item.scenario.all_steps):
        found = sentences.find(step)
        place = Place(file, step.line)
        has_lines = step.table is not None or step.text is not None
        lines = engine.lines_of(step) if has_lines else ()
        troubles = [found] if isinstance(found, Trouble) else []
        if isinstance(found, Call):
            if has_lines or found.match.phrase.inner:
                troubles = list(sentences.troubles_inside(step, found))
            if found.match.warning:
                warnings[f"{place}: {found.match.warning}"] = None
        if not troubles and not isinstance(found, Trouble):
            item.steps.append(
                PlannedStep(step, place, found, lines, number < background, found.is_user, found.needs_loop)
            )
            continue
        item.problems += 1
        for trouble in troubles:
            where = _place(trouble, place)
            problem = problems.get((where.file, where.line, trouble.sentence))
            if problem is None:
                problem = _Problem(where, str(step.keyword) if not trouble.offset else "*", trouble, {})
                problems[where.file, where.line, trouble.sentence] = problem
            problem.scenarios[item.name] = None
        item.steps.append(PlannedStep(step, place, _not_run, lines, number < background, complaint=troubles[0].kind))


def _place(trouble: Trouble, step: Place) -> Place:
    """Where a sentence stands that cannot be run: on its step's line, below it, or in another file."""
    if not trouble.place:
        return Place(step.file, step.line + trouble.offset)
    file, _, line = trouble.place.rpartition(":")
    return Place(file, int(line))


def _not_run(context: EngineContext) -> None:
    raise AssertionError("a scenario with an unknown sentence is not started")
