"""E-mail in a mailbox of a real IMAP server."""

from __future__ import annotations

import imaplib
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.support.one_scenario import errs, passes, run_steps
from tests.support.peers import free_port


@pytest.fixture(scope="module")
def imap() -> Iterator[int]:
    """pymap, an IMAP server of its own with mailboxes in memory."""
    port = free_port()
    command = ["--host", "127.0.0.1", "--port", str(port), "--no-tls", "--no-service", "managesieve", "dict"]
    process = subprocess.Popen(
        [str(Path(sys.executable).parent / "pymap"), *command, "--demo-data"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 20
    while True:
        try:
            imaplib.IMAP4("127.0.0.1", port, timeout=2).logout()
            break
        except OSError:
            assert process.poll() is None and time.monotonic() < deadline, "pymap did not start"
            time.sleep(0.1)
    yield port
    process.kill()
    process.wait(10)


def put(port: int, subject: str) -> None:
    """An e-mail arrives in the mailbox."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "shop@shop.test", "ann@shop.test", subject
    made.set_content("Thank you")
    connection = imaplib.IMAP4("127.0.0.1", port, timeout=10)
    connection.login("demouser", "demopass")
    status, _ = connection.append("INBOX", "", imaplib.Time2Internaldate(time.time()), made.as_bytes())
    assert status == "OK"
    connection.logout()


def test_a_real_mailbox(tmp_path: Path, imap: int) -> None:
    put(imap, "before")

    def later() -> None:
        time.sleep(1)
        put(imap, "after")

    thread = threading.Thread(target=later)
    thread.start()
    found = run_steps(
        tmp_path,
        f"""
            Given mailbox "ann@shop.test" at IMAP "imap://demouser:demopass@127.0.0.1:{imap}"
            Then an e-mail for "ann@shop.test" arrives within 10 seconds
            And the e-mail has subject "after"
            And the e-mail says "Thank you"
            And no e-mail for "ann@shop.test" arrives for 700 ms
        """,
    )
    thread.join()
    passes(found)


def test_a_mailbox_that_cannot_be_read(tmp_path: Path, imap: int) -> None:
    given = 'Given mailbox "ann@shop.test" at IMAP "imap://demouser:{}@127.0.0.1:{}/{}"'
    errs(run_steps(tmp_path, given.format("wrong", imap, "INBOX")), "refused")
    errs(run_steps(tmp_path, given.format("demopass", imap, "Nope")), 'no folder "Nope"')


def test_another_address_has_no_mailbox(tmp_path: Path, imap: int) -> None:
    steps = f"""
        Given mailbox "ann@shop.test" at IMAP "imap://demouser:demopass@127.0.0.1:{imap}"
        Then no e-mail for "bob@shop.test" arrives for 100 ms
    """
    errs(run_steps(tmp_path, steps), "Nobody looks for e-mail to bob@shop.test")
