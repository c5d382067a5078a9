"""Phrases and the book that finds the one a sentence means.

A phrase is a pattern (`notation.py`) with the function that carries it out.  The book keeps all variants of all phrases
in one tree of words, so that a match costs what the sentence is long, not what the book is big, and so that two phrases
that could mean one sentence are found when the second is added.  Not here: values of `#name` and the like
(`lookups.py`), and calling the function (`apitest/engine.py`).

Source: docs/apitest/writing-steps.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from apitest.core import nearest, old_suites, sentences
from apitest.core.notation import Hole, Part, PhraseType, Variant, expand
from apitest.core.sentences import Kind, Token
from apitest.errors import PhraseError

CACHED_SENTENCES = 20_000
"""Outlines repeat sentences thousands of times; beyond this many different ones the cache starts anew."""


@dataclass(frozen=True, slots=True)
class Raw:
    """A value as written, still to be looked up (`lookups.resolve_arguments`).

    kind: `text` (escapes undone), `payload` (as it stands), `number` or `duration` (a look-up that must give one), or
    `expression`, which is never looked up.
    """

    text: str
    kind: Literal["text", "payload", "number", "duration", "expression"] = "text"


@dataclass(frozen=True, slots=True, eq=False)
class Phrase:
    """One sentence of the language.

    keyword: the customary one, `given`, `when` or `then`; every phrase may follow any keyword.  family: the subject it
    belongs to, e.g. `http`.  needs: of `table` and `doc`, what must follow; takes: what may.  is_upstream: also known
    to old suites, whose unescaped quotes are then accepted.
    """

    pattern: str
    function: Callable[..., Any]
    keyword: str = "given"
    meaning: str = ""
    example: str = ""
    family: str = ""
    needs: frozenset[str] = frozenset()
    takes: frozenset[str] = frozenset()
    file: str = ""
    line: int = 0
    is_upstream: bool = False

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Match:
    """The phrase a sentence means.

    arguments: by the names of holes and choices.  Quoted texts and payloads are `Raw`; a number is an int or float and
    a duration a float of seconds, or `Raw` when a look-up stands there; `{step...}` is a text and `inner` its match;
    what is absent is None.  warning: not empty when the sentence was only understood by reading it loosely.
    """

    phrase: Phrase
    arguments: dict[str, Any]
    inner: Match | None = None
    warning: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """No phrase fits.  nearest: up to three that come close, best first.  reason: what is wrong, where that is plain.

    sentence: the one no phrase fits; for `{step...}` the one inside."""

    sentence: str
    nearest: tuple[Phrase, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """More than one phrase fits; the sentence is not run."""

    sentence: str
    phrases: tuple[Phrase, ...]


@dataclass(slots=True)
class _Node:
    """All phrases that begin with the same words and holes, up to here."""

    words: dict[str, _Node] = field(default_factory=dict)
    fixed_texts: dict[str, _Node] = field(default_factory=dict)
    text: _Node | None = None
    number: _Node | None = None
    duration: _Node | None = None
    typed: list[tuple[PhraseType, _Node]] = field(default_factory=list)
    ends: list[_Entry] = field(default_factory=list)  # phrases that are complete here
    payloads: list[_Entry] = field(default_factory=list)  # ... that take the rest as a payload
    steps: list[_Entry] = field(default_factory=list)  # ... that take the rest as a sentence


@dataclass(frozen=True, slots=True)
class _Entry:
    phrase: Phrase
    variant: Variant
    names: tuple[str, ...]


class PhraseBook:
    """The phrases in force.  base: a book whose phrases count too, e.g. the built-in ones below a project's own."""

    def __init__(self, base: PhraseBook | None = None, types: Iterable[PhraseType] = ()) -> None:
        self.base = base
        self._types: dict[str, PhraseType] = {kind.name: kind for kind in types}
        self._phrases: list[Phrase] = []
        self._entries: list[_Entry] = []
        self._root = _Node()
        self._cache: dict[str, Match | Unknown | Ambiguous] = {}
        self._cached_size = 0

    def __len__(self) -> int:
        return len(self._phrases) + (len(self.base) if self.base else 0)

    # Filling

    def add(self, phrase: Phrase) -> None:
        """Adds a phrase.

        Raises PhraseError, naming the places, when its pattern is broken, when its function takes other arguments than
        the pattern gives, or when one sentence could mean it and a phrase that is already here.
        """
        try:
            variants = expand(phrase.pattern, self.types())
        except PhraseError as error:
            raise PhraseError(f"{phrase.place}: {error.message}\n  {phrase.pattern}", error.hint) from None
        _check_function(phrase, variants)
        for variant in variants:
            for other, witness in self._overlaps(variant):
                raise PhraseError(
                    f"two phrases could mean one sentence: {witness}\n"
                    f"  {phrase.place}  {phrase.pattern}\n  {other.place}  {other.pattern}",
                    "Give one of them words of its own before the place where they part.",
                )
        for variant in variants:
            names = tuple(part.name for part in variant.parts if part.hole is not None)
            entry = _Entry(phrase, variant, names)
            self._entries.append(entry)
            _insert(self._root, entry)
        self._phrases.append(phrase)

    def add_type(self, kind: PhraseType) -> None:
        """Makes a type of hole known to the phrases that are added after it."""
        known = self.types().get(kind.name)
        if known is not None and known != kind:
            raise PhraseError(f"the type {kind.name!r} exists already")
        self._types[kind.name] = kind

    def types(self) -> Mapping[str, PhraseType]:
        return {**self.base.types(), **self._types} if self.base else self._types

    # Asking

    def match(self, sentence: str) -> Match | Unknown | Ambiguous:
        """What a sentence means; it comes without its keyword."""
        size = len(self)
        if size != self._cached_size or len(self._cache) > CACHED_SENTENCES:
            self._cache.clear()
            self._cached_size = size
        found = self._cache.get(sentence)
        if found is None:
            found = self._cache[sentence] = self._match(sentence)
        return found

    def phrases(self) -> list[Phrase]:
        """All phrases, those of the base first, each in the order in which it was added."""
        return [*(self.base.phrases() if self.base else ()), *self._phrases]

    def search(self, words: str) -> list[Phrase]:
        """The phrases that have all these words in pattern, meaning, example or family, in the order of `phrases`."""
        wanted = words.lower().split()
        found = []
        for phrase in self.phrases():
            text = f"{phrase.pattern} {phrase.meaning} {phrase.example} {phrase.family}".lower()
            if all(word in text for word in wanted):
                found.append(phrase)
        return found

    # Inside

    def _match(self, sentence: str, is_inner: bool = False) -> Match | Unknown | Ambiguous:
        tokens = sentences.tokenize(sentence)
        found = self._find(sentence, tokens)
        phrases = list(dict.fromkeys(entry.phrase for entry, _ in found))
        if len(phrases) > 1:
            return Ambiguous(sentence, tuple(phrases))
        if not phrases:
            return self._match_loosely(sentence) or self._unknown(sentence, tokens)
        entry, values = found[0]
        arguments = {**entry.variant.constants, **dict(zip(entry.names, values, strict=True))}
        for name in entry.names:
            value = arguments[name]
            if name == "expression" and isinstance(value, Raw):
                arguments[name] = Raw(value.text, "expression")
        if entry.variant.parts[-1].hole is not Hole.STEP:
            return Match(entry.phrase, arguments)
        inner_sentence = values[-1]
        inner = self._match(inner_sentence, is_inner=True)
        if isinstance(inner, Match) and inner.inner is None and not is_inner:
            return Match(entry.phrase, arguments, inner, inner.warning)
        if not isinstance(inner, Match):
            return inner
        return Unknown(sentence, (), f"`{inner_sentence}` takes a sentence itself; only one may be inside another")

    def _find(self, sentence: str, tokens: list[Token]) -> list[tuple[_Entry, tuple[Any, ...]]]:
        found: list[tuple[_Entry, tuple[Any, ...]]] = []
        _walk(self._root, sentences.strip_colon(sentence), tokens, 0, (), found)
        if self.base is not None:
            found += self.base._find(sentence, tokens)
        return found

    def _match_loosely(self, sentence: str) -> Match | None:
        """The reading of an old suite, where there is exactly one."""
        if sentence.count('"') < 3:
            return None
        tokens = old_suites.split(sentence)
        found: dict[Phrase, tuple[_Entry, list[tuple[int, int]]]] = {}
        for entry in self._all_entries():
            if (
                entry.phrase.is_upstream
                and entry.variant.parts[0].word == tokens[0].value
                and entry.phrase not in found
            ):
                spans = old_suites.read(entry.variant.parts, tokens)
                if spans is not None:
                    found[entry.phrase] = entry, spans
        if len(found) != 1:
            return None
        entry, spans = next(iter(found.values()))
        values = [Raw(sentence[start:end]) for start, end in spans]
        arguments = {**entry.variant.constants, **dict(zip(entry.names, values, strict=True))}
        warning = f'quotes inside a value are written \\": {old_suites.rewrite(sentence, spans)}'
        return Match(entry.phrase, arguments, warning=warning)

    def _unknown(self, sentence: str, tokens: list[Token]) -> Unknown:
        words = [
            '"' if token.kind in (Kind.TEXT, Kind.UNCLOSED) else token.value if token.kind is Kind.WORD else "#"
            for token in tokens
        ]
        known = [
            (entry.phrase, entry.variant.words, entry.variant.parts[-1].hole in (Hole.PAYLOAD, Hole.STEP))
            for entry in self._all_entries()
        ]
        return Unknown(sentence, tuple(nearest.rows(words, known)), _broken_quote(tokens))

    def _all_entries(self) -> list[_Entry]:
        return [*(self.base._all_entries() if self.base else ()), *self._entries]

    def _overlaps(self, variant: Variant) -> Iterator[tuple[Phrase, str]]:
        yield from _overlaps(self._root, variant.parts, 0, False, [])
        if self.base is not None:
            yield from self.base._overlaps(variant)


def _check_function(phrase: Phrase, variants: list[Variant]) -> None:
    """A function must take what its phrase gives: `f(ctx, **arguments)`."""
    code = getattr(phrase.function, "__code__", None)
    if code is None or code.co_flags & 0x08:  # 0x08: takes **anything
        return
    taken = set(code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount])
    given = {part.name for part in variants[0].parts if part.hole is not None} | set(variants[0].constants)
    name = getattr(phrase.function, "__name__", "the function")
    if missing := given - taken:
        raise PhraseError(
            f"{phrase.place}: {name} has no argument {', '.join(sorted(missing))}\n  {phrase.pattern}",
            f"The phrase gives: ctx, {', '.join(sorted(given))}.",
        )
    defaults = len(phrase.function.__defaults__ or ())
    required = set(code.co_varnames[1 : code.co_argcount - defaults])
    if extra := required - given:
        raise PhraseError(
            f"{phrase.place}: {name} wants {', '.join(sorted(extra))}, which the phrase lacks\n  {phrase.pattern}",
            f"The phrase gives: ctx, {', '.join(sorted(given))}.",
        )


def _insert(node: _Node, entry: _Entry) -> None:
    after_number = False
    for part in entry.variant.parts:
        if part.hole is Hole.PAYLOAD:
            node.payloads.append(entry)
            return
        if part.hole is Hole.STEP:
            node.steps.append(entry)
            return
        node = _child(node, part, after_number)
        after_number = after_number or part.hole is Hole.NUMBER
    node.ends.append(entry)


def _child(node: _Node, part: Part, after_number: bool) -> _Node:
    """The node below for this part, made when missing.  After a number a word stands for its singular and plural."""
    if part.hole is Hole.TEXT:
        node.text = node.text or _Node()
        return node.text
    if part.hole is Hole.NUMBER:
        node.number = node.number or _Node()
        return node.number
    if part.hole is Hole.DURATION:
        node.duration = node.duration or _Node()
        return node.duration
    if part.hole is Hole.TYPED:
        assert part.type is not None
        for kind, child in node.typed:
            if kind == part.type:
                return child
        child = _Node()
        node.typed.append((part.type, child))
        return child
    if part.is_quoted:
        return node.fixed_texts.setdefault(part.word, _Node())
    forms = sentences.number_forms(part.word) if after_number else (part.word,)
    known = next((node.words[form] for form in forms if form in node.words), None) or _Node()
    for form in forms:
        node.words.setdefault(form, known)
    return known


def _walk(
    node: _Node,
    sentence: str,
    tokens: list[Token],
    index: int,
    values: tuple[Any, ...],
    found: list[tuple[_Entry, tuple[Any, ...]]],
) -> None:
    """Collects every entry that fits tokens[index:], with the values of its holes."""
    if index == len(tokens):
        found.extend((entry, values) for entry in node.ends)
        return
    token = tokens[index]
    kind, value, after = token.kind, token.value, index + 1
    if kind is Kind.TEXT or kind is Kind.UNCLOSED:
        if kind is Kind.TEXT:
            if node.text is not None:
                _walk(node.text, sentence, tokens, after, (*values, Raw(value)), found)
            if value in node.fixed_texts:
                _walk(node.fixed_texts[value], sentence, tokens, after, values, found)
        if node.payloads and sentence[-1] == '"' and len(sentence) > token.start + 1:
            payload = Raw(sentence[token.start + 1 : -1], "payload")
            found.extend((entry, (*values, payload)) for entry in node.payloads)
    else:
        child = node.words.get(value)
        if child is not None:
            _walk(child, sentence, tokens, after, values, found)
    if kind is not Kind.WORD and kind is not Kind.UNCLOSED:
        if node.number is not None:
            number = sentences.parse_number(value)
            if number is not None:
                _walk(node.number, sentence, tokens, after, (*values, number), found)
            elif sentences.is_lookup(value):
                _walk(node.number, sentence, tokens, after, (*values, Raw(value, "number")), found)
        if node.duration is not None:
            if kind is Kind.NUMBER and after < len(tokens) and tokens[after].kind is Kind.WORD:
                value, after = f"{value} {tokens[after].value}", after + 1
            seconds = sentences.parse_duration(value)
            if seconds is not None:
                _walk(node.duration, sentence, tokens, after, (*values, seconds), found)
            elif sentences.is_lookup(value):
                _walk(node.duration, sentence, tokens, after, (*values, Raw(value, "duration")), found)
    for phrase_type, child in node.typed:
        _walk_typed(phrase_type, child, sentence, tokens, index, values, found)
    if node.steps:
        found.extend((entry, (*values, sentence[token.start :])) for entry in node.steps)


def _walk_typed(
    kind: PhraseType,
    child: _Node,
    sentence: str,
    tokens: list[Token],
    index: int,
    values: tuple[Any, ...],
    found: list[tuple[_Entry, tuple[Any, ...]]],
) -> None:
    """A type may take several words: what its regex matches must end where a token ends."""
    assert kind.regex is not None
    hit = kind.regex.match(sentence, tokens[index].start)
    if hit is None or hit.end() == hit.start():
        return
    for after in range(index, len(tokens)):
        if tokens[after].end == hit.end():
            _walk(child, sentence, tokens, after + 1, (*values, kind.convert(hit[0])), found)
            return


def _broken_quote(tokens: list[Token]) -> str:
    for token in tokens:
        if token.kind is Kind.UNCLOSED:
            return f'the text from column {token.start + 1} on has no closing quote (a quote inside is written \\")'
    return ""


# Overlap: is there a sentence that fits both a variant and a phrase of the tree?  The tree is walked with the parts of
# the variant instead of tokens.  Every pair below names what both sides can take:
#
#            word          text     number        duration          typed
#   word     equal         -        3             3 (and a unit)    regex fits
#   text                   any      "3"           "3 s"             -
#   number                          any           #look-up, 3 s     same type
#   duration                                      any               same type
#   payload takes whatever starts and ends with a quote, a sentence inside takes whatever there is.

_QUOTABLE = (Hole.TEXT, Hole.PAYLOAD, Hole.NUMBER, Hole.DURATION)


def _overlaps(
    node: _Node, parts: tuple[Part, ...], index: int, after_number: bool, seen: list[str]
) -> Iterator[tuple[Phrase, str]]:
    """The phrases below `node` that share a sentence with parts[index:], each with such a sentence."""
    if index == len(parts):
        for entry in node.ends:
            yield entry.phrase, " ".join(seen)
        return
    part, after = parts[index], index + 1
    rest = [*seen, *(_sample(other) for other in parts[index:])]
    if node.steps:
        yield node.steps[0].phrase, " ".join(rest)
    if node.payloads and _may_be_quoted(part) and _may_be_quoted(parts[-1], at_end=True):
        yield node.payloads[0].phrase, " ".join(rest)
    if part.hole is Hole.PAYLOAD or part.hole is Hole.STEP:
        for entry, words in _endings(node, part.hole is Hole.PAYLOAD):
            yield entry.phrase, " ".join((*seen, *words))
        return

    def onward(child: _Node | None, sample: str, parts_taken: int = 1) -> Iterator[tuple[Phrase, str]]:
        if child is not None:
            is_number = after_number or part.hole is Hole.NUMBER
            yield from _overlaps(child, parts, index + parts_taken, is_number, [*seen, sample])

    child: _Node | None

    unit = parts[after].word if after < len(parts) and parts[after].word in sentences.UNITS else ""
    if part.hole is Hole.TEXT:
        yield from onward(node.text, '"x"')
        yield from onward(node.number, '"3"')
        yield from onward(node.duration, '"3 s"')
        for text, child in node.fixed_texts.items():
            yield from onward(child, f'"{text}"')
    elif part.hole is Hole.NUMBER:
        yield from onward(node.number, "3")
        yield from onward(node.text, '"3"')
        yield from onward(node.duration, "#n")
        if unit:
            yield from onward(node.duration, f"3 {unit}", 2)
        for word, child in _numeric(node.words):
            yield from onward(child, word)
        for text, child in _numeric(node.fixed_texts):
            yield from onward(child, f'"{text}"')
    elif part.hole is Hole.DURATION:
        yield from onward(node.duration, "3 s")
        yield from onward(node.text, '"3 s"')
        yield from onward(node.number, "#d")
        for number, child in [*_numeric(node.words), ("3", node.number)]:
            for word, last in child.words.items() if child else ():
                if word in sentences.UNITS:
                    yield from onward(last, f"{number} {word}")
    elif part.hole is Hole.TYPED:
        for kind, child in node.typed:
            if kind == part.type:
                yield from onward(child, f"<{kind.name}>")
        for word, child in node.words.items():
            if part.type is not None and part.type.regex is not None and part.type.regex.fullmatch(word):
                yield from onward(child, word)
    elif part.is_quoted:
        yield from onward(node.fixed_texts.get(part.word), f'"{part.word}"')
        yield from onward(node.text, f'"{part.word}"')
        if sentences.parse_number(part.word) is not None:
            yield from onward(node.number, f'"{part.word}"')
        if sentences.parse_duration(part.word) is not None:
            yield from onward(node.duration, f'"{part.word}"')
    else:
        forms = sentences.number_forms(part.word) if after_number else (part.word,)
        children = {id(node.words[form]): node.words[form] for form in forms if form in node.words}
        for child in children.values():
            yield from onward(child, part.word)
        if sentences.parse_number(part.word) is not None:
            yield from onward(node.number, part.word)
            if unit:
                yield from onward(node.duration, f"{part.word} {unit}", 2)
        for kind, child in node.typed:
            if kind.regex is not None and kind.regex.fullmatch(part.word):
                yield from onward(child, part.word)


def _endings(node: _Node, is_quoted: bool, is_first: bool = True) -> Iterator[tuple[_Entry, list[str]]]:
    """The entries below `node` that take at least one more token; is_quoted: only those that start and end with a
    quote."""
    for entry in [*node.payloads, *(() if is_quoted and is_first else node.steps)]:
        yield entry, ['"x"']
    below: list[tuple[_Node, str, bool]] = []
    for child, sample, may_quote in (
        (node.text, '"x"', True),
        (node.number, '"3"', True),
        (node.duration, '"3 s"', True),
        *((child, f'"{text}"', True) for text, child in node.fixed_texts.items()),
        *((child, word, False) for word, child in node.words.items()),
        *((child, f"<{kind.name}>", False) for kind, child in node.typed),
    ):
        if child is not None and (may_quote or not is_quoted or not is_first):
            below.append((child, sample, may_quote))
    for child, sample, may_quote in below:
        if may_quote or not is_quoted:
            for entry in child.ends:
                yield entry, [sample]
        for entry, words in _endings(child, is_quoted, False):
            yield entry, [sample, *words]


def _may_be_quoted(part: Part, at_end: bool = False) -> bool:
    return part.hole in _QUOTABLE or part.is_quoted or (at_end and part.hole is Hole.STEP)


def _numeric(words: Mapping[str, _Node]) -> list[tuple[str, _Node | None]]:
    return [(word, child) for word, child in words.items() if sentences.parse_number(word) is not None]


def _sample(part: Part) -> str:
    """Something that fits a part, to show."""
    if part.hole is None:
        return f'"{part.word}"' if part.is_quoted else part.word
    return {Hole.NUMBER: "3", Hole.DURATION: "3 s", Hole.STEP: "..."}.get(part.hole, '"x"')
