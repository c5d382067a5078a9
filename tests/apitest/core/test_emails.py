"""Reading and making e-mails; no network."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitest.core import emails
from apitest.core.emails import make_email, read_email, visible_text
from apitest.errors import StepError

MIXED = b"""From: =?utf-8?q?B=C3=BCcher?= <shop@shop.test>
To: Ann <ann@shop.test>, bob@shop.test
Subject: =?utf-8?b?R3LDvMOfZQ==?=
 and more
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: multipart/alternative; boundary=c

--c
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Gr=FC=DFe, see https://shop.test/plain.
--c
Content-Type: text/html; charset=utf-8

<p>Hello <b>there</b></p><a href='mailto:x@y.test'>x</a><a href='https://shop.test/html?a=1&amp;b=2'>x</a>
--c--
--b
Content-Type: application/pdf; name="invoice.pdf"
Content-Disposition: attachment; filename="invoice.pdf"
Content-Transfer-Encoding: base64

JVBERg==
--b--
"""


def test_everything_of_a_mixed_one() -> None:
    found = read_email(MIXED.replace(b"\n", b"\r\n"))
    assert found.sender == "shop@shop.test"
    assert found.sender_line == "Bücher <shop@shop.test>"
    assert found.recipients == ("ann@shop.test", "bob@shop.test")
    assert found.subject == "Grüße and more"
    assert found.plain.startswith("Grüße, see")
    assert found.attachments == ("invoice.pdf",)
    assert found.first_link() == "https://shop.test/html?a=1&b=2"
    assert found.says("Grüße,\n see") and found.says("Hello there") and found.says("<b>there</b>")
    assert not found.says("Good bye")


def test_the_envelope_knows_the_recipient() -> None:
    found = read_email(b"Subject: x\r\n\r\nhi", "a@b.test", ["c@d.test"])
    assert (found.sender, found.sender_line, found.recipients) == ("a@b.test", "a@b.test", ("c@d.test",))
    assert found.first_link() == ""


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ("<p>a</p><p>b</p>", "a\n\nb"),
        ("a<br/>b", "a\nb"),
        ("<style>p {}</style><!-- no --><script>x()</script>&lt;a&gt;", "<a>"),
        ("<i>a</i>b", "ab"),
    ],
)
def test_visible_text(document: str, text: str) -> None:
    assert [line for line in visible_text(document).splitlines() if line.strip()] == [
        line for line in text.splitlines() if line.strip()
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"Content-Type: text/plain; charset=nope\r\n\r\nhi",
        b"From: <<>>\r\nSubject: =?utf-8?b?!!?=\r\n\r\nhi",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n"
        b"Content-Disposition: attachment; filename*=utf-8''%zz\r\n\r\n",
    ],
)
def test_broken_ones_are_read_as_far_as_it_goes(data: bytes) -> None:
    read_email(data)


@given(st.binary(max_size=300))
def test_any_bytes_can_be_read(data: bytes) -> None:
    read_email(b"From: " + data)
    read_email(b"Content-Type: multipart/mixed; boundary=" + data)


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=60))
def test_what_is_made_can_be_read(text: str) -> None:
    made = make_email("a@shop.test", "Ann <b@shop.test>", "Order", text, [("a.txt", b"x")])
    found = read_email(made.as_bytes())
    assert found.plain.rstrip("\n") == text
    assert (found.sender, found.recipients, found.attachments) == ("a@shop.test", ("b@shop.test",), ("a.txt",))


def test_header_injection_is_refused() -> None:
    with pytest.raises(StepError, match="cannot be made"):
        make_email("a@b.test", "c@d.test", "x\r\nBcc: eve@shop.test", "")


def test_addresses() -> None:
    assert emails.addresses_in("Ann <a@b.test>, c@d.test") == ["a@b.test", "c@d.test"]
    assert emails.addresses_in("") == []
