from __future__ import annotations

import base64
from datetime import datetime, timedelta, timezone

import pytest
from lxml import etree

from apitest.core import soap, xml_path
from apitest.core.request import RequestSpec
from apitest.errors import AssertionFailed, StepError

NOW = datetime(2026, 1, 31, 12, 0, 0, 5000, timezone(timedelta(hours=1)))
FAULT_11 = """<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>
 <faultcode>s:Client.Authentication</faultcode><faultstring>not known</faultstring>
 <detail><e xmlns="urn:e">ann</e></detail></s:Fault></s:Body></s:Envelope>"""
FAULT_12 = """<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault>
 <s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>m:NoSuchSku</s:Value></s:Subcode></s:Code>
 <s:Reason><s:Text xml:lang="en">unknown sku</s:Text><s:Text xml:lang="de">unbekannt</s:Text></s:Reason>
 </s:Fault></s:Body></s:Envelope>"""


def request(body: bytes, **headers: str) -> RequestSpec:
    return RequestSpec("POST", "http://x/", tuple((k.replace("_", "-"), v) for k, v in headers.items()), body, 1.0)


# Faults


def test_fault_of_1_1() -> None:
    fault = soap.read_fault(etree.fromstring(FAULT_11))
    assert fault == soap.Fault("1.1", ("s:Client.Authentication",), ("not known",), "ann")
    assert fault.has_code("Client.Authentication")
    assert fault.has_code("s:Client.Authentication")
    assert not fault.has_code("Client")


def test_fault_of_1_2() -> None:
    fault = soap.read_fault(etree.fromstring(FAULT_12))
    assert fault == soap.Fault("1.2", ("s:Sender", "m:NoSuchSku"), ("unknown sku", "unbekannt"))
    assert fault.has_code("Sender")
    assert fault.has_code("NoSuchSku")
    assert not fault.has_code("")
    assert str(fault) == "s:Sender / m:NoSuchSku: unknown sku / unbekannt"


def test_an_empty_fault() -> None:
    empty = soap.envelope(etree.Element(f"{{{soap.ENVELOPES['1.1']}}}Fault"))
    assert str(soap.read_fault(empty)) == "no code: no reason"
    empty = soap.envelope(etree.Element(f"{{{soap.ENVELOPES['1.2']}}}Fault"), "1.2")
    assert str(soap.read_fault(empty)) == "no code: no reason"


def test_no_fault() -> None:
    for version in soap.ENVELOPES:
        assert soap.read_fault(soap.envelope(etree.Element("done"), version)) is None


@pytest.mark.parametrize("body", ["<a/>", '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"/>'])
def test_nothing_is_said_about_what_is_no_message(body: str) -> None:
    with pytest.raises(AssertionFailed, match="no SOAP message"):
        soap.read_fault(etree.fromstring(body))


def test_versions() -> None:
    assert soap.known_version(" 1.2") == "1.2"
    with pytest.raises(StepError, match="no SOAP version"):
        soap.known_version("2.0")


# Headers


def test_headers_of_1_1() -> None:
    body = xml_path.render(soap.envelope())
    sent = soap.SOAPHeaders()(request(body, SOAPAction='"urn:a"', Content_Type="text/xml; charset=utf-8"))
    assert dict(sent.headers) == {"SOAPAction": '"urn:a"', "Content-Type": "text/xml; charset=utf-8"}


def test_headers_of_1_2() -> None:
    body = xml_path.render(soap.envelope(version="1.2"))
    for headers in (soap.SOAPHeaders(), soap.SOAPHeaders("1.2")):
        sent = headers(request(body, SOAPAction='"urn:a"', Content_Type="text/xml; charset=utf-8"))
        assert dict(sent.headers) == {"Content-Type": 'application/soap+xml; charset=utf-8; action="urn:a"'}
    sent = soap.SOAPHeaders("1.2")(request(body))
    assert dict(sent.headers) == {"Content-Type": "application/soap+xml; charset=utf-8"}


def test_the_version_that_was_said_wins() -> None:
    sent = soap.SOAPHeaders("1.2")(request(xml_path.render(soap.envelope())))
    assert dict(sent.headers)["Content-Type"].startswith("application/soap+xml")


def test_own_content_type_and_broken_bodies_are_sent_as_they_are() -> None:
    sent = soap.SOAPHeaders()(request(b"<broken", Content_Type="text/plain"))
    assert dict(sent.headers) == {"Content-Type": "text/plain"}
    assert dict(soap.SOAPHeaders()(request(b"<broken")).headers) == {"Content-Type": "text/xml; charset=utf-8"}


def test_actions_are_quoted_once() -> None:
    assert soap.quoted_action("urn:a") == '"urn:a"'
    assert soap.quoted_action('"urn:a"') == '"urn:a"'
    assert soap.quoted_action("") == '""'
    with pytest.raises(StepError):
        soap.quoted_action("a\r\nX: y")


# WS-Security


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_username_token(version: str) -> None:
    root = soap.envelope(etree.Element("order"), version)
    soap.add_username_token(root, "ann", "<&>", b"n" * 16, NOW)
    soap.add_username_token(root, "ann", "<&>", b"m" * 16, NOW)  # a second call does not leave two
    names = {"s": soap.ENVELOPES[version], "w": soap.WSSE, "u": soap.WSU}
    assert [etree.QName(child).localname for child in root] == ["Header", "Body"]
    base = "/s:Envelope/s:Header/w:Security[@s:mustUnderstand='1']/w:UsernameToken"
    assert xml_path.read_text(root, f"{base}/w:Username", names) == "ann"
    assert xml_path.read_text(root, f"{base}/w:Password", names) == "<&>"
    assert xml_path.read_text(root, f"{base}/w:Password/@Type", names) == soap.PASSWORD_TEXT
    assert base64.b64decode(xml_path.read_text(root, f"{base}/w:Nonce", names)) == b"m" * 16
    assert xml_path.read_text(root, f"{base}/u:Created", names) == "2026-01-31T11:00:00.005Z"


def test_digest() -> None:
    root = soap.envelope()
    soap.add_username_token(root, "ann", "pw", b"n" * 16, NOW, is_digest=True)
    text = xml_path.read_text(root, "//w:Password", {"w": soap.WSSE})
    assert text == soap.digest_of("pw", b"n" * 16, "2026-01-31T11:00:00.005Z")
    # Computed with: printf 'abc2026pw' | openssl sha1 -binary | base64
    assert soap.digest_of("pw", b"abc", "2026") == "JbaQi0s8HHFHyKMkQNpfv19+ggc="


def test_what_has_no_place_for_a_token() -> None:
    with pytest.raises(StepError, match="no SOAP envelope"):
        soap.add_username_token(etree.Element("a"), "ann", "pw", b"n", NOW)
    with pytest.raises(StepError, match="cannot stand in XML"):
        soap.add_username_token(soap.envelope(), "ann", "\x01", b"n", NOW)
