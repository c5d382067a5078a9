"""What admin services share: input as it came, pages, masks."""

import pytest

from server.admin.describe import Description, Element
from server.admin.services.base import masked, page
from server.errors import BadRequest, InputInvalid
from tests.support.admin import AdminServer


@pytest.fixture
def admin():
    return AdminServer()


@pytest.mark.parametrize("payload", [b"not json", "{", b"[1]", "7"])
def test_what_is_no_object_is_refused(admin, payload):
    with pytest.raises(BadRequest):
        admin.reply("zato.security.get-list", payload)


@pytest.mark.parametrize("payload", [None, "", b"", {}])
def test_no_input_is_an_empty_one(admin, payload):
    assert admin.reply("zato.security.get-list", payload).payload == []


def test_types_are_checked(admin):
    with pytest.raises(InputInvalid):
        admin.call("security.get-list", cur_page="first")


def test_only_what_is_declared_as_no_secret_is_logged():
    description = Description(
        "a.b", "", "b", "", (Element("name"), Element("password", "secret"), Element("payload", "any"))
    )
    given = {"name": "x", "password": "canary", "pasword": "canary", "payload": {"a": "canary"}}
    assert masked(description, given) == {"name": "x", "password": "******", "pasword": "******", "payload": "******"}


def test_a_page_of_nothing():
    answer = page([], {"paginate": True})
    assert (answer["data"], answer["_meta"]["search"]["num_pages"], answer["_meta"]["search"]["next_page"]) == (
        [],
        1,
        None,
    )
