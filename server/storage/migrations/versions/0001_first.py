"""The first tables: definitions and deployed services."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "definition",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("kind", sa.String(100), nullable=False),
        sa.Column("namespace", sa.String(100), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("secrets", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("namespace", "name", name="uq_definition_namespace_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "deployed_service",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("impl_name", sa.String(500), nullable=False),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.Column("is_internal", sa.Boolean, nullable=False),
        sa.Column("source_path", sa.String(1000), nullable=False),
        sa.Column("source_hash", sa.String(64), nullable=False),
        sa.Column("deployed_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("name", name="uq_deployed_service_name"),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("deployed_service")
    op.drop_table("definition")
