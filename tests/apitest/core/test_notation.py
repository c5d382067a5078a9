from __future__ import annotations

import re
from typing import Any

import pytest

from apitest.core.notation import Hole, PhraseType, expand, first_words
from apitest.errors import PhraseError

TYPES = {
    "inbox": PhraseType("inbox", choices=("WebSocket", "AMQP queue")),
    "Money": PhraseType("Money", re.compile(r"\d+ EUR")),
}


def shapes(pattern: str) -> list[tuple[str, dict[str, Any]]]:
    """Every variant as words, holes as their kind, with its constants."""
    return [
        (
            " ".join(part.word if part.hole is None else f"<{part.hole.value} {part.name}>" for part in variant.parts),
            dict(variant.constants),
        )
        for variant in expand(pattern, TYPES)
    ]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ('path "{path}" is "{value}"', [("path <text path> is <text value>", {})]),
        ('request is "{data...}"', [("request is <payload data>", {})]),
        ("I wait {d}", [("i wait <duration d>", {})]),
        ("I wait {limit:d} or {count:n}", [("i wait <duration limit> or <number count>", {})]),
        ("within {d} {step...}", [("within <duration d> <step step>", {})]),
        ("the {n}th percentile", [("the <number n> th percentile", {})]),
        ("the {n}st percentile", [("the <number n> th percentile", {})]),
        ("below {n}%", [("below <number n> %", {})]),
        ('"{a}", using "{b}"', [("<text a> , using <text b>", {})]),
        ("is x (with literal_eval)", [("is x ( with literal_eval )", {})]),
        ("(a/b) c", [("a c", {"choice": "a"}), ("b c", {"choice": "b"})]),
        (
            "(All/{n}) servers (Are up/are down)",
            [
                ("all servers are up", {"n": None, "choice": "all", "choice_2": "are up"}),
                ("all servers are down", {"n": None, "choice": "all", "choice_2": "are down"}),
                ("<number n> servers are up", {"choice": "", "choice_2": "are up"}),
                ("<number n> servers are down", {"choice": "", "choice_2": "are down"}),
            ],
        ),
        (
            'has[ (at least/at most)] {n}[ using "{c}"]',
            [
                ("has at least <number n> using <text c>", {"choice": "at least"}),
                ("has at least <number n>", {"choice": "at least", "c": None}),
                ("has at most <number n> using <text c>", {"choice": "at most"}),
                ("has at most <number n>", {"choice": "at most", "c": None}),
                ("has <number n> using <text c>", {"choice": None}),
                ("has <number n>", {"choice": None, "c": None}),
            ],
        ),
        (
            '(server "{s}"/everyone) left',
            [("server <text s> left", {"choice": "server"}), ("everyone left", {"choice": "everyone", "s": None})],
        ),
        (
            '{inbox} "{name}" gets it',
            [
                ("websocket <text name> gets it", {"inbox": "WebSocket"}),
                ("amqp queue <text name> gets it", {"inbox": "AMQP queue"}),
            ],
        ),
        ("costs {Money}", [("costs <typed Money>", {})]),
        ("costs {price:Money}", [("costs <typed price>", {})]),
        (r"a \(b\/c\) \[d\]", [("a ( b / c ) [d]", {})]),
        ("these hold:", [("these hold", {})]),
    ],
)
def test_variants(pattern: str, expected: list[tuple[str, dict[str, Any]]]) -> None:
    assert shapes(pattern) == expected


def test_fixed_quoted_text() -> None:
    (variant,) = expand('user "admin" is there', {})
    assert [(part.word, part.is_quoted) for part in variant.parts][1] == ("admin", True)


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("", "empty"),
        ("[x]", "empty when"),
        ("a [b", "not closed"),
        ("a (b/c", "not closed"),
        ("a b]", "closes nothing"),
        ("a {x", "broken"),
        ("a {1x}", "broken"),
        ('a "{x} b"', "shares its quotes"),
        ('a "b', "quote is not closed"),
        ('a "{x...}" b', "must end"),
        ("a {step...} b", "must end"),
        ("a {thing}", "no known type"),
        ("a {x:thing}", "no known type"),
        ('a "{x}" "{x}"', "one name"),
        ('"{x}" {n}', "no fixed word"),
        ("a \ue000", "reserved"),
    ],
)
def test_broken_patterns(pattern: str, message: str) -> None:
    with pytest.raises(PhraseError, match=message):
        expand(pattern, TYPES)


def test_an_unknown_type_says_how_to_write_it() -> None:
    with pytest.raises(PhraseError) as caught:
        expand("a {thing}", TYPES)
    assert '"{thing}"' in caught.value.hint and "Money" in caught.value.hint


def test_holes_know_their_kind() -> None:
    (variant,) = expand('a "{x}" {n}', {})
    assert [part.hole for part in variant.parts] == [None, Hole.TEXT, Hole.NUMBER]
    assert variant.words == ["a", '"', "#"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("the URL is invoked[ as {name:n}]", ("the", "url")),
        ('path "{path}" is "{value}"', ("path",)),
        ("item[s] are there", ()),
        ("an item", ("a", "item")),
        ("JSON Pointer is set", ("path", "is")),
        ("JSON (Pointer/document) is set", ()),
        ("the JSON (Pointer/document) is set", ("the",)),
        ("it isn't there", ("it", "is")),
        ("{n} items", ()),
        ("", ()),
    ],
)
def test_the_first_words_of_a_pattern(pattern: str, expected: tuple[str, ...]) -> None:
    assert first_words(pattern) == expected
