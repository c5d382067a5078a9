from __future__ import annotations

from pathlib import Path

import pytest

from server.errors import ConfigError
from server.kernel.folder import ServerFolder, server_folder, server_folders


def make(path: Path) -> Path:
    folder = ServerFolder(path)
    folder.repo.mkdir(parents=True)
    folder.server_conf.touch()
    return path


def test_a_server_is_found_by_its_own_folder_and_by_its_environment(tmp_path: Path) -> None:
    make(tmp_path / "env" / "server1")
    assert server_folder(tmp_path / "env" / "server1").name == "server1"
    assert server_folder(tmp_path / "env").base == tmp_path / "env" / "server1"


def test_an_environment_with_two_servers_is_ambiguous_for_one(tmp_path: Path) -> None:
    make(tmp_path / "server1")
    make(tmp_path / "server2")
    (tmp_path / "notes.txt").touch()
    assert [one.name for one in server_folders(tmp_path)] == ["server1", "server2"]
    with pytest.raises(ConfigError, match=r"There are 2 servers in .*server1.*server2"):
        server_folder(tmp_path)


@pytest.mark.parametrize("name", ["missing", "empty"])
def test_what_is_no_server_is_told_with_the_command_that_makes_one(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match="quickstart create"):
        server_folder(tmp_path / name)
