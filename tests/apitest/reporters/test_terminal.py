from __future__ import annotations

import io

import pytest

from apitest.reporters.terminal import Terminal


class Screen(io.TextIOWrapper):
    def __init__(self, is_tty: bool, encoding: str = "utf-8") -> None:
        super().__init__(io.BytesIO(), encoding=encoding, write_through=True)
        self._is_tty = is_tty

    def isatty(self) -> bool:
        return self._is_tty

    @property
    def text(self) -> str:
        return self.buffer.getvalue().decode(self.encoding)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("color", "is_tty", "variables", "has_colors"),
    [
        ("auto", True, {}, True),
        ("auto", False, {}, False),
        ("always", False, {"NO_COLOR": "1"}, True),
        ("never", True, {"FORCE_COLOR": "1"}, False),
        ("auto", True, {"NO_COLOR": "1"}, False),
        ("auto", True, {"NO_COLOR": ""}, True),
        ("auto", False, {"FORCE_COLOR": "1"}, True),
        ("auto", False, {"FORCE_COLOR": "0"}, False),
        ("auto", False, {"CLICOLOR_FORCE": "1"}, True),
        ("auto", True, {"CLICOLOR": "0"}, False),
        ("auto", True, {"TERM": "dumb"}, False),
        ("auto", True, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
    ],
)
def test_when_there_are_colours(color: str, is_tty: bool, variables: dict[str, str], has_colors: bool) -> None:
    terminal = Terminal(Screen(is_tty), color, variables)
    assert terminal.has_colors is has_colors
    assert terminal.paint("x", "good") == ("\x1b[32mx\x1b[0m" if has_colors else "x")


@pytest.mark.parametrize(
    ("is_tty", "variables", "is_live"), [(True, {}, True), (False, {}, False), (True, {"CI": "1"}, False)]
)
def test_when_a_line_is_drawn_again(is_tty: bool, variables: dict[str, str], is_live: bool) -> None:
    screen = Screen(is_tty)
    terminal = Terminal(screen, "never", variables)
    terminal.live("1/2")
    terminal.line("done")
    assert screen.text == ("\r\x1b[K1/2\r\x1b[Kdone\n" if is_live else "done\n")


def test_a_stream_that_is_not_utf8_gets_plain_signs() -> None:
    screen = Screen(False, "ascii")
    terminal = Terminal(screen, "auto", {})
    assert (terminal.sign("good"), terminal.sign("bad")) == (".", "x")
    terminal.line("äöü")
    assert screen.text == "???\n"
