"""ZeroMQ: sockets by name, subscribing, sending.

Receiving is in `inbox.py`.  Not here: the sockets themselves (`transports/zeromq.py`).
"""

from __future__ import annotations

from typing import Any

from apitest.catalogue import step
from apitest.core import nearest
from apitest.errors import StepError
from apitest.steps.inbox import add_inbox, inbox_kind
from apitest.steps.publish import data_of
from apitest.steps.step_input import text_of
from apitest.steps.store import keep
from apitest.transports.inbox import Inbox
from apitest.transports.zeromq import DEAF, TYPES, ZeroMQSocket, context_of

KIND = "ZeroMQ"

inbox_kind(KIND, 'Given ZeroMQ "in" is a "PULL" socket bound to "tcp://127.0.0.1:5555"')


@step(
    'ZeroMQ "{name}" is a "{type}" socket (bound/connected) to "{address}"',
    meaning="Opens a socket: REQ, REP, PUSH, PULL, PUB, SUB, DEALER or ROUTER. The address is kept for #NAME-address, "
    "with the port that port 0 became.",
    example='ZeroMQ "in" is a "PULL" socket bound to "tcp://*:5555"',
)
def open_socket(ctx: Any, name: Any, type: Any, choice: str, address: Any) -> None:
    plain, kind, where = text_of(name), text_of(type).strip().upper(), text_of(address)
    if kind not in TYPES:
        near = nearest.names(kind, TYPES, 1)
        hint = f"Did you mean {near[0]}?" if near else f"One of: {', '.join(TYPES)}"
        raise StepError(f'"{text_of(type)}" is no type of a socket', hint)
    sockets = _sockets(ctx)
    if plain in sockets:
        raise StepError(f'ZeroMQ "{plain}" is open already', "Use another name.")
    run = ctx.apitest.run
    made = ZeroMQSocket(context_of(run.shared, run.cleanups), f'{KIND} "{plain}"', kind)
    sockets[plain] = made

    def end() -> None:
        sockets.pop(plain, None)
        made.close()

    ctx.apitest.cleanups.append(end)
    if choice == "bound":
        where = made.bind(where)
    else:
        made.connect(where)
    keep(ctx, f"{plain}-address", where)
    if kind not in DEAF:
        on_taken = made.answers if kind == "ROUTER" else None
        add_inbox(ctx, KIND, plain, Inbox(f'{KIND} "{plain}"', made.fetch, on_taken=on_taken))


@step(
    'ZeroMQ "{name}" subscribes to "{topic}"',
    meaning="A SUB socket takes messages that begin with this text; with an empty text, all.",
    example='ZeroMQ "sub" subscribes to "orders"',
)
def subscribe(ctx: Any, name: Any, topic: Any) -> None:
    _socket(ctx, name).subscribe(data_of(topic))


@step(
    'ZeroMQ "{name}" sends "{message...}"',
    "when",
    meaning="One message; a ROUTER sends to whom it received from last.",
    example='ZeroMQ "out" sends "{"id": 1}"',
)
def send(ctx: Any, name: Any, message: Any) -> None:
    _socket(ctx, name).send(data_of(message))


def _socket(ctx: Any, name: Any) -> ZeroMQSocket:
    plain, sockets = text_of(name), _sockets(ctx)
    if plain not in sockets:
        near = nearest.names(plain, sockets, 1)
        hint = f'Did you mean "{near[0]}"?' if near else f'Given ZeroMQ "{plain}" is a "PUSH" socket connected to "..."'
        raise StepError(f'There is no ZeroMQ "{plain}"', hint)
    return sockets[plain]


def _sockets(ctx: Any) -> dict[str, ZeroMQSocket]:
    found: dict[str, ZeroMQSocket] = ctx.apitest.own.setdefault("zeromq", {})
    return found
