from __future__ import annotations

import io
import json

from apitest.reporters.json_lines import JSONLinesReporter
from apitest.results import ExitCode
from tests.support.sample_results import run_result, run_start


def events() -> list[dict[str, object]]:
    stream = io.StringIO()
    reporter = JSONLinesReporter(stream)
    result = run_result()
    reporter.run_started(run_start(result))
    for scenario in reversed(result.scenarios()):
        reporter.scenario_done(scenario)
    for feature in result.features:
        reporter.feature_done(feature)
    reporter.run_done(result, ExitCode.UNDEFINED)
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_events_in_order() -> None:
    found = events()
    assert [event["event"] for event in found] == ["run-started"] + ["scenario"] * 7 + ["feature"] * 2 + [
        "run-finished"
    ]
    assert found[0]["schema"] == 1
    assert found[0]["problems"][0]["kind"] == "undefined"  # type: ignore[index]
    assert [event["index"] for event in found[1:8]] == list(range(7))
    assert found[-1]["exit_code"] == 3
    assert found[-1]["counts"]["failed"] == 1  # type: ignore[index]


def test_a_scenario_holds_all_of_it() -> None:
    scenario = events()[2]
    assert (scenario["name"], scenario["verdict"], scenario["line"]) == ("Pay an order", "failed", 14)
    steps = scenario["steps"]
    assert steps[1]["exchanges"][0]["status"] == 201  # type: ignore[index]
    assert steps[2]["failure"]["mismatches"] == [  # type: ignore[index]
        {"path": "/state", "expected": "paid", "actual": "pending", "has_actual": True, "reason": ""}
    ]
    assert events()[6]["earlier"][0]["verdict"] == "failed"  # type: ignore[index]
