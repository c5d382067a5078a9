"""A hash under a key that lives as long as the process: to compare and remember credentials without keeping them.

Comparing digests takes the same time whatever the credentials, their lengths included; and digests under an unknown
key tell nothing to who can watch a set or a dict being searched.  BLAKE2b: RFC 7693.
"""

from __future__ import annotations

import secrets
from hashlib import blake2b

DIGEST_SIZE = 16  # bytes: 128 bits

_keyed = blake2b(key=secrets.token_bytes(32), digest_size=DIGEST_SIZE)


def keyed_hash(text: str) -> bytes:
    """16 bytes; the same text gives the same ones until the process ends.  PERF: 0.4 us, copying a keyed state."""
    state = _keyed.copy()
    state.update(text.encode("utf-8", "surrogatepass"))
    return state.digest()
