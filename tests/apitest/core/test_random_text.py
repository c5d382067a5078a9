"""apitest/core/random_text.py: what is made fits its pattern."""

from __future__ import annotations

import re
from random import Random

import pytest

from apitest.core.random_text import from_pattern
from apitest.errors import StepError


@pytest.mark.parametrize(
    "pattern",
    [
        r"[A-Z]{3}-\d{4}",
        r"(red|green|blue)",
        r"a*b+c?",
        r"[^a-z]{5}",
        r"\w+@\w+\.(com|org)",
        r"^start.*end$",
        r"(ab|cd)-\1",
        r"(?:x|y){2,}",
        r"\s\S\D\W",
        r"[\d_]{2}.",
        r"",
        r"x{0,3}?",
        r"\x41\u00e9",
    ],
)
def test_texts_fit(pattern: str) -> None:
    for seed in range(100):
        text = from_pattern(pattern, Random(seed))
        assert re.fullmatch(pattern, text), text


def test_the_seed_decides() -> None:
    assert from_pattern(r"\w{20}", Random(1)) == from_pattern(r"\w{20}", Random(1))
    assert len({from_pattern(r"\w{20}", Random(seed)) for seed in range(50)}) == 50


@pytest.mark.parametrize("pattern", ["[", "(", r"a{99999}", r"(a{999}){999}", r"a(?=b)", r"\bx", r"(?!a)b", "*"])
def test_what_cannot_be_made(pattern: str) -> None:
    with pytest.raises(StepError):
        from_pattern(pattern, Random(1))
