from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitest.core import dates
from apitest.errors import StepError

MOMENT = datetime(2026, 1, 5, 15, 4, 9, 123456, tzinfo=timezone(timedelta(hours=-3, minutes=-30)))


@pytest.mark.parametrize(
    ("format", "text"),
    [
        ("YYYY-MM-DDTHH:mm:ss", "2026-01-05T15:04:09"),
        ("YY M D H m s", "26 1 5 15 4 9"),
        ("dddd D MMMM YYYY", "Monday 5 January 2026"),
        ("ddd, DD MMM", "Mon, 05 Jan"),
        ("DDDD DDD d", "005 5 1"),
        ("hh:mm A, h a", "03:04 PM, 3 pm"),
        ("SSS SSSSSS S", "123 123456 1"),
        ("ZZ Z", "-03:30 -0330"),
        ("[YYYY is] YYYY", "YYYY is 2026"),
        ("X", "1767638049"),
    ],
)
def test_render(format: str, text: str) -> None:
    assert dates.render(MOMENT, format) == text


@given(st.datetimes(min_value=datetime(1, 1, 1), timezones=st.just(timezone.utc)))
@pytest.mark.parametrize(
    "format", ["YYYY-MM-DDTHH:mm:ss.SSSSSSZZ", "D MMMM YYYY hh:mm:ss A [and] SSSSSS", "YYYY DDDD H m s SSSSSS Z"]
)
def test_what_was_rendered_is_read(format: str, moment: datetime) -> None:
    assert dates.parse(dates.render(moment, format), format) == moment


@pytest.mark.parametrize(
    ("text", "format", "moment"),
    [
        ("2026-01-31", "YYYY-MM-DD", datetime(2026, 1, 31, tzinfo=timezone.utc)),
        ("31.1.26", "D.M.YY", datetime(2026, 1, 31, tzinfo=timezone.utc)),
        ("12 am", "h a", datetime(1, 1, 1, 0, tzinfo=timezone.utc)),
        ("12 PM", "h A", datetime(1, 1, 1, 12, tzinfo=timezone.utc)),
        ("0", "X", datetime(1970, 1, 1, tzinfo=timezone.utc)),
        ("2026 2026", "YYYY YYYY", datetime(2026, 1, 1, tzinfo=timezone.utc)),
    ],
)
def test_parse(text: str, format: str, moment: datetime) -> None:
    assert dates.parse(text, format) == moment


@pytest.mark.parametrize(
    ("text", "format"),
    [
        ("2026-02-30", "YYYY-MM-DD"),
        ("x", "YYYY"),
        ("2026-01-31 ", "YYYY-MM"),
        ("Foo", "MMM"),
        ("2025 366", "YYYY DDDD"),
        ("99999999999999", "X"),
    ],
)
def test_what_is_no_date(text: str, format: str) -> None:
    with pytest.raises(StepError):
        dates.parse(text, format)


@pytest.mark.parametrize(
    ("moved", "text"),
    [
        ({"months": 1}, "2026-02-28T00:00:00"),
        ({"months": -11}, "2025-02-28T00:00:00"),
        ({"years": 2, "months": 1}, "2028-02-29T00:00:00"),
        ({"weeks": 1, "hours": -1}, "2026-02-06T23:00:00"),
        ({"months": 12, "days": 1}, "2027-02-01T00:00:00"),
    ],
)
def test_shift(moved: dict[str, int], text: str) -> None:
    assert dates.render(dates.shift(datetime(2026, 1, 31), **moved)) == text


@given(st.datetimes(datetime(1000, 1, 1), datetime(3000, 1, 1)), st.integers(-500, 500))
def test_days_there_and_back(moment: datetime, days: int) -> None:
    assert dates.shift(dates.shift(moment, days=days), days=-days) == moment


@pytest.mark.parametrize("moved", [{"years": 9000}, {"months": -30000}, {"days": 10_000_000}])
def test_out_of_range(moved: dict[str, int]) -> None:
    with pytest.raises(StepError):
        dates.shift(datetime(2026, 1, 31), **moved)


@given(st.datetimes(), st.datetimes(), st.floats(0, 1))
def test_between(one: datetime, other: datetime, fraction: float) -> None:
    first, last = sorted((one, other))
    assert first <= dates.between(first, last, fraction) <= last
    if first < last:
        with pytest.raises(StepError):
            dates.between(last, first, fraction)
