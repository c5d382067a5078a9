"""Every admin service keeps the contract."""

from tests.contracts.admin_services import *  # noqa: F403 - the suite
