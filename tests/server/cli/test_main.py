from __future__ import annotations

import json
from pathlib import Path

import pytest

from server.cli import offline
from server.cli.main import main, shown, started_lines
from server.errors import CannotStart
from server.kernel.folder import ServerFolder


def run(*arguments: str) -> int:
    """The exit code of a command."""
    try:
        main(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


@pytest.fixture
def env(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    path = tmp_path / "env"
    assert run("quickstart", "create", str(path), "--bind", "127.0.0.1:0") == 0
    return path


def test_quickstart_shows_the_passwords_and_the_next_command(env: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"  Created   {env}: 1 server, SQLite, secrets in {env}/server1/config/repo/secrets.conf"
    assert lines[1].startswith("  Admin     user admin.invoke, password ")
    assert lines[2].startswith("  API       user pubapi, password ")
    assert lines[3] == f"  Start     apitest-server start {env}"


def test_a_refusal_is_a_sentence_on_stderr_and_exit_code_1(env: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run("quickstart", "create", str(env)) == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err == f"  {env} is not empty. Choose a folder that does not exist yet, or an empty one\n"


def test_wrong_usage_is_exit_code_2_with_the_nearest_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("strat", "x") == 2
    assert "There is no command 'strat'. Did you mean 'start'?" in capsys.readouterr().err
    assert run("start", "--no-such-option") == 2


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--version") == 0
    assert run("--help") == 0
    output = capsys.readouterr().out
    assert output.startswith("apitest-server 0.1.0\n")
    for command in ("quickstart", "start", "stop", "info", "service", "check-config", "hot-deploy"):
        assert f"\n  {command} " in output


def test_start_shows_where_it_listens(
    env: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(folder: ServerFolder, **_options: object) -> offline.Started:
        return offline.Started(folder, 1, "http://127.0.0.1:1", 23, 1, 0.44)

    monkeypatch.setattr(offline, "start", start)
    capsys.readouterr()
    assert run("start", str(env)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "  server1   listening on http://127.0.0.1:1, ready in 0.4 s (23 services, 1 warning)"
    assert lines[1].startswith("  Deploy    cp my_service.py ")
    assert lines[1].endswith(f"/services/     or: apitest-server hot-deploy my_service.py {env}")
    assert lines[2] == f"  Stop      apitest-server stop {env}"


def test_a_start_that_fails_says_why_and_what_to_do(
    env: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(folder: ServerFolder, **_options: object) -> offline.Started:
        raise CannotStart("127.0.0.1:1 is in use", "Choose another")

    monkeypatch.setattr(offline, "start", start)
    capsys.readouterr()
    assert run("start", str(env)) == 1
    assert capsys.readouterr().err == "  127.0.0.1:1 is in use\n  Choose another\n"


@pytest.mark.parametrize(("how", "code"), [("stopped", 0), ("killed", 1), ("not running", 0)])
def test_stop(
    env: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, how: str, code: int
) -> None:
    monkeypatch.setattr(offline, "stop", lambda folder, **_options: how)
    capsys.readouterr()
    assert run("stop", str(env)) == code
    output = capsys.readouterr()
    if how == "not running":
        assert output.out == "  server1 is not running\n"
    else:
        assert output.out == f"  Stopped server1 in {env / 'server1'}\n"
    assert ("was killed" in output.err) is (how == "killed")


def test_info_in_three_forms(env: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run("info", str(env), "--format", "json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["component_details"]["component"] == "SERVER"
    assert run("info", str(env), "--format", "yaml") == 0
    assert "component_running: false" in capsys.readouterr().out
    assert run("info", str(env / "server1")) == 0
    assert "  component_running                   False\n" in capsys.readouterr().out


def test_check_config(env: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run("check-config", str(env)) == 0
    assert "SQL ODB connection OK" in capsys.readouterr().out
    (env / "server1/config/repo/server.conf").write_text("[man]\na=1\n")
    assert run("check-config", str(env)) == 1
    assert capsys.readouterr().err == "  server.conf line 2: unknown section [man]. Did you mean 'main'?\n"


def test_a_folder_without_a_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("start", "stop", "info", "check-config"):
        assert run(command, str(tmp_path)) == 1
        assert "There is no server in" in capsys.readouterr().err


def test_paths_are_shown_as_short_as_they_can_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert shown(tmp_path / "a") == "a"
    assert shown(Path("/elsewhere")) == "/elsewhere"
    lines = started_lines(ServerFolder(tmp_path / "env/server1"), "http://x", 1.0, 1, 0, Path("env"))
    assert "cp my_service.py env/server1/pickup/incoming/services/ " in lines[1]
