"""ZeroMQ sentences, socket against socket."""

from __future__ import annotations

from pathlib import Path

import pytest

from apitest.results import Verdict
from tests.support.one_scenario import errs, fails, passes, run_steps, said
from tests.support.sample_project import run_project


def test_push_and_pull(tmp_path: Path) -> None:
    passes(
        run_steps(
            tmp_path,
            '''
            Given ZeroMQ "in" is a "PULL" socket bound to "tcp://127.0.0.1:0"
            And ZeroMQ "out" is a "push" socket connected to "#in-address"
            When ZeroMQ "out" sends "{"id": 1}"
            And ZeroMQ "out" sends "two"
            Then ZeroMQ "in" receives "two" within 2 seconds
            And ZeroMQ "in" receives JSON within 2 seconds
              """
              {"id": 1}
              """
            And path "/id" of the last message of "in" is "1"
            And ZeroMQ "in" receives nothing for 200 ms
            ''',
        )
    )


def test_publish_and_subscribe(tmp_path: Path) -> None:
    passes(
        run_steps(
            tmp_path,
            """
            Given ZeroMQ "pub" is a "PUB" socket bound to "tcp://127.0.0.1:0"
            And ZeroMQ "sub" is a "SUB" socket connected to "#pub-address"
            And ZeroMQ "sub" subscribes to "orders"
            When ZeroMQ "pub" sends "news: none"
            And ZeroMQ "pub" sends "orders: 17"
            Then ZeroMQ "sub" receives "orders: 17" within 2 seconds
            And ZeroMQ "sub" receives nothing for 100 ms
            """,
        )
    )


def test_ask_and_answer(tmp_path: Path) -> None:
    passes(
        run_steps(
            tmp_path,
            """
            Given ZeroMQ "server" is a "REP" socket bound to "tcp://127.0.0.1:0"
            And ZeroMQ "client" is a "REQ" socket connected to "#server-address"
            When ZeroMQ "client" sends "how are you"
            Then ZeroMQ "server" receives "how are you" within 2 seconds
            When ZeroMQ "server" sends "fine"
            Then ZeroMQ "client" receives "fine" within 2 seconds
            """,
        )
    )


def test_router_answers_who_asked_last(tmp_path: Path) -> None:
    passes(
        run_steps(
            tmp_path,
            """
            Given ZeroMQ "router" is a "ROUTER" socket bound to "tcp://127.0.0.1:0"
            And ZeroMQ "ann" is a "DEALER" socket connected to "#router-address"
            And ZeroMQ "bob" is a "REQ" socket connected to "#router-address"
            When ZeroMQ "ann" sends "from ann"
            And ZeroMQ "bob" sends "from bob"
            Then ZeroMQ "router" receives "from ann" within 2 seconds
            When ZeroMQ "router" sends "to ann"
            Then ZeroMQ "ann" receives "to ann" within 2 seconds
            And ZeroMQ "router" receives "from bob" within 2 seconds
            When ZeroMQ "router" sends "to bob"
            Then ZeroMQ "bob" receives "to bob" within 2 seconds
            """,
        )
    )


BOUND = 'Given ZeroMQ "in" is a "PULL" socket bound to "tcp://127.0.0.1:0"\n'


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ('Given ZeroMQ "a" is a "PUS" socket bound to "tcp://127.0.0.1:0"', "Did you mean"),
        ('Given ZeroMQ "a" is a "PULL" socket bound to "nonsense"', "cannot be bound to nonsense"),
        (BOUND + 'Given ZeroMQ "b" is a "PULL" socket bound to "#in-address"', "Address already in use"),
        (BOUND + 'Given ZeroMQ "in" is a "PULL" socket bound to "tcp://127.0.0.1:0"', "is open already"),
        (BOUND + 'When ZeroMQ "in" sends "x"', "only receives"),
        (BOUND + 'When ZeroMQ "inn" sends "x"', 'Did you mean "in"?'),
        (BOUND + 'Given ZeroMQ "in" subscribes to "x"', "Only a SUB socket subscribes"),
        (
            'Given ZeroMQ "a" is a "REP" socket bound to "tcp://127.0.0.1:0"\nWhen ZeroMQ "a" sends "x"',
            "A REP socket receives before it sends",
        ),
        (
            'Given ZeroMQ "a" is a "ROUTER" socket bound to "tcp://127.0.0.1:0"\nWhen ZeroMQ "a" sends "x"',
            "does not know whom to answer",
        ),
        (
            'Given ZeroMQ "a" is a "PUB" socket bound to "tcp://127.0.0.1:0"\n'
            'Then ZeroMQ "a" receives "x" within 1 second',
            'There is no ZeroMQ "a"',
        ),
    ],
)
def test_mistakes(tmp_path: Path, steps: str, words: str) -> None:
    errs(run_steps(tmp_path, steps), words)


def test_nobody_takes_the_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apitest.transports.zeromq.SEND_SECONDS", 0.2)
    steps = 'Given ZeroMQ "a" is a "PUSH" socket bound to "tcp://127.0.0.1:0"\nWhen ZeroMQ "a" sends "x"'
    errs(run_steps(tmp_path, steps), "nobody takes the message within 0.2 s")


def test_what_came_is_shown(tmp_path: Path) -> None:
    steps = (
        BOUND + 'And ZeroMQ "out" is a "PUSH" socket connected to "#in-address"\n'
        'When ZeroMQ "out" sends "two"\nThen ZeroMQ "in" receives "one" within 300 ms'
    )
    fails(run_steps(tmp_path, steps), "one | two")


def test_many_side_by_side(tmp_path: Path) -> None:
    scenario = """
  Scenario: number {n}
    Given ZeroMQ "in" is a "PULL" socket bound to "tcp://127.0.0.1:0"
    And ZeroMQ "out" is a "PUSH" socket connected to "#in-address"
    When ZeroMQ "out" sends "{n}"
    Then ZeroMQ "in" receives "{n}" within 10 seconds
    And ZeroMQ "in" receives nothing for 500 ms
"""
    body = "".join(scenario.format(n=n) for n in range(40))
    result = run_project(
        tmp_path, {"config.ini": "[apitest]\nsplit = scenario\n", "a.feature": f"Feature: f\n{body}"}, jobs=40
    )
    bad = [said(one) for one in result.scenarios() if one.verdict is not Verdict.PASSED]
    assert not bad
    assert result.seconds < 6  # one after the other they would need 20 s
