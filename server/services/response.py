"""`self.response`: what a service answers.  Pure.

Source: server-interface.md 2.4.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from server.kernel.names import suggestion


class Output(dict[str, Any]):
    """What `self.response.payload` is until a service assigns something else.

    `payload.name = value` sets an element; `payload.append(row)`, `payload.extend(rows)` or `payload[:] = rows` make
    the answer a list.
    """

    __slots__ = ("_rows",)

    def __init__(self) -> None:
        object.__setattr__(self, "_rows", None)

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(
                f"'{name}' was not set in the payload yet.{suggestion(name, map(str, self))}"
            ) from None

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(key, slice):
            rows = self._made_rows()
            rows[key] = value
        elif isinstance(key, int) and self._rows is not None:
            self._rows[key] = value
        else:
            dict.__setitem__(self, key, value)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, (slice, int)) and self._rows is not None:
            return self._rows[key]
        return dict.__getitem__(self, key)

    def __len__(self) -> int:
        return len(self._rows) if self._rows is not None else dict.__len__(self)

    def __bool__(self) -> bool:
        return bool(self._rows) or dict.__len__(self) > 0

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows) if self._rows is not None else dict.__iter__(self)

    def append(self, row: Any) -> None:
        """Add one more to a list of answers."""
        self._made_rows().append(row)

    def extend(self, rows: Iterable[Any]) -> None:
        """Add several to a list of answers."""
        self._made_rows().extend(rows)

    def to_plain(self) -> Any:
        """What it came to: the list, the elements, or None if nothing was set."""
        if self._rows is not None:
            return self._rows
        return self if dict.__len__(self) else None

    def _made_rows(self) -> list[Any]:
        if self._rows is None:
            object.__setattr__(self, "_rows", [])
        rows: list[Any] = self._rows
        return rows


class Response:
    """payload: dict, list, text, bytes, row of SQLAlchemy, or elements set one by one.  The rest means HTTP only."""

    __slots__ = ("_headers", "_payload", "content_encoding", "content_type", "status_code")

    def __init__(self) -> None:
        self._payload: Any = None
        self._headers: dict[str, str] | None = None
        self.status_code: int = 200
        self.content_type: str = ""
        self.content_encoding: str = ""

    @property
    def payload(self) -> Any:
        """What is answered; assign, or set its elements."""
        if self._payload is None:
            self._payload = Output()
        return self._payload

    @payload.setter
    def payload(self, value: Any) -> None:
        self._payload = value

    @property
    def headers(self) -> dict[str, str]:
        """Response headers, to be filled."""
        if self._headers is None:
            self._headers = {}
        return self._headers

    @headers.setter
    def headers(self, value: dict[str, str]) -> None:
        self._headers = dict(value)

    def taken_payload(self) -> Any:
        """The payload without making one; None if the service answered nothing."""
        payload = self._payload
        return payload.to_plain() if type(payload) is Output else payload

    def taken_headers(self) -> dict[str, str]:
        """The headers that were set."""
        return self._headers if self._headers is not None else {}
