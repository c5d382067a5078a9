"""HTTP Digest authentication: a challenge of the server and credentials -> the header that answers it.

Pure: the client's nonce comes in.  Source: RFC 7616, RFC 2617 (a challenge without qop).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

ALGORITHMS = {
    "SHA-512-256": "sha512_256",
    "SHA-256": "sha256",
    "MD5": "md5",
}
"""Best first (RFC 7616 3.7)."""

_PARAMETER = re.compile(r'([\w*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_SCHEME = re.compile(r"(?:^|,)\s*(Digest)\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Challenge:
    """What the server asks for.  algorithm: as it spells it, "" where it says nothing."""

    realm: str
    nonce: str
    algorithm: str = ""
    qop: tuple[str, ...] = ()
    opaque: str | None = None
    is_userhash: bool = False
    charset: str = ""
    domain: str = ""


def read_challenges(values: Iterable[str]) -> list[Challenge]:
    """The Digest challenges in the values of WWW-Authenticate; others, and broken ones, are left out."""
    found = []
    for value in values:
        for start in _SCHEME.finditer(value):
            rest = value[start.end() :]
            following = re.search(r",\s*[\w-]+\s+[\w-]+\s*=", rest)
            names = {}
            for item in _PARAMETER.finditer(rest[: following.start()] if following else rest):
                text = re.sub(r"\\(.)", r"\1", item[2]) if item[2] is not None else item[3]
                names[item[1].lower()] = text
            if "nonce" not in names:
                continue
            found.append(
                Challenge(
                    names.get("realm", ""),
                    names["nonce"],
                    names.get("algorithm", ""),
                    tuple(part.strip().lower() for part in names.get("qop", "").split(",") if part.strip()),
                    names.get("opaque"),
                    names.get("userhash", "").lower() == "true",
                    names.get("charset", ""),
                )
            )
    return found


def choose(challenges: Iterable[Challenge]) -> Challenge | None:
    """The one with the best algorithm that we know, and a qop that we know."""
    usable = [one for one in challenges if _hash_name(one) and (not one.qop or {"auth", "auth-int"} & set(one.qop))]
    order = list(ALGORITHMS.values())
    return min(usable, key=lambda one: order.index(_hash_name(one)), default=None)


def authorization(
    challenge: Challenge,
    username: str,
    password: str,
    method: str,
    target: str,
    body: bytes,
    cnonce: str,
    count: int = 1,
) -> str:
    """The value of Authorization.  target: as in the request line; count: how often this nonce was used, this time
    included."""
    name = _hash_name(challenge)

    def digest(data: str | bytes) -> str:
        return hashlib.new(name, data if isinstance(data, bytes) else data.encode()).hexdigest()

    secret = digest(f"{username}:{challenge.realm}:{password}")
    if challenge.algorithm.lower().endswith("-sess"):
        secret = digest(f"{secret}:{challenge.nonce}:{cnonce}")
    qop = "auth" if "auth" in challenge.qop else "auth-int" if challenge.qop else ""
    asked = f"{method}:{target}" + (f":{digest(body)}" if qop == "auth-int" else "")
    uses = f"{count:08x}"
    middle = f"{challenge.nonce}:{uses}:{cnonce}:{qop}" if qop else challenge.nonce
    user = digest(f"{username}:{challenge.realm}") if challenge.is_userhash else username
    parts = [
        f'username="{_quoted(user)}"',
        f'realm="{_quoted(challenge.realm)}"',
        f'nonce="{_quoted(challenge.nonce)}"',
        f'uri="{_quoted(target)}"',
        f'response="{digest(f"{secret}:{middle}:{digest(asked)}")}"',
    ]
    if challenge.algorithm:
        parts.append(f"algorithm={challenge.algorithm}")
    if qop:
        parts += [f"qop={qop}", f"nc={uses}", f'cnonce="{cnonce}"']
    elif challenge.algorithm.lower().endswith("-sess"):
        parts.append(f'cnonce="{cnonce}"')
    if challenge.opaque is not None:
        parts.append(f'opaque="{_quoted(challenge.opaque)}"')
    if challenge.is_userhash:
        parts.append("userhash=true")
    return "Digest " + ", ".join(parts)


def _hash_name(challenge: Challenge) -> str:
    plain = challenge.algorithm.upper().removesuffix("-SESS") or "MD5"
    return ALGORITHMS.get(plain, "")


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
