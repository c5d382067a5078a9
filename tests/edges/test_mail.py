"""E-mail sentences: our own mail server over real SMTP."""

from __future__ import annotations

import smtplib
import socket
import threading
import time
from email.message import EmailMessage
from pathlib import Path

import pytest

from apitest.results import Verdict
from tests.support.one_scenario import errs, fails, passes, run_steps, said
from tests.support.peers import free_port
from tests.support.sample_project import run_project

SENT = '''
    When I send an e-mail
      | from                      | to                                | subject         |
      | Shop <no-reply@shop.test> | ann@shop.test, Bob <bob@shop.test> | Order 17, größer |
      """
      Thank you,
      Ann.  Your code is 123456, or click
      https://shop.test/confirm?t=1&u=2.
      """
'''
SERVER = "Given a mail server on port 0\n"


def test_sent_and_arrived(tmp_path: Path) -> None:
    passes(
        run_steps(
            tmp_path,
            SERVER
            + SENT
            + """
            Then an e-mail for "ann@shop.test" arrives within 5 seconds
            And the e-mail has subject "Order 17, größer"
            And the e-mail has subject "~startswith:Order"
            And the e-mail is from "no-reply@shop.test"
            And the e-mail is from "Shop <no-reply@shop.test>"
            And the e-mail says "Thank you, Ann. Your code"
            And the e-mail says "~contains:code"
            And I store the first link of the e-mail under "confirm"
            And variable "#confirm" is a string "https://shop.test/confirm?t=1&u=2"
            And I store the match of "(\\d{6})" in the e-mail under "code"
            And variable "#code" is a string "123456"
            And an e-mail for "BOB@shop.test" arrives within 5 seconds
            And no e-mail for "ann@shop.test" arrives for 200 ms
            And no e-mail for "eve@shop.test" arrives for 200 ms
            """,
        )
    )


def test_attachments(tmp_path: Path) -> None:
    (tmp_path / "features" / "data").mkdir(parents=True)
    (tmp_path / "features" / "data" / "invoice.pdf").write_bytes(b"%PDF-1.4")
    (tmp_path / "features" / "data" / "a.csv").write_bytes(b"a,b\n")
    steps = (
        SERVER
        + """
        When I send an e-mail
          | from        | to            | attachment         |
          | a@shop.test | ann@shop.test | invoice.pdf, a.csv |
        Then an e-mail for "ann@shop.test" arrives within 5 seconds
        And the e-mail has attachment "invoice.pdf"
        And the e-mail has attachment "~endswith:.csv"
        And the e-mail has subject ""
        """
    )
    passes(run_steps(tmp_path, steps))
    fails(run_steps(tmp_path, steps + '\nAnd the e-mail has attachment "b.csv"'), "there is invoice.pdf, a.csv")


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ('an e-mail for "eve@shop.test" arrives within 200 ms', "for ann@shop.test"),
        ('no e-mail for "ann@shop.test" arrives for 1 second', "Order 17"),
    ],
)
def test_arrivals_that_are_not_as_they_should_be(tmp_path: Path, sentence: str, words: str) -> None:
    fails(run_steps(tmp_path, SERVER + SENT + f"Then {sentence}"), words)


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ('the e-mail has subject "Order 18"', "Order 17, größer"),
        ('the e-mail is from "eve@shop.test"', "no-reply@shop.test"),
        ('the e-mail says "Good bye"', "contains Good bye"),
        ('the e-mail has attachment "x.pdf"', "there are no attachments"),
        ('I store the match of "[A-Z]{9}" in the e-mail under "x"', "does not match"),
    ],
)
def test_e_mails_that_say_something_else(tmp_path: Path, sentence: str, words: str) -> None:
    arrived = 'Then an e-mail for "ann@shop.test" arrives within 5 seconds\n'
    fails(run_steps(tmp_path, SERVER + SENT + arrived + f"And {sentence}"), words)


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ('Then an e-mail for "ann@shop.test" arrives within 1 second', "Nobody looks for e-mail to ann@shop.test"),
        (SERVER + 'Then the e-mail says "x"', "There is no e-mail yet"),
        (SERVER + "When I send an e-mail\n| from | to |\n| x | |", "needs a sender and a recipient"),
        ("When I send an e-mail\n| from | to |\n| a@b.test | c@d.test |", "No mail server is open"),
        ("Given a mail server on port 70000", "no port"),
        ('Given mailbox "a@b.test" at IMAP "imap://127.0.0.1:1"', "needs a password"),
        ('Given mailbox "a@b.test" at IMAP "imap://a:b@127.0.0.1:1"', "connection refused"),
        ('Given mailbox "a@b.test" at IMAP "http://a:b@127.0.0.1:1"', '"http" is no IMAP mailbox'),
    ],
)
def test_mistakes(tmp_path: Path, steps: str, words: str) -> None:
    errs(run_steps(tmp_path, steps), words)


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        errs(run_steps(tmp_path, f"Given a mail server on port {port}"), f"Port {port} cannot be used")


def test_what_applications_send(tmp_path: Path) -> None:
    """HTML only, credentials, several e-mails: by another greenlet while the scenario waits."""
    port = free_port()

    def application() -> None:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                client = smtplib.SMTP("127.0.0.1", port, timeout=5)
                break
            except OSError:
                time.sleep(0.02)
        client.login("any", "thing")
        made = EmailMessage()
        made["From"], made["To"], made["Subject"] = "shop@shop.test", "ann@shop.test", "Confirm"
        made.set_content(
            '<html><head><style>p {}</style></head><body><a href="#top">up</a><p>Please &lt;confirm&gt;</p>'
            '<a class="b" href="https://shop.test/c?a=1&amp;b=2">here</a></body></html>',
            subtype="html",
        )
        client.send_message(made)
        client.quit()

    thread = threading.Thread(target=application)
    thread.start()
    found = run_steps(
        tmp_path,
        f"""
            Given a mail server on port {port}
            Then an e-mail for "ann@shop.test" arrives within 8 seconds
            And the e-mail says "Please <confirm>"
            And I store the first link of the e-mail under "confirm"
            And variable "#confirm" is a string "https://shop.test/c?a=1&b=2"
        """,
    )
    thread.join()
    passes(found)


def test_scenarios_side_by_side_on_one_port(tmp_path: Path) -> None:
    port = free_port()
    scenario = f"""
  Scenario: number {{n}}
    Given a mail server on port {port}
    When I send an e-mail
      | from        | to              | subject |
      | a@shop.test | u{{n}}@shop.test | s{{n}}  |
    Then an e-mail for "u{{n}}@shop.test" arrives within 10 seconds
    And the e-mail has subject "s{{n}}"
    And no e-mail for "u{{n}}@shop.test" arrives for 500 ms
"""
    body = "".join(scenario.format(n=n) for n in range(30))
    result = run_project(
        tmp_path, {"config.ini": "[apitest]\nsplit = scenario\n", "a.feature": f"Feature: f\n{body}"}, jobs=30
    )
    assert [said(one) for one in result.scenarios() if one.verdict is not Verdict.PASSED] == []
    assert result.seconds < 8  # one after the other they would need 15 s
