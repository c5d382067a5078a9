"""What a scenario prints and logs is kept with that scenario, however many run at the same time.

`sys.stdout`, `sys.stderr` and one handler of the root logger look up where to write in a context variable, which each
greenlet, thread and coroutine carries for itself.  Outside a scenario everything goes where it always went.
Not here: what becomes of the text (`ScenarioResult.output`).
"""

from __future__ import annotations

import contextvars
import io
import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

MAX_CHARACTERS = 200_000
"""Kept of one scenario; a report stays readable, and a loop that prints does not fill the memory."""


class Sink:
    """What one scenario wrote, in order."""

    __slots__ = ("_parts", "_size")

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._size = 0

    def write(self, text: str) -> None:
        room = MAX_CHARACTERS - self._size
        if room > 0:
            self._parts.append(text[:room])
        self._size += len(text)

    @property
    def text(self) -> str:
        if not self._parts:
            return ""
        left_out = self._size - MAX_CHARACTERS
        return "".join(self._parts) + (f"\n... {left_out} more characters left out\n" if left_out > 0 else "")


_sink: contextvars.ContextVar[Sink | None] = contextvars.ContextVar("apitest_sink", default=None)


def start(sink: Sink) -> contextvars.Token[Sink | None]:
    """From now on, what this greenlet writes goes to the sink."""
    return _sink.set(sink)


def stop(token: contextvars.Token[Sink | None]) -> None:
    _sink.reset(token)


@contextmanager
def streams(outside: TextIO | None = None) -> Iterator[None]:
    """While this lasts, output is kept by scenario.

    outside: where what belongs to no scenario goes; by default where it went before.
    """
    stdout, stderr = sys.stdout, sys.stderr
    handler = _SinkHandler()
    root = logging.getLogger()
    level = root.level
    start_thread = threading.Thread.start
    sys.stdout, sys.stderr = _Stream(outside or stdout), _Stream(stderr)
    threading.Thread.start = _start_with_context  # type: ignore[method-assign, assignment]
    root.addHandler(handler)
    if root.level > logging.INFO or root.level == logging.NOTSET:
        root.setLevel(logging.INFO)
    try:
        yield
    finally:
        threading.Thread.start = start_thread  # type: ignore[method-assign]
        root.removeHandler(handler)
        root.setLevel(level)
        sys.stdout, sys.stderr = stdout, stderr


_start_thread = threading.Thread.start


def _start_with_context(thread: threading.Thread) -> None:
    """A thread that a step starts writes to its scenario; Python gives threads an empty context."""
    if _sink.get() is not None:
        context, run = contextvars.copy_context(), thread.run
        thread.run = lambda: context.run(run)  # type: ignore[method-assign]
    _start_thread(thread)


class _Stream(io.TextIOBase):
    """A text stream that writes to the sink of whoever writes, else to the stream that was there before."""

    def __init__(self, outside: TextIO) -> None:
        self._outside = outside
        self.buffer = _Bytes(self)

    def write(self, text: str) -> int:
        sink = _sink.get()
        if sink is None:
            return self._outside.write(text)
        sink.write(text)
        return len(text)

    def flush(self) -> None:
        if _sink.get() is None:
            self._outside.flush()

    def isatty(self) -> bool:
        return _sink.get() is None and self._outside.isatty()

    def fileno(self) -> int:
        return self._outside.fileno()

    def writable(self) -> bool:
        return True

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return getattr(self._outside, "encoding", "utf-8")

    @property
    def errors(self) -> str | None:  # type: ignore[override]
        return getattr(self._outside, "errors", None)


class _Bytes:
    """The binary side of the stream, for those who write to `sys.stdout.buffer`."""

    def __init__(self, stream: _Stream) -> None:
        self._stream = stream

    def write(self, data: Any) -> int:
        self._stream.write(bytes(data).decode("utf-8", "replace"))
        return len(data)

    def flush(self) -> None:
        self._stream.flush()


class _SinkHandler(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        sink = _sink.get()
        if sink is not None:
            sink.write(self.format(record) + "\n")
