"""apitest/catalogue_text.py: the catalogue as Markdown."""

from __future__ import annotations

import re

import apitest.steps  # noqa: F401 -- fills the catalogue
from apitest import catalogue_text
from apitest.catalogue import BUILT_IN, GENERATORS
from apitest.core import markers

PAGE = catalogue_text.markdown(BUILT_IN.phrases())


def test_every_sentence_has_one_row() -> None:
    text = PAGE.replace("\\|", "|")
    for phrase in BUILT_IN.phrases():
        row = f"| `{phrase.pattern}`"
        assert text.count(row) >= 1, phrase.pattern
    assert len(re.findall(r"^\| (?:Given|When|Then) ", PAGE, re.MULTILINE)) == len(BUILT_IN.phrases())


def test_every_family_has_one_heading() -> None:
    headings = re.findall(r"^## (.+)$", PAGE, re.MULTILINE)
    assert len(headings) == len(set(headings)) == len({phrase.family for phrase in BUILT_IN.phrases()})
    assert headings[0] == "Requests over HTTP"


def test_what_stands_below_is_said() -> None:
    assert "`request body` + doc string |" in PAGE
    assert "`headers match` + table |" in PAGE
    assert '`I send a "{method}" request to "{path}"` + doc string if wanted |' in PAGE


def test_cells_stay_cells() -> None:
    for line in PAGE.splitlines():
        if line.startswith("| "):
            assert len(re.findall(r"(?<!\\)\|", line)) == 5, line


def test_steps_for_behave_come_last() -> None:
    page = catalogue_text.markdown([], [("given", "a basket", "steps/basket.py:3")])
    assert page.startswith("## Written for behave")
    assert "| Given | `a basket` | steps/basket.py:3 |" in page


def test_markers_and_random_values() -> None:
    assert all(f"`~{name}" in catalogue_text.marker_table() for name in markers.names())
    assert all(f"| `{name}` |" in catalogue_text.generator_table() for name in GENERATORS)
