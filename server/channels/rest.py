"""REST channels: an HTTP address in front of a service; JSON, form or raw bodies in and out.

Source: server-interface.md 8.1; rulings 39 (error shape), 55 (no security, no data format), 61 (routes).  Pure.
"""

from __future__ import annotations

from typing import Literal

from pydantic import field_validator

from server.channels.base import HTTPChannel, ServerOfChannels, verify_with
from server.channels.http_routes import Match, Route, check_path
from server.errors import BadRequest, ConfigError, Problem, UnsupportedMediaType
from server.kernel.definition import NONE_WORDS, Definition, setting
from server.kernel.invocation import ChannelContext, Principal, ServiceReply, ServiceRequest
from server.kernel.registry import AdminNames, connection_type
from server.protocols.http_message import HTTPRequest, HTTPResponse
from server.simpleio.formats import ParseProblem, encode, encode_json, parse, parse_form, parse_json


class RESTChannelDefinition(Definition):
    """Which address calls which service, who may call it, and what bodies look like."""

    url_path: str = setting(
        help="Path, beginning with /; {name} is a placeholder whose text becomes input.", max_length=2000
    )
    service: str = setting(
        help="Name of the service that answers.", min_length=1, max_length=200, aliases=("service_name",)
    )
    method: str = setting(
        "", help="HTTP method; any if empty. GET answers HEAD too.", pattern=r"^[A-Za-z]*$", max_length=20
    )
    data_format: Literal["json", "form"] | None = setting(
        None, help="How bodies are read and written: json, form, or null to hand them over as they are."
    )
    security_name: str | None = setting(
        None, help="Security definition that callers have to satisfy; null lets everybody in.", refers_to="security"
    )
    host: str = setting("", help="Host name that requests have to be for; any if empty.", max_length=253)
    match_slash: bool = setting(True, help="Whether the text of a placeholder may hold slashes.")
    merge_url_params_req: bool = setting(
        True, help="Whether parameters of path and query are elements of the service's input."
    )
    url_params_pri: Literal["qs-over-path", "path-over-qs"] = setting(
        "qs-over-path", help="Which wins if path and query have a parameter of one name."
    )
    params_pri: Literal["channel-params-over-msg", "msg-over-channel-params"] = setting(
        "channel-params-over-msg", help="Which wins if a parameter and an element of the body have one name."
    )
    content_type: str = setting("", help="Content-Type of replies; by data_format if empty.", max_length=200)
    timeout: float = setting(0.0, help="Seconds a service may take, 503 then; 0 is no limit.", minimum=0)

    @field_validator("url_path")
    @classmethod
    def _is_path(cls, value: str) -> str:
        try:
            check_path(value)
        except ConfigError as error:
            raise ValueError(error.msg) from None
        return value

    @field_validator("method")
    @classmethod
    def _upper(cls, value: str) -> str:
        return value.upper()

    @field_validator("host")
    @classmethod
    def _is_host(cls, value: str) -> str:
        if ":" in value and not value.startswith("["):
            raise ValueError("is a name without a port")
        return value.lower()

    @field_validator("data_format", mode="before")
    @classmethod
    def _no_format(cls, value: object) -> object:
        return None if isinstance(value, str) and value.lower() in NONE_WORDS else value

    @field_validator("content_type")
    @classmethod
    def _one_line(cls, value: str) -> str:
        # SECURITY a line break would let a definition write headers of its own into replies.
        if not value.isascii() or not value.isprintable():
            raise ValueError("may hold printable ASCII characters only")
        return value


@connection_type(
    "channel.rest",
    definition=RESTChannelDefinition,
    title="REST channel",
    namespace="channel",
    admin=AdminNames(
        "zato.http-soap", where={"connection": "channel", "transport": "plain_http"}, command="rest-channel"
    ),
)
class RESTChannel(HTTPChannel):
    """The live form of a REST channel."""

    def __init__(
        self, definition: RESTChannelDefinition, server: ServerOfChannels, *, is_internal: bool = False
    ) -> None:
        super().__init__(server)
        self.definition = definition
        self.route = Route(
            definition.url_path,
            self,
            definition.name,
            definition.method,
            definition.host,
            definition.match_slash,
            definition.id,
        )
        self.context = ChannelContext("plain_http", definition.name, definition.id, definition.data_format, is_internal)
        # PERF what each call needs, read from the pydantic model once.
        self._service = definition.service
        self._data_format = definition.data_format
        self._security = definition.security_name
        self._content_type = definition.content_type
        self._timeout = definition.timeout
        self._has_params = definition.merge_url_params_req
        self._path_wins = definition.url_params_pri == "path-over-qs"
        self._body_wins = definition.params_pri == "msg-over-channel-params"

    def check(self, request: HTTPRequest) -> Principal | None:
        security = self._security
        return verify_with(self.server, security, request) if security is not None else None

    def decode(self, request: HTTPRequest, match: Match, principal: Principal | None) -> ServiceRequest:
        """Raises BadRequest for a body that is not in the channel's format, UnsupportedMediaType for an encoded one."""
        body = request.body
        payload = read_body(request, self._data_format) if body else (None if self._data_format else body)
        path_params = match.params
        query_params = read_query(request) if request.query else None
        if path_params or query_params:
            if not self._has_params:
                path_params = query_params = None
            elif self._path_wins or self._body_wins:
                path_params, query_params = self._by_priority(payload, path_params, query_params)
        call = ServiceRequest(
            self._service, payload, request.cid, self.context, body, principal, path_params, query_params, request
        )
        if self._timeout:
            call.deadline = request.received_at + self._timeout
        return call

    def encode(self, reply: ServiceReply) -> HTTPResponse:
        return encode_reply(reply, self._data_format, self._content_type)

    def _by_priority(
        self, payload: object, path_params: dict[str, str] | None, query_params: dict[str, object] | None
    ) -> tuple[dict[str, str] | None, dict[str, object] | None]:
        """The service prefers query over path over body: take out the names that are to lose."""
        if self._path_wins and path_params and query_params:
            query_params = {name: value for name, value in query_params.items() if name not in path_params}
        if self._body_wins and isinstance(payload, dict):
            path_params = {name: text for name, text in (path_params or {}).items() if name not in payload}
            query_params = {name: value for name, value in (query_params or {}).items() if name not in payload}
        return path_params, query_params


def read_body(request: HTTPRequest, data_format: str | None) -> object:
    """The parsed body.  Raises BadRequest with place and reason, or UnsupportedMediaType."""
    if data_format is None:
        return request.body
    headers = request.headers
    if "content-encoding" in headers and headers["content-encoding"].lower() != "identity":
        raise UnsupportedMediaType(request.cid, "Bodies with a Content-Encoding are not read here", True)
    try:
        if data_format == "json":
            return parse_json(request.body)
        if headers.get("content-type", "")[:10].lower() == "multipart/":
            raise UnsupportedMediaType(request.cid, "This channel reads application/x-www-form-urlencoded", True)
        return parse(data_format, request.body)
    except ParseProblem as problem:
        what = "JSON" if data_format == "json" else "a form"
        raise BadRequest(request.cid, f"The body is not {what}", True, problems=[problem.as_problem()]) from None


def read_query(request: HTTPRequest) -> dict[str, object]:
    """Parameters of the query: a text, or a list of texts where a name repeats.  Raises BadRequest."""
    try:
        return parse_form(request.query)
    except ParseProblem as problem:
        found = Problem("", problem.text.replace("not a form", "not a query", 1))
        raise BadRequest(request.cid, "The query cannot be read", True, problems=[found]) from None


def encode_reply(reply: ServiceReply, data_format: str | None, content_type: str = "") -> HTTPResponse:
    """A service's answer as a response.  content_type: of the channel; the service's own wins over it."""
    if data_format == "json" and type(reply.payload) is dict:
        body, usual_type = encode_json(reply.payload), "application/json"  # PERF the usual case, in place
    else:
        body, usual_type = encode(data_format, reply.payload)
    headers = list(reply.headers.items()) if reply.headers else []
    if reply.content_encoding:
        headers.append(("Content-Encoding", reply.content_encoding))
    return HTTPResponse(reply.status, body, headers, reply.content_type or content_type or usual_type)
