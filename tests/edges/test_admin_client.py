"""The client of the admin services against a real socket: what it sends, and each way to be refused."""

import socket
import threading
from contextlib import contextmanager

import pytest

from server.admin.client import AdminClient, AdminRefused
from server.errors import ServiceUnavailable


@contextmanager
def other_side(*replies):
    """Answers one request each with the next bytes; gives address and what was asked."""
    asked = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            for reply in replies:
                connection, _ = listener.accept()
                with connection:
                    asked.append(connection.recv(65536))
                    if reply:
                        connection.sendall(reply)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", asked


def http(status, body):
    return f"HTTP/1.1 {status} X\r\nContent-Length: {len(body.encode())}\r\nConnection: close\r\n\r\n{body}".encode()


def test_an_answer():
    replies = http(200, '{"id": 1}'), http(200, "plain"), http(200, "")
    with other_side(*replies) as (address, asked), AdminClient(address, "ann", "pä:ss") as client:
        assert client.invoke("zato.x.get-list", {"a": 1}) == {"id": 1}
        assert client.invoke("zato.x.get-list") == "plain"
        assert client.invoke("zato/../x") is None
    assert asked[0].startswith(b"POST /zato/api/invoke/zato.x.get-list HTTP/1.1\r\n")
    assert b"Authorization: Basic YW5uOnDDpDpzcw==\r\n" in asked[0]
    assert asked[0].endswith(b'{"a": 1}')
    assert asked[2].startswith(b"POST /zato/api/invoke/zato%2F..%2Fx ")


def test_a_refusal_has_its_problems():
    body = '{"cid": "c1", "error": "input", "message": "1 problem", "problems": [{"path": "/a", "problem": "missing"}]}'
    with other_side(http(400, body)) as (address, _), pytest.raises(AdminRefused) as caught:
        AdminClient(address, "ann", "canary").invoke("x")
    assert (caught.value.status, caught.value.cid) == (400, "c1")
    assert caught.value.lines == ["1 problem", "/a: missing"]


@pytest.mark.parametrize("body", ["", "<html>", "[1]"])
def test_a_refusal_that_is_not_ours(body):
    with other_side(http(502, body)) as (address, _), pytest.raises(AdminRefused) as caught:
        AdminClient(address, "ann", "canary").invoke("x")
    assert caught.value.status == 502
    assert len(caught.value.lines) == 1


@pytest.mark.parametrize("reply", [b"", b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"])
def test_no_answer(reply):
    with other_side(reply) as (address, _), pytest.raises(ServiceUnavailable, match="does not answer"):
        AdminClient(address, "ann", "canary").invoke("x")


def test_nobody_listens_and_silence():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(ServiceUnavailable, match="timed out"):
            AdminClient(address, "ann", "canary", timeout_seconds=0.1).invoke("x")
    client = AdminClient(address, "ann", "canary")
    with pytest.raises(ServiceUnavailable, match="refused"):
        client.invoke("x")
    assert "canary" not in repr(client)
