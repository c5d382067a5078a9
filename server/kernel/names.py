"""The nearest known name to one that is not known, for messages that say "did you mean".  Pure."""

from __future__ import annotations

from collections.abc import Iterable

# Below this similarity (difflib's ratio) a suggestion confuses more than it helps: `orders` and `users` reach 0.55.
LEAST_SIMILARITY = 0.6


def nearest(wanted: str, known: Iterable[str]) -> str | None:
    """The known name most like `wanted` in any letter case, or None if nothing is near."""
    from difflib import get_close_matches  # imported here: costs 4 ms and only a failure needs it

    by_lower = {name.lower(): name for name in known}
    found = get_close_matches(wanted.lower(), by_lower, n=1, cutoff=LEAST_SIMILARITY)
    return by_lower[found[0]] if found else None


def suggestion(wanted: str, known: Iterable[str], most: int = 8) -> str:
    """What to append to "x does not exist.", space included: the nearest name, else a few of those there are."""
    names = sorted(known)
    near = nearest(wanted, names)
    if near is not None:
        return f" Did you mean '{near}'?"
    if not names:
        return " There are none yet."
    shown = ", ".join(names[:most])
    return f" Pick one of: {shown}{', ...' if len(names) > most else '.'}"
