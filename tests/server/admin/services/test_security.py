"""Security definitions of all kinds in one list."""

from tests.support.admin import AdminServer


def test_all_kinds_in_one_list():
    admin = AdminServer()
    admin.call("security.basic-auth.create", name="anna", username="ann")
    admin.call("security.apikey.create", name="key")
    listed = [(one["name"], one["sec_type"], one["username"]) for one in admin.call("security.get-list")]
    assert listed == [("anna", "basic_auth", "ann"), ("key", "apikey", "")]
    assert [one["name"] for one in admin.call("security.get-list", sec_type="apikey")] == ["key"]
