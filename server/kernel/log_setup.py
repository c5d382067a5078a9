"""Where log lines go, what they look like, and what never gets into them.

One line: `2026-11-21 11:04:25.123 INFO  server.main [cid] text`.  Files: server.log, admin.log (logger `zato_admin`)
and http_access.log; the last is not written by `logging`, which costs 10 us a line: `AccessLog` keeps a list that a
greenlet of the server flushes.
SECURITY secrets are masked by value (each secret the server knows) and by form (`"password": ...`, `Authorization:`).
"""

from __future__ import annotations

import logging
import os
import re
import sys
import time
from collections.abc import Callable, Iterable
from functools import lru_cache
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, Final, TextIO

from server.kernel.invoker import CURRENT_CID

MASK: Final = "******"
# Shorter secrets are not masked by value: they would blot out ordinary words, and guessing them needs no log.
LEAST_MASKED_LENGTH = 6
ADMIN_LOGGER: Final = "zato_admin"

_FORMS = re.compile(
    r"""(?ix)
    ( ["'] (?: password\d? | passwd | secret | secret_key | token | auth_token | api_?key ) ["'] \s* : \s* ["'] )
    (?: \\. | [^"'\\] )*
    | ( \b authorization ["']? \s* [:=] \s* ["']? (?: basic | bearer | digest ) \s+ ) [^\s"',;]+
    | ( \b (?: password\d? | passwd | secret | token | api_?key ) = ) [^\s&"',;]+
    """
)


class SecretMask:
    """Takes known secrets, and what looks like one, out of texts."""

    def __init__(self) -> None:
        self._texts: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def add(self, texts: Iterable[str]) -> None:
        """Never show these texts again."""
        new = {text for text in texts if len(text) >= LEAST_MASKED_LENGTH} - self._texts
        if new:
            self._texts |= new
            # Longest first, so that a secret within another one does not leave the rest of the longer one behind.
            longest_first = sorted(self._texts, key=lambda text: (-len(text), text))
            self._pattern = re.compile("|".join(re.escape(text) for text in longest_first))

    def __call__(self, text: str) -> str:
        """The text with dots in place of secrets."""
        if self._pattern is not None:
            text = self._pattern.sub(MASK, text)
        return _FORMS.sub(lambda found: (found[1] or found[2] or found[3]) + MASK, text)


class LineFormatter(logging.Formatter):
    """One record -> its line; the traceback, if any, below it."""

    def __init__(self, mask: Callable[[str], str], *, is_brief: bool = False) -> None:
        super().__init__()
        self._mask = mask
        self._is_brief = is_brief

    def format(self, record: logging.LogRecord) -> str:
        moment = time.strftime("%H:%M:%S" if self._is_brief else "%Y-%m-%d %H:%M:%S", time.localtime(record.created))
        cid = getattr(record, "cid", "") or CURRENT_CID.get()
        where = f" [{cid}]" if cid else ""
        text = record.getMessage()
        if "\n" in text or "\r" in text:
            text = _indented(text)
        if record.exc_info:
            text += "\n" + self.formatException(record.exc_info)
        line = f"{moment}.{int(record.msecs):03d} {record.levelname:<7} {record.name}{where} {text}"
        return self._mask(line)


def _indented(text: str) -> str:
    """SECURITY messages quote texts of callers: only the first line of a record begins where a record begins."""
    first, *others = text.replace("\r", "\\r").split("\n")
    return "\n".join([first, *(line if line.startswith(" ") or not line else f"   {line}" for line in others)])


class AccessLog:
    """Lines of http_access.log: added at once, written by `flush`, which the server calls every half second.

    open_file: gives the stream to write to.  In the form of the field ("combined"), plus the correlation ID, the
    milliseconds and the bytes.
    """

    def __init__(self, path: Path, max_file_bytes: int, keep_files: int) -> None:
        self._path = path
        self._max_file_bytes = max_file_bytes
        self._keep_files = keep_files
        self._lines: list[str] = []

    def add(self, *line: Any) -> None:
        """Remember one request: (wall seconds, address, method, raw path, version, status, bytes, seconds, cid)."""
        # PERF made at once, while its values are in the processor's cache: tuples that are made into text all together
        # cost 1 us a request more, and hold all requests up at each flush.
        self._lines.append(access_line(line))

    def flush(self) -> None:
        """Write what was remembered."""
        if not self._lines:
            return
        lines, self._lines = self._lines, []
        text = "".join(lines)
        with self._path.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
            is_full = file.tell() >= self._max_file_bytes
        if is_full:
            self._put_aside()

    def _put_aside(self) -> None:
        for number in range(self._keep_files, 0, -1):
            older = self._path.with_name(f"{self._path.name}.{number}")
            newer = self._path.with_name(f"{self._path.name}.{number - 1}") if number > 1 else self._path
            if newer.exists():
                os.replace(newer, older)


def access_line(line: tuple[Any, ...]) -> str:
    """The text of one remembered request."""
    at, address, method, path, version, status, size, seconds, cid = line
    # SECURITY a path is the caller's text: what could forge a second field, or a secret in a query, is taken out.
    if "?" in path:
        path = _QUERY_SECRETS.sub(rf"\1{MASK}", path)
    if '"' in path:
        path = path.replace('"', "%22")
    moment = _moment(int(at))
    return f'{address} - - [{moment}] "{method} {path} HTTP/{version}" {status} {size} {seconds * 1000:.1f} ms {cid}\n'


@lru_cache(maxsize=4)
def _moment(second: int) -> str:
    """PERF 2 us, once a second instead of once a request."""
    return time.strftime("%d/%b/%Y:%H:%M:%S %z", time.localtime(second))


_QUERY_SECRETS = re.compile(r"(?i)([?&](?:password|token|secret|api_?key|ust)=)[^&]*")


class WarningCount(logging.Handler):
    """How many warnings and errors there were; `start` tells."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.count += 1


def set_up(
    *,
    level: str,
    logs: Path | None,
    mask: SecretMask,
    console: TextIO | None = None,
    max_file_bytes: int = 50_000_000,
    keep_files: int = 5,
    counter: WarningCount | None = None,
) -> Callable[[], None]:
    """Send log records to the files of a folder and, if given, to a console; gives a function that undoes it.

    logs: existing folder, or None for no files.  The root logger is taken over, so libraries' warnings are kept too.
    """
    root = logging.getLogger()
    admin = logging.getLogger(ADMIN_LOGGER)
    before = (root.level, list(root.handlers), admin.propagate, logging.raiseExceptions)
    added: list[tuple[logging.Logger, logging.Handler]] = []

    def add(owner: logging.Logger, handler: logging.Handler, *, is_brief: bool = False) -> None:
        handler.setFormatter(LineFormatter(mask, is_brief=is_brief))
        owner.addHandler(handler)
        added.append((owner, handler))

    if logs is not None:
        for owner, name in ((root, "server.log"), (admin, "admin.log")):
            handler = RotatingFileHandler(
                logs / name,
                maxBytes=max_file_bytes,
                backupCount=keep_files,
                encoding="utf-8",
                errors="backslashreplace",
            )
            add(owner, handler)
        admin.propagate = False
    if console is not None:
        add(root, logging.StreamHandler(console), is_brief=True)
    if counter is not None:
        add(root, counter)
    root.setLevel(level.upper())
    # These two tell of each connection at info, which is our own access log's business.
    for noisy in ("urllib3", "sqlalchemy"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
    # A full disk must not fill stderr, nor fail a request.
    logging.raiseExceptions = console is not None and console is sys.stderr

    def undo() -> None:
        root.setLevel(before[0])
        admin.propagate = before[2]
        logging.raiseExceptions = before[3]
        for owner, handler in added:
            owner.removeHandler(handler)
            handler.close()

    return undo
