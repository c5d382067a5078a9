from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitest.core import sentences
from apitest.core.notation import PhraseType
from apitest.core.phrases import Ambiguous, Match, Phrase, PhraseBook, Raw, Unknown
from apitest.errors import PhraseError


def anything(ctx: Any, **arguments: Any) -> None:
    """A function for any phrase."""


def book_of(*patterns: str, base: PhraseBook | None = None, is_upstream: bool = False) -> PhraseBook:
    book = PhraseBook(base, types=[PhraseType("Money", re.compile(r"\d+ EUR"), lambda text: int(text[:-4]))])
    for line, pattern in enumerate(patterns, 1):
        book.add(Phrase(pattern, anything, file="steps.py", line=line, is_upstream=is_upstream))
    return book


def arguments(pattern: str, sentence: str) -> dict[str, Any]:
    found = book_of(pattern).match(sentence)
    assert isinstance(found, Match), found
    return found.arguments


@pytest.mark.parametrize(
    ("pattern", "sentence", "expected"),
    [
        ('path "{path}" is "{value}"', 'path "" is ""', {"path": Raw(""), "value": Raw("")}),
        ('path "{path}" is "{value}"', 'Json pointer "/A" IS "x"', {"path": Raw("/A"), "value": Raw("x")}),
        ('request is "{data...}"', 'request is "{"a": "b"}"', {"data": Raw('{"a": "b"}', "payload")}),
        ('request is "{data...}"', 'request is ""', {"data": Raw("", "payload")}),
        ('request is "{data...}"', r'request is "a\nb":', {"data": Raw(r"a\nb", "payload")}),
        ("has {n} rows", "has 1 row", {"n": 1}),
        ("has {n} rows", "has -1.5 rows", {"n": -1.5}),
        ("has {n} rows", 'has "1_000" rows', {"n": 1000}),
        ("has {n} rows", "has #count rows", {"n": Raw("#count", "number")}),
        ("has {n} rows", 'has "#count/0" rows', {"n": Raw("#count/0", "number")}),
        ("{n} servers join", "1 server joins", {"n": 1}),
        ("exactly {n} of the calls have it", "exactly 1 of the calls has it", {"n": 1}),
        ("{n} pages were fetched", "1 page was fetched", {"n": 1}),
        ("the {n}th call", "the 3rd call", {"n": 3}),
        ("the {n}th call", 'the "#n"th call', {"n": Raw("#n", "number")}),
        ("below {n}%", "below 1%", {"n": 1}),
        ("I wait {d}", "I wait 200 ms", {"d": 0.2}),
        ("I wait {d}", "I wait 200ms", {"d": 0.2}),
        ("I wait {d}", 'I wait "2 minutes"', {"d": 120.0}),
        ("I wait {d}", "I wait #pause", {"d": Raw("#pause", "duration")}),
        ('costs {price:Money} at "{shop}"', 'costs 5 EUR at "x"', {"price": 5, "shop": Raw("x")}),
        ('result of "{expression}"', 'result of "#price * 2"', {"expression": Raw("#price * 2", "expression")}),
    ],
)
def test_arguments(pattern: str, sentence: str, expected: dict[str, Any]) -> None:
    assert arguments(pattern, sentence) == expected


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        ('path "{path}" is "{value}"', 'path "/a" is "x'),
        ('path "{path}" is "{value}"', 'path "/a" is "x" and more'),
        ('path "{path}" is "{value}"', "path /a is x"),
        ('request is "{data...}"', 'request is "x" now'),
        ('request is "{data...}"', 'request is "'),
        ("has {n} rows", 'has "many" rows'),
        ("has {n} rows", "has 3"),
        ("has three rows", "has three row"),
        ("I wait {d}", "I wait 5"),
        ("I wait {d}", "I wait 5 parsecs"),
        ("costs {Money}", "costs 5 EURO"),
        ("costs {Money}", "costs much"),
        ("it is done", ""),
        ("it is done", '"'),
    ],
)
def test_no_match(pattern: str, sentence: str) -> None:
    assert isinstance(book_of(pattern).match(sentence), Unknown)


hostile = st.one_of(
    st.sampled_from(["", " is ", "a, b", '"', '\\"', "\\", "7", "~uuid", "#x", "x:", '" is "', "under", "{d}", "\n"]),
    st.text(st.characters(exclude_categories=["Cs"])),
)


@given(path=hostile, value=hostile)
def test_any_escaped_value_comes_back_whole(path: str, value: str) -> None:
    book = BOOK
    sentence = f'path "{sentences.escape(path)}" is "{sentences.escape(value)}"'
    found = book.match(sentence)
    assert isinstance(found, Match) and not found.warning
    assert found.phrase.pattern == 'path "{path}" is "{value}"'
    assert found.arguments == {"path": Raw(path), "value": Raw(value)}


@given(st.text(st.characters(exclude_characters="\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029", exclude_categories=["Cs"])))
def test_any_payload_comes_back_raw(payload: str) -> None:
    found = BOOK.match(f'request is "{payload}"')
    assert isinstance(found, Match)
    assert found.arguments == {"data": Raw(payload, "payload")}


@given(st.text())
def test_any_sentence_gets_an_answer(sentence: str) -> None:
    assert isinstance(BOOK.match(sentence), (Match, Unknown, Ambiguous))


BOOK = book_of(
    'path "{path}" is "{value}"',
    'path "{path}" is "{value}" (with literal_eval)',
    'path "{path}" is JSON "{value...}"',
    'request is "{data...}"',
    "within {d} {step...}",
    'status is "{status}"',
)


def test_a_sentence_inside_another() -> None:
    found = BOOK.match('within 5 seconds path "/a" is "b"')
    assert isinstance(found, Match) and found.inner is not None
    assert found.arguments == {"d": 5.0, "step": 'path "/a" is "b"'}
    assert found.inner.arguments == {"path": Raw("/a"), "value": Raw("b")}


def test_an_unknown_sentence_inside_is_told() -> None:
    found = BOOK.match('within 5 seconds stats is "200"')
    assert isinstance(found, Unknown)
    assert found.sentence == 'stats is "200"'
    assert found.nearest[0].pattern == 'status is "{status}"'


def test_only_one_sentence_inside() -> None:
    found = BOOK.match('within 5 seconds within 1 second status is "200"')
    assert isinstance(found, Unknown) and "only one" in found.reason


def test_unknown_names_the_nearest_and_the_broken_quote() -> None:
    found = BOOK.match('path "/a" equals "b')
    assert isinstance(found, Unknown)
    assert found.nearest[0].pattern == 'path "{path}" is "{value}"'
    assert "column 18" in found.reason


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda ctx: None, "has no argument value"),
        (lambda ctx, value, other: None, "wants other"),
        (lambda ctx, value, other=1: None, ""),
        (lambda ctx, **anything: None, ""),
    ],
)
def test_a_function_takes_what_its_phrase_gives(function: Any, message: str) -> None:
    phrase = Phrase('it is "{value}"', function, file="mine.py", line=3)
    if not message:
        PhraseBook().add(phrase)
        return
    with pytest.raises(PhraseError, match=message) as caught:
        PhraseBook().add(phrase)
    assert "mine.py:3" in caught.value.message


def test_a_broken_pattern_is_told_with_its_place() -> None:
    with pytest.raises(PhraseError, match="mine.py:3"):
        PhraseBook().add(Phrase("a [b", anything, file="mine.py", line=3))


def test_types_that_overlap_are_told_at_run_time() -> None:
    book = PhraseBook(types=[PhraseType("one", re.compile(r"x\d")), PhraseType("two", re.compile(r"x1"))])
    book.add(Phrase("see {one}", anything))
    book.add(Phrase("see {two}", anything))
    found = book.match("see x1")
    assert isinstance(found, Ambiguous)
    assert [phrase.pattern for phrase in found.phrases] == ["see {one}", "see {two}"]
    assert isinstance(book.match("see x2"), Match)


def test_a_book_upon_another() -> None:
    base = book_of('status is "{status}"')
    own = book_of("the basket is empty", base=base)
    assert isinstance(own.match('status is "200"'), Match)
    assert isinstance(own.match("the basket is empty"), Match)
    assert isinstance(base.match("the basket is empty"), Unknown)
    assert len(own) == 2 and [phrase.file for phrase in own.phrases()] == ["steps.py", "steps.py"]
    with pytest.raises(PhraseError, match="could mean one sentence"):
        own.add(Phrase('Status IS "{x}"', anything))


def test_answers_follow_what_is_added_later() -> None:
    base = book_of('status is "{status}"')
    own = PhraseBook(base)
    assert isinstance(own.match("it works"), Unknown)
    base.add(Phrase("it works", anything))
    assert isinstance(own.match("it works"), Match)


def test_search() -> None:
    book = PhraseBook()
    book.add(Phrase('status is "{status}"', anything, meaning="exact code", example='status is "201"', family="http"))
    book.add(Phrase('path "{path}" is "{value}"', anything, meaning="equals", family="json"))
    assert [phrase.family for phrase in book.search("IS")] == ["http", "json"]
    assert [phrase.family for phrase in book.search("code http")] == ["http"]
    assert book.search("nothing like it") == []


def test_old_suites_may_leave_quotes_unescaped() -> None:
    book = book_of('path "{path}" is "{value}"', 'header "{h}" "{v}"', is_upstream=True)
    found = book.match('path "/a" is "say "hi""')
    assert isinstance(found, Match)
    assert found.arguments == {"path": Raw("/a"), "value": Raw('say "hi"')}
    assert 'path "/a" is "say \\"hi\\""' in found.warning


def test_only_old_sentences_are_read_loosely() -> None:
    assert isinstance(book_of('path "{path}" is "{value}"').match('path "/a" is "say "hi""'), Unknown)


def test_two_loose_readings_are_none() -> None:
    book = book_of('say "{a}" now', 'say "{a}" to "{b}" now', is_upstream=True)
    assert isinstance(book.match('say "x" y" to "z" now'), Unknown)


LAZY = (
    'path "{path}" is "{value}"',
    "an item is (new/old)",
    "the JSON pointer is set",
    "JSON (pointer/path) is known",
    "the basket[ of all] is empty",
    "{n} items are left",
    "within {d} {step...}",
)


def lazy_book(*patterns: str) -> PhraseBook:
    book = PhraseBook(is_lazy=True)
    for line, pattern in enumerate(patterns, 1):
        book.add(Phrase(pattern, anything, file="library.py", line=line))
    return book


@pytest.mark.parametrize(
    "sentence",
    [
        'path "/a" is "b"',
        'JSON Pointer "/a" is "b"',
        "A item is new",
        "the path is set",
        "the JSON Pointer is set:",
        "JSON path is known",
        "path is known",
        "the basket is empty",
        "the basket of all is empty",
        "3 items are left",
        "#n items are left",
        'within 3 s path "" is ""',
        'the basket of "nobody"',
        "within",
        "",
    ],
)
def test_a_lazy_book_answers_as_any(sentence: str) -> None:
    found, expected = lazy_book(*LAZY).match(sentence), book_of(*LAZY).match(sentence)
    assert type(found) is type(expected)
    if isinstance(found, Match) and isinstance(expected, Match):
        assert (found.phrase.pattern, found.arguments) == (expected.phrase.pattern, expected.arguments)
    if isinstance(found, Unknown) and isinstance(expected, Unknown):
        near = [phrase.pattern for phrase in found.nearest]
        assert sorted(near) == sorted(phrase.pattern for phrase in expected.nearest)


def test_a_lazy_book_is_checked_when_asked() -> None:
    lazy_book(*LAZY).check()
    with pytest.raises(PhraseError) as told:
        lazy_book(*LAZY, 'JSON pointer "{place}" is "{value}"').check()
    assert "library.py:1" in told.value.message and "library.py:8" in told.value.message


@pytest.mark.parametrize(
    "pattern", ['path "{a}" is "{b...}"', "3 items are left", "a item is {step...}", "{d} is left"]
)
def test_a_phrase_upon_a_lazy_book_is_checked_at_once(pattern: str) -> None:
    base = lazy_book(*LAZY, "3 (s/m) is left")
    with pytest.raises(PhraseError) as told:
        PhraseBook(base).add(Phrase(pattern, anything, file="own.py", line=9))
    assert "library.py:" in told.value.message and "own.py:9" in told.value.message


def family_book(words: dict[str, str] | None = None) -> tuple[PhraseBook, list[str]]:
    """A lazy book whose families are called by the words of `LAZY`, and the names of those that were loaded."""
    patterns = {f"family{number}": pattern for number, pattern in enumerate(LAZY)}
    loaded: list[str] = []

    def load(name: str) -> None:
        loaded.append(name)
        book.add(Phrase(patterns[name], anything, family=name, file="library.py"))

    if words is None:
        words = family_book({})[0].first_words()
    book = PhraseBook(is_lazy=True)
    book.fill_on_demand(patterns, words, load)
    return book, loaded


def test_a_family_is_loaded_for_its_first_words() -> None:
    book, loaded = family_book()
    assert isinstance(book.match('JSON pointer "/a" is "b"'), Match)
    assert loaded == ["family0"]
    assert isinstance(book.match("an item is old"), Match)
    assert isinstance(book.match("3 items are left"), Match)
    assert loaded == ["family0", "family1", "family5"]
    assert len(book) == len(LAZY)


@pytest.mark.parametrize("words", [None, {}, {"path #": "family3"}])
def test_families_are_found_whatever_is_known_of_their_words(words: dict[str, str] | None) -> None:
    for sentence in ("the path is set", "within 3 s an item is new", "#n items are left", "JSON pointer is known"):
        assert isinstance(PhraseBook(family_book(words)[0]).match(sentence), Match)


def test_a_phrase_upon_families_is_checked_against_them() -> None:
    book, loaded = family_book()
    with pytest.raises(PhraseError, match=r"library\.py"):
        PhraseBook(book).add(Phrase('within {d} path "{a}" is {n}', anything, file="own.py", line=9))
    assert loaded == ["family6"]
    PhraseBook(book).add(Phrase("my own words", anything, file="own.py", line=9))
    assert loaded == ["family6"]
