"""Security definitions: what is configured for each scheme.  Pure data.

Source: server-interface.md 8.2 and ruling 57; RFC 7617 (Basic), RFC 9110 section 5.1 (header names).
"""

from __future__ import annotations

from pydantic import field_validator

from server.kernel.definition import Definition, Secret, setting

DEFAULT_API_KEY_HEADER = "X-API-Key"
DEFAULT_REALM = "API"


class BasicAuthDefinition(Definition):
    """User name and password of HTTP Basic Authentication, for channels and outgoing connections."""

    username: str = setting(help="User name; it may not hold a colon (RFC 7617).", min_length=1, max_length=200)
    realm: str = setting(DEFAULT_REALM, help="Realm that callers without credentials are told.", max_length=200)
    password: Secret = setting(help="Password; random if none is given at creation.", generated=True)

    @field_validator("username")
    @classmethod
    def _no_colon(cls, value: str) -> str:
        if ":" in value:
            raise ValueError("may not hold a colon")
        return _printable(value)

    @field_validator("realm")
    @classmethod
    def _one_line(cls, value: str) -> str:
        return _printable(value)

    @field_validator("password")
    @classmethod
    def _not_empty(cls, value: Secret) -> Secret:
        return _given(value)


class APIKeyDefinition(Definition):
    """A key that callers send in a header of its own."""

    header: str = setting(
        DEFAULT_API_KEY_HEADER,
        help="Header that holds the key.",
        pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$",
        max_length=200,
        aliases=("username",),
    )
    secret: Secret = setting(
        help="The key; random if none is given at creation.", generated=True, aliases=("password",)
    )

    @field_validator("secret")
    @classmethod
    def _not_empty(cls, value: Secret) -> Secret:
        return _given(value)


def _given(value: Secret) -> Secret:
    # SECURITY an empty password would let in whoever knows the user name.
    if not value:
        raise ValueError("may not be empty")
    return value


def _printable(value: str) -> str:
    # SECURITY line breaks would let a definition write headers of its own into a reply.
    if not value.isprintable():
        raise ValueError("may hold printable characters only")
    return value
