"""The server under test, driven from sentences: `Adapter` says what a sentence may ask of one, `AdminAPI` does it for
servers whose admin services are invoked over HTTP.

Another kind of server needs another adapter and no other sentences.  Not here: the sentences (`steps/server.py`), HTTP
itself (`transports/http.py`).  Source: docs/reference/admin-api.md.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from apitest.core.request import RequestDraft, RequestSpec, Response, build_request
from apitest.errors import StepError

INVOKE_PATH = "/zato/api/invoke/"
TIMEOUT_SECONDS = 30.0
SECURITY_KINDS = {"basic": "basic-auth", "basic auth": "basic-auth", "api-key": "apikey", "api key": "apikey"}
OUTGOING_KINDS = ("rest", "sql")


class Refused(StepError):
    """The server answered an admin call with an error.  problem: the document it sent."""

    def __init__(self, message: str, status: int, problem: Any) -> None:
        super().__init__(message)
        self.status = status
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Made:
    """A definition that was made, and how it is removed."""

    kind: str
    name: str
    remove: Callable[[], None]


class Adapter(Protocol):
    """What sentences ask of a server.  Each raises Refused, with the server's own words, or CallFailed."""

    address: str

    def deploy(self, file_name: str, source: bytes) -> list[str]:
        """Deploys a file -> the names of its services."""

    def is_deployed(self, service: str) -> bool: ...

    def service_names(self) -> list[str]: ...

    def invocation(self, service: str, payload: Any) -> RequestSpec:
        """The call that invokes a service with JSON."""

    def make_rest_channel(self, name: str, path: str, service: str) -> Made: ...

    def require_credentials(self, channel: str, kind: str, username: str, password: str) -> Made:
        """Credentials that a channel wants from now on."""

    def make_outgoing(self, kind: str, name: str, address: str) -> Made: ...

    def ping_outgoing(self, name: str) -> str:
        """ "" when it answers, else why not."""

    def calls_of(self, service: str) -> int:
        """How often a service ran since the server started."""


@dataclass(slots=True)
class AdminAPI:
    """A server with admin services under /zato/api/invoke, called with Basic Auth.

    send: carries out one request, `HTTPTransport.send`.
    """

    address: str
    username: str
    password: str
    send: Callable[[RequestSpec], Response]

    def invocation(self, service: str, payload: Any) -> RequestSpec:
        return build_request(
            RequestDraft(
                address=self.address.rstrip("/"),
                url_path=INVOKE_PATH + service,
                method="POST",
                request_format="JSON",
                body={} if payload is None else payload,
                auth=("basic", self.username, self.password) if self.username else None,
                timeout_seconds=TIMEOUT_SECONDS,
            )
        )

    def admin(self, service: str, payload: Mapping[str, Any] | None = None) -> Any:
        """Invokes an admin service -> its answer."""
        response = self.send(self.invocation(service, dict(payload or {})))
        answer = _document(response)
        if not 200 <= response.status < 300:
            raise Refused(_words(service, response, answer), response.status, answer)
        return answer

    def deploy(self, file_name: str, source: bytes) -> list[str]:
        payload = {"payload_name": file_name, "payload": base64.b64encode(source).decode("ascii")}
        deployed = self.admin("zato.service.upload-package", payload).get("deployed", [])
        return [str(name) for name in deployed]

    def is_deployed(self, service: str) -> bool:
        try:
            self.admin("zato.service.get-by-name", {"name": service})
        except Refused as refused:
            if refused.status == 404:
                return False
            raise
        return True

    def service_names(self) -> list[str]:
        answer = self.admin("zato.service.get-list")
        rows = answer if isinstance(answer, list) else answer.get("data", [])
        return [row["name"] for row in rows if not row.get("is_internal")]

    def calls_of(self, service: str) -> int:
        return int(self.admin("zato.service.get-by-name", {"name": service})["usage"])

    def make_rest_channel(self, name: str, path: str, service: str) -> Made:
        kind = {"connection": "channel", "transport": "plain_http"}
        self.admin(
            "zato.http-soap.create",
            {**kind, "name": name, "url_path": path, "service": service, "data_format": "json", "is_active": True},
        )
        return Made("channel", name, lambda: self._forget("zato.http-soap.delete", {**kind, "name": name}))

    def require_credentials(self, channel: str, kind: str, username: str, password: str) -> Made:
        prefix = SECURITY_KINDS.get(kind.strip().lower())
        if prefix is None:
            raise StepError(f'There is no security "{kind}"', f"One of: {', '.join(SECURITY_KINDS)}")
        name = f"{channel} ({kind})"
        chosen = {"connection": "channel", "transport": "plain_http"}
        before = self.admin("zato.http-soap.get", {**chosen, "name": channel})
        values = {"username": username, "password": password}
        if prefix == "apikey":
            values = {"header": username, "secret": password}
        self.admin(f"zato.security.{prefix}.create", {"name": name, **values})

        def remove() -> None:
            old = before.get("security_name")
            self._forget("zato.http-soap.edit", {**chosen, "id": before["id"], "security_name": old})
            self._forget(f"zato.security.{prefix}.delete", {"name": name})

        try:
            self.admin("zato.http-soap.edit", {**chosen, "id": before["id"], "security_name": name})
        except StepError:
            remove()
            raise
        return Made("security", name, remove)

    def make_outgoing(self, kind: str, name: str, address: str) -> Made:
        plain = kind.strip().lower()
        if plain == "rest":
            chosen = {"connection": "outgoing", "transport": "plain_http"}
            host, slash, path = _host_and_path(address)
            self.admin(
                "zato.http-soap.create",
                {**chosen, "name": name, "host": host, "url_path": slash + path, "data_format": "json"},
            )
            return Made(plain, name, lambda: self._forget("zato.http-soap.delete", {**chosen, "name": name}))
        if plain == "sql":
            self.admin("zato.outgoing.sql.create", {"name": name, **_database(address)})
            return Made(plain, name, lambda: self._forget("zato.outgoing.sql.delete", {"name": name}))
        raise StepError(f'There is no outgoing "{kind}" connection', f"One of: {', '.join(OUTGOING_KINDS)}")

    def ping_outgoing(self, name: str) -> str:
        chosen = {"connection": "outgoing", "transport": "plain_http"}
        for service, payload in (
            ("zato.http-soap.ping", {**chosen, "name": name}),
            ("zato.outgoing.sql.ping", {"name": name}),
        ):
            try:
                answer = self.admin(service, payload)
            except Refused as refused:
                if refused.status == 404:
                    continue
                return refused.message
            if isinstance(answer, dict) and answer.get("is_success") is False:
                return str(answer.get("info") or "no answer")
            return ""
        raise StepError(f'There is no outgoing connection "{name}"')

    def _forget(self, service: str, payload: Mapping[str, Any]) -> None:
        """Removes a definition; one that is gone already is fine."""
        try:
            self.admin(service, payload)
        except Refused as refused:
            if refused.status != 404:
                raise


def _document(response: Response) -> Any:
    try:
        return json.loads(response.body or b"null")
    except ValueError:
        return None


def _words(service: str, response: Response, answer: Any) -> str:
    """What a server said, in one text: its message and each problem."""
    if response.status in (401, 403):
        return f"The server refused {service}: status {response.status}. Are the admin's user and password right?"
    said = answer.get("message", "") if isinstance(answer, dict) else response.text[:300]
    problems = answer.get("problems", []) if isinstance(answer, dict) else []
    details = []
    for problem in problems if isinstance(problems, list) else []:
        if isinstance(problem, dict):
            details.append(" ".join(str(problem[key]) for key in ("path", "problem", "given") if key in problem))
        else:
            details.append(str(problem))
    text = "; ".join(part for part in (str(said), *details) if part)
    return f"The server refused {service}: {text or f'status {response.status}'}"


def _host_and_path(address: str) -> tuple[str, str, str]:
    scheme, mark, rest = address.partition("://")
    if not mark:
        raise StepError(f'"{address}" is no address', "Write it like http://127.0.0.1:17010/billing")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host}", slash or "/", path


def _database(address: str) -> dict[str, Any]:
    """A database URL -> the fields of an outgoing SQL connection."""
    from urllib.parse import unquote, urlsplit

    if address.startswith("sqlite:///"):
        return {"engine": "sqlite", "db_name": address.removeprefix("sqlite:///")}
    parts = urlsplit(address)
    if not parts.scheme.startswith("postgresql") or not parts.path.strip("/"):
        raise StepError(f'"{address}" is no database', "sqlite:///shop.db or postgresql://ann:pw@host/shop")
    return {
        "engine": "postgresql",
        "host": parts.hostname or "localhost",
        "port": parts.port or 5432,
        "db_name": parts.path.strip("/"),
        "username": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
    }
