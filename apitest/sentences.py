"""What each sentence of a project means, and why it cannot be run where it cannot: `Sentences`.

Looks at a sentence with everything below it: whether it takes the table or doc string that stands there, and, where a
doc string holds sentences itself, at those too.  Not here: phrases (`core/phrases.py`), phrases that users put
together in English (`composite.py`), which scenarios run (`planning.py`).
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from apitest import catalogue, engine
from apitest.called_scenarios import CalledScenarios
from apitest.composite import Composite, CompositeCall, expand, read_phrases, samples
from apitest.config import shown
from apitest.core import inner_sentences, lookups
from apitest.core.phrases import Ambiguous, Match, Phrase, PhraseBook, Raw, Unknown
from apitest.engine import EngineContext, Step, UserSteps
from apitest.errors import StepError, UsageError
from apitest.project import Project
from apitest.scenario import Scope

MAX_NEAREST = 3
MAX_CALLERS = 5

UNKNOWN = "no such sentence"
AMBIGUOUS = "ambiguous sentence"
UNUSABLE = "unusable sentence"
RECURSIVE = "endless sentence"

_BELOW = {"table": "a table", "doc": "a doc string"}


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a sentence cannot be run.

    kind: UNKNOWN, AMBIGUOUS, UNUSABLE or RECURSIVE.  nearest: the closest known sentences; candidates: those that fit,
    each as (pattern, place); reason: what is wrong with it, where that is plain.  offset: how many lines below its
    step it stands, 0 for the step itself; place: where, when it stands in another file.
    """

    sentence: str
    kind: str
    reason: str = ""
    nearest: tuple[str, ...] = ()
    candidates: tuple[tuple[str, str], ...] = ()
    offset: int = 0
    place: str = ""


class Sentences:
    """What each sentence of a project means: the built-in phrases, the user's own, and functions written for behave."""

    def __init__(self, book: PhraseBook, steps: UserSteps, project: Project) -> None:
        self.book = book
        self.steps = steps
        self.scenarios = CalledScenarios(project, self)
        self.used: set[Phrase] = set()
        self.used_places: set[str] = set()
        self.composites: list[Phrase] = []
        self._composing: list[Phrase] = []
        self._cache: dict[tuple[str, str, bool, bool], Found] = {}

    def find(self, step: Step) -> Found:
        """What carries a sentence out, or why nothing does; the sentences in its doc string are not looked at."""
        key = (step.step_type, step.name, step.table is not None, step.text is not None)
        found = self._cache.get(key)
        if found is None:
            found = self._cache[key] = self._find(*key)
        return found

    def troubles_inside(self, step: Step, call: Call, callers: tuple[Path, ...] = ()) -> Iterator[Trouble]:
        """What is wrong with the sentences that a sentence brings along: in its doc string, in a scenario it runs."""
        kind = innermost(call.match).inner
        if kind == "scenario":
            yield from self._troubles_of_scenario(step, call.match.inner or call.match, callers)
        elif kind and step.text is not None:
            yield from self._troubles_of_doc(step, kind == "rows")

    def _troubles_of_doc(self, step: Step, has_holes: bool) -> Iterator[Trouble]:
        # NOTE: behave's Text knows the line of its opening quotes.
        begin = int(getattr(step.text, "line", 0) or step.line + 1) + 1 - step.line
        try:
            inner = inner_sentences.parse(str(step.text))
        except StepError as error:
            yield Trouble(str(step.name), UNUSABLE, error.message.rstrip("."), offset=begin)
            return
        for one in inner:
            sentence = inner_sentences.with_sample_values(one.sentence) if has_holes else one.sentence
            below = engine.make_step(sentence, str(step.filename), step.line + begin + one.line, one.table, one.text)
            found = self.find(below)
            if isinstance(found, Trouble):
                yield replace(found, sentence=one.sentence, offset=begin + one.line)
            elif isinstance(found, Call):
                yield from (
                    replace(item, offset=begin + one.line + item.offset) for item in self.troubles_inside(below, found)
                )

    def _troubles_of_scenario(self, step: Step, match: Match, callers: tuple[Path, ...]) -> Iterator[Trouble]:
        """A scenario that is named by look-ups is looked at when it is run."""
        name, feature = (match.arguments.get(key) for key in ("name", "feature"))
        if any(isinstance(value, Raw) and not _is_plain(value) for value in (name, feature)):
            return
        try:
            name, feature = (value.text if isinstance(value, Raw) else "" for value in (name, feature))
            file, scenario = self.scenarios.locate(name, feature, str(step.filename))
        except StepError as error:
            reason = f"{error.message}. {error.hint}" if error.hint else error.message
            yield Trouble(str(step.name), UNUSABLE, reason.rstrip("."))
            return
        if file in callers or len(callers) > MAX_CALLERS:
            return  # seen already; one that runs itself is told when it runs
        for inner in scenario.all_steps:
            found = self.find(inner)
            if isinstance(found, Trouble):
                yield replace(found, place=f"{shown(file)}:{inner.line}")
            elif isinstance(found, Call):
                yield from self.troubles_inside(inner, found, (*callers, file))

    def call_for(self, step: Step) -> Callable[[EngineContext], None]:
        """What carries out a sentence that was not in the plan.  Raises StepError where nothing or too much does."""
        found = self.find(step)
        if not isinstance(found, Trouble):
            return found
        if found.candidates:
            places = "; ".join(f"{pattern} ({place})" for pattern, place in found.candidates)
            raise StepError(f"ambiguous sentence: {step.name}", f"It fits {places}")
        raise StepError(
            f"{found.kind}: {step.name}" + (f" ({found.reason})" if found.reason else ""),
            f"Nearest: {'; '.join(found.nearest)}" if found.nearest else "All sentences: apitest steps",
        )

    def _find(self, step_type: str, sentence: str, has_table: bool, has_text: bool) -> Found:
        ours = self.book.match(sentence)
        theirs = self.steps.find(step_type, sentence)
        if not theirs and isinstance(ours, Match):
            return self._checked(ours, sentence, has_table, has_text)
        if not theirs and isinstance(ours, Unknown):
            return Trouble(sentence, UNKNOWN, ours.reason, self._nearest(ours))
        if len(theirs) == 1 and isinstance(ours, Unknown):
            self.used_places.add(theirs[0].place)
            return UserCall(theirs[0])
        phrases = (ours.phrase,) if isinstance(ours, Match) else ours.phrases if isinstance(ours, Ambiguous) else ()
        candidates = (
            *((phrase.pattern, place_of(phrase)) for phrase in phrases),
            *((str(match.pattern), match.place) for match in theirs),
        )
        return Trouble(sentence, AMBIGUOUS, candidates=candidates)

    def _checked(self, match: Match, sentence: str, has_table: bool, has_text: bool) -> Call | CompositeCall | Trouble:
        """A match, unless something stands below the sentence that nobody would read."""
        self.used.add(match.phrase)
        chain = [match.phrase]
        if match.inner is not None:
            chain.append(match.inner.phrase)
            self.used.add(match.inner.phrase)
        for what, is_there in (("table", has_table), ("doc", has_text)):
            for phrase in chain:
                if is_there and what not in phrase.takes:
                    return Trouble(
                        sentence, UNUSABLE, f"{_BELOW[what]} below it would not be read: `{phrase.pattern}` takes none"
                    )
        composed = [self._compose(one) for one in (match, match.inner) if one and _is_composite(one)]
        if composed and (len(chain) == 1 or isinstance(composed[0], Trouble)):
            return composed[0]
        return Call(match, has_table, has_text)

    def _compose(self, match: Match) -> CompositeCall | Trouble:
        """A sentence that stands for others, each with what carries it out."""
        phrase = match.phrase
        composite = phrase.function
        assert isinstance(composite, Composite)
        if phrase in self._composing:
            chain = [*self._composing[self._composing.index(phrase) :], phrase]
            reason = "the phrase uses itself: " + " -> ".join(one.pattern for one in chain)
            return Trouble(phrase.pattern, RECURSIVE, reason, place=place_of(phrase))
        self._composing.append(phrase)
        try:
            steps = []
            for step in expand(composite, match, self._ends_in_payload):
                place = f"{shown(Path(step.filename))}:{step.line}"
                found = self.find(step)
                if isinstance(found, Trouble):
                    return found if found.place else replace(found, place=place)
                for trouble in self.troubles_inside(step, found) if isinstance(found, Call) else ():
                    where = f"{shown(Path(step.filename))}:{step.line + trouble.offset}"
                    return trouble if trouble.place else replace(trouble, place=where)
                steps.append((step, found))
        finally:
            self._composing.pop()
        return CompositeCall(match, steps)

    def _ends_in_payload(self, sentence: str) -> bool:
        found = self.book.match(sentence)
        return isinstance(found, Match) and innermost(found).pattern.endswith('...}"')

    def own_phrases(self) -> list[Phrase]:
        """The project's own, in Python and in English."""
        base = set(self.book.base.phrases()) if self.book.base is not None else set()
        return [phrase for phrase in self.book.phrases() if phrase not in base]

    def phrase_troubles(self) -> Iterator[tuple[Phrase, Trouble]]:
        """What is wrong with the project's phrases in English, used or not."""
        used = set(self.used)
        for phrase in self.composites:
            for sample in samples(phrase, self.book):
                found = self.find(engine.make_step(sample, phrase.file, phrase.line))
                if isinstance(found, Trouble):
                    yield phrase, found
                    break
        self.used = used
        self._cache.clear()  # what is found here counts as used nowhere

    def _nearest(self, unknown: Unknown) -> tuple[str, ...]:
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
        self.is_user = not (phrase.function.__module__ or "").startswith("apitest.")
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


def innermost(match: Match) -> Phrase:
    """The phrase that reads what stands below a sentence."""
    return match.inner.phrase if match.inner is not None else match.phrase


def _is_composite(match: Match) -> bool:
    return isinstance(match.phrase.function, Composite)


def load_sentences(project: Project) -> Sentences:
    """The built-in sentences and the project's own.  Raises UsageError or PhraseError where a module is broken."""
    from apitest import steps  # noqa: F401 -- importing it fills the catalogue

    book = PhraseBook(catalogue.BUILT_IN)
    own = UserSteps()
    if project.steps_folder is not None:
        with catalogue.collecting(book):
            own.load(project.steps_folder)
    made = Sentences(book, own, project)
    made.composites = read_phrases(project, book)
    for _, trouble in made.phrase_troubles():
        if trouble.kind == RECURSIVE:
            raise UsageError(f"{trouble.place}: {trouble.reason}", "Such a phrase would never end")
    return made


Found = Call | UserCall | CompositeCall | Trouble


def place_of(phrase: Any) -> str:
    return f"{shown(Path(phrase.file))}:{phrase.line}" if phrase.file else str(phrase.family)


def _is_plain(value: Raw) -> bool:
    """True for a text that means itself: no look-up, marker or escape in it."""
    if value.kind in ("number", "duration"):
        return False
    text = value.text
    if value.kind == "expression":
        return True
    return not ("#" in text or "@" in text or "$" in text or text[:1] == "~" or text.startswith("vault:"))
