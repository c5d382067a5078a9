"""Outgoing REST: calls of HTTP APIs from services, `self.out.rest["crm"].conn.get(self.cid, {"id": 17})`.

Source: server-interface.md sections 4 and 8.1, rulings 61 and 62.  The library, requests, is imported by
rest_session.py at the first call.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

import orjson
from pydantic import field_validator

from server.errors import InternalServerError
from server.kernel.definition import Definition, setting
from server.kernel.registry import CRUD, AdminNames, connection_type
from server.outgoing.base import OutgoingConnection
from server.security.definition import APIKeyDefinition, BasicAuthDefinition

if TYPE_CHECKING:
    from server.outgoing.rest_session import RESTResponse, RESTSession

CONTENT_TYPES = {"json": "application/json", "xml": "application/xml", "form": "application/x-www-form-urlencoded"}


class OutgoingRESTDefinition(Definition):
    """Where an HTTP API is and how it is called."""

    host: str = setting(help="Scheme, host and port, e.g. https://crm.example.com:8443.", min_length=8, max_length=500)
    url_path: str = setting(
        "/", help="Path; {name} is filled from the parameters of a call, percent-encoded.", max_length=2000
    )
    data_format: Literal["json", "form", "xml"] | None = setting(
        None, help="How bodies are written and read: json, form, xml (texts only), or null to leave them as they are."
    )
    content_type: str = setting("", help="Content-Type of what is sent; by data_format if empty.", max_length=200)
    security_name: str | None = setting(
        None, help="Basic Auth or API key definition whose credentials are sent.", refers_to="security"
    )
    timeout: float = setting(10.0, help="Seconds to wait for a connection, and for each part of a reply.", minimum=0.01)
    pool_size: int = setting(20, help="Most calls at the same time; further ones wait.", minimum=1, maximum=10_000)
    ping_method: str = setting("HEAD", help="HTTP method of a ping.", pattern=r"^[A-Z]{1,20}$")
    validate_tls: bool = setting(True, help="Whether the certificate of the other side is checked.")

    @field_validator("host")
    @classmethod
    def _is_http(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("should begin with http:// or https://")
        return value.rstrip("/")

    @field_validator("url_path")
    @classmethod
    def _is_path(cls, value: str) -> str:
        if value and not value.startswith("/"):
            raise ValueError("should begin with /")
        return value

    @field_validator("data_format", mode="before")
    @classmethod
    def _no_format(cls, value: Any) -> Any:
        return None if value in ("", "ZATO_NONE") else value


def fill_path(path: str, params: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """(path with its `{name}` filled, the parameters that are left for the query string).

    Values are percent-encoded, `/` included, so that none can leave its segment (ruling 61).  Raises KeyError with
    the name that is missing.
    """
    if "{" not in path:
        return path, dict(params)
    rest = dict(params)
    parts = []
    for index, piece in enumerate(path.split("{")):
        name, brace, after = piece.partition("}")
        if index == 0 or not brace:
            parts.append(piece if index == 0 else "{" + piece)
            continue
        value = quote(str(params[name]), safe="")
        # SECURITY dots alone are a way up to another path, percent-encoding does not touch them.
        parts.append({".": "%2E", "..": "%2E%2E"}.get(value, value) + after)
        rest.pop(name, None)
    return "".join(parts), rest


class RESTClient:
    """What services call: `conn`.  Every method takes the correlation ID first and sends it on."""

    def __init__(self, connection: RESTConnection) -> None:
        self._connection = connection

    def get(self, cid: str, params: Mapping[str, Any] | None = None, *args: Any, **kwargs: Any) -> RESTResponse:
        return self.http_request("GET", cid, "", params, *args, **kwargs)

    def delete(self, cid: str, params: Mapping[str, Any] | None = None, *args: Any, **kwargs: Any) -> RESTResponse:
        return self.http_request("DELETE", cid, "", params, *args, **kwargs)

    def options(self, cid: str, params: Mapping[str, Any] | None = None, *args: Any, **kwargs: Any) -> RESTResponse:
        return self.http_request("OPTIONS", cid, "", params, *args, **kwargs)

    def head(self, cid: str, params: Mapping[str, Any] | None = None, *args: Any, **kwargs: Any) -> RESTResponse:
        return self.http_request("HEAD", cid, "", params, *args, **kwargs)

    def post(self, cid: str, data: Any = "", params: Mapping[str, Any] | None = None, **kwargs: Any) -> RESTResponse:
        return self.http_request("POST", cid, data, params, **kwargs)

    send = post

    def put(self, cid: str, data: Any = "", params: Mapping[str, Any] | None = None, **kwargs: Any) -> RESTResponse:
        return self.http_request("PUT", cid, data, params, **kwargs)

    def patch(self, cid: str, data: Any = "", params: Mapping[str, Any] | None = None, **kwargs: Any) -> RESTResponse:
        return self.http_request("PATCH", cid, data, params, **kwargs)

    def ping(self, cid: str = "") -> str:
        """One line of what was asked and answered; raises ServiceUnavailable."""
        return self._connection.ask_for_life(cid)

    @property
    def session(self) -> RESTSession:
        """The requests session; what it is given stays in force for all calls of this connection."""
        return self._connection.session

    @property
    def auth(self) -> Any:
        """The requests auth object of the security definition, or None."""
        return self._connection.auth()

    def http_request(
        self,
        method: str,
        cid: str,
        data: Any = "",
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> RESTResponse:
        """One call.  params: fill the path, the rest goes to the query string.  data: dict and list are written in
        the data format.  kwargs: as requests takes them.  Any HTTP status is a reply; ServiceUnavailable if there is
        none.
        """
        return self._connection.call(method, cid, data, params, headers, kwargs)


@connection_type(
    "outgoing.rest",
    definition=OutgoingRESTDefinition,
    title="outgoing REST connection",
    facade_names=("rest", "plain_http"),
    admin=AdminNames(
        "zato.http-soap",
        where={"connection": "outgoing", "transport": "plain_http"},
        actions=(*CRUD, "ping"),
        command="outgoing-rest",
    ),
)
class RESTConnection(OutgoingConnection):
    """The live form of an outgoing REST definition."""

    title = "Outgoing REST connection"

    def __init__(self, definition: OutgoingRESTDefinition, server: Any = None) -> None:
        super().__init__(definition, server)
        self.conn = RESTClient(self)
        self._slots = threading.BoundedSemaphore(definition.pool_size)
        self._session: RESTSession | None = None

    @property
    def session(self) -> RESTSession:
        """The session, made at the first use."""
        if self._session is None:
            from server.outgoing.rest_session import RESTSession  # requests: 40 ms, 6 MB

            self._session = RESTSession(self.definition.pool_size, self.definition.validate_tls)
        return self._session

    def close(self) -> None:
        if self._session is not None:
            self._session.close()

    def auth(self) -> Any:
        """The requests auth object of the security definition as it is now, or None."""
        if self.definition.security_name is None:
            return None
        from server.outgoing import rest_session

        definition = self._server.connection("security", self.definition.security_name).definition
        if isinstance(definition, BasicAuthDefinition):
            return rest_session.BasicCredentials(definition.username, definition.password)
        if isinstance(definition, APIKeyDefinition):
            return rest_session.KeyCredentials(definition.header, definition.secret)
        raise self.unavailable(f"cannot send the credentials of '{definition.name}': Basic Auth and API keys only")

    def call(
        self,
        method: str,
        cid: str,
        data: Any,
        params: Mapping[str, Any] | None,
        headers: Mapping[str, str] | None,
        options: dict[str, Any],
    ) -> RESTResponse:
        """One call; see RESTClient.http_request."""
        definition = self.definition
        try:
            path, query = fill_path(definition.url_path, params or {})
        except KeyError as missing:
            message = f"{self.title} '{self.name}': its path {definition.url_path} needs the parameter {missing}"
            raise InternalServerError(cid, message) from None
        all_headers = {
            "X-Zato-CID": cid,
            "X-Zato-Component": getattr(self._server, "name", "server"),
            "X-Zato-Msg-TS": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f"),
        }
        has_body = data is not None and data != ""
        body = self._write(data, cid) if has_body else None
        content_type = definition.content_type or CONTENT_TYPES.get(definition.data_format or "", "")
        if has_body and content_type:
            all_headers["Content-Type"] = content_type
        all_headers.update(headers or {})
        options = {"timeout": definition.timeout, "auth": self.auth(), **options}
        session = self.session
        with self.running():
            if not self._slots.acquire(timeout=definition.timeout):
                raise self.unavailable(f"has had all of its {definition.pool_size} connections in use", cid)
            try:
                return session.call(
                    self, method, definition.host + path, cid, params=query, data=body, headers=all_headers, **options
                )
            finally:
                self._slots.release()

    def ask_for_life(self, cid: str = "") -> str:
        definition = self.definition
        path = definition.url_path if "{" not in definition.url_path else "/"
        with self.running():
            response = self.session.call(
                self, definition.ping_method, definition.host + path, cid, timeout=definition.timeout, auth=self.auth()
            )
        return f"{definition.ping_method} {definition.host}{path} answered {response.status_code} {response.reason}"

    def _write(self, data: Any, cid: str) -> Any:
        if not isinstance(data, (dict, list)):
            return data.encode() if isinstance(data, str) else data
        if self.definition.data_format == "json":
            return orjson.dumps(data, option=orjson.OPT_NON_STR_KEYS)
        if self.definition.data_format == "xml":
            message = f"{self.title} '{self.name}' has data format xml: give it a text, not a {type(data).__name__}"
            raise InternalServerError(cid, message)
        return data  # requests writes it as a form
