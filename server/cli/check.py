"""`check-config`: reads a server's files and its database as a start would, and changes nothing.

Raises what a start would be refused with; gives what is well as (label, text) lines.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from server.errors import ConfigError, DeployError
from server.kernel.folder import ServerFolder


def check(folder: ServerFolder) -> Iterator[tuple[str, str]]:
    """The lines to print for one server, as they become known."""
    import server.assemble  # noqa: F401 - registers all kinds of definitions
    from server.kernel.config import read_config
    from server.security.secrets import Sealer
    from server.storage.stores import open_stores

    config = read_config(folder, os.environ)
    yield folder.name, f"server.conf OK, listens on {config.main.bind}"
    Sealer(config.secret_key)
    yield "", "secrets.conf OK"
    if config.odb.engine == "sqlite" and not config.sqlite_path.exists():
        raise ConfigError(
            f"There is no database {config.sqlite_path}. Put it back, or start the server: it makes an empty one, "
            "without users, channels and connections"
        )
    database, stores = open_stores(config)
    try:
        database.ping()
        broken = [stored for stored in stores.connections.all() if stored.problem]
    finally:
        database.close()
    yield "", "SQL ODB connection OK"
    if broken:
        told = "\n".join(f"   {one.kind} '{one.definition.name}': {one.problem}" for one in broken)
        raise ConfigError(f"{len(broken)} stored definitions cannot be used:\n{told}")
    files = sorted(config.pickup_folder.glob("*.py"))
    for file in files:
        _check_syntax(file)
    yield "", f"{len(files)} file{'' if len(files) == 1 else 's'} to deploy in {config.pickup_folder}"


def _check_syntax(file: Path) -> None:
    try:
        compile(file.read_bytes(), str(file), "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        raise DeployError(file.name, getattr(error, "lineno", 0) or 0, f"{type(error).__name__}: {error}") from None
