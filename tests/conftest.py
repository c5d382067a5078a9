"""What holds for every test: one hypothesis profile, and no network or waiting outside `tests/edges/`."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import HealthCheck, settings

EDGES = Path(__file__).parent / "edges"

# The same examples in every run, so that a red run is red for everybody; no deadline, as the machines differ.
settings.register_profile(
    "apitest", derandomize=True, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("apitest")


@pytest.fixture(autouse=True)
def pure_tests_stay_pure(request: pytest.FixtureRequest) -> Iterator[None]:
    """Refuses connections and sleeps in tests that are not in `tests/edges/`, with a word about where they belong."""
    if EDGES in request.path.parents:
        yield
        return

    def refuse(*_arguments: Any, **_options: Any) -> NoReturn:
        pytest.fail("A test outside tests/edges/ opened a connection or slept; move it there, or pass in a fake.")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", refuse)
        patch.setattr(socket.socket, "bind", refuse)
        patch.setattr(time, "sleep", refuse)
        yield
