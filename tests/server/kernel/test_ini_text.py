from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import ConfigError
from server.kernel.ini_text import Entry, parse_entries


def test_sections_keys_values_and_lines() -> None:
    text = "# first\n[main]\nbind = 127.0.0.1:1\n\n; more\n[user]  # ends\nmy_key=a = b\nempty =\n"
    assert parse_entries(text, "f") == [
        Entry("main", "bind", "127.0.0.1:1", 3),
        Entry("user", "my_key", "a = b", 7),
        Entry("user", "empty", "", 8),
    ]


@pytest.mark.parametrize(
    ("written", "value", "is_quoted"),
    [
        ("a # note", "a", False),
        ("a#b;c", "a#b;c", False),
        ("# note", "", False),
        ("'a # b' ; note", "a # b", True),
        ('"$HOME"', "$HOME", True),
        ('""', "", True),
        ('"it\'s"', "it's", True),
    ],
)
def test_comments_and_quotes(written: str, value: str, is_quoted: bool) -> None:
    assert parse_entries(f"[a]\nk = {written}", "f") == [Entry("a", "k", value, 2, is_quoted)]


def test_text_over_lines() -> None:
    text = '[a]\nk = """one\n  two # kept\nthree"""  # note\nnext = 1'
    assert parse_entries(text, "f") == [
        Entry("a", "k", "one\n  two # kept\nthree", 2, True),
        Entry("a", "next", "1", 5),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[a\nk=1", "f line 1: expected `[section]`, found '[a'"),
        ("[a] b", "f line 1: expected `[section]`"),
        ("[a]\njust words", "f line 2: expected `key = value` or `[section]`"),
        ("[a]\nk=1\n k = 2", "f line 3: 'k' stands in [a] already, line 2"),
        ("[a]\nk='x", "f line 2: the quote ' is not closed"),
        ('[a]\nk="""x\ny', 'f line 2: the text of \'k\' begins with """ and never ends'),
        ('[a]\nk="""x\ny""" z', "f line 3: unexpected text after the closing"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_entries(text, "f")
    assert message in str(caught.value)


def test_a_long_line_that_is_not_understood_is_not_shown_whole() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_entries("[a]\npassword hunter2hunter2", "f")
    assert "hunter2hunter2" not in str(caught.value)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        entries = parse_entries(text, "f")
    except ConfigError:
        return
    assert all(entry.key == entry.key.strip() and entry.key for entry in entries)
