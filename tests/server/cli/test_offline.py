from __future__ import annotations

import os
from pathlib import Path

import pytest

from server.cli import offline
from server.errors import CannotStart, ConfigError, InputInvalid, Problem
from server.kernel.folder import ServerFolder
from server.kernel.pid_file import PidFile, Running


@pytest.fixture
def folder(tmp_path: Path) -> ServerFolder:
    made = ServerFolder(tmp_path / "server1")
    made.repo.mkdir(parents=True)
    made.server_conf.touch()
    return made


def test_an_error_is_explained_with_what_to_do() -> None:
    assert offline.explain(CannotStart("it is so", "do that")) == ["it is so", "do that"]
    assert offline.explain(ConfigError("it is so")) == ["it is so"]
    assert offline.explain(InputInvalid("a.b", [Problem("/x", "missing")])) == [
        "1 problem in the input of a.b",
        "   /x: missing",
    ]


def test_a_server_is_started_by_the_path_of_its_file(folder: ServerFolder) -> None:
    python, main, base = offline._command(folder)
    assert Path(main).name == "main.py"
    assert Path(main).is_file()
    assert base == str(folder.base)


def test_another_address_is_handed_over_in_the_environment() -> None:
    assert offline._environment("127.0.0.1:0")[offline.BIND_VARIABLE] == "127.0.0.1:0"
    assert offline.BIND_VARIABLE not in offline._environment("")


def test_a_running_server_is_not_started_again(folder: ServerFolder) -> None:
    held = PidFile(folder)
    held.take()
    try:
        with pytest.raises(CannotStart, match="server1 is running already"):
            offline.start(folder)
        with pytest.raises(CannotStart, match="server1 is running already"):
            offline.run_in_foreground(folder)
    finally:
        held.give_back()


def test_stopping_what_does_not_run_is_no_error(folder: ServerFolder) -> None:
    assert offline.stop(folder) == "not running"


def test_info_of_a_stopped_and_of_a_running_server(folder: ServerFolder) -> None:
    found = offline.info(folder, 1_700_000_000.0)
    assert found["component_running"] is False
    assert found["component_details"] == {}
    assert found["current_time_utc"] == "2023-11-14T22:13:20+00:00"
    assert "master_proc_pid" not in found
    held = PidFile(folder)
    held.take()
    try:
        held.tell(Running(os.getpid(), "http://127.0.0.1:1", 1_700_000_000.0))
        found = offline.info(folder, 1_700_000_000.0)
    finally:
        held.give_back()
    assert found["component_running"] is True
    assert found["component_address"] == "http://127.0.0.1:1"
    assert found["master_proc_pid"] == os.getpid()
    assert found["master_proc_create_time_utc"] == "2023-11-14T22:13:20+00:00"
    assert found["master_proc_workers_pids"] == []
