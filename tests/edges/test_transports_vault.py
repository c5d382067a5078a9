"""apitest/transports/vault.py against a double of Vault's HTTP API."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from apitest.errors import LookupFailed
from apitest.transports.http import HTTPTransport
from apitest.transports.vault import Vaults
from tests.support.vault_server import TOKEN, VaultServer


@pytest.fixture
def server() -> Iterator[VaultServer]:
    made = VaultServer()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def vaults(server: VaultServer) -> Iterator[Vaults]:
    transport = HTTPTransport()
    stores = {
        "default": {"address": server.address + "/", "token": TOKEN},
        "stale": {"address": server.address, "token": "ended"},
        "off": {"address": server.address, "token": "invalid"},
        "gone": {"address": "http://127.0.0.1:1", "token": TOKEN},
    }
    yield Vaults(stores, transport)
    transport.close()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("kv/shop", "kv1-pa55word-0001"),
        ("secret/shop", "v4ult-pa55word"),
        ("secret/data/shop", "v4ult-pa55word"),
        ("secret/shop#port", 5432),
        ("/secret/team/db#password", "db-pa55word-0001"),
        ("default:kv/shop#value", "kv1-pa55word-0001"),
    ],
)
def test_both_kinds_of_engine(vaults: Vaults, text: str, value: object) -> None:
    assert vaults.value(text) == value


def test_a_secret_is_read_once(vaults: Vaults, server: VaultServer) -> None:
    for field in ("value", "port", "value"):
        vaults.value(f"secret/shop#{field}")
    assert server.asked.count("secret/data/shop") == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("secret/shpo", "nothing at secret/shpo"),
        ("other/shop", "nothing at other/shop"),
        ("secret/shop#vlaue", 'no field "vlaue"'),
        ("stale:kv/shop", "permission denied"),
        ("off:kv/shop", "switched off"),
        ("gone:kv/shop", "cannot be asked"),
        ("nope:kv/shop", 'no secret store "nope"'),
        ("default:", "names no secret"),
    ],
)
def test_what_goes_wrong(vaults: Vaults, text: str, words: str) -> None:
    with pytest.raises(LookupFailed) as caught:
        vaults.value(text)
    assert words in caught.value.message
    assert TOKEN not in caught.value.message + caught.value.hint
