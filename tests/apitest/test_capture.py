from __future__ import annotations

import logging
import sys
import threading

import gevent
import pytest

from apitest import capture


def test_each_greenlet_writes_to_its_own_sink() -> None:
    def work(name: str, sink: capture.Sink) -> None:
        token = capture.start(sink)
        print(name, 1)
        gevent.sleep(0)
        print(name, 2, file=sys.stderr)
        logging.getLogger("shop").warning("%s 3", name)
        capture.stop(token)

    sinks = [capture.Sink() for _ in range(3)]
    with capture.streams():
        gevent.joinall([gevent.spawn(work, f"g{number}", sink) for number, sink in enumerate(sinks)])
    assert [sink.text for sink in sinks] == [f"g{n} 1\ng{n} 2\nWARNING shop: g{n} 3\n" for n in range(3)]


def test_a_thread_of_a_step_writes_to_its_scenario() -> None:
    sink = capture.Sink()
    with capture.streams():
        token = capture.start(sink)
        thread = threading.Thread(target=lambda: print("from a thread"))
        thread.start()
        thread.join()
        capture.stop(token)
    assert sink.text == "from a thread\n"


def test_outside_a_scenario_it_goes_where_it_went(capsys: pytest.CaptureFixture[str]) -> None:
    before = sys.stdout, sys.stderr, threading.Thread.start, logging.getLogger().level
    with capture.streams():
        print("outside")
    assert capsys.readouterr().out == "outside\n"
    assert (sys.stdout, sys.stderr, threading.Thread.start, logging.getLogger().level) == before


def test_what_is_outside_can_be_sent_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    with capture.streams(sys.stderr):
        print("outside")
    assert capsys.readouterr() == ("", "outside\n")


def test_bytes_are_text_too() -> None:
    sink = capture.Sink()
    with capture.streams():
        token = capture.start(sink)
        sys.stdout.buffer.write("ä\n".encode())
        capture.stop(token)
    assert sink.text == "ä\n"


def test_a_sink_is_bounded() -> None:
    sink = capture.Sink()
    sink.write("x" * capture.MAX_CHARACTERS)
    sink.write("yy")
    assert sink.text.endswith("\n... 2 more characters left out\n")
    assert "y" not in sink.text.split("\n")[0]
