"""An e-mail as it came, read: who, subject, texts, links, attachments; and one made to be sent.

Source: RFC 5322 (headers), RFC 2045 to 2047 (parts and encodings).  Pure.  Not here: mail servers
(`transports/mail.py`, `transports/imap.py`).
"""

from __future__ import annotations

import html
import mimetypes
import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import getaddresses
from typing import TYPE_CHECKING

from apitest.errors import StepError

if TYPE_CHECKING:
    from email.message import EmailMessage, Message

_LINK = re.compile(r"https?://[^\s<>\"']+")
_HREF = re.compile(r"<a\b[^>]*?\bhref\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))", re.IGNORECASE | re.DOTALL)
_UNSEEN = re.compile(r"<(script|style|head)\b.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_BLOCK = re.compile(r"<(?:/?(?:p|div|tr|li|h\d|table|ul|ol)|br)\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]+>")
_BLANKS = re.compile(r"\s+")
_MALFORMED = (ValueError, IndexError, AttributeError, KeyError, TypeError, LookupError)
"""What the standard library raises for headers and parts that break the rules."""


@dataclass(frozen=True, slots=True)
class Email:
    """sender and recipients: addresses without names.  plain and html: the parts' texts, empty where there is none."""

    sender: str
    sender_line: str
    recipients: tuple[str, ...]
    subject: str
    plain: str
    html: str
    attachments: tuple[str, ...]

    @property
    def text(self) -> str:
        """What a reader sees: the plain text, else that of the HTML."""
        return self.plain or visible_text(self.html)

    def says(self, text: str) -> bool:
        """Whether plain text, HTML as seen or HTML as written contains this, whatever the blanks between words."""
        wanted = _BLANKS.sub(" ", text).strip()
        return any(wanted in _BLANKS.sub(" ", body) for body in (self.plain, visible_text(self.html), self.html))

    def first_link(self) -> str:
        """The first link to a web page: of the HTML where there is one, else of the text.  Empty: there is none."""
        for found in _HREF.finditer(self.html):
            target = html.unescape(found[1] or found[2] or found[3] or "").strip()
            if target.lower().startswith(("http://", "https://")):
                return target
        link = _LINK.search(self.text)
        return link[0].rstrip(".,;:!?)]") if link else ""


def read_email(data: bytes, sender: str = "", recipients: Sequence[str] = ()) -> Email:
    """The bytes of a message -> what it says.  sender, recipients: of the envelope, where they are known."""
    from email import policy  # PERF imported when first used: 7 ms
    from email.parser import BytesParser

    parsed = BytesParser(policy=policy.default).parsebytes(data)
    line = _header(parsed, "From")
    from_header = [address for _, address in getaddresses([line]) if address]
    to_header = [address for name in ("To", "Cc") for _, address in getaddresses([_header(parsed, name)]) if address]
    plain: list[str] = []
    rich: list[str] = []
    attachments: list[str] = []
    for part in parsed.walk():
        if part.is_multipart():
            continue
        name, kind = _file_name(part), part.get_content_type()
        if name or part.get_content_disposition() == "attachment":
            attachments.append(name or "(without a name)")
        elif kind == "text/plain":
            plain.append(_content(part))
        elif kind == "text/html":
            rich.append(_content(part))
    return Email(
        sender=from_header[0] if from_header else sender,
        sender_line=line or sender,
        recipients=tuple(recipients or to_header),
        subject=_header(parsed, "Subject"),
        plain="\n".join(plain),
        html="\n".join(rich),
        attachments=tuple(attachments),
    )


def make_email(
    sender: str, to: str, subject: str, body: str, attachments: Sequence[tuple[str, bytes]] = ()
) -> EmailMessage:
    """A message ready to be sent.  Raises StepError for an address or a subject that cannot stand in a header."""
    from email.message import EmailMessage

    made = EmailMessage()
    try:
        made["From"], made["To"], made["Subject"] = sender, to, subject
    except ValueError as error:
        raise StepError(f"The e-mail cannot be made: {error}") from error
    made.set_content(body)
    for name, data in attachments:
        main, _, sub = (mimetypes.guess_type(name)[0] or "application/octet-stream").partition("/")
        made.add_attachment(data, maintype=main, subtype=sub, filename=name)
    return made


def addresses_in(line: str) -> list[str]:
    """The addresses of a header line, names left out."""
    return [address for _, address in getaddresses([line]) if address]


def visible_text(document: str) -> str:
    """The text of an HTML document, tags and what is not shown left out."""
    if not document:
        return ""
    seen = _TAG.sub("", _BLOCK.sub("\n", _UNSEEN.sub(" ", document)))
    return html.unescape(seen).strip()


def _header(message: Message, name: str) -> str:
    try:
        return " ".join(str(message.get(name, "")).split())
    except _MALFORMED:
        found = next((value for key, value in message.raw_items() if key.lower() == name.lower()), "")
        return " ".join(str(found).split())


def _file_name(part: Message) -> str:
    try:
        return part.get_filename() or ""
    except _MALFORMED:
        return ""


def _content(part: Message) -> str:
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    try:
        return data.decode(part.get_content_charset() or "utf-8", "replace")
    except _MALFORMED:
        return data.decode("utf-8", "replace")
