"""Sealing of what is stored: Fernet (AES-128-CBC and HMAC-SHA256, https://github.com/fernet/spec).

`Secret`, the type that never shows itself, is declared in `server/kernel/definition.py` and importable from here.
Where the key comes from (secrets.conf, `[secret_keys] key1`) is the caller's business.
"""

from __future__ import annotations

from server.errors import ConfigError, ServerError
from server.kernel.definition import MASK, Secret

__all__ = ["MASK", "Sealer", "Secret", "SecretUnreadable"]


class SecretUnreadable(ServerError):
    """A sealed text that this server's key does not open, e.g. because secrets.conf was replaced."""

    code = "secret-unreadable"
    hint = "Put the secrets.conf back that was in use when the secret was stored, or set the secret anew."


class Sealer:
    """Seals texts under one key.  key: 32 bytes, URL-safe base64, as `new_key()` makes them."""

    __slots__ = ("_fernet",)

    def __init__(self, key: str | Secret) -> None:
        from cryptography.fernet import Fernet  # imported here: 7 MB that offline commands do without

        try:
            self._fernet = Fernet(Secret(key).reveal())
        except ValueError:
            raise ConfigError(
                "key1 in section [secret_keys] of secrets.conf is not a Fernet key (32 bytes in URL-safe base64)"
            ) from None

    @staticmethod
    def new_key() -> str:
        """A fresh random key."""
        from cryptography.fernet import Fernet

        return Fernet.generate_key().decode()

    def seal(self, secret: Secret) -> str:
        """The sealed text of a secret; two calls differ."""
        return self._fernet.encrypt(secret.reveal().encode()).decode()

    def open(self, sealed: str) -> Secret:
        """The secret of a sealed text; SecretUnreadable if it was altered or sealed under another key."""
        from cryptography.fernet import InvalidToken

        try:
            return Secret(self._fernet.decrypt(sealed.encode()).decode())
        except InvalidToken:
            raise SecretUnreadable("", "it was sealed under another key than key1 of secrets.conf") from None
