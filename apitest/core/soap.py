"""SOAP messages: envelopes, faults, headers for HTTP, and the UsernameToken of WS-Security.

Sources: SOAP 1.1 (W3C note of 2000), SOAP 1.2 parts 1 and 2 (second edition), WS-I Basic Profile 1.1, OASIS
UsernameToken Profile 1.1.  Not here: reading XML (`xml_path.py`), WSDL (`transports/wsdl.py`).
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from apitest.core import xml_path
from apitest.core.request import CONTENT_TYPES, RequestSpec
from apitest.errors import AssertionFailed, Mismatch, StepError

if TYPE_CHECKING:
    from lxml import etree

ENVELOPES = {
    "1.1": "http://schemas.xmlsoap.org/soap/envelope/",
    "1.2": "http://www.w3.org/2003/05/soap-envelope",
}
"""Versions by the namespace of their envelopes."""

MEDIA_TYPES = {"1.1": "text/xml", "1.2": "application/soap+xml"}

_OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
WSSE = f"{_OASIS}wssecurity-secext-1.0.xsd"
WSU = f"{_OASIS}wssecurity-utility-1.0.xsd"
PASSWORD_TEXT = f"{_OASIS}username-token-profile-1.0#PasswordText"
PASSWORD_DIGEST = f"{_OASIS}username-token-profile-1.0#PasswordDigest"
BASE64_BINARY = f"{_OASIS}soap-message-security-1.0#Base64Binary"

NONCE_BYTES = 16


@dataclass(frozen=True, slots=True)
class Fault:
    """codes: as the server wrote them, the subcodes of 1.2 behind the code.  detail: its text."""

    version: str
    codes: tuple[str, ...]
    reasons: tuple[str, ...]
    detail: str = ""

    def has_code(self, text: str) -> bool:
        """Whether one of the codes is this one; the prefix may be left out."""
        return any(text in (code, code.rpartition(":")[2]) for code in self.codes)

    def __str__(self) -> str:
        return f"{' / '.join(self.codes) or 'no code'}: {' / '.join(self.reasons) or 'no reason'}"


def version_of(root: etree._Element) -> str:
    """The version of the envelope that a document is; "" when it is none."""
    return next((version for version, uri in ENVELOPES.items() if root.tag == f"{{{uri}}}Envelope"), "")


def read_fault(root: etree._Element) -> Fault | None:
    """The fault in the body of a response, None when there is none.

    Raises AssertionFailed when the document is no SOAP message: then nothing can be said about faults.
    """
    version = version_of(root)
    body = root.find(f"{{{ENVELOPES[version]}}}Body") if version else None
    if body is None:
        said = "an envelope without a body" if version else str(root.tag)
        raise AssertionFailed("The response is no SOAP message", [Mismatch("", "a SOAP envelope", said)])
    fault = body.find(f"{{{ENVELOPES[version]}}}Fault")
    if fault is None:
        return None
    return _fault_11(fault) if version == "1.1" else _fault_12(fault)


def envelope(body: etree._Element | None = None, version: str = "1.1") -> etree._Element:
    """An envelope around the content of a body."""
    from lxml import etree

    uri = ENVELOPES[version]
    root = etree.Element(f"{{{uri}}}Envelope", nsmap={"soap": uri})
    inner = etree.SubElement(root, f"{{{uri}}}Body")
    if body is not None:
        inner.append(body)
    return root


def known_version(text: str) -> str:
    """Raises StepError for a version that is none."""
    if text.strip() not in ENVELOPES:
        raise StepError(f'There is no SOAP version "{text}"', f"One of: {', '.join(ENVELOPES)}")
    return text.strip()


# What is done to a request right before it is sent


@dataclass(frozen=True, slots=True)
class SOAPHeaders:
    """The headers that a version wants.  version: "" takes that of the envelope which is sent.

    1.1: text/xml and SOAPAction.  1.2: application/soap+xml with the action as a parameter of it.  A Content-Type of
    the author's own is kept.
    """

    version: str = ""

    def __call__(self, spec: RequestSpec) -> RequestSpec:
        version = self.version or _version_sent(spec.body) or "1.1"
        headers = {name.lower(): value for name, value in spec.headers}
        content_type, action = headers.get("content-type", ""), headers.get("soapaction")
        kept = [(name, value) for name, value in spec.headers if version == "1.1" or name.lower() != "soapaction"]
        if content_type in ("", CONTENT_TYPES["XML"]):
            content_type = f"{MEDIA_TYPES[version]}; charset=utf-8"
            kept = [(name, value) for name, value in kept if name.lower() != "content-type"]
            if version == "1.2" and action is not None:
                content_type += f"; action={action}"
            kept.append(("Content-Type", content_type))
        return replace(spec, headers=tuple(kept))


def quoted_action(action: str) -> str:
    """A SOAPAction as a quoted text (Basic Profile 1.1, R2744), quotes of the author's own kept."""
    text = action.strip()
    if re.search(r"[\r\n]", text):
        raise StepError("A SOAP action is one line")
    return text if len(text) > 1 and text[0] == text[-1] == '"' else f'"{text}"'


def add_username_token(
    root: etree._Element, user: str, password: str, nonce: bytes, now: datetime, *, is_digest: bool = False
) -> None:
    """Puts a UsernameToken into the header of an envelope, which is made if need be; an older token is replaced.

    Raises StepError when the document is no envelope, or the name or password cannot stand in XML.
    """
    from lxml import etree

    version = version_of(root)
    if not version:
        raise StepError(
            "The request is no SOAP envelope, so it has no place for WS-Security",
            f'Its first element must be Envelope of "{ENVELOPES["1.1"]}" or "{ENVELOPES["1.2"]}"',
        )
    uri = ENVELOPES[version]
    header = root.find(f"{{{uri}}}Header")
    if header is None:
        header = etree.Element(f"{{{uri}}}Header")
        root.insert(0, header)
    security = header.find(f"{{{WSSE}}}Security")
    if security is None:
        security = etree.SubElement(header, f"{{{WSSE}}}Security", nsmap={"wsse": WSSE, "wsu": WSU})
        security.set(f"{{{uri}}}mustUnderstand", "1")
    for older in security.findall(f"{{{WSSE}}}UsernameToken"):
        security.remove(older)
    created = now.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    token = etree.SubElement(security, f"{{{WSSE}}}UsernameToken")
    kind = PASSWORD_DIGEST if is_digest else PASSWORD_TEXT
    secret = digest_of(password, nonce, created) if is_digest else password
    try:
        etree.SubElement(token, f"{{{WSSE}}}Username").text = user
        etree.SubElement(token, f"{{{WSSE}}}Password", Type=kind).text = secret
    except ValueError:
        raise StepError("The user or the password of WS-Security has signs that cannot stand in XML") from None
    nonce_text = base64.b64encode(nonce).decode("ascii")
    etree.SubElement(token, f"{{{WSSE}}}Nonce", EncodingType=BASE64_BINARY).text = nonce_text
    etree.SubElement(token, f"{{{WSU}}}Created").text = created


def digest_of(password: str, nonce: bytes, created: str) -> str:
    """Base64 of SHA-1 of nonce, time and password (UsernameToken Profile 1.1, 3.1)."""
    return base64.b64encode(hashlib.sha1(nonce + created.encode() + password.encode()).digest()).decode("ascii")


# Inside


def _fault_11(fault: etree._Element) -> Fault:
    """The children of a fault have no namespace in 1.1."""
    code, reason = (fault.findtext("faultcode") or "").strip(), fault.findtext("faultstring")
    detail = fault.find("detail")
    return Fault(
        "1.1",
        (code,) if code else (),
        (reason.strip(),) if reason else (),
        xml_path.text_of(detail).strip() if detail is not None else "",
    )


def _fault_12(fault: etree._Element) -> Fault:
    uri = f"{{{ENVELOPES['1.2']}}}"
    codes = []
    code = fault.find(f"{uri}Code")
    while code is not None:
        codes.append((code.findtext(f"{uri}Value") or "").strip())
        code = code.find(f"{uri}Subcode")
    reasons = tuple((text.text or "").strip() for text in fault.findall(f"{uri}Reason/{uri}Text"))
    detail = fault.find(f"{uri}Detail")
    text = xml_path.text_of(detail).strip() if detail is not None else ""
    return Fault("1.2", tuple(one for one in codes if one), reasons, text)


def _version_sent(body: bytes) -> str:
    """The version of what is about to be sent; broken XML may be sent on purpose."""
    try:
        return version_of(xml_path.parse_own(body)) if body else ""
    except StepError:
        return ""
