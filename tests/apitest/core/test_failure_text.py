from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitest.core import failure_text
from apitest.core.compare import NOTHING, compare
from apitest.core.markers import Verbatim
from apitest.errors import AssertionFailed, CallFailed, Mismatch
from apitest.results import Exchange, Failure, Place, ScenarioResult, SentenceProblem, StepResult, Verdict

FEATURE = "features/orders.feature"


def step(line: int, keyword: str, sentence: str, failure: Failure | None = None, **more: Any) -> StepResult:
    verdict = failure.kind if failure else Verdict.PASSED
    return StepResult(keyword, sentence, Place(FEATURE, line), verdict, failure=failure, **more)


def scenario(*steps: StepResult, failure: Failure | None = None) -> ScenarioResult:
    return ScenarioResult("Pay an order", "Orders", Place(FEATURE, 14), (), Verdict.FAILED, list(steps), failure)


EXCHANGE = Exchange(
    curl="curl -X POST http://127.0.0.1:41873/orders/17/pay",
    method="POST",
    url="http://127.0.0.1:41873/orders/17/pay",
    status=201,
    reason="Created",
    response_body='{"id": 17, "state": "pending", "total": 9.9}',
    response_size=84,
    seconds=0.0031,
    cid="K0a7f3",
)


def test_a_failure_as_people_see_it() -> None:
    failure = Failure(
        Verdict.FAILED,
        'path "/state" is "paid"',
        tuple(compare("paid", "pending", "/state")),
        'the state changes later? Try: within 5 seconds path "/state" is "paid"',
    )
    found = failure_text.scenario_lines(
        scenario(
            step(15, "Given", 'address "http://127.0.0.1:41873"'),
            step(17, "When", "the URL is invoked", exchanges=[EXCHANGE]),
            step(18, "Then", 'status is "201"'),
            step(19, "And", 'path "/state" is "paid"', failure),
        )
    )
    assert "\n".join(found) == (
        """\
  FAILED  Pay an order > features/orders.feature:14

       17 │   When the URL is invoked
       18 │   Then status is "201"
       19 │   And path "/state" is "paid"
          │   ^^^ path "/state" is "paid"
          │       expected  "paid"
          │       actual    "pending"

     Request     curl -X POST http://127.0.0.1:41873/orders/17/pay
     Response    201 Created, 84 bytes, 3.1 ms, X-Zato-CID K0a7f3
                 {"id": 17, "state": "pending", "total": 9.9}
     Hint        the state changes later? Try: within 5 seconds path "/state" is "paid\""""
    )


def test_all_differences_one_line_each_path_first() -> None:
    expected = {"items": [{"price": "~number"}], "id": 1}
    found = failure_text.mismatch_lines(compare(expected, {"items": [{"price": "9.9"}], "x": None}))
    assert found == [
        '/items/0/price   expected ~number (any number)   actual "9.9"   (is a text, not a number)',
        "/id              expected 1                      is missing; there is items, x",
        "/x               expected nothing                actual null   (is not expected)",
    ]


def test_one_difference_shows_its_path_unless_the_sentence_has_it() -> None:
    mismatches = tuple(compare({"a": 1}, {"a": 2}))
    with_path = failure_text.failure_lines(Failure(Verdict.FAILED, "response differs", mismatches))
    assert with_path == ["response differs", "    /a   expected 1   actual 2"]
    without = failure_text.failure_lines(Failure(Verdict.FAILED, 'path "/a" is "1"', mismatches))
    assert without == ['path "/a" is "1"', "    expected  1", "    actual    2"]


def test_what_is_missing() -> None:
    mismatch = Mismatch("/itmes", "x", reason="the document has id, items", has_actual=False)
    assert failure_text.mismatch_lines([mismatch], 'path "/itmes"') == [
        'expected  "x"',
        "missing   the document has id, items",
    ]


def test_too_many_are_cut() -> None:
    found = failure_text.mismatch_lines(compare(list(range(50)), list(range(1, 51))))
    assert found[-1] == "... and 30 more"


def test_longer_texts_are_shown_as_a_diff() -> None:
    assert failure_text.mismatch_lines(compare("a\nb\nc", "a\nB\nc")) == [
        "(- expected, + actual)",
        " a",
        "-b",
        "+B",
        " c",
    ]
    assert failure_text.mismatch_lines(compare("a\n", "a"))[-1] == "only the line ends differ"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        ("ü", '"ü"'),
        ("~uuid", "~uuid (a UUID)"),
        (Verbatim("~uuid"), '"~uuid"'),
        ([1, {"a": None}], '[1, {"a": null}]'),
        (NOTHING, "nothing"),
        (b"ab", "2 bytes: b'ab'"),
        ("x" * 300, '"' + "x" * 199 + "... (300 characters)"),
    ],
)
def test_values(value: Any, text: str) -> None:
    assert failure_text.value_text(value) == text


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_any_value_has_a_text(value: Any) -> None:
    text = failure_text.value_text(value, limit=10_000)
    if not (isinstance(value, str) and value.startswith("~")) and len(text) < 10_000:
        assert json.loads(text) == value


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (AssertionFailed("s", [Mismatch("", 1, 2)], "h"), Failure(Verdict.FAILED, "s", (Mismatch("", 1, 2),), "h")),
        (CallFailed("refused", "refused", "h"), Failure(Verdict.ERROR, "refused", hint="h")),
        (AssertionError("1 != 2"), Failure(Verdict.FAILED, "1 != 2", traceback="tb")),
        (AssertionError(), Failure(Verdict.FAILED, "an assertion did not hold", traceback="tb")),
        (KeyError("x"), Failure(Verdict.ERROR, "KeyError: 'x'", traceback="tb")),
        (ValueError(), Failure(Verdict.ERROR, "ValueError", traceback="tb")),
    ],
)
def test_exceptions(error: Exception, failure: Failure) -> None:
    assert failure_text.of_exception(error, "tb") == failure


def test_notes_tracebacks_and_hints() -> None:
    failure = Failure(Verdict.ERROR, "ValueError", hint="h", traceback="a\nb\n", notes=("polled 3 times",))
    assert failure_text.failure_lines(failure, with_hint=True) == [
        "ValueError",
        "    polled 3 times",
        "    a",
        "    b",
        "    hint      h",
    ]
    assert failure_text.failure_lines(failure, with_tracebacks=False) == ["ValueError", "    polled 3 times"]


def test_plain_ascii_steps_apart_and_a_hook() -> None:
    bad = Failure(Verdict.FAILED, "no")
    steps = [step(line, "Then", f"it is {line}", bad if line in (1, 9) else None) for line in range(1, 10)]
    lines = failure_text.scenario_lines(scenario(*steps, failure=Failure(Verdict.ERROR, "hook broke")), is_ascii=True)
    text = "\n".join(lines)
    assert text.isascii()
    assert "     hook broke" in lines
    assert "|   ..." in text and "it is 5" not in text and "it is 7" in text


def test_no_response_and_a_long_one() -> None:
    none = failure_text.exchange_lines(Exchange("curl x", "GET", "x"))
    assert none == ["     Request     curl x", "     Response    none"]
    long = failure_text.exchange_lines(Exchange("curl x", "GET", "x", status=200, response_body="a\n" * 100, seconds=2))
    assert long[1] == "     Response    200, 0 bytes, 2.00 s"
    assert long[-1].strip() == "..." and len(long) == 15


def test_a_sentence_that_does_not_exist() -> None:
    problem = SentenceProblem(
        Place(FEATURE, 21), "And", 'path "/state" equals "paid"', ('path "{path}" is "{value}"', "the other")
    )
    assert failure_text.problem_lines(problem) == [
        '  features/orders.feature:21   And path "/state" equals "paid"',
        "     no such sentence. Nearest:",
        '        path "{path}" is "{value}"',
        "        the other",
        "     All sentences: apitest steps path",
    ]
    lonely = SentenceProblem(Place(FEATURE, 21), "And", '"x', reason="no closing quote")
    assert failure_text.problem_lines(lonely)[1:] == ["     no closing quote.", "     All sentences: apitest steps"]


def test_a_sentence_that_could_mean_two() -> None:
    problem = SentenceProblem(
        Place(FEATURE, 2), "When", "it goes", candidates=(("it goes", "a.py:1"), ("it {w}", "b:2"))
    )
    assert failure_text.problem_lines(problem)[1:] == [
        "     2 sentences could be meant:",
        "        it goes   a.py:1",
        "        it {w}    b:2",
    ]
