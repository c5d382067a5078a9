"""The contract of the stores on a real PostgreSQL.

Each test works in a schema of its own, dropped afterwards.
"""

import secrets

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import make_url, text

from server.security.secrets import Sealer
from server.storage.connections import SQLConnections
from server.storage.engine import open_postgresql
from server.storage.services import SQLServices
from server.storage.tables import METADATA
from tests.contracts.stores import *  # noqa: F403 - the suite
from tests.contracts.stores import REGISTRY, Clock, Stores
from tests.support.containers import postgresql_url

KEY = Sealer.new_key()


@pytest.fixture
def database():
    url = postgresql_url()
    schema = f"test_{secrets.token_hex(6)}"
    admin = open_postgresql(url)
    with admin.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    database = open_postgresql(make_url(url).update_query_dict({"options": f"-csearch_path={schema}"}))
    yield database
    database.close()
    with admin.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    admin.close()


@pytest.fixture
def stores(database):
    assert database.bring_to_head() == "made"
    return Stores(SQLConnections(database, REGISTRY, Sealer(KEY), Clock()), SQLServices(database))


def test_migrations_and_tables_agree(database):
    from server.storage import migrations

    with database.begin() as connection:
        migrations.upgrade(connection, None)
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
    assert database.bring_to_head() == ""
