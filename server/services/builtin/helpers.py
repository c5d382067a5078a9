"""Services that help while an integration is being written."""

from __future__ import annotations

from typing import Any

from server.services.base import Service

_SECRETS = ("password", "passwd", "secret", "token", "api_key", "apikey")
MASK = "******"


class Echo(Service):
    """Answers with what it was sent."""

    name = "zato.helpers.echo"

    def handle(self) -> None:
        self.response.payload = self.request.payload or dict(self.request.input)


class InputLogger(Service):
    """Writes what it was sent to the log, secrets masked."""

    name = "zato.helpers.input-logger"

    def handle(self) -> None:
        channel = self.channel
        self.logger.info(
            "Input logged: channel=%s name=%r data=%r params=%r",
            channel.type,
            channel.name,
            masked(self.request.payload),
            masked(dict(self.request.input)),
        )


def masked(value: Any) -> Any:
    """The value without what its keys say is secret."""
    if isinstance(value, dict):
        return {
            key: MASK if any(word in str(key).lower() for word in _SECRETS) else masked(one)
            for key, one in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [masked(one) for one in value]
    return value
