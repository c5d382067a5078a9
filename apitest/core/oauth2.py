"""OAuth2 on the side of a client: what is asked of a token endpoint, and what its answer means.

Pure: the time comes in, sending is done elsewhere (`steps/auth.py`).  Source: RFC 6749 (2.3.1, 4.3, 4.4, 5, 6).
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus, urlencode

from apitest.core.request import RequestSpec, Response
from apitest.errors import StepError

MARGIN_SECONDS = 30.0
MARGIN_PART = 0.1
"""A token is renewed so long before its end: this many seconds, but no more than a tenth of its life."""


@dataclass(slots=True)
class Settings:
    """What the sentences of one scenario have said about tokens.

    The names of the two fields and the grant are those that old suites rely on.  is_client: the credentials are those
    of a client that authenticates with HTTP Basic, as the standard has it, and not form fields.
    """

    endpoint: str = ""
    username: str = ""
    password: str = ""
    scopes: str = ""
    grant_type: str = "password"
    extra_fields: dict[str, str] = field(default_factory=dict)
    client_id_field: str = "username"
    client_secret_field: str = "password"
    request_format: str = "form"
    refresh_token: str = ""
    is_client: bool = False

    @property
    def key(self) -> tuple[Any, ...]:
        """What tokens are kept under."""
        extra = tuple(sorted(self.extra_fields.items()))
        return (self.endpoint, self.username, self.password, self.scopes, self.grant_type, extra, self.is_client)


@dataclass(frozen=True, slots=True)
class Token:
    """expires_at: by the clock that was given; None where the server did not say."""

    access: str
    expires_at: float | None = None
    renew_at: float | None = None
    refresh: str = ""

    def is_usable(self, now: float) -> bool:
        return self.renew_at is None or now < self.renew_at


def token_request(settings: Settings, user_agent: str, timeout_seconds: float, refresh: str = "") -> RequestSpec:
    """The request for a token; with the refresh token where one is given.

    Raises StepError where something was not said.
    """
    if not settings.endpoint:
        raise StepError("There is no address to get a token from", 'Say: OAuth2 endpoint "https://id.test/token"')
    if "://" not in settings.endpoint:
        raise StepError(f'"{settings.endpoint}" is no address', 'For instance "https://id.test/token"')
    fields = {"grant_type": "refresh_token" if refresh else settings.grant_type}
    headers = [("User-Agent", user_agent), ("Accept", "application/json")]
    if refresh:
        fields["refresh_token"] = refresh
    if settings.is_client:
        # Both are form-encoded first (RFC 6749 2.3.1), so that a colon in them means itself.
        plain = f"{quote_plus(settings.username)}:{quote_plus(settings.password)}"
        headers.append(("Authorization", f"Basic {base64.b64encode(plain.encode()).decode()}"))
    else:
        if settings.username:
            fields[settings.client_id_field] = settings.username
        if settings.password:
            fields[settings.client_secret_field] = settings.password
    if settings.scopes:
        fields["scope"] = settings.scopes
    fields |= settings.extra_fields
    if settings.request_format == "json":
        headers.append(("Content-Type", "application/json"))
        body = json.dumps(fields).encode()
    else:
        headers.append(("Content-Type", "application/x-www-form-urlencoded"))
        body = urlencode(fields).encode()
    # A redirect of a token endpoint would take the credentials elsewhere.
    return RequestSpec("POST", settings.endpoint, tuple(headers), body, timeout_seconds, follows_redirects=False)


def read_token(response: Response, now: float) -> Token:
    """The answer of a token endpoint -> Token.  Raises StepError with what the server says (RFC 6749 5.2)."""
    try:
        document = json.loads(response.body)
    except ValueError:
        document = None
    if not 200 <= response.status < 300 or not isinstance(document, dict):
        raise StepError(
            f"No token from {response.url}: {_complaint(response, document)}", _HINTS.get(_code(document), "")
        )
    access = document.get("access_token")
    kind = document.get("token_type", "Bearer")
    if not isinstance(access, str) or not access:
        raise StepError(
            f"No token from {response.url}: its answer has no access_token", f"It has: {', '.join(document)}"
        )
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise StepError(f"The token from {response.url} is of the type {kind!r}", "Only bearer tokens can be sent.")
    refresh = document.get("refresh_token")
    life = _seconds(document.get("expires_in"))
    return Token(
        access,
        None if life is None else now + life,
        None if life is None else now + life - min(MARGIN_SECONDS, life * MARGIN_PART),
        refresh if isinstance(refresh, str) else "",
    )


def is_client_refused(response: Response) -> bool:
    """Whether the server knows the client by another way of authentication, perhaps."""
    try:
        return response.status in (400, 401) and _code(json.loads(response.body)) == "invalid_client"
    except ValueError:
        return False


def secrets_in(response: Response) -> list[str]:
    """The tokens in an answer, whatever else is wrong with it."""
    try:
        document = json.loads(response.body)
    except ValueError:
        return []
    if not isinstance(document, dict):
        return []
    values = (document.get(name) for name in ("access_token", "refresh_token", "id_token"))
    return [value for value in values if isinstance(value, str) and value]


def parse_extra_fields(text: str) -> dict[str, str]:
    """`a=b, c=d` -> fields.  Raises StepError."""
    found = {}
    for part in text.split(","):
        name, equals, value = part.partition("=")
        if not part.strip():
            continue
        if not equals or not name.strip():
            raise StepError(f'"{part.strip()}" is no field', "Write them like audience=shop, resource=orders")
        found[name.strip()] = value.strip()
    return found


_HINTS = {
    "invalid_client": "Is the client known there, and its secret right?",
    "invalid_grant": "Are user name and password right, or has the refresh token ended?",
    "invalid_scope": "Ask for scopes that the server gives to this client.",
    "unauthorized_client": "The client may not use this grant type.",
    "unsupported_grant_type": 'Say another one: OAuth2 grant type "client_credentials"',
}


def _code(document: Any) -> str:
    return str(document.get("error", "")) if isinstance(document, dict) else ""


def _complaint(response: Response, document: Any) -> str:
    said = f"status {response.status}"
    if isinstance(document, dict) and document.get("error"):
        said += f", {document['error']}"
        if document.get("error_description"):
            said += f" ({document['error_description']})"
    elif not isinstance(document, dict):
        said += ", and no JSON object"
    return said


def _seconds(value: Any) -> float | None:
    """`expires_in` as a number; some servers send it as text."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
