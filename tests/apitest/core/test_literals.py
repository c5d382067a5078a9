from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitest.core import literals
from apitest.errors import StepError

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(values)
def test_what_python_writes_is_read(value: Any) -> None:
    assert literals.parse_literal(repr(value)) == value


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        literals.parse_literal(text)
    except StepError:
        pass


@pytest.mark.parametrize("text", ["", "paid", "[1", "open('x')", "1 + x", "(" * 5000, "1" * 2_000_000, "a\0b"])
def test_what_is_no_literal(text: str) -> None:
    with pytest.raises(StepError):
        literals.parse_literal(text)


@pytest.mark.parametrize(
    ("value", "found"), [("a, b,c", ["a", "b", "c"]), ("", []), (" ", []), ("a,,b", ["a", "", "b"]), ([1, 2], [1, 2])]
)
def test_lists(value: Any, found: list[Any]) -> None:
    assert literals.parse_list(value) == found


def test_numbers() -> None:
    assert [literals.parse_integer(value) for value in ("3", 3, 3.0, " -1 ")] == [3, 3, 3, -1]
    assert [literals.parse_float(value) for value in ("9.90", 9, "1e3")] == [9.9, 9.0, 1000.0]
    for value in ("x", "", 1.5, True, None):
        with pytest.raises(StepError):
            literals.parse_integer(value)
    for value in ("x", "", False, None):
        with pytest.raises(StepError):
            literals.parse_float(value)
