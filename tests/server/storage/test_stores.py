from __future__ import annotations

from pathlib import Path

import pytest

import server.security  # noqa: F401 - registers the kinds that are stored here
from server.errors import CannotStart, ConfigError
from server.kernel.config import ServerConfig, parse_config
from server.kernel.definition import Secret
from server.kernel.folder import ServerFolder
from server.security.definition import BasicAuthDefinition
from server.security.secrets import Sealer
from server.storage.stores import open_database, open_stores


def config_of(folder: Path, odb: str, key: str = "") -> ServerConfig:
    secrets = f"[secret_keys]\nkey1={key or Sealer.new_key()}"
    return parse_config(ServerFolder(folder), server_conf=f"[odb]\n{odb}", secrets_conf=secrets)


def test_a_fresh_database_has_its_tables_and_keeps_what_is_stored(tmp_path: Path) -> None:
    config = config_of(tmp_path, "db_name=mine.db", Sealer.new_key())
    for count in (0, 1):
        database, stores = open_stores(config)
        assert len(stores.connections.all()) == count
        assert stores.services.all() == []
        if not count:
            definition = BasicAuthDefinition(name="a", username="a", password=Secret("a-password"))
            stores.connections.add("security.basic_auth", definition)
        database.close()
    assert (tmp_path / "mine.db").exists()


def test_a_folder_that_is_missing_and_a_key_that_is_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="There is no folder"):
        open_stores(config_of(tmp_path, "db_name=no/such/mine.db"))
    with pytest.raises(ConfigError, match="not a Fernet key"):
        open_stores(config_of(tmp_path, "db_name=mine.db", "abc"))
    assert not (tmp_path / "mine.db").exists()


def test_the_address_of_postgresql_is_quoted(tmp_path: Path) -> None:
    odb = (
        "engine=postgresql\nhost=db.test\nport=5433\ndb_name=my/db\nusername=a@b\npassword=p:w/d\nextra=sslmode=require"
    )
    database = open_database(config_of(tmp_path, odb))
    url = database.engine.url
    assert (url.host, url.port, url.database, url.username, url.password) == ("db.test", 5433, "my/db", "a@b", "p:w/d")
    assert dict(url.query) == {"sslmode": "require"}
    database.close()
