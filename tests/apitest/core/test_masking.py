from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitest.core import masking

secret_texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="*"), min_size=8, max_size=30)


@given(secret_texts, st.binary(max_size=5), st.binary(max_size=5))
def test_no_spelling_of_a_secret_is_left(secret: str, before: bytes, after: bytes) -> None:
    basic = base64.b64encode(before + secret.encode() + after).decode()
    text = " ".join([secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret), basic])
    masked = masking.mask(text, [secret])
    assert secret not in masked
    assert basic not in masked
    assert quote(secret, safe="") not in masked
    assert json.dumps(secret) not in masked


@given(st.text(), st.lists(st.text(), max_size=3))
def test_any_text_and_any_secrets(text: str, secrets: list[str]) -> None:
    assert isinstance(masking.mask(text, secrets), str)


@pytest.mark.parametrize(
    ("text", "secrets", "masked"),
    [
        ("say s3cret twice s3cret", ["s3cret"], "say *** twice ***"),
        ("pin=12 of 123", ["12"], "pin=*** of 123"),
        ("long and longer", ["long", "longer"], "*** and ***"),
        ("nothing", [], "nothing"),
        ("nothing", [""], "nothing"),
        ("a.b", ["a.b.c."], "a.b"),
    ],
)
def test_mask(text: str, secrets: list[str], masked: str) -> None:
    assert masking.mask(text, secrets) == masked


def test_headers() -> None:
    headers = [("Authorization", "Basic abc"), ("X-API-Key", "k"), ("Accept", "s3cret"), ("set-cookie", "sid=1")]
    assert masking.mask_headers(headers, ["s3cret"]) == (
        ("Authorization", "***"),
        ("X-API-Key", "***"),
        ("Accept", "***"),
        ("set-cookie", "***"),
    )


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("http://ann:pw@shop/a?b=c", "http://ann:***@shop/a?b=c"),
        ("http://shop:8080/a@b", "http://shop:8080/a@b"),
        ("http://shop/?k=s3cret", "http://shop/?k=***"),
    ],
)
def test_urls(url: str, masked: str) -> None:
    assert masking.mask_url(url, ["s3cret"]) == masked
