"""`config.ini` of a test project, and what the command line says on top of it -> `Config`, a frozen value.

Read once; the rest of the runner never opens the file.  Unknown sections and keys are refused with their line and the
nearest name (steps.md Part 4.10).  Not here: which file to read (`project.py`), what the flags are called (`cli/`).

The syntax is INI as upstream's projects have it: `key = value`, `#` and `;` start a comment line, a value may be
quoted, `[[name]]` inside `[section]` is the section `section:name` (steps.md 1.12).
"""

from __future__ import annotations

import difflib
import os
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from apitest.errors import LookupFailed, UsageError

DEFAULT_REQUEST_TIMEOUT_SECONDS = 30.0
DEFAULT_SCENARIO_TIMEOUT_SECONDS = 600.0

FREE = None
"""In place of a set of keys: the section takes any key."""

KEYS: dict[str, dict[str, str] | None] = {
    "apitest": {
        "environment": "the environment used when none is given with -e",
        "flaky": "pass or fail: what a scenario that passed at a later attempt counts as",
        "formats": "reports to write, as -f takes them, blank-separated",
        "jobs": "how many scenarios run at the same time: a number, or auto",
        "request_scope": "scenario, or feature: how long a request in the making lives",
        "request_timeout": "longest wait for a response, e.g. 30 seconds",
        "retry": "how many more attempts a failed scenario gets",
        "scenario_timeout": "longest time a scenario may take, e.g. 10 minutes",
        "split": "feature, scenario or example: what may run at the same time",
    },
    "behave": {"options": "options for behave, as its command line takes them"},
    "user": FREE,
    "users": FREE,
    "queries": FREE,
    "secrets": FREE,
}

PATTERNS: dict[str, dict[str, str] | None] = {
    "env": FREE,
    "connection": {
        "url": "what to open, e.g. sqlite:///shop.db",
        "username": "who connects, where the URL does not say",
        "password": "with which password, where the URL does not say",
        "timeout": "longest wait for an answer, e.g. 10 seconds",
        "may_be_emptied": "true: `Redis is emptied` is allowed though it is on another machine",
    },
    "service": {
        "address": "scheme, host and port",
        "path": "what each path of this service starts with",
        "username": "for Basic Auth",
        "password": "for Basic Auth",
        "token": "for a bearer token",
        "api_key": "sent in the header below",
        "api_key_header": "X-API-Key unless given",
        "timeout": "longest wait for a response, e.g. 30 seconds",
    },
    "vault": {"address": "where the secret store is", "token": "its token; invalid switches it off"},
}
"""Sections of the form `[kind:name]`."""

SECRET_WORDS = ("password", "passwd", "secret", "token", "api_key", "apikey", "private_key")

_SECTION = re.compile(r"^(\[+)\s*(.*?)\s*(\]+)\s*(?:[#;].*)?$")
_NAME = re.compile(r"\$\{(\w+)\}|\$([A-Za-z_]\w*)|\$\$")
_DURATION = re.compile(r"^(\d+(?:\.\d+)?)\s*(ms|milliseconds?|s|seconds?|min|minutes?|h|hours?)?$", re.IGNORECASE)
_UNITS = {"ms": 0.001, "mi": 60.0, "s": 1.0, "h": 3600.0, "": 1.0}


@dataclass(frozen=True, slots=True)
class Config:
    """What a run goes by.  sections: as written, by name; environment: the active `[env:NAME]`, may be empty."""

    sections: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    file: str = ""
    environment: str = ""
    defines: Mapping[str, str] = field(default_factory=dict)  # -D key=value: win over [user]
    jobs: int = 0  # 0: auto
    split: str = "feature"
    request_scope: str = "scenario"
    request_timeout_seconds: float = DEFAULT_REQUEST_TIMEOUT_SECONDS
    scenario_timeout_seconds: float = DEFAULT_SCENARIO_TIMEOUT_SECONDS
    retry: int = 0
    is_flaky_failure: bool = False
    formats: tuple[str, ...] = ()
    behave_options: tuple[str, ...] = ()

    def configured(self, name: str) -> str:
        """The value of `@name`: a define, then the active environment, then `[user]`; `@section.key` elsewhere.

        `$NAME` inside a value is the environment variable.  Raises LookupFailed with the nearest names.
        """
        for values in self._layers():
            if name in values:
                return self._filled(values[name], name)
        section, dot, key = name.rpartition(".")
        if dot and key in self.sections.get(section, {}):
            return self._filled(self.sections[section][key], name)
        known = list(self.names())
        nearest = ", ".join(f"@{one}" for one in difflib.get_close_matches(name, known, 3))
        where = self.file or "config.ini"
        hint = f"Nearest: {nearest}" if nearest else f"Add it to [user] in {where}, or write @@{name} for the text"
        raise LookupFailed(f"@{name} is not configured", hint)

    def names(self) -> Iterable[str]:
        """Every name that `configured` knows, the `section.key` forms of free sections too."""
        seen: dict[str, None] = {}
        for values in self._layers():
            seen.update(dict.fromkeys(values))
        for section, values in self.sections.items():
            if section not in ("user", "apitest", "behave"):
                seen.update({f"{section}.{key}": None for key in values})
        return seen

    def section(self, name: str) -> dict[str, str]:
        """One section with its values filled in; empty where it does not exist."""
        return {key: self._filled(value, f"{name}.{key}") for key, value in self.sections.get(name, {}).items()}

    def secret_values(self) -> set[str]:
        """What must not be shown: all of `[secrets]`, and what is kept under a name that says password or token."""
        found = set()
        for section, values in self.sections.items():
            for key, value in values.items():
                if section == "secrets" or is_secret_name(key):
                    try:
                        found.add(self._filled(value, key))
                    except LookupFailed:
                        continue  # its environment variable is not set, so there is nothing to hide
        found.update(value for key, value in self.defines.items() if is_secret_name(key))
        return {value for value in found if value}

    def _layers(self) -> list[Mapping[str, str]]:
        chain = [self.defines]
        name = self.environment
        seen: set[str] = set()
        while name and name not in seen:
            seen.add(name)
            values = self.sections.get(f"env:{name}", {})
            chain.append(values)
            name = values.get("extends", "")
        chain.append(self.sections.get("user", {}))
        return chain

    def _filled(self, text: str, name: str) -> str:
        if "$" not in text:
            return text

        def value_of(match: re.Match[str]) -> str:
            if match[0] == "$$":
                return "$"
            variable = match[1] or match[2]
            if variable not in os.environ:
                raise LookupFailed(
                    f"@{name} needs the environment variable {variable}, which is not set",
                    f"export {variable}=..., or write $${variable} in {self.file} for the text itself",
                )
            return os.environ[variable]

        return _NAME.sub(value_of, text)


def is_secret_name(name: str) -> bool:
    """True for names like admin_password, API-Token."""
    plain = name.lower().replace("-", "_")
    return any(word in plain for word in SECRET_WORDS)


def read_config(path: Path | None, environment: str = "", defines: Mapping[str, str] | None = None) -> Config:
    """Reads a project's configuration; no file is an empty one.  Raises UsageError with file, line and what to do."""
    if path is None:
        return parse_config("", "", environment, defines)
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 (byte {error.start})", "Save the file as UTF-8") from error
    return parse_config(text, shown(path), environment, defines)


def parse_config(text: str, file: str, environment: str = "", defines: Mapping[str, str] | None = None) -> Config:
    """Text of a `config.ini` -> Config.  file: for messages."""
    sections = parse_ini(text, file)
    own = sections.get("apitest", {})
    config = Config(
        sections=sections,
        file=file,
        environment=environment or own.get("environment", ""),
        defines=dict(defines or {}),
        behave_options=tuple(_split(sections.get("behave", {}).get("options", ""), file)),
        formats=tuple(own.get("formats", "").split()),
    )
    if config.environment and f"env:{config.environment}" not in sections:
        known = sorted(name.removeprefix("env:") for name in sections if name.startswith("env:"))
        raise UsageError(
            f"There is no environment {config.environment!r} in {file or 'config.ini'}",
            f"There are: {', '.join(known)}" if known else f"Add a section [env:{config.environment}]",
        )
    changes: dict[str, object] = {}
    if "jobs" in own:
        changes["jobs"] = parse_jobs(own["jobs"], f"{file}: jobs")
    if "retry" in own:
        changes["retry"] = parse_count(own["retry"], f"{file}: retry")
    for key, values in (("split", ("feature", "scenario", "example")), ("request_scope", ("scenario", "feature"))):
        if key in own:
            changes[key] = parse_choice(own[key], values, f"{file}: {key}")
    if "flaky" in own:
        changes["is_flaky_failure"] = parse_choice(own["flaky"], ("pass", "fail"), f"{file}: flaky") == "fail"
    for key in ("request_timeout", "scenario_timeout"):
        if key in own:
            changes[f"{key}_seconds"] = parse_duration(own[key], f"{file}: {key}")
    return replace(config, **changes)  # type: ignore[arg-type]


def parse_ini(text: str, file: str) -> dict[str, dict[str, str]]:
    """The sections of an INI text, checked against KEYS and PATTERNS.  Raises UsageError naming file and line."""
    sections: dict[str, dict[str, str]] = {}
    current: dict[str, str] | None = None
    outer = name = ""
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        place = f"{file}:{number}"
        if not line or line[0] in "#;":
            continue
        if line.startswith("["):
            name, outer = _section_name(line, outer, place)
            _check_section(name, place)
            current = sections.setdefault(name, {})
            continue
        key, equals, value = line.partition("=")
        key, value = key.strip(), _unquoted(value.strip())
        if not equals or not key:
            raise UsageError(f"{place}: {line!r} is neither a [section] nor key = value")
        if current is None:
            raise UsageError(f"{place}: {key!r} stands before any [section]", "Put [user] above it")
        _check_key(name, key, place)
        if key in current:
            raise UsageError(f"{place}: {key!r} is given twice in [{name}]")
        current[key] = value
    return sections


def parse_duration(text: str, what: str) -> float:
    """`30`, `500 ms`, `2 minutes` -> seconds."""
    match = _DURATION.match(text.strip())
    if not match:
        raise UsageError(f"{what}: {text!r} is not a duration", "Write it like 30 seconds, 500 ms or 2 minutes")
    unit = (match[2] or "").lower()
    factor = _UNITS["ms"] if unit.startswith(("ms", "milli")) else _UNITS[unit[:2] if unit[:2] == "mi" else unit[:1]]
    return float(match[1]) * factor


def parse_jobs(text: str, what: str) -> int:
    """`auto` -> 0, else a number of at least 1."""
    return 0 if text == "auto" else parse_count(text, what, least=1)


def parse_count(text: str, what: str, least: int = 0) -> int:
    if not text.strip().isdigit() or int(text) < least:
        raise UsageError(f"{what}: {text!r} is not a whole number of at least {least}")
    return int(text)


def parse_choice(text: str, values: tuple[str, ...], what: str) -> str:
    if text not in values:
        raise UsageError(f"{what}: {text!r} is none of {', '.join(values)}")
    return text


def shown(path: Path) -> str:
    """A path as people see it: relative to the working directory where it is below it, with forward slashes."""
    try:
        relative = os.path.relpath(path)
    except ValueError:  # another drive
        return path.as_posix()
    return path.as_posix() if relative.startswith("..") else relative.replace(os.sep, "/")


def _section_name(line: str, outer: str, place: str) -> tuple[str, str]:
    match = _SECTION.match(line)
    if not match or len(match[1]) != len(match[3]) or len(match[1]) > 2 or not match[2]:
        raise UsageError(f"{place}: {line!r} is not a section", "Write it like [user]")
    if len(match[1]) == 1:
        return match[2], match[2]
    if not outer:
        raise UsageError(f"{place}: {line!r} stands before any [section]")
    return f"{outer}:{match[2]}", outer


def _check_section(name: str, place: str) -> None:
    kind, colon, rest = name.partition(":")
    if name in KEYS or name == "vault" or (colon and kind in PATTERNS and rest):
        return
    known = [*KEYS, *(f"{kind}:NAME" for kind in PATTERNS)]
    near = difflib.get_close_matches(name, known, 1, 0.5) or [f"{kind}:NAME" for kind in PATTERNS if kind in name]
    hint = f"Did you mean [{near[0]}]? " if near else ""
    raise UsageError(f"{place}: unknown section [{name}]", f"{hint}There are: {', '.join(known)}")


def _check_key(section: str, key: str, place: str) -> None:
    keys = KEYS[section] if section in KEYS else PATTERNS[section.partition(":")[0]]
    if keys is FREE or key in keys:
        return
    near = difflib.get_close_matches(key, list(keys), 1, 0.5)
    hint = f"Did you mean {near[0]}? " if near else ""
    raise UsageError(f"{place}: unknown key {key!r} in [{section}]", f"{hint}There are: {', '.join(keys)}")


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value


def _split(options: str, file: str) -> list[str]:
    try:
        return shlex.split(options)
    except ValueError as error:
        raise UsageError(f"{file}: options of [behave] cannot be read: {error}") from error
