"""AMQP: brokers, queues, bindings, publishing with headers, and what is asked of the last message.

Receiving is in `inbox.py`, publishing to a queue in `publish.py`.  Not here: the broker itself (`transports/amqp.py`).
"""

from __future__ import annotations

from typing import Any

from apitest.catalogue import step
from apitest.core import compare, messages
from apitest.core.messages import Message
from apitest.errors import AssertionFailed, Mismatch, StepError
from apitest.steps.connections import Opened, limit_of
from apitest.steps.inbox import add_inbox, found_inbox, inbox_kind, whole_number
from apitest.steps.last_response import comparing
from apitest.steps.publish import data_of, publishes
from apitest.steps.step_input import as_there, text_of
from apitest.transports.amqp import ANSWER_SECONDS, Broker
from apitest.transports.inbox import Inbox

KIND = "AMQP queue"


def _open(ctx: Any, url: str, name: str, section: dict[str, str]) -> Broker:
    return Broker(url, limit_of(section, ANSWER_SECONDS))


BROKERS: Opened[Broker] = Opened("AMQP broker", ("amqp", "amqps"), 'AMQP broker "amqp://localhost"', _open)


@step(
    'AMQP broker "{url}"[ named "{name}"]',
    meaning="Connects; a URL, a name given before, or [connection:NAME] of the configuration. Later sentences mean the "
    "broker named last.",
    example='AMQP broker "amqp://@{rabbit}"',
)
def open_broker(ctx: Any, url: Any, name: Any) -> None:
    BROKERS.open(ctx, url, name)


@step(
    'AMQP queue "{queue}" exists and is empty',
    meaning="Declares the queue where it is missing, durable; then drops all its messages.",
    example='AMQP queue "orders" exists and is empty',
)
def empty_queue(ctx: Any, queue: Any) -> None:
    broker, name = BROKERS.current(ctx), text_of(queue)
    broker.declare(name)
    broker.purge(name)
    known = found_inbox(ctx, KIND, name)
    if known is not None:  # fetched already, so they are no longer in the queue
        for message in known.waiting:
            broker.confirm(message)
        add_inbox(ctx, KIND, name, _inbox(ctx, name))


@step(
    'AMQP queue "{queue}" is bound to exchange "{exchange}" with key "{key}"',
    meaning="Binds the queue. A queue or exchange that is missing is declared: durable, the exchange of type topic.",
    example='AMQP queue "q1" is bound to exchange "shop" with key "order.*"',
)
def bind_queue(ctx: Any, queue: Any, exchange: Any, key: Any) -> None:
    BROKERS.current(ctx).bind(text_of(queue), text_of(exchange), text_of(key))


@step(
    'AMQP message header "{h}" is "{value}"',
    meaning="A header of the next message that is published; a look-up keeps its type.",
    example='AMQP message header "x-tenant" is "blue"',
)
def set_header(ctx: Any, h: Any, value: Any) -> None:
    ctx.apitest.own.setdefault("amqp headers", {})[text_of(h)] = value


@step(
    'I publish to AMQP exchange "{exchange}" with key "{key}" the message "{message...}"',
    "when",
    meaning="Publishes, and waits until the broker has confirmed the message.",
    example='I publish to AMQP exchange "shop" with key "order.new" the message "{"id": 1}"',
)
def publish_to_exchange(ctx: Any, exchange: Any, key: Any, message: Any) -> None:
    name = text_of(exchange)
    if not name:
        raise StepError("An exchange needs a name", 'For a queue: I publish to AMQP queue "orders" the message "..."')
    BROKERS.current(ctx).publish(name, text_of(key), data_of(message), _headers(ctx))


@publishes(KIND)
def publish_to_queue(ctx: Any, name: str, message: bytes) -> None:
    BROKERS.current(ctx).publish("", name, message, _headers(ctx))


@step(
    'AMQP queue "{queue}" has {n} messages',
    "then",
    meaning="So many messages are ready in the queue. What a sentence of this scenario has received is gone from it.",
    example='AMQP queue "q1" has 2 messages',
)
def has_messages(ctx: Any, queue: Any, n: float) -> None:
    name = text_of(queue)
    wanted, known = whole_number(n), found_inbox(ctx, KIND, name)
    found = BROKERS.current(ctx).count(name) + (len(known.waiting) if known is not None else 0)
    if found != wanted:
        raise AssertionFailed(f'AMQP queue "{name}" has another number of messages', [Mismatch("", wanted, found)])


@step(
    'the last AMQP message has header "{h}" equal to "{value}"',
    "then",
    meaning="A header of the message that was received last: a value or a marker.",
    example='the last AMQP message has header "x-retry" equal to "1"',
)
def last_has_header(ctx: Any, h: Any, value: Any) -> None:
    _, message = _last(ctx)
    name, context = text_of(h), comparing(None)
    actual = message.headers.get(name)
    if isinstance(actual, bytes):
        actual = actual.decode("utf-8", "replace")
    if name not in message.headers:
        found = compare.contains({name: value}, dict(message.headers), "", context)
    elif isinstance(actual, str):
        found = messages.marked_differences(value, actual, name, context)
    else:
        found = compare.compare(as_there(value, actual), actual, name, context)
    compare.check("The last AMQP message has another header", found)


@step(
    "the last AMQP message is rejected",
    "when",
    meaning="The message that was received last is refused for good: its queue's dead-letter exchange gets it.",
    example="the last AMQP message is rejected",
)
def reject_last(ctx: Any) -> None:
    broker, message = _last(ctx)
    if ctx.apitest.own.get("amqp pending") is None:
        raise StepError("The last AMQP message was rejected already")
    ctx.apitest.own["amqp pending"] = None
    broker.reject(message)


# Receiving


def _inbox(ctx: Any, name: str) -> Inbox:
    broker, own = BROKERS.current(ctx), ctx.apitest.own

    def confirm_pending() -> None:
        before = own.get("amqp pending")
        own["amqp pending"] = None
        if before is not None:
            before[0].confirm(before[1])

    def taken(message: Message) -> None:
        confirm_pending()
        own["amqp pending"] = own["amqp last"] = (broker, message)

    def leave() -> None:
        confirm_pending()
        own.pop("amqp last", None)

    ctx.apitest.cleanups.append(leave)
    return Inbox(f'{KIND} "{name}"', lambda seconds: broker.get(name, seconds), on_taken=taken)


inbox_kind(KIND, 'Given AMQP broker "amqp://localhost"', _inbox)


def _last(ctx: Any) -> tuple[Broker, Message]:
    found: tuple[Broker, Message] | None = ctx.apitest.own.get("amqp last")
    if found is None:
        raise StepError("No AMQP message was received yet", 'Then AMQP queue "q1" receives a message within 5 seconds')
    return found


def _headers(ctx: Any) -> dict[str, Any]:
    found: dict[str, Any] = ctx.apitest.own.pop("amqp headers", {})
    return found
