"""HTTPChannel: a channel's route comes, is replaced and goes; who calls; the one shape of errors."""

from __future__ import annotations

import orjson
import pytest

from server.channels.base import error_response, verify_with
from server.channels.http_routes import Match, NoRoute
from server.channels.rest import RESTChannel, RESTChannelDefinition
from server.errors import (
    Conflict,
    ConnectionMissing,
    InputInvalid,
    InternalServerError,
    Problem,
    ServerError,
    Unauthorized,
)
from tests.server.channels.support import SmallServer, basic, request


def channel(server: SmallServer, name: str, id: int, path: str = "/a") -> RESTChannel:
    return RESTChannel(RESTChannelDefinition(id=id, name=name, url_path=path, service="s"), server)


def target(server: SmallServer, path: str = "/a") -> object:
    found = server.routes.table.match("GET", "", path)
    return found.route.target if isinstance(found, Match) else None


def test_a_channel_is_replaced_without_a_gap() -> None:
    server = SmallServer()
    old = channel(server, "one", 1)
    old.provision()
    assert target(server) is None
    old.start()
    assert target(server) is old
    new = channel(server, "one renamed", 1)
    new.provision()
    assert target(server) is old
    new.start()
    assert target(server) is new
    old.stop(1)
    old.close()
    assert target(server) is new
    new.close()
    new.close()
    assert isinstance(server.routes.table.match("GET", "", "/a"), NoRoute)


def test_the_address_of_another_channel_is_refused_before_anything_changes() -> None:
    server = SmallServer()
    first = channel(server, "one", 1)
    first.start()
    second = channel(server, "two", 2)
    with pytest.raises(Conflict, match="'one'"):
        second.provision()
    second.close()
    assert target(server) is first


def test_a_channel_moves_to_another_path() -> None:
    server = SmallServer()
    old, new = channel(server, "one", 1), channel(server, "one", 1, "/b")
    old.start()
    new.start()
    old.close()
    assert (target(server, "/a"), target(server, "/b")) == (None, new)


def test_credentials() -> None:
    server = SmallServer()
    server.add_user("ann")
    assert verify_with(server, "ann", request(authorization=basic("ann", "right"))).name == "ann"
    with pytest.raises(Unauthorized) as refused:
        verify_with(server, "ann", request(authorization=basic("ann", "wrong")))
    assert dict(refused.value.headers)["WWW-Authenticate"].startswith("Basic realm=")
    with pytest.raises(ConnectionMissing):
        verify_with(server, "gone", request(authorization=basic("ann", "right")))


@pytest.mark.parametrize(
    ("error", "status", "content"),
    [
        (
            InputInvalid("orders.create", [Problem("/qty", "not a whole number", "many", True)]),
            400,
            {
                "cid": "K1",
                "error": "input",
                "message": "1 problem in the input of orders.create",
                "problems": [{"path": "/qty", "problem": "not a whole number", "given": "many"}],
            },
        ),
        (
            InternalServerError("", "secret detail", True),
            500,
            {"cid": "K1", "error": "internal", "message": "Internal server error"},
        ),
    ],
)
def test_errors_have_one_shape(error: ServerError, status: int, content: object) -> None:
    response = error_response(error, "K1")
    assert response.status == status
    assert isinstance(response.body, bytes) and orjson.loads(response.body) == content


def test_a_configured_message_takes_the_place_of_a_500s_alone() -> None:
    def message(error: ServerError) -> str:
        response = error_response(error, "K1", "Ask Ann")
        assert isinstance(response.body, bytes)
        return str(orjson.loads(response.body)["message"])

    assert message(InternalServerError("", "x")) == "Ask Ann"
    assert message(Unauthorized("")) == "You are not allowed to access this resource"
