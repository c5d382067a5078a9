from __future__ import annotations

import pytest

from apitest.core import failure_text
from tests.apitest.steps.conftest import Scenario

BODY = b"""<?xml version="1.0"?>
<order xmlns="urn:orders" id="7"><state>paid</state><qty> 3 </qty><price>9.90</price><note/><gap>
  </gap><box><line>A</line><line>B</line></box><ref>ORD-17</ref></order>"""
XML = ("Content-Type", "text/xml")


@pytest.fixture
def order(scenario: Scenario) -> Scenario:
    scenario.say('namespace prefix "o" of "urn:orders"')
    scenario.received(BODY, 200, XML)
    return scenario


HOLD = [
    'XPath "//o:state" is "paid"',
    'XPath "//o:state" is "~oneof:new,paid"',
    'XPath "/o:order/@id" is "~integer"',
    'XPath "count(//o:line)" is "2"',
    'XPath "//o:qty" is an integer "3"',
    'XPath "//o:price" is a float "9.9"',
    'XPath "//o:note" is empty',
    'XPath "//o:gap" is empty',
    'XPath "//o:state" isn\'t empty',
    'XPath "//o:box" isn\'t empty',
    'XPath "/o:order/@id" isn\'t empty',
    'XPath "//o:state" is one of "new, paid"',
    'XPath "//o:state" isn\'t one of "void,lost"',
    'XPath "//o:state" isn\'t "void"',
    'XPath "//o:line" exists',
    'XPath "//o:error" doesn\'t exist',
    'XPath "count(//o:line) = 2" exists',
    'XPath "//o:line" has 2 nodes',
    'XPath "//o:error" has 0 nodes',
    'XPath "//o:ref" matches "ORD-\\d+"',
    'XPath "//o:ref" contains the text "RD-1"',
]
FAIL = [
    ('XPath "//o:state" is "void"', 'actual    "paid"'),
    ('XPath "//o:qty" is "3"', "only blanks at the ends differ"),
    ('XPath "//o:line" is "A"', "2 nodes instead of one"),
    ('XPath "//o:box/o:item" is "A"', '"//o:box" is there; it has o:line'),
    ('XPath "//state" is "paid"', "has a namespace: write o:"),
    ('XPath "//o:state" is an integer "3"', "is no whole number"),
    ('XPath "//o:qty" is an integer "4"', "expected  4"),
    ('XPath "//o:state" is a float "1"', "is no number"),
    ('XPath "//o:price" is a float "9.91"', 'actual    "9.90"'),
    ('XPath "//o:state" is empty', "is not empty"),
    ('XPath "//o:box" is empty', "is not empty"),
    ('XPath "//o:error" is empty', "missing"),
    ('XPath "//o:note" isn\'t empty', "is empty"),
    ('XPath "//o:gap" isn\'t empty', "is empty"),
    ('XPath "//o:error" isn\'t empty', "missing"),
    ('XPath "//o:state" is one of "new,void"', "one of new, void"),
    ('XPath "//o:state" isn\'t one of "new,paid"', "none of new, paid"),
    ('XPath "//o:error" isn\'t one of "void,lost"', "missing"),
    ('XPath "//o:state" isn\'t "paid"', "not paid"),
    ('XPath "//o:error" isn\'t "paid"', "missing"),
    ('XPath "//o:error" exists', "no such node"),
    ('XPath "//o:line" doesn\'t exist', "2 nodes"),
    ('XPath "//o:line" has 3 nodes', '"2 nodes"'),
    ('XPath "//o:error" has 1 node', '"0 nodes"'),
    ('XPath "//o:ref" matches "ORD-"', "like ORD-"),
    ('XPath "//o:ref" contains the text "INV"', "with 'INV'"),
]
ERR = [
    ('XPath "//x:state" is "paid"', "not declared"),
    ('XPath "//[" exists', "is no XPath"),
    ('XPath "//o:qty" is an integer "three"', "no whole number"),
    ('XPath "//o:state" is one of ""', "nothing to compare with"),
    ('XPath "//o:ref" matches "("', "no regular expression"),
    ('XPath "count(//o:line)" has 2 nodes', "is a value"),
    ('XPath "//o:state" is "~nosuch"', "there is no marker"),
    ('response is equal to XML from "none.xml"', "There is no file"),
]


@pytest.mark.parametrize("sentence", HOLD)
def test_what_holds(order: Scenario, sentence: str) -> None:
    order.say(sentence)


@pytest.mark.parametrize(("sentence", "says"), FAIL)
def test_what_fails(order: Scenario, sentence: str, says: str) -> None:
    lines = failure_text.failure_lines(failure_text.of_exception(order.fails(sentence)))
    assert says in "\n".join(lines)


@pytest.mark.parametrize(("sentence", "says"), ERR)
def test_what_cannot_be_checked(order: Scenario, sentence: str, says: str) -> None:
    assert says in order.errs(sentence).message


@pytest.mark.parametrize("sentence", HOLD)
def test_nothing_holds_of_what_is_no_xml(order: Scenario, sentence: str) -> None:
    order.received({"state": "paid"})
    assert "is no XML" in order.fails(sentence).message
    order.received(b'<!DOCTYPE order [<!ENTITY x "paid">]><order xmlns="urn:orders"><state>&x;</state></order>')
    assert "document type" in order.fails(sentence).message


def test_the_next_response_is_parsed_anew(order: Scenario) -> None:
    order.say('XPath "//o:state" is "paid"')
    order.received("<state>é</state>".encode("latin-1"), 200, ("Content-Type", 'text/xml; charset="ISO-8859-1"'))
    order.say('XPath "/state" is "é"')


def test_stored_from_the_response(order: Scenario) -> None:
    order.say('I store "//o:ref" from response under "ref"')
    assert order.stored("ref") == "ORD-17"


WANTED = """
<!-- as it should be -->
<p:order xmlns:p="urn:orders" id="#id">
  <p:state>~oneof:new,paid</p:state> <p:qty>~integer</p:qty> <p:price>~gt:9</p:price>
  <p:note></p:note> <p:gap/>
  <p:box>~unordered <p:line>B</p:line><p:line>A</p:line></p:box>
  <p:ref>ORD-#{number}</p:ref>
  <p:error>~absent</p:error>
</p:order>"""


def test_whole_documents(order: Scenario) -> None:
    order.say('I store "7" under "id"')
    order.say('I store "17" under "number"')
    order.say("response matches XML", WANTED)
    order.write("xml/response/order.xml", WANTED)
    order.say('response is equal to XML from "order.xml"')
    order.say('I store "18" under "number"')
    (found,) = order.fails("response matches XML", WANTED).mismatches
    assert (found.path, found.expected, found.actual) == ("/o:order/o:ref", "ORD-18", "ORD-17")
    assert "the doc string is no XML" in order.errs("response matches XML", "<a>").message


SCHEMA = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{}<xs:element name="n" type="{}"/></xs:schema>"""
POSITIVE = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:simpleType name="pos">
<xs:restriction base="xs:integer"><xs:minInclusive value="1"/></xs:restriction></xs:simpleType></xs:schema>"""


def test_schema(scenario: Scenario) -> None:
    scenario.write("schemas/pos itive.xsd", POSITIVE)
    scenario.write("schemas/n.xsd", SCHEMA.format('<xs:include schemaLocation="pos%20itive.xsd"/>', "pos"))
    scenario.received(b"<n>3</n>", 200, XML)
    scenario.say('response is valid against XSD "n.xsd"')
    scenario.received(b"<n>0</n>", 200, XML)
    (found,) = scenario.fails('response is valid against XSD "n.xsd"').mismatches
    assert (found.path, found.actual) == ("/n", "0")
    scenario.received(b"n", 200, XML)
    assert "is no XML" in scenario.fails('response is valid against XSD "n.xsd"').message


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("../../../outside.xsd", "outside the project"),
        ("/etc/hostname", "outside the project"),
        ("http://127.0.0.1:1/a.xsd", "outside the project"),
        ("none.xsd", "cannot be read"),
    ],
)
def test_schemas_that_include_what_they_may_not(scenario: Scenario, place: str, says: str) -> None:
    scenario.write("../../outside.xsd", POSITIVE)
    scenario.write("schemas/n.xsd", SCHEMA.format(f'<xs:include schemaLocation="{place}"/>', "xs:string"))
    scenario.received(b"<n>3</n>", 200, XML)
    assert says in scenario.errs('response is valid against XSD "n.xsd"').message
