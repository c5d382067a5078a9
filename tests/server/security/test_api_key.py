"""API keys: the header they come in, right and wrong ones."""

import pytest

from server.security.api_key import APIKey
from server.security.check import Denied
from server.security.definition import APIKeyDefinition


def make(**changes):
    return APIKey(APIKeyDefinition(**({"id": 3, "name": "partner", "secret": "k-17"} | changes)))


def test_the_right_key_gives_the_principal():
    principal = make().check({"x-api-key": "k-17"})
    assert (principal.id, principal.name, principal.kind) == (3, "partner", "apikey")


@pytest.mark.parametrize("headers", [{}, {"x-api-key": ""}, {"x-api-key": "k-18"}, {"x-api-key": "ключ"}])
def test_anything_else_is_refused_and_told_which_header(headers):
    refusal = make().check(headers)
    assert isinstance(refusal, Denied)
    assert refusal.challenge == 'ApiKey header="X-API-Key"'
    assert "k-17" not in repr(refusal)


def test_the_header_can_be_chosen():
    part = make(header="X-Partner")
    assert part.check({"x-partner": "k-17"}) is part.principal
    assert isinstance(part.check({"x-api-key": "k-17"}), Denied)
