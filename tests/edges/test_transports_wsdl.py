"""WSDL descriptions read by zeep, from a strict SOAP server and from files."""

from __future__ import annotations

import sys
import urllib.request
from collections.abc import Iterator

import pytest
from lxml import etree

from apitest.errors import FileProblem, MissingExtra, StepError
from apitest.transports.wsdl import WSDL
from tests.support.soap_server import ORDERS, SOAPServer
from tests.support.soap_server import WSDL as DESCRIPTION


@pytest.fixture(scope="module")
def server() -> Iterator[SOAPServer]:
    with SOAPServer() as running:
        yield running


def load(place: str) -> bytes:
    with urllib.request.urlopen(place, timeout=5) as answer:
        return bytes(answer.read())


@pytest.fixture(scope="module")
def orders(server: SOAPServer) -> WSDL:
    return WSDL(f"{server.address}/orders?wsdl", load)


def test_a_message_by_its_arguments(orders: WSDL, server: SOAPServer) -> None:
    call = orders.call("CreateOrder", {"sku": "<A1>", "qty": "2", "due": "2026-01-31", "note": ["a", "b"]})
    assert (call.address, call.version, call.action) == (f"{server.address}/orders", "1.1", "urn:createOrder")
    texts = [(etree.QName(node).localname, node.text) for node in call.envelope.iter(f"{{{ORDERS}}}*")][1:]
    assert texts == [("sku", "<A1>"), ("qty", "2"), ("due", "2026-01-31"), ("note", "a"), ("note", "b")]


def test_ports_and_versions(orders: WSDL, server: SOAPServer) -> None:
    arguments = {"sku": "A1", "qty": 2}
    assert orders.call("CreateOrder", arguments, version="1.2").version == "1.2"
    assert orders.call("CreateOrder", arguments, port="Orders12").version == "1.2"
    assert orders.call("CreateOrder", arguments, port="Secure11").address == f"{server.address}/secure"
    with pytest.raises(StepError, match='no port "Orders1"') as caught:
        orders.call("CreateOrder", arguments, port="Orders1")
    assert 'Did you mean "Orders1' in caught.value.hint
    with pytest.raises(StepError, match="no port of SOAP 1.2"):
        orders.call("CreateOrder", arguments, port="Secure11", version="1.2")
    with pytest.raises(StepError, match='no operation "CreatOrder"') as caught:
        orders.call("CreatOrder", arguments)
    assert 'Did you mean "CreateOrder"' in caught.value.hint


@pytest.mark.parametrize("arguments", [{}, {"sku": "A1"}, {"sku": "A1", "qty": 1, "color": 2}, {"sku": None, "qty": 1}])
def test_arguments_that_do_not_fit(orders: WSDL, arguments: dict[str, object]) -> None:
    with pytest.raises(StepError, match="cannot be called so") as caught:
        orders.call("CreateOrder", arguments)
    assert "sku: xsd:string, qty: xsd:positiveInteger" in caught.value.hint


def test_content_as_it_is(orders: WSDL) -> None:
    call = orders.call_with("CreateOrder", etree.Element("odd"), version="1.2")
    assert etree.QName(call.envelope[0][0]).localname == "odd"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<a/>",
        "{}",
        DESCRIPTION.replace('<?xml version="1.0"?>', '<!DOCTYPE a [<!ENTITY x "y">]>'),
        DESCRIPTION.replace("o:B1", "o:C1"),
        DESCRIPTION.replace("<service", "<other").replace("</service", "</other"),
    ],
)
def test_what_is_no_wsdl(text: str) -> None:
    with pytest.raises(StepError, match="orders.wsdl"):
        WSDL("/project/orders.wsdl", lambda place: text.encode())


def test_imports_are_asked_for() -> None:
    asked = []

    def read(place: str) -> bytes:
        asked.append(place)
        if len(asked) > 1:
            raise FileProblem(f"{place} is outside the project")
        return DESCRIPTION.replace("<types>", '<import namespace="urn:x" location="../x.wsdl"/><types>').encode()

    with pytest.raises(FileProblem, match="outside"):
        WSDL("/project/schemas/orders.wsdl", read)
    assert asked == ["/project/schemas/orders.wsdl", "/project/x.wsdl"]


def test_schemas_inside_are_asked_for_too() -> None:
    asked = []

    def read(place: str) -> bytes:
        asked.append(place)
        if len(asked) > 1:
            raise FileProblem(f"{place} is outside the project")
        head = 'elementFormDefault="qualified">'
        return DESCRIPTION.replace(head, f'{head}<xs:include schemaLocation="file:///etc/x.xsd"/>').encode()

    with pytest.raises(FileProblem, match="outside"):
        WSDL("/project/schemas/orders.wsdl", read)


def test_without_zeep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zeep", None)
    with pytest.raises(MissingExtra) as caught:
        WSDL("/orders.wsdl", lambda place: b"")
    assert caught.value.hint == "pip install 'apitest[soap]'"
