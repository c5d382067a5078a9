"""The stores without a database keep the contract."""

import pytest

from server.storage.in_memory import InMemoryConnections, InMemoryServices
from tests.contracts.stores import *  # noqa: F403 - the suite
from tests.contracts.stores import REGISTRY, Clock, Stores


@pytest.fixture
def stores():
    return Stores(InMemoryConnections(REGISTRY, Clock()), InMemoryServices())
