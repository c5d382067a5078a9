"""What all outgoing connections share: counting calls, pings that never raise."""

import threading

import pytest

from server.errors import ServiceUnavailable
from server.kernel.definition import Definition
from server.outgoing.base import OutgoingConnection


class Line(OutgoingConnection):
    title = "Line"
    is_cut = False

    def ask_for_life(self):
        if self.is_cut:
            raise self.unavailable("is cut", "c1")
        return "hello"


def make():
    return Line(Definition(name="a"))


def test_ping():
    line = make()
    assert (line.ping().is_success, line.ping().info) == (True, "hello")
    line.is_cut = True
    assert (line.ping().is_success, line.ping().info) == (False, "Line 'a' is cut")


def test_an_unavailable_connection_is_named_to_the_caller():
    error = make().unavailable("is cut", "c1")
    assert isinstance(error, ServiceUnavailable)
    assert error.as_dict() == {"cid": "c1", "error": "unavailable", "message": "Line 'a' is cut"}


def test_stop_waits_for_running_calls():
    line = make()
    go_on, stopped = threading.Event(), threading.Event()

    def call():
        with line.running():
            started.set()
            go_on.wait(5)

    started = threading.Event()
    caller = threading.Thread(target=call)
    caller.start()
    started.wait(5)
    stopper = threading.Thread(target=lambda: (line.stop(5), stopped.set()))
    stopper.start()
    assert not stopped.is_set()
    go_on.set()
    assert stopped.wait(5)
    caller.join()
    stopper.join()


def test_stop_gives_up_at_the_deadline():
    line = make()
    with line.running():
        line.stop(0.001)


def test_a_failed_call_is_counted_out():
    line = make()
    with pytest.raises(ZeroDivisionError), line.running():
        _ = 1 / 0
    line.stop(0)
    assert line._running == 0
