"""Deployed services through admin: listed, switched, invoked, uploaded."""

from base64 import b64encode

import pytest

from server.errors import DeployError, Inactive, ServiceMissing
from tests.support.admin import AdminServer


@pytest.fixture
def admin():
    return AdminServer()


def test_users_services_are_listed_and_the_servers_own_on_request(admin):
    listed = admin.call("service.get-list")
    assert [one["name"] for one in listed] == ["demo.echo"]
    assert listed[0] == {
        "id": listed[0]["id"],
        "name": "demo.echo",
        "is_active": True,
        "impl_name": "demo.Echo",
        "is_internal": False,
        "may_be_deleted": True,
        "usage": 0,
    }
    every = admin.call("service.get-list", include_internal=True)
    assert {"demo.echo", "zato.service.get-list"} <= {one["name"] for one in every}
    assert len({one["id"] for one in every}) == len(every)


def test_get_by_name(admin):
    assert admin.call("service.get-by-name", name="demo.echo")["impl_name"] == "demo.Echo"
    error = admin.refused("service.get-by-name", name="demo.eco")
    assert isinstance(error, ServiceMissing)


def test_switching_off_lasts(admin):
    id = admin.call("service.get-by-name", name="demo.echo")["id"]
    assert admin.call("service.edit", id=id, is_active=False)["is_active"] is False
    assert isinstance(admin.refused("service.invoke", name="demo.echo"), Inactive)
    assert admin.state.services.get(id).is_active is False
    assert admin.call("service.edit", name="demo.echo", is_active=True)["is_active"] is True
    assert [one.path for one in admin.refused("service.edit", is_active=True).problems] == ["/id", "/name"]


def test_invoke(admin):
    id = admin.call("service.get-by-name", name="demo.echo")["id"]
    assert admin.call("service.invoke", name="demo.echo", payload={"a": [1]}) == {"response": {"got": {"a": [1]}}}
    assert admin.call("service.invoke", id=id) == {"response": {"got": ""}}


def test_upload(admin):
    payload = b64encode("# é\n".encode()).decode()
    assert admin.call("service.upload-package", payload_name="orders.py", payload=payload) == {
        "deployed": ["a.one", "b.two"]
    }
    assert admin.deployed == [("orders.py", "# é\n")]


@pytest.mark.parametrize(
    "name", ["../a.py", "/a.py", "a/b.py", "a.txt", ".a.py", "a.py\n", "a b.py", "", "..py", "a\\b.py", "1.py"]
)
def test_an_uploaded_file_cannot_leave_the_folder(admin, name):
    error = admin.refused("service.upload-package", payload_name=name, payload="")
    assert [one.path for one in error.problems][:1] == ["/payload_name"]
    assert admin.deployed == []


@pytest.mark.parametrize("payload", ["!!!", b64encode(b"\xff").decode()])
def test_a_payload_that_is_no_text_in_base64(admin, payload):
    error = admin.refused("service.upload-package", payload_name="a.py", payload=payload)
    assert [one.path for one in error.problems] == ["/payload"]


def test_a_file_that_cannot_be_deployed_is_told_with_line_and_reason(admin):
    def deploy(file_name, text):
        raise DeployError(file_name, 12, "ImportError: no module named 'x'")

    admin.state.deploy = deploy
    error = admin.refused("service.upload-package", payload_name="a.py", payload="YQ==")
    assert error.status == 400
    assert "line 12: ImportError: no module named 'x'" in error.shown_message()
