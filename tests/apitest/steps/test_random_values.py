"""apitest/steps/random_values.py: every kind makes what its name says."""

from __future__ import annotations

import re
from datetime import date
from random import Random

import pytest

from apitest.catalogue import GENERATORS
from apitest.core.compare import is_same
from apitest.errors import StepError
from apitest.steps.random_values import generate, random_string

KINDS = {
    "name": "~regex:^[A-Z][a-z]+ [A-Z][a-z]+$",
    "e-mail": "~email",
    "phone": "~phone",
    "address": "~regex:^[0-9]+ .+, .+$",
    "company": "~endswith:Ltd",
    "iban": "~iban",
    "card": "~regex:^4[0-9]{15}$",
    "uuid": "~uuid4",
    "ip": "~ip",
    "text": "~length:10",
    "text:20": "~length:20",
    "number": "~range:0..99",
    "number:5..7": "~range:5..7",
    "number:5": 5,
    "date": "~date",
    "boolean": "~boolean",
    "re:[A-Z]{3}-[0-9]{2}": "~regex:^[A-Z]{3}-[0-9]{2}$",
}


@pytest.mark.parametrize("kind", KINDS)
def test_kinds(kind: str) -> None:
    for seed in range(50):
        value = generate(kind, Random(seed))
        assert is_same(KINDS[kind], value), value


def test_every_kind_is_tried_here() -> None:
    built_in = {name for name, function in GENERATORS.items() if function.__module__ == "apitest.steps.random_values"}
    assert built_in == {kind.partition(":")[0] for kind in KINDS}


def test_card_numbers_pass_their_check() -> None:
    for seed in range(50):
        digits = [int(sign) for sign in generate("card", Random(seed))]
        total = sum(digits[-1::-2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
        assert total % 10 == 0


def test_seed_decides() -> None:
    assert generate("name", Random(1)) == generate("name", Random(1))
    assert re.fullmatch("a[0-9a-f]{32}", random_string(Random(1)))


def test_letter_case_of_kinds_does_not_matter() -> None:
    assert date.fromisoformat(generate("DATE", Random(1)))


@pytest.mark.parametrize("kind", ["nonsense", "e-mial", "text:x", "number:a..b", "number:9..1"])
def test_unknown(kind: str) -> None:
    with pytest.raises(StepError):
        generate(kind, Random(1))
