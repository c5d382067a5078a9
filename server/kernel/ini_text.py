"""Configuration text in INI form -> its entries, each with its line.  Pure.

What lives here is the form alone: sections, keys, quotes, comments, texts over several lines.  Which keys there are
and what they mean is `kernel/config.py`; users' own files are `services/user_config.py`.
The form: `[section]`, `key = value`, `#` or `;` begin a comment line (or, after a blank, end a line), a value may
stand in single, double or triple quotes, a triple-quoted one may span lines.
"""

from __future__ import annotations

from dataclasses import dataclass

from server.errors import ConfigError

_QUOTES = ('"""', "'''")


@dataclass(frozen=True, slots=True)
class Entry:
    """One `key = value`.  line: 1-based.  is_quoted: it stood in quotes, so it is a text whatever it looks like."""

    section: str
    key: str
    value: str
    line: int
    is_quoted: bool = False


def parse_entries(text: str, file: str) -> list[Entry]:
    """All entries in order.  file: name for messages.  Raises ConfigError with file and line."""
    out: list[Entry] = []
    seen: dict[tuple[str, str], int] = {}
    section = ""
    lines = text.removeprefix("\ufeff").splitlines()
    number = 0
    while number < len(lines):
        line = lines[number].strip()
        number += 1
        start = number
        if not line or line[0] in "#;":
            continue
        if line[0] == "[":
            section = _section(line, file, start)
            continue
        key, equals, value = line.partition("=")
        key, value = key.strip(), value.strip()
        if not equals or not key:
            raise ConfigError(f"{file} line {start}: expected `key = value` or `[section]`, found {_shown(line)}")
        quote = value[:3]
        if quote in _QUOTES:
            rest = value[3:]
            parts = []
            while quote not in rest:
                if number == len(lines):
                    raise ConfigError(f"{file} line {start}: the text of {key!r} begins with {quote} and never ends")
                parts.append(rest)
                rest = lines[number]
                number += 1
            end, _, after = rest.partition(quote)
            if after.strip() and after.strip()[0] not in "#;":
                raise ConfigError(f"{file} line {number}: unexpected text after the closing {quote}")
            value, is_quoted = "\n".join([*parts, end]), True
        else:
            value, is_quoted = _value(value, file, start)
        if (section, key) in seen:
            raise ConfigError(f"{file} line {start}: {key!r} stands in [{section}] already, line {seen[section, key]}")
        seen[section, key] = start
        out.append(Entry(section, key, value, start, is_quoted))
    return out


def _section(line: str, file: str, number: int) -> str:
    name, closed, after = line[1:].partition("]")
    after = after.strip()
    if not closed or not name.strip() or (after and after[0] not in "#;"):
        raise ConfigError(f"{file} line {number}: expected `[section]`, found {_shown(line)}")
    return name.strip()


def _value(value: str, file: str, number: int) -> tuple[str, bool]:
    if value[:1] in ("'", '"'):
        end = value.find(value[0], 1)
        after = value[end + 1 :].strip()
        if end < 0 or (after and after[0] not in "#;"):
            raise ConfigError(f"{file} line {number}: the quote {value[0]} is not closed at the end of the value")
        return value[1:end], True
    if value[:1] in ("#", ";"):
        return "", False
    for mark in (" #", " ;", "\t#", "\t;"):
        value = value.partition(mark)[0]
    return value.rstrip(), False


def _shown(line: str) -> str:
    # SECURITY a line that is not understood may still hold a password: only its beginning is shown.
    return repr(line if len(line) <= 12 else line[:12] + "...")
