"""Phrases and the book that finds the one a sentence means.

A phrase is a pattern (`notation.py`) with the function that carries it out.  The book keeps all variants of all phrases
in one tree of words (`phrase_tree.py`), so that a match costs what the sentence is long, not what the book is big, and
so that two phrases that could mean one sentence are found when the second is added.  Not here: values of `#name` and
the like (`lookups.py`), and calling the function (`apitest/engine.py`).

Source: docs/apitest/writing-steps.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from apitest.core import nearest, old_suites, sentences
from apitest.core.notation import Hole, PhraseType, Variant, expand, first_words
from apitest.core.phrase_tree import Entry, Node, Raw, insert, overlaps, walk
from apitest.core.sentences import Kind, Token
from apitest.errors import PhraseError

__all__ = ["Ambiguous", "Match", "Phrase", "PhraseBook", "Raw", "Unknown"]

CACHED_SENTENCES = 20_000
"""Outlines repeat sentences thousands of times; beyond this many different ones the cache starts anew."""


@dataclass(frozen=True, slots=True, eq=False)
class Phrase:
    """One sentence of the language.

    keyword: the customary one, `given`, `when` or `then`; every phrase may follow any keyword.  family: the subject it
    belongs to, e.g. `http`.  needs: of `table` and `doc`, what must follow; takes: what may.  inner: `sentences` where
    the doc string holds sentences, `rows` where these have holes like `<name>`, `scenario` where the phrase runs
    another scenario.  is_upstream: also known to old suites, whose unescaped quotes are then accepted.
    """

    pattern: str
    function: Callable[..., Any]
    keyword: str = "given"
    meaning: str = ""
    example: str = ""
    family: str = ""
    needs: frozenset[str] = frozenset()
    takes: frozenset[str] = frozenset()
    inner: str = ""
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


class PhraseBook:
    """The phrases in force.

    base: a book whose phrases count too, e.g. the built-in ones below a project's own.  is_lazy: a phrase is read when
    the first sentence with its first words comes, and is checked against the others by `check` alone.

    PERF reading and checking a phrase costs 0.3 ms, importing a family 1 to 5; a run meets few of those that ship.
    """

    def __init__(
        self, base: PhraseBook | None = None, types: Iterable[PhraseType] = (), *, is_lazy: bool = False
    ) -> None:
        self.base = base
        self._is_lazy = is_lazy
        self._waiting: dict[tuple[str, ...], list[Phrase]] = {}  # by their first words
        self._families: set[str] = set()  # not loaded yet
        self._families_by_words: Mapping[str, str] = {}
        self._load: Callable[[str], object] = str
        self._types: dict[str, PhraseType] = {kind.name: kind for kind in types}
        self._phrases: list[Phrase] = []
        self._entries: list[Entry] = []
        self._root = Node()
        self._cache: dict[str, Match | Unknown | Ambiguous] = {}
        self._cached_size = 0

    def __len__(self) -> int:
        return len(self.phrases())

    # Filling

    def add(self, phrase: Phrase) -> None:
        """Adds a phrase.

        Raises PhraseError, naming the places, when its pattern is broken, when its function takes other arguments than
        the pattern gives, or when one sentence could mean it and a phrase that is already here.  A lazy book leaves
        that to `check`.
        """
        if self._is_lazy:
            self._waiting.setdefault(first_words(phrase.pattern), []).append(phrase)
            self._phrases.append(phrase)
            return
        variants = self._read(phrase)
        for variant in variants:
            for other, witness in self._overlaps(variant):
                raise PhraseError(
                    f"two phrases could mean one sentence: {witness}\n"
                    f"  {phrase.place}  {phrase.pattern}\n  {other.place}  {other.pattern}",
                    "Give one of them words of its own before the place where they part.",
                )
        self._insert(phrase, variants)
        self._phrases.append(phrase)

    def fill_on_demand(
        self, families: Iterable[str], families_by_words: Mapping[str, str], load: Callable[[str], object]
    ) -> None:
        """Phrases come from families, which `load` adds when a sentence asks for one.

        families_by_words: what `first_words` gave.  Where it knows too little, an unknown sentence loads all families.
        """
        self._families.update(families)
        self._families_by_words = families_by_words
        self._load = load

    def load_families(self, names: Iterable[str] | None = None) -> bool:
        """Loads these families, or all; False where none was left to load."""
        left = sorted(self._families if names is None else self._families.intersection(names))
        for name in left:
            self._load(name)
            self._families.discard(name)
        return bool(left)

    def first_words(self) -> dict[str, str]:
        """The first two words of sentences -> the families to load for them; `#` stands for what is no word."""
        found: dict[str, set[str]] = {}
        for phrase in self.phrases():
            for variant in expand(phrase.pattern, self.types()):
                found.setdefault(" ".join(_first_shapes(variant)), set()).add(phrase.family)
        return {words: " ".join(sorted(found[words])) for words in sorted(found)}

    def check(self) -> None:
        """Raises PhraseError where adding the phrases of this lazy book to another one would."""
        self.load_families()
        book = PhraseBook(self.base, self._types.values())
        for phrase in self._phrases:
            book.add(phrase)

    def add_type(self, kind: PhraseType) -> None:
        """Makes a type of hole known to the phrases that are added after it."""
        known = self.types().get(kind.name)
        if known is not None and known != kind:
            raise PhraseError(f"the type {kind.name!r} exists already")
        self._types[kind.name] = kind

    def types(self) -> Mapping[str, PhraseType]:
        return {**self.base.types(), **self._types} if self.base is not None else self._types

    # Asking

    def match(self, sentence: str) -> Match | Unknown | Ambiguous:
        """What a sentence means; it comes without its keyword."""
        size = self._size()
        if size != self._cached_size or len(self._cache) > CACHED_SENTENCES:
            self._cache.clear()
            self._cached_size = size
        found = self._cache.get(sentence)
        if found is None:
            found = self._cache[sentence] = self._match(sentence)
        return found

    def phrases(self) -> list[Phrase]:
        """All phrases, those of the base first, each in the order in which it was added."""
        self.load_families()
        return [*(self.base.phrases() if self.base is not None else ()), *self._phrases]

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

    def _size(self) -> int:
        return len(self._phrases) + (self.base._size() if self.base is not None else 0)

    def _load_rest(self) -> bool:
        """Loads what no sentence has asked for yet; whether there was any."""
        is_more = self.base._load_rest() if self.base is not None else False
        return self.load_families() or is_more

    def _match(self, sentence: str, is_inner: bool = False) -> Match | Unknown | Ambiguous:
        tokens = sentences.tokenize(sentence)
        found = self._find(sentence, tokens)
        phrases = list(dict.fromkeys(entry.phrase for entry, _ in found))
        if len(phrases) > 1:
            return Ambiguous(sentence, tuple(phrases))
        if not phrases:
            if self._load_rest():
                return self._match(sentence, is_inner)
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

    def _read(self, phrase: Phrase) -> list[Variant]:
        try:
            variants = expand(phrase.pattern, self.types())
        except PhraseError as error:
            raise PhraseError(f"{phrase.place}: {error.message}\n  {phrase.pattern}", error.hint) from None
        _check_function(phrase, variants)
        return variants

    def _insert(self, phrase: Phrase, variants: list[Variant]) -> None:
        for variant in variants:
            names = tuple(part.name for part in variant.parts if part.hole is not None)
            entry = Entry(phrase, variant, names)
            self._entries.append(entry)
            insert(self._root, entry)

    def _wake(self, keys: Iterable[tuple[str, ...]]) -> None:
        """Reads the phrases that wait under these first words."""
        for key in keys:
            for phrase in self._waiting.pop(key, ()):
                self._insert(phrase, self._read(phrase))

    def _find(self, sentence: str, tokens: list[Token]) -> list[tuple[Entry, tuple[Any, ...]]]:
        if self._families:
            shapes = [token.value if token.kind is Kind.WORD else "#" for token in tokens[:2]]
            for key in ("", *shapes[:1], " ".join(shapes)):
                self.load_families(self._families_by_words.get(key, "").split())
        if self._waiting:
            words = [token.value for token in tokens[:2]]
            self._wake(((), tuple(words[:1]), tuple(words)))
        found: list[tuple[Entry, tuple[Any, ...]]] = []
        walk(self._root, sentences.strip_colon(sentence), tokens, 0, (), found)
        if self.base is not None:
            found += self.base._find(sentence, tokens)
        return found

    def _match_loosely(self, sentence: str) -> Match | None:
        """The reading of an old suite, where there is exactly one."""
        if sentence.count('"') < 3:
            return None
        tokens = old_suites.split(sentence)
        found: dict[Phrase, tuple[Entry, list[tuple[int, int]]]] = {}
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

    def _all_entries(self) -> list[Entry]:
        self._wake([*self._waiting])
        return [*(self.base._all_entries() if self.base is not None else ()), *self._entries]

    def _overlaps(self, variant: Variant) -> Iterator[tuple[Phrase, str]]:
        if self._families:
            shapes = _first_shapes(variant)
            for key, names in self._families_by_words.items():
                if all(map(str.__eq__, key.split(), shapes)):
                    self.load_families(names.split())
        first = _plain_words(variant)
        self._wake([key for key in self._waiting if all(map(str.__eq__, key, first))])
        yield from overlaps(self._root, variant.parts, 0, False, [])
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


def _first_shapes(variant: Variant) -> list[str]:
    """The first two words of a variant's sentences, `#` where no word stands; up to a hole that may take either."""
    shapes = []
    for part in variant.parts[:2]:
        if part.hole in (Hole.TYPED, Hole.STEP):
            break
        is_word = part.hole is None and not part.is_quoted and sentences.parse_number(part.word) is None
        shapes.append(part.word if is_word else "#")
        if part.hole is Hole.DURATION:
            break  # of one or two words
    return shapes


def _plain_words(variant: Variant) -> list[str]:
    """The words a variant begins with, up to the first part that another spelling fits, too."""
    words = []
    for part in variant.parts:
        if part.hole is not None or part.is_quoted or sentences.parse_number(part.word) is not None:
            break
        words.append(part.word)
    return words


def _broken_quote(tokens: list[Token]) -> str:
    for token in tokens:
        if token.kind is Kind.UNCLOSED:
            return f'the text from column {token.start + 1} on has no closing quote (a quote inside is written \\")'
    return ""
