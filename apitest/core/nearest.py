"""What comes near to a name or a sentence that does not exist.  Pure text distance; no knowledge of phrases' meaning."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from apitest.core.sentences import Token

if TYPE_CHECKING:
    from apitest.core.phrases import Phrase, _Entry


def names(wrong: str, known: Iterable[str], limit: int = 3) -> list[str]:
    """The known names that come near, best first; none when nothing does."""
    by_lower: dict[str, str] = {}
    for name in known:
        by_lower.setdefault(name.lower(), name)
    return [by_lower[hit] for hit in difflib.get_close_matches(wrong.lower(), by_lower, limit, 0.6)]


def phrases(tokens: list[Token], entries: Iterable[_Entry], limit: int = 3) -> list[Phrase]:
    return []
