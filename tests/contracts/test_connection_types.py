"""Every connection type that ships keeps the contract."""

from tests.contracts.connection_types import *  # noqa: F403 - the suite
