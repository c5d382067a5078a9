from __future__ import annotations

import re

import pytest

from apitest.core import xml_path
from tests.apitest.steps.conftest import Scenario

BODY = '<o:order xmlns:o="urn:orders" id="1"><o:name>x</o:name><o:note>y</o:note><o:line/><o:line/></o:order>'


@pytest.fixture
def order(scenario: Scenario) -> Scenario:
    scenario.say('namespace prefix "o" of "urn:orders"')
    scenario.say("request body", BODY)
    return scenario


def name(scenario: Scenario, xpath: str = "//o:name") -> str:
    root = xml_path.parse_own(scenario.state.request.body)
    return xml_path.read_text(root, xpath, {"o": "urn:orders"})


def test_text(order: Scenario) -> None:
    order.say('I store "<Ann>" under "who"')
    order.say('XPath "//o:name" in request is "#who"')
    order.say('XPath "/o:order/@id" in request is "17"')
    assert (name(order), name(order, "/o:order/@id")) == ("<Ann>", "17")
    assert order.state.request.request_format == "XML"


@pytest.mark.parametrize(
    ("words", "looks_like"),
    [
        ("a random string", "a[0-9a-f]{32}"),
        ("a random integer", r"\d{1,2}"),
        ("a random float", r"\d{1,2}\.\d{6}"),
        ('one of "S,M"', "S|M"),
        ('now "default"', r"\d{4}-\d\d-\d\dT[\d:]{8}"),
        ('UTC now "day"', r"\d{4}-\d\d-\d\d"),
        ('a random date "day"', r"\d{4}-\d\d-\d\d"),
        ('a random date after "2026-12-30" "day"', r"20[23]\d-\d\d-\d\d|2026-12-31|204\d-.*"),
        ('a random date before "1950-01-03" "day"', r"19[45]\d-\d\d-\d\d"),
        ('a random date between "2026-01-01" and "2026-01-09" "day"', r"2026-01-0\d"),
    ],
)
def test_made_up_values(order: Scenario, words: str, looks_like: str) -> None:
    order.say('date format "day" "YYYY-MM-DD"')
    order.say(f'XPath "//o:name" in request is {words}')
    assert re.fullmatch(looks_like, name(order))


def test_removed(order: Scenario) -> None:
    order.say('XPath "//o:note | //o:line | //@id" in request is removed')
    assert order.state.request.body.endswith(b'<o:order xmlns:o="urn:orders"><o:name>x</o:name></o:order>')


def test_a_body_from_a_file(scenario: Scenario) -> None:
    scenario.write("xml/request/order.xml", "<!-- kept --><order><name/></order>")
    scenario.say('format "XML"')
    scenario.say('request "order.xml"')
    scenario.say('XPath "//name" in request is "Ann"')
    assert b"<!-- kept --><order><name>Ann</name></order>" in scenario.state.request.body


@pytest.mark.parametrize(
    ("sentence", "says"),
    [
        ('XPath "//o:nome" in request is "x"', "finds nothing in the request"),
        ('XPath "//name" in request is "x"', "has a namespace: write o:"),
        ('XPath "//o:line" in request is "x"', "finds 2 nodes"),
        ('XPath "/o:order" in request is "x"', "with others in it"),
        ('XPath "//p:name" in request is "x"', "Declared: o"),
        ('XPath "//[" in request is "x"', "is no XPath"),
        ('XPath "//o:name" in request is one of ""', "nothing to pick from"),
        ('XPath "/o:order" in request is removed', "cannot be removed"),
        ('namespace prefix "" of "urn:o"', "cannot be a prefix"),
        ('namespace prefix "a b" of "urn:o"', "cannot be a prefix"),
        ('namespace prefix "xmlns" of "urn:o"', "cannot be a prefix"),
        ('namespace prefix "p" of ""', "needs a namespace"),
    ],
)
def test_what_is_wrong(order: Scenario, sentence: str, says: str) -> None:
    error = order.errs(sentence)
    assert says in error.message + error.hint


def test_no_body_and_another_body(scenario: Scenario) -> None:
    assert "no XML body yet" in scenario.errs('XPath "//a" in request is "x"').message
    scenario.say('path "/a" in request is "x"')
    assert "but JSON" in scenario.errs('XPath "//a" in request is "x"').message
    scenario.say('request is "<a>"')
    assert "the request's body is no XML" in scenario.errs('XPath "//a" in request is "x"').message
