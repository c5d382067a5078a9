"""Figures of loads."""

import pytest

from apitest.core.load_figures import (
    Figures,
    LoadFigures,
    Times,
    baseline_percentile,
    check_of,
    duration,
)
from apitest.errors import StepError

pytest.importorskip("hdrh")


def test_percentiles_are_those_of_the_answers():
    times = Times()
    for milliseconds in range(1, 1001):
        times.add(milliseconds / 1000)
    assert times.count == 1000
    assert times.percentile(50) == pytest.approx(0.5, rel=0.001)
    assert times.percentile(95) == pytest.approx(0.95, rel=0.001)
    assert times.percentile(100) == pytest.approx(1.0, rel=0.001)
    assert times.average == pytest.approx(0.5005)
    assert times.slowest == 1.0


@pytest.mark.parametrize("n", [0, -1, 100.1])
def test_there_is_no_such_percentile(n):
    with pytest.raises(StepError):
        Times().percentile(n)


def test_one_slow_answer_is_seen_where_it_belongs():
    times = Times()
    for _ in range(999):
        times.add(0.001)
    times.add(5.0)
    assert times.percentile(99) < 0.0011
    assert times.percentile(99.95) == pytest.approx(5.0, rel=0.001)


def test_errors_have_no_time_and_are_not_served():
    figures = Figures(seconds=2.0)
    figures.add(0.1, 200)
    figures.add(0.1, 503, "status 503")
    figures.add(30.0, 0, "timeout")
    assert (figures.requests, figures.errors, figures.times.count) == (3, 2, 2)
    assert figures.error_rate == pytest.approx(66.67, abs=0.01)
    assert figures.per_second == 0.5


def test_the_error_rate_of_journeys_is_that_of_journeys():
    figures = Figures()
    for _ in range(10):
        figures.add(0.1, 404)
    figures.add_journey()
    figures.add_journey("status is 500")
    assert figures.error_rate == 50.0


def test_figures_by_name():
    load = LoadFigures()
    load.add("GET /a", 0.1, 200)
    load.add("GET /b", 0.3, 200)
    load.lasted(1.0)
    assert load.whole.value("requests per second") == 2.0
    assert load.by_name["GET /b"].value("1st percentile") == pytest.approx(0.3, rel=0.001)
    assert load.whole.value("Average") == pytest.approx(0.2)
    with pytest.raises(StepError, match="speed"):
        load.whole.value("speed")
    with pytest.raises(StepError):
        load.whole.value("xth percentile")


def test_a_summary_says_what_went_wrong():
    load = LoadFigures()
    load.add("GET /a", 0.0, 0, "refused")
    load.lasted(1.0)
    assert load.summary() == "1 requests in 1 s, 0 a second; errors: 1 x refused"


@pytest.mark.parametrize(
    ("written", "meant"),
    [("is", "is"), ("is under", "under"), ("below", "under"), (">=", "at least"), ("is not", "is not")],
)
def test_checks(written, meant):
    assert check_of(written) == meant


def test_an_unknown_check():
    with pytest.raises(StepError, match="near"):
        check_of("near")


def test_baselines_are_read_back():
    load = LoadFigures()
    for milliseconds in range(1, 101):
        load.add("GET /", milliseconds / 1000, 200)
    load.lasted(1.0)
    kept = load.as_baseline({"cores": 2})
    assert kept["machine"] == {"cores": 2}
    assert baseline_percentile(kept, 95, "main") == pytest.approx(0.095, rel=0.001)
    for broken in (None, {}, {"percentiles": {"95": "fast"}}, {"percentiles": {"95": True}}):
        with pytest.raises(StepError):
            baseline_percentile(broken, 95, "main")


def test_times_as_people_say_them():
    assert [duration(0.0123), duration(2.5)] == ["12.3 ms", "2.5 s"]
