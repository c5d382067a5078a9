from __future__ import annotations

import io
import random

import pytest

from apitest.reporters.console import ConsoleReporter
from apitest.results import ExitCode, Failure, RunResult, Verdict
from tests.apitest.reporters.test_terminal import Screen
from tests.support.sample_results import run_result, run_start


def shown(result: RunResult, code: ExitCode, *, shuffled: bool = False, verbosity: int = 0, **more: object) -> str:
    stream = io.StringIO()
    reporter = ConsoleReporter(stream, "never", verbosity)
    tell(reporter, result, code, shuffled, **more)
    return stream.getvalue()


def tell(reporter: ConsoleReporter, result: RunResult, code: ExitCode, shuffled: bool = False, **more: object) -> None:
    reporter.run_started(run_start(result, **more))
    scenarios = list(result.scenarios())
    if shuffled:
        random.Random(3).shuffle(scenarios)
    for scenario in scenarios:
        reporter.scenario_started(scenario.name, scenario.lane)
        reporter.scenario_done(scenario)
    for feature in result.features:
        reporter.feature_done(feature)
    reporter.run_done(result, code)


def test_a_green_run_is_short() -> None:
    text = shown(run_result(only_good=True), ExitCode.OK, reports=[("html", "report/index.html")])
    assert text == (
        "  ok        Good & <well> > features/orders.feature:4\n"
        "\n"
        "  1 scenario passed in 12.8 s (1 step, 24 requests, 32 at a time)\n"
        "  Report    report/index.html\n"
    )


def test_what_is_told_before_the_first_request() -> None:
    text = shown(run_result(), ExitCode.UNDEFINED).split("\n\n")[0]
    assert text == (
        "  features/bad.feature:7   This line fits nowhere: gibberish\n"
        "     The file was not read any further; none of its scenarios run\n"
        "  features/orders.feature:35   Given x\n"
        "     no such sentence. Nearest:\n"
        "        xx\n"
        "     All sentences: apitest steps xx\n"
        '  1 undefined sentence in 1 file: "Unknown" was not started; 6 others run (exit 3)'
    )


def test_a_failure_shows_sentence_difference_exchange_and_hint() -> None:
    text = shown(run_result(), ExitCode.UNDEFINED)
    block = text[text.index("  FAILED  Pay an order") : text.index("  ERROR  Refused")]
    assert block == (
        "  FAILED  Pay an order > features/orders.feature:14\n"
        "\n"
        '       14 │   Given address "x"\n'
        "       15 │   Given the URL is invoked\n"
        '       16 │   Given path "/state" is "paid"\n'
        '          │   ^^^ path "/state"\n'
        '          │       expected  "paid"\n'
        '          │       actual    "pending"\n'
        "\n"
        "     Request     curl -X POST http://shop.test/orders -d '{\"qty\": 2}'\n"
        "     Response    201 Created, 36 bytes, 3.1 ms, X-Zato-CID K0a7f3\n"
        '                 {"state": "<pending>", "total": 12.0}\n'
        "     Hint        the state changes later?\n"
        "     Note        a note\n"
        "\n"
    )


def test_the_end_of_a_run_with_failures() -> None:
    text = shown(run_result(), ExitCode.UNDEFINED)
    assert text.endswith(
        "  1 passed, 1 failed, 1 with errors, 1 undefined, 1 flaky, 1 skipped, 1 not run   "
        "(7 scenarios, 12.8 s, 32 at a time, exit 3)\n"
        "     FAILED    features/orders.feature:14   Pay an order\n"
        "     ERROR     features/orders.feature:24   Refused\n"
        "     UNDEFINED features/orders.feature:34   Unknown\n"
        "     flaky     features/orders.feature:54   Sometimes   passed at attempt 2\n"
        "  Again     apitest run shop --rerun failed\n"
    )


def test_the_text_is_the_same_whatever_ends_first() -> None:
    assert shown(run_result(), ExitCode.UNDEFINED) == shown(run_result(), ExitCode.UNDEFINED, shuffled=True)


def test_quiet_and_verbose() -> None:
    quiet = shown(run_result(), ExitCode.UNDEFINED, verbosity=-1)
    assert "Good & <well>" not in quiet
    assert "FAILED  Pay an order" in quiet
    verbose = shown(run_result(), ExitCode.UNDEFINED, verbosity=1)
    assert "   10.0 ms  Given all is well" in verbose
    assert "Request" in shown(run_result(), ExitCode.UNDEFINED, verbosity=2)


@pytest.mark.parametrize(
    ("change", "code", "text"),
    [
        ({"is_dry": True}, ExitCode.OK, "6 of 7 scenarios would run, nothing was started (dry run)"),
        ({"features": []}, ExitCode.NOTHING_SELECTED, "No scenario was selected (exit 5)"),
        ({"is_interrupted": True}, ExitCode.INTERRUPTED, "interrupted: 1 passed, "),
        ({"failures": [Failure(Verdict.ERROR, "before_all failed")]}, ExitCode.ERROR, "before_all failed"),
    ],
)
def test_other_ends(change: dict[str, object], code: ExitCode, text: str) -> None:
    result = run_result()
    for name, value in change.items():
        setattr(result, name, value)
    assert text in shown(result, code)


def test_on_a_terminal_one_line_a_feature_and_failures_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    screen = Screen(is_tty=True)
    tell(ConsoleReporter(screen, "never", 0, clock=lambda: 0.0), run_result(), ExitCode.UNDEFINED)
    lines = screen.text.replace("\r", "").split("\x1b[K")
    assert any(line.startswith("  1/7  0.0 s") for line in lines)
    assert any("FAILED  Pay an order" in line for line in lines)
    assert "\n  features/orders.feature  ✓✗!!-✓-\n" in screen.text
    assert "ok        Good" not in screen.text


def test_coverage_of_api_descriptions() -> None:
    result = run_result(only_good=True)
    names = [f"op{number}" for number in range(1, 12)]
    operations = [{"operation": name, "seen": {"200": 1} if name == "op1" else {}} for name in names]
    result.extra["api"] = [
        {"name": "api.yaml", "operations": 11, "exercised": 1, "percent": 9.1, "statuses": 20, "statuses_seen": 2}
        | {"by_operation": operations}
    ]
    text = shown(result, ExitCode.OK)
    assert "  API       api.yaml: 1 of 11 operations (9.1 percent), 2 of 20 statuses\n" in text
    assert "            not called: op2, op3, op4, op5, op6, op7, op8, op9 and 2 more\n" in text
