"""A small, strict SOAP server: the peer of the SOAP sentences in features and edge tests.

It takes SOAP 1.1 and 1.2 (document/literal), and refuses with the right fault whatever a real one refuses: another
envelope, a header it must but does not understand, a message its schema does not allow, a token that is missing, wrong,
old or sent twice.  /orders is open, /secure wants a WS-Security UsernameToken of ann; `?wsdl` describes both.

    with SOAPServer() as server:
        server.address        # http://127.0.0.1:40123
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import threading
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from lxml import etree

ORDERS = "urn:example:orders"
SOAP = {
    "text/xml": "http://schemas.xmlsoap.org/soap/envelope/",
    "application/soap+xml": "http://www.w3.org/2003/05/soap-envelope",
}
SOAP_12 = SOAP["application/soap+xml"]
OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
WSSE = f"{OASIS}wssecurity-secext-1.0.xsd"
WSU = f"{OASIS}wssecurity-utility-1.0.xsd"
USERS = {"ann": "s3cret & <safe>"}
PRICES = {"A1": "9.90", "B2": "120.00"}
FRESH = timedelta(minutes=5)

SCHEMA = f"""
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="{ORDERS}" xmlns="{ORDERS}"
    elementFormDefault="qualified">
  <xs:element name="CreateOrder"><xs:complexType><xs:sequence>
    <xs:element name="sku" type="xs:string"/>
    <xs:element name="qty" type="xs:positiveInteger"/>
    <xs:element name="due" type="xs:date" minOccurs="0"/>
    <xs:element name="note" type="xs:string" minOccurs="0" maxOccurs="unbounded"/>
  </xs:sequence></xs:complexType></xs:element>
  <xs:element name="CreateOrderResponse"><xs:complexType><xs:sequence>
    <xs:element name="state" type="xs:string"/>
    <xs:element name="sku" type="xs:string"/>
    <xs:element name="qty" type="xs:positiveInteger"/>
    <xs:element name="price" type="xs:decimal"/>
    <xs:element name="due" type="xs:date" minOccurs="0"/>
    <xs:element name="note" type="xs:string" minOccurs="0" maxOccurs="unbounded"/>
    <xs:element name="at" type="xs:dateTime"/>
  </xs:sequence><xs:attribute name="id" type="xs:integer" use="required"/></xs:complexType></xs:element>
</xs:schema>"""

WSDL = f"""<?xml version="1.0"?>
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:o="{ORDERS}" targetNamespace="{ORDERS}"
    xmlns:s11="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:s12="http://schemas.xmlsoap.org/wsdl/soap12/">
  <types>{SCHEMA}</types>
  <message name="In"><part name="parameters" element="o:CreateOrder"/></message>
  <message name="Out"><part name="parameters" element="o:CreateOrderResponse"/></message>
  <portType name="Orders"><operation name="CreateOrder">
    <input message="o:In"/><output message="o:Out"/></operation></portType>
  <binding name="B11" type="o:Orders"><s11:binding transport="http://schemas.xmlsoap.org/soap/http"/>
    <operation name="CreateOrder"><s11:operation soapAction="urn:createOrder"/>
      <input><s11:body use="literal"/></input><output><s11:body use="literal"/></output></operation></binding>
  <binding name="B12" type="o:Orders"><s12:binding transport="http://schemas.xmlsoap.org/soap/http"/>
    <operation name="CreateOrder"><s12:operation soapAction="urn:createOrder"/>
      <input><s12:body use="literal"/></input><output><s12:body use="literal"/></output></operation></binding>
  <service name="OrderService">
    <port name="Orders11" binding="o:B11"><s11:address location="%(address)s/orders"/></port>
    <port name="Orders12" binding="o:B12"><s12:address location="%(address)s/orders"/></port>
    <port name="Secure11" binding="o:B11"><s11:address location="%(address)s/secure"/></port>
  </service>
</definitions>"""


class Refused(Exception):
    """Becomes a fault.  code: of 1.1 by name; a second one, with its namespace, is the subcode of 1.2."""

    def __init__(self, code: str, reason: str, subcode: tuple[str, str] | None = None, detail: str = "") -> None:
        super().__init__(reason)
        self.code, self.reason, self.subcode, self.detail = code, reason, subcode, detail


class SOAPServer:
    """On a free port of the loopback interface, in a thread of its own."""

    def __init__(self) -> None:
        self.orders = 0
        self.nonces: set[bytes] = set()
        self.lock = threading.Lock()
        self.schema = etree.XMLSchema(etree.fromstring(SCHEMA))
        handler = type("Handler", (_Handler,), {"owner": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)
        self.address = f"http://127.0.0.1:{self._http.server_address[1]}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)

    def __enter__(self) -> SOAPServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def answer(self, uri: str, action: str, body: bytes, is_secure: bool) -> etree._Element:
        """The content of the answer's body.  Raises Refused."""
        root = _parse(body)
        if etree.QName(root).localname != "Envelope" or etree.QName(root).namespace != uri:
            raise Refused("VersionMismatch", "the envelope is not of the version of the media type")
        parts = [etree.QName(child).localname for child in root]
        if parts not in (["Body"], ["Header", "Body"]) or any(etree.QName(c).namespace != uri for c in root):
            raise Refused("Client", "an envelope has a header or none, then a body")
        self._check_headers(root, uri, is_secure)
        content = list(root[-1])
        if len(content) != 1 or content[0].tag != f"{{{ORDERS}}}CreateOrder":
            raise Refused("Client", "there is no such operation")
        if action != "urn:createOrder":
            raise Refused("Client", f"the action {action!r} is not that of the operation")
        message = etree.fromstring(etree.tostring(content[0]))
        if not self.schema.validate(message):
            raise Refused("Client", "the message is not valid", detail=self.schema.error_log[0].message)
        return self._create_order(message)

    def _create_order(self, message: etree._Element) -> etree._Element:
        sku, qty = (message.findtext(f"{{{ORDERS}}}{name}") or "" for name in ("sku", "qty"))
        if sku not in PRICES:
            raise Refused("Client", f"unknown sku {sku}", (ORDERS, "UnknownSku"), f"known: {', '.join(PRICES)}")
        with self.lock:
            self.orders += 1
            number = self.orders
        made = etree.Element(f"{{{ORDERS}}}CreateOrderResponse", nsmap={None: ORDERS}, id=str(number))
        for name, text in (("state", "new"), ("sku", sku), ("qty", qty), ("price", PRICES[sku])):
            etree.SubElement(made, f"{{{ORDERS}}}{name}").text = text
        for name in ("due", "note"):
            for sent in message.findall(f"{{{ORDERS}}}{name}"):
                etree.SubElement(made, f"{{{ORDERS}}}{name}").text = sent.text
        etree.SubElement(made, f"{{{ORDERS}}}at").text = f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
        return made

    def _check_headers(self, root: etree._Element, uri: str, is_secure: bool) -> None:
        headers = list(root[0]) if len(root) == 2 else []
        for header in headers:
            is_known = is_secure and header.tag == f"{{{WSSE}}}Security"
            if header.get(f"{{{uri}}}mustUnderstand") in ("1", "true") and not is_known:
                raise Refused("MustUnderstand", f"{header.tag} is not understood")
        if is_secure:
            self._authenticate([header for header in headers if header.tag == f"{{{WSSE}}}Security"])

    def _authenticate(self, headers: list[etree._Element]) -> None:
        if len(headers) != 1:
            raise Refused("Client", "there is no security token", (WSSE, "InvalidSecurity"))
        tokens = headers[0].findall(f"{{{WSSE}}}UsernameToken")
        if len(tokens) != 1:
            raise Refused("Client", "there is no single UsernameToken", (WSSE, "InvalidSecurity"))
        user, given, nonce_text = (
            tokens[0].findtext(f"{{{WSSE}}}{n}") or "" for n in ("Username", "Password", "Nonce")
        )
        created = tokens[0].findtext(f"{{{WSU}}}Created") or ""
        try:
            nonce = base64.b64decode(nonce_text, validate=True)
            age = datetime.now(timezone.utc) - datetime.fromisoformat(created.replace("Z", "+00:00"))
        except (binascii.Error, ValueError):
            raise Refused("Client", "nonce or time cannot be read", (WSSE, "InvalidSecurityToken")) from None
        if not nonce or abs(age) > FRESH:
            raise Refused("Client", "the token is too old", (WSU, "MessageExpired"))
        password = USERS.get(user, "")
        kind = (tokens[0].find(f"{{{WSSE}}}Password").get("Type") or "").rpartition("#")[2]
        wanted = password
        if kind == "PasswordDigest":
            digest = hashlib.sha1(nonce + created.encode() + password.encode()).digest()
            wanted = base64.b64encode(digest).decode()
        if user not in USERS or not hmac.compare_digest(given.encode(), wanted.encode()):
            raise Refused("Client", "the token could not be authenticated", (WSSE, "FailedAuthentication"))
        with self.lock:
            if nonce in self.nonces:
                raise Refused("Client", "the nonce was used before", (WSSE, "InvalidSecurityToken"))
            self.nonces.add(nonce)


class _Handler(BaseHTTPRequestHandler):
    owner: SOAPServer
    protocol_version = "HTTP/1.1"
    timeout = 10
    wbufsize = 65536  # head and body in one packet

    def do_GET(self) -> None:
        if self.path.endswith("?wsdl"):
            self._send(200, "text/xml; charset=utf-8", (WSDL % {"address": self.owner.address}).encode())
        else:
            self._send(405, "text/plain", b"POST only")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        kind, _, parameters = (self.headers.get("Content-Type") or "").partition(";")
        uri = SOAP.get(kind.strip().lower())
        if uri is None or self.path not in ("/orders", "/secure"):
            self._send(415 if uri is None else 404, "text/plain", b"SOAP only" if uri is None else b"no such service")
            return
        try:
            content = self.owner.answer(uri, self._action(uri, parameters), body, self.path == "/secure")
            status = 200
        except Refused as refused:
            content, status = _fault(refused, uri), 500
            if uri == SOAP_12 and refused.code == "Client":
                status = 400  # SOAP 1.2 part 2, 7.5.2.2
        envelope = etree.Element(f"{{{uri}}}Envelope", nsmap={"soapenv": uri})
        etree.SubElement(envelope, f"{{{uri}}}Body").append(content)
        answer = etree.tostring(envelope, xml_declaration=True, encoding="utf-8", pretty_print=True)
        self._send(status, f"{kind.strip().lower()}; charset=utf-8", answer)

    def _action(self, uri: str, parameters: str) -> str:
        if uri == SOAP_12:
            found = re.search(r'action="([^"]*)"', parameters)
            return found[1] if found else ""
        found = re.fullmatch(r'"([^"]*)"', self.headers.get("SOAPAction") or "")
        return found[1] if found else ""

    def _send(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the tests see the answers."""


def _parse(body: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Refused("Client", f"the message is no XML: {error}") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise Refused("Client", "a message has no document type")
    return root


def _fault(refused: Refused, uri: str) -> etree._Element:
    fault = etree.Element(
        f"{{{uri}}}Fault", nsmap={"soapenv": uri, **({"m": refused.subcode[0]} if refused.subcode else {})}
    )
    subcode = f"m:{refused.subcode[1]}" if refused.subcode else ""
    if uri != SOAP_12:
        etree.SubElement(fault, "faultcode").text = subcode or f"soapenv:{refused.code}"
        etree.SubElement(fault, "faultstring").text = refused.reason
        if refused.detail:
            etree.SubElement(etree.SubElement(fault, "detail"), f"{{{ORDERS}}}why").text = refused.detail
        return fault
    code = etree.SubElement(fault, f"{{{uri}}}Code")
    name = {"Client": "Sender", "Server": "Receiver"}.get(refused.code, refused.code)
    etree.SubElement(code, f"{{{uri}}}Value").text = f"soapenv:{name}"
    if subcode:
        inner = etree.SubElement(code, f"{{{uri}}}Subcode")
        etree.SubElement(inner, f"{{{uri}}}Value").text = subcode
    text = etree.SubElement(etree.SubElement(fault, f"{{{uri}}}Reason"), f"{{{uri}}}Text")
    text.text = refused.reason
    text.set("{http://www.w3.org/XML/1998/namespace}lang", "en")
    if refused.detail:
        etree.SubElement(etree.SubElement(fault, f"{{{uri}}}Detail"), f"{{{ORDERS}}}why").text = refused.detail
    return fault
