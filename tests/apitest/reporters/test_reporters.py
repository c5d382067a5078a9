from __future__ import annotations

import io
from pathlib import Path

import pytest

from apitest.errors import UsageError
from apitest.reporters import FORMATS, Output, open_reporters, parse_format
from apitest.reporters.base import Reporter


@pytest.mark.parametrize(
    ("text", "output"),
    [
        ("junit:out.xml", Output("junit", Path("out.xml"))),
        ("junit", Output("junit", Path("/p/report/junit.xml"))),
        ("html", Output("html", Path("/p/report/index.html"))),
        ("json:-", Output("ndjson", None)),
        ("pretty", Output("console", None)),
        ("console:log.txt", Output("console", Path("log.txt"))),
    ],
)
def test_names_and_files(text: str, output: Output) -> None:
    assert parse_format(text, Path("/p")) == output


def test_an_unknown_name_gives_the_nearest() -> None:
    with pytest.raises(UsageError) as found:
        parse_format("junti", Path("/p"))
    assert "Did you mean junit?" in found.value.hint


def test_every_format_can_be_opened(tmp_path: Path) -> None:
    outputs = [Output(name, tmp_path / "new" / name) for name in FORMATS]
    reporters = open_reporters(outputs, Reporter)
    assert len(reporters) == len(FORMATS)
    for reporter in reporters:
        reporter.close()


def test_standard_output_and_what_cannot_be_written(tmp_path: Path) -> None:
    stream = io.StringIO()
    assert open_reporters([Output("ndjson", None)], Reporter, stream)[0].stream is stream
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        open_reporters([Output("junit", tmp_path / "file" / "x.xml")], Reporter)
