"""Names of services."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.services.naming import default_name, kebab, problem_with


@pytest.mark.parametrize(
    ("module", "cls", "wanted"),
    [
        ("stockmarket", "GetMarketCap", "stockmarket.get-market-cap"),
        ("ho_naming", "GetThing", "ho-naming.get-thing"),
        ("crm", "GetCRMData", "crm.get-crm-data"),
        ("a", "Get", "a.get"),
        ("a", "get_it", "a.get-it"),
        ("a", "V2Get", "a.v2-get"),
        ("a", "_Get", "a.get"),
    ],
)
def test_default_names(module: str, cls: str, wanted: str) -> None:
    assert default_name(module, cls) == wanted


def test_a_namespace_takes_the_place_of_the_module() -> None:
    assert default_name("orders", "GetAll", "my.api") == "my.api.get-all"


@pytest.mark.parametrize("name", ["my.zato.thing", "ZATO.x", "", 5, None, "a b", "a@b", "a/b"])
def test_names_that_cannot_be(name: object) -> None:
    assert problem_with(name)


def test_the_servers_own_names() -> None:
    assert problem_with("zato.ping", is_internal=True) == ""
    assert problem_with("my.api.login") == ""


@given(st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,20}", fullmatch=True))
def test_every_class_name_gives_a_plain_name(name: str) -> None:
    found = kebab(name)
    assert re.fullmatch(r"[a-z0-9-]*", found)
    assert found.replace("-", "") == name.replace("_", "").lower()
    assert kebab(found) == found
