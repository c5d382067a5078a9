"""One change at a time."""

import pytest

from server.admin import state as module
from server.errors import ServiceUnavailable
from tests.support.admin import AdminServer


def test_a_change_waits_for_the_other_one_and_gives_up(monkeypatch):
    monkeypatch.setattr(module, "CHANGE_TIMEOUT_SECONDS", 0.01)
    state = AdminServer().state
    with state.changing(), pytest.raises(ServiceUnavailable, match="Another change has not ended"), state.changing():
        pass
    with state.changing():
        pass
