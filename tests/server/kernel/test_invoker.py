"""The doorway: who is found, what is told, when a call is over."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from server.errors import BadRequest, Inactive, ServiceMissing
from server.kernel.events import INVOKED, Events
from server.kernel.invocation import ServiceReply, ServiceRequest
from server.kernel.invoker import CURRENT_CID, DeadlineReached, Invoked, Invoker
from tests.support.clock import FakeClock


class One:
    def __init__(self, name: str, run: Callable[[ServiceRequest], ServiceReply], is_active: bool = True) -> None:
        self.name, self.run, self.is_active = name, run, is_active


def finder(*ones: One) -> Callable[[str], One]:
    def find(name: str) -> One:
        for one in ones:
            if one.name == name:
                return one
        raise ServiceMissing("", f"There is no service '{name}'.")

    return find


def answer(request: ServiceRequest) -> ServiceReply:
    return ServiceReply(f"{request.payload} in {CURRENT_CID.get()}")


def test_a_service_answers_and_the_cid_is_known_meanwhile() -> None:
    assert Invoker(finder(One("a", answer))).invoke(ServiceRequest("a", "x", "c1")).payload == "x in c1"
    assert CURRENT_CID.get() == ""


def test_missing_and_inactive() -> None:
    invoker = Invoker(finder(One("a", answer, is_active=False)))
    with pytest.raises(ServiceMissing, match="no service 'b'"):
        invoker.invoke(ServiceRequest("b", "", "c"))
    with pytest.raises(Inactive, match="'a' is not active"):
        invoker.invoke(ServiceRequest("a", "", "c"))


def test_who_listens_is_told_of_answers_and_errors() -> None:
    def fail(request: ServiceRequest) -> ServiceReply:
        raise BadRequest(request.cid, "no")

    events, heard = Events(), list[Invoked]()
    events.on(INVOKED, heard.append)
    invoker = Invoker(finder(One("a", answer), One("b", fail)), events)
    invoker.invoke(ServiceRequest("a", "", "c1"))
    with pytest.raises(BadRequest):
        invoker.invoke(ServiceRequest("b", "", "c2"))
    assert [(one.service, one.cid, one.channel, type(one.error)) for one in heard] == [
        ("a", "c1", "invoke", type(None)),
        ("b", "c2", "invoke", BadRequest),
    ]
    assert CURRENT_CID.get() == ""


def test_a_deadline() -> None:
    clock = FakeClock()

    def slow(request: ServiceRequest) -> ServiceReply:
        clock.go_on(3)
        return ServiceReply("late")

    invoker = Invoker(finder(One("a", slow)), clock=clock)
    assert invoker.invoke(ServiceRequest("a", "", "c", deadline=5.0)).payload == "late"
    with pytest.raises(DeadlineReached, match="'a': no answer within 2 s"):
        invoker.invoke(ServiceRequest("a", "", "c", deadline=5.0))
    with pytest.raises(DeadlineReached, match="No time was left for service 'a'"):
        invoker.invoke(ServiceRequest("a", "", "c", deadline=5.0))
