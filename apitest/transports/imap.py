"""A mailbox that is read over IMAP: the e-mails that arrived since it was opened, without marking them as seen.

Source: RFC 3501 (UIDs 2.3.1.1, EXAMINE 6.3.2).  Not here: what an e-mail says (`core/emails.py`).
"""

from __future__ import annotations

import contextlib
import imaplib
import socket
import ssl
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from apitest.errors import ApitestError, CallFailed, StepError
from apitest.transports.limits import limit

ANSWER_SECONDS = 30.0


class ImapMailbox:
    """url: imap(s)://user:password@host[:port][/FOLDER].  user: where the URL names none."""

    def __init__(self, url: str, user: str) -> None:
        parts = urlsplit(url)
        is_tls = parts.scheme.lower() == "imaps"
        self._host = parts.hostname or "localhost"
        try:
            self._port = parts.port or (993 if is_tls else 143)
        except ValueError as error:
            raise StepError(f"The mailbox has no such port: {error}") from error
        self._shown = f"{parts.scheme}://{self._host}:{self._port}"
        if parts.password is None:
            raise StepError(f"{self._shown} needs a password", "Write it like imaps://user:#{password}@host")
        self._connection: Any = None
        with self._asking():
            if is_tls:
                context = ssl.create_default_context()
                self._connection = imaplib.IMAP4_SSL(
                    self._host, self._port, ssl_context=context, timeout=ANSWER_SECONDS
                )
            else:
                self._connection = imaplib.IMAP4(self._host, self._port, timeout=ANSWER_SECONDS)
            self._connection.login(unquote(parts.username or "") or user, unquote(parts.password))
            folder = unquote(parts.path.lstrip("/")) or "INBOX"
            status, said = self._connection.select(f'"{folder}"', readonly=True)
            if status != "OK":
                raise StepError(f'{self._shown} has no folder "{folder}"', _words(said))
            self._next = max(self._uids("1:*"), default=0) + 1

    def new(self) -> list[bytes]:
        """The e-mails that came since the last call, oldest first."""
        with self._asking():
            self._connection.noop()
            found = []
            for uid in sorted(one for one in self._uids(f"{self._next}:*") if one >= self._next):
                _, answer = self._connection.uid("FETCH", str(uid), "(BODY.PEEK[])")
                found += [part[1] for part in answer if isinstance(part, tuple)]
                self._next = uid + 1
        return found

    def close(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(ApitestError), self._asking(5.0):
                self._connection.logout()

    def _uids(self, numbers: str) -> list[int]:
        status, answer = self._connection.uid("SEARCH", "UID", numbers)
        if status != "OK":
            raise StepError(f"{self._shown} cannot be searched: {_words(answer)}")
        return [int(one) for one in b" ".join(part for part in answer if part).split()]

    @contextlib.contextmanager
    def _asking(self, seconds: float = ANSWER_SECONDS) -> Iterator[None]:
        try:
            with limit(seconds, self._shown):
                yield
        except imaplib.IMAP4.abort as error:
            raise CallFailed(f"{self._shown}: the connection is gone, {error}", "reset") from error
        except imaplib.IMAP4.error as error:
            raise StepError(f"{self._shown} refused: {_words(error.args)}") from error
        except ConnectionRefusedError as error:
            hint = "Is the mail server running, and on this port?"
            raise CallFailed(f"{self._shown}: connection refused", "refused", hint) from error
        except socket.gaierror as error:
            hint = "Is the address spelled right?"
            raise CallFailed(f"{self._shown}: no such host", "dns", hint) from error
        except ssl.SSLError as error:
            raise CallFailed(f"{self._shown}: TLS failed, {error.reason or error}", "tls") from error
        except OSError as error:
            raise CallFailed(f"{self._shown}: {error.strerror or error}", "unreachable") from error


def _words(said: Any) -> str:
    parts = said if isinstance(said, list | tuple) else [said]
    return " ".join(part.decode("utf-8", "replace") if isinstance(part, bytes) else str(part) for part in parts)
