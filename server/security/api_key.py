"""API keys: calls that come in with a secret in a header of its own (server-interface.md 8.2, ruling 57)."""

from __future__ import annotations

from collections.abc import Mapping
from hmac import compare_digest
from typing import Any

from server.kernel.invocation import Principal
from server.kernel.lifecycle import BasePart
from server.kernel.registry import AdminNames, connection_type
from server.security.check import Denied
from server.security.definition import APIKeyDefinition
from server.security.keyed_hash import keyed_hash


@connection_type(
    "security.apikey",
    definition=APIKeyDefinition,
    title="API key definition",
    namespace="security",
    admin=AdminNames(
        "zato.security.apikey",
        actions=("create", "edit", "delete", "get", "get-list", "change-password"),
        command="api-key",
    ),
)
class APIKey(BasePart):
    """The live form of an API key definition."""

    def __init__(self, definition: APIKeyDefinition, server: Any = None) -> None:
        self.definition = definition
        self.principal = Principal(definition.id, definition.name, "apikey")
        self._header = definition.header.lower()
        self._expected = keyed_hash(definition.secret.reveal())
        # RFC 9110 wants a challenge with a 401; there is no registered scheme for keys, so this one only informs.
        challenge = f'ApiKey header="{definition.header}"'
        self._none = Denied(f"no {definition.header} header", challenge)
        self._wrong = Denied("wrong API key", challenge)

    def check(self, headers: Mapping[str, str], now: float = 0.0) -> Principal | Denied:
        """headers: names in lower case."""
        value = headers.get(self._header)
        if value is None:
            return self._none
        return self.principal if compare_digest(keyed_hash(value), self._expected) else self._wrong
