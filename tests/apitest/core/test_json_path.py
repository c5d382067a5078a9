from __future__ import annotations

import pytest

from apitest.core import json_path
from apitest.errors import AssertionFailed, StepError

SHOP = {"items": [{"sku": "A", "price": 5}, {"sku": "B/1", "price": 7, "x~y": [1]}], "id": 17}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$", [("", SHOP)]),
        ("$.id", [("/id", 17)]),
        ("$..price", [("/items/0/price", 5), ("/items/1/price", 7)]),
        ("$.items[?@.price > 5].sku", [("/items/1/sku", "B/1")]),
        ("$.items[1]['x~y'][0]", [("/items/1/x~0y/0", 1)]),
        ("$.nope", []),
        ("/id", [("/id", 17)]),
        ("/nope", []),
    ],
)
def test_read_all(path: str, found: list[tuple[str, object]]) -> None:
    assert json_path.read_all(SHOP, path) == found
    assert json_path.exists(SHOP, path) == bool(found)


def test_read_one() -> None:
    assert json_path.read(SHOP, "$.items[0].sku") == json_path.read(SHOP, "/items/0/sku") == "A"
    assert json_path.read("text", "$") == "text"


def test_read_none_or_several() -> None:
    with pytest.raises(AssertionFailed, match="finds nothing"):
        json_path.read(SHOP, "$.nope")
    with pytest.raises(AssertionFailed, match="finds 2 values") as caught:
        json_path.read(SHOP, "$..price")
    assert caught.value.mismatches[0].actual == [5, 7]
    with pytest.raises(AssertionFailed, match="finds nothing"):
        json_path.read(5, "$.a")


@pytest.mark.parametrize("path", ["$.a b", "$[", "$.a[?foo]", "$.a | $.b", "$.items.~keys"])
def test_what_is_no_json_path(path: str) -> None:
    with pytest.raises(StepError, match="no JSONPath"):
        json_path.read_all(SHOP, path)
