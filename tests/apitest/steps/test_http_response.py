"""apitest/steps/http_response.py: what holds for a response, what fails, and what cannot be asked."""

from __future__ import annotations

import hashlib

import pytest

from apitest.errors import AssertionFailed
from tests.apitest.steps.conftest import Scenario

HEADERS = (
    ("Content-Type", "text/csv; charset=utf-8"),
    ("Location", "/orders/17"),
    ("X-Warn", ""),
    ("Set-Cookie", "sid=abc; Path=/; HttpOnly; SameSite=Lax"),
    ("Set-Cookie", 'lang="en"'),
)


@pytest.fixture
def answered(scenario: Scenario) -> Scenario:
    scenario.received(b"order 17\r\nsold out", 201, *HEADERS)
    return scenario


@pytest.mark.parametrize(
    "sentence",
    [
        'status is "201"',
        'status is "2xx"',
        'status is "2XX"',
        'status isn\'t "500"',
        'status is one of "200,201"',
        'status is one of "4xx, 2xx"',
        "the call succeeds",
        'header "location" is "/orders/17"',
        'header "Location" is "~startswith:/orders"',
        'header "Location" isn\'t "/"',
        'header "Location" contains "orders"',
        'header "Location" doesn\'t contain "users"',
        'header "Location" starts with "/o"',
        'header "Location" doesn\'t start with "http:"',
        'header "Location" ends with "/17"',
        'header "Location" doesn\'t end with "/18"',
        'header "Location" exists',
        'header "X-Debug" doesn\'t exist',
        'header "X-Warn" is empty',
        'header "Location" isn\'t empty',
        'header "Location" matches "/orders/\\d+"',
        'header "Set-Cookie" appears 2 times',
        'header "X-Debug" appears 0 times',
        'content type is "text/csv"',
        'cookie "sid" is set',
        'cookie "lang" is set to "en"',
        'cookie "sid" is set to "~regex:^[a-z]+$"',
        'cookie "sid" has attribute "HttpOnly"',
        'cookie "sid" has attribute "samesite=lax"',
        "the response was redirected 0 times",
        "response time is under 60 ms",
        "time to first byte is under 0.05 seconds",
        "response size is under 19 bytes",
        'response contains "sold"',
        'response doesn\'t contain "Traceback"',
        'response matches "order \\d+"',
        "JSON response doesn't exist",
        f'response "SHA-256" checksum is "{hashlib.sha256(b"order 17" + bytes((13, 10)) + b"sold out").hexdigest()}"',
    ],
)
def test_holds(answered: Scenario, sentence: str) -> None:
    answered.say(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        'status is "200"',
        'status is "4xx"',
        'status isn\'t "201"',
        'status isn\'t "2xx"',
        'status is one of "200,4xx"',
        "the call is refused",
        'header "Location" is "/orders/18"',
        'header "Location" isn\'t "/orders/17"',
        'header "Location" isn\'t "~contains:orders"',
        'header "Location" contains "users"',
        'header "Location" doesn\'t contain "orders"',
        'header "Location" starts with "http"',
        'header "Location" doesn\'t start with "/"',
        'header "Location" ends with "8"',
        'header "Location" doesn\'t end with "17"',
        'header "Location" doesn\'t exist',
        'header "Location" is empty',
        'header "X-Warn" isn\'t empty',
        'header "Location" matches "orders"',
        'header "Set-Cookie" appears 1 time',
        'content type is "text/plain"',
        'cookie "lang" is set to "de"',
        'cookie "sid" has attribute "Secure"',
        "the response was redirected 1 time",
        "response time is under 50 ms",
        "response size is under 18 bytes",
        "response body is empty",
        'response contains "Sold"',
        'response doesn\'t contain "sold"',
        'response matches "^sold"',
        "JSON response exists",
        'response "MD5" checksum is "00"',
    ],
)
def test_fails(answered: Scenario, sentence: str) -> None:
    answered.fails(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        'header "X-Debug" exists',
        'header "X-Debug" is "a"',
        'header "X-Debug" isn\'t "a"',
        'header "X-Debug" contains "a"',
        'header "X-Debug" doesn\'t contain "a"',
        'header "X-Debug" doesn\'t start with "a"',
        'header "X-Debug" doesn\'t end with "a"',
        'header "X-Debug" is empty',
        'header "X-Debug" isn\'t empty',
        'cookie "nope" is set',
        'cookie "nope" has attribute "Secure"',
    ],
)
def test_missing_header_or_cookie_is_a_failure_also_where_the_sentence_says_no(
    answered: Scenario, sentence: str
) -> None:
    failure = answered.fails(sentence)
    assert not failure.mismatches[0].has_actual
    assert "Location" in failure.hint or "sid" in failure.hint


@pytest.mark.parametrize(
    "sentence",
    [
        'status is "abc"',
        'status is ""',
        'status is "20"',
        'response "CRC" checksum is "1"',
        'response contains ""',
        'header "Location" matches "("',
        'header "Location" is "~no-such-marker"',
    ],
)
def test_cannot_be_evaluated(answered: Scenario, sentence: str) -> None:
    answered.errs(sentence)


def test_without_a_response(scenario: Scenario) -> None:
    assert "no response yet" in scenario.errs('status is "200"').message


def test_status_failure_shows_the_reason_too(answered: Scenario) -> None:
    mismatch = answered.fails('status is "200"').mismatches[0]
    assert (mismatch.expected, mismatch.actual) == ("200", "201 Created")


def test_headers_table_shows_all_differences(answered: Scenario) -> None:
    answered.say("headers match", "| name | value |\n| location | ~startswith:/orders |\n| X-Warn | |")
    failure = answered.fails("headers match", "| name | value |\n| Location | x |\n| X-Debug | 1 |\n| X-Warn | |")
    assert [item.path for item in failure.mismatches] == ["Location", "X-Debug"]
    assert "nothing was compared" in answered.errs("headers match", "| name | value |").message


def test_body_line_by_line(answered: Scenario) -> None:
    answered.say("response text is", "order 17\nsold out")
    failure = answered.fails("response text is", "order 17\nin stock\nmore")
    assert [(item.path, item.actual) for item in failure.mismatches] == [("line 2", "sold out"), ("line 3", None)]


def test_redirected(scenario: Scenario) -> None:
    scenario.received(b"", 200, url="https://shop.test/home", redirects=("https://shop.test/",))
    scenario.say('the response was redirected 1 time to "https://shop.test/home"')
    assert len(scenario.fails('the response was redirected 2 times to "https://shop.test/"').mismatches) == 2


def test_empty_body(scenario: Scenario) -> None:
    scenario.received(b"")
    scenario.say("response body is empty")
    scenario.say("JSON response doesn't exist")
    with pytest.raises(AssertionFailed, match="empty"):
        scenario.say("JSON response exists")


def test_response_is_equal_to_a_file(scenario: Scenario) -> None:
    scenario.write("json/response/order.json", '{"id": "~integer", "state": "#state"}')
    scenario.feature.values["state"] = "paid"
    scenario.received({"id": 17, "state": "paid"})
    scenario.say('response is equal to that from "order.json"')
    scenario.received({"id": "17", "state": "new"})
    failure = scenario.fails('response is equal to that from "order.json"')
    assert [item.path for item in failure.mismatches] == ["/id", "/state"]


def test_response_is_equal_to_a_text_file(scenario: Scenario) -> None:
    scenario.write("raw/response/pong.txt", "pong\n")
    scenario.received("pong")
    scenario.say('response is equal to that from "pong.txt"')
    assert "There is no file" in scenario.errs('response is equal to that from "ping.txt"').message


def test_response_is_equal_to_inline_text(scenario: Scenario) -> None:
    scenario.received({"ok": True, "n": 1})
    scenario.say('JSON response is equal to "{"n": 1, "ok": true}"')
    scenario.say('response is equal to "{"n": 1.0, "ok": true}"')
    scenario.fails('response is equal to "{"n": 1}"')
    scenario.fails('response is equal to "pong"')
    scenario.received("pong")
    scenario.say('response is equal to "pong"')
    scenario.fails('response is equal to "ping"')
    scenario.errs('JSON response is equal to "{"n": "')


def test_key_that_comes_twice_is_a_failure(scenario: Scenario) -> None:
    scenario.received(b'{"a": {"id": 1, "id": 2}}', 200, ("Content-Type", "application/json"))
    assert "'id'" in scenario.fails("JSON response exists").message


def test_response_is_saved(scenario: Scenario) -> None:
    scenario.received(b"\x00\x01")
    scenario.say('response is saved as "out/a.bin"')
    assert (scenario.root / "out" / "a.bin").read_bytes() == b"\x00\x01"
    scenario.say('response is saved as "#{tmp}/a.bin"')
    scenario.errs('response is saved as "../a.bin"')


def test_parts_are_kept(answered: Scenario) -> None:
    answered.say('I store header "location" under "where"')
    answered.say('I store cookie "sid" under "sid"')
    answered.say('I store the status under "status"')
    answered.say('I store the response under "body"')
    answered.say('I store the response time under "seconds"')
    answered.say('I store the match of "order (\\d+)" in response under "n"')
    answered.say('I store the match of "sold.*" in response under "rest"')
    assert [answered.stored(name) for name in ("where", "sid", "status", "body", "seconds", "n", "rest")] == [
        "/orders/17", "abc", 201, "order 17\r\nsold out", 0.05, "17", "sold out",
    ]  # fmt: skip
    answered.fails('I store header "X-Debug" under "x"')
    answered.fails('I store the match of "nothing" in response under "x"')


def test_json_response_is_kept_parsed(scenario: Scenario) -> None:
    scenario.received({"items": [1]})
    scenario.say('I store the response under "order"')
    assert scenario.stored("order") == {"items": [1]}


@pytest.mark.parametrize(
    ("request_format", "response_format", "content_type", "read_as"),
    [
        ("", "", "application/vnd.shop+json", "JSON"),
        ("", "", "text/xml", "XML"),
        ("", "", "text/plain", "RAW"),
        ("JSON", "", "text/plain", "JSON"),
        ("FORM", "", "application/json", "JSON"),
        ("JSON", "RAW", "application/json", "RAW"),
    ],
)
def test_how_a_response_is_read(
    scenario: Scenario, request_format: str, response_format: str, content_type: str, read_as: str
) -> None:
    from apitest.steps.last_response import response_format as found

    for kind, name in (("request format", request_format), ("response format", response_format)):
        if name:
            scenario.say(f'{kind} "{name}"')
    scenario.received(b"{}", 200, ("Content-Type", content_type))
    response = scenario.state.response
    assert response is not None
    assert found(scenario.context, response) == read_as
