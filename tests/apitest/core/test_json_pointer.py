from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitest.core import json_pointer
from apitest.core.json_pointer import Found, Missing, look
from apitest.errors import AssertionFailed, StepError

# RFC 6901, section 5.
RFC: dict[str, Any] = {
    "foo": ["bar", "baz"],
    "": 0,
    "a/b": 1,
    "c%d": 2,
    "e^f": 3,
    "g|h": 4,
    "i\\j": 5,
    'k"l': 6,
    " ": 7,
    "m~n": 8,
}

documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
)


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("", RFC),
        ("/foo", ["bar", "baz"]),
        ("/foo/0", "bar"),
        ("/", 0),
        ("/a~1b", 1),
        ("/c%d", 2),
        ("/e^f", 3),
        ("/g|h", 4),
        ("/i\\j", 5),
        ('/k"l', 6),
        ("/ ", 7),
        ("/m~0n", 8),
    ],
)
def test_examples_of_the_rfc(pointer: str, value: Any) -> None:
    assert json_pointer.read(RFC, pointer) == value


def places(value: Any, tokens: tuple[Any, ...] = ()) -> list[tuple[tuple[Any, ...], Any]]:
    found = [(tokens, value)]
    if isinstance(value, dict):
        for key, item in value.items():
            found += places(item, (*tokens, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            found += places(item, (*tokens, index))
    return found


@given(documents)
def test_every_place_is_found_by_its_pointer(document: Any) -> None:
    for tokens, value in places(document):
        pointer = json_pointer.join(tokens)
        assert json_pointer.parse(pointer) == [str(token) for token in tokens]
        assert look(document, pointer) == Found(value)


@given(documents, st.integers())
def test_what_was_written_is_read(document: Any, value: int) -> None:
    for tokens, _ in places(document):
        changed = json_pointer.write(copy.deepcopy(document), json_pointer.join(tokens), value)
        assert json_pointer.read(changed, json_pointer.join(tokens)) == value


@given(documents)
def test_what_was_removed_is_gone(document: Any) -> None:
    for tokens, _ in places(document):
        if tokens and isinstance(tokens[-1], str):
            changed = json_pointer.remove(copy.deepcopy(document), json_pointer.join(tokens))
            assert not json_pointer.exists(changed, json_pointer.join(tokens))


@given(documents, st.text())
def test_any_text_is_a_path_or_refused(document: Any, text: str) -> None:
    try:
        assert isinstance(look(document, text), (Found, Missing))
    except StepError:
        assert text and (not text.startswith("/") or "~" in text)


@pytest.mark.parametrize(
    ("pointer", "parent", "reason", "hint"),
    [
        ("/itmes/0", "", "the document has id, items", 'path "/itmes/0" doesn\'t exist; "/items/0" does'),
        ("/itmes/7", "", "the document has id, items", '"/items" exists'),
        ("/items/2", "/items", '"/items" is a list with 1 element', "The first one is /0."),
        ("/items/-", "/items", "is a list with 1 element", ""),
        ("/items/01", "/items", "'01' is no index", ""),
        ("/items/x", "/items", "'x' is no index", "0, 1, 2"),
        ("/items/0/sku/x", "/items/0/sku", "is a text, nothing is below it", ""),
        ("/items/0/none/x", "/items/0/none", "is null, nothing is below it", ""),
        ("/zzz", "", "the document has id, items", ""),
    ],
)
def test_how_far_it_got(pointer: str, parent: str, reason: str, hint: str) -> None:
    document = {"id": 1, "items": [{"sku": "A", "none": None}]}
    found = look(document, pointer)
    assert isinstance(found, Missing)
    assert found.parent == parent
    assert reason in found.reason
    assert hint in found.hint
    with pytest.raises(AssertionFailed, match="does not exist") as caught:
        json_pointer.read(document, pointer, "wanted")
    (mismatch,) = caught.value.mismatches
    assert (mismatch.path, mismatch.expected, mismatch.has_actual) == (pointer, "wanted", False)


def test_many_keys_are_cut() -> None:
    found = look({f"key{number}": 0 for number in range(30)}, "/other")
    assert isinstance(found, Missing) and "and 18 more" in found.reason


@pytest.mark.parametrize("pointer", ["a", "a/b", "/a~", "/a~2b", "#/a"])
def test_no_pointers(pointer: str) -> None:
    with pytest.raises(StepError, match="no JSON Pointer"):
        look({}, pointer)


@pytest.mark.parametrize(
    ("document", "pointer", "after"),
    [
        (None, "/a/b", {"a": {"b": 1}}),
        (None, "/0/a", [{"a": 1}]),
        ({}, "/a/-/b", {"a": [{"b": 1}]}),
        ({"a": [5]}, "/a/0", {"a": [1]}),
        ({"a": [5]}, "/a/1", {"a": [5, 1]}),
        ({"a": [5]}, "/a/-", {"a": [5, 1]}),
        ({"a": None}, "/a/b", {"a": {"b": 1}}),
        ({"a": 5}, "", 1),
        ({}, "/a~1b/c~0d", {"a/b": {"c~d": 1}}),
    ],
)
def test_write(document: Any, pointer: str, after: Any) -> None:
    assert json_pointer.write(document, pointer, 1) == after


@pytest.mark.parametrize(
    ("document", "pointer"), [({"a": "x"}, "/a/b"), ([1], "/5"), ([1], "/x"), ("text", "/a"), ({"a": [1]}, "/a/3/b")]
)
def test_what_cannot_be_written(document: Any, pointer: str) -> None:
    with pytest.raises(StepError, match="cannot be set"):
        json_pointer.write(document, pointer, 1)


def test_remove() -> None:
    assert json_pointer.remove({"a": [1, 2]}, "/a/0") == {"a": [2]}
    assert json_pointer.remove({"a": 1}, "") is None
    with pytest.raises(StepError, match="cannot be removed"):
        json_pointer.remove({"a": 1}, "/b")
