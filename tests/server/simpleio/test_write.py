"""Writing an output: leniently, with remarks, or strictly."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.services.response import Output
from server.simpleio.declaration import compile_declaration
from server.simpleio.elements import Date, Decimal, Dict, Int, List, Text
from server.simpleio.read import read
from server.simpleio.write import OutputIncomplete, write


def declared(*elements: object, **options: Any) -> Any:
    holder = type("SimpleIO", (), {"output": elements, **options})
    return compile_declaration(type("Get", (), {"SimpleIO": holder}))


def written(declaration: Any, output: Any) -> tuple[Any, list[str]]:
    remarks: list[str] = []
    return write(declaration, output, remarks.append), remarks


def test_declared_elements_in_their_order() -> None:
    found, remarks = written(declared("a", Int("n"), Date("day")), {"day": dt.date(2026, 1, 2), "n": "5", "a": 1})
    assert list(found.items()) == [("a", "1"), ("n", 5), ("day", "2026-01-02")]
    assert remarks == []


def test_what_is_not_declared_goes_out_with_a_remark() -> None:
    found, remarks = written(declared("account_name"), {"user_name": "ann", "account_name": "a"})
    assert found == {"account_name": "a", "user_name": "ann"}
    assert remarks == ["the output 'user_name' is not declared and goes out all the same"]


def test_a_missing_required_one_is_left_out_with_a_remark() -> None:
    found, remarks = written(declared("a", "b", "-c"), {"a": "1"})
    assert found == {"a": "1"}
    assert remarks == ["the required output 'b' was not set and is left out"]


def test_strict_refuses() -> None:
    with pytest.raises(OutputIncomplete, match="'b' was not set"):
        write(declared("b", strict_output=True), {})
    with pytest.raises(OutputIncomplete, match="'n' is not a whole number"):
        write(declared(Int("n"), strict_output=True), {"n": "x"})


def test_what_does_not_fit_goes_out_as_it_is() -> None:
    found, remarks = written(declared(Int("n")), {"n": "x"})
    assert found == {"n": "x"}
    assert remarks == ["the output 'n' is not a whole number; it goes out as it is"]


def test_an_element_type_of_the_users_own_writes_as_it_likes() -> None:
    class Loud(Text):
        def write(self, value: Any) -> Any:
            return str(value).upper()

    class Service:
        output = Loud("name"), Text("plain")

    assert write(compile_declaration(Service), {"name": "abc", "plain": "abc"}) == {"name": "ABC", "plain": "abc"}


def test_null_stays_null() -> None:
    assert written(declared("a", Int("n")), {"a": None, "n": None}) == ({"a": None, "n": None}, [])


def test_defaults() -> None:
    assert written(declared("-a", default_value=""), {})[0] == {"a": ""}
    assert written(declared("-a", default_value="", default_output_value="x"), {})[0] == {"a": "x"}
    assert written(declared(Int("-n", default=3)), {})[0] == {"n": 3}


def test_empty_ones_can_be_left_out() -> None:
    output = {"a": "", "b": None, "c": [], "d": 0}
    assert written(declared("a", "b", List("c"), Int("d"), skip_empty_keys=True), output)[0] == {"d": 0}
    forced = declared("a", "b", List("c"), Int("d"), skip_empty_response_keys=True, force_empty_keys=("a",))
    assert written(forced, output)[0] == {"a": "", "d": 0}


def test_a_list_is_written_row_by_row() -> None:
    assert written(declared(Int("n")), [{"n": "1"}, {"n": 2}])[0] == [{"n": 1}, {"n": 2}]
    assert written(declared(Int("n")), ({"n": n} for n in (1, 2)))[0] == [{"n": 1}, {"n": 2}]
    assert written(declared(Int("n"), output_repeated=True), {"n": 1})[0] == [{"n": 1}]
    assert written(declared(Int("n"), output_repeated=True), None)[0] == []


def test_the_response_element_wraps() -> None:
    assert written(declared("a", response_elem="r"), {"a": "1"})[0] == {"r": {"a": "1"}}
    assert written(declared("a", response_elem="r"), [{"a": "1"}])[0] == {"r": [{"a": "1"}]}


@pytest.mark.parametrize("output", ["text", b"bytes", 5, True])
def test_what_has_no_elements_passes(output: Any) -> None:
    assert written(declared("-a"), output) == (output, [])


def test_objects_and_elements_set_one_by_one() -> None:
    class Order:
        def __init__(self) -> None:
            self.id, self.secret = 5, "x"

    assert written(declared("id"), Order()) == ({"id": 5}, [])
    output = Output()
    output.id = 5
    assert written(declared("id"), output.to_plain()) == ({"id": 5}, [])


def test_rows_of_sqlalchemy() -> None:
    import sqlalchemy as sa

    with sa.create_engine("sqlite://").connect() as connection:
        rows = connection.execute(sa.text("select 1 as id, 'x' as name union select 2, 'y' order by 1"))
        assert written(declared("id", "name"), rows)[0] == [{"id": 1, "name": "x"}, {"id": 2, "name": "y"}]
        row = connection.execute(sa.text("select 1 as id, 'x' as name")).one()
        assert written(declared("id"), row)[0] == {"id": 1}


@given(
    st.fixed_dictionaries(
        {
            "a": st.text(),
            "n": st.integers(),
            "d": st.decimals(allow_nan=False, allow_infinity=False),
            "day": st.dates(min_value=dt.date(1000, 1, 1)),
            "x": st.dictionaries(st.text(), st.integers()),
        }
    )
)
def test_what_is_written_can_be_read_with_the_same_declaration(values: dict[str, Any]) -> None:
    elements = ("a", Int("n"), Decimal("d"), Date("day"), Dict("x"))
    holder = type("SimpleIO", (), {"input": elements, "output": elements})
    declaration = compile_declaration(type("Get", (), {"SimpleIO": holder}))
    assert read(declaration, write(declaration, values)) == values
