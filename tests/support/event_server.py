"""A server of event streams for tests, in a process of its own: `python -m tests.support.event_server`.

`/events?count=3` sends events 1 to 3, of the types order and paid in turn, and then nothing; those up to Last-Event-ID
are left out.  `/short` ends after one event, `/cut` in the middle of one.  `/headers` sends the request's headers as
one event.  `/page` is no event stream, `/gone` is 404, `/moved` leads to `/events`, `/chunks?count=3` is a body in so
many chunks.
"""

from __future__ import annotations

import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

LONGEST_SECONDS = 60


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        count = int(parse_qs(url.query).get("count", ["3"])[0])
        if url.path == "/events":
            self._begin("text/event-stream; charset=utf-8")
            seen = int(self.headers.get("Last-Event-ID", "0"))
            self._chunk(b": hello\n\n")
            for number in range(seen + 1, count + 1):
                kind = "order" if number % 2 else "paid"
                data = json.dumps({"number": number})
                self._chunk(f"event: {kind}\r\nid: {number}\r\ndata: {data}\r\n\r\n".encode())
            if seen:
                self._chunk(f"event: resumed\ndata: after {seen}\n\n".encode())
            self._stay()
        elif url.path == "/short":
            self._begin("text/event-stream")
            self._chunk(b"data: one\ndata: two\n\n")
            self._chunk(b"")
        elif url.path == "/cut":
            self._begin("text/event-stream")
            self._chunk(b"data: one\n\ndata: tw")
            self.close_connection = True
        elif url.path == "/headers":
            self._begin("text/event-stream")
            self._chunk(f"data: {json.dumps({k.lower(): v for k, v in self.headers.items()})}\n\n".encode())
            self._stay()
        elif url.path == "/chunks":
            self._begin("text/plain")
            for number in range(count):
                self._chunk(f"piece {number}\n".encode())
                time.sleep(0.01)
            self._chunk(b"")
        elif url.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/events")
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self.send_response(404 if url.path == "/gone" else 200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"hi")

    def _begin(self, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
        self.wfile.flush()

    def _stay(self) -> None:
        """Until the other side is gone."""
        self.close_connection = True
        self.connection.settimeout(LONGEST_SECONDS)
        try:
            self.connection.recv(1)
        except OSError:
            pass

    def log_message(self, *_: object) -> None:
        """Says nothing."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(f"listening on {server.server_address[1]}", flush=True)
    server.serve_forever()
