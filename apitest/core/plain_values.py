"""Values of databases and spreadsheets as JSON would have them: numbers, texts, lists and objects.  Pure."""

from __future__ import annotations

import datetime as dt
import decimal
from typing import Any

from apitest.core import lookups


def plain(value: Any) -> Any:
    """Dates and times as ISO text, decimals as numbers, sets as sorted lists; what JSON has no word for as text."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() and value.as_tuple().exponent == 0 else float(value)
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, dict):
        return {
            key if isinstance(key, str) else lookups.as_text(plain(key)): plain(item) for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((plain(item) for item in value), key=str)
    return str(value)
