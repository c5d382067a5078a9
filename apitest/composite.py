"""Phrases that users put together in English, in `features/phrases/*.feature`:

    Phrase: I am a gold customer named "{name}"
      What a reader should know about it.

      Given address "@shop"
      When I send a "POST" request to "/customers"
        ```
        {"name": "{name}", "level": "gold"}
        ```
      Then status is "201"

A sentence that means such a phrase stands for the sentences below it, `{name}` replaced by what was written there: as
it was written, look-ups and all.  A line that needs an optional part which was left out is left out itself.  Not here:
the notation (`core/notation.py`), and what the sentences mean (`sentences.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apitest import engine
from apitest.config import shown
from apitest.core import notation, sentences
from apitest.core.notation import Hole
from apitest.core.phrases import Match, Phrase, PhraseBook, Raw
from apitest.engine import EngineContext, Step
from apitest.errors import ApitestError, ScenarioSkipped, StepError, UsageError
from apitest.project import Project, phrase_files

if TYPE_CHECKING:
    from apitest.sentences import Call, UserCall

_HEADER = re.compile(r"^\s*Phrase:\s*(.*?)\s*$")
_LANGUAGE = re.compile(r"^\s*#\s*language:\s*(\S+)\s*$")
_HOLE = re.compile(r'"\{(\w+)\}"|\{(\w+)\}')
_BARE_HOLE = re.compile(r"\{(\w+)(?::(\w+))?\}")
_LAST_HOLE = re.compile(r'"\{(\w+)\}"$')
_TITLE = re.compile(r"^\s*(?:Feature:.*|@.*|#.*)?$")


@dataclass(frozen=True, slots=True)
class Composite:
    """The sentences a phrase stands for; what it is registered with instead of a function."""

    pattern: str
    file: str
    steps: tuple[Step, ...]

    def __call__(self, context: EngineContext, **arguments: Any) -> None:
        """Only reached where nothing resolves phrases: under behave itself."""
        raise StepError("A phrase in English is only understood by: apitest run", f"{self.pattern} ({self.file})")


def read_phrases(project: Project, book: PhraseBook) -> list[Phrase]:
    """Adds the project's phrases in English to a book.  Raises UsageError or PhraseError naming file and line."""
    made = []
    for file in phrase_files(project.features):
        try:
            text = file.read_bytes().decode("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{shown(file)} cannot be read: {error}", "Save it as UTF-8") from error
        for phrase in parse_phrases(text, file):
            book.add(phrase)
            made.append(phrase)
    return made


def parse_phrases(text: str, file: Path) -> list[Phrase]:
    """The phrases of one file, in its order."""
    lines = text.splitlines()
    language = next((found[1] for line in lines if (found := _LANGUAGE.match(line))), "en")
    starts = [number for number, line in enumerate(lines) if _HEADER.match(line)]
    for number, line in enumerate(lines[: starts[0]] if starts else lines):
        if not _TITLE.match(line):
            raise UsageError(f"{shown(file)}:{number + 1}: {line.strip()!r} stands before any phrase", _HOW)
    if not starts:
        raise UsageError(f"{shown(file)} has no phrase", _HOW)
    return [
        _parse_phrase(lines, begin, end, language, file)
        for begin, end in zip(starts, [*starts[1:], len(lines)], strict=True)
    ]


_HOW = 'A phrase is written: Phrase: I am called "{name}", its sentences below it.'


def _parse_phrase(lines: Sequence[str], begin: int, end: int, language: str, file: Path) -> Phrase:
    header = _HEADER.match(lines[begin])
    pattern = sentences.strip_colon(header[1]) if header else ""
    place = f"{shown(file)}:{begin + 1}"
    if not pattern:
        raise UsageError(f"{place}: the phrase is empty", _HOW)
    words = engine.keywords_of(language)
    first = begin + 1
    meaning = []
    while first < end and not any(lines[first].strip().lower().startswith(word) for word in words):
        if lines[first].strip() and not lines[first].strip().startswith("#"):
            meaning.append(lines[first].strip())
        first += 1
    # The lines before are left empty, so that every step knows its line.
    body = "\n".join([""] * first + list(lines[first:end]))
    try:
        steps = tuple(engine.parse_sentences(body, language, str(file))) if first < end else ()
    except engine.ParseProblem as problem:
        raise UsageError(f"{shown(file)}:{problem.line or begin + 1}: {problem.message}", problem.hint) from None
    if not steps:
        raise UsageError(f"{place}: the phrase has no sentences: {pattern}", _HOW)
    return Phrase(
        pattern=pattern,
        function=Composite(pattern, str(file), steps),
        keyword=str(steps[0].step_type) if steps[0].step_type in ("given", "when", "then") else "given",
        meaning=" ".join(meaning) or "Stands for: " + "; ".join(str(step.name) for step in steps[:3]) + ".",
        family="phrases",
        file=str(file),
        line=begin + 1,
    )


def samples(phrase: Phrase, book: PhraseBook) -> list[str]:
    """Sentences that mean a phrase, one for each of its variants; none where a type of the project's own is needed."""
    found = []
    for variant in notation.expand(phrase.pattern, book.types()):
        if any(part.hole is Hole.TYPED for part in variant.parts):
            continue
        words = [_SAMPLES[part.hole] if part.hole is not None else part.word for part in variant.parts]
        quoted = [f'"{word}"' if part.is_quoted else word for word, part in zip(words, variant.parts, strict=True)]
        found.append(" ".join(quoted))
    return found


_SAMPLES = {
    Hole.TEXT: '"x"',
    Hole.PAYLOAD: '"x"',
    Hole.NUMBER: "1",
    Hole.DURATION: "1 second",
    Hole.STEP: "I proceed further",
    Hole.TYPED: "",
}


def expand(composite: Composite, match: Match, ends_in_payload: Callable[[str], bool]) -> list[Step]:
    """The steps that a sentence stands for, its values filled in as they were written.

    ends_in_payload(sentence): whether its last text is taken as it is, without escapes.
    """
    values = written(match)
    absent = {name for name, value in values.items() if value is None}
    made = []
    for step in composite.steps:
        parts = [str(step.name), *(cell for row in _rows(step) or () for cell in row), str(step.text or "")]
        if any((hole[1] or hole[2]) in absent for part in parts for hole in _HOLE.finditer(part)):
            continue
        text = None if step.text is None else _fill_text(str(step.text), values)
        rows = _rows(step)
        table = rows and [[_fill_text(cell, values) for cell in row] for row in rows]
        name = _fill(str(step.name), values)
        last = _LAST_HOLE.search(str(step.name))
        if last and last[1] in values and "\\" in name and ends_in_payload(name):
            name = _fill(str(step.name)[: last.start()], values) + f'"{values[last[1]]}"'
        below = engine.make_step(name, str(step.filename), step.line, table, text)
        below.keyword, below.step_type = step.keyword, step.step_type
        made.append(below)
    return made


def written(match: Match) -> dict[str, str | None]:
    """The arguments of a sentence as they would be written again; None for what was left out."""
    found: dict[str, str | None] = {}
    holes = _BARE_HOLE.findall(match.phrase.pattern)
    durations = {name for name, kind in holes if kind == "d" or (name == "d" and not kind)}
    for name, value in match.arguments.items():
        if value is None or isinstance(value, str):
            found[name] = value
        elif isinstance(value, Raw):
            found[name] = value.text
        else:
            is_whole = isinstance(value, float) and value.is_integer()
            found[name] = f"{int(value) if is_whole else value}{' seconds' if name in durations else ''}"
    return found


class CompositeCall:
    """A sentence that stands for others: carries them out, one after the other."""

    __slots__ = ("is_user", "match", "needs_loop", "steps")

    def __init__(self, match: Match, steps: Sequence[tuple[Step, Call | UserCall | CompositeCall]]) -> None:
        self.match = match
        self.steps = tuple(steps)
        self.is_user: bool = any(call.is_user for _, call in steps)
        self.needs_loop: bool = any(call.needs_loop for _, call in steps)

    def __call__(self, context: EngineContext) -> None:
        frame = context._stack[0]
        before = frame.get("text"), frame.get("table")
        try:
            for step, call in self.steps:
                frame["text"], frame["table"] = step.text, step.table
                try:
                    call(context)
                except ApitestError as error:
                    raise located(error, step) from None
        finally:
            frame["text"], frame["table"] = before


def located(error: ApitestError, step: Step) -> ApitestError:
    """The same error, saying in which sentence inside another it happened."""
    if not isinstance(error, ScenarioSkipped):
        error.message = f"{error.message} (in: {step.keyword} {step.name}, {shown(Path(step.filename))}:{step.line})"
    return error


def _rows(step: Step) -> list[list[str]] | None:
    if step.table is None:
        return None
    return [list(step.table.headings), *(list(row.cells) for row in step.table)]


def _fill(sentence: str, values: Mapping[str, str | None]) -> str:
    """Values into a sentence; between quotes they are escaped, unless the text is the payload at its end."""

    def value(found: re.Match[str]) -> str:
        text = values.get(found[1] or found[2])
        if text is None:
            return found[0]
        if found[1]:
            return f'"{sentences.escape(text)}"'
        is_inside = len(re.findall(r'(?<!\\)"', sentence[: found.start()])) % 2 == 1
        return sentences.escape(text) if is_inside else text

    return _HOLE.sub(value, sentence)


def _fill_text(text: str, values: Mapping[str, str | None]) -> str:
    """Values into a doc string or a cell; in JSON they are escaped between quotes."""
    is_json = text.lstrip()[:1] in ("{", "[") and len(text.lstrip()) > 1 and not _HOLE.fullmatch(text.strip())

    def value(found: re.Match[str]) -> str:
        filled = values.get(found[1] or found[2])
        if filled is None:
            return found[0]
        if found[1]:
            return f'"{sentences.escape(filled) if is_json else filled}"'
        return filled

    return _HOLE.sub(value, text)
