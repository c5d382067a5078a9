"""`Inbox`: messages wait here, in the order in which they came, until a sentence takes them.

Two ways in: a reader in the background `put`s them (WebSocket, event stream), or `fetch` gets the next one while a
sentence waits (AMQP, Redis, ZeroMQ, where the broker or the library keeps them meanwhile).  Each wait has a deadline.
Not here: what a message should be (`core/messages.py`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from apitest.core.messages import Message

Fetch = Callable[[float], Message | None]
"""fetch(seconds): the next message, waited for at most so long; None where none came."""

LONGEST_FETCH_SECONDS = 1.0
"""So that what ends an inbox meanwhile is noticed."""


class Inbox:
    """title: for failures, e.g. `WebSocket "ann"`.  on_taken: told each message that a sentence takes."""

    def __init__(
        self,
        title: str,
        fetch: Fetch | None = None,
        *,
        on_taken: Callable[[Message], None] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.title = title
        self.last: Message | None = None
        self.last_taken_at = 0.0
        self.ended = ""
        self._waiting: list[Message] = []
        self._removals = 0
        self._fetch = fetch
        self._on_taken = on_taken
        self._monotonic = monotonic
        self._changed = threading.Condition()
        self._fetching = threading.Lock()

    @property
    def waiting(self) -> list[Message]:
        """What came and was not taken yet."""
        return list(self._waiting)

    def put(self, message: Message) -> None:
        with self._changed:
            self._waiting.append(message)
            self._changed.notify_all()

    def end(self, reason: str) -> None:
        """Nothing more will come; who waits is told at once.  What came before can still be taken."""
        with self._changed:
            self.ended = self.ended or reason
            self._changed.notify_all()

    def reopen(self) -> None:
        self.ended = ""

    def take(self, seconds: float, fits: Callable[[Message], bool] = lambda message: True) -> Message | None:
        """The first message that fits, those that came before included; the others stay.  None where none came."""
        deadline = self._monotonic() + seconds
        seen = removals = 0
        while True:
            with self._changed:
                if removals != self._removals:
                    seen, removals = 0, self._removals
                for index in range(seen, len(self._waiting)):
                    if fits(self._waiting[index]):
                        message = self._waiting.pop(index)
                        self._removals += 1
                        self._took(message)
                        return message
                seen = len(self._waiting)
            if not self._more(seen, deadline):
                return None

    def gather(self, count: int, seconds: float, quiet_seconds: float) -> list[Message]:
        """Waits for `count` messages and then a quiet while for one too many -> what waits then, nothing taken."""
        deadline = self._monotonic() + seconds
        is_complete = False
        while len(self._waiting) <= count:
            if count and len(self._waiting) == count and not is_complete:
                is_complete = True
                deadline = min(deadline, self._monotonic() + quiet_seconds)
            if not self._more(len(self._waiting), deadline):
                break
        return self.waiting

    def take_all(self) -> list[Message]:
        with self._changed:
            taken, self._waiting = self._waiting, []
            self._removals += 1
            for message in taken:
                self._took(message)
        return taken

    def put_back(self, message: Message) -> None:
        """A message that was taken is the next one again."""
        with self._changed:
            self._waiting.insert(0, message)
            self._removals += 1

    def _took(self, message: Message) -> None:
        self.last = message
        self.last_taken_at = self._monotonic()
        if self._on_taken is not None:
            self._on_taken(message)

    def _more(self, seen: int, deadline: float) -> bool:
        """Waits until there are more than `seen` messages; False when the time is over or the inbox has ended."""
        if self._fetch is not None:
            with self._fetching:
                if len(self._waiting) != seen:
                    return True
                left = deadline - self._monotonic()
                message = None if self.ended else self._fetch(min(max(left, 0.0), LONGEST_FETCH_SECONDS))
            if message is not None:
                self.put(message)
                return True
            return not self.ended and self._monotonic() < deadline
        with self._changed:
            while len(self._waiting) == seen and not self.ended:
                left = deadline - self._monotonic()
                if left <= 0:
                    return False
                self._changed.wait(left)
            return len(self._waiting) != seen
