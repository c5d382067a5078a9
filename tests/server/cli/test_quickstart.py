from __future__ import annotations

import stat
from pathlib import Path

import pytest

from server.cli.quickstart import create
from server.errors import ConfigError
from server.kernel.config import read_config
from server.storage.stores import open_stores


def test_a_fresh_environment_has_all_folders_and_can_be_read(tmp_path: Path) -> None:
    made = create(tmp_path / "env", bind="127.0.0.1:0")
    assert made.folder.base == tmp_path / "env" / "server1"
    config = read_config(made.folder, {})
    assert (config.host, config.port, config.misc.initial_cluster_name) == ("127.0.0.1", 0, "env")
    assert config.pickup_folder.is_dir()
    for folder in (made.folder.user_conf, made.folder.extlib, made.folder.logs, made.folder.work):
        assert folder.is_dir()


def test_both_users_are_stored_and_their_passwords_are_in_no_file(tmp_path: Path) -> None:
    made = create(tmp_path / "env")
    assert list(made.passwords) == ["admin.invoke", "pubapi"]
    database, stores = open_stores(read_config(made.folder, {}))
    stored = stores.connections.find("security.basic_auth", "admin.invoke")
    database.close()
    assert stored is not None
    assert stored.definition.password.reveal() == made.passwords["admin.invoke"]  # type: ignore[attr-defined]
    for path in made.folder.base.rglob("*"):
        if path.is_file():
            assert made.passwords["admin.invoke"].encode() not in path.read_bytes()


def test_files_with_secrets_are_for_their_owner_only(tmp_path: Path) -> None:
    folder = create(tmp_path / "env").folder
    for path in (folder.secrets_conf, folder.base / "zato.db"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_empty_folder_will_do_and_others_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    create(tmp_path / "empty")
    with pytest.raises(ConfigError, match="is not empty"):
        create(tmp_path / "empty")
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="is not a folder"):
        create(tmp_path / "file")


def test_a_wrong_address_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="address:port"):
        create(tmp_path / "env", bind="17010")
    assert not (tmp_path / "env").exists()


def test_nothing_is_left_of_a_failed_creation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("server.cli.quickstart._store_first_definitions", fail)
    with pytest.raises(ConfigError, match="No space left"):
        create(tmp_path / "env")
    assert not (tmp_path / "env").exists()
    (tmp_path / "there").mkdir()
    with pytest.raises(ConfigError, match="No space left"):
        create(tmp_path / "there")
    assert list((tmp_path / "there").iterdir()) == []
