"""The server about itself."""

from tests.support.admin import AdminServer


def test_info():
    assert AdminServer().call("info.get-server-info")["info"] == {
        "name": "s1",
        "version": "1.2",
        "address": "http://127.0.0.1:17010",
        "hostname": "box",
    }


def test_the_one_server():
    listed = AdminServer().call("server.get-list")
    assert [(one["name"], one["bind_host"], one["bind_port"], one["host"]) for one in listed] == [
        ("s1", "127.0.0.1", 17010, "box")
    ]
