"""Echo and input logger."""

from __future__ import annotations

import logging

import pytest

from server.services.builtin import builtin_entries
from server.services.builtin.helpers import masked
from tests.server.services.support import Bench


def bench() -> Bench:
    out = Bench()
    out.store.add(builtin_entries())
    return out


def test_echo() -> None:
    assert bench().call("zato.helpers.echo", {"a": [1]}).payload == {"a": [1]}
    assert bench().call("zato.helpers.echo", query_params={"a": "1"}).payload == {"a": "1"}


def test_the_input_is_logged_without_secrets(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        bench().call("zato.helpers.input-logger", {"name": "ann", "password": "s3cret"})
    assert "ann" in caplog.text
    assert "s3cret" not in caplog.text


def test_masked() -> None:
    assert masked([{"API_KEY": "x", "a": {"token": 1}}]) == [{"API_KEY": "******", "a": {"token": "******"}}]
