"""Each element type: what it takes, what it refuses, what it gives back."""

from __future__ import annotations

import datetime as dt
import decimal
import math
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import SchemaValidator, ValidationError

from server.simpleio.elements import (
    CSV,
    ELEMENT_TYPES,
    NOT_GIVEN,
    UTC,
    UUID,
    AsIs,
    Bool,
    Date,
    DateTime,
    Decimal,
    DeclarationError,
    Dict,
    DictList,
    Element,
    Float,
    ForceType,
    Int,
    List,
    Secret,
    Text,
    Unwritable,
    getter_of,
)

ZONE = dt.timezone(dt.timedelta(hours=2))
A_UUID = uuid.UUID("6f1c2a52-2f0e-4f6e-9a53-0f1a2b3c4d5e")


def taken(element: Element, value: object) -> object:
    return SchemaValidator(element.schema()).validate_python(value)


@pytest.mark.parametrize(
    ("element", "value", "wanted"),
    [
        (Text("x"), "a", "a"),
        (Text("x"), 5, "5"),
        (Text("x"), 5.5, "5.5"),
        (Text("x"), "", ""),
        (Secret("x"), "pw", "pw"),
        (ForceType("x"), True, "true"),
        (ForceType("x"), 3, "3"),
        (Int("x"), 3, 3),
        (Int("x"), "3", 3),
        (Int("x"), " -3 ", -3),
        (Int("x"), 3.0, 3),
        (Int("x"), "123456789012345678901234567890", 123456789012345678901234567890),
        (Bool("x"), True, True),
        (Bool("x"), "YES", True),
        (Bool("x"), "f", False),
        (Bool("x"), "Off", False),
        (Bool("x"), 1, True),
        (Float("x"), "1.5", 1.5),
        (Float("x"), 2, 2.0),
        (Decimal("x"), "1.10", decimal.Decimal("1.10")),
        (Decimal("x"), 3, decimal.Decimal(3)),
        (Decimal("x"), 0.1, decimal.Decimal("0.1")),
        (UUID("x"), str(A_UUID), A_UUID),
        (Date("x"), "2026-02-28", dt.date(2026, 2, 28)),
        (Date("x"), dt.date(2026, 2, 28), dt.date(2026, 2, 28)),
        (DateTime("x"), "2026-02-28T10:00:00", dt.datetime(2026, 2, 28, 10)),
        (DateTime("x"), "2026-02-28 10:00:00+02:00", dt.datetime(2026, 2, 28, 10, tzinfo=ZONE)),
        (UTC("x"), "2026-02-28T10:00:00+02:00", dt.datetime(2026, 2, 28, 8)),
        (UTC("x"), "2026-02-28T10:00:00", dt.datetime(2026, 2, 28, 10)),
        (CSV("x"), "a, b,c", ["a", "b", "c"]),
        (CSV("x"), "", []),
        (CSV("x"), ["a"], ["a"]),
        (List("x"), [1, "b"], [1, "b"]),
        (List("x"), "alone", ["alone"]),
        (Dict("x"), {"a": 1}, {"a": 1}),
        (Dict("x", "a", "-b"), {"a": 1, "more": 2}, {"a": 1, "more": 2}),
        (Dict("x", Int("a")), {"a": "1"}, {"a": 1}),
        (DictList("x", Int("a")), [{"a": "1"}, {"a": 2}], [{"a": 1}, {"a": 2}]),
        (AsIs("x"), object, object),
    ],
)
def test_what_is_taken(element: Element, value: object, wanted: object) -> None:
    found = taken(element, value)
    assert found == wanted
    assert type(found) is type(wanted)


@pytest.mark.parametrize(
    ("element", "value"),
    [
        (Text("x"), True),
        (Text("x"), ["a"]),
        (Text("x"), {}),
        (Int("x"), True),
        (Int("x"), "many"),
        (Int("x"), "1_000"),
        (Int("x"), 1.5),
        (Int("x"), "1.5"),
        (Int("x"), math.inf),
        (Int("x"), ""),
        (Bool("x"), "maybe"),
        (Bool("x"), 2),
        (Float("x"), "nan"),
        (Float("x"), True),
        (Decimal("x"), True),
        (Decimal("x"), "NaN"),
        (Decimal("x"), "ten"),
        (UUID("x"), "6f1c"),
        (Date("x"), "2026-02-30"),
        (Date("x"), "20260228"),  # pydantic alone would read it as seconds since 1970
        (Date("x"), 5),
        (DateTime("x"), "1700000000"),
        (DateTime("x"), 1700000000),
        (CSV("x"), 5),
        (List("x"), {"a": 1}),
        (Dict("x"), ["a"]),
        (Dict("x", "a"), {"b": 1}),
        (Dict("x", "a"), {"a": 1, "b": 2} and "text"),
        (DictList("x"), {"a": 1}),
    ],
)
def test_what_is_refused(element: Element, value: object) -> None:
    with pytest.raises(ValidationError):
        taken(element, value)


def test_a_refusal_is_said_in_the_elements_own_words() -> None:
    with pytest.raises(ValidationError) as caught:
        taken(Int("x"), "many")
    assert [one["msg"] for one in caught.value.errors()] == ["not a whole number"]


@pytest.mark.parametrize(
    ("element", "value", "wanted"),
    [
        (Text("x"), "a", "a"),
        (Text("x"), 5, "5"),
        (Text("x"), True, "true"),
        (Text("x"), b"a", "a"),
        (Int("x"), "5", 5),
        (Int("x"), True, 1),
        (Bool("x"), "no", False),
        (Bool("x"), 1, True),
        (Float("x"), "1.5", 1.5),
        (Decimal("x"), decimal.Decimal("1.10"), "1.10"),
        (Decimal("x"), 2, "2"),
        (UUID("x"), A_UUID, str(A_UUID)),
        (Date("x"), dt.datetime(2026, 2, 28, 10), "2026-02-28"),
        (Date("x"), "today", "today"),
        (DateTime("x"), dt.datetime(2026, 2, 28, 10, tzinfo=ZONE), "2026-02-28T10:00:00+02:00"),
        (UTC("x"), dt.datetime(2026, 2, 28, 10, tzinfo=ZONE), "2026-02-28T08:00:00"),
        (CSV("x"), ["a", 1], "a,1"),
        (List("x"), ("a", 1), ["a", 1]),
        (List("x"), "a", ["a"]),
        (Dict("x", "-a"), {"b": 1}, {"b": 1}),
        (Dict("x", Int("a")), {"a": "1"}, {"a": 1}),
        (DictList("x"), ({"a": 1},), [{"a": 1}]),
    ],
)
def test_what_goes_out(element: Element, value: object, wanted: object) -> None:
    assert element.write(value) == wanted


@pytest.mark.parametrize(
    ("element", "value"),
    [
        (Int("x"), "a"),
        (Int("x"), 1.5),
        (Bool("x"), "maybe"),
        (Float("x"), "a"),
        (Decimal("x"), "a"),
        (Decimal("x"), True),
        (UUID("x"), "a"),
        (Date("x"), 5),
        (List("x"), 5),
        (Dict("x"), 5),
        (Dict("x", "a"), {}),
        (DictList("x"), {"a": 1}),
    ],
)
def test_what_cannot_go_out(element: Element, value: object) -> None:
    with pytest.raises(Unwritable):
        element.write(value)


def test_a_minus_marks_optional() -> None:
    assert Int("-qty").is_optional
    assert Int("-qty").name == "qty"
    assert Int("qty").with_optional(True) == Int("-qty")
    assert repr(Int("-qty")) == "Int('-qty')"


@pytest.mark.parametrize("name", ["", "-", None, 5])
def test_an_element_needs_a_name(name: object) -> None:
    with pytest.raises(DeclarationError, match="Int needs a name"):
        Int(name)  # type: ignore[arg-type]


def test_a_key_twice_is_refused() -> None:
    with pytest.raises(DeclarationError, match="'a' twice"):
        Dict("x", "a", "-a")


def test_a_changeable_default_is_fresh_each_time() -> None:
    element = List("-x", default=[1])
    element.fresh_default().append(2)
    assert element.fresh_default() == [1]


def test_rows_objects_and_dicts_are_read_alike() -> None:
    class Row:
        def __init__(self) -> None:
            self.a = 1
            self._hidden = 2

    for value in ({"a": 1}, Row()):
        get, names = getter_of(value)
        assert get is not None
        assert (get("a"), get("b"), list(names)) == (1, NOT_GIVEN, ["a"])
    assert getter_of(5) == (None, ())


ROUND_TRIPS: dict[type[Element], st.SearchStrategy[object]] = {
    Text: st.text(),
    Secret: st.text(),
    Int: st.integers(),
    Bool: st.booleans(),
    Float: st.floats(allow_nan=False, allow_infinity=False),
    Decimal: st.decimals(allow_nan=False, allow_infinity=False, places=6),
    UUID: st.uuids(),
    Date: st.dates(min_value=dt.date(1000, 1, 1)),
    DateTime: st.datetimes(min_value=dt.datetime(1000, 1, 1)),
    UTC: st.datetimes(min_value=dt.datetime(1000, 1, 1)),
    CSV: st.lists(st.text(alphabet="abc1 é", min_size=1).map(str.strip).filter(bool)),
    List: st.lists(st.integers() | st.text()),
    Dict: st.dictionaries(st.text(), st.integers()),
    DictList: st.lists(st.dictionaries(st.text(), st.integers())),
}


@pytest.mark.parametrize("cls", list(ROUND_TRIPS), ids=lambda cls: cls.__name__)
@given(data=st.data())
def test_what_was_written_is_read_back(cls: type[Element], data: st.DataObject) -> None:
    value = data.draw(ROUND_TRIPS[cls])
    element = cls("x")
    assert taken(element, element.write(value)) == value


@pytest.mark.parametrize("cls", ELEMENT_TYPES, ids=lambda cls: cls.__name__)
@given(value=st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text(), max_size=2))
def test_a_value_is_taken_or_refused_and_nothing_else(cls: type[Element], value: object) -> None:
    try:
        taken(cls("x"), value)
    except ValidationError as error:
        assert error.errors()[0]["msg"]
