from __future__ import annotations

import base64
import hmac
import json
from typing import Any

import pytest
from joserfc import jwk

from apitest.core import jwt
from apitest.errors import AssertionFailed, StepError

RFC_7515 = (
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
)
RFC_7515_KEY = json.dumps(
    {"kty": "oct", "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}
)
SECRET = "a-signing-key-of-some-length-and-more-for-512-bits-of-a-key-0123456789"


def coded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def set_of(*keys: Any) -> str:
    return json.dumps({"keys": [key.as_dict(private=False) for key in keys]})


def test_example_of_rfc_7515() -> None:
    """Appendix A.1."""
    header, claims = jwt.read(RFC_7515)
    assert (header["alg"], claims["iss"]) == ("HS256", "joe")
    jwt.check_signature(RFC_7515, RFC_7515_KEY)
    jwt.check_signature(f"Bearer {RFC_7515}", RFC_7515_KEY)
    with pytest.raises(AssertionFailed):
        jwt.check_signature(RFC_7515[:-3] + "abc", RFC_7515_KEY)
    assert jwt.seconds_left(RFC_7515, 1300819370.0) == 10.0


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_secrets(algorithm: str) -> None:
    jwt.check_signature(jwt.sign({"a": "é"}, algorithm, SECRET), SECRET)


@pytest.mark.parametrize(
    ("key", "algorithms"),
    [
        (jwk.RSAKey.generate_key(2048), ("RS256", "RS512", "PS256")),
        (jwk.ECKey.generate_key("P-256"), ("ES256",)),
        (jwk.ECKey.generate_key("P-521"), ("ES512",)),
        (jwk.OKPKey.generate_key("Ed25519"), ("EdDSA", "Ed25519")),
    ],
)
def test_key_pairs(key: Any, algorithms: tuple[str, ...]) -> None:
    for algorithm in algorithms:
        token = jwt.sign({"a": 1}, algorithm, key.as_pem(private=True).decode())
        jwt.check_signature(token, key.as_pem(private=False).decode())
        jwt.check_signature(token, json.dumps(key.as_dict(private=False)))
        jwt.check_signature(jwt.sign({"a": 1}, algorithm, json.dumps(key.as_dict(private=True))), set_of(key))


def test_the_key_of_a_set_is_found_by_its_name() -> None:
    first = jwk.RSAKey.generate_key(2048, parameters={"kid": "1"})
    second = jwk.RSAKey.generate_key(2048, parameters={"kid": "2"})
    third = jwk.RSAKey.generate_key(2048, parameters={"kid": "3"})
    token = jwt.sign({}, "RS256", json.dumps(second.as_dict(private=True)))
    jwt.check_signature(token, set_of(first, second))
    with pytest.raises(AssertionFailed) as caught:
        jwt.check_signature(token, set_of(first, third))
    assert "No key has the name" in caught.value.message


def test_a_public_key_is_no_secret() -> None:
    """Algorithm confusion, RFC 8725 2.1: a token with an HMAC made with the text of a public key."""
    key = jwk.RSAKey.generate_key(2048)
    public = key.as_pem(private=False).decode()
    start = f"{coded(json.dumps({'alg': 'HS256'}).encode())}.{coded(json.dumps({'sub': 'eve'}).encode())}"
    forged = f"{start}.{coded(hmac.digest(public.encode(), start.encode(), 'sha256'))}"
    with pytest.raises(AssertionFailed) as caught:
        jwt.check_signature(forged, public)
    assert "another kind of key" in caught.value.message


def test_tokens_without_a_signature() -> None:
    head = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    with pytest.raises(AssertionFailed) as caught:
        jwt.check_signature(f"{head}.e30.", SECRET)
    assert "not signed" in caught.value.message


@pytest.mark.parametrize("token", ["", "a.b", "a.b.c", "a.b.c.d.e", "e30.W10.x", "....", "é.é.é"])
def test_what_is_no_token(token: str) -> None:
    with pytest.raises(StepError):
        jwt.read(token)


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [("none", SECRET), ("HS1", SECRET), ("RS256", SECRET), ("RS256", "-----BEGIN X-----"), ("HS256", ""),
     ("HS256", "{"), ("HS256", '{"keys": []}'), ("ES256", "-----BEGIN PUBLIC KEY-----\nxx\n-----END PUBLIC KEY-----"),
     ("RS256", jwk.ECKey.generate_key("P-256").as_pem(private=True).decode()),
     ("RS256", jwk.RSAKey.generate_key(2048).as_pem(private=False).decode())],
)  # fmt: skip
def test_keys_that_cannot_sign(algorithm: str, key: str) -> None:
    with pytest.raises(StepError):
        jwt.sign({}, algorithm, key)


def test_the_end() -> None:
    assert jwt.seconds_left(jwt.sign({}, "HS256", SECRET), 0.0) is None
    assert jwt.seconds_left(jwt.sign({"exp": True}, "HS256", SECRET), 0.0) is None
    assert jwt.seconds_left(jwt.sign({"exp": 10.5}, "HS256", SECRET), 20.0) == -9.5
