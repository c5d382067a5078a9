"""E-mail: a mail server of our own or a real mailbox, what arrives there, and sending.

Not here: servers (`transports/mail.py`, `transports/imap.py`), reading what an e-mail says (`core/emails.py`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from apitest.catalogue import step
from apitest.core import compare, emails, markers, messages
from apitest.core.emails import Email
from apitest.core.messages import Message
from apitest.errors import AssertionFailed, Mismatch, StepError
from apitest.steps.connections import Opened
from apitest.steps.inbox import whole_number
from apitest.steps.last_response import comparing, shown
from apitest.steps.step_input import doc_text, read_file, resolved_rows, text_of
from apitest.steps.store import keep
from apitest.transports.inbox import Inbox

if TYPE_CHECKING:  # PERF imported when first used: smtplib, imaplib and a mail server's library
    from apitest.transports.imap import ImapMailbox
    from apitest.transports.mail import MailSender, MailServer

LOOK_SECONDS = 0.05
"""Between two looks into our own mail server."""
IMAP_LOOK_SECONDS = 0.5
MAX_PORT = 65535

_STARTING = threading.Lock()


def _sender(ctx: Any, url: str, name: str = "", section: dict[str, str] | None = None) -> MailSender:
    from apitest.transports.mail import MailSender

    return MailSender(url)


SENDERS: Opened[MailSender] = Opened("mail server", ("smtp", "smtps"), "a mail server on port 0", _sender)


@dataclass(slots=True)
class Post:
    """What a scenario sees of e-mail.  ports: of its own mail servers, the last one opened last; sources: give what is
    new since they were asked last."""

    inbox: Inbox
    sources: list[Callable[[], list[Message]]] = field(default_factory=list)
    ports: list[int] = field(default_factory=list)
    addresses: set[str] = field(default_factory=set)  # of real mailboxes, in lower case
    last: Email | None = None


# Where it arrives


@step(
    "a mail server on port {n}",
    meaning="Our own SMTP server, on this machine only, which keeps every e-mail; port 0 takes a free one. The port is "
    "kept for #smtp-port.",
    example="a mail server on port 2525",
)
def start_server(ctx: Any, n: float) -> None:
    from apitest.transports.mail import MailServer, MailThread

    port = whole_number(n)
    if port > MAX_PORT:
        raise StepError(f"{port} is no port", f"A port is a number from 0 to {MAX_PORT}.")
    post, run = _post(ctx), ctx.apitest.run
    with _STARTING:
        if "mail thread" not in run.shared:
            thread = run.shared["mail thread"] = MailThread()
            run.cleanups.append(thread.close)
        servers: dict[int, MailServer] = run.shared.setdefault("mail servers", {})
        server = servers.get(port)
        if server is None:
            server = MailServer(run.shared["mail thread"], port)
            if port == 0:
                ctx.apitest.cleanups.append(server.close)
            else:  # shared by all scenarios that name this port; each sees what arrives from now on
                servers[port] = server
                run.cleanups.append(server.close)
    post.sources.append(_from_server(server))
    post.ports.append(server.port)
    keep(ctx, "smtp-port", server.port)


@step(
    'mailbox "{address}" at IMAP "{url}"',
    meaning="A real mailbox, by imap(s)://user:password@host/FOLDER or [connection:NAME] of the configuration; what "
    "arrives from now on counts.",
    example='mailbox "ann@shop.test" at IMAP "imaps://@{imap}"',
)
def open_mailbox(ctx: Any, address: Any, url: Any) -> None:
    from apitest.transports.imap import ImapMailbox

    owner = text_of(address)
    boxes: Opened[ImapMailbox] = Opened(
        "IMAP mailbox",
        ("imap", "imaps"),
        'mailbox "ann@shop.test" at IMAP "imaps://ann:pw@host"',
        lambda ctx, where, name, section: ImapMailbox(where, owner),
    )
    text = text_of(url)
    box = boxes.open(ctx, text, f"{owner} at {urlsplit(text).hostname or text}")
    post = _post(ctx)
    post.addresses.add(owner.lower())
    post.sources.append(_from_mailbox(box, owner))


# What arrives


@step(
    'an e-mail for "{address}" arrives within {d}',
    "then",
    meaning="The next e-mail for this recipient becomes the last e-mail.",
    example='an e-mail for "ann@shop.test" arrives within 5 seconds',
)
def arrives(ctx: Any, address: Any, d: float) -> None:
    owner, post = text_of(address), _receiving(ctx, address)
    found = post.inbox.take(d, _is_for(owner))
    if found is None:
        others = [
            Mismatch(f"for {message.kind}", owner, message.kind, f'"{message.origin.subject}"')
            for message in post.inbox.waiting[: messages.MAX_SHOWN]
        ]
        nothing = Mismatch("", f"an e-mail for {owner}", reason="no e-mail came", has_actual=False)
        raise AssertionFailed(f"No e-mail for {owner} arrived within {d:g} s", others or [nothing])
    post.last = found.origin


@step(
    'no e-mail for "{address}" arrives for {d}',
    "then",
    meaning="None arrives, nor is one waiting.",
    example='no e-mail for "bob@shop.test" arrives for 2 seconds',
)
def does_not_arrive(ctx: Any, address: Any, d: float) -> None:
    owner, post = text_of(address), _receiving(ctx, address)
    found = post.inbox.take(d, _is_for(owner))
    if found is not None:
        post.inbox.put_back(found)
        subject = found.origin.subject
        raise AssertionFailed(f"An e-mail for {owner} arrived", [Mismatch("subject", compare.NOTHING, subject)])


# What it says


@step(
    'the e-mail has subject "{text}"',
    "then",
    meaning="The subject of the last e-mail: a value or a marker.",
    example='the e-mail has subject "~startswith:Order"',
)
def has_subject(ctx: Any, text: Any) -> None:
    found = compare.compare(_expected(text), last_email(ctx).subject, "subject", comparing(None))
    compare.check("The e-mail has another subject", found)


@step(
    'the e-mail is from "{address}"',
    "then",
    meaning="The address of its sender, or a marker; with a name, the whole line: Shop <no-reply@shop.test>.",
    example='the e-mail is from "no-reply@shop.test"',
)
def is_from(ctx: Any, address: Any) -> None:
    email, wanted = last_email(ctx), _expected(address)
    actual = email.sender_line if "<" in wanted else email.sender
    if markers.parse(wanted) is None:
        wanted, actual = wanted.lower(), actual.lower()
    compare.check("The e-mail is from somebody else", compare.compare(wanted, actual, "from", comparing(None)))


@step(
    'the e-mail says "{text}"',
    "then",
    meaning="Its text or HTML contains this, line ends and further blanks aside; or a marker fits its text.",
    example='the e-mail says "Thank you"',
)
def says(ctx: Any, text: Any) -> None:
    email, wanted = last_email(ctx), _expected(text)
    if markers.parse(wanted) is not None:
        compare.check("The e-mail says something else", compare.compare(wanted, email.text, "text", comparing(None)))
    elif not email.says(wanted):
        mismatch = Mismatch("text", f"contains {wanted}", shown(email.text))
        raise AssertionFailed("The e-mail does not say this", [mismatch])


@step(
    'the e-mail has attachment "{file}"',
    "then",
    meaning="The name of an attachment: a value or a marker.",
    example='the e-mail has attachment "invoice.pdf"',
)
def has_attachment(ctx: Any, file: Any) -> None:
    names, wanted = last_email(ctx).attachments, _expected(file)
    if not any(compare.is_same(wanted, name, comparing(None)) for name in names):
        there = f"there is {', '.join(names)}" if names else "there are no attachments"
        raise AssertionFailed(
            "The e-mail has no such attachment", [Mismatch("attachments", wanted, reason=there, has_actual=False)]
        )


@step(
    'I store the first link of the e-mail under "{name}"',
    "then",
    meaning="Keeps the first web address of the last e-mail.",
    example='I store the first link of the e-mail under "confirm"',
)
def store_first_link(ctx: Any, name: Any) -> None:
    email = last_email(ctx)
    link = email.first_link()
    if not link:
        raise AssertionFailed("The e-mail has no link", [Mismatch("text", "a link", shown(email.text))])
    keep(ctx, name, link)


# Sending


@step(
    "I send an e-mail",
    "when",
    meaning="One e-mail for each row, with the text below; to the scenario's own mail server, else to the one SMTP "
    "connection of the configuration. Columns: from, to, subject, attachment (the last two may be left out).",
    example="I send an e-mail",
    needs="table",
    takes="doc",
)
def send_email(ctx: Any) -> None:
    post: Post | None = ctx.apitest.own.get("mail")
    sender = _sender(ctx, f"smtp://127.0.0.1:{post.ports[-1]}") if post and post.ports else SENDERS.current(ctx)
    body = doc_text(ctx) if ctx.text is not None else ""
    rows = resolved_rows(ctx, ("from", "to"), ("subject", "attachment"))
    if not rows:
        raise StepError("The table has no rows", "Each row is one e-mail.")
    for row in rows:
        origin, to = text_of(row["from"]), text_of(row["to"])
        receivers, senders = emails.addresses_in(to), emails.addresses_in(origin)
        if not receivers or not senders:
            raise StepError("An e-mail needs a sender and a recipient", f"from: {origin!r}, to: {to!r}")
        names = [name.strip() for name in text_of(row.get("attachment", "")).split(",") if name.strip()]
        attachments = [(name.rpartition("/")[2], read_file(ctx, name, "data")) for name in names]
        made = emails.make_email(origin, to, text_of(row.get("subject", "")), body, attachments)
        sender.send(senders[0], receivers, made)


def last_email(ctx: Any) -> Email:
    """The e-mail that arrived last, by a sentence.  Raises StepError where there is none."""
    post: Post | None = ctx.apitest.own.get("mail")
    if post is None or post.last is None:
        raise StepError("There is no e-mail yet", 'Then an e-mail for "ann@shop.test" arrives within 5 seconds')
    return post.last


def _expected(value: Any) -> str:
    return value if isinstance(value, str) else text_of(value)


def _is_for(owner: str) -> Callable[[Message], bool]:
    wanted = owner.lower()
    return lambda message: message.kind.lower() == wanted


def _receiving(ctx: Any, address: Any) -> Post:
    post: Post | None = ctx.apitest.own.get("mail")
    owner = text_of(address)
    if post is None or not (post.ports or owner.lower() in post.addresses):
        raise StepError(
            f"Nobody looks for e-mail to {owner}",
            f'Given a mail server on port 0, or: Given mailbox "{owner}" at IMAP "imaps://..."',
        )
    return post


def _post(ctx: Any) -> Post:
    own = ctx.apitest.own
    if "mail" not in own:
        post: Post

        def fetch(seconds: float) -> Message | None:
            """What the sources have; all that came together waits in the inbox's order."""
            deadline = time.monotonic() + seconds
            while True:
                found = [message for source in post.sources for message in source()]
                if found:
                    for message in found[:-1]:
                        post.inbox.put(message)
                    return found[-1]
                left = deadline - time.monotonic()
                if left <= 0:
                    return None
                time.sleep(min(LOOK_SECONDS, left))

        post = own["mail"] = Post(Inbox("the mailboxes", fetch))
        ctx.apitest.cleanups.append(lambda: own.pop("mail", None))
    found: Post = own["mail"]
    return found


def _from_server(server: MailServer) -> Callable[[], list[Message]]:
    position = len(server.delivered)

    def new() -> list[Message]:
        nonlocal position
        found = server.delivered[position:]
        position += len(found)
        return [
            Message(one.data, one.recipient, origin=emails.read_email(one.data, one.sender, [one.recipient]))
            for one in found
        ]

    return new


def _from_mailbox(box: ImapMailbox, owner: str) -> Callable[[], list[Message]]:
    next_look = 0.0

    def new() -> list[Message]:
        nonlocal next_look
        now = time.monotonic()
        if now < next_look:
            return []
        next_look = now + IMAP_LOOK_SECONDS
        return [Message(data, owner, origin=emails.read_email(data)) for data in box.new()]

    return new
