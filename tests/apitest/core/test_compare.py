from __future__ import annotations

import copy
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitest.core.compare import NOTHING, check, compare, contains, is_same
from apitest.core.json_pointer import Found, look
from apitest.core.markers import Verbatim
from apitest.errors import AssertionFailed, LookupFailed

plain_text = st.text().filter(lambda text: not text.startswith("~"))
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | plain_text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)


def paths(mismatches: list[Any]) -> list[str]:
    return [mismatch.path for mismatch in mismatches]


@given(documents)
def test_a_document_is_the_same_as_itself(document: Any) -> None:
    assert compare(document, copy.deepcopy(document)) == []
    assert contains(document, copy.deepcopy(document)) == []


@given(documents, documents)
def test_difference_is_mutual_and_points_at_real_places(one: Any, other: Any) -> None:
    there, back = compare(one, other), compare(other, one)
    assert bool(there) == bool(back)
    for mismatch in there:
        if mismatch.has_actual:
            found = look(other, mismatch.path)
            assert isinstance(found, Found) and found.value == mismatch.actual


@given(documents, st.data())
def test_one_change_is_one_difference(document: Any, data: st.DataObject) -> None:
    if not isinstance(document, dict) or not document:
        return
    key = data.draw(st.sampled_from(sorted(document)))
    changed = {**document, key: "another text, surely"}
    assert len(compare(document, changed)) <= 1


@given(st.dictionaries(st.text(max_size=3), documents, max_size=4), st.dictionaries(st.text(max_size=3), documents))
def test_more_keys_are_contained(document: dict[str, Any], more: dict[str, Any]) -> None:
    assert contains(document, {**more, **document}) == []


@given(st.lists(documents, max_size=6), st.randoms(use_true_random=False))
def test_unordered_lists_fit_in_any_order(items: list[Any], shuffler: random.Random) -> None:
    shuffled = list(items)
    shuffler.shuffle(shuffled)
    assert compare(["~unordered", *items], shuffled) == []


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        (1, 1.0),
        (9.90, 9.9),
        (None, None),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({"a": "~integer?"}, {}),
        ({"a": "~absent"}, {}),
        ({"a": "~ignore"}, {}),
        ({"a": "~any"}, {"a": None}),
        (["~unordered", "~any", 1], [1, 2]),
        (["~unordered", "~integer", "~string"], ["a", 1]),
        (["~unordered", "~number", "~integer", 1], [1, 2, 2.5]),
        (["~unordered"], []),
        ("~uuid", "9f0c4c4e-7b3e-4a4c-9c0a-0f6e2d1c3b2a"),
        (Verbatim("~any"), "~any"),
        ({"id": 1, "again": "~same-as:/id"}, {"id": 1, "again": 1}),
        ((1, 2), [1, 2]),
    ],
)
def test_same(expected: Any, actual: Any) -> None:
    assert compare(expected, actual) == []
    assert is_same(expected, actual)


@pytest.mark.parametrize(
    ("expected", "actual", "path", "reason"),
    [
        (1, True, "", "boolean instead of number"),
        (True, 1, "", "number instead of boolean"),
        ("9.9", 9.9, "", "number instead of text"),
        (1, "1", "", "text instead of number"),
        (None, 0, "", "number instead of null"),
        ("a", "A", "", "only the letter case differs"),
        ("a", "a ", "", "only blanks at the ends differ"),
        ("x" * 50 + "a", "x" * 50 + "b", "", "character 51"),
        ("x" * 50, "x" * 40, "", "character 41"),
        ("paid", "pending", "", ""),
        ({}, [], "", "list instead of object"),
        ([], {}, "", "object instead of list"),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}, "/a/b/1", ""),
        ({"a/b": 1}, {"a/b": 2}, "/a~1b", ""),
        ({"a": 1}, {}, "/a", "is missing; there is no keys"),
        ({"price": 1}, {"prise": 1}, "/price", '"/prise" is there'),
        ({"a": "~any"}, {}, "/a", "is missing"),
        ({"a": "~present"}, {}, "/a", "is missing"),
        ({"a": "~absent"}, {"a": None}, "/a", "should not be there"),
        ({"a": "~integer?"}, {"a": "x"}, "/a", "is a text"),
        ([1, 2, 3], [1, 3], "/1", "is missing; 2 elements instead of 3"),
        ([1, 3], [1, 2, 3], "/1", "is not expected; 3 elements instead of 2"),
        ([1], [], "/0", "is missing; 0 elements instead of 1"),
        (["~unordered", 1, 2], [2, 3, 1], "/1", "is not expected"),
        (["~unordered", 1, 5], [2, 1], "/1", "no element is like that"),
        (Verbatim("~any"), "x", "", ""),
    ],
)
def test_different(expected: Any, actual: Any, path: str, reason: str) -> None:
    mismatch = compare(expected, actual)[0]
    assert mismatch.path == path
    assert reason in mismatch.reason


def test_all_differences_at_once_in_document_order() -> None:
    expected = {"id": "~integer", "items": [{"price": "~number"}, {"price": "~number", "sku": "A"}], "x": 1}
    actual = {"id": 17, "items": [{"price": 9.9}, {"price": "9.9", "sku": "B"}], "y": 1}
    found = compare(expected, actual)
    assert paths(found) == ["/items/1/price", "/items/1/sku", "/x", "/y"]
    assert found[0].reason == "is a text, not a number"
    assert found[-1].expected is NOTHING


def test_the_nearest_element_is_shown() -> None:
    found = compare(["~unordered", {"id": 1, "s": "a"}], [{"id": 2, "s": "x"}, {"id": 1, "s": "b"}])
    assert paths(found)[0] == "/1/s"


def test_a_path_in_front() -> None:
    assert paths(compare({"a": [1]}, {"a": [2]}, "/body")) == ["/body/a/0"]


@pytest.mark.parametrize(
    ("expected", "actual", "found"),
    [
        ({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}, "d": 3}, []),
        ({"items": [{"sku": "A"}]}, {"items": [{"sku": "B"}, {"sku": "A", "n": 1}]}, []),
        ({"items": ["~unordered", 1]}, {"items": [2, 1]}, []),
        ({"items": []}, {"items": [1]}, []),
        ({"items": [1, 1]}, {"items": [1, 2]}, ["/items/1"]),
        ({"items": [{"sku": "C", "n": 1}]}, {"items": [{"sku": "A", "n": 1}]}, ["/items/0/sku"]),
        ({"a": {"b": 1}}, {"a": {}}, ["/a/b"]),
        ({"a": 1}, [1], [""]),
    ],
)
def test_contains(expected: Any, actual: Any, found: list[str]) -> None:
    assert paths(contains(expected, actual)) == found


def test_unknown_markers_are_errors() -> None:
    with pytest.raises(LookupFailed):
        compare({"a": "~nope"}, {"a": 1})


def test_check() -> None:
    check("same", [])
    with pytest.raises(AssertionFailed, match="differs") as caught:
        check("differs", compare(1, 2), "a hint")
    assert (len(caught.value.mismatches), caught.value.hint) == (1, "a hint")
