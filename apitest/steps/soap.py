"""SOAP over the HTTP sentences: action, version, WS-Security, faults.

The envelope itself is the request's body, as any other XML; operations by a WSDL are in `wsdl.py`.  Not here: what a
fault or a token looks like (`core/soap.py`).
"""

from __future__ import annotations

import dataclasses
import secrets
from datetime import datetime, timezone
from typing import Any
from xml.sax.saxutils import escape

from apitest.catalogue import step
from apitest.core import soap, xml_path
from apitest.core.request import RequestDraft, RequestSpec, set_header
from apitest.errors import AssertionFailed, Mismatch, StepError
from apitest.steps.last_response import require, xml_of
from apitest.steps.step_input import text_of


@step(
    'SOAP action "{value}"',
    meaning="The action of the request: header SOAPAction, in quotes; with SOAP 1.2 a part of Content-Type.",
    example='SOAP action "urn:createOrder"',
    upstream=True,
)
def set_action(ctx: Any, value: Any) -> None:
    request: RequestDraft = ctx.apitest.request
    set_header(request, "SOAPAction", soap.quoted_action(text_of(value)))
    _use_headers(request, "")


@step(
    'SOAP version "{version}"',
    meaning="Sends SOAP 1.1 as text/xml or 1.2 as application/soap+xml. Unless said, the envelope decides.",
    example='SOAP version "1.2"',
)
def set_version(ctx: Any, version: Any) -> None:
    _use_headers(ctx.apitest.request, soap.known_version(text_of(version)))


@step(
    'WS-Security user "{user}" with password "{password}"',
    meaning="Puts a UsernameToken, with a nonce and the time, into the header of each envelope that is sent.",
    example='WS-Security user "ann" with password "@ann_password"',
)
def set_security(ctx: Any, user: Any, password: Any) -> None:
    name, secret = text_of(user), text_of(password)
    if not name:
        raise StepError("WS-Security needs a user")
    if secret:
        # NOTE the second spelling is the one that travels in the envelope.
        ctx.apitest.run.secrets.update((secret, escape(secret)))
    ctx.apitest.request.finishers["WS-Security"] = lambda spec: _with_token(spec, name, secret)


@step(
    "there is no SOAP fault",
    "then",
    meaning="The response is a SOAP message of version 1.1 or 1.2 without a fault.",
    example="there is no SOAP fault",
)
def no_fault(ctx: Any) -> None:
    fault = soap.read_fault(xml_of(ctx))
    if fault is not None:
        reason = f"detail: {fault.detail}" if fault.detail else ""
        raise AssertionFailed("There is a SOAP fault", [Mismatch("", "no fault", str(fault), reason)])


@step(
    'the SOAP fault (code is/says) "{text}"',
    "then",
    meaning="The code of the fault, or a subcode of it, with or without its prefix; or a part of its reason.",
    example='the SOAP fault says "unknown sku"',
)
def fault_is(ctx: Any, choice: str, text: Any) -> None:
    wanted = text_of(text)
    fault = soap.read_fault(xml_of(ctx))
    if fault is None:
        said = "code" if choice == "code is" else "a reason with"
        raise AssertionFailed("There is no SOAP fault", [Mismatch("fault", f"{said} {wanted!r}", "none")])
    detail = f"the detail is: {fault.detail}" if fault.detail else ""
    if choice == "code is":
        require(fault.has_code(wanted), "Another SOAP fault", "code", wanted, " / ".join(fault.codes), str(fault))
    else:
        if not wanted:
            raise StepError("There is nothing to compare with", "Name a part of the reason.")
        is_so = any(wanted in reason for reason in fault.reasons)
        require(is_so, "The SOAP fault says something else", "reason", wanted, " / ".join(fault.reasons), detail)


# Inside


def _use_headers(request: RequestDraft, version: str) -> None:
    """Sees to the headers of the version when the request is sent; a version that was said before stays."""
    earlier = request.finishers.get("SOAP")
    if not version and isinstance(earlier, soap.SOAPHeaders):
        return
    request.finishers["SOAP"] = soap.SOAPHeaders(version)
    if not request.request_format:
        request.request_format = "XML"


def _with_token(spec: RequestSpec, user: str, password: str) -> RequestSpec:
    """The request with a token of its own: no nonce is sent twice."""
    root = xml_path.parse_own(spec.body, "the request's body")
    nonce = secrets.token_bytes(soap.NONCE_BYTES)
    soap.add_username_token(root, user, password, nonce, datetime.now(timezone.utc))
    return dataclasses.replace(spec, body=xml_path.render(root))
