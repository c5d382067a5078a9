"""HTTP Basic Authentication (RFC 7617) of calls that come in.

The expected header is hashed once, when the part is made; a call costs one keyed hash and one constant time
comparison.  Any change of the definition makes a new part, hence forgets what was verified.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Mapping
from hmac import compare_digest
from typing import Any

from server.kernel.invocation import Principal
from server.kernel.lifecycle import BasePart
from server.kernel.registry import AdminNames, connection_type
from server.security.check import Denied
from server.security.definition import BasicAuthDefinition
from server.security.keyed_hash import keyed_hash

# Other spellings of the right header (`basic`, two spaces) are remembered too; a client uses one, a few are plenty.
MAX_OTHER_SPELLINGS = 8


@connection_type(
    "security.basic_auth",
    definition=BasicAuthDefinition,
    title="Basic Auth definition",
    namespace="security",
    admin=AdminNames(
        "zato.security.basic-auth",
        actions=("create", "edit", "delete", "get", "get-list", "change-password"),
        command="basic-auth",
    ),
)
class BasicAuth(BasePart):
    """The live form of a Basic Auth definition."""

    def __init__(self, definition: BasicAuthDefinition, server: Any = None) -> None:
        self.definition = definition
        self.principal = Principal(definition.id, definition.name, "basic_auth", definition.username)
        credentials = f"{definition.username}:{definition.password.reveal()}".encode()
        self._credentials = keyed_hash(credentials.decode())
        self._expected = keyed_hash("Basic " + b64encode(credentials).decode())
        self._other_spellings: set[bytes] = set()
        realm = definition.realm.replace("\\", "\\\\").replace('"', '\\"')
        challenge = f'Basic realm="{realm}", charset="UTF-8"'
        self._none = Denied("no Authorization header", challenge)
        self._malformed = Denied("the Authorization header does not hold Basic credentials", challenge)
        self._wrong = Denied("wrong user name or password", challenge)

    def check(self, headers: Mapping[str, str], now: float = 0.0) -> Principal | Denied:
        """headers: names in lower case."""
        value = headers.get("authorization")
        if value is None:
            return self._none
        digest = keyed_hash(value)
        if compare_digest(digest, self._expected) or digest in self._other_spellings:
            return self.principal
        return self._check_spelling(value, digest)

    def _check_spelling(self, value: str, digest: bytes) -> Principal | Denied:
        """The header read by the book: scheme in any case, several spaces, base64 with or without padding bits."""
        scheme, _, token = value.partition(" ")
        if scheme.lower() != "basic":
            return self._malformed
        try:
            credentials = b64decode(token.strip(" "), validate=True).decode()
        except (binascii.Error, ValueError):
            return self._malformed
        if not compare_digest(keyed_hash(credentials), self._credentials):
            return self._wrong
        if len(self._other_spellings) < MAX_OTHER_SPELLINGS:
            self._other_spellings.add(digest)
        return self.principal
