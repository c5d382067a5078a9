"""What comes near to a name, or to a row of words, that does not exist.  Text distance only; what the words mean is not
known here.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TypeVar

Item = TypeVar("Item")

HOLES = frozenset('"#')
"""Stand for values in a row of words: `"` a quoted one, `#` another."""

SHIFT_COST = 0.7  # a word too many or too few; less than half a wrong one would make everything near
HOLE_COST = 0.3  # a quoted value where a bare one belongs, or the other way
CANDIDATES = 60  # rows whose distance is computed, those with the most common words
FARTHEST = 0.55  # of the longer row's length; beyond, nothing is offered


def names(wrong: str, known: Iterable[str], limit: int = 3) -> list[str]:
    """The known names that come near, best first; none when nothing does."""
    by_lower: dict[str, str] = {}
    for name in known:
        by_lower.setdefault(name.lower(), name)
    return [by_lower[hit] for hit in difflib.get_close_matches(wrong.lower(), by_lower, limit, 0.6)]


def rows(wrong: Sequence[str], known: Iterable[tuple[Item, Sequence[str], bool]], limit: int = 3) -> list[Item]:
    """The items whose rows of words come near to `wrong`, best first, each once.

    known: (item, its words, whether anything may follow them).
    """
    bag = set(wrong)
    candidates = list(known)
    if len(candidates) > CANDIDATES:
        # Words count here, not their order; a common length breaks ties.
        candidates.sort(key=lambda row: (-len(bag.intersection(row[1])), abs(len(row[1]) - len(wrong))))
        if bag.intersection(candidates[CANDIDATES][1]) - HOLES or bag.intersection(candidates[0][1]) - HOLES:
            candidates = candidates[:CANDIDATES]
    best: dict[int, tuple[float, float, int, Item]] = {}
    for order, (item, words, is_open) in enumerate(candidates):
        distance = _distance(wrong, words, is_open) / max(len(words), 1 if is_open else len(wrong), 1)
        common = len(bag.intersection(words)) / max(len(bag.union(words)), 1)
        if distance <= FARTHEST and (id(item) not in best or (distance, -common) < best[id(item)][:2]):
            best[id(item)] = (distance, -common, order, item)
    ranked = sorted(best.values(), key=lambda found: found[:3])
    return [item for *_, item in ranked[:limit]]


def _distance(one: Sequence[str], other: Sequence[str], is_open: bool) -> float:
    """Edit distance over words; words that look alike count less.  is_open: what follows in `one` is free."""
    previous = [SHIFT_COST * column for column in range(len(other) + 1)]
    best = previous[-1]
    for row, word in enumerate(one, 1):
        current = [SHIFT_COST * row]
        for column, wanted in enumerate(other, 1):
            change = 0.0 if word == wanted else _cost(word, wanted)
            current.append(
                min(previous[column - 1] + change, previous[column] + SHIFT_COST, current[column - 1] + SHIFT_COST)
            )
        previous = current
        best = min(best, previous[-1])
    return best if is_open else previous[-1]


@lru_cache(maxsize=65536)
def _cost(one: str, other: str) -> float:
    if one in HOLES or other in HOLES:
        return HOLE_COST if one in HOLES and other in HOLES else 1.0
    alike = difflib.SequenceMatcher(None, one, other).ratio()
    return 1.0 - alike if alike >= 0.6 else 1.0
