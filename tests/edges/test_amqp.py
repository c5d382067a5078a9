"""AMQP sentences against a real RabbitMQ."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from apitest.results import ScenarioResult
from tests.support import containers
from tests.support.one_scenario import errs, fails, passes, run_steps


@pytest.fixture
def q() -> str:
    """A queue's name that no other test uses."""
    return f"q-{uuid.uuid4().hex[:8]}"


def run(folder: Path, q: str, steps: str) -> ScenarioResult:
    opening = 'Given AMQP broker "@rabbit"\nAnd AMQP queue "@q" exists and is empty\n'
    return run_steps(folder, opening + steps, rabbit=containers.rabbitmq_url(), q=q)


def test_publish_and_receive(tmp_path: Path, q: str) -> None:
    passes(
        run(
            tmp_path,
            q,
            '''
            When I publish to AMQP queue "@q" the message "one"
            And I publish to AMQP queue "@q" this message
              """
              {"id": 7, "name": "Bücher"}
              """
            And I publish to AMQP queue "@q" the message "three"
            Then AMQP queue "@q" has 3 messages
            And AMQP queue "@q" receives "three" within 5 seconds
            And AMQP queue "@q" has 2 messages
            And AMQP queue "@q" receives JSON within 5 seconds
              """
              {"id": "~integer", "name": "Bücher"}
              """
            And path "/name" of the last message of "@q" is "Bücher"
            And AMQP queue "@q" receives 1 message within 5 seconds
            And AMQP queue "@q" has 0 messages
            And AMQP queue "@q" receives nothing for 200 ms
            ''',
        )
    )


def test_exchange_binding_and_headers(tmp_path: Path, q: str) -> None:
    passes(
        run(
            tmp_path,
            q,
            """
            Given AMQP queue "@q" is bound to exchange "shop" with key "@{q}.*"
            And AMQP message header "x-tenant" is "blue"
            And I store the result of "1 + 2" under "three"
            And AMQP message header "x-try" is "#three"
            When I publish to AMQP exchange "shop" with key "@{q}.new" the message "{"id": 1}"
            And I publish to AMQP exchange "shop" with key "other" the message "{"id": 2}"
            Then AMQP queue "@q" receives 1 message within 2 seconds
            And the last AMQP message has header "x-tenant" equal to "blue"
            And the last AMQP message has header "x-tenant" equal to "~oneof:blue,red"
            And the last AMQP message has header "x-try" equal to "3"
            And the last AMQP message has header "x-try" equal to "~integer"
            And the last AMQP message has header "x-none" equal to "~absent"
            """,
        )
    )


def test_a_header_that_is_not_there(tmp_path: Path, q: str) -> None:
    found = run(
        tmp_path,
        q,
        """
            When I publish to AMQP queue "@q" the message "x"
            Then AMQP queue "@q" receives a message within 2 seconds
            And the last AMQP message has header "x-a" equal to "1"
        """,
    )
    fails(found, "is missing")


def test_a_rejected_message_goes_to_the_dead_letters(tmp_path: Path, q: str) -> None:
    import pika

    connection = pika.BlockingConnection(pika.URLParameters(containers.rabbitmq_url()))
    channel = connection.channel()
    channel.queue_declare(f"{q}-dead")
    channel.queue_declare(
        q, arguments={"x-dead-letter-exchange": "", "x-dead-letter-routing-key": f"{q}-dead"}, durable=True
    )
    passes(
        run(
            tmp_path,
            q,
            """
            When I publish to AMQP queue "@q" the message "bad"
            Then AMQP queue "@q" receives "bad" within 2 seconds
            When the last AMQP message is rejected
            Then AMQP queue "@{q}-dead" receives "bad" within 2 seconds
            And AMQP queue "@q" has 0 messages
            And the last AMQP message has header "x-first-death-queue" equal to "@q"
            """,
        )
    )
    connection.close()


def test_what_was_received_is_gone_and_the_rest_stays_for_others(tmp_path: Path, q: str) -> None:
    passes(
        run(
            tmp_path,
            q,
            """
            When I publish to AMQP queue "@q" the message "one"
            And I publish to AMQP queue "@q" the message "two"
            Then AMQP queue "@q" receives "two" within 2 seconds
            """,
        )
    )
    found = run_steps(
        tmp_path,
        'Given AMQP broker "@rabbit"\nThen AMQP queue "@q" receives "one" within 3 seconds\n'
        'And AMQP queue "@q" receives nothing for 100 ms',
        rabbit=containers.rabbitmq_url(),
        q=q,
    )
    passes(found)


def test_emptying_drops_what_was_fetched_already(tmp_path: Path, q: str) -> None:
    passes(
        run(
            tmp_path,
            q,
            """
            When I publish to AMQP queue "@q" the message "one"
            And I publish to AMQP queue "@q" the message "two"
            Then AMQP queue "@q" receives "two" within 2 seconds
            Given AMQP queue "@q" exists and is empty
            Then AMQP queue "@q" receives nothing for 100 ms
            """,
        )
    )


def test_bytes(tmp_path: Path, q: str) -> None:
    import pika

    connection = pika.BlockingConnection(pika.URLParameters(containers.rabbitmq_url()))
    channel = connection.channel()
    channel.queue_declare(q, durable=True)
    channel.basic_publish("", q, b"\xff\x00")
    found = run_steps(
        tmp_path,
        'Given AMQP broker "@rabbit"\nThen AMQP queue "@q" receives "x" within 100 ms',
        rabbit=containers.rabbitmq_url(),
        q=q,
    )
    connection.close()
    fails(found)


def test_failures(tmp_path: Path, q: str) -> None:
    publish = 'When I publish to AMQP queue "@q" the message "one"\n'
    fails(run(tmp_path, q, publish + 'Then AMQP queue "@q" has 2 messages'), "| 2 | 1 |")
    fails(run(tmp_path, q, publish + 'Then AMQP queue "@q" receives "two" within 100 ms'), "two | one")
    fails(run(tmp_path, q, publish + 'Then AMQP queue "@q" receives nothing for 1 second'), "one")


def test_mistakes(tmp_path: Path, q: str) -> None:
    errs(run(tmp_path, q, 'When I publish to AMQP queue "nope-@{q}" the message "x"'), f'no AMQP queue "nope-{q}"')
    errs(run(tmp_path, q, 'When I publish to AMQP exchange "nope" with key "k" the message "x"'), "no exchange 'nope'")
    errs(run(tmp_path, q, 'Then AMQP queue "nope-@{q}" has 0 messages'), "no queue")
    errs(run(tmp_path, q, 'Then AMQP queue "nope-@{q}" receives "x" within 1 second'), "no queue")
    errs(run(tmp_path, q, "When the last AMQP message is rejected"), "No AMQP message was received yet")
    errs(run(tmp_path, q, 'When I publish to MQTT topic "x" the message "y"'), "MQTT")


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("amqp://127.0.0.1:1/", "connection refused"),
        ("amqp://no-such-host.invalid/", "no such host"),
        ("http://127.0.0.1/", '"http" is no AMQP broker'),
        ("nope", 'There is no connection "nope"'),
    ],
)
def test_brokers_that_are_not_there(tmp_path: Path, address: str, words: str) -> None:
    errs(run_steps(tmp_path, f'Given AMQP broker "{address}"'), words)


def test_wrong_credentials(tmp_path: Path) -> None:
    address = containers.rabbitmq_url().replace(containers.PASSWORD, "wrong-one")
    found = run_steps(tmp_path, f'Given AMQP broker "{address}"')
    errs(found, "does not accept this user and password")
    assert "wrong-one" not in found.steps[0].failure.summary  # type: ignore[union-attr]
    errs(run_steps(tmp_path, f'Given AMQP broker "{containers.rabbitmq_url()}nope"'), "virtual host")


def test_no_broker_was_named(tmp_path: Path) -> None:
    errs(run_steps(tmp_path, 'Then AMQP queue "q" has 0 messages'), 'Given AMQP broker "amqp://')
