from __future__ import annotations

import io
import json
import re

import pytest

from apitest.reporters.html import MAX_BODY_OF_GOOD, HTMLReporter, embedded, sentence
from apitest.results import ExitCode, RunResult, Verdict
from tests.support.sample_results import exchange, run_result, run_start


def page(result: RunResult) -> str:
    stream = io.StringIO()
    reporter = HTMLReporter(stream)
    reporter.run_started(run_start(result))
    reporter.run_done(result, ExitCode.FAILED)
    return stream.getvalue()


def data(text: str) -> dict[str, object]:
    found = re.search(r'<script id="data" type="application/json">(.*?)</script>', text, re.DOTALL)
    assert found
    document: dict[str, object] = json.loads(found[1])
    return document


def test_the_page_carries_the_run_and_needs_nothing_else() -> None:
    text = page(run_result())
    document = data(text)
    assert [one["name"] for one in document["scenarios"]][:2] == ["Good & <well>", "Pay an order"]  # type: ignore[attr-defined]
    assert document["features"][1]["lines"] == ["This line fits nowhere: gibberish"]  # type: ignore[index]
    assert document["scenarios"][1]["steps"][2]["f"][0] == 'path "/state"'  # type: ignore[index]
    assert document["scenarios"][1]["steps"][1]["x"][0]["status"] == 201  # type: ignore[index]
    outside = re.sub(r'<script id="data".*?</script>', "", text, flags=re.DOTALL)
    assert not re.search(r'(src|href)="(https?:)?//', outside)
    assert "prefers-color-scheme: dark" in outside
    assert 'name="viewport"' in outside


def test_no_text_can_leave_the_script_element() -> None:
    text = embedded({"x": "</script><script>alert(1)</script>\u2028"})
    assert "<" not in text
    assert json.loads(text) == {"x": "</script><script>alert(1)</script>\u2028"}


def test_bodies_of_what_passed_are_cut() -> None:
    result = run_result(only_good=True)
    long = exchange()
    object.__setattr__(long, "response_body", "x" * (MAX_BODY_OF_GOOD + 5))
    result.scenarios()[0].steps[0].exchanges = [long]
    body = data(page(result))["scenarios"][0]["steps"][0]["x"][0]["rsb"]  # type: ignore[index]
    assert body.endswith("\n... 5 more characters")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({}, "2 of 7 did not pass; 1 not started: sentences that do not exist; 1 feature could not be read"),
        ({"features": []}, "No scenario was selected"),
        ({"is_dry": True}, "7 scenarios would run"),
        ({"is_interrupted": True}, "2 of 7 did not pass; 1 not started: sentences that do not exist; "
         "1 feature could not be read; interrupted"),
    ],
)  # fmt: skip
def test_the_verdict_in_one_sentence(change: dict[str, object], text: str) -> None:
    result = run_result()
    for name, value in change.items():
        setattr(result, name, value)
    assert sentence(result) == text


def test_a_good_run() -> None:
    result = run_result(only_good=True)
    assert sentence(result) == "All 1 passed"
    result.scenarios()[0].verdict = Verdict.SKIPPED
    assert sentence(result) == "0 of 1 passed, none failed"
