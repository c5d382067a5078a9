"""What the stream can show: colours, signs beyond ASCII, a line that is drawn again, its width.

The rules of runner.md section 5: `--color` first, then NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE, CLICOLOR, TERM=dumb; by
default colours only on a terminal.  Colours carry nothing that words do not.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from typing import TextIO

CODES = {"good": "32", "bad": "31", "warn": "33", "dim": "2", "strong": "1", "place": "36"}

SIGNS = {"good": ("✓", "."), "bad": ("✗", "x"), "error": ("!", "!"), "skip": ("-", "-")}
"""In UTF-8, and in any other encoding."""


class Terminal:
    """One output stream and its abilities."""

    def __init__(self, stream: TextIO, color: str = "auto", variables: Mapping[str, str] | None = None) -> None:
        values = os.environ if variables is None else variables
        self.stream = stream
        is_dumb = values.get("TERM") == "dumb"
        self.is_live = stream.isatty() and not is_dumb and not values.get("CI")
        self.has_colors = _wants_colors(color, values, stream.isatty(), is_dumb)
        encoding = (getattr(stream, "encoding", None) or "utf-8").lower().replace("-", "")
        self.has_signs = encoding.startswith("utf")
        self._has_live_line = False

    @property
    def width(self) -> int:
        return shutil.get_terminal_size((100, 24)).columns

    def paint(self, text: str, kind: str) -> str:
        return f"\x1b[{CODES[kind]}m{text}\x1b[0m" if self.has_colors and text else text

    def sign(self, name: str) -> str:
        return SIGNS[name][0 if self.has_signs else 1]

    def line(self, text: str = "") -> None:
        """Writes a line above the live one."""
        self.clear_live()
        if not self.has_signs:
            encoding = self.stream.encoding
            text = text.encode(encoding, "replace").decode(encoding)
        self.stream.write(text.rstrip() + "\n")

    def live(self, text: str) -> None:
        """Draws the last line anew; nothing where it cannot be drawn."""
        if self.is_live:
            self.stream.write("\r\x1b[K" + text[: self.width - 1])
            self.stream.flush()
            self._has_live_line = True

    def clear_live(self) -> None:
        if self._has_live_line:
            self.stream.write("\r\x1b[K")
            self._has_live_line = False

    def flush(self) -> None:
        self.stream.flush()


def _wants_colors(color: str, values: Mapping[str, str], is_tty: bool, is_dumb: bool) -> bool:
    if color != "auto":
        return color == "always"
    if values.get("NO_COLOR"):
        return False
    if values.get("FORCE_COLOR", "0") not in ("", "0") or values.get("CLICOLOR_FORCE", "0") not in ("", "0"):
        return True
    return is_tty and not is_dumb and values.get("CLICOLOR", "1") != "0"
