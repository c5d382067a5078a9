"""Reading an input: values, defaults, and every problem at once."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import Problem
from server.simpleio.declaration import compile_declaration
from server.simpleio.elements import Bool, Dict, DictList, Element, Int, List, Secret, Text
from server.simpleio.read import Input, merged, read


def declared(*elements: object, **options: Any) -> Any:
    holder = type("SimpleIO", (), {"input": elements, **options})
    return compile_declaration(type("Get", (), {"SimpleIO": holder}))


def taken(declaration: Any, raw: Any, params: Any = None) -> Input:
    found = read(declaration, raw, params)
    assert isinstance(found, Input), found
    return found


def problems(declaration: Any, raw: Any, params: Any = None) -> list[dict[str, Any]]:
    found = read(declaration, raw, params)
    assert isinstance(found, list), found
    return [one.as_dict() for one in found]


def test_elements_by_attribute_and_key() -> None:
    found = taken(declared("sku", Int("qty")), {"sku": "A", "qty": "3", "more": 1})
    assert (found.sku, found["qty"], found.get("qty")) == ("A", 3, 3)
    assert found == {"sku": "A", "qty": 3}


def test_all_problems_at_once_with_their_paths() -> None:
    declaration = declared("sku", Int("qty"), DictList("rows", Int("n")), Dict("a/b", "k"))
    assert problems(declaration, {"qty": "many", "rows": [{"n": 1}, {"n": "x"}, 5], "a/b": {}}) == [
        {"path": "/sku", "problem": "missing"},
        {"path": "/qty", "problem": "not a whole number", "given": "many"},
        {"path": "/rows/1/n", "problem": "not a whole number", "given": "x"},
        {"path": "/rows/2", "problem": "not an object", "given": 5},
        {"path": "/a~1b/k", "problem": "missing"},
    ]


def test_a_missing_optional_is_an_empty_text_and_get_has_its_own_default() -> None:
    found = taken(declared("sku", "-note"), {"sku": "A"})
    assert (found.note, found["note"], found.get("note", "none"), found.get("note")) == ("", "", "none", None)
    assert json.dumps(found) == '{"sku": "A", "note": ""}'
    assert taken(declared("-note"), {"note": ""}).get("note", "none") == ""


def test_null_counts_as_missing() -> None:
    assert problems(declared("sku"), {"sku": None}) == [{"path": "/sku", "problem": "missing"}]
    assert taken(declared("-note", Int("-n")), {"note": None, "n": None}).get("n", 5) == 5


def test_an_empty_text_is_a_value_for_a_required_element() -> None:
    assert taken(declared("sku"), {"sku": ""}).sku == ""
    assert problems(declared(Int("qty")), {"qty": ""})[0]["problem"] == "not a whole number"


def test_an_empty_text_is_nothing_for_an_optional_number() -> None:
    assert taken(declared(Int("-qty", default=7), Bool("-is_on")), {"qty": "", "is_on": ""}) == {"qty": 7, "is_on": ""}


@pytest.mark.parametrize(
    ("allowed", "raw", "wanted"),
    [
        (True, {"qty": "", "sku": None}, {"qty": "", "sku": None}),
        (True, {"qty": "5", "sku": "a"}, {"qty": 5, "sku": "a"}),
        (False, {"qty": 5, "sku": ""}, [Problem("/sku", "missing")]),
    ],
)
def test_allow_empty_required(allowed: bool, raw: Any, wanted: Any) -> None:
    assert read(declared("sku", Int("qty"), allow_empty_required=allowed), raw) == wanted


def test_defaults_of_element_and_declaration() -> None:
    assert taken(declared(Int("-n", default=5), "-x", default_value="?"), {}) == {"n": 5, "x": "?"}
    assert taken(declared("-x", default_value="?", default_input_value="!"), {}) == {"x": "!"}
    assert taken(declared("-x", skip_empty_request_keys=True), {}) == {}
    assert taken(declared("-x", default_value=None), {}) == {"x": None}


def test_a_default_list_is_not_shared() -> None:
    declaration = declared(List("-rows", default=[]))
    taken(declaration, {}).rows.append(1)
    assert taken(declaration, {}).rows == []


def test_parameters_win_over_the_body() -> None:
    assert taken(declared(Int("id"), "x"), {"id": 1, "x": "b"}, {"id": "2"}) == {"id": 2, "x": "b"}
    assert taken(declared(Int("id")), None, {"id": "2"}) == {"id": 2}


def test_the_request_element_may_wrap_the_input() -> None:
    declaration = declared("x", request_elem="order")
    assert taken(declaration, {"order": {"x": "1"}}) == {"x": "1"}
    assert taken(declaration, {"x": "1"}) == {"x": "1"}


@pytest.mark.parametrize(("raw", "what"), [([1], "a list"), ("x", "a text"), (5, "a number"), (True, "true or false")])
def test_what_is_no_object(raw: Any, what: str) -> None:
    assert problems(declared("x"), raw) == [{"path": "", "problem": f"not an object but {what}"}]


def test_a_secret_is_never_given_back() -> None:
    assert problems(declared(Secret("pin")), {"pin": ["1234"]}) == [{"path": "/pin", "problem": "not a text"}]


def test_a_long_value_is_given_back_short() -> None:
    assert len(problems(declared(Int("n")), {"n": "x" * 10_000})[0]["given"]) < 110
    assert problems(declared(Int("n")), {"n": [1] * 1000})[0]["given"] == "a list"


def test_an_unknown_element_names_the_nearest() -> None:
    with pytest.raises(AttributeError, match="no element 'quantty'. Did you mean 'quantity'"):
        _ = taken(declared("quantity"), {"quantity": "1"}).quantty


def test_a_missing_element_is_both_kinds_of_error() -> None:
    found = Input(customer="c17")
    assert not hasattr(found, "costumer") and getattr(found, "costumer", 5) == 5 and "costumer" not in found
    assert copy.deepcopy(found) == found and pickle.loads(pickle.dumps(found)) == found
    with pytest.raises(AttributeError, match="^the input has no element 'costumer'. Did you mean 'customer'"):
        _ = found.costumer
    with pytest.raises(KeyError):
        _ = found["costumer"]
    found.customer = "c18"
    assert found["customer"] == "c18"


def test_merged_without_a_declaration() -> None:
    assert merged({"a": 1}, {"b": 2}) == {"a": 1, "b": 2}
    assert merged([1], None) == {}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
DECLARATION = declared("a", Int("-b"), Bool("c"), List("-d"), DictList("-e", "k"), Dict("-f", Int("n"), "-m"))


@given(JSON | st.fixed_dictionaries({}, optional=dict.fromkeys("abcdef", JSON)))
def test_any_json_is_taken_or_every_problem_has_a_path(raw: Any) -> None:
    found = read(DECLARATION, raw)
    if isinstance(found, list):
        assert found
        assert all(one.problem and (one.path == "" or one.path.startswith("/")) for one in found)
        json.dumps([one.as_dict() for one in found])
    else:
        assert set(found) == set("abcdef")


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.integers() | st.text(), min_size=1))
def test_what_fits_is_taken_as_it_is(values: dict[str, Any]) -> None:
    kinds = [Int(name) if isinstance(value, int) else Text(name) for name, value in values.items()]
    elements: list[Element] = list(kinds)
    assert read(declared(*elements), values) == values
