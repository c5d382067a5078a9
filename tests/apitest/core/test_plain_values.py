from __future__ import annotations

import datetime as dt
import decimal
import uuid
from typing import Any

import pytest

from apitest.core.plain_values import plain


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (decimal.Decimal("2"), 2),
        (decimal.Decimal("2.50"), 2.5),
        (decimal.Decimal("NaN"), "nan"),
        (dt.date(2026, 1, 31), "2026-01-31"),
        (b"ab", "ab"),
        ({1: {decimal.Decimal("1")}}, {"1": [1]}),
        ((uuid.UUID(int=1),), ["00000000-0000-0000-0000-000000000001"]),
    ],
)
def test_values(value: Any, expected: Any) -> None:
    found = plain(value)
    assert found == expected or str(found) == expected
