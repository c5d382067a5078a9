"""The whole way of an HTTP request in one function: route, who calls, decode, invoke, encode; errors worded once.

Each line is a room: http_routes.py, security/, the channel's dialect, kernel/invoker.py.  Reading and writing bytes,
the correlation ID and the access log are http_listener.py's; the event `invoked` is the invoker's.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Final

from server.channels.base import HTTPChannel, error_response
from server.channels.http_routes import Match, NoRoute, Routes, WrongMethod
from server.errors import InternalServerError, MethodNotAllowed, NotFound, ServerError, ServiceUnavailable
from server.kernel.invocation import ServiceReply, ServiceRequest
from server.protocols.http_message import HTTPRequest, HTTPResponse

logger = logging.getLogger(__name__)

METHODS_ALLOWED: Final = frozenset(("GET", "POST", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS"))


class Gateway:
    """Answers requests.

    invoke: the invoker's doorway.  default_error_message: sentence of a reply with status 500.  methods_allowed: 405
    for any other, whatever the channel says.
    """

    __slots__ = ("_default_error_message", "_invoke", "_methods_allowed", "_routes")

    def __init__(
        self,
        routes: Routes,
        invoke: Callable[[ServiceRequest], ServiceReply],
        *,
        default_error_message: str = "",
        methods_allowed: Iterable[str] = METHODS_ALLOWED,
    ) -> None:
        self._routes = routes
        self._invoke = invoke
        self._default_error_message = default_error_message
        self._methods_allowed = frozenset(methods_allowed)

    def handle(self, request: HTTPRequest) -> HTTPResponse:
        """The response to a request; raises nothing that a service could raise."""
        channel: HTTPChannel | None = None
        try:
            table = self._routes.table
            host = request.host if table.has_hosts else ""
            match = table.match(request.method, host, request.path, request.raw_path)
            if not isinstance(match, Match) or request.method not in self._methods_allowed:
                raise self._not_found(match, request)
            channel = match.route.target
            principal = channel.check(request)
            call = channel.decode(request, match, principal)
            reply = self._invoke(call)
            return channel.encode(reply)
        except ServerError as error:
            return self._refuse(error, request, channel)
        # The one border between services and the server: a fault of theirs, `sys.exit` included, ends their call only.
        except (Exception, SystemExit) as fault:
            where = channel.route.name if channel is not None else "no channel"
            logger.exception("%s %s (%s) failed", request.method, request.raw_path, where, extra={"cid": request.cid})
            internal = InternalServerError(request.cid, f"{type(fault).__name__}: {fault}")
            return self._reply(internal, request, channel)

    def _not_found(self, found: Match | NoRoute | WrongMethod, request: HTTPRequest) -> ServerError:
        """405 for a method that is switched off, whatever the path; then 404 or 405 by the routes."""
        method, cid = request.method, request.cid
        if method not in self._methods_allowed:
            return MethodNotAllowed(cid, f"{method} is not in methods_allowed", self._methods_allowed)
        if isinstance(found, WrongMethod):
            return MethodNotAllowed(cid, f"{method} {request.raw_path}", found.allowed & self._methods_allowed)
        accept = request.headers.get("accept", "")
        details = f"Method:{method}; Accept:{accept}; CID:{cid}"
        return NotFound(cid, f"URL not found `{request.raw_path}` ({details})", True)

    def _refuse(self, error: ServerError, request: HTTPRequest, channel: HTTPChannel | None) -> HTTPResponse:
        where = channel.route.name if channel is not None else "no channel"
        line = "%s %s (%s) got %d: %s"
        values = (request.method, request.raw_path, where, error.status, error)
        if error.status < 500:
            logger.info(line, *values, extra={"cid": request.cid})
        elif isinstance(error, ServiceUnavailable):
            logger.warning(line, *values, extra={"cid": request.cid})
        else:
            logger.error(line, *values, extra={"cid": request.cid}, exc_info=error)
        return self._reply(error, request, channel)

    def _reply(self, error: ServerError, request: HTTPRequest, channel: HTTPChannel | None) -> HTTPResponse:
        if channel is None:
            return error_response(error, request.cid, self._default_error_message)
        return channel.error_reply(error, request.cid, self._default_error_message)
