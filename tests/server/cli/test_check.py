from __future__ import annotations

from pathlib import Path

import pytest

from server.cli.check import check
from server.cli.quickstart import create
from server.errors import ConfigError, DeployError
from server.kernel.folder import ServerFolder
from server.security.secrets import Sealer


@pytest.fixture
def folder(tmp_path: Path) -> ServerFolder:
    return create(tmp_path / "env").folder


def test_a_fresh_server_is_well(folder: ServerFolder) -> None:
    texts = [text for _, text in check(folder)]
    assert texts[0] == "server.conf OK, listens on 127.0.0.1:17010"
    assert "SQL ODB connection OK" in texts
    assert texts[-1].startswith("0 files to deploy")


def test_a_wrong_key_is_told(folder: ServerFolder) -> None:
    folder.server_conf.write_text("[main]\ngunicorn_bnd=x\n")
    with pytest.raises(ConfigError, match="line 2: unknown key 'gunicorn_bnd'"):
        list(check(folder))


def test_a_missing_database_is_not_made(folder: ServerFolder) -> None:
    (folder.base / "zato.db").unlink()
    with pytest.raises(ConfigError, match="There is no database"):
        list(check(folder))
    assert not (folder.base / "zato.db").exists()


def test_definitions_sealed_under_another_key_are_named(folder: ServerFolder) -> None:
    folder.secrets_conf.write_text(f"[secret_keys]\nkey1={Sealer.new_key()}\n")
    with pytest.raises(ConfigError, match=r"2 stored definitions cannot be used:\n.*'admin.invoke'.*another key"):
        list(check(folder))


def test_a_key_that_is_none_is_told(folder: ServerFolder) -> None:
    folder.secrets_conf.write_text("[secret_keys]\nkey1=abc\n")
    with pytest.raises(ConfigError, match="not a Fernet key"):
        list(check(folder))


def test_a_file_that_cannot_be_parsed_is_told_with_its_line(folder: ServerFolder) -> None:
    (folder.base / "pickup/incoming/services/bad.py").write_text("x = 1\ndef\n")
    with pytest.raises(DeployError, match=r"bad.py was not deployed\n   line 2: SyntaxError"):
        list(check(folder))
