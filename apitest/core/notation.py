"""The notation of phrases: a pattern such as `path "{path}" has[ only] the keys "{list}"` -> its variants, each a plain
row of words and holes.

    "{x}"          quoted text                     {n} {m} {n:count}     number
    "{x...}"       rest of the line, raw           {d} {d:limit}         duration
    {step...}      rest of the line, a sentence    {kind} {price:Money}  a registered type
    [ tail]        optional                        (a/b "{x}"/c)         one of these

A hole is `{name}` where the name is that of a type, or `{name:type}`.  Not here: reading sentences (`sentences.py`) and
finding the phrase for one (`phrases.py`).  Source: docs/apitest/writing-steps.md.
"""

from __future__ import annotations

import enum
import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from apitest.core import sentences
from apitest.errors import PhraseError


class Hole(enum.Enum):
    """What a hole takes."""

    TEXT = "text"
    PAYLOAD = "payload"
    NUMBER = "number"
    DURATION = "duration"
    STEP = "step"
    TYPED = "typed"


@dataclass(frozen=True, slots=True)
class PhraseType:
    """A type of hole.  Either `regex` (matched against the bare sentence) with `convert`, or `choices`, texts of which
    one must stand there; the value is then the text as written here."""

    name: str
    regex: re.Pattern[str] | None = None
    convert: Callable[[str], Any] = str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One place in a variant: a fixed word (`hole` is None), a fixed quoted text, or a hole."""

    word: str = ""
    hole: Hole | None = None
    name: str = ""
    type: PhraseType | None = None
    is_quoted: bool = False  # a fixed text in quotes


@dataclass(frozen=True, slots=True)
class Variant:
    """One expansion of a pattern.  constants: arguments that follow from the expansion itself (which alternative was
    taken, which holes are absent)."""

    parts: tuple[Part, ...]
    constants: Mapping[str, Any]
    text: str

    @property
    def words(self) -> list[str]:
        """The fixed words, with `"` for a quoted hole and `#` for another: what nearness is measured by."""
        return [
            part.word if part.hole is None else '"' if part.hole in (Hole.TEXT, Hole.PAYLOAD) else "#"
            for part in self.parts
        ]


NUMBER_NAMES = frozenset(("n", "m"))
DURATION_NAMES = frozenset(("d",))

_HOLE = re.compile(r"\{([A-Za-z_]\w*)(\.\.\.)?(?::(\w+))?\}")
_MARKS = re.compile("[\ue000-\uf8ff]")
_FIRST_MARK = 0xE000
_NOT_PLAIN = re.compile(r'["\\{}()\[\]]')
_ORDINAL = re.compile(r"^(?:st|nd|rd)\b")

# An expansion in the making: text with marks for holes, the holes, the constants.
_Piece = tuple[str, tuple[Part, ...], tuple[tuple[str, Any], ...]]


def expand(pattern: str, types: Mapping[str, PhraseType]) -> list[Variant]:
    """All variants of a pattern.

    Raises PhraseError, without a place, when the notation is broken.

        expand('(all/{n}) servers are healthy', {})   # two variants; `choice` is "all" or ""
    """
    if not pattern.strip():
        raise PhraseError("the phrase is empty")
    if _MARKS.search(pattern):
        raise PhraseError("the phrase has a character that is reserved (U+E000 to U+F8FF)")
    reader = _Reader(pattern, types)
    pieces = list(reader.sequence(""))
    if reader.position < len(pattern):
        raise PhraseError(f"`{pattern[reader.position]}` in column {reader.position + 1} closes nothing")
    names = sorted(reader.names)
    variants = []
    for text, holes, constants in pieces:
        parts = tuple(_parts(text, holes))
        _check(parts)
        given = [part.name for part in parts if part.hole is not None]
        if len(set(given)) < len(given):
            raise PhraseError("two holes have one name", "Each hole of a sentence needs a name of its own.")
        absent: dict[str, Any] = {name: None for name in names if name not in given}
        absent.update(constants)
        variants.append(Variant(parts, absent, text))
    return variants


def first_words(pattern: str) -> tuple[str, ...]:
    """The fixed words, two at most, with which every sentence of a pattern begins; cheap, the pattern may be broken.

    first_words('the URL is invoked[ as {name}]')   # ("the", "url")
    """
    plain = pattern[: found.start()] if (found := _NOT_PLAIN.search(pattern)) else pattern
    if len(plain) < len(pattern):
        plain = plain[: plain.rfind(" ") + 1]  # the last word may go on
    words = [token.value for token in sentences.tokenize(plain)]
    if len(plain) < len(pattern) and len(words) < 3 and words and words[-1] in sentences.PAIRED:
        words.pop()  # which the next word may change
    return tuple(words[:2])


class _Reader:
    """Recursive descent over a pattern; every method returns all expansions of what it read."""

    def __init__(self, pattern: str, types: Mapping[str, PhraseType]) -> None:
        self.pattern = pattern
        self.types = types
        self.position = 0
        self.names: set[str] = set()
        self.choices = 0
        self.marks = itertools.count(_FIRST_MARK)

    def sequence(self, stops: str) -> list[_Piece]:
        """Reads up to one of the stop signs, which stays unread."""
        pieces: list[_Piece] = [("", (), ())]
        while self.position < len(self.pattern):
            sign = self.pattern[self.position]
            more: list[_Piece]
            if sign in stops or sign in "]}":
                break
            if sign == "\\" and self.position + 1 < len(self.pattern):
                more = [(self.pattern[self.position + 1], (), ())]
                self.position += 2
            elif sign == "{" or self.pattern.startswith('"{', self.position):
                more = self.hole()
            elif sign == "[":
                more = self.optional()
            elif sign == "(" and self.is_choice():
                more = self.choice()
            else:
                more = [(sign, (), ())]
                self.position += 1
            pieces = [
                (text + other, holes + added, constants + fixed)
                for text, holes, constants in pieces
                for other, added, fixed in more
            ]
        return pieces

    def hole(self) -> list[_Piece]:
        """`{...}` or `"{...}"`."""
        is_quoted = self.pattern[self.position] == '"'
        found = _HOLE.match(self.pattern, self.position + is_quoted)
        if found is None:
            raise PhraseError(
                f"the hole in column {self.position + 1} is broken", 'Write "{name}", {n} or {name:type}.'
            )
        name, is_rest, type_name = found[1], bool(found[2]), found[3]
        if is_quoted and not self.pattern.startswith('"', found.end()):
            raise PhraseError(
                f'"{{{name}... shares its quotes with fixed words', f'A quoted hole stands alone: "{{{name}}}".'
            )
        self.position = found.end() + is_quoted
        self.names.add(name)
        if is_quoted:
            return [self.mark(Part(hole=Hole.PAYLOAD if is_rest else Hole.TEXT, name=name))]
        if is_rest:
            return [self.mark(Part(hole=Hole.STEP, name=name))]
        kind = type_name or name
        if kind in ("number", *NUMBER_NAMES):
            return [self.mark(Part(hole=Hole.NUMBER, name=name))]
        if kind in ("duration", *DURATION_NAMES):
            return [self.mark(Part(hole=Hole.DURATION, name=name))]
        known = self.types.get(kind)
        if known is None:
            raise PhraseError(
                f"{{{name}}} is of no known type",
                f'Write "{{{name}}}" for a quoted text, {{{name}:n}} for a number, {{{name}:d}} for a duration, or '
                f"make a type {kind!r} first. Types: {', '.join(['n', 'd', *sorted(self.types)])}.",
            )
        if known.choices:
            return [(text, (), ((name, text),)) for text in known.choices]
        return [self.mark(Part(hole=Hole.TYPED, name=name, type=known))]

    def mark(self, part: Part) -> _Piece:
        return chr(next(self.marks)), (part,), ()

    def optional(self) -> list[_Piece]:
        """`[...]`: there, or not."""
        opened = self.position
        self.position += 1
        inside = self.sequence("")
        self.close("]", opened)
        names = dict.fromkeys(name for piece in inside for name, _ in piece[2])
        return [*inside, ("", (), tuple((name, None) for name in names))]

    def choice(self) -> list[_Piece]:
        """`(a/b/c)`: the chosen fixed words become the argument `choice`, of a second group `choice_2`."""
        opened = self.position
        self.choices += 1
        name = "choice" if self.choices == 1 else f"choice_{self.choices}"
        pieces: list[_Piece] = []
        while True:
            self.position += 1
            for text, holes, constants in self.sequence("/)"):
                chosen = " ".join(_MARKS.sub(" ", text).split()).lower()
                pieces.append((text, holes, (*constants, (name, chosen))))
            if not self.pattern.startswith("/", self.position):
                break
        self.close(")", opened)
        return pieces

    def is_choice(self) -> bool:
        """Whether the parenthesis here has a slash of its own; without one it is plain text."""
        depth = 0
        for sign in self.pattern[self.position :]:
            depth += (sign in "([{") - (sign in ")]}")
            if sign == "/" and depth == 1:
                return True
            if depth == 0:
                break
        return False

    def close(self, sign: str, opened: int) -> None:
        if not self.pattern.startswith(sign, self.position):
            raise PhraseError(f"`{self.pattern[opened]}` in column {opened + 1} is not closed")
        self.position += 1


def _parts(text: str, holes: tuple[Part, ...]) -> Iterator[Part]:
    """The parts of one expansion: fixed words by the tokenizer of sentences, marks become their holes."""
    waiting = iter(holes)
    hole: Part | None = None
    for number, piece in enumerate(_MARKS.split(sentences.strip_colon(text))):
        if number:
            hole = next(waiting)
            yield hole
        if hole is not None and hole.hole is Hole.NUMBER:
            piece = _ORDINAL.sub("th", piece)
        for token in sentences.read_tokens(piece, len(piece)):
            if token.kind is sentences.Kind.UNCLOSED:
                raise PhraseError("a quote is not closed")
            yield Part(word=token.value, is_quoted=token.kind is sentences.Kind.TEXT)


def _check(parts: tuple[Part, ...]) -> None:
    """Rules that every variant keeps."""
    if not parts:
        raise PhraseError("the phrase is empty when its optional parts are left out")
    for part in parts[:-1]:
        if part.hole is Hole.PAYLOAD:
            raise PhraseError(f'"{{{part.name}...}}" must end the phrase', "It takes the rest of the line.")
        if part.hole is Hole.STEP:
            raise PhraseError(f"{{{part.name}...}} must end the phrase", "It takes the rest of the line.")
    if all(part.hole is not None for part in parts):
        raise PhraseError("the phrase has no fixed word", "Any sentence of that shape would match it.")
