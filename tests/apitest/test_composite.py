"""Phrases in English: read, checked, expanded."""

from __future__ import annotations

from pathlib import Path

import pytest

from apitest.composite import parse_phrases
from apitest.errors import PhraseError, UsageError
from apitest.results import Verdict
from tests.support.sample_project import STEPS, make_project, plan_of, run_project, verdicts

GOLD = """\
# our own words
Phrase: I am a gold customer named "{name}"[ with {n} points]
  Somebody with a card.

  Given I store "{name}" under "who"
  And I store this JSON under "customer"
    ```
    {"name": "{name}", "level": "gold"}
    ```
  And I store "{n}" under "points"

Phrase: the customer is "{name}"
  Then variable "#who" is a string "{name}"
  And all of these hold
    \"\"\"
    variable "#who" is a string "{name}"
    \"\"\"
"""


def feature(*scenarios: str) -> str:
    return "Feature: A\n" + "".join(
        f"  Scenario: {number}\n" + "".join(f"    {line}\n" for line in steps.splitlines())
        for number, steps in enumerate(scenarios)
    )


def test_a_phrase_stands_for_its_sentences(tmp_path: Path) -> None:
    text = feature(
        'Given I am a gold customer named "An \\"n\\""\nThen the customer is "An \\"n\\""\n'
        'And variable "#customer/name" is a string "An \\"n\\""',
        'Given I am a gold customer named "x" with 3 points\nThen within 1 second the customer is "x"\n'
        'And variable "#points" is a string "3"',
        'Given I store "typed" under "y"\nAnd I am a gold customer named "#y"\n'
        'Then variable "#who" is a string "typed"',
        'Given I am a gold customer named "x"\nThen the customer is "y"',
    )
    result = run_project(tmp_path, {"a.feature": text, "phrases/gold.feature": GOLD})
    assert list(verdicts(result).values()) == [Verdict.PASSED] * 3 + [Verdict.FAILED]
    failure = result.scenarios()[3].steps[1].failure
    assert failure is not None
    assert "gold.feature:13" in failure.summary


def test_they_are_listed_like_built_in_ones(tmp_path: Path) -> None:
    plan = plan_of(make_project(tmp_path, {"a.feature": feature(), "phrases/gold.feature": GOLD}))
    first, second = plan.sentences.book.search("customer")[-2:]
    assert first.pattern == 'I am a gold customer named "{name}"[ with {n} points]'
    assert (first.meaning, first.family, first.line, first.keyword) == ("Somebody with a card.", "phrases", 2, "given")
    assert second.meaning.startswith("Stands for: ")
    assert second.keyword == "then"


def test_durations_choices_payloads_and_sentences_as_values(tmp_path: Path) -> None:
    phrases = (
        "Phrase: patiently, for {d}, {step...}\n  Then within {d} {step}\n"
        'Phrase: the variable (is/isn\'t) "{value}"\n  Then variable "#v" {choice} a string "{value}"\n'
        'Phrase: I keep "{text...}"\n  Given request is "{text}"\n'
        "Phrase: I do nothing {n} times\n  When I do this {n} times\n    ```\n    I proceed further\n    ```\n"
    )
    text = feature(
        'Given I store "a" under "v"\nThen patiently, for 50 ms, variable "#v" is a string "a"\n'
        'And the variable is "a"\nWhen I do nothing 2 times\nGiven I keep "{"a": "b"}"'
    )
    plan = plan_of(make_project(tmp_path, {"a.feature": text, "phrases/p.feature": phrases}))
    assert plan.problems == []
    *_, kept = plan.scenarios[0].steps
    assert [str(step.name) for step, _ in kept.call.steps] == ['request is "{"a": "b"}"']  # type: ignore[attr-defined]


def test_an_unknown_sentence_in_a_phrase_is_told_with_its_place(tmp_path: Path) -> None:
    phrases = "Phrase: it is done\n  Given nonsense\nPhrase: unused\n  Given more nonsense\n"
    text = feature("When it is done", "When it is done")
    plan = plan_of(make_project(tmp_path, {"a.feature": text, "phrases/p.feature": phrases}))
    (problem,) = plan.problems
    assert (problem.sentence, problem.place.line, problem.scenarios) == ("nonsense", 2, ("0", "1"))
    assert problem.place.file.endswith("phrases/p.feature")
    found = {phrase.pattern: trouble.sentence for phrase, trouble in plan.sentences.phrase_troubles()}
    assert found == {"it is done": "nonsense", "unused": "more nonsense"}


def test_a_phrase_that_uses_itself_is_refused(tmp_path: Path) -> None:
    phrases = "Phrase: one\n  Given two\nPhrase: two\n  Given I proceed further\n  And one\n"
    with pytest.raises(UsageError, match=r"the phrase uses itself: one -> two -> one") as caught:
        plan_of(make_project(tmp_path, {"a.feature": feature(), "phrases/p.feature": phrases}))
    assert "p.feature:1" in caught.value.message


def test_a_phrase_that_collides_is_refused_with_both_places(tmp_path: Path) -> None:
    phrases = 'Phrase: status is "{x}"\n  Given I proceed further\n'
    with pytest.raises(PhraseError, match=r"(?s)p.feature:1.*http_response.py:\d+"):
        plan_of(make_project(tmp_path, {"a.feature": feature(), "phrases/p.feature": phrases}))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Given x\nPhrase: a\n  Given b\n", "p.feature:1: 'Given x' stands before any phrase"),
        ("Feature: A\n", "has no phrase"),
        ("Phrase: \n  Given b\n", "p.feature:1: the phrase is empty"),
        ("Phrase: a\n\nPhrase: b\n  Given c\n", "p.feature:1: the phrase has no sentences"),
        ("Phrase: a\n  Given b\n  oops\n", "p.feature:3: "),
    ],
)
def test_bad_files_are_told_with_their_line(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_phrases(text, Path("p.feature"))
    assert message in caught.value.message


def test_phrases_are_no_features(tmp_path: Path) -> None:
    folder = make_project(tmp_path, {"a.feature": feature("Given a number 1"), "phrases/gold.feature": GOLD})
    assert [item.name for item in plan_of(folder).features] == ["A"]
    with pytest.raises(UsageError, match="holds phrases"):
        plan_of(folder, "features/phrases/gold.feature")


def test_keywords_in_another_language(tmp_path: Path) -> None:
    phrases = "# language: de\nPhrase: fertig\n  Angenommen I proceed further\n  Und I proceed further\n"
    assert len(parse_phrases(phrases, Path("p.feature"))[0].function.steps) == 2  # type: ignore[attr-defined]


def test_users_own_steps_in_a_phrase(tmp_path: Path) -> None:
    phrases = "Phrase: twice {n}\n  Given a number {n}\n  When it is doubled\n"
    files = {"a.feature": feature("Given twice 4\nThen it is 8"), "phrases/p.feature": phrases, "steps/steps.py": STEPS}
    assert list(verdicts(run_project(tmp_path, files)).values()) == [Verdict.PASSED]
