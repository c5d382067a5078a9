"""What every HTTP channel is: a part with a route, a check of who calls, and a dialect (decode, encode, error reply).

A dialect is a subclass: rest.py now, others later.  Sockets and the order of the steps are elsewhere:
http_listener.py, http_gateway.py.  Pure.
"""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

from server.channels.http_routes import Match, Route, Routes
from server.errors import ServerError
from server.kernel.invocation import ChannelContext, Principal, ServiceReply, ServiceRequest
from server.kernel.lifecycle import BasePart
from server.protocols.http_message import HTTPRequest, HTTPResponse
from server.security.check import Denied
from server.simpleio.formats import encode_json

T = TypeVar("T")


class ServerOfChannels(Protocol):
    """What a channel needs of the server; the kernel's `Server` is one."""

    def facility(self, cls: type[T]) -> T: ...

    def find(self, kind: str, name: str) -> Any | None: ...

    def connection(self, kind: str, name: str) -> Any: ...


class HTTPChannel(BasePart):
    """One HTTP channel.  route.target is the channel itself; context is shared by all of its calls."""

    route: Route
    context: ChannelContext

    def __init__(self, server: ServerOfChannels) -> None:
        self.server = server

    # Life

    def provision(self) -> None:
        """Raises Conflict if another channel has the address."""
        self.server.facility(Routes).check(self.route)

    def start(self) -> None:
        """Requests may come; the route of the part that this one replaces is replaced at once."""
        self.server.facility(Routes).put(self.route)

    def stop(self, deadline_seconds: float) -> None:
        """No new requests; those that run are in nobody's way."""
        self.server.facility(Routes).remove(self.route)

    def close(self) -> None:
        self.stop(0)

    # The way of a request, in this order

    def check(self, request: HTTPRequest) -> Principal | None:
        """Who calls, None if the channel is open to all.  Raises Unauthorized or Forbidden."""
        raise NotImplementedError

    def decode(self, request: HTTPRequest, match: Match, principal: Principal | None) -> ServiceRequest:
        """The call of a service that the request asks for.  Raises CallerError."""
        raise NotImplementedError

    def encode(self, reply: ServiceReply) -> HTTPResponse:
        """What the service answered, as a response."""
        raise NotImplementedError

    def error_reply(self, error: ServerError, cid: str, default_message: str = "") -> HTTPResponse:
        """The refusal in the words of this dialect."""
        return error_response(error, cid, default_message)


def verify_with(server: ServerOfChannels, security_name: str, request: HTTPRequest) -> Principal:
    """The principal that the request's credentials prove.

    The definition is looked up at each call, as it may have been edited since.  Raises Unauthorized, Forbidden, and
    ServiceUnavailable if the definition is inactive or cannot be used: a channel never becomes open (ruling 60).
    """
    verifier = server.find("security", security_name) or server.connection("security", security_name)
    found = verifier.check(request.headers, request.received_at)
    if isinstance(found, Denied):
        raise found.as_error(request.cid)
    principal: Principal = found
    return principal


def error_response(error: ServerError, cid: str, default_message: str = "") -> HTTPResponse:
    """The one shape of all refusals (screens.md, "An API error").  default_message: of a 500 without its own text."""
    content = error.as_dict(cid)
    if default_message and error.status == 500:
        content["message"] = default_message
    return HTTPResponse(error.status, encode_json(content), list(error.headers))
