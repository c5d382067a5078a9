"""The one client of the admin services: command line, web admin and scripts call them through it, over HTTP.

POST /zato/api/invoke/<service> with Basic Auth.  Edge.  PERF: http.client and json only, since the command line
imports this for every command.
"""

from __future__ import annotations

import json
from base64 import b64encode
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import quote, urlsplit

from server.errors import ServerError, ServiceUnavailable

API_PATH = "/zato/api/invoke/"
# An admin call may deploy a file, whose import is tried for 5 s, or wait for another change.
TIMEOUT_SECONDS = 60.0


class AdminRefused(ServerError):
    """The server answered with an error; `reply` is its body, `status` its HTTP status."""

    code = "admin-refused"

    def __init__(self, status: int, reply: Any) -> None:
        body = reply if isinstance(reply, dict) else {}
        super().__init__(str(body.get("cid", "")), str(body.get("message") or reply or f"HTTP {status}"), True)
        self.status = status
        self.reply = reply

    @property
    def lines(self) -> list[str]:
        """The message, then each problem with its path."""
        problems = self.reply.get("problems", []) if isinstance(self.reply, dict) else []
        return [self.msg, *(f"{one.get('path')}: {one.get('problem')}" for one in problems if isinstance(one, dict))]


class AdminClient:
    """Calls services of a running server.  address: `http://host:port`.  Use in `with`, or close it."""

    def __init__(self, address: str, username: str, password: str, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
        self._connection: HTTPConnection = (
            HTTPSConnection(host, port, timeout=timeout_seconds)
            if parts.scheme == "https"
            else HTTPConnection(host, port, timeout=timeout_seconds)
        )
        self._address = f"{host}:{port}" if port else host
        self._authorization = "Basic " + b64encode(f"{username}:{password}".encode()).decode()

    def __repr__(self) -> str:
        return f"AdminClient({self._address!r})"

    def __enter__(self) -> AdminClient:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def invoke(self, service: str, request: Any = None) -> Any:
        """The service's answer as Python data; a text if it is not JSON.

        Raises AdminRefused for an error, ServiceUnavailable if the server does not answer.
        """
        body = json.dumps({} if request is None else request).encode()
        headers = {"Authorization": self._authorization, "Content-Type": "application/json"}
        try:
            self._connection.request("POST", API_PATH + quote(service, safe=""), body, headers)
            response = self._connection.getresponse()
            content = response.read()
        except (OSError, HTTPException) as error:
            self._connection.close()
            message = f"The server at {self._address} does not answer: {error or type(error).__name__}"
            raise ServiceUnavailable("", message, needs_msg=True) from error
        reply = _parsed(content)
        if response.status >= 400:
            raise AdminRefused(response.status, reply)
        return reply

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def _parsed(content: bytes) -> Any:
    if not content:
        return None
    text = content.decode("utf-8", "replace")
    try:
        return json.loads(text)
    except ValueError:
        return text
