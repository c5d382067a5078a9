"""The contract of the stores on a real PostgreSQL: APITEST_POSTGRESQL=postgresql://user:password@host:port/name.

Each test works in a schema of its own, dropped afterwards.
"""

import os
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

URL = os.environ.get("APITEST_POSTGRESQL", "")
pytestmark = pytest.mark.skipif(not URL, reason="APITEST_POSTGRESQL is not set")
KEY = Sealer.new_key()


@pytest.fixture
def database():
    schema = f"test_{secrets.token_hex(6)}"
    admin = open_postgresql(URL)
    with admin.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    database = open_postgresql(make_url(URL).update_query_dict({"options": f"-csearch_path={schema}"}))
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
