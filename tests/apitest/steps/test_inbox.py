"""The sentences that all kinds of inboxes share, on an inbox of the test's own."""

from __future__ import annotations

import pytest

from apitest.core.messages import Message
from apitest.steps.inbox import add_inbox
from apitest.transports.inbox import Inbox
from tests.apitest.steps.conftest import Scenario


@pytest.fixture
def feed(scenario: Scenario) -> Inbox:
    inbox = Inbox('event stream "feed"')
    add_inbox(scenario.context, "event stream", "feed", inbox)
    for body in ('{"id": 1, "tags": ["a"]}', "two", "three"):
        inbox.put(Message(body))
    return inbox


def test_texts_markers_and_documents(scenario: Scenario, feed: Inbox) -> None:
    scenario.say('event stream "feed" receives "three" within 1 second')
    scenario.say('event stream "feed" receives JSON within 1 second', '{"id": "~integer", "tags": "~list"}')
    scenario.say('path "/id" of the last message of "feed" is "1"')
    scenario.say('the last message of "feed" contains JSON', '{"id": 1}')
    scenario.say('I store path "/tags/0" of the last message of "feed" under "tag"')
    assert scenario.feature.values["tag"] == "a"
    scenario.say('event stream "feed" receives "~contains:w" within 1 second')
    scenario.say('event stream "feed" receives nothing for 1 ms')


def test_the_letter_case_of_the_kind_is_free(scenario: Scenario, feed: Inbox) -> None:
    scenario.say('Event Stream "feed" receives a message within 1 ms')


def test_failures(scenario: Scenario, feed: Inbox) -> None:
    found = scenario.fails('event stream "feed" receives "four" within 1 ms')
    assert [item.actual for item in found.mismatches] == [message.text for message in feed.waiting]
    found = scenario.fails('event stream "feed" receives 2 messages within 1 ms')
    assert (found.mismatches[0].expected, found.mismatches[0].actual) == (2, 3)
    found = scenario.fails('event stream "feed" receives nothing for 1 ms')
    assert feed.waiting[0].text.startswith("{")  # it is still the next one
    feed.take(0)
    found = scenario.fails('the last message of "feed" matches JSON', '{"id": 1}')
    assert found.mismatches[0].path == "/tags"
    found = scenario.fails('path "/id" of the last message of "feed" is "~absent"')
    found = scenario.fails('path "/nope" of the last message of "feed" is "1"')
    assert "id" in found.mismatches[0].reason


def test_silence_of_what_is_closed_proves_nothing(scenario: Scenario, feed: Inbox) -> None:
    feed.take_all()
    feed.end("the stream is over")
    found = scenario.fails('event stream "feed" receives nothing for 1 hour')
    assert found.mismatches[0].reason == "the stream is over"


def test_mistakes(scenario: Scenario, feed: Inbox) -> None:
    assert "feed" in scenario.errs('event stream "feet" receives "x" within 1 ms').hint
    assert "feed" in scenario.errs('the last message of "feet" matches JSON', "{}").hint
    assert "was received yet" in scenario.errs('the last message of "feed" matches JSON', "{}").message
    assert "Kafka" in scenario.errs('Kafka topic "x" receives a message within 1 ms').hint
    assert "no number" in scenario.errs('event stream "feed" receives 1.5 messages within 1 ms').message
