"""What a run will do, found out before the first request: features parsed, scenarios chosen, every sentence matched.

The plan is data; nothing in it has run yet, except the users' own modules, which were loaded.  Not here: running
(`running.py`), and what a sentence means (`core/phrases.py`).
"""

from __future__ import annotations

import difflib
import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from apitest import catalogue, engine
from apitest.config import Config, shown
from apitest.core import lookups
from apitest.core.phrases import Ambiguous, Match, PhraseBook, Raw, Unknown
from apitest.engine import EngineContext, Feature, Hooks, Step, UserSteps
from apitest.errors import StepError, UsageError
from apitest.project import Project, Selection
from apitest.results import Failure, Place, SentenceProblem, Verdict
from apitest.scenario import Scope

MAX_NEAREST = 3

TAG_ISOLATED = "isolated"  # scenarios share no stored values, so they may run at the same time
TAG_SERIAL = "serial"  # runs alone, after everything else


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


@dataclass(slots=True)
class PlannedFeature:
    """One feature file with at least one chosen scenario, or that cannot be parsed (failure)."""

    name: str
    place: Place
    tags: tuple[str, ...] = ()
    feature: Feature | None = None
    scenarios: list[PlannedScenario] = field(default_factory=list)
    description: tuple[str, ...] = ()
    is_split: bool = False
    failure: Failure | None = None


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


class Sentences:
    """What each sentence of a project means: the built-in phrases, the user's own, and functions written for behave."""

    def __init__(self, book: PhraseBook, steps: UserSteps) -> None:
        self.book = book
        self.steps = steps
        self._cache: dict[tuple[str, str, bool, bool], Call | UserCall | Unknown | tuple[tuple[str, str], ...]] = {}

    def find(self, step: Step) -> Call | UserCall | Unknown | tuple[tuple[str, str], ...]:
        """What carries a sentence out; Unknown; or, where several fit, each as (pattern, place)."""
        key = (step.step_type, step.name, step.table is not None, step.text is not None)
        found = self._cache.get(key)
        if found is None:
            found = self._cache[key] = self._find(*key)
        return found

    def _find(
        self, step_type: str, sentence: str, has_table: bool, has_text: bool
    ) -> Call | UserCall | Unknown | tuple[tuple[str, str], ...]:
        ours = self.book.match(sentence)
        theirs = self.steps.find(step_type, sentence)
        if not theirs:
            if isinstance(ours, Match):
                return Call(ours, has_table, has_text)
            if isinstance(ours, Ambiguous):
                return tuple((phrase.pattern, _place_of(phrase)) for phrase in ours.phrases)
            return ours
        if len(theirs) == 1 and not isinstance(ours, Match | Ambiguous):
            return UserCall(theirs[0])
        phrases = (ours.phrase,) if isinstance(ours, Match) else ours.phrases if isinstance(ours, Ambiguous) else ()
        return (
            *((phrase.pattern, _place_of(phrase)) for phrase in phrases),
            *((str(match.pattern), match.place) for match in theirs),
        )

    def call_for(self, step: Step) -> Callable[[EngineContext], None]:
        """What carries out a sentence that was not in the plan.  Raises StepError where nothing or too much does."""
        found = self.find(step)
        if isinstance(found, Call | UserCall):
            return found
        if isinstance(found, Unknown):
            nearest = self.nearest(found)
            raise StepError(
                f"no such sentence: {step.name}" + (f" ({found.reason})" if found.reason else ""),
                f"Nearest: {'; '.join(nearest)}" if nearest else "All sentences: apitest steps",
            )
        places = "; ".join(f"{pattern} ({place})" for pattern, place in found)
        raise StepError(f"ambiguous sentence: {step.name}", f"It fits {places}")

    def nearest(self, unknown: Unknown) -> tuple[str, ...]:
        """The closest known sentences, best first."""
        found = [phrase.pattern for phrase in unknown.nearest]
        own = [pattern for _, pattern, _ in self.steps.patterns()]
        close = difflib.get_close_matches(unknown.sentence, own, MAX_NEAREST, 0.6)
        return tuple(dict.fromkeys([*close, *found]))[:MAX_NEAREST]


class Call:
    """A sentence of the catalogue with its arguments; the ones with look-ups are filled in each time it runs."""

    __slots__ = ("_arguments", "_complaint", "_function", "_is_plain", "is_user", "match", "needs_loop")

    def __init__(self, match: Match, has_table: bool, has_text: bool) -> None:
        self.match = match
        phrase = match.phrase
        self._function = phrase.function
        self._arguments = match.arguments
        self._is_plain = not any(isinstance(value, Raw) and not _is_plain(value) for value in match.arguments.values())
        if self._is_plain:
            self._arguments = {
                name: value.text if isinstance(value, Raw) else value for name, value in match.arguments.items()
            }
        self.is_user = not (phrase.function.__module__ or "").startswith("apitest.steps.")
        self.needs_loop = False
        missing = [name for name in sorted(phrase.needs) if not {"table": has_table, "doc": has_text}[name]]
        names = {"table": "a table", "doc": 'a doc string (""")'}
        self._complaint = f"This sentence needs {names[missing[0]]} below it" if missing else ""

    def __call__(self, context: EngineContext) -> None:
        if self._complaint:
            raise StepError(self._complaint, f"For example: {self.match.phrase.example}")
        if self._is_plain:
            self._function(context, **self._arguments)
        else:
            scope = Scope(context.apitest)
            self._function(context, **lookups.resolve_arguments(self._arguments, scope))


class UserCall:
    """A sentence that a function written for behave carries out."""

    __slots__ = ("is_user", "match", "needs_loop")

    def __init__(self, match: engine.UserMatch) -> None:
        self.match = match
        self.is_user = True
        self.needs_loop = match.needs_loop

    def __call__(self, context: EngineContext) -> None:
        self.match.run(context)


def load_sentences(project: Project) -> Sentences:
    """The built-in sentences and the project's own.  Raises UsageError or PhraseError where a module is broken."""
    from apitest import steps  # noqa: F401 -- importing it fills the catalogue

    book = PhraseBook(catalogue.BUILT_IN)
    own = UserSteps()
    if project.steps_folder is not None:
        with catalogue.collecting(book):
            own.load(project.steps_folder)
    return Sentences(book, own)


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
    for selection in selections:
        planned = _read(selection)
        if planned.failure is not None:
            features.append(planned)
            continue
        if planned.feature is None:
            continue
        tags = planned.feature.tags
        planned.is_split = split in ("scenario", "example") or TAG_ISOLATED in tags
        chosen = engine.scenarios_at(planned.feature, selection.lines or ((0, 0),))
        for scenario in chosen:
            place = Place(planned.place.file, scenario.line)
            names = scenario.effective_tags
            name = engine.scenario_name(scenario)
            if not wanted.takes(names, name, str(scenario.name), place):
                continue
            item = PlannedScenario(scenario, name, place, _tags_in_order(scenario), index)
            item.is_serial = TAG_SERIAL in names
            index += 1
            _match_steps(item, sentences, found, warnings)
            planned.scenarios.append(item)
        if planned.scenarios:
            features.append(planned)
    seed = options.seed or random.SystemRandom().randrange(1, 1_000_000)
    problems = [problem.made() for problem in found.values()]
    return Plan(project, config, features, problems, sentences, hooks, list(warnings), seed, options.order)


class _Filter:
    """Which scenarios the command line chose."""

    def __init__(self, options: Options) -> None:
        self._tags = engine.tag_filter(options.tags)
        self._names = [_name_pattern(name) for name in options.names]
        self._only = options.only

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
    sentence: str
    nearest: tuple[str, ...]
    candidates: tuple[tuple[str, str], ...]
    reason: str
    scenarios: dict[str, None]

    def made(self) -> SentenceProblem:
        return SentenceProblem(
            self.place, self.keyword, self.sentence, self.nearest, self.candidates, tuple(self.scenarios), self.reason
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
        if isinstance(found, Call | UserCall):
            place = Place(file, step.line)
            has_lines = step.table is not None or step.text is not None
            lines = engine.lines_of(step) if has_lines else ()
            item.steps.append(
                PlannedStep(step, place, found, lines, number < background, found.is_user, found.needs_loop)
            )
            if isinstance(found, Call) and found.match.warning:
                warnings[f"{place}: {found.match.warning}"] = None
            continue
        item.problems += 1
        key = (file, step.line, str(step.name))
        problem = problems.get(key)
        if problem is None:
            is_unknown = isinstance(found, Unknown)
            problem = problems[key] = _Problem(
                place=Place(file, step.line),
                keyword=str(step.keyword),
                sentence=str(step.name),
                nearest=sentences.nearest(found) if isinstance(found, Unknown) else (),
                candidates=() if is_unknown else found,  # type: ignore[arg-type]
                reason=found.reason if isinstance(found, Unknown) else "",
                scenarios={},
            )
        problem.scenarios[item.name] = None
        complaint = "ambiguous sentence" if problem.candidates else "no such sentence"
        lines = engine.lines_of(step)
        item.steps.append(PlannedStep(step, problem.place, _not_run, lines, number < background, complaint=complaint))


def _not_run(context: EngineContext) -> None:
    raise AssertionError("a scenario with an unknown sentence is not started")


def _is_plain(value: Raw) -> bool:
    """True for a text that means itself: no look-up, marker or escape in it."""
    if value.kind in ("number", "duration"):
        return False
    text = value.text
    if value.kind == "expression":
        return True
    return not ("#" in text or "@" in text or "$" in text or text[:1] == "~" or text.startswith("vault:"))


def _place_of(phrase: Any) -> str:
    return f"{shown(Path(phrase.file))}:{phrase.line}" if phrase.file else phrase.family


def parse_failures(features: Sequence[PlannedFeature]) -> list[PlannedFeature]:
    return [feature for feature in features if feature.failure is not None]
