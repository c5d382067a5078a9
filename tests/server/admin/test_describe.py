"""Descriptions of admin services: what command lines, forms and documents are made from."""

from server.admin.describe import describe, merged
from tests.support.admin import SHIPPED

assert SHIPPED  # their types are registered now
ALL = describe()


def one(name, kind=""):
    return next(item for item in ALL if item.name == name and item.kind == kind)


def test_names_are_those_of_the_interface():
    assert {item.name for item in ALL} >= {
        *(f"zato.http-soap.{action}" for action in ("create", "edit", "delete", "get", "get-list", "ping")),
        *(
            f"zato.outgoing.sql.{action}"
            for action in ("create", "edit", "delete", "get-list", "change-password", "ping")
        ),
        *(
            f"zato.security.basic-auth.{action}"
            for action in ("create", "edit", "delete", "get-list", "change-password")
        ),
        *(f"zato.security.apikey.{action}" for action in ("create", "edit", "delete", "get-list", "change-password")),
        *(f"zato.service.{action}" for action in ("get-list", "get-by-name", "invoke", "upload-package")),
        "zato.security.get-list",
        "zato.server.get-list",
        "zato.info.get-server-info",
    }


def test_a_create_has_the_fields_of_its_definition():
    create = one("zato.outgoing.sql.create", "outgoing.sql")
    fields = {element.name: element for element in create.inputs}
    assert [name for name in fields if fields[name].is_required] == ["name", "engine", "db_name"]
    assert (fields["engine"].choices, fields["pool_size"].default) == (("sqlite", "postgresql"), 5)
    assert (fields["password"].type, fields["password"].default) == ("secret", None)
    assert (create.action, create.object, create.summary) == (
        "create",
        "outgoing-sql",
        "Create an outgoing SQL connection.",
    )


def test_a_generated_secret_need_not_be_given():
    fields = {element.name: element for element in one("zato.security.apikey.create", "security.apikey").inputs}
    assert not fields["secret"].is_required


def test_outputs_hold_no_secrets():
    for item in ALL:
        assert not [element.name for element in item.outputs if element.type == "secret"], item.name


def test_what_chooses_the_kind_is_sent_along():
    create = one("zato.http-soap.create", "channel.rest")
    assert create.fixed == {"connection": "channel", "transport": "plain_http"}
    assert create.object == "rest-channel"


def test_kinds_that_share_a_name_are_merged():
    create = merged(ALL)["zato.http-soap.create"]
    fields = {element.name: element for element in create.inputs}
    assert fields["connection"].choices == ("channel", "outgoing")
    assert (fields["name"].is_required, fields["host"].is_required, fields["url_path"].is_required) == (
        True,
        False,
        False,
    )
    assert create.summary == "Create a REST channel or an outgoing REST connection."
