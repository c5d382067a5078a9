from __future__ import annotations

import random
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apitest.core.notation import Hole, Part, PhraseType, expand
from apitest.core.phrases import Ambiguous, Match, Phrase, PhraseBook
from apitest.errors import PhraseError


def anything(ctx: Any, **arguments: Any) -> None:
    """A function for any phrase."""


def book_of(*patterns: str) -> PhraseBook:
    book = PhraseBook(types=[PhraseType("Money", re.compile(r"\d+ EUR"))])
    for line, pattern in enumerate(patterns, 1):
        book.add(Phrase(pattern, anything, file="steps.py", line=line))
    return book


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ('path "{a}" is "{b}"', 'path "{x}" is "{y}"'),
        ('request is "{data...}"', 'request is "{a}"'),
        ('request is "{a}"', 'request is "{data...}"'),
        ('request is "{data...}"', 'request is "{a}" with "{b}"'),
        ('request is "{a}" with {n}', 'request is "{data...}"'),
        ('path "{a}" is {n}', 'path "{a}" is "{b}"'),
        ('path "{a}" is "{b}"', 'path "{a}" is {d}'),
        ("I wait {n} seconds", "I wait {d}"),
        ("I wait {d}", "I wait {n} seconds"),
        ("I wait 5 seconds", "I wait {d}"),
        ("I wait {d}", "I wait 5 seconds"),
        ("it has 3 rows", "it has {n} rows"),
        ("it has {n} row", "it has {n} rows"),
        ("it has {n} rows", "it has 1 row"),
        ("within {d} {step...}", 'within {d} status is "{s}"'),
        ('within {d} status is "{s}"', "within {d} {step...}"),
        ("it isn't an end", "IT is not a end"),
        ("path exists", "JSON pointer exists"),
        ("(a/b) c", "b (c/d)"),
        ("a[ b] c", "a c"),
        ("costs {Money}", "costs {price:Money}"),
        ('user "admin" is there', 'user "{name}" is there'),
        ('user "{name}" is there', 'user "admin" is there'),
        ("they were read", "they was read"),
        ("wait 3 {step...}", "wait {d}"),
        ("wait {d} for rows", "wait {n} {step...}"),
    ],
)
def test_two_phrases_for_one_sentence_are_refused(first: str, second: str) -> None:
    book = book_of(first)
    with pytest.raises(PhraseError) as caught:
        book.add(Phrase(second, anything, file="mine.py", line=7))
    for part in ("steps.py:1", first, "mine.py:7", second):
        assert part in caught.value.message


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ('path "{a}" is "{b}"', 'path "{a}" is "{b}" (with literal_eval)'),
        ('path "{a}" contains "{b...}"', 'path "{a}" contains the text "{b}"'),
        ('request is "{data...}"', 'request is "{a}" now'),
        ("I wait {n} rounds", "I wait {d}"),
        ('receives "{text}" within {d}', "receives {n} messages within {d}"),
        ("has rows", "has row"),
        ('user "admin" is there', 'user "ann" is there'),
        ("costs {Money}", "costs nothing"),
    ],
)
def test_phrases_that_differ_live_together(first: str, second: str) -> None:
    assert len(book_of(first, second)) == 2


pieces = st.sampled_from(
    ["a", "b", "rows", "row", "3", "seconds", '"{x}"', '"3"', "{n}", "{d}", "{n}th", "(a/b)", "[ a]", ",", "is", "are"]
)
rests = st.builds(
    lambda middle, last: [*middle, *last],
    st.lists(pieces, min_size=1, max_size=3),
    st.lists(st.sampled_from(['"{x...}"', "{step...}"]), max_size=1),
)
FILLINGS = {
    Hole.TEXT: ('"x"', '"3"', '"3 s"', '"#n"', '""'),
    Hole.PAYLOAD: ('"x"', '"a" "b"', '"3" , "x"', '"3" seconds "'),
    Hole.NUMBER: ("3", '"3"', "#n", "1"),
    Hole.DURATION: ("3 s", "3 seconds", '"3 s"', "#n", "3seconds"),
    Hole.STEP: ("ok", '"x" ok'),
}


def pattern_of(rest: list[str]) -> str:
    """A pattern whose holes have names of their own."""
    named = [
        piece.replace("{x", f"{{x{number}").replace("{n}", f"{{n{number}:n}}").replace("{d}", f"{{d{number}:d}}")
        for number, piece in enumerate(rest)
    ]
    return "it " + " ".join(named)


@settings(deadline=None)
@given(st.lists(rests, min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_what_was_let_in_never_means_two(patterns: list[list[str]], chance: random.Random) -> None:
    """The check at registration is exact for everything but types: no sentence fits two phrases of a book."""
    book = book_of("ok")
    for rest in patterns:
        try:
            book.add(Phrase(pattern_of(rest), anything))
        except PhraseError:
            pass
    for phrase in book.phrases():
        for variant in expand(phrase.pattern, {}):
            words = [word_for(part, chance) for part in variant.parts]
            found = book.match(" ".join(words))
            assert not isinstance(found, Ambiguous), [phrase.pattern for phrase in found.phrases]
            assert not isinstance(found, Match) or found.phrase is phrase


def word_for(part: Part, chance: random.Random) -> str:
    if part.hole is None:
        return f'"{part.word}"' if part.is_quoted else part.word
    return chance.choice(FILLINGS[part.hole])


@given(rests)
def test_every_phrase_collides_with_itself(rest: list[str]) -> None:
    book = book_of()
    phrase = Phrase(pattern_of(rest), anything)
    book.add(phrase)
    with pytest.raises(PhraseError, match="could mean one sentence"):
        book.add(phrase)
