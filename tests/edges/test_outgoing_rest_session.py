"""Outgoing REST against a real socket: each way the other side can fail, and a replaced connection."""

import socket
import threading
from contextlib import contextmanager

import pytest

from server.errors import ServiceUnavailable
from server.outgoing.rest import OutgoingRESTDefinition, RESTConnection


@contextmanager
def other_side(*replies):
    """Answers each connection with the next bytes; None leaves it without an answer.  Gives the address."""
    listener = socket.create_server(("127.0.0.1", 0))
    kept = []

    def serve():
        for reply in replies:
            connection, _ = listener.accept()
            kept.append(connection)
            connection.recv(65536)
            if reply is not None:
                connection.sendall(reply)
                connection.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        for connection in kept:
            connection.close()
        listener.close()


def make(host, **changes):
    return RESTConnection(OutgoingRESTDefinition(**({"name": "crm", "host": host, "timeout": 0.3} | changes)))


WHOLE = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n{"a": 1}'


def test_a_reply():
    with other_side(WHOLE) as host:
        response = make(host, data_format="json").conn.post("c1", {"b": 2})
    assert (response.status_code, response.data, response.headers["Content-Type"]) == (
        200,
        {"a": 1},
        "application/json",
    )


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (None, "did not answer within 0.3 s"),
        (b"", "closed the connection"),
        (b"garbage\r\n\r\n", "not HTTP"),
        (WHOLE[:-3], "closed the connection"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", "not HTTP"),
    ],
    ids=["silence", "closed", "garbage", "cut short", "bad chunk", "bad gzip"],
)
def test_failures_of_the_other_side(reply, words):
    with other_side(reply) as host, pytest.raises(ServiceUnavailable) as caught:
        make(host).conn.get("c1")
    assert caught.value.shown_message().startswith("Outgoing REST connection 'crm' ")
    assert words in caught.value.shown_message()
    assert "127.0.0.1" not in caught.value.shown_message()


def test_nobody_listens_and_an_unknown_host():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ServiceUnavailable, match="connection refused"):
        make(f"http://127.0.0.1:{port}").conn.get("c1")
    with pytest.raises(ServiceUnavailable, match="its host name is unknown|did not answer"):
        make("http://name.invalid", timeout=5).conn.get("c1")


def test_a_closed_connection_can_still_finish_what_a_service_holds():
    with other_side(WHOLE, WHOLE) as host:
        connection = make(host)
        assert connection.conn.get("c1").text == '{"a": 1}'
        connection.stop(1)
        connection.close()
        assert connection.conn.get("c2").text == '{"a": 1}'
