from __future__ import annotations

import os
from pathlib import Path

import pytest

from server.errors import CannotStart
from server.kernel.folder import ServerFolder
from server.kernel.pid_file import PidFile, Running, find_running


@pytest.fixture
def folder(tmp_path: Path) -> ServerFolder:
    return ServerFolder(tmp_path)


def test_nothing_runs_in_a_fresh_folder(folder: ServerFolder) -> None:
    assert find_running(folder) is None


def test_a_file_that_nobody_holds_means_nothing(folder: ServerFolder) -> None:
    folder.pid_file.write_text(f"{os.getpid()}\n")
    assert find_running(folder) is None


def test_what_runs_is_told_until_it_is_given_back(folder: ServerFolder) -> None:
    held = PidFile(folder)
    held.take()
    assert find_running(folder) == Running(os.getpid())
    running = Running(os.getpid(), "http://127.0.0.1:1", 5.0, "0.1.0", 3.0)
    held.tell(running)
    assert find_running(folder) == running
    held.give_back()
    held.give_back()
    assert find_running(folder) is None
    assert not folder.pid_file.exists()
    assert not folder.run_file.exists()


def test_a_second_one_is_refused_and_told_where_the_first_is(folder: ServerFolder) -> None:
    held = PidFile(folder)
    held.take()
    held.tell(Running(os.getpid(), "http://127.0.0.1:1"))
    waits: list[float] = []
    with pytest.raises(CannotStart, match=r"is running already \(pid \d+, http://127.0.0.1:1\)") as caught:
        PidFile(folder, waits.append).take()
    assert len(waits) == 9
    assert "apitest-server stop" in caught.value.advice
    held.give_back()
    again = PidFile(folder)
    again.take()
    again.give_back()


def test_what_an_earlier_process_wrote_is_not_believed(folder: ServerFolder) -> None:
    held = PidFile(folder)
    held.take()
    held.tell(Running(1, "http://127.0.0.1:1"))
    assert find_running(folder) == Running(os.getpid())
    folder.run_file.write_text("not json")
    assert find_running(folder) == Running(os.getpid())
    held.give_back()
