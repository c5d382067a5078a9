"""Making passwords that people may have to type.

Hashing of people's passwords (SSO) belongs here too and comes with SSO; what channels and connections use is sealed,
not hashed, since outgoing connections need the text.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence

# Without 0 O o, 1 l I: read aloud and typed from a screen.
ALPHABET = "23456789abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"
GROUPS = 4
GROUP_LENGTH = 5


def generate_password(choose: Callable[[Sequence[str]], str] = secrets.choice) -> str:
    """Four groups of five letters and digits, e.g. `8fQ2x-...`: 116 bits."""
    return "-".join("".join(choose(ALPHABET) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))
