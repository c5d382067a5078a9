"""apitest/steps/auth.py: credentials beside Basic Auth."""

from __future__ import annotations

from tests.apitest.steps.conftest import Scenario


def headers(scenario: Scenario) -> dict[str, str]:
    scenario.answer({})
    scenario.say('I send a "GET" request to "http://h/x"')
    return dict(scenario.transport.sent[-1].headers)


def test_bearer_token(scenario: Scenario) -> None:
    scenario.feature.values["token"] = "t0ken"
    scenario.say('bearer token "#token"')
    assert headers(scenario)["Authorization"] == "Bearer t0ken"


def test_api_keys(scenario: Scenario) -> None:
    scenario.say('API key "X-Key" is "k3y-value"')
    assert headers(scenario)["X-Key"] == "k3y-value"
    assert "k3y-value" not in repr(scenario.state.exchanges)
    scenario.say('API key "key" is "k3y-value" in the query')
    headers(scenario)
    assert scenario.transport.sent[-1].url == "http://h/x?key=k3y-value"
    scenario.say('API key "key" is "k3y-value" in the cookie')
    assert headers(scenario)["Cookie"] == "key=k3y-value"


def test_none(scenario: Scenario) -> None:
    scenario.say('Basic Auth "ann" "pw"')
    scenario.say('header "authorization" "x"')
    scenario.say("no authentication")
    assert "Authorization" not in headers(scenario)


def test_secret(scenario: Scenario) -> None:
    scenario.say('secret "s3cret" under "pw"')
    assert scenario.stored("pw") == "s3cret"
    assert "s3cret" in scenario.state.run.secrets
