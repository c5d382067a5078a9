"""Messages that came in, whatever brought them, and how one compares with what a test expects.

Not here: waiting for them (`transports/inbox.py`) and the sentences (`steps/inbox.py`).  Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from apitest.core import compare, json_text, markers
from apitest.core.lookups import as_text
from apitest.core.markers import Context
from apitest.errors import AssertionFailed, Mismatch

MAX_SHOWN = 10
"""Messages that a failure lists."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message.  body: text, or bytes where it came as such; kind: type of an event, topic, channel; may be empty.

    origin: what its transport needs to answer, confirm or reject it; nobody else looks at it.
    """

    body: str | bytes
    kind: str = ""
    headers: Mapping[str, Any] = field(default_factory=dict)
    origin: Any = None

    @property
    def text(self) -> str:
        """The body as text; bytes that are no UTF-8 are replaced."""
        return self.body if isinstance(self.body, str) else self.body.decode("utf-8", "replace")

    @property
    def data(self) -> bytes:
        return self.body.encode("utf-8", "replace") if isinstance(self.body, str) else self.body


Differences = Callable[[Message], list[Mismatch]]
"""How a message differs from what is expected; nothing where it fits."""


def document_of(message: Message, what: str = "the message") -> Any:
    """The message as a JSON document.  Raises AssertionFailed where it is none."""
    return json_text.parse_response(message.data, what)


def text_differences(expected: Any, message: Message, context: Context | None = None) -> list[Mismatch]:
    """A message against a text, a marker, or a list or object that a look-up brought."""
    if isinstance(expected, dict | list):
        return json_differences(expected, message, context)
    if isinstance(expected, bytes):
        return [] if expected == message.data else [Mismatch("", expected, message.data)]
    if isinstance(expected, str):
        return marked_differences(expected, message.text, "", context)
    return compare.compare(as_text(expected), message.text, "", context)


def marked_differences(expected: Any, text: str, path: str = "", context: Context | None = None) -> list[Mismatch]:
    """A text against a value or marker; for a marker, a text that says a number, true or null counts as that as well,
    since most brokers know texts only."""
    expected = expected if isinstance(expected, str) else as_text(expected)
    found = compare.compare(expected, text, path, context)
    if found and markers.parse(expected) is not None and json_text.is_json(text.encode("utf-8", "replace")):
        return found if compare.compare(expected, json_text.parse(text), path, context) else []
    return found


def json_differences(
    expected: Any, message: Message, context: Context | None = None, is_part: bool = False
) -> list[Mismatch]:
    """A message against a JSON document, markers inside; is_part: objects may have more keys."""
    try:
        document = document_of(message)
    except AssertionFailed as error:
        return [Mismatch(item.path, expected, item.actual, error.message) for item in error.mismatches]
    return (compare.contains if is_part else compare.compare)(expected, document, "", context)


def none_fits(expected: Any, waiting: Sequence[Message], differences: Differences, ended: str = "") -> list[Mismatch]:
    """Why no message was the expected one: what did come, nearest first told in full.

    expected: as the reader is to see it.  ended: why nothing more can come; empty while it can.
    """
    if not waiting:
        return [Mismatch("", expected, reason=ended or "no message came", has_actual=False)]
    found: list[Mismatch] = []
    if len(waiting) == 1:
        found += differences(waiting[0])
    else:
        for number, message in enumerate(waiting[:MAX_SHOWN], 1):
            reasons = [item.reason for item in differences(message) if item.reason]
            found.append(Mismatch(f"message {number}", expected, shown(message), reasons[0] if reasons else ""))
        if len(waiting) > MAX_SHOWN:
            more = f"and {len(waiting) - MAX_SHOWN} more messages, none of which fits"
            found.append(Mismatch("", expected, reason=more, has_actual=False))
    if ended:
        found.append(Mismatch("", expected, reason=ended, has_actual=False))
    return found


def shown(message: Message, limit: int = 300) -> str:
    """A message for a reader: its text, cut; bytes that are no text by their number."""
    if isinstance(message.body, bytes):
        try:
            text = message.body.decode()
        except UnicodeDecodeError:
            return f"{len(message.body)} bytes: {message.body[:16].hex(' ')}{' ...' if len(message.body) > 16 else ''}"
    else:
        text = message.body
    return text if len(text) <= limit else f"{text[:limit]}... ({len(text)} characters)"
