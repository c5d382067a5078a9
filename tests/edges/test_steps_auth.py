"""The sentences about tokens against a strict OAuth2 server, and about secrets in all that is shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from joserfc.jwk import ECKey, RSAKey

from tests.support.oauth2_server import SECRETS, USERS, OAuth2Server
from tests.support.one_scenario import errs, fails, passes, run_steps, said
from tests.support.vault_server import TOKEN, VaultServer


@pytest.fixture
def server() -> Iterator[OAuth2Server]:
    made = OAuth2Server()
    made.start()
    yield made
    made.stop()


def shown(found: object) -> str:
    """Everything a report could show."""
    return repr(found)


def test_client_credentials(tmp_path: Path, server: OAuth2Server) -> None:
    found = run_steps(
        tmp_path,
        """
    Given OAuth2 client "shop" with secret "@shop_secret" gets a token from "@{idp}/token" for scope "orders"
    And address "@idp"
    When I send a "GET" request to "/orders"
    And I send a "GET" request to "/orders"
    Then status is "200"
    And path "/for" is "shop"
    Given no authentication
    When I send a "GET" request to "/orders"
    Then the call is refused
    """,
        idp=server.address,
        shop_secret=SECRETS["shop"],
    )
    passes(found)
    assert server.issuer.issued == {"client_credentials": 1}
    assert SECRETS["shop"] not in shown(found)
    assert "eyJ" not in shown(found)


def test_client_that_is_known_by_form_fields_only(tmp_path: Path, server: OAuth2Server) -> None:
    passes(
        run_steps(
            tmp_path,
            """
    Given OAuth2 client "web" with secret "@web_secret" gets a token from "@{idp}/token" for scope "orders invoices"
    And address "@idp"
    When I send a "GET" request to "/orders"
    Then status is "200"
    """,
            idp=server.address,
            web_secret=SECRETS["web"],
        )
    )


def test_token_is_renewed_before_its_end_by_its_refresh_token(tmp_path: Path, server: OAuth2Server) -> None:
    passes(
        run_steps(
            tmp_path,
            """
    Given OAuth2 client "kiosk" with secret "@kiosk_secret" gets a token from "@{idp}/token" for scope "orders"
    And address "@idp"
    And polling every 200 ms
    When I send a "GET" request to "/orders"
    Then status is "200"
    When I wait 2 seconds
    And I send a "GET" request to "/orders"
    Then status is "200"
    """,
            idp=server.address,
            kiosk_secret=SECRETS["kiosk"],
        )
    )
    assert server.issuer.issued == {"client_credentials": 1, "refresh_token": 1}


def test_as_old_suites_say_it(tmp_path: Path, server: OAuth2Server) -> None:
    found = run_steps(
        tmp_path,
        """
    Given OAuth2 endpoint "@{idp}/token"
    And OAuth2 credentials "ann" "@ann_password"
    And OAuth2 scopes "orders"
    And OAuth2 extra fields "client_id=web, client_secret=@{web_secret}"
    And I store an OAuth2 bearer token under "token"
    And OAuth2 bearer token "#token"
    And address "@idp"
    When I send a "GET" request to "/orders"
    Then path "/for" is "ann"
    And token "#token" has claim "sub" equal to "ann"
    And token "#token" has claim "/realm/roles/0" equal to "buyer"
    And token "#token" has claim "iat" equal to "~integer"
    And token "#token" is valid for at least 50 minutes
    And token "#token" has a valid signature by key "@{idp}/jwks"
    And I store claim "client_id" of token "#token" under "client"
    And variable "#client" is a string "web"
    And context is logged
    And OAuth2 context is cleaned up
    When I send a "GET" request to "/orders"
    Then the call is refused
    """,
        idp=server.address,
        ann_password=USERS["ann"],
        web_secret=SECRETS["web"],
    )
    passes(found)
    assert "eyJ" not in shown(found)
    assert USERS["ann"] not in shown(found)
    assert "***" in found.output


def test_client_credentials_in_json(tmp_path: Path, server: OAuth2Server) -> None:
    passes(
        run_steps(
            tmp_path,
            """
    Given OAuth2 endpoint "@{idp}/token"
    And OAuth2 credentials "web" "@web_secret"
    And OAuth2 client ID field "client_id"
    And OAuth2 client secret field "client_secret"
    And OAuth2 grant type "client_credentials"
    And OAuth2 request format "json"
    And I store an OAuth2 bearer token under "token"
    Then token "#token" has claim "sub" equal to "web"
    """,
            idp=server.address,
            web_secret=SECRETS["web"],
        )
    )


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ('OAuth2 client "shop" with secret "wrong-secret" gets a token from "@{idp}/token"', "invalid_client"),
        ('OAuth2 client "shop" with secret "@s" gets a token from "@{idp}/token" for scope "all"', "invalid_scope"),
        ('OAuth2 client "shop" with secret "@s" gets a token from "@{idp}/tokens"', "not found"),
        ('OAuth2 client "shop" with secret "@s" gets a token from "http://127.0.0.1:1/token"', "refused"),
        ('OAuth2 client "shop" with secret "@s" gets a token from "token"', "no address"),
        ('I store an OAuth2 bearer token under "t"', "no address to get a token from"),
        ('OAuth2 refresh token "r"', "no address to refresh"),
        ('OAuth2 request format "yaml"', "form, json"),
        ('OAuth2 extra fields "audience"', "is no field"),
        ('Then token "abc" has claim "sub" equal to "ann"', "no JSON Web Token"),
    ],
)
def test_what_cannot_be_done(tmp_path: Path, server: OAuth2Server, steps: str, words: str) -> None:
    line = steps if steps.startswith("Then") else f"Given {steps}"
    errs(run_steps(tmp_path, f"    {line}\n", idp=server.address, s=SECRETS["shop"]), words)


def test_own_tokens(tmp_path: Path) -> None:
    rsa, other = RSAKey.generate_key(2048), RSAKey.generate_key(2048)
    elliptic = ECKey.generate_key("P-256")
    (tmp_path / "features" / "data").mkdir(parents=True)
    for name, key in (("rsa", rsa), ("other", other), ("ec", elliptic)):
        (tmp_path / "features" / "data" / f"{name}.pem").write_bytes(key.as_pem(private=True))
        (tmp_path / "features" / "data" / f"{name}.pub").write_bytes(key.as_pem(private=False))
    claims = '\n      """\n      {"sub": "ann", "exp": 1, "n": 7}\n      """\n'
    passes(
        run_steps(
            tmp_path,
            f"""
    Given token "h" is signed with "HS256" and key "a-signing-key-of-some-length" from{claims}
    And token "r" is signed with "RS256" and key "rsa.pem" from{claims}
    And token "e" is signed with "ES256" and key "ec.pem" from{claims}
    Then token "#h" has a valid signature by key "a-signing-key-of-some-length"
    And token "#r" has a valid signature by key "rsa.pub"
    And token "#e" has a valid signature by key "ec.pub"
    And token "#r" has claim "n" equal to "7"
    And it is not true that token "#r" has a valid signature by key "other.pub"
    And it is not true that token "#h" has a valid signature by key "another-key-of-some-length"
    And it is not true that token "#h" has claim "sbu" equal to "ann"
    And it is not true that token "#h" is valid for at least 1 second
    """,
        )
    )
    public = (tmp_path / "features" / "data" / "rsa.pub").read_text().replace("\n", "\\n")
    fails(
        run_steps(
            tmp_path,
            f"""
    Given token "t" is signed with "HS256" and key "a-signing-key-of-some-length" from{claims}
    Then token "#t" has a valid signature by key "{public}"
    """,
        ),
        "another kind of key",
    )


def test_secrets_are_shown_nowhere(tmp_path: Path) -> None:
    secret = "S3cr3t-Pa55word/9"
    found = run_steps(
        tmp_path,
        f"""
    Given I store "{secret}" under "before"
    And secret "{secret}" under "pw"
    And I encode "ann:{secret}" using Base64 under "coded"
    And context is logged
    And the report notes "it is #{{pw}}"
    And address "http://127.0.0.1:1/#{{pw}}?p=#{{pw}}"
    And header "X-Odd" "#pw"
    When I try to invoke the URL
    Then variable "#pw" is a string "{secret}x"
    """,
    )
    fails(found, "***")
    assert secret not in shown(found)
    assert "S3cr3t-Pa55word%2F9" not in shown(found)
    assert "UzNjcjN0LVBhNTV3b3Jk" not in shown(found)
    assert "***" in said(found)


def test_vault(tmp_path: Path) -> None:
    server = VaultServer()
    server.start()
    config = f"[vault]\n[[default]]\naddress = {server.address}\ntoken = {TOKEN}\n"
    try:
        from tests.support.sample_project import run_project

        steps = """Feature: f
  Scenario: s
    Given I store "vault:secret/shop" under "pw"
    And I store "vault:kv/shop" under "old"
    Then variable "#pw" is a string "v4ult-pa55word"
    And context is logged
  Scenario: t
    Given I store "vault:secret/nothing" under "pw"
"""
        result = run_project(tmp_path, {"config.ini": config, "a.feature": steps})
    finally:
        server.stop()
    first, second = result.features[0].scenarios
    passes(first)
    assert "v4ult" not in shown(first)
    errs(second, "nothing at secret/nothing")
