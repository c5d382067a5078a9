from __future__ import annotations

import io
import logging
from pathlib import Path

import pytest

from server.kernel.log_setup import AccessLog, LineFormatter, SecretMask, access_line, set_up


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"password": "hunter2", "name": "a"}', '{"password": "******", "name": "a"}'),
        ("{'api_key': 'abc', 'x': 1}", "{'api_key': '******', 'x': 1}"),
        ('"secret": "a\\"b" end', '"secret": "******" end'),
        ("Authorization: Basic dTpw, x", "Authorization: Basic ******, x"),
        ("'authorization': 'Bearer a.b.c'", "'authorization': 'Bearer ******'"),
        ("POST /x?token=abc&y=1", "POST /x?token=******&y=1"),
        ("the password: must be given", "the password: must be given"),
        ("tokens=5", "tokens=5"),
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str, shown: str) -> None:
    assert SecretMask()(text) == shown


def test_known_secrets_are_masked_the_longer_first_and_short_ones_are_left() -> None:
    mask = SecretMask()
    mask.add(["abcdef", "abcdef-ghi", "abc"])
    assert mask("abcdef-ghi abcdef abc") == "****** ****** abc"


def test_a_line_has_time_level_logger_and_cid() -> None:
    record = logging.LogRecord("server.x", logging.INFO, "f", 1, "hello %s", ("you",), None)
    record.created, record.msecs = 1_700_000_000.5, 500
    record.__dict__["cid"] = "K1"
    line = LineFormatter(SecretMask()).format(record)
    assert line.endswith(".500 INFO    server.x [K1] hello you")
    del record.__dict__["cid"]
    assert LineFormatter(SecretMask(), is_brief=True).format(record).endswith("INFO    server.x hello you")


def test_a_traceback_is_masked_too() -> None:
    mask = SecretMask()
    mask.add(["very-secret"])
    try:
        raise ValueError("very-secret")
    except ValueError as error:
        record = logging.LogRecord("a", logging.ERROR, "f", 1, "oops", (), (type(error), error, error.__traceback__))
    text = LineFormatter(mask).format(record)
    assert "ValueError" in text
    assert "very-secret" not in text


def test_records_go_to_their_files_and_everything_can_be_undone(tmp_path: Path) -> None:
    console = io.StringIO()
    root_before = list(logging.getLogger().handlers), logging.getLogger().level
    undo = set_up(level="info", logs=tmp_path, mask=SecretMask(), console=console)
    try:
        logging.getLogger("server.main").info("started")
        logging.getLogger("server.main").debug("unseen")
        logging.getLogger("zato_admin").info("zato.ping called")
    finally:
        undo()
    assert (tmp_path / "server.log").read_text().endswith("INFO    server.main started\n")
    assert (tmp_path / "admin.log").read_text().endswith("zato_admin zato.ping called\n")
    assert console.getvalue().endswith("server.main started\n")
    assert (list(logging.getLogger().handlers), logging.getLogger().level) == root_before


LINE = (1_700_000_000.0, "127.0.0.1", "GET", '/a?token=x&b="', "1.1", 200, 12, 0.0031, "K1")


def test_an_access_line_is_one_line_and_holds_no_token() -> None:
    text = access_line(LINE)
    assert text.startswith("127.0.0.1 - - [")
    assert text.endswith('"GET /a?token=******&b=%22 HTTP/1.1" 200 12 3.1 ms K1\n')


def test_access_lines_are_written_by_flush_and_full_files_are_put_aside(tmp_path: Path) -> None:
    log = AccessLog(tmp_path / "http_access.log", max_file_bytes=100, keep_files=2)
    log.flush()
    assert not (tmp_path / "http_access.log").exists()
    for _ in range(4):
        log.add(*LINE)
        log.add(*LINE)
        log.flush()
    log.add(*LINE)
    log.flush()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "http_access.log",
        "http_access.log.1",
        "http_access.log.2",
    ]
    assert len((tmp_path / "http_access.log").read_text().splitlines()) == 1
    assert len((tmp_path / "http_access.log.2").read_text().splitlines()) == 2


def test_texts_of_callers_cannot_forge_a_line() -> None:
    record = logging.LogRecord(
        "a", logging.INFO, "", 0, "not found: %s", ("x\r\n2026-01-01 00:00:00.000 ERROR a b",), None
    )
    first, *others = LineFormatter(SecretMask()).format(record).split("\n")
    assert first.endswith("not found: x\\r")
    assert others == ["   2026-01-01 00:00:00.000 ERROR a b"]
