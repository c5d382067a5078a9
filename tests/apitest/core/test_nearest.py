from __future__ import annotations

import pytest

from apitest.core import nearest

ROWS = [
    ("is", ["path", '"', "is", '"'], False),
    ("same", ["path", '"', "is", "the", "same", "as", "path", '"'], False),
    ("status", ["status", "is", '"'], False),
    ("payload", ["request", "is", '"'], True),
]


@pytest.mark.parametrize(
    ("words", "first"),
    [
        (["path", '"', "equals", '"'], "is"),
        (["pth", '"', "is", '"'], "is"),
        (["status", "is", "#"], "status"),
        (["stauts", "is", '"'], "status"),
        (["requst", "is", '"', "qty", ":", "#", '"'], "payload"),
    ],
)
def test_rows(words: list[str], first: str) -> None:
    assert nearest.rows(words, ROWS)[0] == first


def test_what_is_far_is_not_offered() -> None:
    assert nearest.rows(["zebra", "crossing"], ROWS) == []


def test_each_item_once_and_no_more_than_asked() -> None:
    assert nearest.rows(["path", '"', "is", '"'], ROWS * 2, limit=1) == ["is"]
    assert nearest.rows(["path", '"', "is", '"'], ROWS * 2).count("is") == 1


def test_many_rows_are_narrowed_by_common_words() -> None:
    many = [(number, ["other", f"word{number}"], False) for number in range(500)]
    assert nearest.rows(["path", '"', "equals", '"'], [*many, *ROWS])[0] == "is"


def test_names() -> None:
    assert nearest.names("oder-id", ["order-id", "Total", "x"]) == ["order-id"]
    assert nearest.names("TOTAL", ["order-id", "Total"]) == ["Total"]
    assert nearest.names("zzz", ["order-id"]) == []
