"""Publishing to queues, channels and topics by the same two sentences.

Not here: what each kind does with a message (`amqp.py`, `redis.py`), receiving (`inbox.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from apitest.catalogue import step
from apitest.errors import StepError
from apitest.steps.inbox import OPENERS
from apitest.steps.step_input import doc_text, text_of

Publisher = Callable[[Any, str, bytes], None]

PUBLISHERS: dict[str, Publisher] = {}
"""By kind in lower case: publish(ctx, name, message)."""


def publishes(kind: str) -> Callable[[Publisher], Publisher]:
    def decorate(function: Publisher) -> Publisher:
        PUBLISHERS[kind.lower()] = function
        return function

    return decorate


@step(
    'I publish to (AMQP queue/Redis channel/Kafka topic/MQTT topic) "{queue}" this message',
    "when",
    meaning="Publishes the text below, look-ups filled in.",
    example='I publish to AMQP queue "orders" this message',
    needs="doc",
)
def publish_doc(ctx: Any, choice: str, queue: Any) -> None:
    _publish(ctx, choice, text_of(queue), doc_text(ctx))


@step(
    'I publish to (AMQP queue/Redis channel/Kafka topic/MQTT topic) "{channel}" the message "{message...}"',
    "when",
    meaning="Publishes a message: the text up to the last quote, look-ups filled in.",
    example='I publish to Redis channel "news" the message "hi"',
)
def publish_text(ctx: Any, choice: str, channel: Any, message: Any) -> None:
    _publish(ctx, choice, text_of(channel), message)


def data_of(message: Any) -> bytes:
    """What is sent for a text, or for the value of a look-up."""
    return message if isinstance(message, bytes) else text_of(message).encode()


def _publish(ctx: Any, kind: str, name: str, message: Any) -> None:
    if kind not in PUBLISHERS:
        title, _, hint = OPENERS[kind]
        raise StepError(f"Nothing can be published to a {title}", hint)
    PUBLISHERS[kind](ctx, name, data_of(message))
