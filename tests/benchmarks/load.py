"""A bounded load generator: N keep-alive connections, each sending the same request when its answer is complete.

    python -m tests.benchmarks.load PORT CONNECTIONS SECONDS < request-bytes

Raw sockets and epoll, no HTTP library, so that it costs less than what it measures.  Every answer is read whole and
must have status 200 and the length of the first.  Prints one JSON line.
"""

from __future__ import annotations

import json
import select
import socket
import sys
import time


def connect(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), 10)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def read_answer(connection: socket.socket) -> bytes:
    """One whole answer with a Content-Length, in blocking mode."""
    data = b""
    while True:
        head, separator, body = data.partition(b"\r\n\r\n")
        if separator:
            for line in head.split(b"\r\n")[1:]:
                name, _, value = line.partition(b":")
                if name.strip().lower() == b"content-length" and len(body) >= int(value):
                    return data
        chunk = connection.recv(65536)
        if not chunk:
            raise ConnectionError(f"closed after {data[:200]!r}")
        data += chunk


def measure(port: int, connections: int, seconds: float, request: bytes) -> dict[str, float]:
    sockets = {}
    poll = select.epoll()
    wanted = 0
    for _ in range(connections):
        connection = connect(port)
        connection.sendall(request)
        answer = read_answer(connection)
        if not answer.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"not a 200: {answer[:300]!r}")
        wanted = len(answer)
        sockets[connection.fileno()] = connection
    sent_at: dict[int, float] = {}
    received = dict.fromkeys(sockets, 0)
    times: list[float] = []
    now = time.perf_counter
    begun = now()
    end = begun + seconds
    for number, connection in sockets.items():
        poll.register(number, select.EPOLLIN)
        sent_at[number] = now()
        connection.send(request)
    running = len(sockets)
    errors = 0
    while running:
        for number, _event in poll.poll(5):
            connection = sockets[number]
            data = connection.recv(65536)
            if not data or (received[number] == 0 and not data.startswith(b"HTTP/1.1 200")):
                errors += 1
                poll.unregister(number)
                running -= 1
                continue
            received[number] += len(data)
            # A header of changing width (a counter, a date) may move the length by a few bytes.
            if received[number] < wanted - 8:
                continue
            received[number] = 0
            moment = now()
            times.append(moment - sent_at[number])
            if moment >= end:
                poll.unregister(number)
                running -= 1
                continue
            sent_at[number] = moment
            connection.send(request)
    elapsed = now() - begun
    for connection in sockets.values():
        connection.close()
    times.sort()
    return {
        "requests": len(times),
        "errors": errors,
        "seconds": elapsed,
        "p50_ms": times[len(times) // 2] * 1000,
        "p99_ms": times[len(times) * 99 // 100] * 1000,
    }


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.stdin.buffer.read())))
