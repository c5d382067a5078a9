"""The tables and the migrations agree; times keep their zone."""

from datetime import datetime, timedelta, timezone

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, insert, inspect, select

from server.storage import migrations
from server.storage.tables import HEAD, METADATA, deployed_service


def test_the_newest_revision_is_the_head():
    scripts = ScriptDirectory.from_config(migrations.config())
    assert scripts.get_current_head() == HEAD


def test_all_migrations_from_nothing_give_the_tables():
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        migrations.upgrade(connection, None)
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, METADATA) == []
        names = {table.name for table in METADATA.sorted_tables}
        assert set(inspect(connection).get_table_names()) == names | {"alembic_version"}


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
