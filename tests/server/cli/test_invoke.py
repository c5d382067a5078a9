from __future__ import annotations

import io
from pathlib import Path

import pytest

from server.cli import invoke
from server.cli.quickstart import create
from server.errors import CannotStart, ConfigError
from server.security.secrets import Sealer


def test_payloads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert invoke.read_payload("") is None
    assert invoke.read_payload('{"a": 1}') == {"a": 1}
    assert invoke.read_payload("just text") == "just text"
    (tmp_path / "in.json").write_text("[1, 2]")
    assert invoke.read_payload(f"@{tmp_path}/in.json") == [1, 2]
    monkeypatch.setattr("sys.stdin", io.StringIO('"in"'))
    assert invoke.read_payload("-") == "in"
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        invoke.read_payload("@nowhere")


def test_the_password_is_read_where_the_server_keeps_it(tmp_path: Path) -> None:
    made = create(tmp_path / "env")
    assert invoke.admin_password(made.folder) == made.passwords["admin.invoke"]
    invoke.set_admin_password(made.folder, "another-password")
    assert invoke.admin_password(made.folder) == "another-password"
    with pytest.raises(ConfigError, match="may not be empty"):
        invoke.set_admin_password(made.folder, "")
    made.folder.secrets_conf.write_text(f"[secret_keys]\nkey1={Sealer.new_key()}\n")
    with pytest.raises(CannotStart, match="cannot be read: .*another key"):
        invoke.admin_password(made.folder)
    invoke.set_admin_password(made.folder, "under-the-new-key")
    assert invoke.admin_password(made.folder) == "under-the-new-key"


def test_the_user_of_the_commands_is_made_anew_after_a_lost_database(tmp_path: Path) -> None:
    made = create(tmp_path / "env")
    (made.folder.base / "zato.db").unlink()
    with pytest.raises(CannotStart, match="there is no such user") as caught:
        invoke.admin_password(made.folder)
    assert "set-admin-invoke-password" in caught.value.advice
    invoke.set_admin_password(made.folder, "a-new-password")
    assert invoke.admin_password(made.folder) == "a-new-password"


def test_a_server_that_does_not_run_is_not_asked(tmp_path: Path) -> None:
    made = create(tmp_path / "env")
    with pytest.raises(CannotStart, match="server1 is not running") as caught:
        invoke.client_of(made.folder)
    assert "apitest-server start" in caught.value.advice


def test_a_server_on_all_addresses_is_asked_on_this_machine() -> None:
    assert invoke.local("http://0.0.0.0:17010") == "http://127.0.0.1:17010"
    assert invoke.local("http://[::]:17010") == "http://[::1]:17010"
    assert invoke.local("http://10.0.0.1:80") == "http://10.0.0.1:80"
