"""Who is calling: credentials in headers -> `Principal` or `Denied`.

Each scheme has its file (basic_auth.py, api_key.py) with a live part that checks in under 2 us; this file has what
they share, and the contents page.  Pure: time comes in as `now` (monotonic seconds).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from server.errors import Forbidden, ServerError, Unauthorized
from server.kernel.invocation import Principal


@dataclass(frozen=True, slots=True)
class Denied:
    """Refused.  reason: for the log only.  challenge: value of `WWW-Authenticate`; empty means 403 instead of 401."""

    reason: str
    challenge: str = ""

    def as_error(self, cid: str = "") -> ServerError:
        """The error to raise: Unauthorized with its challenge, or Forbidden."""
        if self.challenge:
            return Unauthorized(cid, self.reason, self.challenge)
        return Forbidden(cid, self.reason)


class Verifier(Protocol):
    """What `server.connection("security", name)` gives."""

    principal: Principal

    def check(self, headers: Mapping[str, str], now: float) -> Principal | Denied:
        """headers: names in lower case.  The principal whose credentials they hold, or why not."""
        ...


def check_any(verifiers: Iterable[Verifier], headers: Mapping[str, str], now: float) -> Principal | Denied:
    """The first principal that the headers prove; else the first refusal that has a challenge, or the last one.

    All verifiers are asked, so that the time taken does not tell which definition matched.
    """
    found: Principal | None = None
    refusal = Denied("no security definition to check against")
    for verifier in verifiers:
        result = verifier.check(headers, now)
        if isinstance(result, Denied):
            refusal = refusal if refusal.challenge else result
        elif found is None:
            found = result
    return found if found is not None else refusal
