"""apitest/steps/http.py: sentences about a request -> what is sent."""

from __future__ import annotations

import pytest

from apitest.errors import CallFailed
from tests.apitest.steps.conftest import Scenario


def sent(scenario: Scenario, *sentences: str) -> dict[str, object]:
    """What goes out after these sentences."""
    scenario.answer({})
    scenario.say('address "http://shop.test:8080"')
    for sentence in sentences:
        scenario.say(sentence)
    scenario.say("the URL is invoked")
    spec = scenario.transport.sent[-1]
    return {"method": spec.method, "url": spec.url, "body": spec.body, **{k.lower(): v for k, v in spec.headers}}


def test_address_path_query_and_method(scenario: Scenario) -> None:
    out = sent(scenario, 'URL path "/orders/17"', 'query string "?page=2"', 'HTTP method "put"')
    assert (out["method"], out["url"]) == ("PUT", "http://shop.test:8080/orders/17?page=2")


def test_defaults(scenario: Scenario) -> None:
    out = sent(scenario)
    assert (out["method"], out["url"], out["body"]) == ("GET", "http://shop.test:8080/", b"")
    assert str(out["user-agent"]).startswith("apitest/")
    assert scenario.transport.sent[0].timeout_seconds == 30


def test_headers(scenario: Scenario) -> None:
    out = sent(
        scenario,
        'header "X-Tenant" "blue"',
        'header "x-tenant" "red"',
        'user agent is "mine"',
        'header "Accept" is left out',
        'Basic Auth "ann" "pw"',
    )
    assert (out["x-tenant"], out["user-agent"], out["authorization"]) == ("red", "mine", "Basic YW5uOnB3")
    assert "accept" not in out


def test_look_ups_become_text(scenario: Scenario) -> None:
    scenario.feature.values.update(n=17, tags=["a"])
    out = sent(scenario, 'URL path "/orders/#{n}"', 'header "X-N" "#n"', 'header "X-T" "#tags"')
    assert (out["url"], out["x-n"], out["x-t"]) == ("http://shop.test:8080/orders/17", "17", '["a"]')


def test_parameters(scenario: Scenario) -> None:
    out = sent(
        scenario,
        'URL path "/orders/{id}"',
        'path parameter "id" is "a/b"',
        'query parameter "q" is "x y"',
        'query parameter "q" is "&"',
        'cookie "sid" is "1"',
    )
    assert out["url"] == "http://shop.test:8080/orders/a%2Fb?q=x+y&q=%26"
    assert out["cookie"] == "sid=1"


def test_tables_of_headers_and_parameters(scenario: Scenario) -> None:
    scenario.feature.values["t"] = "blue"
    scenario.say("headers", "| name | value |\n| X-Tenant | #t |\n| X-Tenant | red |")
    scenario.say("query parameters", "| name | value |\n| a | 1 |\n| a | 2 |")
    scenario.say("cookies", "| name | value |\n| sid | 1 |")
    out = sent(scenario)
    assert [pair for pair in scenario.transport.sent[-1].headers if pair[0] == "X-Tenant"] == [
        ("X-Tenant", "blue"),
        ("X-Tenant", "red"),
    ]
    assert out["url"] == "http://shop.test:8080/?a=1&a=2"
    assert out["cookie"] == "sid=1"


def test_table_with_other_columns_is_an_error(scenario: Scenario) -> None:
    assert "name, value" in scenario.errs("headers", "| header | value |\n| a | b |").hint


@pytest.mark.parametrize("name", ["JSON", "json", "XML", "RAW", "FORM"])
def test_formats(scenario: Scenario, name: str) -> None:
    scenario.say(f'format "{name}"')
    assert scenario.state.request.request_format == name.upper()


def test_unknown_format(scenario: Scenario) -> None:
    assert "JSON, XML, RAW, FORM" in scenario.errs('format "YAML"').hint


def test_body_from_a_file_of_the_request_format(scenario: Scenario) -> None:
    scenario.feature.values["sku"] = "A1"
    scenario.write("json/request/new.json", '{"sku": "#sku", "qty": 1}')
    out = sent(scenario, 'format "JSON"', 'request "new.json"')
    assert out["body"] == b'{"sku":"A1","qty":1}'
    assert out["content-type"] == "application/json"


def test_body_file_without_a_format_goes_by_its_name(scenario: Scenario) -> None:
    scenario.write("json/request/new.json", '{"a": 1}')
    assert sent(scenario, 'request "new.json"')["body"] == b'{"a":1}'


def test_body_file_outside_the_project_is_refused(scenario: Scenario) -> None:
    (scenario.root.parent / "outside.json").write_text("{}")
    assert "outside" in scenario.errs('request "../../../outside.json"').message


def test_inline_body_stays_as_written(scenario: Scenario) -> None:
    assert sent(scenario, 'request is "{"qty":  2}"')["body"] == b'{"qty":  2}'


def test_doc_string_body(scenario: Scenario) -> None:
    scenario.feature.values.update(qty=3, tags=["a", "b"])
    scenario.say("request body", '{"qty": #{qty}, "tags": "#tags", "note": "n-#{qty}"}')
    assert sent(scenario)["body"] == b'{"qty":3,"tags":["a","b"],"note":"n-3"}'


def test_broken_body_goes_out_as_it_is(scenario: Scenario) -> None:
    scenario.say("request body", '{"qty": ')
    assert sent(scenario, 'format "JSON"')["body"] == b'{"qty": '


def test_bytes_body(scenario: Scenario) -> None:
    scenario.write("photo.png", b"\x89PNG")
    assert sent(scenario, 'request body is file "photo.png"')["body"] == b"\x89PNG"


def test_form(scenario: Scenario) -> None:
    out = sent(scenario, 'format "FORM"', 'request param "size" is "XL"', 'form field "size" is "S"')
    assert (out["body"], out["content-type"]) == (b"size=XL&size=S", "application/x-www-form-urlencoded")


def test_uploads(scenario: Scenario) -> None:
    scenario.write("form/request/a.pdf", b"%PDF")
    scenario.say('multipart field "scan" is file "a.pdf" as "application/x-scan"')
    scenario.say('request file "scan" is "a.pdf"')
    scenario.say('multipart field "title" is "Invoice"')
    out = sent(scenario)
    assert str(out["content-type"]).startswith("multipart/form-data")
    body = bytes(out["body"])  # type: ignore[call-overload]
    assert body.count(b'name="scan"; filename="a.pdf"') == 2
    assert b"application/x-scan" in body
    assert b"application/pdf" in body
    scenario.say("form is cleaned up")
    assert sent(scenario)["body"] == b""


def test_text_parts_alone_are_multipart(scenario: Scenario) -> None:
    assert str(sent(scenario, 'multipart field "a" is "1"')["content-type"]).startswith("multipart/form-data")


def test_limits_and_redirects(scenario: Scenario) -> None:
    sent(scenario, "the request times out after 200 ms", "redirects are not followed")
    assert scenario.transport.sent[-1].timeout_seconds == 0.2
    assert scenario.transport.sent[-1].follows_redirects is False
    assert "no time" in scenario.errs("the request times out after 0 s").message


def test_sending_in_one_sentence(scenario: Scenario) -> None:
    scenario.say('address "http://h"')
    scenario.answer({})
    scenario.say('I send a "POST" request to "/orders"', '{"qty": 2}')
    spec = scenario.transport.sent[-1]
    assert (spec.method, spec.url, spec.body) == ("POST", "http://h/orders", b'{"qty":2}')
    scenario.answer({})
    scenario.say('I send a "GET" request to "/orders/1"')
    assert scenario.transport.sent[-1].body == b""


def test_sending_to_a_whole_url(scenario: Scenario) -> None:
    scenario.answer({})
    scenario.say('I send a "GET" request to "https://other.test/x?y=1"')
    assert scenario.transport.sent[-1].url == "https://other.test/x?y=1"


def test_method_that_is_none(scenario: Scenario) -> None:
    assert "no HTTP method" in scenario.errs('HTTP method "GET /"').message


def test_call_that_fails_is_an_error(scenario: Scenario) -> None:
    scenario.say('address "http://h"')
    assert isinstance(scenario.errs("the URL is invoked"), CallFailed)


def test_call_that_may_fail(scenario: Scenario) -> None:
    scenario.say('address "http://h"')
    scenario.transport.answers.append(CallFailed("too slow", "timeout"))
    scenario.say("I try to invoke the URL")
    scenario.say('the call fails because of "timeout"')
    assert scenario.fails('the call fails because of "refused"').mismatches[0].actual == "timeout"
    assert "Nearest: timeout" in scenario.errs('the call fails because of "time out"').hint
    assert isinstance(scenario.errs('status is "200"'), CallFailed)


def test_call_that_did_not_fail(scenario: Scenario) -> None:
    scenario.say('address "http://h"')
    scenario.answer({})
    scenario.say("I try to invoke the URL")
    assert "200" in str(scenario.fails('the call fails because of "timeout"').mismatches[0].actual)


def test_context_is_cleaned_up(scenario: Scenario) -> None:
    scenario.feature.values["a"] = 1
    sent(scenario, 'URL path "/x"', 'Basic Auth "a" "b"')
    scenario.say("context is cleaned up")
    assert scenario.feature.values == {}
    assert scenario.state.request.url_path == "/"
    assert scenario.state.request.auth is None


def test_service_of_the_configuration(scenario: Scenario) -> None:
    scenario.configure(
        "[service:orders]\naddress = http://orders.test\npath = /v2\nusername = ann\npassword = pw\ntimeout = 5 s\n"
    )
    scenario.answer({})
    scenario.say('service "orders"')
    scenario.say('I send a "GET" request to "/x"')
    spec = scenario.transport.sent[-1]
    assert (spec.url, spec.timeout_seconds) == ("http://orders.test/v2/x", 5.0)
    assert ("Authorization", "Basic YW5uOnB3") in spec.headers
    assert "There are: orders" in scenario.errs('service "order"').hint


def test_exchange_is_kept_without_secrets(scenario: Scenario) -> None:
    scenario.state.run.secrets.add("s3cret-value")
    sent(scenario, 'header "X-Key" "s3cret-value"', 'Basic Auth "ann" "pw"')
    exchange = scenario.state.exchanges[-1]
    assert "s3cret-value" not in repr(exchange)
    assert dict(exchange.request_headers)["Authorization"] == "***"
    assert scenario.state.run.requests == 1
