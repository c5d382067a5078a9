"""apitest/core/snapshots.py: what is kept, what differs, what a new one takes over."""

from __future__ import annotations

from typing import Any

import pytest

from apitest.core import snapshots
from apitest.core.markers import Context
from apitest.core.request import RequestSpec, Response
from apitest.errors import AssertionFailed, Mismatch, StepError

CONTEXT = Context()


def told(found: list[Mismatch]) -> list[tuple[str, Any, Any]]:
    return [(one.path, one.expected, one.actual) for one in found]


def differences(approved: Any, actual: Any, *ignored: str) -> list[tuple[str, Any, Any]]:
    return told(snapshots.differences(approved, actual, ignored, CONTEXT))


def test_paths() -> None:
    assert snapshots.paths_in("/id, $..at,$['a','b'],/x") == ["/id", "$..at", "$['a','b']", "/x"]
    assert snapshots.paths_in("") == []
    with pytest.raises(StepError, match='"id" is no path'):
        snapshots.paths_in("id")


def test_texts_that_look_like_markers() -> None:
    document = {"a": "~any", "b": ["~~x", "#name"]}
    assert snapshots.storable(document) == {"a": "~~any", "b": ["~~~x", "#name"]}
    assert differences(snapshots.storable(document), document) == []
    assert differences({"a": "~~any"}, {"a": "x"}) == [("/a", "~any", "x")]
    assert differences({"a": "~integer"}, {"a": 1}) == []


def test_ignored_values() -> None:
    approved = {"id": 1, "items": [{"at": "x", "n": 1}], "old": 1}
    actual = {"id": 2, "items": [{"at": "y", "n": 1}], "new": 1}
    assert differences(approved, actual, "/id", "$..at", "/old", "/new") == []
    assert told(snapshots.differences(approved, actual, ["/id"], CONTEXT))[0][0] == "/items/0/at"
    assert approved == {"id": 1, "items": [{"at": "x", "n": 1}], "old": 1}
    with pytest.raises(StepError, match="leaves nothing"):
        differences(approved, actual, "$")


def test_shapes() -> None:
    approved = {"id": 1, "tags": ["a"], "who": {"name": "Ann", "note": "~string?"}, "any": [1, "a"], "none": []}

    def shape(actual: Any) -> list[tuple[str, Any, Any]]:
        return told(snapshots.shape_differences(approved, actual, CONTEXT))

    fits = {"id": 2, "tags": [], "who": {"name": "Eve"}, "any": ["x", 2, "y"], "none": [1]}
    assert shape(fits) == []
    assert shape({**fits, "id": "2"}) == [("/id", "a number", "2")]
    assert shape({**fits, "tags": [None]}) == [("/tags/0", "a text", None)]
    assert shape({**fits, "who": {"nam": "x", "note": 1}}) == [
        ("/who/name", "~present", None),
        ("/who/note", "~string?", 1),
        ("/who/nam", snapshots.NOTHING, "x"),
    ]
    assert shape([]) == [("", "an object", [])]


def test_elements_are_like_the_nearest_one() -> None:
    approved = ["~unordered", {"a": 1}, {"b": 1, "c": 1}]
    assert told(snapshots.shape_differences(approved, [{"b": 1, "c": ""}], CONTEXT)) == [("/0/c", "a number", "")]


def test_what_is_written() -> None:
    actual = {"id": 7, "items": [{"id": 1}, {"id": 2}], "text": "~any"}
    made = snapshots.received(actual, None, [("$..id", "~integer")], [], CONTEXT)
    assert made == {"id": "~integer", "items": [{"id": "~integer"}, {"id": "~integer"}], "text": "~~any"}
    with pytest.raises(AssertionFailed) as caught:
        snapshots.received(actual, None, [("$..id", "~uuid")], [], CONTEXT)
    assert [path for path, _, _ in told(caught.value.mismatches)] == ["/id", "/items/0/id", "/items/1/id"]


def test_what_is_taken_over() -> None:
    approved = {
        "id": "~integer", "at": "yesterday", "state": "new", "kind": "~integer", "note": "~string?", "gone": "x",
        "list": ["~unordered", "~integer", "b"],
    }  # fmt: skip
    actual = {"id": 8, "at": "today", "state": "paid", "kind": "x", "more": True, "list": [1, "c"]}
    made = snapshots.received(actual, approved, [], ["/at"], CONTEXT)
    assert made == {
        "id": "~integer", "at": "yesterday", "state": "paid", "kind": "x", "more": True,
        "list": ["~unordered", "~integer", "c"], "note": "~string?",
    }  # fmt: skip


def test_an_exchange() -> None:
    spec = RequestSpec("POST", "http://h:1/a?b=c", (("Accept", "*/*"), ("Authorization", "Basic x")), b"", 1)
    answer = Response(201, "Created", (("Location", "/a/1"), ("Date", "now"), ("Vary", "a"), ("vary", "b")), b"", "", 0)
    assert snapshots.exchange(spec, answer, {"pw": "secret!"}, [1], {"secret!"}) == {
        "request": {"method": "POST", "path": "/a?b=c", "headers": {"accept": "*/*"}, "body": {"pw": "***"}},
        "status": 201,
        "headers": {"location": "/a/1", "vary": "a, b"},
        "body": [1],
    }


def test_secrets() -> None:
    assert snapshots.masked({"a": ["my secret!", 1]}, ["secret!"]) == {"a": ["my ***", 1]}


def test_files() -> None:
    assert snapshots.as_file({"a": "é"}) == '{\n  "a": "é"\n}\n'
