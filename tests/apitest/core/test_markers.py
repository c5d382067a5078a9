from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from apitest.core import markers
from apitest.core.markers import Context, Marker, Verbatim
from apitest.errors import LookupFailed, StepError


@pytest.mark.parametrize(
    ("text", "marker"),
    [
        ("~integer", Marker("integer", "", False, "~integer")),
        ("~integer?", Marker("integer", "", True, "~integer?")),
        ("~regex:^a?", Marker("regex", "^a?", False, "~regex:^a?")),
        ("~regex?:^a?", Marker("regex", "^a?", True, "~regex?:^a?")),
        ("~range:1..9?", Marker("range", "1..9", True, "~range:1..9?")),
        ("~each:~range:1..2", Marker("each", "~range:1..2", False, "~each:~range:1..2")),
        ("plain", None),
        ("", None),
        (5, None),
        (Verbatim("~integer"), None),
    ],
)
def test_parse(text: Any, marker: Marker | None) -> None:
    assert markers.parse(text) == marker


@pytest.mark.parametrize(
    ("text", "hint"),
    [("~uid", "Did you mean ~uuid"), ("~foo", "write ~~foo"), ("~", "write ~~"), ("~/home", "~~/home")],
)
def test_unknown_markers(text: str, hint: str) -> None:
    with pytest.raises(LookupFailed) as caught:
        markers.parse(text)
    assert hint in caught.value.hint


@pytest.mark.parametrize("text", ["~range", "~regex:", "~uuid:4"])
def test_arguments_that_are_missing_or_too_many(text: str) -> None:
    with pytest.raises(StepError, match="argument"):
        markers.parse(text)


def test_explain() -> None:
    assert markers.explain("~uuid") == "a UUID"
    assert markers.explain("~range:1..9") == "a number in 1..9, both ends included"
    assert markers.explain("uuid") == markers.explain("~nope") == markers.explain(Verbatim("~uuid")) == ""


def check(text: str, actual: Any) -> str:
    marker = markers.parse(text)
    assert marker is not None
    return markers.check(marker, actual, Context())


@pytest.fixture
def own() -> Iterator[None]:
    yield
    markers.forget_own()


@pytest.mark.usefixtures("own")
def test_markers_of_a_project() -> None:
    def sku(actual: Any, argument: str) -> bool | str:
        """a stock number"""
        return actual == f"SKU-{argument}" or ("has no prefix" if argument else False)

    markers.register("sku", sku)
    assert check("~sku:1", "SKU-1") == ""
    assert check("~sku:1", "x") == "has no prefix"
    assert check("~sku", "x") == "is no sku"
    assert markers.names()["sku"] == "a stock number"
    markers.forget_own()
    with pytest.raises(LookupFailed):
        markers.parse("~sku")


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize("name", ["uuid", "absent", "a b", "", "1x", "x?"])
def test_names_that_cannot_be_registered(name: str) -> None:
    with pytest.raises(StepError):
        markers.register(name, lambda actual, argument: True)
