"""Secrets out of texts: values known to be secret, in every spelling they travel in, and headers that carry some.

Not here: which values are secret (`apitest/scenario.py` keeps them).
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import quote, quote_plus

MASK = "***"
SHORTEST = 4
"""Shorter secrets are masked only where they stand alone: `a` would blacken every text."""
LONGEST_ENCODED = 64
"""Longer ones, tokens mostly, are not looked for in Base64 and hexadecimal digits.  PERF: a run may have thousands."""

SECRET_HEADERS = frozenset(
    (
        "authorization",
        "proxy-authorization",
        "cookie",
        "set-cookie",
        "x-api-key",
        "api-key",
        "x-auth-token",
        "x-csrf-token",
    )
)


def mask(text: str, secrets: Iterable[str]) -> str:
    """The text with every secret replaced by `***`: as it is, URL-encoded, JSON-escaped, and in Base64."""
    found = frozenset(secrets)
    if not found or not text:
        return text
    spellings, short = _searched(found)
    # PERF a search for each is ten times quicker than one regular expression of them all, from some ten secrets on.
    for spelling in spellings:
        if spelling in text:
            text = text.replace(spelling, MASK)
    return short.sub(MASK, text) if short is not None else text


def mask_headers(headers: Iterable[tuple[str, str]], secrets: Iterable[str] = ()) -> tuple[tuple[str, str], ...]:
    """The headers with the values of those that carry credentials replaced, and secrets masked in the others."""
    known = frozenset(secrets)
    return tuple((name, MASK if name.lower() in SECRET_HEADERS else mask(value, known)) for name, value in headers)


def mask_url(url: str, secrets: Iterable[str] = ()) -> str:
    """The URL without the password in it, secrets masked."""
    if "@" in url:
        url = re.sub(r"(://[^/@:\s]*):[^/@\s]*@", rf"\1:{MASK}@", url)
    return mask(url, secrets)


@lru_cache(maxsize=16)
def _searched(secrets: frozenset[str]) -> tuple[tuple[str, ...], re.Pattern[str] | None]:
    """What to look for, longest first, as one secret may be part of another; and the short ones as a pattern."""
    spellings = {spelling for secret in secrets if len(secret) >= SHORTEST for spelling in _spellings(secret)}
    short = sorted((secret for secret in secrets if 0 < len(secret) < SHORTEST), key=len, reverse=True)
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(secret)}(?!\w)" for secret in short)) if short else None
    return tuple(sorted(spellings, key=len, reverse=True)), pattern


@lru_cache(maxsize=4096)
def _spellings(secret: str) -> frozenset[str]:
    spellings = {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]}
    spellings.add(json.dumps(secret, ensure_ascii=False)[1:-1])
    if len(secret) <= LONGEST_ENCODED:
        spellings |= {secret.encode().hex(), *_base64_forms(secret.encode())}
    return frozenset(spellings)


def _base64_forms(secret: bytes) -> set[str]:
    """What of the Base64 of any text around the secret depends on the secret alone, for its three positions in the
    groups of three bytes."""
    forms = set()
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + secret).decode().rstrip("=")
        first = {0: 0, 1: 2, 2: 3}[shift]
        # The last sign holds bits of what follows, unless the secret ends a group.
        last = len(encoded) if (shift + len(secret)) % 3 == 0 else len(encoded) - 1
        core = encoded[first:last]
        if len(core) >= SHORTEST:
            forms |= {core, core.replace("+", "-").replace("/", "_")}
    return forms
