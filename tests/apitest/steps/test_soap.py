from __future__ import annotations

import pytest

from apitest.core import soap, xml_path
from tests.apitest.core.test_soap import FAULT_11, FAULT_12
from tests.apitest.steps.conftest import Scenario

WSS = {"w": soap.WSSE, "u": soap.WSU}


def body_of(version: str) -> str:
    return f'<s:Envelope xmlns:s="{soap.ENVELOPES[version]}"><s:Body><ping/></s:Body></s:Envelope>'


def call(scenario: Scenario) -> dict[str, str]:
    scenario.answer(b"")
    scenario.say("the URL is invoked")
    return dict(scenario.transport.sent[-1].headers)


@pytest.fixture
def endpoint(scenario: Scenario) -> Scenario:
    scenario.say('address "http://127.0.0.1:1"')
    scenario.say('HTTP method "POST"')
    scenario.say("request body", body_of("1.1"))
    return scenario


def test_action_and_version(endpoint: Scenario) -> None:
    endpoint.say('SOAP action "urn:ping"')
    headers = call(endpoint)
    assert (headers["SOAPAction"], headers["Content-Type"]) == ('"urn:ping"', "text/xml; charset=utf-8")
    endpoint.say("request body", body_of("1.2"))  # the envelope decides
    headers = call(endpoint)
    assert headers["Content-Type"] == 'application/soap+xml; charset=utf-8; action="urn:ping"'
    assert "SOAPAction" not in headers
    endpoint.say('SOAP version "1.1"')  # unless a version was said
    endpoint.say('SOAP action "urn:pong"')
    assert call(endpoint)["SOAPAction"] == '"urn:pong"'
    endpoint.say('header "SOAPAction" is left out')
    assert "SOAPAction" not in call(endpoint)
    assert "no SOAP version" in endpoint.errs('SOAP version "1.3"').message


def test_a_token_is_made_for_each_call(endpoint: Scenario) -> None:
    endpoint.say('WS-Security user "ann" with password "p<w>"')
    call(endpoint)
    call(endpoint)
    first, second = (xml_path.parse(spec.body) for spec in endpoint.transport.sent)
    assert xml_path.read_text(first, "//w:Password", WSS) == "p<w>"
    assert xml_path.read_text(first, "//w:Nonce", WSS) != xml_path.read_text(second, "//w:Nonce", WSS)
    shown = endpoint.state.exchanges[0].curl + endpoint.state.exchanges[0].request_body
    assert "p<w>" not in shown
    assert "p&lt;w&gt;" not in shown
    endpoint.say("no authentication")
    call(endpoint)
    assert b"UsernameToken" not in endpoint.transport.sent[-1].body


def test_tokens_that_cannot_be_sent(endpoint: Scenario) -> None:
    assert "needs a user" in endpoint.errs('WS-Security user "" with password "pw"').message
    endpoint.say('WS-Security user "ann" with password "pw"')
    endpoint.say("request body", "<ping/>")
    assert "no SOAP envelope" in endpoint.errs("the URL is invoked").message


def test_faults(scenario: Scenario) -> None:
    scenario.received(FAULT_11.encode(), 500)
    scenario.say('the SOAP fault code is "Client.Authentication"')
    scenario.say('the SOAP fault says "known"')
    assert "Another SOAP fault" in scenario.fails('the SOAP fault code is "Server"').message
    assert "the detail is: ann" in scenario.fails('the SOAP fault says "sku"').mismatches[0].reason
    assert "not known" in scenario.fails("there is no SOAP fault").mismatches[0].actual
    assert "nothing to compare" in scenario.errs('the SOAP fault says ""').message
    scenario.received(FAULT_12.encode(), 400)
    scenario.say('the SOAP fault code is "s:Sender"')
    scenario.say('the SOAP fault code is "NoSuchSku"')
    scenario.say('the SOAP fault says "unbekannt"')


def test_no_fault(scenario: Scenario) -> None:
    for version in soap.ENVELOPES:
        scenario.received(body_of(version).encode())
        scenario.say("there is no SOAP fault")
        assert "There is no SOAP fault" in scenario.fails('the SOAP fault says "x"').message
        assert "There is no SOAP fault" in scenario.fails('the SOAP fault code is "Client"').message
    for body in (b"<a/>", b"{}", b""):
        scenario.received(body)
        assert (
            "no SOAP message" in scenario.fails("there is no SOAP fault").message
            or "no XML" in scenario.fails("there is no SOAP fault").message
        )
