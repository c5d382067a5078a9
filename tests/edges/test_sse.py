"""Event streams from a real server."""

from __future__ import annotations

from pathlib import Path

import pytest

from apitest.results import ScenarioResult, Verdict
from tests.support import peers
from tests.support.one_scenario import errs, fails, passes, run_steps, said
from tests.support.sample_project import run_project


def run(folder: Path, steps: str) -> ScenarioResult:
    opening = 'Given address "@events"\n'
    return run_steps(folder, opening + steps, events=f"http://127.0.0.1:{peers.port_of('event_server')}")


def test_events(tmp_path: Path) -> None:
    passes(
        run(
            tmp_path,
            '''
            When event stream "feed" is opened at "/events?count=4"
            Then event stream "feed" delivers an event "paid" within 5 seconds
            And path "/number" of the last message of "feed" is "2"
            And event stream "feed" receives JSON within 5 seconds
              """
              {"number": 4}
              """
            And event stream "feed" receives 2 messages within 5 seconds
            And event stream "feed" receives nothing for 200 ms
            When event stream "feed" is closed
            ''',
        )
    )


def test_interrupted_and_resumed(tmp_path: Path) -> None:
    passes(
        run(
            tmp_path,
            """
            When event stream "feed" is opened at "/events?count=3"
            Then event stream "feed" receives 3 messages within 5 seconds
            When event stream "feed" is interrupted and resumed
            Then event stream "feed" receives "after 3" within 5 seconds
            And event stream "feed" receives nothing for 100 ms
            """,
        )
    )


def test_headers_and_credentials(tmp_path: Path) -> None:
    passes(
        run(
            tmp_path,
            '''
            Given bearer token "t0"
            And header "X-One" "1"
            When event stream "feed" is opened at "@{events}/headers"
            Then event stream "feed" receives a message within 5 seconds
            And the last message of "feed" contains JSON
              """
              {"authorization": "Bearer t0", "x-one": "1", "accept": "text/event-stream", "accept-encoding": "identity",
               "last-event-id": "~absent"}
              """
            ''',
        )
    )


def test_redirected(tmp_path: Path) -> None:
    passes(
        run(
            tmp_path,
            """
            When event stream "feed" is opened at "/moved"
            Then event stream "feed" delivers an event "order" within 5 seconds
            """,
        )
    )


def test_the_server_ends_the_stream(tmp_path: Path) -> None:
    steps = """
        When event stream "feed" is opened at "/short"
        Then event stream "feed" receives "one\\ntwo" within 5 seconds
        And event stream "feed" receives "more" within 60 seconds
    """
    found = run(tmp_path, steps)
    fails(found, "the server ended the stream")
    assert found.seconds < 5
    fails(run(tmp_path, steps.replace('receives "more" within', "receives nothing for")), "could not receive anything")


def test_the_server_cuts_the_stream(tmp_path: Path) -> None:
    found = run(
        tmp_path,
        """
        When event stream "feed" is opened at "/cut"
        Then event stream "feed" receives "one" within 5 seconds
        And event stream "feed" receives "two" within 60 seconds
        """,
    )
    fails(found, "the connection was cut")
    assert found.seconds < 5


def test_another_type(tmp_path: Path) -> None:
    found = run(
        tmp_path,
        """
        When event stream "feed" is opened at "/events?count=1"
        Then event stream "feed" delivers an event "refund" within 300 ms
        """,
    )
    fails(found, "refund | order: ")


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ('When event stream "feed" is opened at "/page"', "no event stream, but Content-Type text/html"),
        ('When event stream "feed" is opened at "/gone"', "but status 404"),
        ('When event stream "feed" is opened at "http://127.0.0.1:1/"', "connection refused"),
        ('Then event stream "feed" delivers an event "x" within 1 second', 'There is no event stream "feed"'),
        (
            'When event stream "feed" is opened at "/events"\nWhen event stream "feed" is opened at "/events"',
            "is open already",
        ),
        (
            'When event stream "feed" is opened at "/events"\nWhen event stream "feet" is closed',
            'Did you mean "feed"?',
        ),
    ],
)
def test_mistakes(tmp_path: Path, steps: str, words: str) -> None:
    errs(run(tmp_path, steps), words)


def test_chunks(tmp_path: Path) -> None:
    steps = 'When I send a "GET" request to "/chunks?count=3"\nThen the response arrived in at least {} chunks'
    passes(run(tmp_path, steps.format(3)))
    fails(run(tmp_path, steps.format(4)), "at least 4 | 3")
    passes(run(tmp_path, 'When I send a "GET" request to "/page"\nThen the response arrived in at least 1 chunk'))


def test_many_side_by_side(tmp_path: Path) -> None:
    scenario = """
  Scenario: number {n}
    When event stream "feed" is opened at "@{{events}}/events?count={n}"
    Then event stream "feed" receives {n} messages within 20 seconds
"""
    body = "".join(scenario.format(n=n) for n in range(1, 31))
    config = f"[apitest]\nsplit = scenario\n[user]\nevents = http://127.0.0.1:{peers.port_of('event_server')}\n"
    result = run_project(tmp_path, {"config.ini": config, "a.feature": f"Feature: f\n{body}"}, jobs=30)
    assert [said(one) for one in result.scenarios() if one.verdict is not Verdict.PASSED] == []
    assert result.seconds < 10  # one after the other they would need 30 s
