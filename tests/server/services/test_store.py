"""Finding services, replacing them, and the way of one call."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from server.errors import BadRequest, ConfigError, InputInvalid, MethodNotAllowed, NotFound, ServerError, ServiceMissing
from server.kernel.events import DEPLOYED
from server.kernel.invocation import ChannelContext
from server.services.base import Service
from server.services.loader import entry_of
from server.services.store import Source
from server.simpleio.elements import Int
from tests.server.services.support import Bench


class Get(Service):
    input = "sku", Int("-qty")
    output = "sku", Int("qty")

    def handle(self) -> None:
        self.response.payload = {"sku": self.request.input.sku, "qty": self.request.input.get("qty", 1)}


class Echo(Service):
    def handle(self) -> None:
        self.response.payload = dict(self.request.input)


def test_a_call() -> None:
    reply = Bench(Get).call("t.get", {"sku": "a", "qty": "2"})
    assert (reply.payload, reply.status, reply.headers) == ({"sku": "a", "qty": 2}, 200, {})


def test_every_problem_of_the_input() -> None:
    with pytest.raises(InputInvalid) as caught:
        Bench(Get).call("t.get", {"qty": "many"})
    assert caught.value.as_dict() == {
        "cid": "c1",
        "error": "input",
        "message": "2 problems in the input of t.get",
        "problems": [
            {"path": "/sku", "problem": "missing"},
            {"path": "/qty", "problem": "not a whole number", "given": "many"},
        ],
    }


def test_parameters_of_path_and_query() -> None:
    params: dict[str, Any] = {"path_params": {"sku": "p", "qty": "1"}, "query_params": {"qty": "2"}}
    assert Bench(Get).call("t.get", {"sku": "b"}, **params).payload == {"sku": "p", "qty": 2}
    assert Bench(Echo).call("t.echo", {"x": 1}, **params).payload == {"x": 1, "sku": "p", "qty": "2"}
    assert Bench(Echo).call("t.echo", [1], **params).payload == {"sku": "p", "qty": "2"}


def test_json_text_is_parsed_for_a_declared_input() -> None:
    assert Bench(Get).call("t.get", b'{"sku": "a"}').payload == {"sku": "a", "qty": 1}
    with pytest.raises(InputInvalid, match="1 problem"):
        Bench(Get).call("t.get", "{")
    with pytest.raises(InputInvalid):
        Bench(Get).call("t.get", "<a/>", channel=ChannelContext("plain_http", data_format="xml"))


def test_status_headers_and_content_type() -> None:
    class Full(Service):
        def handle(self) -> None:
            self.response.payload = "x"
            self.response.status_code = 201
            self.response.headers["X-A"] = "1"
            self.response.content_type = "text/plain"
            self.response.content_encoding = "identity"

    reply = Bench(Full).call("t.full")
    assert (reply.status, reply.headers, reply.content_type, reply.content_encoding) == (
        201,
        {"X-A": "1"},
        "text/plain",
        "identity",
    )


def test_a_service_that_answers_nothing() -> None:
    class Quiet(Service):
        def handle(self) -> None:
            pass

    assert Bench(Quiet).call("t.quiet").payload is None


def test_odd_output_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    class Odd(Service):
        output = "a"

        def handle(self) -> None:
            self.response.payload = {"a": 1, "b": 2}

    bench = Bench(Odd)
    with caplog.at_level(logging.WARNING):
        bench.call("t.odd")
        assert bench.call("t.odd").payload == {"a": "1", "b": 2}
    assert caplog.messages == ["Service 't.odd': the output 'b' is not declared and goes out all the same"]


def test_strict_output_is_the_servers_fault() -> None:
    class Strict(Service):
        class SimpleIO:
            output = "a"
            strict_output = True

        def handle(self) -> None:
            pass

    with pytest.raises(ServerError, match="Service 't.strict': the required output 'a' was not set") as caught:
        Bench(Strict).call("t.strict")
    assert caught.value.status == 500


class Verbs(Service):
    def handle(self) -> None:
        self.response.payload = "handle"

    def handle_GET(self) -> None:
        self.response.payload = "get"

    def handle_POST(self) -> None:
        self.response.payload = "post"


def test_methods() -> None:
    bench = Bench(Verbs)
    assert bench.http("t.verbs", "GET").payload == "get"
    assert bench.http("t.verbs", "HEAD").payload == "get"
    assert bench.http("t.verbs", "POST").payload == "post"
    assert bench.call("t.verbs").payload == "handle"
    with pytest.raises(MethodNotAllowed) as caught:
        bench.http("t.verbs", "DELETE")
    assert caught.value.headers == [("Allow", "GET, HEAD, POST")]
    assert bench.store.get("t.verbs").http_methods == ("GET", "POST")


def test_methods_without_a_handle() -> None:
    class OnlyGet(Service):
        def handle_GET(self) -> None:
            self.response.payload = "get"

    with pytest.raises(ServerError, match="handle_GET but no handle: it answers HTTP only"):
        Bench(OnlyGet).call("t.only-get")


class Hooked(Service):
    def accept(self) -> bool:
        self.environ["order"] = ["accept"]
        return self.request.payload != "no"

    def _note(self, name: str) -> None:
        self.environ["order"].append(name)
        if self.request.payload == name:
            raise KeyError(name)

    def validate_input(self) -> None:
        self._note("validate_input")
        if self.request.payload == "bad":
            raise BadRequest(self.cid, "bad")

    def before_handle(self) -> None:
        self._note("before_handle")

    def handle(self) -> None:
        self._note("handle")
        self.response.payload = self.environ["order"]

    def after_handle(self) -> None:
        self._note("after_handle")

    def validate_output(self) -> None:
        self._note("validate_output")

    def finalize_handle(self) -> None:
        self._note("finalize_handle")


ORDER = ["accept", "validate_input", "before_handle", "handle", "after_handle", "validate_output", "finalize_handle"]


@pytest.mark.parametrize("failing", ["", "before_handle", "validate_input", "after_handle", "finalize_handle"])
def test_hooks_run_in_order_and_their_failure_stops_nothing(failing: str, caplog: pytest.LogCaptureFixture) -> None:
    assert Bench(Hooked).call("t.hooked", failing).payload == ORDER
    assert (f"its hook {failing} failed" in caplog.text) == bool(failing)


def test_what_is_not_accepted_was_never_found() -> None:
    with pytest.raises(NotFound):
        Bench(Hooked).call("t.hooked", "no")


def test_a_validating_hook_can_refuse() -> None:
    environ: dict[str, Any] = {}
    with pytest.raises(BadRequest, match="bad"):
        Bench(Hooked).call("t.hooked", "bad", environ=environ)
    assert environ["order"] == ["accept", "validate_input", "finalize_handle"]


def test_finalize_also_runs_after_a_failure() -> None:
    environ: dict[str, Any] = {}
    with pytest.raises(KeyError):
        Bench(Hooked).call("t.hooked", "handle", environ=environ)
    assert environ["order"] == ["accept", "validate_input", "before_handle", "handle", "finalize_handle"]


def test_missing_names_the_nearest() -> None:
    bench = Bench(Get)
    with pytest.raises(ServiceMissing, match="no service 't.gett'. Did you mean 't.get'"):
        bench.store.get("t.gett")
    with pytest.raises(ServiceMissing, match="Did you mean 't.Get'"):
        bench.store.by_impl_name("t.Gett")
    with pytest.raises(ServiceMissing, match="Echo is not deployed"):
        bench.store.name_of(Echo)
    assert bench.store.find("t.gett") is None


def fresh(name: str, path: str, answer: str = "") -> Any:
    def handle(self: Service) -> None:
        self.response.payload = answer

    cls = type(name, (Service,), {"handle": handle, "__module__": "orders"})
    return entry_of(cls, module="orders", source=Source(path, answer))


def test_a_file_replaces_all_that_came_from_it() -> None:
    bench, heard = Bench(Get), []
    bench.events.on(DEPLOYED, heard.append)
    store = bench.store
    store.add([fresh("Get", "/p/orders.py", "1"), fresh("Create", "/p/orders.py", "1")])
    bench.call("orders.get")
    store.get("orders.get").is_active = False
    done = store.add([fresh("Get", "/p/orders.py", "2"), fresh("Delete", "/p/orders.py", "2")])
    assert (done.added, done.removed) == (("orders.delete", "orders.get"), ("orders.create",))
    assert store.names() == ["orders.delete", "orders.get", "t.get"]
    entry = store.get("orders.get")
    assert (entry.source, entry.source_path, entry.usage, entry.is_active) == ("2", "/p/orders.py", 1, False)
    assert [one.name for one in store.of_source("/p/orders.py")] == ["orders.delete", "orders.get"]
    assert store.name_of(entry.cls) == "orders.get"
    assert store.remove_source("/p/orders.py").removed == ("orders.delete", "orders.get")
    assert (len(store), "t.get" in store, len(heard)) == (1, True, 3)
    store.remove("t.get")
    assert store.entries() == []


def test_a_name_belongs_to_one_file() -> None:
    bench = Bench()
    bench.store.add([fresh("Get", "/p/orders.py")])
    with pytest.raises(ConfigError, match="'orders.get' is taken by orders.Get of /p/orders.py"):
        bench.store.add([fresh("Get", "/p/other.py")])
    with pytest.raises(ConfigError, match="Get and Get both have the name 'orders.get'"):
        bench.store.add([fresh("Get", "/p/orders.py"), fresh("Get", "/p/orders.py")])
