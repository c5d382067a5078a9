"""The decorators, and what every sentence that ships must keep: any filling of it fits it and no other."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from typing import Any

import pytest

import apitest.steps  # noqa: F401 -- fills the catalogue
from apitest import catalogue
from apitest.catalogue import BUILT_IN, collecting, generator, matcher, step, user_step
from apitest.core import markers, sentences
from apitest.core.notation import Hole, Part, expand
from apitest.core.phrases import Match, Phrase, PhraseBook, Unknown
from apitest.errors import PhraseError

TEXTS = ("", "x", "7", "a is b", "x under y, using c", 'say "hi"', "\\", "#name", "~uuid", "/a/b", "it's (x/y)", "a:")
PAYLOADS = (*TEXTS, '{"a": "b", "is": ""}', '" is "', '"', '", using "c')
NUMBERS = ("3", "1", '"3"', "-1.5", "1_000", "#n", '"#{n}"')
DURATIONS = ("5 seconds", "200ms", '"1 hour"', "#d", '"@wait"')
SENTENCES = ('status is "200"',)


def fillings(part: Part) -> tuple[str, ...]:
    if part.hole is None:
        return (f'"{part.word}"' if part.is_quoted else part.word,)
    if part.hole is Hole.TEXT:
        return tuple(f'"{sentences.escape(text)}"' for text in TEXTS)
    if part.hole is Hole.PAYLOAD:
        return tuple(f'"{text}"' for text in PAYLOADS)
    if part.hole is Hole.NUMBER:
        return NUMBERS
    if part.hole is Hole.DURATION:
        return DURATIONS
    if part.hole is Hole.STEP:
        return SENTENCES
    return ("x1",)


def hostile_sentences(phrase: Phrase) -> Iterator[str]:
    """Every variant, every hole with every filling at least once, the others at random but always the same."""
    chance = random.Random(phrase.pattern)
    for variant in expand(phrase.pattern, BUILT_IN.types()):
        choices = [fillings(part) for part in variant.parts]
        for turn in range(max(map(len, choices))):
            yield " ".join(options[turn] if turn < len(options) else chance.choice(options) for options in choices)


@pytest.mark.parametrize("phrase", BUILT_IN.phrases(), ids=lambda phrase: phrase.pattern)
def test_any_filling_fits_this_sentence_and_no_other(phrase: Phrase) -> None:
    for sentence in hostile_sentences(phrase):
        for written in (sentence, sentence + ":", upper_outside_quotes(sentence)):
            found = BUILT_IN.match(written)
            assert isinstance(found, Match), (written, found)
            assert found.phrase is phrase and not found.warning, (written, found.phrase.pattern)


@pytest.mark.parametrize("phrase", BUILT_IN.phrases(), ids=lambda phrase: phrase.pattern)
def test_every_sentence_says_what_it_means_with_an_example_that_fits(phrase: Phrase) -> None:
    assert phrase.meaning and phrase.family and phrase.line
    found = BUILT_IN.match(phrase.example)
    assert isinstance(found, Match) and found.phrase is phrase, found


def test_there_are_sentences() -> None:
    assert len(BUILT_IN) > 0


def upper_outside_quotes(sentence: str) -> str:
    """The same with its fixed words in capitals; what may be a look-up keeps its case, and a payload must not be cut
    at its quotes."""
    tokens = sentences.tokenize(sentence)
    pieces, position = [], 0
    for token in itertools.takewhile(lambda token: token.kind is not sentences.Kind.UNCLOSED, tokens):
        if token.kind is sentences.Kind.TEXT:
            break
        if token.kind is sentences.Kind.WORD:
            pieces += [sentence[position : token.start], sentence[token.start : token.end].upper()]
            position = max(position, token.end)
    return "".join([*pieces, sentence[position:]])


def test_no_two_sentences_of_the_library_could_mean_one() -> None:
    BUILT_IN.check()


# The decorators


@pytest.fixture
def book() -> Iterator[PhraseBook]:
    with collecting(PhraseBook(BUILT_IN)) as own:
        yield own
    markers.forget_own()


def test_a_sentence_of_a_project(book: PhraseBook) -> None:
    @user_step('the basket of "{user}" has {n} items', "then", needs="table")
    def basket(ctx: Any, user: str, n: int) -> None:
        """How full a basket is."""

    found = book.match('the basket of "ann" has 1 item')
    assert isinstance(found, Match)
    assert found.phrase.function is basket
    assert found.phrase.meaning == "How full a basket is."
    assert (found.phrase.keyword, found.phrase.family) == ("then", "test_catalogue")
    assert found.phrase.needs == {"table"} and found.phrase.takes == {"table", "doc"}
    assert found.phrase.file == __file__
    assert isinstance(BUILT_IN.match('the basket of "ann" has 1 item'), Unknown)


def test_the_library_needs_meaning_and_example(book: PhraseBook) -> None:
    with pytest.raises(PhraseError, match="needs a meaning and an example"):
        step("a zebra crosses", meaning="", example="")


@pytest.mark.parametrize(("keyword", "needs"), [("if", ()), ("then", "picture")])
def test_wrong_words(book: PhraseBook, keyword: str, needs: Any) -> None:
    with pytest.raises(PhraseError):
        user_step("a zebra crosses", keyword, needs=needs)(lambda ctx: None)


def test_a_collision_names_both_places(book: PhraseBook) -> None:
    user_step('a zebra named "{x}" crosses')(lambda ctx, x: None)
    with pytest.raises(PhraseError) as caught:
        user_step('A zebra named "{y}" crosses')(lambda ctx, y: None)
    assert caught.value.message.count(__file__) == 2


def test_types(book: PhraseBook) -> None:
    @catalogue.type("Money", r"\d+ (?:EUR|USD)")
    def money(text: str) -> int:
        return int(text.split()[0])

    catalogue.type("colour", choices=("red", "dark green"))(str)
    user_step("the zebra costs {price:Money} in {colour}")(lambda ctx, price, colour: None)
    found = book.match("the zebra costs 5 EUR in DARK green")
    assert isinstance(found, Match)
    assert found.arguments == {"price": 5, "colour": "dark green"}


@pytest.mark.parametrize("arguments", [{}, {"regex": "x", "choices": ("a",)}, {"regex": "("}])
def test_broken_types(book: PhraseBook, arguments: dict[str, Any]) -> None:
    with pytest.raises(PhraseError):
        catalogue.type("Broken", **arguments)(str)


def test_a_type_twice(book: PhraseBook) -> None:
    with pytest.raises(PhraseError, match="exists already"):
        catalogue.type("inbox", choices=("mailbox",))(str)


def test_markers_are_forgotten_with_the_next_project(book: PhraseBook) -> None:
    matcher("striped")(lambda actual, argument: actual == "zebra")
    assert markers.parse("~striped") is not None
    with collecting(PhraseBook(BUILT_IN)):
        assert "striped" not in markers.names()
    with pytest.raises(PhraseError, match="built in"):
        matcher("uuid")(lambda actual, argument: True)


def test_generators(book: PhraseBook) -> None:
    name = "zebra-name"

    def make(random: random.Random, argument: str) -> str:
        return f"Z{random.random()}"

    try:
        assert generator(name)(make) is make
        generator(name)(make)
        with pytest.raises(PhraseError, match="twice"):
            generator(name)(lambda random, argument: "")
    finally:
        del catalogue.GENERATORS[name]
