from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitest.core import inner_sentences
from apitest.core.inner_sentences import InnerSentence, fill, filled, parse, with_sample_values
from apitest.core.sentences import tokenize
from apitest.errors import StepError

TEXT = """
Given I store "1" under "a"
# a remark
* table
  | a | b\\|c |
  | 1 |      |

And text:
  ```
  one
    two
  ```
last one"""


def test_each_line_is_a_sentence_with_what_follows_it() -> None:
    assert parse(TEXT) == [
        InnerSentence('I store "1" under "a"', 1),
        InnerSentence("table", 3, (("a", "b|c"), ("1", ""))),
        InnerSentence("text:", 7, None, "one\n  two"),
        InnerSentence("last one", 12),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no sentences"),
        ("# only\n\n", "no sentences"),
        ("| a |", "belongs to no sentence"),
        ("a\n| b |\n```\n```", "belongs to no sentence"),
        ("a\n| b |\n| c | d |", "Line 3 of the doc string has 2 cells, not 1"),
        ("a\n| b", "no row"),
        ("a\n```\nb", "has no end"),
    ],
)
def test_what_is_no_sentence_is_an_error(text: str, message: str) -> None:
    with pytest.raises(StepError, match=message):
        parse(text)


def test_holes_are_filled_as_data() -> None:
    row = {"name": 'An "n"', "n": 3, "sign": "#fff", "more": "x #{y}", "nothing": None}
    assert fill('path "/<n>" is "<name>"', row) == 'path "/3" is "An \\"n\\""'
    assert fill('"<sign>" <n> times', row) == '"##fff" 3 times'
    assert fill('"<more>"', row) == '"x ##{y}"'
    assert fill('"<nothing>"', row) == '"null"'
    with pytest.raises(StepError) as caught:
        fill('"<nam>"', row)
    assert caught.value.hint == "Did you mean <name>?"


def test_tables_and_doc_strings_are_filled_too() -> None:
    one = InnerSentence("a", 0, (("k",), ("<n>",)), '{"a": "<n>"}')
    assert filled(one, {"n": 1}) == InnerSentence("a", 0, (("k",), ("1",)), '{"a": "1"}')


def test_a_hole_outside_quotes_is_matched_as_a_number() -> None:
    assert with_sample_values('list "<a>" has <n> elements') == 'list "<a>" has 1 elements'


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r")))
def test_any_value_stays_one_text(value: str) -> None:
    tokens = tokenize(fill('is "<v>" there', {"v": value}))
    assert len(tokens) == 3
    sign = value[:1]
    expected = inner_sentences.re.sub(r"([#@$])\{", r"\1\1{", value)
    assert tokens[1].value in (expected, sign + expected)
