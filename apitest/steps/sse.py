"""Event streams (server-sent events): opened by name, read in the background; and bodies that come in pieces.

Receiving is in `inbox.py`, with everything else that delivers messages.  Not here: the stream (`transports/sse.py`).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from apitest.catalogue import step
from apitest.core import messages, nearest
from apitest.core.request import RequestDraft, build_request
from apitest.errors import AssertionFailed, Mismatch, StepError
from apitest.steps.http import USER_AGENT, transport_of, with_jar
from apitest.steps.inbox import add_inbox, inbox_kind, whole_number
from apitest.steps.last_response import response_of
from apitest.steps.step_input import text_of
from apitest.transports.sse import EventStream

KIND = "event stream"

inbox_kind(KIND, 'When event stream "feed" is opened at "/events"')


@step(
    'event stream "{name}" is opened at "{path}"',
    "when",
    meaning="A GET of this path, with the request's address, headers and credentials, whose events are read from now "
    "on; a whole URL as well.",
    example='event stream "feed" is opened at "/events"',
)
def open_stream(ctx: Any, name: Any, path: Any) -> None:
    plain, streams = text_of(name), _streams(ctx)
    if plain in streams and streams[plain].is_open:
        raise StepError(f'Event stream "{plain}" is open already', "Use another name, or close it first.")
    made = EventStream(f'{KIND} "{plain}"', _request(ctx, text_of(path)), transport_of(ctx).stream)
    streams[plain] = made

    def end() -> None:
        made.close()
        streams.pop(plain, None)

    ctx.apitest.cleanups.append(end)
    ctx.apitest.run.requests += 1
    made.open()
    add_inbox(ctx, KIND, plain, made.inbox)


@step(
    'event stream "{name}" delivers an event "{type}" within {d}',
    "then",
    meaning="Some event is of this type, `message` where the stream names none; the others stay, in order.",
    example='event stream "feed" delivers an event "paid" within 5 seconds',
)
def delivers(ctx: Any, name: Any, type: Any, d: float) -> None:
    where, wanted = _stream(ctx, name).inbox, text_of(type)

    if where.take(d, lambda message: message.kind == wanted) is None:
        waiting = where.waiting
        found = [
            Mismatch(f"event {number}", wanted, f"{one.kind}: {messages.shown(one)}")
            for number, one in enumerate(waiting[: messages.MAX_SHOWN], 1)
        ]
        if where.ended or not waiting:
            found.append(Mismatch("", wanted, reason=where.ended or "no event came", has_actual=False))
        raise AssertionFailed(f"{where.title} delivered no such event within {d:g} s", found)


@step(
    'event stream "{name}" is interrupted and resumed',
    "when",
    meaning="Cuts the connection and opens it again, with the id of the last event in Last-Event-ID.",
    example='event stream "feed" is interrupted and resumed',
)
def resume(ctx: Any, name: Any) -> None:
    stream = _stream(ctx, name)
    stream.close("this side interrupted the stream")
    stream.open()


@step(
    'event stream "{name}" is closed',
    "when",
    meaning="Ends the reading; events that came can still be asked for.",
    example='event stream "feed" is closed',
)
def close(ctx: Any, name: Any) -> None:
    _stream(ctx, name).close()


@step(
    "the response arrived in at least {n} chunks",
    "then",
    meaning="The body was sent in so many pieces (Transfer-Encoding: chunked).",
    example="the response arrived in at least 2 chunks",
)
def arrived_in_chunks(ctx: Any, n: float) -> None:
    response, wanted = response_of(ctx), whole_number(n)
    if response.chunks < wanted:
        mismatch = Mismatch("chunks", f"at least {wanted}", response.chunks)
        raise AssertionFailed("The response arrived in fewer chunks", [mismatch])


def _request(ctx: Any, path: str) -> Any:
    draft: RequestDraft = replace(ctx.apitest.request, method="GET", body=None, form={}, uploads=[])
    found = re.match(r"(https?://[^/?#]*)(.*)", path)
    if found:
        draft.address, path = found[1], found[2]
    draft.url_path = path or "/"
    spec = build_request(draft, USER_AGENT)
    for finish in draft.finishers.values():
        spec = finish(spec)
    return with_jar(ctx, spec)


def _stream(ctx: Any, name: Any) -> EventStream:
    plain, streams = text_of(name), _streams(ctx)
    if plain not in streams:
        near = nearest.names(plain, streams, 1)
        hint = f'Did you mean "{near[0]}"?' if near else f'When event stream "{plain}" is opened at "/events"'
        raise StepError(f'There is no event stream "{plain}"', hint)
    return streams[plain]


def _streams(ctx: Any) -> dict[str, EventStream]:
    found: dict[str, EventStream] = ctx.apitest.own.setdefault("event streams", {})
    return found
