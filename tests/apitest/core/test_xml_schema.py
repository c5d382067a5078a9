from __future__ import annotations

from collections.abc import Callable

import pytest

from apitest.core import xml_path, xml_schema
from apitest.errors import FileProblem, Mismatch, StepError

HEAD = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:o" targetNamespace="urn:o"'
ORDER = f"""{HEAD} elementFormDefault="qualified"><xs:include schemaLocation="types/qty.xsd"/>
<xs:element name="order"><xs:complexType><xs:sequence>
<xs:element name="qty" type="qty" maxOccurs="2"/></xs:sequence></xs:complexType></xs:element></xs:schema>""".encode()
QTY = f"""{HEAD}><xs:simpleType name="qty"><xs:restriction base="xs:integer">
<xs:maxInclusive value="9"/></xs:restriction></xs:simpleType></xs:schema>""".encode()


def breaches(body: str, schema: bytes = ORDER, load: Callable[[str], bytes] = lambda uri: QTY) -> list[Mismatch]:
    root = xml_path.parse(body.encode())
    return xml_schema.breaches(root, schema, "file:///project/order.xsd", load, {"o": "urn:o"})


def test_valid() -> None:
    asked = []

    def load(uri: str) -> bytes:
        asked.append(uri)
        return QTY

    assert breaches('<order xmlns="urn:o"><qty>3</qty></order>', load=load) == []
    assert asked == ["file:///project/types/qty.xsd"]


def test_every_breach_with_its_path() -> None:
    found = breaches('<order xmlns="urn:o">\n<qty>3</qty><qty>10</qty>\n<x/></order>')
    assert [(item.path, item.actual) for item in found] == [("/o:order/o:qty[2]", "10"), ("/o:order/o:x", "")]
    assert found[0].reason.startswith("line 2: Element 'qty': [facet 'maxInclusive']")


def test_the_document_cannot_name_a_schema_of_its_own() -> None:
    def load(uri: str) -> bytes:
        assert "evil" not in uri
        return QTY

    xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:o file:///evil.xsd"'
    assert breaches(f'<order xmlns="urn:o" {xsi}><qty>3</qty></order>', load=load) == []


@pytest.mark.parametrize("place", ["types/qty.xsd", "http://127.0.0.1:1/qty.xsd", "../../etc/passwd"])
def test_what_may_not_be_included(place: str) -> None:
    def load(uri: str) -> bytes:
        raise FileProblem(f"{uri} is outside the project")

    with pytest.raises(FileProblem, match="outside the project"):
        breaches("<order/>", ORDER.replace(b"types/qty.xsd", place.encode()), load)


@pytest.mark.parametrize("schema", [b"<a/>", b"<", b"", ORDER.replace(b'type="qty"', b'type="nosuch"')])
def test_broken_schemas(schema: bytes) -> None:
    with pytest.raises(StepError, match=r"order\.xsd is no XML Schema"):
        breaches("<order/>", schema)
