"""What every admin service promises.  A test module imports everything from here and has the fixture `admin`."""

import orjson
import pytest

from server.admin.api import CLASSES, admin_services
from server.admin.describe import OTHERS, describe
from server.errors import InputInvalid
from tests.support.admin import AdminServer

DESCRIPTIONS = describe()
NAMES = sorted({one.name for one in DESCRIPTIONS})


@pytest.fixture(scope="module")
def whole():
    server = AdminServer()
    server.open_http()
    return server


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (None, 401),
        ("admin.invoke:wrong", 401),
        ("nobody:canary-http", 401),
        ("pubapi:canary-http", 403),
    ],
    ids=["no credentials", "wrong password", "unknown user", "not an administrator"],
)
def test_each_refuses_who_is_no_administrator(whole, name, authorization, status):
    before = whole.connections.all()
    response = whole.http(name, {"name": "x", "id": 1, "cascade": True}, authorization)
    assert response.status == status
    assert orjson.loads(response.body)["error"] == {401: "unauthorized", 403: "forbidden"}[status]
    assert (dict(response.headers).get("WWW-Authenticate", "") != "") is (status == 401)
    assert b"canary" not in response.body
    assert whole.connections.all() == before


@pytest.mark.parametrize("name", NAMES)
def test_each_answers_an_administrator_in_json(whole, name):
    response = whole.http(name, {"no_such_input": "canary"}, "admin.invoke:canary-http")
    assert response.status == 400
    assert orjson.loads(response.body)["error"] == "input"
    assert b"canary" not in response.body


def test_each_description_has_one_class():
    assert [cls.description.name for cls in admin_services()] == NAMES
    assert sorted(CLASSES) == sorted(one.name for one in OTHERS)


@pytest.mark.parametrize("one", DESCRIPTIONS, ids=lambda one: f"{one.name} {one.kind}".strip())
def test_each_says_what_it_does_takes_and_gives(one):
    assert one.summary.endswith(".")
    assert not [element.name for element in one.inputs if not element.help and element.name not in one.fixed]
    assert one.outputs


@pytest.mark.parametrize("name", NAMES)
def test_each_is_internal_so_that_only_administrators_reach_it(whole, name):
    assert whole.store.get(name).is_internal


@pytest.mark.parametrize("name", NAMES)
def test_each_refuses_unknown_input_without_showing_it(whole, name):
    error = whole.refused(name.removeprefix("zato."), no_such_input="canary", payload_name="a", payload="", name="a")
    assert isinstance(error, InputInvalid)
    assert "canary" not in str(error.as_dict())


@pytest.mark.parametrize("name", NAMES)
def test_none_answers_or_refuses_with_a_secret(whole, name):
    elements = {element.name: element for one in DESCRIPTIONS if one.name == name for element in one.inputs}
    given = {element.name: "canary-17" for element in elements.values() if element.type == "secret"}
    if not given:
        return
    assert "canary" not in str(whole.refused(name.removeprefix("zato."), **given).as_dict())
