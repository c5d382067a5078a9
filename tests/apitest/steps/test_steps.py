"""The step library as a whole: every sentence says what it is for, and its example is its own."""

from __future__ import annotations

import re

import pytest

import apitest.steps  # noqa: F401 -- fills the catalogue
from apitest.catalogue import BUILT_IN
from apitest.core.phrases import Match, Phrase

PHRASES = [phrase for phrase in BUILT_IN.phrases() if "/apitest/steps/" in phrase.file.replace("\\", "/")]


@pytest.mark.parametrize("phrase", PHRASES, ids=lambda phrase: phrase.pattern)
def test_example_is_its_own(phrase: Phrase) -> None:
    found = BUILT_IN.match(phrase.example)
    assert isinstance(found, Match), found
    assert found.phrase is phrase
    assert not found.warning


@pytest.mark.parametrize("phrase", PHRASES, ids=lambda phrase: phrase.pattern)
def test_meaning_is_a_sentence(phrase: Phrase) -> None:
    assert re.fullmatch(r"(?s)[A-Z#`].*[.!]", phrase.meaning.strip()), phrase.meaning


def test_every_family_is_there() -> None:
    families = {phrase.family for phrase in PHRASES}
    assert {
        "http",
        "http_response",
        "json",
        "json_request",
        "store",
        "sql",
        "csv",
        "core",
        "data",
        "server",
    } <= families


def test_negative_sentences_name_what_must_be_there() -> None:
    """`doesn't` and `isn't` next to a sentence without: both are in the catalogue, none by chance."""
    patterns = {phrase.pattern for phrase in PHRASES}
    for words in ("starts with", "ends with", "contains", "is"):
        assert f'header "{{h}}" {words} "{{v}}"' in patterns
