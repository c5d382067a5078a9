"""Addresses that every server has: `/zato/ping`, and `/zato/api/invoke/{service_name}` to call any service by name.

The latter asks for Basic Auth: `admin.invoke` may call everything, `pubapi` what is not internal (ruling 52).
Source: server-interface.md 8.1.  The services themselves are elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from server.channels.base import HTTPChannel, ServerOfChannels
from server.channels.http_routes import Match, Route
from server.channels.rest import RESTChannel, RESTChannelDefinition, encode_reply, read_body, read_query
from server.errors import Forbidden, ServiceUnavailable
from server.kernel.invocation import ChannelContext, Principal, ServiceReply, ServiceRequest
from server.protocols.http_message import HTTPRequest, HTTPResponse
from server.security.check import Denied, check_any

ADMIN_SECURITY: Final = "admin.invoke"
API_SECURITY: Final = "pubapi"
INVOKE_PATH: Final = "/zato/api/invoke/{service_name}"
PING_PATH: Final = "/zato/ping"
PING_SERVICE: Final = "zato.ping"

# Gives something with `is_internal`, or None: `ServiceStore.find`.
FindService = Callable[[str], Any]


class APIInvokeChannel(HTTPChannel):
    """The service is in the path; query or JSON body in, bare JSON out."""

    def __init__(self, server: ServerOfChannels, find_service: FindService) -> None:
        super().__init__(server)
        self._find_service = find_service
        self.route = Route(INVOKE_PATH, self, "zato.api.invoke", match_slash=False)
        self.context = ChannelContext("plain_http", "zato.api.invoke", 0, "json", True)

    def check(self, request: HTTPRequest) -> Principal | None:
        find = self.server.find
        verifiers = [one for name in (ADMIN_SECURITY, API_SECURITY) if (one := find("security", name)) is not None]
        if not verifiers:
            raise ServiceUnavailable(request.cid, f"neither '{ADMIN_SECURITY}' nor '{API_SECURITY}' can be used")
        found = check_any(verifiers, request.headers, request.received_at)
        if isinstance(found, Denied):
            raise found.as_error(request.cid)
        return found

    def decode(self, request: HTTPRequest, match: Match, principal: Principal | None) -> ServiceRequest:
        """Raises Forbidden for an internal service and a caller who is not the administrator."""
        name = (match.params or {})["service_name"]
        if principal is None or principal.name != ADMIN_SECURITY:
            service = self._find_service(name)
            # A name that is not deployed is not told apart by who asks: the invoker says 404 to both.
            if service is not None and service.is_internal:
                raise Forbidden(request.cid, f"'{name}' is internal, only '{ADMIN_SECURITY}' may call it")
        payload = read_body(request, "json") if request.body else None
        query_params = read_query(request) if request.query else None
        return ServiceRequest(
            name, payload, request.cid, self.context, request.body, principal, None, query_params, request
        )

    def encode(self, reply: ServiceReply) -> HTTPResponse:
        return encode_reply(reply, "json")


def system_channels(server: ServerOfChannels, find_service: FindService) -> list[HTTPChannel]:
    """The channels that every server has; they are in no store, and their names are theirs alone."""
    ping = RESTChannelDefinition(name=PING_SERVICE, url_path=PING_PATH, service=PING_SERVICE, data_format="json")
    return [RESTChannel(ping, server, is_internal=True), APIInvokeChannel(server, find_service)]
