from __future__ import annotations

import pytest
import zeep  # noqa: F401 -- here, as urllib3 binds a socket when it is first imported

from apitest.core import soap, xml_path
from tests.apitest.steps.conftest import Scenario
from tests.support.soap_server import ORDERS, WSDL

NAMES = {"o": ORDERS, "s": soap.ENVELOPES["1.1"], "w": soap.WSSE}
DESCRIPTION = WSDL % {"address": "http://shop.test:8080/soap?x=1&amp;y="}
PING = f'<s:Envelope xmlns:s="{soap.ENVELOPES["1.1"]}"><s:Body/></s:Envelope>'


@pytest.fixture
def orders(scenario: Scenario) -> Scenario:
    scenario.write("schemas/orders.wsdl", DESCRIPTION)
    scenario.say('WSDL "orders.wsdl"')
    scenario.answer(PING.encode(), 200, ("Content-Type", "text/xml"))
    return scenario


def sent(scenario: Scenario, xpath: str) -> list[str]:
    root = xml_path.parse(scenario.transport.sent[-1].body)
    return [xml_path.text_of(node) for node in xml_path.find(root, xpath, NAMES)]


def test_arguments_in_a_table(orders: Scenario) -> None:
    orders.say('I store "A1" under "sku"')
    orders.say(
        'SOAP operation "CreateOrder" is called', "|name|value|\n|sku|#sku|\n|qty|2|\n|note|a|\n|note|b|\n|note|c|"
    )
    assert sent(orders, "/s:Envelope/s:Body/o:CreateOrder/*") == ["A1", "2", "a", "b", "c"]
    spec = orders.transport.sent[-1]
    headers = dict(spec.headers)
    assert (spec.method, spec.url) == ("POST", "http://shop.test:8080/soap?x=1&y=/orders")
    assert (headers["SOAPAction"], headers["Content-Type"]) == ('"urn:createOrder"', "text/xml; charset=utf-8")
    orders.say("there is no SOAP fault")


def test_arguments_in_json_and_xml(orders: Scenario) -> None:
    orders.say('SOAP operation "CreateOrder" is called on port "Orders12"', '{"sku": "<", "qty": 3, "note": ["a"]}')
    root = xml_path.parse(orders.transport.sent[-1].body)
    assert soap.version_of(root) == "1.2"
    assert sent(orders, "//o:sku") == ["<"]
    assert 'action="urn:createOrder"' in dict(orders.transport.sent[-1].headers)["Content-Type"]
    orders.answer(PING.encode())
    orders.say('SOAP operation "CreateOrder" is called', f'<CreateOrder xmlns="{ORDERS}"><odd/></CreateOrder>')
    assert sent(orders, "/s:Envelope/s:Body/o:CreateOrder/o:odd") == [""]


def test_what_was_said_of_the_request_counts(orders: Scenario) -> None:
    orders.say('address "http://127.0.0.1:1"')
    orders.say('SOAP version "1.2"')
    orders.say('header "X-Tenant" "blue"')
    orders.say('WS-Security user "ann" with password "pw"')
    orders.say('SOAP operation "CreateOrder" is called', '{"sku": "A1", "qty": 3}')
    spec = orders.transport.sent[-1]
    assert spec.url == "http://127.0.0.1:1/soap?x=1&y=/orders"
    assert dict(spec.headers)["X-Tenant"] == "blue"
    assert dict(spec.headers)["Content-Type"].startswith("application/soap+xml")
    assert sent(orders, "//w:Username") == ["ann"]
    assert (orders.state.request.method, orders.state.request.body) == ("GET", None)  # as it was


@pytest.mark.parametrize(
    ("sentence", "below", "says"),
    [
        ('SOAP operation "CreatOrder" is called', None, 'no operation "CreatOrder"'),
        ('SOAP operation "CreateOrder" is called on port "X"', None, 'no port "X"'),
        ('SOAP operation "CreateOrder" is called', None, "Missing element"),
        ('SOAP operation "CreateOrder" is called', '{"colour": 1}', "unexpected keyword argument"),
        ('SOAP operation "CreateOrder" is called', "[1]", "a JSON object"),
        ('SOAP operation "CreateOrder" is called', "{", "JSON"),
        ('SOAP operation "CreateOrder" is called', "<a", "is no XML"),
        ('SOAP operation "CreateOrder" is called', "|name|value|\n|a|1|\n|a.b|2|", "inside of something"),
        ('WSDL "none.wsdl"', None, "There is no file"),
        ('WSDL "http://shop.test/none"', None, "answered with 404"),
        ('WSDL "http://shop.test/evil"', None, "no URL of HTTP"),
        ('WSDL "far.wsdl"', None, "outside the project"),
        ('WSDL "http.wsdl"', None, "outside the project"),
    ],
)
def test_what_is_wrong(orders: Scenario, sentence: str, below: str | None, says: str) -> None:
    def importing(place: str) -> str:
        return DESCRIPTION.replace("<types>", f'<import namespace="urn:x" location="{place}"/><types>')

    orders.write("schemas/far.wsdl", importing("/etc/hostname"))
    orders.write("schemas/http.wsdl", importing("http://127.0.0.1:1/x"))
    orders.transport.answers.clear()
    if "none" in sentence:
        orders.answer(b"", 404)
    else:
        orders.answer(importing("file:///etc/hostname").encode())
    error = orders.errs(sentence, below)
    assert says in error.message


def test_from_a_server(scenario: Scenario) -> None:
    scenario.answer(DESCRIPTION.encode())
    scenario.answer(PING.encode())
    scenario.say('WSDL "http://shop.test/orders?wsdl"')
    scenario.say('SOAP operation "CreateOrder" is called', '{"sku": "A1", "qty": 3}')
    assert [spec.url for spec in scenario.transport.sent] == [
        "http://shop.test/orders?wsdl",
        "http://shop.test:8080/soap?x=1&y=/orders",
    ]
    scenario.say('WSDL "http://shop.test/orders?wsdl"')  # is not read again
    assert len(scenario.transport.sent) == 2


def test_no_wsdl_yet(scenario: Scenario) -> None:
    assert "no WSDL yet" in scenario.errs('SOAP operation "CreateOrder" is called').message
