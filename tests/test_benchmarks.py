"""The report of the benchmarks: what was not measured is shown as such, never as a number."""

from __future__ import annotations

from tests.benchmarks.report import Results, render


def results() -> Results:
    return Results("a machine", "CPython 3.11", "2026-01-31", 3, "abc1234")


def test_each_figure_has_its_place() -> None:
    found = results()
    found.servers["ours"] = {
        "cpu_us": 30.04,
        "per_second": 25123.4,
        "p50_ms": 0.5,
        "p99_ms": 2.36,
        "first_answer_seconds": 0.4,
        "rss_start_mb": 61.2,
        "rss_loaded_mb": 62.7,
        "rss_idle_mb": 74.1,
    }
    text = render(found)
    assert "| ours | 30.0 | 25,123 | 0.50 | 2.36 |" in text
    assert "| ours | 0.40 | 61 | 63 | 74 |" in text
    assert "a machine" in text
    assert "abc1234" in text
    assert "## 1,000 scenarios" not in text


def test_what_was_not_measured_is_a_dash_and_a_reason() -> None:
    found = results()
    found.runners["behave"] = {"cpu_seconds": 1.5, "wall_seconds": 1.75, "peak_rss_mb": 42, "one_wall_seconds": 0.18}
    found.missing.append("Go net/http: no `go` on this machine")
    text = render(found)
    assert "| behave | 1.50 | 1.75 | 42 | 0.18 | - | - |" in text
    assert "Not measured here:\n\n- Go net/http" in text
