"""The two publishing sentences, with a kind of the test's own; real ones are in tests/edges/."""

from __future__ import annotations

from typing import Any

import pytest

from apitest.steps import publish
from tests.apitest.steps.conftest import Scenario


def test_texts_and_values(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, bytes]] = []

    def keep(ctx: Any, name: str, message: bytes) -> None:
        sent.append((name, message))

    monkeypatch.setitem(publish.PUBLISHERS, "redis channel", keep)
    scenario.feature.values.update(n=7, order={"id": 1}, raw=b"\xff")
    scenario.say('I publish to Redis channel "news" the message "{"n": "#{n}"}"')
    scenario.say('I publish to Redis channel "news" the message "#order"')
    scenario.say('I publish to Redis channel "news" the message "#raw"')
    scenario.say('I publish to Redis channel "news" this message', "line #{n}\nü")
    assert sent == [
        ("news", b'{"n": "7"}'), ("news", b'{"id":1}'), ("news", b"\xff"), ("news", "line 7\nü".encode()),
    ]  # fmt: skip


def test_kinds_that_cannot_be_published_to(scenario: Scenario) -> None:
    assert "a Kafka topic" in scenario.errs('I publish to Kafka topic "x" the message "y"').message
