"""apitest/steps/server.py over prepared answers of the admin services."""

from __future__ import annotations

import base64
import json

import pytest

from tests.apitest.steps.conftest import Scenario

PROBLEM = {"path": "line 3", "problem": "SyntaxError"}
BROKEN = {"error": "deploy", "message": "bad.py was not deployed", "problems": [PROBLEM]}


@pytest.fixture
def server(scenario: Scenario) -> Scenario:
    scenario.say('the server at "127.0.0.1:17010" with admin "admin.invoke" "s3cret-pw"')
    return scenario


def calls(scenario: Scenario) -> list[tuple[str, object]]:
    """What was asked: service and payload."""
    return [(spec.url.rpartition("/")[2], json.loads(spec.body)) for spec in scenario.transport.sent]


def test_no_server_is_named(scenario: Scenario) -> None:
    assert "No server is named" in scenario.errs('service "a" is deployed').message


def test_requests_go_there_too(server: Scenario) -> None:
    server.answer({})
    server.say('I send a "GET" request to "/orders"')
    assert server.transport.sent[-1].url == "http://127.0.0.1:17010/orders"
    assert "s3cret-pw" in server.state.run.secrets


def test_deploying(server: Scenario) -> None:
    server.write("services/orders.py", "class A: pass")
    server.answer({"deployed": ["orders.a"]})
    server.say('I hot-deploy "features/services/orders.py"')
    service, payload = calls(server)[0]
    assert service == "zato.service.upload-package"
    assert isinstance(payload, dict)
    assert payload["payload_name"] == "orders.py"
    assert base64.b64decode(payload["payload"]) == b"class A: pass"
    assert server.stored("deployed") == ["orders.a"]
    assert server.state.exchanges == []


def test_deploying_a_folder(server: Scenario) -> None:
    for name in ("b.py", "a.py", "notes.txt"):
        server.write(f"services/{name}", "x")
    server.answer({"deployed": ["a.x"]})
    server.answer({"deployed": ["b.x"]})
    server.say('I hot-deploy "features/services"')
    assert server.stored("deployed") == ["a.x", "b.x"]
    server.errs('I hot-deploy "features/nope.py"')
    server.errs('I hot-deploy "../outside.py"')


def test_deploying_fails(server: Scenario) -> None:
    server.write("bad.py", "def")
    server.answer(BROKEN, 400)
    assert "line 3 SyntaxError" in server.errs('I hot-deploy "bad.py"').message
    server.answer(BROKEN, 400)
    server.say('deploying "bad.py" fails, saying "SyntaxError"')
    server.answer(BROKEN, 400)
    server.fails('deploying "bad.py" fails, saying "ImportError"')
    server.answer({"deployed": ["bad.a"]})
    server.fails('deploying "bad.py" fails, saying "SyntaxError"')


def test_wrong_admin_password(server: Scenario) -> None:
    server.answer({"error": "unauthorized"}, 401)
    assert "user and password" in server.errs('service "a" is deployed').message


def test_is_deployed(server: Scenario) -> None:
    server.answer({"name": "orders.create"})
    server.say('service "orders.create" is deployed')
    server.answer({"error": "not-found"}, 404)
    server.answer([{"name": "orders.create", "is_internal": False}, {"name": "zato.ping", "is_internal": True}])
    assert server.fails('service "orders.creat" is deployed').mismatches[0].reason == "near: orders.create"
    server.answer(b"boom", 500)
    server.errs('service "orders.create" is deployed')


def test_invoking(server: Scenario) -> None:
    server.feature.values["n"] = 3
    server.answer({"id": 17})
    server.say('I invoke service "orders.create"', '{"qty": "#n"}')
    server.say('path "/id" is an integer "17"')
    server.answer({})
    server.say('I invoke service "orders.list"')
    assert calls(server) == [("orders.create", {"qty": 3}), ("orders.list", {})]
    assert len(server.state.exchanges) == 2


def test_runs(server: Scenario) -> None:
    server.answer({"usage": 2})
    server.say('service "orders.create" has run 2 times')
    server.answer({"usage": 2})
    server.fails('service "orders.create" has run 1 time')


def test_channel_is_made_and_removed(server: Scenario) -> None:
    server.answer({"id": 1})
    server.say('a REST channel "orders" at "/orders/{id}" for service "orders.get"')
    server.answer({"id": 1})
    server.close()
    made, removed = calls(server)
    assert made[0] == "zato.http-soap.create"
    assert isinstance(made[1], dict)
    assert (made[1]["url_path"], made[1]["service"]) == ("/orders/{id}", "orders.get")
    assert removed == ("zato.http-soap.delete", {"connection": "channel", "transport": "plain_http", "name": "orders"})
    server.state.cleanups.clear()


def test_channel_gets_credentials_and_is_as_before_afterwards(server: Scenario) -> None:
    for answer in ({"id": 5, "security_name": "old"}, {"id": 9}, {"id": 5}):
        server.answer(answer)
    server.say('channel "orders" requires "api-key" "X-Key" "k3y-value"')
    server.answer({})
    server.answer({"error": "not-found"}, 404)
    server.close()
    asked = calls(server)
    assert [service for service, _ in asked] == [
        "zato.http-soap.get", "zato.security.apikey.create", "zato.http-soap.edit", "zato.http-soap.edit",
        "zato.security.apikey.delete",
    ]  # fmt: skip
    assert asked[1][1] == {"name": "orders (api-key)", "header": "X-Key", "secret": "k3y-value"}
    assert isinstance(asked[3][1], dict)
    assert asked[3][1]["security_name"] == "old"
    server.state.cleanups.clear()
    assert "basic" in server.errs('channel "orders" requires "magic" "a" "b"').hint


def test_outgoing_connections(server: Scenario) -> None:
    server.answer({"id": 1})
    server.say('an outgoing "rest" connection "billing" to "http://b.test:8080/v1/x"')
    server.answer({"id": 2})
    server.say('an outgoing "SQL" connection "shop" to "sqlite:////tmp/shop.db"')
    server.answer({"id": 3})
    server.say('an outgoing "sql" connection "pg" to "postgresql://ann:p%40w@db.test:5433/shop"')
    rest, sqlite, postgresql = (payload for _, payload in calls(server))
    assert isinstance(rest, dict)
    assert isinstance(sqlite, dict)
    assert isinstance(postgresql, dict)
    assert (rest["host"], rest["url_path"]) == ("http://b.test:8080", "/v1/x")
    assert sqlite == {"name": "shop", "engine": "sqlite", "db_name": "/tmp/shop.db"}
    assert (postgresql["port"], postgresql["password"], postgresql["db_name"]) == (5433, "p@w", "shop")
    server.state.cleanups.clear()
    server.errs('an outgoing "ftp" connection "f" to "x"')
    server.errs('an outgoing "rest" connection "f" to "x"')
    server.errs('an outgoing "sql" connection "f" to "mysql://x/y"')


def test_ping(server: Scenario) -> None:
    server.answer({"is_success": True, "info": ""})
    server.say('outgoing connection "billing" answers a ping')
    server.answer({"is_success": False, "info": "connection refused"})
    assert server.fails('outgoing connection "billing" answers a ping').mismatches[0].actual == "connection refused"
    server.answer({"error": "not-found"}, 404)
    server.answer({"error": "not-found"}, 404)
    server.errs('outgoing connection "billing" answers a ping')


def test_what_was_made_last_goes_first(server: Scenario) -> None:
    for _ in range(4):
        server.answer({"id": 1})
    server.say('a REST channel "a" at "/a" for service "x"')
    server.say('a REST channel "b" at "/b" for service "x"')
    server.close()
    assert [payload["name"] for _, payload in calls(server)[2:] if isinstance(payload, dict)] == ["b", "a"]
    server.state.cleanups.clear()


def test_cleaning_up_tells_what_it_could_not_remove(server: Scenario) -> None:
    server.answer({"id": 1})
    server.say('a REST channel "a" at "/a" for service "x"')
    server.answer({"message": "in use"}, 409)
    with pytest.raises(Exception, match="in use"):
        server.close()
    server.state.cleanups.clear()
