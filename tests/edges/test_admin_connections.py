"""Changes of a running server under traffic: no call is lost; a canary secret is in no file of the server."""

import threading
from collections import Counter

import pytest
import requests
from sqlalchemy import text

from server.admin.client import AdminRefused
from server.services.base import Service
from server.testing import TestServer

CALLERS = 4
ROUNDS = 15


class Supplier(Service):
    name = "changes.supplier"

    def handle(self):
        self.response.payload = {"price": 2.5}


class Order(Service):
    name = "changes.order"

    def handle(self):
        price = self.out.rest["supplier"].conn.get(self.cid).data["price"]
        with self.out.sql["shop"].session() as session:
            session.execute(text("SELECT 1"))
        self.response.payload = {"price": price}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with TestServer() as server:
        server.deploy(Supplier, Order)
        server.create("security.basic_auth", name="ann", username="ann", password="canary-4711")
        path = str(tmp_path_factory.mktemp("shop") / "shop.db")
        server.create("outgoing.sql", name="shop", engine="sqlite", db_name=path, password="canary-4712")
        server.create("outgoing.rest", name="supplier", host=server.url, url_path="/supplier", data_format="json")
        server.create("channel.rest", name="supplier", url_path="/supplier", service=Supplier.name, data_format="json")
        server.create(
            "channel.rest", name="order", url_path="/order", service=Order.name, data_format="json", security_name="ann"
        )
        yield server


def test_no_call_is_lost_while_everything_it_needs_is_changed(server):
    statuses: Counter[int | str] = Counter()
    is_over = threading.Event()

    def call():
        with requests.Session() as session:
            session.auth = ("ann", "canary-4711")
            while not is_over.is_set():
                try:
                    statuses[session.post(server.url + "/order", json={}, timeout=10).status_code] += 1
                except requests.RequestException as error:
                    statuses[type(error).__name__] += 1

    callers = [threading.Thread(target=call) for _ in range(CALLERS)]
    for caller in callers:
        caller.start()
    try:
        with server.client() as admin:
            names = ["ann", "anne"]
            id = admin.invoke("zato.security.basic-auth.get", {"name": "ann"})["id"]
            for count in range(ROUNDS):
                admin.invoke("zato.security.basic-auth.edit", {"id": id, "name": names[(count + 1) % 2]})
                where = {"connection": "channel", "transport": "plain_http"}
                admin.invoke("zato.http-soap.edit", {"name": "order", "timeout": count + 5, **where})
                where = {"connection": "outgoing"}
                admin.invoke("zato.http-soap.edit", {"name": "supplier", "timeout": count + 5, **where})
                admin.invoke("zato.outgoing.sql.edit", {"name": "shop", "pool_size": count + 4})
            admin.invoke("zato.security.basic-auth.edit", {"id": id, "name": "ann"})
    finally:
        is_over.set()
        for caller in callers:
            caller.join()
    assert set(statuses) == {200}
    assert statuses[200] > ROUNDS


def test_a_changed_password_counts_for_the_next_call(server):
    server.create("security.apikey", name="key", secret="canary-1")
    server.create("channel.rest", name="keyed", url_path="/keyed", service=Supplier.name, security_name="key")
    status = lambda key: requests.get(server.url + "/keyed", headers={"X-API-Key": key}, timeout=10).status_code  # noqa: E731
    with server.client() as admin:
        assert (status("canary-1"), status("canary-2")) == (200, 401)
        given = {"name": "key", "password1": "canary-2", "password2": "canary-2"}
        admin.invoke("zato.security.apikey.change-password", given)
        assert (status("canary-1"), status("canary-2")) == (401, 200)
        admin.invoke("zato.security.apikey.edit", {"name": "key", "is_active": False})
        assert status("canary-2") == 503
        with pytest.raises(AdminRefused) as caught:
            admin.invoke("zato.security.apikey.delete", {"name": "key"})
        assert caught.value.status == 409
        admin.invoke("zato.security.apikey.delete", {"name": "key", "cascade": True})
        assert status("canary-2") == 404


def test_no_secret_is_in_any_file_of_the_server(server):
    with server.client() as admin:
        admin.invoke("zato.outgoing.sql.edit", {"name": "shop", "password": "canary-4713"})
        with pytest.raises(AdminRefused) as caught:
            admin.invoke("zato.security.basic-auth.create", {"name": "x", "pasword": "canary-4714"})
    assert "canary" not in str(caught.value.reply)
    files = [path for path in server.folder.rglob("*") if path.is_file()]
    assert any(path.name == "admin.log" for path in files)
    assert not [path.name for path in files if b"canary" in path.read_bytes()]
