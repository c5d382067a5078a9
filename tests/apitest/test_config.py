from __future__ import annotations

from pathlib import Path

import pytest

from apitest.config import (
    Config,
    is_secret_name,
    parse_config,
    parse_duration,
    parse_jobs,
    read_config,
)
from apitest.errors import LookupFailed, UsageError

TEXT = """
# a comment
[user]
name = Ann
quoted = "  with blanks "
empty =
address = http://one

[env:base]
address = http://base
only_base = 1

[env:staging]
extends = base
address = http://two

[apitest]
jobs = 8
split = scenario
scenario_timeout = 2 minutes
request_timeout = 500 ms
retry = 1
flaky = fail
formats = console junit:out.xml

[secrets]
token = s3cret

[connection:shop]
url = sqlite:///shop.db

[behave]
options = --format pretty --tags "@a and not @b"
"""


def test_values_are_found_by_name() -> None:
    config = parse_config(TEXT, "config.ini")
    assert config.configured("name") == "Ann"
    assert config.configured("quoted") == "  with blanks "
    assert config.configured("empty") == ""
    assert config.configured("secrets.token") == "s3cret"
    assert config.configured("connection:shop.url") == "sqlite:///shop.db"


def test_settings_of_the_runner() -> None:
    config = parse_config(TEXT, "config.ini")
    assert (config.jobs, config.split, config.retry, config.is_flaky_failure) == (8, "scenario", 1, True)
    assert (config.scenario_timeout_seconds, config.request_timeout_seconds) == (120.0, 0.5)
    assert config.formats == ("console", "junit:out.xml")
    assert config.behave_options == ("--format", "pretty", "--tags", "@a and not @b")


def test_an_environment_wins_over_user_and_inherits() -> None:
    config = parse_config(TEXT, "config.ini", "staging")
    assert config.configured("address") == "http://two"
    assert config.configured("only_base") == "1"
    assert config.configured("name") == "Ann"


def test_a_define_wins_over_all() -> None:
    config = parse_config(TEXT, "config.ini", "staging", {"address": "http://three"})
    assert config.configured("address") == "http://three"


def test_an_unknown_environment_names_those_there_are() -> None:
    with pytest.raises(UsageError, match="no environment 'stagin'") as found:
        parse_config(TEXT, "config.ini", "stagin")
    assert "base, staging" in found.value.hint


def test_an_unknown_name_gives_the_nearest() -> None:
    with pytest.raises(LookupFailed) as found:
        parse_config(TEXT, "config.ini").configured("nane")
    assert "@name" in found.value.hint


def test_environment_variables_fill_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "abc")
    config = parse_config("[user]\na = $SHOP_TOKEN\nb = x-${SHOP_TOKEN}-y\nc = $$SHOP_TOKEN\nd = $NOT_SET_1", "c.ini")
    assert [config.configured(name) for name in "abc"] == ["abc", "x-abc-y", "$SHOP_TOKEN"]
    with pytest.raises(LookupFailed, match="NOT_SET_1"):
        config.configured("d")


def test_secrets_are_those_of_the_section_and_those_named_so() -> None:
    config = parse_config("[secrets]\na = one\n[user]\nann_password = two\nname = Ann\n[env:x]\napi-token = three", "c")
    assert config.secret_values() == {"one", "two", "three"}
    assert is_secret_name("Admin-Password") and not is_secret_name("passage")


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("[aptest]\n", "c.ini:1: unknown section [aptest]", "[apitest]"),
        ("\n[apitest]\njosb = 1", "c.ini:3: unknown key 'josb' in [apitest]", "Did you mean jobs?"),
        ("[connection:x]\nurll = 1", "c.ini:2: unknown key 'urll'", "Did you mean url?"),
        ("[env]\n", "c.ini:1: unknown section [env]", "env:NAME"),
        ("a = 1", "c.ini:1: 'a' stands before any [section]", ""),
        ("[user]\nno equals sign", "c.ini:2: 'no equals sign' is neither", ""),
        ("[user]\na = 1\na = 2", "c.ini:3: 'a' is given twice", ""),
        ("[user\na = 1", "c.ini:1: '[user' is not a section", ""),
        ("[apitest]\njobs = many", "'many' is not a whole number", ""),
        ("[apitest]\nsplit = line", "'line' is none of feature, scenario", ""),
        ("[apitest]\nrequest_timeout = soon", "'soon' is not a duration", "30 seconds"),
        ('[behave]\noptions = "', "options of [behave] cannot be read", ""),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(text: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as found:
        parse_config(text, "c.ini")
    assert message in found.value.message
    assert hint in found.value.hint


def test_nested_sections_as_old_projects_have_them() -> None:
    config = parse_config("[vault]\n[[default]]\naddress = http://v\ntoken = invalid", "c.ini")
    assert config.section("vault:default") == {"address": "http://v", "token": "invalid"}


def test_no_file_is_an_empty_configuration() -> None:
    assert read_config(None) == Config()


def test_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "config.ini"
    path.write_bytes(b"[user]\na = \xff")
    with pytest.raises(UsageError, match="not UTF-8"):
        read_config(path)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30", 30), ("1.5 s", 1.5), ("500ms", 0.5), ("2 minutes", 120), ("3 min", 180), ("1 hour", 3600)],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text, "x") == seconds


def test_jobs() -> None:
    assert parse_jobs("auto", "-j") == 0
    assert parse_jobs("4", "-j") == 4
    with pytest.raises(UsageError):
        parse_jobs("0", "-j")
