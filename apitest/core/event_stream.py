"""Server-sent events: bytes of a stream -> events, however the bytes are cut.

Source: WHATWG HTML, 9.2.5 and 9.2.6 (interpreting an event stream).  Pure.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """kind: `message` where the stream names none; id: the last one that the stream named."""

    kind: str
    data: str
    id: str = ""


class EventStreamParser:
    """One stream from its beginning.  last_id: for Last-Event-ID when it is resumed; retry_ms: None until said."""

    def __init__(self, last_id: str = "") -> None:
        self.last_id = last_id
        self.retry_ms: int | None = None
        self._rest = b""
        self._is_first = True
        self._skips_line_feed = False
        self._kind = ""
        self._data: list[str] = []

    def feed(self, data: bytes) -> list[Event]:
        """The events that these bytes complete; an event that the stream leaves unfinished never comes."""
        if not data:
            return []
        if self._skips_line_feed:
            data = data.removeprefix(b"\n")
            self._skips_line_feed = False
            if not data:
                return []
        text = self._rest + data
        if self._is_first:
            if b"\xef\xbb\xbf".startswith(text[:3]) and len(text) < 3:
                self._rest = text  # perhaps a byte order mark that is not whole yet
                return []
            text = text.removeprefix(b"\xef\xbb\xbf")
            self._is_first = False
        lines = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        self._rest = lines.pop()
        self._skips_line_feed = text.endswith(b"\r")
        found = []
        for line in lines:
            event = self._line(line.decode("utf-8", "replace"))
            if event is not None:
                found.append(event)
        return found

    def _line(self, line: str) -> Event | None:
        if not line:
            return self._finish()
        name, colon, value = line.partition(":")
        if not name:
            return None  # a comment
        value = value.removeprefix(" ") if colon else ""
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._kind = value
        elif name == "id" and "\0" not in value:
            self.last_id = value
        elif name == "retry" and value.isascii() and value.isdigit():
            self.retry_ms = int(value)
        return None

    def _finish(self) -> Event | None:
        kind, data = self._kind or "message", self._data
        self._kind, self._data = "", []
        return Event(kind, "\n".join(data), self.last_id) if data else None
