"""What user code finds on `self`."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from server.errors import BadRequest, ServiceMissing
from server.kernel.invocation import ChannelContext, Principal
from server.services.base import (
    InvokedServiceMissing,
    RuntimeInvocationError,
    ServerInfo,
    Service,
    TimeoutException,
    new_cid,
)
from server.simpleio.elements import Int
from tests.server.services.support import Bench
from tests.support.clock import FakeClock


class Add(Service):
    input = Int("a"), Int("b")
    output = Int("total")

    def handle(self) -> None:
        self.response.payload.total = self.request.input.a + self.request.input.b


def asking(question: Any) -> type[Service]:
    class Ask(Service):
        def handle(self) -> None:
            self.response.payload = question(self)

    return Ask


def test_the_services_own_facts() -> None:
    bench = Bench(asking(lambda self: [self.name, self.impl_name, self.logger.name, self.cid, self.usage]))
    bench.call("t.ask")
    assert bench.call("t.ask").payload == ["t.ask", "t.Ask", "t.ask", "c1", 2]


def test_each_call_has_an_object_of_its_own() -> None:
    seen = []
    bench = Bench(asking(lambda self: seen.append(self)))
    bench.call("t.ask")
    bench.call("t.ask")
    assert seen[0] is not seen[1]


def test_the_channel_is_a_text_with_attributes() -> None:
    bench = Bench(asking(lambda self: self.channel))
    channel = ChannelContext("plain_http", "orders", 5, "json")
    found = bench.http(
        "t.ask", "GET", path="/a", channel=channel, principal=Principal(7, "ann-basic", "basic_auth", "ann")
    ).payload
    assert found == "plain_http"
    assert (found.id, found.name, found.type, found.data_format) == (5, "orders", "plain_http", "json")
    assert (found.match_target, found.is_internal) == ("/a", False)
    assert (found.sec.id, found.security.name, found.sec.type, found.sec.username) == (
        7,
        "ann-basic",
        "basic_auth",
        "ann",
    )
    assert bench.call("t.ask").payload.security.name is None


def test_the_server_and_user_configuration() -> None:
    bench = Bench(
        Add,
        asking(lambda self: [self.server.name, self.server.invoke("t.add", {"a": 1, "b": 2}), self.user_config]),
        server=ServerInfo("server1"),
        user_config="config",
    )
    assert bench.call("t.ask").payload == ["server1", {"total": 3}, "config"]


def test_wsgi_environ_is_empty_unless_over_http() -> None:
    bench = Bench(asking(lambda self: self.wsgi_environ))
    assert bench.call("t.ask").payload == {}
    found = bench.http("t.ask", "GET", query="a=1", headers={"x-one": "1"}).payload
    assert (found["REQUEST_METHOD"], found["QUERY_STRING"], found["HTTP_X_ONE"]) == ("GET", "a=1", "1")


@pytest.mark.parametrize(
    ("invoke", "wanted"),
    [
        (lambda self: self.invoke("t.add", {"a": 1, "b": 2}), {"total": 3}),
        (lambda self: self.invoke("t.add", a=1, b=2), {"total": 3}),
        (lambda self: self.invoke("t.add", {"a": 1}, b=2), {"total": 3}),
        (lambda self: self.invoke("t.add", '{"a": 1, "b": 2}'), {"total": 3}),
        (lambda self: self.invoke(Add, a=1, b=2), {"total": 3}),
        (lambda self: self.invoke("t.add@all", a=1, b=2), {"total": 3}),
        (lambda self: self.invoke("t.add", a=1, b=2, as_bunch=True).total, 3),
        (lambda self: self.invoke("t.add", a=1, b=2, serialize=True), '{"total":3}'),
        (lambda self: self.invoke_by_impl_name("t.Add", a=1, b=2), {"total": 3}),
    ],
)
def test_invoke(invoke: Any, wanted: Any) -> None:
    assert Bench(Add, asking(invoke)).call("t.ask").payload == wanted


def test_the_response_element_can_be_left_out() -> None:
    class Wrapped(Service):
        class SimpleIO:
            output = "a"
            response_elem = "r"

        def handle(self) -> None:
            self.response.payload = {"a": "1"}

    bench = Bench(Wrapped, asking(lambda self: self.invoke("t.wrapped", skip_response_elem=True)))
    assert bench.call("t.wrapped").payload == {"r": {"a": "1"}}
    assert bench.call("t.ask").payload == {"a": "1"}


def test_the_callee_knows_its_channel_and_environ() -> None:
    class Callee(Service):
        def handle(self) -> None:
            self.response.payload = [self.channel, self.data_format, self.environ, self.cid]

    call = lambda self: self.invoke("t.callee", channel="own", data_format="json", environ={"a": 1})  # noqa: E731
    assert Bench(Callee, asking(call)).call("t.ask").payload == ["own", "json", {"a": 1}, "c1"]


def test_errors_of_the_callee_come_through() -> None:
    class Refuse(Service):
        def handle(self) -> None:
            raise BadRequest(self.cid, "no")

    with pytest.raises(BadRequest, match="no"):
        Bench(Refuse, asking(lambda self: self.invoke("t.refuse"))).call("t.ask")


def test_a_service_cannot_invoke_itself() -> None:
    with pytest.raises(RuntimeInvocationError, match="'t.ask' cannot invoke itself"):
        Bench(asking(lambda self: self.invoke("t.ask"))).call("t.ask")


def test_to_invoke_one_that_is_missing_is_the_servers_fault() -> None:
    bench = Bench(Add, asking(lambda self: self.invoke("t.ad")))
    with pytest.raises(InvokedServiceMissing, match="Did you mean 't.add'. Service 't.ask' invokes it") as caught:
        bench.call("t.ask")
    assert (caught.value.status, caught.value.as_dict()["message"]) == (500, "Internal server error")
    assert isinstance(caught.value, ServiceMissing)


def test_a_time_limit() -> None:
    clock = FakeClock()

    class Slow(Service):
        def handle(self) -> None:
            clock.go_on(3)

    late = asking(lambda self: self.invoke("t.slow", timeout=2))
    with pytest.raises(TimeoutException, match="'t.slow' invoked by 't.ask': no answer within 2 s"):
        Bench(Slow, late, clock=clock).call("t.ask")
    quiet = asking(lambda self: self.invoke("t.slow", timeout=2, raise_timeout=False))
    assert Bench(Slow, quiet, clock=clock).call("t.ask").payload is None


class Conn:
    def get(self, *args: Any, **kwargs: Any) -> Any:
        return args, kwargs


class Live:
    conn = Conn()


def test_outgoing_connections() -> None:
    asked = []

    def connection(kind: str, name: str) -> Any:
        asked.append((kind, name))
        return Live()

    facades = {"rest": "outgoing.rest", "plain_http": "outgoing.rest", "sql": "outgoing.sql"}

    def use(self: Service) -> Any:
        self.out.sql.get("db", enforce_is_active=True)
        assert self.outgoing is self.out
        return [self.out.plain_http["crm"].conn.get(1), self.rest["crm"].get({"a": 1}, headers={})]

    bench = Bench(asking(use), connection=connection, facades=facades)
    assert bench.call("t.ask").payload == [((1,), {}), (("c1", {"a": 1}), {"headers": {}})]
    assert asked == [("outgoing.sql", "db"), ("outgoing.rest", "crm"), ("outgoing.rest", "crm")]


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (
            lambda self: self.out.restt,
            r"self.out.restt is no kind of outgoing connection. Did you mean self.out.rest\?",
        ),
        (lambda self: self.responce, r"'Ask' has no attribute 'responce'. Did you mean 'response'\?"),
        (lambda self: self.patterns, "self.patterns is not there in this version of the server"),
        (lambda self: self.zzz, "'Ask' has no attribute 'zzz'$"),
    ],
)
def test_wrong_attributes_are_told_usefully(use: Any, message: str) -> None:
    with pytest.raises(AttributeError, match=message):
        Bench(asking(use), facades={"rest": "outgoing.rest"}).call("t.ask")


def test_outside_of_a_call_there_is_no_request() -> None:
    with pytest.raises(AttributeError, match="exists only while the service runs"):
        _ = Add().request


def test_facilities() -> None:
    bench = Bench(asking(lambda self: self.facility(int)), facility=lambda cls: cls(5))
    assert bench.call("t.ask").payload == 5
    with pytest.raises(LookupError, match="assembled without a int"):
        Bench(asking(lambda self: self.facility(int))).call("t.ask")


def test_correlation_ids_differ() -> None:
    assert len({new_cid() for _ in range(100)}) == 100
    assert len(new_cid()) == 24


def test_logging_goes_by_the_services_name(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        Bench(asking(lambda self: self.logger.info("hello %s", "you"))).call("t.ask")
    assert caplog.record_tuples == [("t.ask", logging.INFO, "hello you")]
