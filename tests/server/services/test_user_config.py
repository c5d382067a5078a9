"""Users' own settings."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from server.errors import ConfigError
from server.services.user_config import UserConfig, read_settings, typed


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5),
        ("-5", -5),
        ("1.5", 1.5),
        ("true", True),
        ("No", False),
        ("a,2", ["a", 2]),
        ("a,", ["a"]),
        ("", ""),
        ("1.2.3", "1.2.3"),
        ("x=y", "x=y"),
    ],
)
def test_types(text: str, value: Any) -> None:
    assert typed(text) == value
    assert type(typed(text)) is type(value)


def test_sections_and_keys() -> None:
    found = read_settings('top = 1\n[crm]\nurl = http://x\nport = 80\nquoted = "5"\nany-name = a\n', "f.conf")
    assert (found.top, found.crm.url, found.crm["port"], found.crm.quoted) == (1, "http://x", 80, "5")
    assert found["crm"]["any-name"] == "a"
    assert (dict(found.crm)["port"], len(found), "crm" in found) == (80, 2, True)


def test_a_wrong_name_tells_the_nearest_and_values_stay_hidden() -> None:
    found = read_settings("[crm]\npassword = s3cret\n", "f.conf")
    with pytest.raises(AttributeError, match=r"\[crm\] of f.conf has no 'pasword'. Did you mean 'password'"):
        _ = found.crm.pasword
    with pytest.raises(KeyError, match="has no 'crmm'"):
        _ = found["crmm"]
    assert "s3cret" not in repr(found.crm)


def test_a_broken_file_is_refused_with_its_line() -> None:
    with pytest.raises(ConfigError, match="f.conf line 2"):
        read_settings("a = 1\nwhat", "f.conf")


def test_files_come_change_and_go(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    other = tmp_path / "elsewhere.txt"
    other.write_text("x = 1")
    folder = tmp_path / "user-conf"
    folder.mkdir()
    config = UserConfig(folder, {"own": other})
    assert (config.refresh(), config.own.x) == (["own"], 1)
    file = folder / "app.ini"
    file.write_text("[a]\nb = 1")
    (folder / "notes.txt").write_text("not read")
    assert (config.refresh(), config.refresh(), config.app.a.b) == (["app"], [], 1)
    file.write_text("[a]\nb = 22")
    assert (config.refresh(), config.app.a.b) == (["app"], 22)
    file.write_text("nonsense here")
    assert (config.refresh(), config.app.a.b) == ([], 22)
    assert "User configuration 'app' was not read" in caplog.text
    os.remove(file)
    assert config.refresh() == ["app"]
    with pytest.raises(AttributeError, match="user_config has no 'app'"):
        _ = config.app


def test_a_label_without_a_file_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    config = UserConfig(None, {"own": tmp_path / "none.conf"})
    assert (config.refresh(), config.refresh()) == ([], [])
    assert caplog.text.count("'own' was not read") == 1
