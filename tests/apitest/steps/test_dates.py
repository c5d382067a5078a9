from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

import pytest

from apitest.core import dates
from tests.apitest.steps.conftest import Scenario


def sent(scenario: Scenario) -> str:
    return str(scenario.state.request.body["at"])


def moment(scenario: Scenario, format: str = dates.DEFAULT_FORMAT) -> datetime:
    return dates.parse(sent(scenario), format)


def near(one: datetime, other: datetime) -> bool:
    return abs(one - other) < timedelta(seconds=5)


def test_now(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC-3")  # three hours before UTC, in the spelling of POSIX
    time.tzset()
    try:
        now = datetime.now(timezone.utc)
        scenario.say('date format "zoned" "YYYY-MM-DDTHH:mm:ssZZ"')
        scenario.say('path "/at" in request is now "default"')
        assert near(moment(scenario), now + timedelta(hours=3))
        scenario.say('path "/at" in request is now "zoned"')
        assert near(moment(scenario, "YYYY-MM-DDTHH:mm:ssZZ"), now)
        scenario.say('path "/at" in request is UTC now "default"')
        assert near(moment(scenario), now)
        scenario.say('path "/at" in request is UTC now "default" minus one hour')
        assert near(moment(scenario), now - timedelta(hours=1))
    finally:
        monkeypatch.undo()
        time.tzset()


def test_random_dates_differ(scenario: Scenario) -> None:
    found = set()
    for _ in range(20):
        scenario.say('path "/at" in request is a random date "default"')
        found.add(sent(scenario))
    assert len(found) > 15


def test_after_and_before(scenario: Scenario) -> None:
    scenario.say('date format "day" "DD.MM.YYYY"')
    for _ in range(50):
        scenario.say('path "/at" in request is a random date after "31.01.2026" "day"')
        assert moment(scenario, "DD.MM.YYYY") > datetime(2026, 1, 31, tzinfo=timezone.utc)
        scenario.say('path "/at" in request is a random date before "2008-01-01" "day"')  # ISO 8601 is always read
        assert moment(scenario, "DD.MM.YYYY") < datetime(2008, 1, 1, tzinfo=timezone.utc)


def test_between(scenario: Scenario) -> None:
    scenario.say('date format "day" "YYYY-MM-DD"')
    seen = set()
    for _ in range(60):
        scenario.say('path "/at" in request is a random date between "2026-01-01" and "2026-01-02" "day"')
        seen.add(sent(scenario))
        scenario.say('path "/at" in request is a random date between "2026-01-01" and "2026-01-01" "day"')
        assert sent(scenario) == "2026-01-01"
    assert "2026-01-01" in seen
    assert (
        "is after"
        in scenario.errs('path "/at" in request is a random date between "2026-01-02" and "2026-01-01" "day"').message
    )


def test_at_the_ends_of_time(scenario: Scenario) -> None:
    scenario.say('date format "year" "YYYY"')
    scenario.say('path "/at" in request is a random date after "9990" "year"')
    assert int(sent(scenario)) > 9990
    scenario.say('path "/at" in request is a random date before "0003" "year"')
    assert int(sent(scenario)) < 3
    assert "no other date" in scenario.errs('path "/at" in request is a random date after "9999-12-31" "year"').message


@pytest.mark.parametrize(
    ("sentence", "says"),
    [
        ('path "/at" in request is now "dey"', 'Did you mean "day"?'),
        ('path "/at" in request is a random date after "soon" "day"', "is not in the format"),
        ('date format "" "YYYY"', "needs a name"),
        ('date format "d2" ""', "is no date format"),
        ('date format "d2" "[now]"', "is no date format"),
    ],
)
def test_what_is_wrong(scenario: Scenario, sentence: str, says: str) -> None:
    scenario.say('date format "day" "YYYY-MM-DD"')
    error = scenario.errs(sentence)
    assert says in error.message + error.hint


def test_dates_that_are_stored(scenario: Scenario) -> None:
    scenario.say('date format "day" "YYYY-MM-DD"')
    scenario.say('I store a random date under "due", format "day"')
    dates.parse(scenario.stored("due"), "YYYY-MM-DD")
    scenario.say('I store the time now plus 2 days under "due", format "default"')
    assert near(dates.parse(scenario.stored("due")), datetime.now(timezone.utc) + timedelta(days=2))
    scenario.say('I store the time now minus 90 minutes under "due", format "default"')
    assert near(dates.parse(scenario.stored("due")), datetime.now(timezone.utc) - timedelta(minutes=90))
