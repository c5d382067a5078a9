from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitest.core import sentences
from apitest.core.sentences import Kind, tokenize


def words(sentence: str) -> list[str]:
    return [token.value for token in tokenize(sentence)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("path exists:", "path exists"),
        ("header isn't empty", "header is not empty"),
        ("header isn\u2019t empty", "header is not empty"),
        ("TLS certificates aren't verified", "TLS certificates are not verified"),
        ("it wasn't called", "it was not called"),
        ("they were read", "they was read"),
        ("JSON Pointer exists", "path exists"),
        ("REST method", "HTTP method"),
        ("is an integer", "is a integer"),
        ("The URL IS invoked", "the url is invoked"),
        ("the 1st, 2nd, 3rd, 4th", "the 1th, 2th, 3th, 4th"),
        ("5seconds", "5 seconds"),
        ("I  have\tblanks ", "I have blanks"),
    ],
)
def test_spellings_that_are_one(one: str, other: str) -> None:
    assert words(one) == words(other)


def test_values_keep_their_spelling() -> None:
    tokens = tokenize('path "An isn\'t JSON Pointer" IS "X"')
    assert [token.value for token in tokens if token.kind is Kind.TEXT] == ["An isn't JSON Pointer", "X"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"a\"b", 'a"b'),
        (r"a\\b", r"a\b"),
        (r"a\nb\tc", "a\nb\tc"),
        (r"ORD-\d{6}", r"ORD-\d{6}"),
        (r"\\n", r"\n"),
        ("", ""),
    ],
)
def test_escapes(written: str, meant: str) -> None:
    assert tokenize(f'x "{written}"')[1].value == meant


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_escape_has_an_inverse(text: str) -> None:
    assert sentences.unescape(sentences.escape(text)) == text
    tokens = tokenize(f'say "{sentences.escape(text)}" now')
    assert [(token.kind, token.value) for token in tokens] == [
        (Kind.WORD, "say"),
        (Kind.TEXT, text),
        (Kind.WORD, "now"),
    ]


@given(st.text())
def test_any_text_is_read_and_places_are_in_order(text: str) -> None:
    position = 0
    for token in tokenize(text):
        assert token.start >= 0 and token.end <= len(text)
        assert token.end >= position
        position = token.end


def test_kinds() -> None:
    kinds = [(token.kind, token.value) for token in tokenize('5 #n @{a.b} $HOME $.x "t" -1.5 1_000 "open')]
    assert kinds == [
        (Kind.NUMBER, "5"),
        (Kind.LOOKUP, "#n"),
        (Kind.LOOKUP, "@{a.b}"),
        (Kind.LOOKUP, "$HOME"),
        (Kind.WORD, "$.x"),
        (Kind.TEXT, "t"),
        (Kind.NUMBER, "-1.5"),
        (Kind.NUMBER, "1_000"),
        (Kind.UNCLOSED, "open"),
    ]


@pytest.mark.parametrize(
    ("text", "number"),
    [("3", 3), ("-1.5", -1.5), ("1_000", 1000), ("", None), ("3x", None), ("1.", None), (" 3", None), ("1e3", None)],
)
def test_numbers(text: str, number: float | None) -> None:
    assert sentences.parse_number(text) == number


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("200 ms", 0.2),
        ("200ms", 0.2),
        ("5 seconds", 5),
        ("1 Second", 1),
        ("2 minutes", 120),
        ("1.5 h", 5400),
        ("3 days", 259200),
        ("5", None),
        ("5 parsecs", None),
        ("soon", None),
    ],
)
def test_durations(text: str, seconds: float | None) -> None:
    assert sentences.parse_duration(text) == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    ("singular", "plural"),
    [("row", "rows"), ("entry", "entries"), ("match", "matches"), ("cache", "caches"), ("is", "are"), ("has", "have")],
)
def test_singular_and_plural_share_a_form(singular: str, plural: str) -> None:
    assert plural in sentences.number_forms(singular)
    assert singular in sentences.number_forms(plural)
