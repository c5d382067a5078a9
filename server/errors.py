"""Every error the server can answer with: a stable code, an HTTP status, a sentence, and a hint.

Two families: `CallerError` is the caller's fault (4xx), `OtherSideError` is ours or another system's (5xx).  The
signature `(cid, msg, needs_msg)` is the one that services written for the original's import names use
(server-interface.md section 9); `msg` reaches the caller only when `needs_msg` is true (ruling 46).
Pure: no I/O.  `docs/reference/errors.md` is made from the classes of this file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an input: where (JSON Pointer), what, and what was given."""

    path: str
    problem: str
    given: Any = None
    has_given: bool = False

    def as_dict(self) -> dict[str, Any]:
        out: dict[str, Any] = {"path": self.path, "problem": self.problem}
        if self.has_given:
            out["given"] = self.given
        return out


class ServerError(Exception):
    """Base of all errors that become a reply.

    cid: correlation ID, may be empty: the gateway fills it in.  msg: text for the log, and for the caller when
    needs_msg is true.  headers: extra response headers, e.g. `WWW-Authenticate`.
    """

    code: ClassVar[str] = "internal"
    status: int = 500
    text: ClassVar[str] = "Internal server error"
    hint: ClassVar[str] = "The server's log has the details under the correlation ID."

    def __init__(
        self,
        cid: str = "",
        msg: str = "",
        needs_msg: bool = False,
        *,
        headers: Iterable[tuple[str, str]] = (),
        problems: Iterable[Problem] = (),
    ) -> None:
        super().__init__(cid, msg)
        self.cid = cid
        self.msg = msg
        self.needs_msg = needs_msg
        self.headers = list(headers)
        self.problems = list(problems)

    def __str__(self) -> str:
        return self.msg or self.text

    def shown_message(self) -> str:
        """The sentence that the caller may see."""
        return self.msg if self.needs_msg and self.msg and self.status < 500 else self.text

    def as_dict(self, cid: str = "") -> dict[str, Any]:
        """The one reply shape of all refusals (screens.md, "An API error")."""
        out: dict[str, Any] = {"cid": self.cid or cid, "error": self.code, "message": self.shown_message()}
        if self.problems:
            out["problems"] = [problem.as_dict() for problem in self.problems]
        return out


class CallerError(ServerError):
    """The caller has to change something."""

    code = "request"
    status = 400
    text = "Bad request"
    hint = "Read `message` and `problems` of the reply."


class OtherSideError(ServerError):
    """The server, or a system behind it, is at fault."""


class BadRequest(CallerError):
    """400: the message cannot be understood."""


class InputInvalid(BadRequest):
    """400: the input of a service does not fit its declaration; every problem is listed with its path."""

    code = "input"
    text = "The input is invalid"

    def __init__(self, service: str, problems: Iterable[Problem], cid: str = "") -> None:
        found = list(problems)
        noun = "problem" if len(found) == 1 else "problems"
        super().__init__(cid, f"{len(found)} {noun} in the input of {service}", True, problems=found)


class Unauthorized(CallerError):
    """401: no credentials, or wrong ones.  challenge goes into `WWW-Authenticate`."""

    code = "unauthorized"
    status = 401
    text = "You are not allowed to access this resource"
    hint = "Send the credentials that the channel asks for in WWW-Authenticate."

    def __init__(self, cid: str = "", msg: str = "", challenge: str = "", needs_msg: bool = False) -> None:
        headers = [("WWW-Authenticate", challenge)] if challenge else []
        super().__init__(cid, msg, needs_msg, headers=headers)
        self.challenge = challenge


class Forbidden(CallerError):
    """403: known, but not allowed to do this."""

    code = "forbidden"
    status = 403
    text = "You are not allowed to access this resource"
    hint = "Ask for the role or permission that the resource needs."


class NotFound(CallerError):
    """404: there is nothing at this address."""

    code = "not-found"
    status = 404
    text = "Not found"
    hint = "Check the address."


class MethodNotAllowed(CallerError):
    """405: the address exists, the method does not.  allowed goes into `Allow`."""

    code = "method-not-allowed"
    status = 405
    text = "Method not allowed"
    hint = "Use one of the methods of the Allow header."

    def __init__(self, cid: str = "", msg: str = "", allowed: Iterable[str] = (), needs_msg: bool = False) -> None:
        methods = sorted(allowed)
        super().__init__(cid, msg, needs_msg, headers=[("Allow", ", ".join(methods))] if methods else [])


class NotAcceptable(CallerError):
    """406: no representation that the Accept header allows."""

    code = "not-acceptable"
    status = 406
    text = "Not acceptable"
    hint = "Send an Accept header that allows what the channel answers with, or none."


class RequestTimeout(CallerError):
    """408: the request did not arrive in time."""

    code = "request-timeout"
    status = 408
    text = "The request did not arrive in time"
    hint = "Send the request in one go; the time allowed is a setting of the server."


class Conflict(CallerError):
    """409: it exists already, is in use, or was changed by somebody else."""

    code = "conflict"
    status = 409
    text = "Conflict"
    hint = "Read what is there now, then decide again."


class ContentTooLarge(CallerError):
    """413: the body is larger than max_body_bytes."""

    code = "content-too-large"
    status = 413
    text = "The body is too large"
    hint = "Send less at once; the limit is max_body_bytes in server.conf."


class UnsupportedMediaType(CallerError):
    """415: the channel does not take this kind of body."""

    code = "unsupported-media-type"
    status = 415
    text = "Unsupported media type"
    hint = "Send the Content-Type that the channel's data format asks for."


class ExpectationFailed(CallerError):
    """417: an `Expect` header other than `100-continue`."""

    code = "expectation-failed"
    status = 417
    text = "The expectation cannot be met"


class TooManyRequests(CallerError):
    """429: over a limit."""

    code = "too-many-requests"
    status = 429
    text = "Too many requests"
    hint = "Wait as long as Retry-After says."


class HeadersTooLarge(CallerError):
    """431: request line and headers are larger than max_header_bytes."""

    code = "headers-too-large"
    status = 431
    text = "The request's headers are too large"
    hint = "Send fewer or shorter headers; the limit is max_header_bytes in server.conf."


class InternalServerError(OtherSideError):
    """500: a fault in a service or in the server."""


class NotImplementedHere(OtherSideError):
    """501: a method or transfer coding that this server does not know."""

    code = "not-implemented"
    status = 501
    text = "Not implemented"
    hint = "Send chunked or plain bodies, and one of the usual methods."


class HTTPVersionNotSupported(OtherSideError):
    """505: neither HTTP/1.1 nor HTTP/1.0."""

    code = "http-version"
    status = 505
    text = "The HTTP version is not supported"
    hint = "Use HTTP/1.1."


class ServiceUnavailable(OtherSideError):
    """503: a system that is needed does not answer; naming it is safe, its address is not."""

    code = "unavailable"
    status = 503
    text = "The service is not available now"
    hint = "Try again later; the log names what is down."

    def shown_message(self) -> str:
        return self.msg if self.needs_msg and self.msg else self.text


class Inactive(ServiceUnavailable):
    """503: a connection that is switched off was used."""


class ConnectionMissing(OtherSideError):
    """500: a service or channel uses a connection that is not defined; the caller cannot mend that."""

    code = "connection-missing"
    hint = "Create the connection, or correct its name; the message in the log has the nearest one."


class ServiceMissing(NotFound):
    """404: no service of this name is deployed."""

    code = "service-missing"
    hint = "Check the name, and whether the service's file is deployed."


class ConfigError(ServerError):
    """A configuration file or definition that cannot be used; raised at start or by admin services, never ignored."""

    code = "config"
    status = 400
    text = "The configuration is invalid"
    hint = "Correct what the message names."

    def __init__(self, msg: str, cid: str = "") -> None:
        super().__init__(cid, msg, True)


class CannotStart(ServerError):
    """A server cannot start, or a command cannot reach it; told on the command line only.

    advice: what to do about this very case, a sentence; the class's `hint` is the general one.
    """

    code = "cannot-start"
    text = "The server cannot start"
    hint = "The message says why; the server's log has more."

    def __init__(self, msg: str, advice: str = "") -> None:
        super().__init__("", msg, True)
        self.advice = advice


class DeployError(ServerError):
    """A file that cannot be deployed; what was deployed before keeps answering.

    file: its name; line: 1-based, 0 if unknown; reason: one line, e.g. `ImportError: no module named 'x'`.
    keeps: what answers instead, e.g. `the version of 14:02:11 keeps answering`.
    """

    code = "deploy"
    status = 400
    text = "The file was not deployed"
    hint = "Correct the line and deploy again; the version before keeps answering."

    def __init__(self, file: str, line: int, reason: str, hint: str = "", keeps: str = "") -> None:
        where = f"line {line}: " if line else ""
        first = f"{file} was not deployed" + (f"; {keeps}" if keeps else "")
        super().__init__("", f"{first}\n   {where}{reason}" + (f". {hint}" if hint else ""), True)
        self.file = file
        self.line = line
        self.reason = reason
        self.advice = hint
        self.keeps = keeps


def status_error(status: int, msg: str = "") -> ServerError:
    """The error class of an HTTP status, for edges that know nothing but the number."""
    for cls in ServerError.__subclasses__() + CallerError.__subclasses__() + OtherSideError.__subclasses__():
        if cls.status == status and cls is not CallerError and cls.__init__ is ServerError.__init__:
            return cls("", msg, bool(msg))
    raise ValueError(f"no error has the status {status}")
