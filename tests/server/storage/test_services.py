"""Deployed services in SQL: the contract itself is run in test_connections.py; here what two servers do at once."""

from datetime import datetime, timezone

from server.storage.engine import open_sqlite
from server.storage.services import ServiceRow, SQLServices


def test_two_servers_recording_one_service_share_its_row(tmp_path):
    first, second = open_sqlite(tmp_path / "zato.db"), open_sqlite(tmp_path / "zato.db")
    first.bring_to_head()
    row = ServiceRow("a.b", "a.B", False, datetime(2024, 1, 1, tzinfo=timezone.utc))
    assert SQLServices(first).record(row) == SQLServices(second).record(row)
    first.close()
    second.close()
