"""Loads in English; sending is tested in tests/edges."""

import json

import pytest

from apitest.core.load_figures import LoadFigures
from apitest.errors import AssertionFailed, StepError

pytest.importorskip("hdrh")


@pytest.fixture
def loaded(scenario):
    """A load of 100 answers, 1 to 100 ms, two of them errors."""
    figures = LoadFigures()
    for milliseconds in range(1, 101):
        status = 503 if milliseconds > 98 else 200
        figures.add("GET /orders", milliseconds / 1000, status, "status 503" if status == 503 else "")
    figures.lasted(1.0)
    scenario.state.own["load figures"] = figures
    return scenario


@pytest.mark.parametrize(
    "sentence",
    [
        "the 95th percentile is under 96 ms",
        "the average response time is under 51 ms",
        "the slowest response time is under 101 ms",
        "the error rate is below 2.1%",
        "at least 98 requests per second were served",
        'no response under load had status "4xx"',
    ],
)
def test_figures_hold(loaded, sentence):
    loaded.say(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "the 95th percentile is under 94 ms",
        "the average response time is under 50 ms",
        "the slowest response time is under 100 ms",
        "the error rate is below 2%",
        "at least 99 requests per second were served",
        'no response under load had status "5xx"',
    ],
)
def test_figures_do_not_hold(loaded, sentence):
    with pytest.raises(AssertionFailed):
        loaded.say(sentence)


@pytest.mark.parametrize(
    "sentence",
    ["the 95th percentile is under 1 second", "the error rate is below 1%", 'the load figures are kept as "x"'],
)
def test_without_a_load_nothing_is_compared(scenario, sentence):
    with pytest.raises(StepError, match="No load"):
        scenario.say(sentence)


def test_a_load_without_answers_has_no_times(scenario):
    figures = LoadFigures()
    figures.add("GET /", 0.0, 0, "refused")
    scenario.state.own["load figures"] = figures
    with pytest.raises(AssertionFailed, match="answered"):
        scenario.say("the 95th percentile is under 1 second")
    with pytest.raises(AssertionFailed, match="answered"):
        scenario.say('no response under load had status "5xx"')


def test_a_table_of_figures(loaded):
    loaded.say("the load figures match", "| figure | check | value |\n| requests | is | 100 |\n| median | < | 51 ms |")
    with pytest.raises(AssertionFailed) as caught:
        loaded.say("the load figures match", "| figure | check | value |\n| errors | is | 0 |\n| median | > | 1 s |")
    assert [one.path for one in caught.value.mismatches] == ["errors", "median"]


@pytest.mark.parametrize("row", ["| speed | is | 1 |", "| errors | like | 1 |", "| median | under | fast |"])
def test_a_wrong_table(loaded, row):
    with pytest.raises(StepError):
        loaded.say("the load figures match", f"| figure | check | value |\n{row}")


def test_an_unknown_name(loaded):
    with pytest.raises(StepError, match="GET /x"):
        loaded.say("the load figures match", "| figure | check | value | name |\n| errors | is | 1 | GET /x |")


def test_a_baseline(loaded):
    loaded.say('the load figures are kept as "main"')
    kept = json.loads((loaded.features / "load" / "main.json").read_text())
    assert kept["machine"]["cores"]
    loaded.say('the 95th percentile is at most 0% slower than "main"')
    kept["percentiles"]["95"] = 0.05
    (loaded.features / "load" / "main.json").write_text(json.dumps(kept))
    with pytest.raises(AssertionFailed, match="slower"):
        loaded.say('the 95th percentile is at most 10% slower than "main"')


@pytest.mark.parametrize("name", ["../main", "", ".x", "a/b"])
def test_a_baseline_stays_in_its_folder(loaded, name):
    with pytest.raises(StepError):
        loaded.say(f'the load figures are kept as "{name}"')


@pytest.mark.parametrize(
    "sentence",
    [
        "for 2 hours with 5 users the URL is invoked",
        "for 1 second with 0 users the URL is invoked",
        "for 1 second with 1000000 users the URL is invoked",
        "for 1 second the URL is invoked 0 times per second",
        'for 1 second with 1 user scenario "Buy" is run',
        'load users take values from "nobody"',
    ],
)
def test_loads_that_cannot_be(scenario, sentence):
    with pytest.raises(StepError):
        scenario.say(sentence)


def test_a_stage_has_users_or_a_rate(scenario):
    with pytest.raises(StepError, match="either"):
        scenario.say("load is applied in stages", "| stage | duration | users | rate |\n| a | 1 s | 1 | 2 |")
