"""An event stream of a test: opened, read in the background, cut and resumed.

Not here: HTTP (`http.py`), what the bytes mean (`core/event_stream.py`), sentences (`steps/sse.py`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from apitest.core.event_stream import EventStreamParser
from apitest.core.messages import Message
from apitest.core.request import RequestSpec
from apitest.errors import CallFailed, StepError
from apitest.transports.inbox import Inbox

if TYPE_CHECKING:
    from apitest.transports.http import HTTPStream

CONTENT_TYPE = "text/event-stream"
END_SECONDS = 5.0
NOT_OF_A_STREAM = frozenset(("accept", "accept-encoding", "cache-control", "last-event-id"))


class EventStream:
    """title: for failures; open_stream: sends a request, and gives its response as it comes."""

    def __init__(self, title: str, spec: RequestSpec, open_stream: Callable[[RequestSpec], HTTPStream]) -> None:
        headers = tuple(pair for pair in spec.headers if pair[0].lower() not in NOT_OF_A_STREAM)
        own = (("Accept", CONTENT_TYPE), ("Accept-Encoding", "identity"), ("Cache-Control", "no-cache"))
        self.inbox = Inbox(title)
        self.last_id = ""
        self._spec = replace(spec, headers=(*headers, *own))
        self._open_stream = open_stream
        self._stream: HTTPStream | None = None
        self._ended = threading.Event()
        self._ended.set()

    @property
    def is_open(self) -> bool:
        return not self._ended.is_set()

    def open(self) -> None:
        """Connects, and reads from now on; again after the end to resume.

        Raises CallFailed; StepError where the answer is no event stream.
        """
        spec = self._spec
        if self.last_id:
            spec = replace(spec, headers=(*spec.headers, ("Last-Event-ID", self.last_id)))
        stream = self._open_stream(spec)
        response = stream.response
        kind = (response.header("Content-Type") or "").partition(";")[0].strip().lower()
        if response.status != 200 or kind != CONTENT_TYPE:
            stream.close()
            what = f"status {response.status}" if response.status != 200 else f"Content-Type {kind or 'missing'}"
            raise StepError(f"{self.inbox.title}: {spec.url} answered no event stream, but {what}")
        self._stream, self._ended = stream, threading.Event()
        self.inbox.reopen()
        threading.Thread(target=self._read, args=(stream, self._ended), name=self.inbox.title, daemon=True).start()

    def close(self, reason: str = "this side closed the stream") -> None:
        if self._stream is not None:
            self.inbox.end(reason)
            self._stream.cut()
            self._ended.wait(END_SECONDS)

    def _read(self, stream: HTTPStream, ended: threading.Event) -> None:
        parser = EventStreamParser(self.last_id)
        reason = "the server ended the stream"
        try:
            while data := stream.read():
                for event in parser.feed(data):
                    self.inbox.put(Message(event.data, event.kind, {"id": event.id}))
                self.last_id = parser.last_id
        except CallFailed as error:
            reason = error.message
        stream.close()
        ended.set()
        self.inbox.end(reason)
