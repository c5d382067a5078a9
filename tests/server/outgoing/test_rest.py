"""Outgoing REST without a network: paths, headers, bodies, credentials, and replies of a fake adapter."""

import io
import logging

import orjson
import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from requests.adapters import BaseAdapter

from server.errors import InternalServerError, ServiceUnavailable
from server.kernel.definition import read_definition
from server.kernel.registry import REGISTRY
from server.kernel.server import Server
from server.outgoing.rest import OutgoingRESTDefinition, RESTConnection, fill_path
from server.outgoing.rest_session import RESTResponse
from server.security.definition import APIKeyDefinition, BasicAuthDefinition


class FakeAdapter(BaseAdapter):
    """Answers with what it was given; remembers what it was asked."""

    def __init__(self, *replies):
        super().__init__()
        self.replies = list(replies)
        self.requests = []

    def send(self, request, **options):
        self.requests.append(request)
        reply = self.replies.pop(0) if self.replies else (200, b"{}")
        if isinstance(reply, Exception):
            raise reply
        response = RESTResponse()
        response.status_code, body = reply[:2]
        response.headers.update(reply[2] if len(reply) > 2 else {})
        response.raw = io.BytesIO(body)
        response.request = request
        response.url = request.url
        return response

    def close(self):
        pass


def make(*replies, security=None, **changes):
    values = {"name": "crm", "host": "http://crm.example:81", "url_path": "/a/{id}", "data_format": "json"} | changes
    definition = read_definition(OutgoingRESTDefinition, values)
    assert isinstance(definition, OutgoingRESTDefinition), definition
    server = Server(REGISTRY, start_order=("security", "outgoing"), name="s1")
    if security is not None:
        kind = "security.basic_auth" if isinstance(security, BasicAuthDefinition) else "security.apikey"
        server.load([(kind, security, "")])
    connection = RESTConnection(definition, server)
    adapter = FakeAdapter(*replies)
    connection.session.mount("http://", adapter)
    return connection, adapter


def test_params_fill_the_path_and_the_rest_goes_to_the_query():
    connection, adapter = make()
    response = connection.conn.get("c1", {"id": "x/ ü", "q": "a b"})
    assert response.status_code == 200
    request = adapter.requests[0]
    assert (request.method, request.url) == ("GET", "http://crm.example:81/a/x%2F%20%C3%BC?q=a+b")
    assert request.headers["X-Zato-CID"] == "c1"
    assert request.headers["X-Zato-Component"] == "s1"
    assert "X-Zato-Msg-TS" in request.headers
    assert request.body is None
    assert "Content-Type" not in request.headers


@pytest.mark.parametrize("method", ["get", "delete", "options", "head", "post", "put", "patch", "send"])
def test_every_method(method):
    connection, adapter = make(url_path="/a")
    getattr(connection.conn, method)("c1")
    assert adapter.requests[0].method == {"send": "POST"}.get(method, method.upper())


@pytest.mark.parametrize(
    ("data_format", "data", "body", "content_type"),
    [
        ("json", {"a": 1, 2: [None]}, b'{"a":1,"2":[null]}', "application/json"),
        ("json", "{}", b"{}", "application/json"),
        ("json", [], b"[]", "application/json"),
        ("form", {"a": "b c"}, "a=b+c", "application/x-www-form-urlencoded"),
        (None, {"a": "b"}, "a=b", "application/x-www-form-urlencoded"),
        (None, b"\x00", b"\x00", None),
        ("xml", "<a/>", b"<a/>", "application/xml"),
    ],
)
def test_bodies_are_written_in_the_data_format(data_format, data, body, content_type):
    connection, adapter = make(data_format=data_format, url_path="/a")
    connection.conn.post("c1", data)
    assert adapter.requests[0].body == body
    assert adapter.requests[0].headers.get("Content-Type") == content_type


def test_own_headers_win():
    connection, adapter = make(url_path="/a", content_type="text/x")
    connection.conn.post("c1", "a", headers={"X-Zato-CID": "mine", "X-A": "b"})
    assert {adapter.requests[0].headers[name] for name in ("X-Zato-CID", "X-A", "Content-Type")} == {
        "mine",
        "b",
        "text/x",
    }


def test_a_dict_cannot_be_sent_as_xml_and_that_is_not_the_callers_fault():
    connection, _ = make(data_format="xml", url_path="/a")
    with pytest.raises(InternalServerError, match="'crm' has data format xml: give it a text, not a dict"):
        connection.conn.post("c1", {})


def test_a_missing_path_parameter_is_named():
    connection, adapter = make()
    with pytest.raises(InternalServerError, match="'crm': its path /a/{id} needs the parameter 'id'"):
        connection.conn.get("c1", {"ID": 1})
    assert adapter.requests == []


@pytest.mark.parametrize(
    ("reply", "data"),
    [
        ((200, b'{"a": 1}'), {"a": 1}),
        ((201, b""), None),
        ((404, b'{"error": "none"}'), {"error": "none"}),
        ((502, b"<html>"), "<html>"),
    ],
)
def test_any_status_is_a_reply_with_data(reply, data):
    connection, _ = make(reply, url_path="/a")
    response = connection.conn.get("c1")
    assert (response.status_code, response.data) == (reply[0], data)


def test_without_data_format_the_data_is_the_text():
    connection, _ = make((200, b'{"a": 1}'), url_path="/a", data_format=None)
    assert connection.conn.get("c1").data == '{"a": 1}'


def test_garbage_of_a_json_connection_is_unavailable_and_text_can_still_be_read():
    connection, _ = make((200, b"<html>"), url_path="/a")
    response = connection.conn.get("c1")
    assert response.text == "<html>"
    with pytest.raises(ServiceUnavailable, match="'crm' answered with something that is not JSON"):
        _ = response.data


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (requests.ConnectTimeout("http://crm.example"), "did not answer within 10 s"),
        (requests.ReadTimeout("http://crm.example"), "did not answer within 10 s"),
        (requests.exceptions.SSLError("http://crm.example"), "TLS failed"),
        (requests.TooManyRedirects("http://crm.example"), "redirected too often"),
        (requests.ConnectionError(ConnectionRefusedError("crm.example")), "connection refused"),
        (requests.ConnectionError(ConnectionResetError("crm.example")), "connection reset"),
        (requests.exceptions.ChunkedEncodingError("crm.example"), "the connection failed"),
        (requests.exceptions.ContentDecodingError("crm.example"), "the connection failed"),
    ],
)
def test_failures_of_the_other_side_name_the_connection_and_hide_the_address(error, words):
    connection, _ = make(error, url_path="/a")
    with pytest.raises(ServiceUnavailable) as caught:
        connection.conn.get("c1")
    shown = caught.value.as_dict()
    assert (shown["cid"], shown["error"], caught.value.status) == ("c1", "unavailable", 503)
    assert shown["message"].startswith("Outgoing REST connection 'crm' ")
    assert words in shown["message"]
    assert "crm.example" not in str(shown)
    assert caught.value.__cause__ is error


def test_a_mistake_of_the_service_stays_what_it_is():
    connection, _ = make(url_path="/a")
    with pytest.raises(requests.exceptions.InvalidHeader):
        connection.conn.get("c1", headers={"X-A": "a\r\nb"})


def test_basic_auth_and_keys_are_sent_as_they_are_now():
    connection, adapter = make(
        security=BasicAuthDefinition(name="sec", username="änna", password="p1"), security_name="sec", url_path="/a"
    )
    connection.conn.get("c1")
    connection._server.apply(
        "security.basic_auth",
        connection._server.entry("security", "sec").definition,
        BasicAuthDefinition(name="sec", username="änna", password="p2"),
    )
    connection.conn.get("c2")
    assert [request.headers["Authorization"] for request in adapter.requests] == [
        "Basic w6RubmE6cDE=",
        "Basic w6RubmE6cDI=",
    ]
    connection, adapter = make(security=APIKeyDefinition(name="sec", secret="k"), security_name="sec", url_path="/a")
    connection.conn.get("c1")
    assert adapter.requests[0].headers["X-API-Key"] == "k"


@pytest.mark.parametrize(
    ("location", "is_kept"), [("http://crm.example:81/b", True), ("http://other.example/b", False)]
)
def test_a_key_does_not_follow_a_redirect_to_another_host(location, is_kept):
    connection, adapter = make(
        (302, b"", {"Location": location}),
        (302, b"", {"Location": location + "/c"}),
        security=APIKeyDefinition(name="sec", secret="k"),
        security_name="sec",
        url_path="/a",
    )
    connection.conn.get("c1")
    assert [("X-API-Key" in request.headers) for request in adapter.requests] == [True, is_kept, is_kept]


def test_calls_do_not_share_cookies():
    connection, adapter = make((200, b"{}", {"Set-Cookie": "a=b"}), url_path="/a")
    connection.conn.get("c1")
    connection.conn.get("c2")
    assert "Cookie" not in adapter.requests[1].headers


def test_ping_tells_what_it_found():
    connection, adapter = make((401, b""), requests.ConnectionError(), url_path="/a")
    found = connection.ping()
    assert (found.is_success, found.info.split()[:5]) == (
        True,
        ["HEAD", "http://crm.example:81/a", "answered", "401", "None"],
    )
    assert connection.ping().is_success is False


def test_no_slot_is_lost_by_failures():
    connection, _ = make(*[requests.ConnectionError()] * 5, pool_size=1, url_path="/a")
    for _ in range(5):
        with pytest.raises(ServiceUnavailable, match="could not be reached"):
            connection.conn.get("c1")
    assert connection.conn.get("c1").status_code == 200


def test_all_slots_in_use_is_unavailable():
    connection, _ = make(pool_size=1, timeout=0.01, url_path="/a")
    connection._slots.acquire()
    with pytest.raises(ServiceUnavailable, match="has had all of its 1 connections in use"):
        connection.conn.get("c1")


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"host": "ftp://a.example"}, "/host"),
        ({"host": "crm.example"}, "/host"),
        ({"url_path": "a"}, "/url_path"),
        ({"data_format": "yaml"}, "/data_format"),
        ({"timeout": 0}, "/timeout"),
        ({"pool_size": 0}, "/pool_size"),
        ({"ping_method": "get"}, "/ping_method"),
        ({"validate_tls": "perhaps"}, "/validate_tls"),
        ({"urlpath": "/"}, "/urlpath"),
    ],
)
def test_bad_definitions_are_refused(changes, path):
    problems = read_definition(OutgoingRESTDefinition, {"name": "a", "host": "http://a.example"} | changes)
    assert [problem.path for problem in problems] == [path]


@given(st.text(alphabet=st.characters(exclude_categories=("Cs",))))
def test_no_value_leaves_its_segment(value):
    path, rest = fill_path("/a/{b}/c", {"b": value, "d": 1})
    assert path.count("/") == 3
    assert path.split("/")[2] not in (".", "..")
    assert rest == {"d": 1}
    assert requests.utils.unquote(path) == f"/a/{value}/c"


@given(st.text())
def test_odd_paths_do_not_break_filling(path):
    try:
        fill_path(path, {"a": 1})
    except KeyError:
        pass


def test_a_log_of_everything_holds_no_credentials(caplog):
    with caplog.at_level(logging.DEBUG):
        connection, _ = make(
            requests.ConnectionError(),
            security=BasicAuthDefinition(name="sec", username="anna", password="canary"),
            security_name="sec",
            url_path="/a",
        )
        connection.ping()
        connection.conn.get("c1")
    assert "canary" not in caplog.text + repr(connection.auth()) + repr(vars(connection.auth()))


def test_written_json_is_what_was_given():
    connection, adapter = make(url_path="/a")
    connection.conn.post("c1", {"ü": 1})
    assert orjson.loads(adapter.requests[0].body) == {"ü": 1}
