"""JSON Web Tokens: reading, signing and checking signatures.

Pure: time comes in.  Cryptography is joserfc's.  Source: RFC 7515, 7517, 7518, 7519, 8725 (best practices).
"""

from __future__ import annotations

import base64
import binascii
import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from apitest.errors import AssertionFailed, Mismatch, StepError

HMAC = ("HS256", "HS384", "HS512")
BY_KEY_TYPE = {
    "oct": HMAC,
    "RSA": ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    "EC": ("ES256", "ES384", "ES512", "ES256K"),
    "OKP": ("EdDSA", "Ed25519", "Ed448"),
}
"""SECURITY: what a key may be used with follows from the key alone, never from the token's own header, so that no
public key is ever taken for the secret of an HMAC (RFC 8725 2.1)."""

ALGORITHMS = tuple(name for names in BY_KEY_TYPE.values() for name in names)


def read(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The header and the claims of a token, its signature not looked at.  Raises StepError for what is none."""
    parts = token.strip().removeprefix("Bearer ").split(".")
    if len(parts) != 3:
        what = "an encrypted one cannot be read" if len(parts) == 5 else f"it has {len(parts)} parts, not 3"
        raise StepError(f"{_short(token)} is no JSON Web Token: {what}")
    header, claims = (_object(part, token) for part in parts[:2])
    return header, claims


def sign(claims: dict[str, Any], algorithm: str, key: str) -> str:
    """Claims -> token.  key: a secret text for HS..., else a private key as PEM or JWK.

    Raises StepError for an unknown algorithm and for a key that does not fit.
    """
    if algorithm not in ALGORITHMS:
        raise StepError(f'There is no algorithm "{algorithm}"', f"One of: {', '.join(ALGORITHMS)}")
    from joserfc import jws
    from joserfc.errors import JoseError

    chosen = _keys(key, algorithm in HMAC)[0]
    _check_use(chosen, algorithm)
    header = {"alg": algorithm, "typ": "JWT"}
    if getattr(chosen, "kid", None):
        header["kid"] = str(chosen.kid)
    payload = json.dumps(claims, ensure_ascii=False, separators=(",", ":")).encode()
    try:
        with _quietly():
            return jws.serialize_compact(header, payload, chosen, algorithms=[algorithm])
    except (JoseError, ValueError, TypeError, AttributeError) as error:
        raise StepError(f"The token cannot be signed with {algorithm}: {_said(error)}") from error


def check_signature(token: str, key: str) -> None:
    """Raises AssertionFailed where the signature was not made with this key, StepError where it cannot be checked.

    key: a secret text, or a public key as PEM, a JWK or a JWK set; of a set the one that the token names, else each.
    """
    from joserfc import jws
    from joserfc.errors import JoseError

    header, _ = read(token)
    algorithm, wanted = header.get("alg"), header.get("kid")
    if algorithm not in ALGORITHMS:
        mismatch = Mismatch("alg", "a signature", algorithm, "such tokens prove nothing")
        raise AssertionFailed("The token is not signed", [mismatch])
    keys = _keys(key, algorithm in HMAC)
    named = [one for one in keys if wanted is not None and getattr(one, "kid", None) == wanted]
    if wanted is not None and not named and len(keys) > 1:
        known = ", ".join(str(one.kid) for one in keys)
        raise AssertionFailed("No key has the name that the token says", [Mismatch("kid", known, wanted)])
    usable = [one for one in named or keys if algorithm in BY_KEY_TYPE.get(one.key_type, ())]
    if not usable:
        kinds = ", ".join(sorted({str(one.key_type) for one in named or keys}))
        raise AssertionFailed(
            "The token is signed with another kind of key", [Mismatch("alg", f"for a key of type {kinds}", algorithm)]
        )
    plain = token.strip().removeprefix("Bearer ")
    problem = ""
    for one in usable:
        try:
            with _quietly():
                jws.deserialize_compact(plain, one, algorithms=[algorithm])
            return
        except (JoseError, ValueError, TypeError) as error:
            problem = _said(error)
    raise AssertionFailed(
        "The signature is not of this key", [Mismatch("signature", "by this key", algorithm, problem)]
    )


def seconds_left(token: str, now: float) -> float | None:
    """Until the token ends, negative when it has; None where it says nothing.  Raises StepError."""
    end = read(token)[1].get("exp")
    if isinstance(end, bool) or not isinstance(end, int | float):
        return None
    return end - now


@contextmanager
def _quietly() -> Iterator[None]:
    """Short keys and names of algorithms that fell out of use are the business of whoever is tested."""
    from joserfc.errors import SecurityWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)
        yield


def _keys(text: str, is_secret: bool) -> list[Any]:
    """PEM, JWK, JWK set or secret -> keys of joserfc."""
    from joserfc import jwk
    from joserfc.errors import JoseError

    plain = text.strip()
    try:
        if plain.startswith("{"):
            document = json.loads(plain)
            if "keys" in document:
                found = [jwk.import_key(item) for item in document["keys"] if item.get("use", "sig") == "sig"]
                if not found:
                    raise StepError("The set has no key for signatures")
                return list(found)
            return [jwk.import_key(document)]
        if plain.startswith("-----BEGIN"):
            return [_from_pem(plain)]
        if is_secret:
            if not text:
                raise StepError("The key is empty")
            with _quietly():
                return [jwk.OctKey.import_key(text)]
    except (JoseError, ValueError, TypeError, AttributeError, KeyError) as error:
        raise StepError(f"The key cannot be read: {_said(error)}", "Wanted is PEM, a JWK or a JWK set.") from error
    raise StepError("The key is no PEM, JWK or JWK set, as this algorithm needs it")


def _from_pem(text: str) -> Any:
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization
    from joserfc import jwk
    from joserfc.errors import JoseError

    if "-----BEGIN CERTIFICATE-----" in text:
        public = x509.load_pem_x509_certificate(text.encode()).public_key()
        text = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    problem: Exception | None = None
    for kind in (jwk.RSAKey, jwk.ECKey, jwk.OKPKey):
        try:
            return kind.import_key(text)
        except (JoseError, ValueError, TypeError, AttributeError) as error:
            problem = error
    raise ValueError("no key for signatures") from problem


def _check_use(key: Any, algorithm: str) -> None:
    if algorithm not in BY_KEY_TYPE.get(key.key_type, ()):
        raise StepError(
            f"A key of type {key.key_type} cannot be used with {algorithm}",
            f"It can with: {', '.join(BY_KEY_TYPE.get(key.key_type, ()))}",
        )
    if not key.is_private:
        raise StepError("A public key cannot sign", "Name the private key.")


def _object(part: str, token: str) -> dict[str, Any]:
    try:
        document = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, binascii.Error) as error:
        raise StepError(f"{_short(token)} is no JSON Web Token: {type(error).__name__} {error}") from None
    if not isinstance(document, dict):
        raise StepError(f"{_short(token)} is no JSON Web Token: a part of it is no JSON object")
    return document


def _short(token: str) -> str:
    """A token that is perhaps a secret, as messages show it."""
    return f'"{token}"' if len(token) <= 12 else f'"{token[:6]}..." ({len(token)} characters)'


def _said(error: Exception) -> str:
    return str(getattr(error, "description", "") or error or type(error).__name__)
