"""The tables and the migrations agree."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect

from server.errors import ConfigError
from server.storage import migrations
from server.storage.tables import HEAD, METADATA


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


def test_an_unknown_revision_is_refused_before_anything_is_touched():
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        with pytest.raises(ConfigError, match="revision 9999"):
            migrations.upgrade(connection, "9999")
        assert inspect(connection).get_table_names() == []
