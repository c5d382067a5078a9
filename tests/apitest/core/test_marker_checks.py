from __future__ import annotations

import uuid
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitest.core import dates, markers
from apitest.core.markers import Context
from apitest.errors import StepError

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=timezone.utc)
CONTEXT = Context(
    now=NOW,
    document={"id": 1, "copy": 1, "text": "1"},
    schema=lambda name: lambda value: [] if name == "ok.json" else ["/a is missing", "/b is wrong"],
)

FITS: dict[str, list[Any]] = {
    "~any": [None, 1, ""],
    "~present": [None, 1],
    "~ignore": [None, 1],
    "~null": [None],
    "~notnull": [0, "", []],
    "~string": ["", "x"],
    "~text": ["x"],
    "~number": [1, 1.5, -3],
    "~integer": [0, -5],
    "~float": [1.5, 3.0],
    "~boolean": [True, False],
    "~list": [[], [1]],
    "~dict": [{}, {"a": 1}],
    "~empty": ["", [], {}],
    "~notempty": ["x", [0], {"a": 1}],
    "~uuid": ["0b5f4cc8-b22c-11f0-8de9-0242ac120002", "0b5f4cc8b22c11f08de90242ac120002"],
    "~uuid4": ["9f0c4c4e-7b3e-4a4c-9c0a-0f6e2d1c3b2a", "9F0C4C4E7B3E4A4C9C0A0F6E2D1C3B2A"],
    "~date": ["2026-01-31", "2024-02-29"],
    "~datetime": [
        "2026-01-31T12:00:00Z",
        "2026-01-31 12:00",
        "2026-01-31T12:00:00.123456789+01:00",
        "2026-01-31T12:00:00,5+0100",
        "2026-01-31T12:00:00-03",
        "2016-12-31T23:59:60Z",
    ],
    "~time": ["13:45", "13:45:00", "13:45:00.5Z"],
    "~email": ["ann@shop.test", "a.b+c@x-y.example", "root@localhost"],
    "~url": ["http://x", "https://shop.test:8443/a?b=c#d"],
    "~ip": ["127.0.0.1", "::1"],
    "~hex": ["9f86d0", "AF"],
    "~base64": ["YQ==", "", "YWJj"],
    "~jwt": ["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2ln"],
    "~json": ['{"a": 1}', "1"],
    "~iban": ["DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432"],
    "~phone": ["+49 30 123456", "(030) 123-456"],
    "~semver": ["1.2.3", "1.0.0-rc.1+build.5"],
    r"~regex:^A\d+$": ["A17"],
    "~regex:^a?$": ["", "a"],
    "~contains:b": ["abc", ["a", "b"]],
    "~contains:3": [[1, 3], "a3"],
    "~startswith:ab": ["abc"],
    "~endswith:bc": ["abc"],
    "~oneof:a, 3,true": ["a", 3, 3.0, True, "3"],
    "~range:1..9": [1, 9, 1.5],
    "~range:-5..-1": [-3],
    "~gt:0": [1, 0.1],
    "~lt:9": [8, -1],
    "~length:3": ["abc", [1, 2, 3]],
    "~length:1..5": ["a", "abcde", {"a": 1}],
    "~near:3.14+-0.01": [3.14, 3.15, 3.13],
    "~within:5s-of-now": [
        "2026-01-31T12:00:04Z",
        "2026-01-31T13:00:00+01:00",
        NOW.timestamp(),
        NOW.timestamp() * 1000,
        NOW,
    ],
    "~before:2026-01-01": ["2025-12-31", "2025-12-31T23:59:59Z"],
    "~after:2026-01-01": ["2026-01-02", NOW.timestamp()],
    "~after:1767225600": ["2026-01-01T00:00:01Z"],
    "~each:~integer": [[], [1, 2]],
    "~each:~range:1..3": [[1, 3]],
    "~same-as:/id": [1],
    "~schema:ok.json": [{"a": 1}],
}

FAILS: dict[str, list[Any]] = {
    "~null": [0, "", False],
    "~notnull": [None],
    "~string": [1, None, []],
    "~number": ["1", True, None],
    "~integer": [1.0, "1", True],
    "~float": [3, "1.5", True],
    "~boolean": [0, 1, "true", None],
    "~list": ["", {}],
    "~dict": [[], None],
    "~empty": ["x", [0], None, 0],
    "~notempty": ["", [], {}, None, 5],
    "~uuid": ["x", "0b5f4cc8-b22c-11f0-8de9-0242ac12000", "0b5f4cc8-b22c-11f0-8de9-0242ac120002\n", 1],
    "~uuid4": ["0b5f4cc8-b22c-11f0-8de9-0242ac120002"],
    "~date": ["2026-02-30", "31.01.2026", "2026-01-31T12:00:00Z", 20260131],
    "~datetime": ["2026-01-31", "2026-01-31T25:00:00", "yesterday", 1],
    "~time": ["25:00", "noon"],
    "~email": ["ann", "ann@", "a b@c.de", "ann@shop..test"],
    "~url": ["shop.test", "/a", "http://", "http://a b", "http://x:port"],
    "~ip": ["127.0.0.256", "localhost"],
    "~hex": ["xyz", ""],
    "~base64": ["a", "YQ=", "ä"],
    "~jwt": ["a.b.c", "eyJhbGciOiJIUzI1NiJ9.x", "x"],
    "~json": ["{", ""],
    "~iban": ["DE89 3704 0044 0532 0130 01", "x"],
    "~phone": ["12", "call me"],
    "~semver": ["1.2", "v1.2.3", "01.2.3"],
    r"~regex:^A\d+$": ["B17", 17],
    "~contains:b": ["xyz", ["a"], 5],
    "~startswith:ab": ["xab", 5],
    "~endswith:bc": ["bcx"],
    "~oneof:a,3": ["b", 4, None, True],
    "~range:1..9": [0, 10, "5", True, None],
    "~gt:0": [0, "1"],
    "~lt:9": [9],
    "~length:3": ["ab", 3, None],
    "~length:1..5": ["", "abcdef"],
    "~near:3.14+-0.01": [3.16, "3.14"],
    "~within:5s-of-now": ["2026-01-31T12:00:06Z", "2026-01-31T11:59:54Z", "soon", None],
    "~before:2026-01-01": ["2026-01-01", "x"],
    "~after:2026-01-01": ["2026-01-01", "x"],
    "~each:~integer": [[1, "2"], "12"],
    "~same-as:/id": [2, "1", True, 1.0],
    "~same-as:/nope": [1],
    "~schema:bad.json": [{}],
    "~absent": [None, 1],
}


def check(text: str, actual: Any) -> str:
    marker = markers.parse(text)
    assert marker is not None
    return markers.check(marker, actual, CONTEXT)


@pytest.mark.parametrize(("text", "actual"), [(text, value) for text, values in FITS.items() for value in values])
def test_fits(text: str, actual: Any) -> None:
    assert check(text, actual) == ""


@pytest.mark.parametrize(("text", "actual"), [(text, value) for text, values in FAILS.items() for value in values])
def test_fails_with_a_reason(text: str, actual: Any) -> None:
    assert check(text, actual) != ""


def test_every_marker_is_tested_and_explained() -> None:
    tested = {text[1:].partition(":")[0] for text in (*FITS, *FAILS)}
    assert set(markers.names()) - tested == {"unordered"}
    assert all(markers.names().values())


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists))
def test_any_value_gets_an_answer(actual: Any) -> None:
    for text in (*FITS, *FAILS):
        assert isinstance(check(text, actual), str)


@given(st.uuids(version=4))
def test_any_uuid(value: uuid.UUID) -> None:
    assert check("~uuid4", str(value)) == check("~uuid", value.hex) == ""


@given(st.datetimes(timezones=st.just(timezone.utc)))
def test_any_moment_written_by_python_is_read(moment: datetime) -> None:
    assert dates.read_moment(moment.isoformat()) == moment


@pytest.mark.parametrize(
    "text",
    ["~range:1", "~range:a..b", "~gt:x", "~near:3", "~regex:(", "~within:soon", "~before:soon", "~each:3", "~length:x"],
)
def test_arguments_that_make_no_sense(text: str) -> None:
    with pytest.raises(StepError):
        check(text, "x")


@pytest.mark.parametrize("text", ["~within:5s-of-now", "~schema:a.json"])
def test_what_needs_a_context(text: str) -> None:
    marker = markers.parse(text)
    assert marker is not None
    with pytest.raises(StepError, match="cannot be used here"):
        markers.check(marker, "x", Context())


def test_within_says_how_far() -> None:
    assert check("~within:5s-of-now", (NOW + timedelta(seconds=6)).isoformat()) == "is 6 s after now"
