"""Definitions through their admin services: what is stored, what runs, what is refused, and that nothing is lost."""

import logging

import pytest

from server.errors import Conflict, InputInvalid, NotFound, ServiceUnavailable
from server.security.check import Denied
from tests.support.admin import AdminServer


@pytest.fixture
def admin():
    return AdminServer()


@pytest.fixture
def anna(admin):
    return admin.call("security.basic-auth.create", name="anna", username="anna", password="canary-1")["id"]


def channel(admin, name="orders", **changes):
    values = {
        "connection": "channel",
        "transport": "plain_http",
        "name": name,
        "url_path": f"/{name}",
        "service": "demo.echo",
    } | changes
    return admin.call("http-soap.create", **values)


def paths(error):
    return [problem.path for problem in error.problems]


# Create


def test_what_is_created_is_stored_and_runs(admin):
    answer = admin.call("outgoing.sql.create", name="shop", engine="sqlite", db_name="shop.db", pool_size=3)
    stored = admin.connections.get(answer["id"])
    assert (answer["name"], stored.kind, stored.definition.pool_size) == ("shop", "outgoing.sql", 3)
    assert admin.server.connection("outgoing.sql", "shop").definition == stored.definition


def test_one_name_serves_several_kinds(admin):
    channel(admin)
    admin.call("http-soap.create", connection="outgoing", name="crm", host="http://crm.example", cluster_id=1)
    assert [stored.kind for stored in admin.connections.all()] == ["outgoing.rest", "channel.rest"]
    assert admin.paths() == ["/orders"]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({}, "/connection should be one of: channel, outgoing"),
        ({"connection": "sideways"}, "/connection should be one of: channel, outgoing"),
        ({"connection": "outgoing", "transport": "soap"}, "/transport should be one of: plain_http"),
    ],
)
def test_which_kind_has_to_be_said(admin, given, problem):
    error = admin.refused("http-soap.create", name="x", **given)
    assert isinstance(error, InputInvalid)
    assert problem in [f"{one.path} {one.problem}" for one in error.problems]


def test_every_problem_is_told_at_once(admin):
    error = admin.refused("outgoing.sql.create", engine="oracle", pool_size="many", security="x", password=[])
    assert isinstance(error, InputInvalid)
    assert paths(error) == ["/security"]  # an unknown name first: what it was meant for would be missing below
    error = admin.refused("outgoing.sql.create", engine="oracle", pool_size="many", password=[])
    assert paths(error) == ["/name", "/engine", "/db_name", "/password", "/pool_size"]
    assert admin.connections.all() == []


def test_an_unknown_input_is_told_with_the_nearest(admin):
    error = admin.refused("outgoing.sql.create", name="a", engine="sqlite", db_name="a", poolsize=1)
    assert error.problems[0].problem == "unknown, did you mean 'pool_size'?"


def test_a_taken_name_is_refused(admin, anna):
    error = admin.refused("security.apikey.create", name="anna")
    assert (error.status, error.shown_message()) == (409, "There is an API key definition 'anna' already")


def test_names_of_the_product_are_its_own(admin):
    assert paths(admin.refused("security.apikey.create", name="myZato")) == ["/name"]


def test_a_secret_that_is_not_given_is_made_up(admin):
    id = admin.call("security.basic-auth.create", name="bo", username="bo")["id"]
    other = admin.call("security.basic-auth.create", name="cy", username="cy", password="")["id"]
    made = [admin.connections.get(one).definition.password.reveal() for one in (id, other)]
    assert len(made[0]) == 36
    assert made[0] != made[1]


def test_a_part_that_cannot_be_provisioned_leaves_no_row(admin):
    channel(admin, "a", url_path="/same")
    error = admin.refused("http-soap.create", connection="channel", name="b", service="demo.echo", url_path="/same")
    assert error.status == 409
    assert "'a'" in error.shown_message()
    assert [stored.definition.name for stored in admin.connections.all()] == ["a"]


# References


@pytest.mark.parametrize("how", ["name", "id", "both", "text id"])
def test_a_reference_goes_by_name_or_id(admin, anna, how):
    given = {
        "name": {"security_name": "anna"},
        "id": {"security_id": anna},
        "both": {"security_name": "anna", "security_id": anna},
        "text id": {"security_id": str(anna)},
    }[how]
    id = channel(admin, **given)["id"]
    shown = admin.call("http-soap.get", id=id)
    assert (shown["security_name"], shown["security_id"]) == ("anna", anna)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"security_name": None},
        {"security_name": "zato-no-security"},
        {"security_id": "ZATO_NONE"},
        {"security_id": None},
    ],
)
def test_no_security(admin, given):
    shown = admin.call("http-soap.get", id=channel(admin, **given)["id"])
    assert (shown["security_name"], shown["security_id"]) == (None, None)


def test_a_reference_to_nothing_is_refused_with_the_nearest(admin, anna):
    error = admin.refused(
        "http-soap.create", connection="channel", name="a", url_path="/", service="a", security_name="ana"
    )
    assert paths(error) == ["/security_name"]
    assert error.problems[0].problem == "does not exist. Create it first. Did you mean 'anna'?"
    error = admin.refused(
        "http-soap.create", connection="channel", name="a", url_path="/", service="a", security_id=999
    )
    assert paths(error) == ["/security_id"]


# Edit


def test_an_edit_changes_what_is_given_and_keeps_the_rest(admin):
    id = admin.call("outgoing.sql.create", name="a", engine="sqlite", db_name="a", pool_size=3, password="canary")["id"]
    assert admin.call("outgoing.sql.edit", id=id, timeout=2.5, password="") == {"id": id, "name": "a"}
    after = admin.connections.get(id)
    assert (after.definition.pool_size, after.definition.timeout, after.definition.password.reveal()) == (
        3,
        2.5,
        "canary",
    )
    assert after.version == 2
    assert admin.server.connection("outgoing.sql", "a").definition.timeout == 2.5


def test_an_edit_can_go_by_name(admin, anna):
    admin.call("security.basic-auth.edit", name="anna", realm="Shop")
    assert admin.connections.get(anna).definition.realm == "Shop"


def test_the_slower_of_two_editors_is_told(admin, anna):
    admin.call("security.basic-auth.edit", id=anna, realm="one", version=1)
    error = admin.refused("security.basic-auth.edit", id=anna, realm="two", version=1)
    assert isinstance(error, Conflict)
    assert admin.connections.get(anna).definition.realm == "one"
    assert admin.server.connection("security", "anna").definition.realm == "one"


def test_an_edit_that_cannot_be_provisioned_keeps_the_old_one(admin):
    channel(admin, "a", url_path="/a")
    id = channel(admin, "b", url_path="/b")["id"]
    before = admin.server.connection("channel.rest", "b")
    assert admin.refused("http-soap.edit", id=id, url_path="/a").status == 409
    assert admin.server.connection("channel.rest", "b") is before
    assert admin.call("http-soap.get", id=id)["url_path"] == "/b"
    assert admin.paths() == ["/a", "/b"]


def test_a_path_moves_and_the_old_one_is_free(admin):
    id = channel(admin, "a", url_path="/a")["id"]
    admin.call("http-soap.edit", id=id, url_path="/b")
    assert admin.paths() == ["/b"]


def test_switching_off_and_on(admin):
    id = channel(admin)["id"]
    admin.call("http-soap.edit", id=id, is_active=False)
    assert admin.paths() == []
    admin.call("http-soap.edit", id=id, is_active="true")
    assert admin.paths() == ["/orders"]


def test_a_rename_is_followed_by_what_refers_to_it(admin, anna):
    id = channel(admin, security_name="anna")["id"]
    admin.call("security.basic-auth.edit", id=anna, name="anne")
    assert admin.call("http-soap.get", id=id)["security_name"] == "anne"
    assert admin.channel_at("/orders").security_name == "anne"
    assert admin.server.find("security", "anna") is None
    assert admin.server.users_of("security", "anne")


def test_a_rename_to_a_taken_name_changes_nothing(admin, anna):
    id = channel(admin, security_name="anna")["id"]
    admin.call("security.apikey.create", name="bo")
    before = admin.connections.all()
    assert admin.refused("security.basic-auth.edit", id=anna, name="bo").status == 409
    assert admin.connections.all() == before
    assert admin.call("http-soap.get", id=id)["security_name"] == "anna"
    admin.server.connection("security", "anna")


def test_a_rename_that_a_user_of_it_cannot_follow_is_taken_back(admin, anna, monkeypatch):
    for name in ("a", "b"):
        channel(admin, name, security_name="anna")
    before = [(stored.definition, stored.kind) for stored in admin.connections.all()]

    def provision(part):
        if part.definition.security_name == "anne" and part.definition.name == "b":
            raise ServiceUnavailable("", "cannot")

    monkeypatch.setattr("server.channels.rest.RESTChannel.provision", provision)
    assert admin.refused("security.basic-auth.edit", id=anna, name="anne").status == 503
    assert [(stored.definition, stored.kind) for stored in admin.connections.all()] == before
    assert {admin.channel_at(path).security_name for path in ("/a", "/b")} == {"anna"}
    assert admin.server.find("security", "anne") is None
    admin.server.connection("security", "anna")


# Delete


def test_what_is_deleted_is_gone_from_store_and_server(admin):
    id = channel(admin)["id"]
    assert admin.call("http-soap.delete", id=id) == {"id": id, "name": "orders"}
    assert admin.connections.all() == []
    assert admin.paths() == []


def test_delete_by_name_and_kind(admin):
    channel(admin, "x")
    admin.call("http-soap.create", connection="outgoing", name="x", host="http://a.example")
    assert paths(admin.refused("http-soap.delete", name="x")) == ["/connection"]
    admin.call("http-soap.delete", name="x", connection="channel")
    assert [stored.kind for stored in admin.connections.all()] == ["outgoing.rest"]


def test_a_definition_in_use_stays_unless_cascade_is_given(admin, anna):
    channel(admin, "a", security_name="anna")
    channel(admin, "b", security_name="anna", is_active=False)
    channel(admin, "open")
    error = admin.refused("security.basic-auth.delete", id=anna)
    assert (error.status, error.shown_message()) == (
        409,
        "Basic Auth definition 'anna' is used by REST channel 'a', REST channel 'b'. "
        "Change them first, or delete it with cascade, which deletes them too.",
    )
    assert admin.paths() == ["/a", "/open"]
    admin.call("security.basic-auth.delete", id=anna, cascade=True)
    assert [stored.definition.name for stored in admin.connections.all()] == ["open"]
    assert admin.paths() == ["/open"]


def test_what_the_server_needs_stays(admin):
    id = admin.call("security.basic-auth.create", name="admin.invoke", username="admin.invoke")["id"]
    for service, changes in (("delete", {"cascade": True}), ("edit", {"name": "other"})):
        error = admin.refused(f"security.basic-auth.{service}", id=id, **changes)
        assert error.status == 409
        assert "the server itself uses it" in error.shown_message()


# Get and list


def test_ids_and_names_of_nothing_and_of_another_kind(admin, anna):
    channel(admin)
    for given, words in (
        ({"id": 999}, "no definition with id 999"),
        ({"id": anna}, "REST c"),
        ({"name": "order"}, "Did you mean 'orders'"),
    ):
        for action in ("get", "edit", "delete"):
            error = admin.refused(f"http-soap.{action}", **given)
            assert isinstance(error, NotFound)
            assert words in error.shown_message()
    assert paths(admin.refused("http-soap.get")) == ["/id", "/name"]


def test_get_shows_all_but_secrets(admin, anna):
    assert admin.call("security.basic-auth.get", id=anna) == {
        "id": anna,
        "name": "anna",
        "is_active": True,
        "username": "anna",
        "realm": "API",
        "version": 1,
    }


def test_lists(admin):
    for name in ("b", "a", "Bc"):
        channel(admin, name)
    admin.call("http-soap.create", connection="outgoing", name="o", host="http://a.example")
    names = lambda **given: [one["name"] for one in admin.call("http-soap.get-list", **given)]  # noqa: E731
    assert names(connection="channel", transport="plain_http") == ["Bc", "a", "b"]
    assert names(connection="outgoing") == ["o"]
    assert names() == ["Bc", "a", "b", "o"]
    assert names(query="b") == ["Bc", "b"]
    assert names(cluster_id=1, query="zz") == []
    assert admin.call("http-soap.get-list", connection="outgoing")[0]["connection"] == "outgoing"


def test_pages(admin):
    for number in range(5):
        channel(admin, f"c{number}")
    answer = admin.call("http-soap.get-list", connection="channel", paginate=True, cur_page=2, page_size=2)
    assert [one["name"] for one in answer["data"]] == ["c2", "c3"]
    assert answer["_meta"]["search"] == {
        "cur_page": 2,
        "num_pages": 3,
        "page_size": 2,
        "total": 5,
        "has_prev_page": True,
        "has_next_page": True,
        "prev_page": 1,
        "next_page": 3,
    }
    assert (
        admin.call("http-soap.get-list", paginate="yes", cur_page=99, page_size=100_000)["_meta"]["search"]["cur_page"]
        == 1
    )


def test_input_may_come_in_the_query(admin, anna):
    assert admin.reply("zato.security.basic-auth.get", None, {"id": str(anna)}).payload["name"] == "anna"
    assert admin.reply("zato.security.basic-auth.get", b'{"name": "anna"}').payload["id"] == anna


# Ping and secrets


def test_ping_tells_what_it_found(admin, tmp_path):
    id = admin.call("outgoing.sql.create", name="a", engine="sqlite", db_name=str(tmp_path / "a.db"))["id"]
    answer = admin.call("outgoing.sql.ping", id=id)
    assert (answer["is_success"], answer["info"]) == (True, "sqlite answered PRAGMA schema_version")
    assert answer["response_time"] > 0
    admin.call("outgoing.sql.edit", id=id, is_active=False)
    answer = admin.call("outgoing.sql.ping", name="a")
    assert (answer["is_success"], answer["info"]) == (False, "Outgoing SQL connection 'a' is not active")


def test_a_changed_password_counts_at_once(admin, anna):
    old = {"authorization": "Basic YW5uYTpjYW5hcnktMQ=="}
    assert not isinstance(admin.server.connection("security", "anna").check(old, 0), Denied)
    answer = admin.call("security.basic-auth.change-password", id=anna, password1="canary-2", password2="canary-2")
    assert answer == {"id": anna, "name": "anna"}
    assert isinstance(admin.server.connection("security", "anna").check(old, 0), Denied)
    assert admin.connections.get(anna).definition.password.reveal() == "canary-2"


def test_passwords_that_differ_or_are_empty_are_refused(admin, anna):
    error = admin.refused("security.basic-auth.change-password", id=anna, password1="canary-a", password2="canary-b")
    assert paths(error) == ["/password2"]
    error = admin.refused("security.basic-auth.change-password", id=anna, password1="", password2="")
    assert paths(error) == ["/password1"]
    assert "canary" not in str(error.as_dict())
    assert admin.connections.get(anna).definition.password.reveal() == "canary-1"


def test_no_answer_no_refusal_and_no_log_line_holds_a_secret(admin, caplog):
    with caplog.at_level(logging.DEBUG):
        said = [
            admin.call("security.basic-auth.create", name="anna", username="anna", password="canary"),
            admin.call("security.apikey.create", name="key", secret="canary"),
            admin.call("outgoing.sql.create", name="a", engine="postgresql", db_name="a", password="canary"),
            admin.call("security.basic-auth.edit", name="anna", password="canary"),
            admin.call("security.apikey.edit", name="key", password="canary"),
            admin.call("outgoing.sql.change-password", name="a", password1="canary", password2="canary"),
            admin.call("security.get-list"),
            admin.call("security.apikey.get", name="key"),
            admin.call("outgoing.sql.get-list"),
            admin.refused("security.basic-auth.create", name="bo", username="a:b", password="canary").as_dict(),
            admin.refused("security.basic-auth.create", name="bo", username="b", pasword="canary").as_dict(),
            admin.refused("security.basic-auth.create", name="bo", username="b", password=["canary"]).as_dict(),
            admin.refused(
                "security.apikey.change-password", name="none", password1="canary", password2="canary"
            ).as_dict(),
        ]
    assert "canary" not in str(said)
    assert "canary" not in caplog.text
    assert "zato.security.basic-auth.create by admin.invoke: " in caplog.text
    assert "'username': 'anna', 'password': '******'" in caplog.text
