"""WebSockets: connections by name, crowds of them, frames both ways, how they end.

Receiving is in `inbox.py`, with everything else that delivers messages.  Not here: the connection itself
(`transports/websocket.py`).
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from apitest.catalogue import step
from apitest.core import messages, nearest
from apitest.core.request import RequestDraft, build_request
from apitest.errors import AssertionFailed, Mismatch, StepError
from apitest.steps.http import USER_AGENT
from apitest.steps.http_response import fits_status
from apitest.steps.inbox import add_inbox, inbox_kind, whole_number
from apitest.steps.last_response import comparing
from apitest.steps.step_input import doc_text, read_file, resolved_rows, text_of
from apitest.transports.websocket import (
    CUT,
    HandshakeFailed,
    WebSocketConnection,
    close_all,
    open_all,
)

KIND = "WebSocket"
MAX_CROWD = 1000
HTTP_SCHEMES = {"ws": "http", "wss": "https"}
LEAVE_SECONDS = 1.0
"""How long the end of a scenario waits for peers to answer its close frames."""
NOT_OF_A_HANDSHAKE = frozenset(("accept", "accept-encoding", "content-type", "content-length", "host", "connection"))
"""Headers that a request in the making may have for its body, or that the handshake sets itself."""

inbox_kind(KIND, 'When WebSocket "ann" connects to "ws://..."')


# Connecting


@step(
    'WebSocket subprotocol "{protocol}"',
    meaning="Offered by the next connection; several, separated by commas or said one after the other, are offered in "
    "that order.",
    example='WebSocket subprotocol "graphql-ws"',
)
def set_subprotocol(ctx: Any, protocol: Any) -> None:
    offered = [part.strip() for part in text_of(protocol).split(",") if part.strip()]
    ctx.apitest.own.setdefault("websocket subprotocols", []).extend(offered)


@step(
    'WebSocket "{name}" (connects/tries to connect) to "{url}"',
    "when",
    meaning="Opens a connection with the request's headers, cookies and credentials; a table adds headers. `tries` "
    "keeps a failed handshake for asserting.",
    example='WebSocket "ann" connects to "wss://@{host}/ws"',
    takes="table",
)
def connect(ctx: Any, name: Any, choice: str, url: Any) -> None:
    plain = text_of(name)
    known = _connections(ctx).get(plain)
    if known is not None and any(one.is_open for one in known):
        raise StepError(f'WebSocket "{plain}" is open already', "Use another name, or close it first.")
    connection = _made(ctx, plain, url, _table_headers(ctx), _offered(ctx))
    _keep(ctx, plain, [connection])
    try:
        connection.open()
    except HandshakeFailed as error:
        if choice == "connects":
            raise
        _failures(ctx)[plain] = error


@step(
    '{n} WebSocket clients named "{name}" are connected to "{url}"',
    meaning='A crowd that is addressed by its name; each of them as "name 1", "name 2" and so on.',
    example='50 WebSocket clients named "crowd" are connected to "@ws"',
    takes="table",
)
def connect_crowd(ctx: Any, n: float, name: Any, url: Any) -> None:
    plain, count = text_of(name), whole_number(n)
    if not 0 < count <= MAX_CROWD:
        raise StepError(f"{count} WebSocket clients", f"A crowd has 1 to {MAX_CROWD}.")
    headers, offered = _table_headers(ctx), _offered(ctx)
    crowd = [_made(ctx, f"{plain} {number}", url, headers, offered) for number in range(1, count + 1)]
    _keep(ctx, plain, crowd, is_crowd=True)
    open_all(crowd)


@step(
    'the WebSocket handshake of "{name}" fails with status "{status}"',
    "then",
    meaning="What the server answered instead of 101: a code, or a class such as 4xx.",
    example='the WebSocket handshake of "eve" fails with status "403"',
)
def handshake_failed(ctx: Any, name: Any, status: Any) -> None:
    plain = text_of(name)
    error = _failures(ctx).get(plain)
    summary = f'Another outcome of the handshake of "{plain}"'
    if error is None:
        _members(ctx, plain)  # known at all?
        raise AssertionFailed(summary, [Mismatch("status", text_of(status), 101, "the connection was made")])
    if not error.status:
        raise AssertionFailed(summary, [Mismatch("status", text_of(status), reason=error.message, has_actual=False)])
    if not fits_status(status, error.status):
        raise AssertionFailed(summary, [Mismatch("status", text_of(status), error.status, error.message)])


@step(
    'WebSocket "{name}" is open',
    "then",
    meaning="Connected, and neither side has begun to close.",
    example='WebSocket "ann" is open',
)
def is_open(ctx: Any, name: Any) -> None:
    found = [
        Mismatch(one.inbox.title, "open", "closed", str(one.closed or _why_never(ctx, name)))
        for one in _members(ctx, name)
        if not one.is_open
    ]
    if found:
        raise AssertionFailed(f'WebSocket "{text_of(name)}" is not open', found)


@step(
    'WebSocket "{name}" is closed within {d}[ with code {n}]',
    "then",
    meaning="The connection ends, whoever closes it; with this code of the close frame. 1006: there was none.",
    example='WebSocket "ann" is closed within 2 seconds with code 1008',
)
def is_closed(ctx: Any, name: Any, d: float, n: float | None) -> None:
    deadline = time.monotonic() + d
    found = []
    for one in _members(ctx, name):
        if one.closed is None and not one.is_open:
            raise StepError(f"{one.inbox.title} was never open", _why_never(ctx, name))
        if not one.wait_closed(max(deadline - time.monotonic(), 0)):
            found.append(Mismatch(one.inbox.title, "closed", "open", f"still open after {d:g} s"))
        elif n is not None and one.closed is not None and one.closed.code != n:
            found.append(Mismatch(f"{one.inbox.title}, close code", whole_number(n), one.closed.code, str(one.closed)))
    if found:
        raise AssertionFailed(f'WebSocket "{text_of(name)}" did not end like this', found)


# Sending


@step(
    'WebSocket "{name}" sends "{text...}"',
    "when",
    meaning="A text frame; of a crowd, one from each.",
    example='WebSocket "ann" sends "{"type": "hello"}"',
)
def send_text(ctx: Any, name: Any, text: Any) -> None:
    for one in _members(ctx, name):
        one.send(text if isinstance(text, bytes) else text_of(text))


@step(
    'WebSocket "{name}" sends this',
    "when",
    meaning="A text frame with the text below, look-ups filled in.",
    example='WebSocket "ann" sends this',
    needs="doc",
)
def send_doc(ctx: Any, name: Any) -> None:
    text = doc_text(ctx)
    for one in _members(ctx, name):
        one.send(text)


@step(
    'WebSocket "{name}" sends file "{file}"',
    "when",
    meaning="A binary frame with the bytes of a file.",
    example='WebSocket "ann" sends file "a.bin"',
)
def send_file(ctx: Any, name: Any, file: Any) -> None:
    data = read_file(ctx, file, "data")
    for one in _members(ctx, name):
        one.send(data)


@step(
    'WebSocket "{name}" closes[ with code {n}]',
    "when",
    meaning="Sends a close frame, with code 1000 unless said otherwise, and waits for the peer's.",
    example='WebSocket "ann" closes with code 1000',
)
def close(ctx: Any, name: Any, n: float | None) -> None:
    members = _members(ctx, name)
    _require_open(members)
    close_all(members, 1000 if n is None else whole_number(n))


@step(
    'WebSocket "{name}" (vanishes/reconnects/sends a ping)',
    "when",
    meaning="Cuts the TCP connection without a close frame; connects again with the same address and headers; sends a "
    "ping.",
    example='WebSocket "ann" vanishes',
)
def act(ctx: Any, name: Any, choice: str) -> None:
    members = _members(ctx, name)
    if choice == "reconnects":
        close_all(members)
        _failures(ctx).pop(text_of(name), None)
        open_all(members)
        return
    _require_open(members)
    for one in members:
        if choice == "vanishes":
            one.vanish()
        else:
            one.ping()


# Receiving, beside inbox.py


@step(
    'WebSocket "{name}" receives a pong within {d}',
    "then",
    meaning="The peer answers a ping.",
    example='WebSocket "ann" receives a pong within 1 second',
)
def receives_pong(ctx: Any, name: Any, d: float) -> None:
    deadline = time.monotonic() + d
    found = [
        Mismatch(one.inbox.title, "a pong", reason=one.pongs.ended or f"none came within {d:g} s", has_actual=False)
        for one in _members(ctx, name)
        if one.pongs.take(max(deadline - time.monotonic(), 0)) is None
    ]
    if found:
        raise AssertionFailed(f'WebSocket "{text_of(name)}" received no pong', found)


@step(
    'every WebSocket client of "{name}" receives "{text}" within {d}',
    "then",
    meaning="Each client of a crowd receives this text, or one that fits this marker.",
    example='every WebSocket client of "crowd" receives "go" within 3 seconds',
)
def everyone_receives(ctx: Any, name: Any, text: Any, d: float) -> None:
    deadline = time.monotonic() + d
    differences = partial(messages.text_differences, text, context=comparing(None))
    fits: Callable[[messages.Message], bool] = lambda message: not differences(message)  # noqa: E731
    members = _members(ctx, name)
    found: list[Mismatch] = []
    for one in members:
        if one.inbox.take(max(deadline - time.monotonic(), 0), fits) is None:
            waiting = one.inbox.waiting
            there = messages.shown(waiting[-1]) if waiting else None
            reason = one.inbox.ended or ("the last of what came" if waiting else "no message came")
            found.append(Mismatch(one.inbox.title, text, there, reason, bool(waiting)))
    if found:
        raise AssertionFailed(
            f'{len(found)} of {len(members)} WebSocket clients of "{text_of(name)}" did not receive this within '
            f"{d:g} s",
            found,
        )


# For this file and others that speak over a WebSocket


def handshake_of(ctx: Any, url: Any, more: list[tuple[str, str]]) -> tuple[str, list[tuple[str, str]]]:
    """The address and headers of a handshake: what the request in the making has of credentials, headers, cookies.

    url: a path is taken below the request's own address.
    """
    draft: RequestDraft = ctx.apitest.request
    text = text_of(url)
    if text.startswith("/"):
        if not draft.address:
            raise StepError(f'"{text}" is a path without an address', 'Given address "http://127.0.0.1:17010"')
        text = draft.address.rstrip("/") + text
    scheme, separator, rest = text.partition("://")
    scheme = {"http": "ws", "https": "wss"}.get(scheme.lower(), scheme.lower())
    if not separator or scheme not in HTTP_SCHEMES:
        raise StepError(f'"{text}" is no address of a WebSocket', "Write it like ws://127.0.0.1:8080/feed")
    own = RequestDraft(
        # Cookies and tokens are those of the HTTP address: the handshake is an HTTP request (RFC 6455 4.1).
        address=f"{HTTP_SCHEMES[scheme]}://{rest}",
        url_path="",
        headers=list(draft.headers),
        left_out_headers=set(draft.left_out_headers),
        cookies=list(draft.cookies),
        auth=draft.auth,
    )
    spec = build_request(own, USER_AGENT)
    for finish in draft.finishers.values():
        spec = finish(spec)
    jar = ctx.apitest.feature.own.get("cookie jar")
    if jar is not None:
        from apitest.transports.http import with_kept_cookies

        spec = with_kept_cookies(replace(spec, jar=jar))
    headers = [pair for pair in spec.headers if pair[0].lower() not in NOT_OF_A_HANDSHAKE]
    replaced = {name.lower() for name, _ in more}
    address = f"{scheme}://{spec.url.partition('://')[2]}"
    return address, [*(pair for pair in headers if pair[0].lower() not in replaced), *more]


def tls_of(ctx: Any, address: str) -> ssl.SSLContext | None:
    """What the sentences about certificates said; None where they said nothing, or nothing is encrypted."""
    options = ctx.apitest.request.options
    if options is None or not address.startswith("wss:"):
        return None
    from apitest.transports.tls import make_context

    return make_context(options)


def _made(ctx: Any, name: str, url: Any, more: list[tuple[str, str]], offered: list[str]) -> WebSocketConnection:
    address, headers = handshake_of(ctx, url, more)
    timeout = ctx.apitest.request.timeout_seconds
    return WebSocketConnection(f'{KIND} "{name}"', address, headers, offered, tls_of(ctx, address), timeout)


def _keep(ctx: Any, name: str, members: list[WebSocketConnection], is_crowd: bool = False) -> None:
    connections, names = _connections(ctx), [name]
    for number, one in enumerate(members, 1):
        own = f"{name} {number}" if is_crowd else name
        names.append(own)
        connections[own] = [one]
        add_inbox(ctx, KIND, own, one.inbox)
    connections[name] = members
    _failures(ctx).pop(name, None)

    def end() -> None:
        close_all(members, 1001, LEAVE_SECONDS)
        for own in names:
            connections.pop(own, None)

    ctx.apitest.cleanups.append(end)


def _members(ctx: Any, name: Any) -> list[WebSocketConnection]:
    plain, connections = text_of(name), _connections(ctx)
    if plain not in connections:
        near = nearest.names(plain, connections, 1)
        hint = f'Did you mean "{near[0]}"?' if near else f'When WebSocket "{plain}" connects to "ws://..."'
        raise StepError(f'There is no WebSocket "{plain}"', hint)
    return connections[plain]


def _require_open(members: list[WebSocketConnection]) -> None:
    for one in members:
        if not one.is_open:
            raise StepError(f"{one.inbox.title} is not open", f"{one.closed}." if one.closed else "")


def _why_never(ctx: Any, name: Any) -> str:
    error = _failures(ctx).get(text_of(name))
    return error.message if error is not None else f"close code {CUT}"


def _table_headers(ctx: Any) -> list[tuple[str, str]]:
    if ctx.table is None:
        return []
    return [(text_of(row["name"]), text_of(row["value"])) for row in resolved_rows(ctx, ("name", "value"))]


def _offered(ctx: Any) -> list[str]:
    found: list[str] = ctx.apitest.own.pop("websocket subprotocols", [])
    return found


def _connections(ctx: Any) -> dict[str, list[WebSocketConnection]]:
    found: dict[str, list[WebSocketConnection]] = ctx.apitest.own.setdefault("websockets", {})
    return found


def _failures(ctx: Any) -> dict[str, HandshakeFailed]:
    found: dict[str, HandshakeFailed] = ctx.apitest.own.setdefault("websocket failures", {})
    return found
