from __future__ import annotations

import pytest

from apitest.core.link_header import target


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ('<https://a.test/?p=2>; rel="next", <https://a.test/?p=9>; rel="last"', "https://a.test/?p=2"),
        ("</items?a=1,2;b>; rel=next", "/items?a=1,2;b"),
        ('<x>; title="a, <y>; rel=next"; rel="prev next"', "x"),
        ('<x>; REL="NEXT"', "x"),
        ('<x>; rel="prev"', None),
        ("", None),
        ("nonsense", None),
    ],
)
def test_next(value: str, wanted: str | None) -> None:
    assert target(value, "next") == wanted
