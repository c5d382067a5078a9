from __future__ import annotations

import random
from datetime import datetime, timezone

import pytest

from apitest.core import markers
from apitest.core.markers import Context, Verbatim
from apitest.errors import StepError
from apitest.mocks.made_up import _MAKERS, make_up

NOW = datetime(2026, 1, 31, 12, 0, 0, 123000, tzinfo=timezone.utc)
ARGUMENTS = {"contains": "ab", "startswith": "ab", "endswith": "ab", "oneof": "a,b", "range": "1..9", "length": "3..5",
             "within": "5s-of-now", "each": "~integer"}  # fmt: skip


@pytest.mark.parametrize("name", sorted(_MAKERS))
@pytest.mark.parametrize("seed", range(5))
def test_what_is_made_up_fits_its_marker(name: str, seed: int) -> None:
    text = f"~{name}:{ARGUMENTS[name]}" if name in ARGUMENTS else f"~{name}"
    marker = markers.parse(text)
    assert marker is not None
    value = make_up(text, random.Random(seed), NOW)
    assert markers.check(marker, value, Context(now=NOW)) == ""


def test_documents() -> None:
    document = {"a": "~absent", "b": [1, Verbatim("~x"), "plain"], "c": None}
    assert make_up(document, random.Random(1), NOW) == {"b": [1, "~x", "plain"], "c": None}
    assert make_up("~uuid", random.Random(1), NOW) != make_up("~uuid", random.Random(2), NOW)


@pytest.mark.parametrize("text", ["~iban", "~regex:^A$", "~range:a..b", "~nosuch"])
def test_what_cannot_be_made_up(text: str) -> None:
    with pytest.raises(StepError):
        make_up(text, random.Random(1), NOW)
