"""One connection that speaks HTTP/2, one request after the other.

Not here: opening sockets, redirects and limits (`http.py`).  Source: RFC 9113 by way of h2.
"""

from __future__ import annotations

import socket
from typing import Any

from apitest.core.request import RequestSpec
from apitest.errors import CallFailed, MissingExtra

READ_BYTES = 65536
FRAME_HEADER_BYTES = 9
GOAWAY = 7
NOT_IN_HTTP2 = frozenset(("connection", "host", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"))
"""RFC 9113 8.2.2; the host goes into :authority."""

Answer = tuple[int, tuple[tuple[str, str], ...], bytes]


class HTTP2Connection:
    """A connected socket after its handshake.  Raises MissingExtra without the library."""

    def __init__(self, sock: socket.socket) -> None:
        try:
            import h2.config
            import h2.connection
            import h2.errors
            import h2.events
            import h2.exceptions
        except ImportError:
            raise MissingExtra("h2", "http2") from None
        self._events = h2.events
        self._protocol_error = h2.exceptions.ProtocolError
        self.sock = sock
        self._state = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self._state.initiate_connection()
        self.is_ended = False
        self._unread = b""
        self._flush()

    def close(self) -> None:
        self.is_ended = True
        self.sock.close()

    def request(self, spec: RequestSpec, scheme: str, authority: str, target: str) -> Answer:
        """Sends a request and reads its whole response.  Raises CallFailed and OSError."""
        host = next((value for name, value in spec.headers if name.lower() == "host"), authority)
        fields = [(":method", spec.method), (":authority", host), (":scheme", scheme), (":path", target)]
        fields += [(name.lower(), value) for name, value in spec.headers if name.lower() not in NOT_IN_HTTP2]
        names = {name for name, _ in fields}
        if "content-length" not in names and (spec.body or spec.method in ("POST", "PUT", "PATCH")):
            fields.append(("content-length", str(len(spec.body))))
        try:
            stream = self._state.get_next_available_stream_id()
            self._state.send_headers(stream, fields, end_stream=not spec.body)
            left = memoryview(spec.body)
            self._flush()
            return self._read(stream, left, f"{spec.method} {spec.url}")
        except self._protocol_error as error:
            raise CallFailed(
                f"{spec.method} {spec.url}: HTTP/2 was broken: {type(error).__name__} {error}", "garbage"
            ) from error

    def _read(self, stream: int, left: memoryview, call: str) -> Answer:
        state, kinds = self._state, self._events
        status, headers, body = 0, (), bytearray()  # type: tuple[int, Any, bytearray]
        left = self._send_body(stream, left)
        while True:
            data = self.sock.recv(READ_BYTES)
            if not data:
                self.is_ended = True
                raise ConnectionResetError("closed before the response was over")
            is_over = False
            for event in state.receive_data(self._without_goodbye(data)):
                if isinstance(event, kinds.ResponseReceived) and event.stream_id == stream:
                    pairs = [(_text(name), _text(value)) for name, value in event.headers]
                    status = int(dict(pairs).get(":status", "0"))
                    headers = tuple((name, value) for name, value in pairs if not name.startswith(":"))
                elif isinstance(event, kinds.DataReceived):
                    state.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                    if event.stream_id == stream:
                        body += event.data
                elif isinstance(event, kinds.StreamEnded) and event.stream_id == stream:
                    is_over = True
                elif isinstance(event, kinds.StreamReset) and event.stream_id == stream:
                    self._flush()
                    if status and event.error_code == 0:
                        is_over = True  # the answer came whole, the rest of our body was not wanted
                        continue
                    raise CallFailed(f"{call}: the stream was reset, error {event.error_code}", "reset")
                elif isinstance(event, kinds.ConnectionTerminated):
                    self.is_ended = True
                    if event.error_code:
                        raise CallFailed(f"{call}: the connection was ended, error {event.error_code}", "reset")
            if not is_over:
                left = self._send_body(stream, left)
            self._flush()
            if is_over:
                return status, headers, bytes(body)

    def _without_goodbye(self, data: bytes) -> bytes:
        """The whole frames that have come, but for the GOAWAY of a server that ends in peace.

        NOTE h2 takes the connection for closed then, although streams that were begun go on (RFC 9113 6.8).
        """
        data, kept = self._unread + data, bytearray()
        position = 0
        while len(data) - position >= FRAME_HEADER_BYTES:
            end = position + FRAME_HEADER_BYTES + int.from_bytes(data[position : position + 3], "big")
            if end > len(data):
                break
            is_peaceful = data[position + 3] == GOAWAY and data[position + 13 : position + 17] == b"\0\0\0\0"
            if is_peaceful:
                self.is_ended = True
            else:
                kept += data[position:end]
            position = end
        self._unread = data[position:]
        return bytes(kept)

    def _send_body(self, stream: int, left: memoryview) -> memoryview:
        """Sends what the other side has room for -> the rest."""
        state = self._state
        while left:
            room = min(state.local_flow_control_window(stream), state.max_outbound_frame_size)
            if room <= 0:
                break
            part, left = left[:room], left[room:]
            state.send_data(stream, part.tobytes(), end_stream=not left)
        self._flush()
        return left

    def _flush(self) -> None:
        data = self._state.data_to_send()
        if data:
            self.sock.sendall(data)


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
