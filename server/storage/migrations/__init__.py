"""From the tables of an older release to those of this one, by Alembic.  One file a revision, in order, never edited.

Imported only when there is something to migrate.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from server.errors import ConfigError
from server.storage.tables import HEAD


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, without an ini file."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent))
    made.attributes["connection"] = connection
    return made


def upgrade(connection: Connection, revision: str | None) -> None:
    """Run all revisions after `revision` (None: all) in the connection's transaction."""
    known = {script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()}
    if revision is not None and revision not in known:
        raise ConfigError(
            f"The database's tables are of revision {revision}, this release knows them up to {HEAD}. "
            "Start a newer release, or restore a backup."
        )
    command.upgrade(config(connection), "head")
