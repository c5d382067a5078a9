"""The tables: times keep their zone."""

from datetime import datetime, timedelta, timezone

from sqlalchemy import create_engine, insert, select

from server.storage.tables import METADATA, deployed_service


def test_times_come_back_aware_and_in_utc():
    engine = create_engine("sqlite://")
    METADATA.create_all(engine)
    at = datetime(2024, 1, 2, 3, 4, 5, 678901, tzinfo=timezone(timedelta(hours=2)))
    row = {"name": "a", "impl_name": "A", "is_active": True, "is_internal": False, "source_path": "", "source_hash": ""}
    with engine.begin() as connection:
        connection.execute(insert(deployed_service).values(row | {"deployed_at": at}))
        back = connection.execute(select(deployed_service.c.deployed_at)).scalar()
    assert back == at
    assert back is not None
    assert back.utcoffset() == timedelta(0)
