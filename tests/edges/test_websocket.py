"""WebSocket sentences against a real server, made with another library than the client."""

from __future__ import annotations

from pathlib import Path

import pytest

from apitest.results import ScenarioResult, Verdict
from tests.support import peers
from tests.support.certificates import Authority
from tests.support.one_scenario import errs, fails, passes, run_steps
from tests.support.sample_project import run_project


@pytest.fixture(scope="module")
def server() -> str:
    return f"ws://127.0.0.1:{peers.port_of('websocket_server')}"


def run(folder: Path, server: str, steps: str) -> ScenarioResult:
    """One scenario made of these steps; `@ws` is the server."""
    return run_steps(folder, steps, ws=server)


def test_messages_both_ways(tmp_path: Path, server: str) -> None:
    (tmp_path / "features" / "data").mkdir(parents=True)
    (tmp_path / "features" / "data" / "a.bin").write_bytes(b"\xff\x00")
    passes(
        run(
            tmp_path,
            server,
            '''
            When WebSocket "ann" connects to "@{ws}/echo"
            And WebSocket "ann" sends "{"type": "hello", "id": 7}"
            And WebSocket "ann" sends "second"
            And WebSocket "ann" sends "third"
            And WebSocket "ann" sends this
              """
              {"type": "bye", "tags": ["a", "b"]}
              """
            Then WebSocket "ann" receives "third" within 2 seconds
            And WebSocket "ann" receives JSON within 2 seconds
              """
              {"type": "bye", "tags": "~list"}
              """
            And WebSocket "ann" receives a message within 2 seconds
            And path "/type" of the last message of "ann" is "hello"
            And path "/id" of the last message of "ann" is "7"
            And path "/id" of the last message of "ann" is "~integer"
            And path "/nope" of the last message of "ann" is "~absent"
            And the last message of "ann" contains JSON
              """
              {"id": 7}
              """
            And I store path "/id" of the last message of "ann" under "id"
            And variable "#id" is an integer "7"
            And WebSocket "ann" receives "~startswith:sec" within 2 seconds
            And WebSocket "ann" receives nothing for 100 ms
            And WebSocket "ann" is open
            When WebSocket "ann" sends file "a.bin"
            Then WebSocket "ann" receives 1 message within 2 seconds
            When WebSocket "ann" sends a ping
            Then WebSocket "ann" receives a pong within 1 second
            When WebSocket "ann" closes with code 1000
            Then WebSocket "ann" is closed within 1 second with code 1000
            ''',
        )
    )


def test_a_crowd(tmp_path: Path, server: str) -> None:
    passes(
        run(
            tmp_path,
            server,
            """
            Given 30 WebSocket clients named "crowd" are connected to "@{ws}/room?name=one"
            When WebSocket "crowd 7" sends "go"
            Then every WebSocket client of "crowd" receives "go" within 3 seconds
            And WebSocket "crowd" is open
            When WebSocket "crowd" sends a ping
            Then WebSocket "crowd" receives a pong within 2 seconds
            When WebSocket "crowd" closes
            Then WebSocket "crowd" is closed within 1 second with code 1000
            """,
        )
    )


def test_a_crowd_tells_who_did_not_receive(tmp_path: Path, server: str) -> None:
    found = run(
        tmp_path,
        server,
        """
            Given 3 WebSocket clients named "crowd" are connected to "@{ws}/echo"
            When WebSocket "crowd 2" sends "go"
            Then every WebSocket client of "crowd" receives "go" within 200 ms
        """,
    )
    fails(found, "2 of 3 WebSocket clients", 'WebSocket "crowd 1" | go', 'WebSocket "crowd 3" | go')


def test_credentials_headers_and_subprotocol_of_the_handshake(tmp_path: Path, server: str) -> None:
    passes(
        run(
            tmp_path,
            server,
            '''
            Given bearer token "t0"
            And header "X-One" "1"
            And cookie "sid" is "abc"
            And WebSocket subprotocol "chat.v1"
            When WebSocket "ann" connects to "@{ws}/headers"
              | name  | value |
              | X-Two | 2     |
            Then WebSocket "ann" receives a message within 2 seconds
            And the last message of "ann" contains JSON
              """
              {"authorization": "Bearer t0", "x-one": "1", "x-two": "2", "cookie": "sid=abc",
               "sec-websocket-protocol": "chat.v1", "user-agent": "~startswith:apitest/", "accept": "~absent"}
              """
            ''',
        )
    )


@pytest.mark.parametrize("status", ["403", "4xx"])
def test_a_refused_handshake(tmp_path: Path, server: str, status: str) -> None:
    passes(
        run(
            tmp_path,
            server,
            f"""
            When WebSocket "eve" tries to connect to "@{{ws}}/refuse"
            Then the WebSocket handshake of "eve" fails with status "{status}"
            """,
        )
    )


def test_a_refused_handshake_without_tries_is_an_error(tmp_path: Path, server: str) -> None:
    found = run(tmp_path, server, '    When WebSocket "eve" connects to "@{ws}/refuse"')
    errs(found, "status 403: not for you")


def test_a_redirected_handshake(tmp_path: Path, server: str) -> None:
    passes(
        run(
            tmp_path,
            server,
            """
            When WebSocket "eve" tries to connect to "@{ws}/moved"
            Then the WebSocket handshake of "eve" fails with status "302"
            """,
        )
    )


def test_a_handshake_that_went_well_did_not_fail(tmp_path: Path, server: str) -> None:
    found = run(
        tmp_path,
        server,
        """
            When WebSocket "eve" tries to connect to "@{ws}/echo"
            Then the WebSocket handshake of "eve" fails with status "403"
        """,
    )
    fails(found, "101", "the connection was made")


def test_nobody_there(tmp_path: Path, server: str) -> None:
    found = run(tmp_path, server, '    When WebSocket "eve" connects to "ws://127.0.0.1:1/x"')
    errs(found, "connection refused")
    found = run(
        tmp_path,
        server,
        """
            When WebSocket "eve" tries to connect to "ws://127.0.0.1:1/x"
            Then the WebSocket handshake of "eve" fails with status "403"
        """,
    )
    fails(found, "connection refused")


@pytest.mark.parametrize(
    ("address", "code"), [("/closes?code=1008&reason=no", 1008), ("/closes?code=4001", 4001), ("/closes", 1000)]
)
def test_the_peer_closes(tmp_path: Path, server: str, address: str, code: int) -> None:
    passes(
        run(
            tmp_path,
            server,
            f"""
            When WebSocket "ann" connects to "@{{ws}}{address}"
            Then WebSocket "ann" is closed within 2 seconds with code {code}
            """,
        )
    )


def test_another_close_code_is_told(tmp_path: Path, server: str) -> None:
    found = run(
        tmp_path,
        server,
        """
            When WebSocket "ann" connects to "@{ws}/closes?code=1008&reason=too%20loud"
            Then WebSocket "ann" is closed within 2 seconds with code 1000
        """,
    )
    fails(found, "1000 | 1008", 'the peer closed the connection with code 1008 "too loud"')


def test_the_peer_cuts_the_connection(tmp_path: Path, server: str) -> None:
    passes(
        run(
            tmp_path,
            server,
            """
            When WebSocket "ann" connects to "@{ws}/cut"
            And WebSocket "ann" sends "x"
            Then WebSocket "ann" is closed within 2 seconds with code 1006
            """,
        )
    )


def test_the_peer_breaks_the_protocol(tmp_path: Path, server: str) -> None:
    passes(
        run(
            tmp_path,
            server,
            """
            When WebSocket "ann" connects to "@{ws}/broken"
            And WebSocket "ann" sends "x"
            Then WebSocket "ann" is closed within 2 seconds with code 1007
            """,
        )
    )


def test_a_closed_connection_ends_the_waiting(tmp_path: Path, server: str) -> None:
    found = run(
        tmp_path,
        server,
        """
            When WebSocket "ann" connects to "@{ws}/closes?code=1008"
            Then WebSocket "ann" receives "x" within 60 seconds
        """,
    )
    fails(found, "with code 1008")
    assert found.seconds < 5
    found = run(
        tmp_path,
        server,
        """
            When WebSocket "ann" connects to "@{ws}/closes?code=1008"
            Then WebSocket "ann" receives nothing for 60 seconds
        """,
    )
    fails(found, "could not receive anything", "1008")


def test_vanishing_and_reconnecting(tmp_path: Path, server: str) -> None:
    passes(
        run(
            tmp_path,
            server,
            """
            When WebSocket "ann" connects to "@{ws}/silent?name=v"
            And WebSocket "ann" vanishes
            Then WebSocket "ann" is closed within 1 second with code 1006
            When I wait 100 ms
            And WebSocket "look" connects to "@{ws}/ends?name=v"
            Then WebSocket "look" receives a message within 2 seconds
            And path "/code" of the last message of "look" is "1006"
            When WebSocket "ann" reconnects
            Then WebSocket "ann" is open
            When WebSocket "ann" closes with code 3001
            And WebSocket "look" reconnects
            Then WebSocket "look" receives JSON within 2 seconds
              \"\"\"
              {"code": 3001, "reason": ""}
              \"\"\"
            """,
        )
    )


def test_what_came_is_shown_when_nothing_fits(tmp_path: Path, server: str) -> None:
    found = run(
        tmp_path,
        server,
        """
            When WebSocket "ann" connects to "@{ws}/echo"
            And WebSocket "ann" sends "one"
            And WebSocket "ann" sends "two"
            Then WebSocket "ann" receives "three" within 200 ms
        """,
    )
    fails(found, "message 1 | three | one", "message 2 | three | two")


@pytest.mark.parametrize("count", [1, 3])
def test_another_number_of_messages(tmp_path: Path, server: str, count: int) -> None:
    found = run(
        tmp_path,
        server,
        f"""
            When WebSocket "ann" connects to "@{{ws}}/echo"
            And WebSocket "ann" sends "one"
            And WebSocket "ann" sends "two"
            Then WebSocket "ann" receives {count} messages within 300 ms
        """,
    )
    fails(found, f"messages | {count} | 2")


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ('WebSocket "anna" receives "x" within 1 second', 'Did you mean "ann"?'),
        ('WebSocket "anna" sends "x"', 'Did you mean "ann"?'),
        ('the last message of "ann" matches JSON\n"""\n{}\n"""', "No message"),
        ('WebSocket "ann" connects to "@{ws}/echo"', "is open already"),
        ('WebSocket "bob" connects to "ftp://x"', "no address of a WebSocket"),
        ('WebSocket "bob" connects to "/echo"', "a path without an address"),
        ('WebSocket "ann" closes with code 70000', "no close code"),
        ('0 WebSocket clients named "c" are connected to "@ws"', "0 WebSocket clients"),
        ('Kafka topic "x" receives "y" within 1 second', "Kafka"),
    ],
)
def test_mistakes_are_errors_with_a_hint(tmp_path: Path, server: str, sentence: str, words: str) -> None:
    found = run(tmp_path, server, f'When WebSocket "ann" connects to "@{{ws}}/echo"\nThen {sentence}')
    errs(found, words)


def test_a_hundred_scenarios_side_by_side(tmp_path: Path, server: str) -> None:
    scenario = """
  @isolated
  Scenario: number {n}
    When WebSocket "ann" connects to "@{{ws}}/echo"
    And WebSocket "ann" sends "{n}"
    Then WebSocket "ann" receives "{n}" within 20 seconds
    And WebSocket "ann" receives nothing for 500 ms
"""
    body = "".join(scenario.format(n=n) for n in range(100))
    config = f"[apitest]\nsplit = scenario\n[user]\nws = {server}\n"
    result = run_project(tmp_path, {"config.ini": config, "a.feature": f"Feature: f\n{body}"})
    assert all(one.verdict is Verdict.PASSED for one in result.scenarios())
    assert result.seconds < 10  # one after the other they would need 50 s


def test_certificates(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    certificate, key = authority.issue("ws.test")
    address = f"wss://127.0.0.1:{peers.port_of('websocket_server', str(certificate), str(key))}"
    (tmp_path / "features").mkdir()
    (tmp_path / "features" / "ca.pem").write_bytes(authority.file.read_bytes())
    use = """
        When WebSocket "ann" connects to "@{ws}/echo"
        And WebSocket "ann" sends "x"
        Then WebSocket "ann" receives "x" within 5 seconds
        When WebSocket "ann" vanishes
        Then WebSocket "ann" is closed within 1 second with code 1006
        When WebSocket "ann" reconnects
        Then WebSocket "ann" is open
    """
    passes(run(tmp_path, address, 'Given the trusted CA is "ca.pem"\n' + use))
    passes(run(tmp_path, address, "Given TLS certificates aren't verified\n" + use))
    errs(run(tmp_path, address, use), "TLS failed")


def test_what_finishes_a_request_finishes_a_handshake(tmp_path: Path, server: str) -> None:
    found = run(
        tmp_path,
        server,
        '''
        Given requests are signed with "SHA256" and key "k" in header "X-Signature"
        When WebSocket "ann" connects to "@{ws}/headers"
        Then WebSocket "ann" receives a message within 2 seconds
        And the last message of "ann" contains JSON
          """
          {"x-signature": "~hex"}
          """
        ''',
    )
    passes(found)
