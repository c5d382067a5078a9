"""`self.user_config.<label>.<section>.<key>`: settings of the user's own, from files.

Labels are stems of the files in the `user-conf` pickup folder, and those given in server.conf's `[user_config]`.  Any
name is allowed, none is checked.  Files that change are read anew; one that cannot be read keeps its last contents.
Source: server-interface.md 2.8, ruling 63; the form of a file is `kernel/ini_text.py`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from server.errors import ConfigError
from server.kernel.ini_text import parse_entries
from server.kernel.names import suggestion

logger = logging.getLogger(__name__)

SUFFIXES = (".conf", ".ini")
_INT = re.compile(r"[+-]?[0-9]+\Z")
_FLOAT = re.compile(r"[+-]?[0-9]+\.[0-9]+\Z")
_TRUE = frozenset(("true", "yes", "on"))
_FALSE = frozenset(("false", "no", "off"))


class Settings(Mapping[str, Any]):
    """Sections, or keys of one, by attribute and by key; read only."""

    __slots__ = ("_title", "_values")

    def __init__(self, title: str, values: Mapping[str, Any]) -> None:
        self._title = title
        self._values = values

    def __getattr__(self, name: str) -> Any:
        try:
            return self._values[name]
        except KeyError:
            raise AttributeError(f"{self._title} has no '{name}'.{suggestion(name, self._values)}") from None

    def __getitem__(self, name: str) -> Any:
        try:
            return self._values[name]
        except KeyError:
            raise KeyError(f"{self._title} has no '{name}'.{suggestion(name, self._values)}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        # SECURITY values may be passwords; a service that logs its configuration shows names only.
        return f"<{self._title}: {', '.join(self._values) or 'empty'}>"


class UserConfig(Settings):
    """All labels.  folder: where files are picked up.  labels: label -> path of a file that stands elsewhere."""

    __slots__ = ("_files", "_folder", "_signatures")

    def __init__(self, folder: Path | None = None, labels: Mapping[str, Path] | None = None) -> None:
        super().__init__("user_config", {})
        self._folder = folder
        self._files = {label: Path(path) for label, path in (labels or {}).items()}
        self._signatures: dict[str, tuple[str, int, int]] = {}

    def refresh(self) -> list[str]:
        """Read what is new or changed, forget what is gone; gives the labels that changed.

        A file that cannot be read is told once, by its name and line, and what it held before stays.
        """
        files = dict(self._files)
        if self._folder is not None and self._folder.is_dir():
            for path in sorted(self._folder.iterdir()):
                if path.suffix in SUFFIXES and not path.name.startswith("."):
                    files.setdefault(path.stem, path)
        values = dict(self._values)
        changed = []
        for label in [one for one in values if one not in files]:
            del values[label]
            self._signatures.pop(label, None)
            changed.append(label)
        for label, path in files.items():
            try:
                status = path.stat()
                signature = (str(path), status.st_mtime_ns, status.st_size)
                if self._signatures.get(label) == signature:
                    continue
                self._signatures[label] = signature
                values[label] = read_settings(path.read_text("utf-8"), path.name)
            except (OSError, UnicodeDecodeError, ConfigError) as error:
                missing = (str(path), 0, 0)
                if not isinstance(error, OSError) or self._signatures.get(label) != missing:
                    logger.error("User configuration '%s' was not read: %s", label, error)
                if isinstance(error, OSError):
                    self._signatures[label] = missing
                continue
            changed.append(label)
        if changed:
            self._values = values
        return sorted(changed)


def read_settings(text: str, file: str) -> Settings:
    """The text of a file -> its settings: sections by name, keys before the first section directly.

    Raises ConfigError with file and line.
    """
    sections: dict[str, dict[str, Any]] = {}
    top: dict[str, Any] = {}
    for entry in parse_entries(text, file):
        value = entry.value if entry.is_quoted else typed(entry.value)
        if entry.section:
            sections.setdefault(entry.section, {})[entry.key] = value
        else:
            top[entry.key] = value
    made = {name: Settings(f"[{name}] of {file}", keys) for name, keys in sections.items()}
    return Settings(file, {**top, **made})


def typed(value: str) -> Any:
    """A text without quotes -> int, float, bool, a list where it has commas, or the text."""
    if "," in value:
        parts: Sequence[str] = [part.strip() for part in value.split(",")]
        return [typed(part.strip("\"'")) for part in parts if part]
    if _INT.match(value):
        return int(value)
    if _FLOAT.match(value):
        return float(value)
    word = value.lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    return value
