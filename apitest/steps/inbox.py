"""Whatever delivers messages - WebSocket, AMQP queue, ZeroMQ, Redis channel, event stream, GraphQL subscription - is
asked for them by the same sentences.

An inbox belongs to a scenario and is known by its kind and name.  What a sentence received is gone from the inbox; the
others stay, in order.  Not here: opening anything (`websocket.py`, `amqp.py`, `redis.py` ...), waiting
(`transports/inbox.py`), comparing (`core/messages.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from apitest.catalogue import BUILT_IN, step
from apitest.core import compare, json_path, messages, nearest
from apitest.core.messages import Message
from apitest.errors import AssertionFailed, Mismatch, StepError
from apitest.steps.last_response import comparing
from apitest.steps.step_input import as_there, doc_json, text_of
from apitest.steps.store import keep
from apitest.transports.inbox import Inbox

QUIET_SECONDS = 1.0
"""How long `receives 3 messages` looks out for a fourth one."""

Opener = Callable[[Any, str], Inbox]

OPENERS: dict[str, tuple[str, Opener | None, str]] = {}
"""By kind in lower case: its usual spelling, how one is opened that nobody opened yet (None: by a sentence of its own
only), and which sentence to write before."""


def inbox_kind(kind: str, hint: str, opener: Opener | None = None) -> None:
    """Makes a kind of inbox known.  hint: the sentence that opens one."""
    OPENERS[kind.lower()] = (kind, opener, hint)


inbox_kind("Kafka topic", "This version does not speak Kafka.")
inbox_kind("MQTT topic", "This version does not speak MQTT.")
inbox_kind("GraphQL subscription", 'When GraphQL subscription "orders" is opened')


def add_inbox(ctx: Any, kind: str, name: str, inbox: Inbox) -> None:
    """From now on, and until the scenario ends, `kind "name" receives ...` asks this inbox."""
    inboxes, key = _inboxes(ctx), (kind.lower(), name)
    inboxes[key] = inbox
    ctx.apitest.cleanups.append(lambda: inboxes.pop(key, None))


def found_inbox(ctx: Any, kind: str, name: str) -> Inbox | None:
    """An inbox that is there already; None where there is none yet."""
    return _inboxes(ctx).get((kind.lower(), name))


def inbox_of(ctx: Any, kind: str, name: Any) -> Inbox:
    """An inbox of the scenario, opened now where its kind allows that.  Raises StepError with the nearest name."""
    plain = text_of(name)
    key = kind.lower(), plain
    inboxes = _inboxes(ctx)
    if key not in inboxes:
        if key[0] not in OPENERS:
            BUILT_IN.load_families()  # its own is not loaded: the sentences here are of every kind
        title, opener, hint = OPENERS.get(key[0], (kind, None, ""))
        if opener is None:
            near = nearest.names(plain, [other for one, other in inboxes if one == key[0]], 1)
            raise StepError(f'There is no {title} "{plain}"', f'Did you mean "{near[0]}"?' if near else hint)
        add_inbox(ctx, key[0], plain, opener(ctx, plain))
    return inboxes[key]


# Receiving


@step(
    '{inbox} "{name}" receives "{text}" within {d}',
    "then",
    meaning="Some message is this text, or fits this marker; the others stay, in order.",
    example='WebSocket "ann" receives "ready" within 2 seconds',
)
def receives_text(ctx: Any, inbox: str, name: Any, text: Any, d: float) -> None:
    receive(inbox_of(ctx, inbox, name), d, text, partial(messages.text_differences, text, context=comparing(None, ctx)))


@step(
    '{inbox} "{name}" receives a message within {d}',
    "then",
    meaning="The next message, whatever it says, becomes the last message.",
    example='AMQP queue "q1" receives a message within 5 seconds',
)
def receives_any(ctx: Any, inbox: str, name: Any, d: float) -> None:
    receive(inbox_of(ctx, inbox, name), d, "a message", lambda message: [])


@step(
    '{inbox} "{name}" receives JSON within {d}',
    "then",
    meaning="Some message is this JSON document; markers may stand in it. The others stay, in order.",
    example='event stream "feed" receives JSON within 5 seconds',
    needs="doc",
)
def receives_json(ctx: Any, inbox: str, name: Any, d: float) -> None:
    wanted = doc_json(ctx)
    where = inbox_of(ctx, inbox, name)
    receive(where, d, wanted, partial(messages.json_differences, wanted, context=comparing(None, ctx)))


@step(
    '{inbox} "{name}" receives {n} messages within {d}',
    "then",
    meaning="So many messages come in all, not one more: when they are there, one second is waited for another one.",
    example='WebSocket "ann" receives 3 messages within 5 seconds',
)
def receives_count(ctx: Any, inbox: str, name: Any, n: float, d: float) -> None:
    where = inbox_of(ctx, inbox, name)
    wanted = whole_number(n)
    found = where.gather(wanted, d, QUIET_SECONDS)
    if len(found) != wanted:
        listed = [
            Mismatch(f"message {number}", compare.NOTHING, messages.shown(message), "came")
            for number, message in enumerate(found[: messages.MAX_SHOWN], 1)
        ]
        first = Mismatch("messages", wanted, len(found), where.ended if len(found) < wanted else "")
        raise AssertionFailed(f"{where.title} received another number of messages within {d:g} s", [first, *listed])
    where.take_all()


@step(
    '{inbox} "{name}" receives nothing for {d}',
    "then",
    meaning="No message comes, nor is one waiting; whatever is closed fails, since nothing could come.",
    example='AMQP queue "dead" receives nothing for 2 seconds',
)
def receives_nothing(ctx: Any, inbox: str, name: Any, d: float) -> None:
    where = inbox_of(ctx, inbox, name)
    message = where.take(d)
    if message is not None:
        where.put_back(message)
        raise AssertionFailed(
            f"{where.title} received a message", [Mismatch("message", compare.NOTHING, messages.shown(message))]
        )
    if where.ended:
        raise AssertionFailed(
            f"{where.title} could not receive anything for {d:g} s",
            [Mismatch("", "silence while open", reason=where.ended, has_actual=False)],
        )


# The last message


@step(
    'the last message of "{name}" (matches/contains) JSON',
    "then",
    meaning="What was received last, against a JSON document: all of it, or at least what is in the document.",
    example='the last message of "feed" contains JSON',
    needs="doc",
)
def last_is_json(ctx: Any, name: Any, choice: str) -> None:
    where, document = _last_document(ctx, name)
    check = compare.contains if choice == "contains" else compare.compare
    wanted = doc_json(ctx)
    compare.check(
        f"The last message of {where.title} is something else", check(wanted, document, "", comparing(document, ctx))
    )


@step(
    'path "{path}" of the last message of "{name}" is "{value}"',
    "then",
    meaning="A value inside the JSON message that was received last; a value or a marker.",
    example='path "/type" of the last message of "ann" is "welcome"',
)
def last_has_value(ctx: Any, path: Any, name: Any, value: Any) -> None:
    where, document = _last_document(ctx, name)
    place = text_of(path)
    if isinstance(value, str) and value.startswith("~absent"):
        if json_path.exists(document, place):
            found = json_path.read_all(document, place)
            raise AssertionFailed(f"{place} should not be there", [Mismatch(place, value, found[0][1])])
        return
    actual = json_path.read(document, place, value)
    found_differences = compare.compare(as_there(value, actual), actual, place, comparing(document, ctx))
    compare.check(f"The last message of {where.title} says something else", found_differences)


@step(
    'I store path "{path}" of the last message of "{ws}" under "{name}"',
    "then",
    meaning="Keeps a value of the JSON message that was received last.",
    example='I store path "/id" of the last message of "ann" under "sid"',
)
def store_from_last(ctx: Any, path: Any, ws: Any, name: Any) -> None:
    _, document = _last_document(ctx, ws)
    keep(ctx, name, json_path.read(document, text_of(path)))


# For this and the other files of the family


def receive(where: Inbox, seconds: float, expected: Any, differences: messages.Differences) -> Message:
    """Takes the first message without differences.  Raises AssertionFailed, which lists what came instead."""
    found = where.take(seconds, lambda message: not differences(message))
    if found is None:
        reasons = messages.none_fits(expected, where.waiting, differences, where.ended)
        raise AssertionFailed(f"{where.title} did not receive this within {seconds:g} s", reasons)
    return found


def whole_number(n: float) -> int:
    if n != int(n) or n < 0:
        raise StepError(f"{n:g} is no number of things", "Write a whole number.")
    return int(n)


def last_message(ctx: Any, name: Any) -> tuple[Inbox, Message]:
    """The message that a sentence received last from what has this name, of any kind.  Raises StepError."""
    plain = text_of(name)
    known = [inbox for (_, other), inbox in _inboxes(ctx).items() if other == plain]
    if not known:
        near = nearest.names(plain, [other for _, other in _inboxes(ctx)], 1)
        hint = f'Did you mean "{near[0]}"?' if near else "Open it first, and receive something."
        raise StepError(f'Nothing is named "{plain}"', hint)
    received = [inbox for inbox in known if inbox.last is not None]
    if not received:
        raise StepError(
            f'No message of "{plain}" was received yet', f"Then {known[0].title} receives a message within 5 seconds"
        )
    where = max(received, key=lambda inbox: inbox.last_taken_at)
    assert where.last is not None
    return where, where.last


def _last_document(ctx: Any, name: Any) -> tuple[Inbox, Any]:
    where, message = last_message(ctx, name)
    return where, messages.document_of(message, f"the last message of {where.title}")


def _inboxes(ctx: Any) -> dict[tuple[str, str], Inbox]:
    found: dict[tuple[str, str], Inbox] = ctx.apitest.own.setdefault("inboxes", {})
    return found
