"""Does the server answer?  `/zato/ping` leads here (server-interface.md 8.1)."""

from __future__ import annotations

from server.services.base import Service


class Ping(Service):
    """Answers with a pong."""

    name = "zato.ping"

    def handle(self) -> None:
        self.response.payload = {"pong": "zato"}


class PublicPing(Ping):
    """The same for those who may not call what is internal."""

    name = "pub.zato.ping"
