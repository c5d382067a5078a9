"""A mail server of our own, in this process, that keeps whatever it is sent; and sending over SMTP.

The server is the library aiosmtpd's.  Its event loop runs in a thread of the system, one for a whole run: asyncio and
gevent do not share a thread.  What arrives is looked for, not announced.  Not here: what an e-mail says
(`core/emails.py`), IMAP (`imap.py`).

Source: RFC 5321.
"""

from __future__ import annotations

import contextlib
import errno
import smtplib
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any
from urllib.parse import unquote, urlsplit

from gevent.threadpool import ThreadPool

from apitest.errors import CallFailed, MissingExtra, StepError
from apitest.transports.limits import limit

HOST = "127.0.0.1"
ANSWER_SECONDS = 30.0
STEP_SECONDS = 0.005
"""Between two looks at what the thread does."""
MAX_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Delivered:
    """One e-mail as it arrived, once for each recipient."""

    sender: str
    recipient: str
    data: bytes


class MailThread:
    """The thread that the mail servers of a run live in; close it with the run."""

    def __init__(self) -> None:
        self._pool = ThreadPool(1)
        self._loop: Any = None
        self._pool.spawn(self._run)
        _wait_until(lambda: self._loop is not None and self._loop.is_running())

    def call(self, make: Callable[[], Any]) -> Any:
        """Runs a coroutine in the thread -> its result; raises what it raises."""
        import asyncio

        outcome: list[Any] = []

        async def run() -> None:
            try:
                outcome.append((await make(), None))
            except Exception as error:  # noqa: BLE001 -- raised again below, in the greenlet that asked
                outcome.append((None, error))

        self._loop.call_soon_threadsafe(lambda: asyncio.ensure_future(run(), loop=self._loop))
        _wait_until(lambda: bool(outcome))
        value, error = outcome[0]
        if error is not None:
            raise error
        return value

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._pool.join()
        self._pool.kill()

    def _run(self) -> None:
        import asyncio

        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        self._loop = loop
        try:
            loop.run_forever()
            tasks = asyncio.all_tasks(loop)
            for task in tasks:
                task.cancel()
            loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        finally:
            asyncio.set_event_loop(None)
            loop.close()


class MailServer:
    """Takes every e-mail for everybody, with any credentials.  port: 0 takes a free one."""

    def __init__(self, thread: MailThread, port: int) -> None:
        self.delivered: list[Delivered] = []
        self._thread = thread
        library = _library()

        async def take(server: Any, session: Any, envelope: Any) -> str:
            data = envelope.original_content or envelope.content or b""
            self.delivered += [Delivered(envelope.mail_from or "", one, data) for one in envelope.rcpt_tos]
            return "250 OK"

        handler = type("Handler", (), {"handle_DATA": staticmethod(take)})()

        def make() -> Any:
            return library.SMTP(
                handler,
                hostname="apitest",
                ident="apitest",
                data_size_limit=MAX_BYTES,
                enable_SMTPUTF8=True,
                auth_require_tls=False,
                authenticator=lambda *_: library.AuthResult(success=True),
                loop=thread._loop,
            )

        try:
            self._server = thread.call(lambda: thread._loop.create_server(make, HOST, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                hint = "Use another port; 0 takes a free one, which is then #smtp-port."
                raise StepError(f"Port {port} cannot be used: {error.strerror}", hint) from error
            raise
        except OverflowError:
            raise StepError(f"{port} is no port", "A port is a number from 0 to 65535.") from None
        self.port = int(self._server.sockets[0].getsockname()[1])

    def close(self) -> None:
        async def end() -> None:
            self._server.close()

        self._thread.call(end)


class MailSender:
    """A way to send: smtp://[user:password@]host[:port], or smtps."""

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(url)
        self._is_tls = self._parts.scheme.lower() == "smtps"
        self._host = self._parts.hostname or "localhost"
        self._port = self._parts.port or (465 if self._is_tls else 25)
        self._shown = f"{self._parts.scheme}://{self._host}:{self._port}"

    def send(self, sender: str, recipients: list[str], message: EmailMessage) -> None:
        """Raises CallFailed where the server cannot be reached, StepError where it refuses."""
        try:
            with limit(ANSWER_SECONDS, self._shown), self._connection() as connection:
                connection.send_message(message, sender, recipients)
        except smtplib.SMTPRecipientsRefused as error:
            reasons = "; ".join(f"{one}: {code} {_words(text)}" for one, (code, text) in error.recipients.items())
            raise StepError(f"The mail server refused the recipients, {reasons}") from error
        except smtplib.SMTPResponseException as error:
            raise StepError(f"The mail server refused: {error.smtp_code} {_words(error.smtp_error)}") from error
        except smtplib.SMTPException as error:
            raise StepError(f"{self._shown}: {error}") from error
        except ConnectionRefusedError as error:
            hint = "Is the mail server running, and on this port?"
            raise CallFailed(f"{self._shown}: connection refused", "refused", hint) from error
        except socket.gaierror as error:
            raise CallFailed(f"{self._shown}: no such host", "dns", "Is the address spelled right?") from error
        except ssl.SSLError as error:
            raise CallFailed(f"{self._shown}: TLS failed, {error.reason or error}", "tls") from error
        except OSError as error:
            raise CallFailed(f"{self._shown}: {error.strerror or error}", "unreachable") from error

    def close(self) -> None:
        """Nothing is kept between two e-mails."""

    def _connection(self) -> smtplib.SMTP:
        if self._is_tls:
            context = ssl.create_default_context()
            connection: smtplib.SMTP = smtplib.SMTP_SSL(self._host, self._port, timeout=ANSWER_SECONDS, context=context)
        else:
            connection = smtplib.SMTP(self._host, self._port, timeout=ANSWER_SECONDS)
        try:
            connection.ehlo()
            if not self._is_tls and connection.has_extn("starttls"):
                connection.starttls(context=ssl.create_default_context())
                connection.ehlo()
            if self._parts.username:
                connection.login(unquote(self._parts.username), unquote(self._parts.password or ""))
        except BaseException:
            connection.close()
            raise
        return connection


def _words(text: Any) -> str:
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)


def _wait_until(is_so: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise StepError("The mail server's thread does not react")
        time.sleep(STEP_SECONDS)


def _library() -> Any:
    try:
        import aiosmtpd.smtp
    except ImportError:
        raise MissingExtra("aiosmtpd", "mail") from None
    with contextlib.suppress(ImportError):
        import logging

        logging.getLogger("mail.log").setLevel(logging.WARNING)  # it tells each command
    return aiosmtpd.smtp
