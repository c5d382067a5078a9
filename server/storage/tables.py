"""The tables as they are now.  A change here comes with a migration; a test compares the two.

SQLAlchemy Core only: the ORM costs 60 ms and 6 MB at start and nothing here needs it.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Dialect,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

from server.kernel.definition import MAX_NAME_LENGTH

# The newest revision in migrations/versions/.
HEAD = "0001"


class UTCDateTime(TypeDecorator[datetime]):
    """Aware UTC in and out; SQLite itself forgets zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        return None if value is None else value.astimezone(timezone.utc)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value.astimezone(timezone.utc)


METADATA = MetaData()

# One row a definition of any kind.  data: JSON object of its fields; secrets: JSON object, field -> sealed text.
definition = Table(
    "definition",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("kind", String(100), nullable=False),
    Column("namespace", String(100), nullable=False),
    Column("name", String(MAX_NAME_LENGTH), nullable=False),
    Column("data", Text, nullable=False),
    Column("secrets", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", UTCDateTime, nullable=False),
    Column("changed_at", UTCDateTime, nullable=False),
    UniqueConstraint("namespace", "name", name="uq_definition_namespace_name"),
    sqlite_autoincrement=True,  # an id is never given twice: an old link must not reach a new definition
)

deployed_service = Table(
    "deployed_service",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("name", String(MAX_NAME_LENGTH), nullable=False),
    Column("impl_name", String(500), nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("is_internal", Boolean, nullable=False),
    Column("source_path", String(1000), nullable=False),
    Column("source_hash", String(64), nullable=False),
    Column("deployed_at", UTCDateTime, nullable=False),
    UniqueConstraint("name", name="uq_deployed_service_name"),
    sqlite_autoincrement=True,
)

# Alembic's own table, declared so that a fresh database is made and marked without importing Alembic (12 MB, 90 ms).
REVISION_METADATA = MetaData()
alembic_version = Table(
    "alembic_version", REVISION_METADATA, Column("version_num", String(32), primary_key=True, nullable=False)
)
