"""apitest/core/request.py: what the sentences said -> what is sent."""

from __future__ import annotations

import pytest
from lxml import etree

from apitest.core.request import RequestDraft, Response, build_request, dump_json, encode_multipart, set_header
from apitest.errors import StepError


def draft(**values: object) -> RequestDraft:
    return RequestDraft(**{"address": "http://h:1", **values})  # type: ignore[arg-type]


def header(request: RequestDraft, name: str) -> str | None:
    found = [value for key, value in build_request(request).headers if key.lower() == name.lower()]
    return ", ".join(found) if found else None


@pytest.mark.parametrize(
    ("address", "path", "query", "url"),
    [
        ("http://h:1", "/", "", "http://h:1/"),
        ("http://h:1/", "/a", "", "http://h:1/a"),
        ("http://h:1", "a", "", "http://h:1/a"),
        ("http://h:1/base", "/a", "", "http://h:1/base/a"),
        ("http://h:1/base/", "a", "", "http://h:1/base/a"),
        ("http://h:1", "/a", "?page=2&q=a b", "http://h:1/a?page=2&q=a%20b"),
        ("http://h:1", "/a?x=1", "&y=2", "http://h:1/a?x=1&y=2"),
        ("http://h:1", "/a b/ü%20c", "", "http://h:1/a%20b/%C3%BC%20c"),
        ("http://h:1", "", "", "http://h:1"),
    ],
)
def test_url(address: str, path: str, query: str, url: str) -> None:
    assert build_request(draft(address=address, url_path=path, query_string=query)).url == url


def test_query_parameters_are_encoded_and_repeat() -> None:
    request = draft(url_path="/a", query=[("q", "a&b"), ("q", "c d"), ("ü", "")])
    assert build_request(request).url == "http://h:1/a?q=a%26b&q=c+d&%C3%BC="
    request.query_string = "?x=1"
    assert build_request(request).url == "http://h:1/a?x=1&q=a%26b&q=c+d&%C3%BC="


def test_path_parameters_fill_their_places() -> None:
    request = draft(url_path="/orders/{id}/items/{no}", path_params={"id": "a/b", "no": "7"})
    assert build_request(request).url == "http://h:1/orders/a%2Fb/items/7"


def test_path_parameter_without_a_place_is_an_error() -> None:
    with pytest.raises(StepError, match='no place for path parameter "id"') as caught:
        build_request(draft(url_path="/orders", path_params={"id": "1"}))
    assert '"/orders/{id}"' in caught.value.hint


def test_address_is_needed() -> None:
    with pytest.raises(StepError, match="no address"):
        build_request(RequestDraft())


@pytest.mark.parametrize(
    ("request_format", "body", "sent", "content_type"),
    [
        ("JSON", {"a": [1, "ü"]}, '{"a":[1,"ü"]}'.encode(), "application/json"),
        ("", {"a": 1}, b'{"a":1}', "application/json"),
        ("", ' {"a": 1}', b' {"a": 1}', "application/json"),
        ("", "hello", b"hello", None),
        ("RAW", '{"a": 1}', b'{"a": 1}', None),
        ("JSON", "not json", b"not json", "application/json"),
        ("XML", "<a/>", b"<a/>", "text/xml; charset=utf-8"),
        ("RAW", b"\x00\xff", b"\x00\xff", None),
        ("JSON", None, b"", None),
        ("JSON", False, b"false", "application/json"),
    ],
)
def test_body_by_format(request_format: str, body: object, sent: bytes, content_type: str | None) -> None:
    request = draft(request_format=request_format, body=body)
    assert build_request(request).body == sent
    assert header(request, "Content-Type") == content_type


def test_xml_body() -> None:
    request = draft(body=etree.fromstring("<a>ü</a>"))
    assert build_request(request).body == "<?xml version='1.0' encoding='UTF-8'?>\n<a>ü</a>".encode()
    assert header(request, "Content-Type") == "text/xml; charset=utf-8"


def test_content_type_of_the_author_is_kept() -> None:
    request = draft(body={"a": 1})
    set_header(request, "content-type", "application/vnd.shop+json")
    assert header(request, "Content-Type") == "application/vnd.shop+json"


def test_form() -> None:
    request = draft(request_format="FORM", form={"size": ["XL", "a b"], "x": ["ü"]})
    assert build_request(request).body == b"size=XL&size=a+b&x=%C3%BC"
    assert header(request, "Content-Type") == "application/x-www-form-urlencoded"


def test_multipart() -> None:
    request = draft(form={"title": ["Invoice"]}, uploads=[("scan", 'a".pdf', b"\x00pdf", "application/pdf")])
    sent = build_request(request)
    content_type = header(request, "Content-Type") or ""
    boundary = content_type.partition("boundary=")[2].encode()
    assert sent.body.split(b"--" + boundary) == [
        b"",
        b'\r\nContent-Disposition: form-data; name="title"\r\n\r\nInvoice\r\n',
        b'\r\nContent-Disposition: form-data; name="scan"; filename="a%22.pdf"\r\n'
        b"Content-Type: application/pdf\r\n\r\n\x00pdf\r\n",
        b"--\r\n",
    ]


def test_multipart_boundary_follows_from_the_contents() -> None:
    one = encode_multipart([("a", "1")], [])
    assert one == encode_multipart([("a", "1")], [])
    assert one[1] != encode_multipart([("a", "2")], [])[1]


def test_headers_are_replaced_in_any_letter_case() -> None:
    request = draft()
    set_header(request, "X-Tenant", "blue")
    set_header(request, "x-tenant", "red")
    assert header(request, "X-Tenant") == "red"


def test_default_headers_and_how_to_leave_them_out() -> None:
    request = draft()
    assert header(request, "User-Agent") == "apitest"
    assert header(request, "Accept") == "*/*"
    request.left_out_headers.add("user-agent")
    assert header(request, "User-Agent") is None
    set_header(request, "User-Agent", "mine")
    assert header(request, "User-Agent") == "mine"


def test_authentication() -> None:
    request = draft(auth=("basic", "ann", "p:ü"), headers=[("authorization", "old")])
    assert header(request, "Authorization") == "Basic YW5uOnA6w7w="
    request.auth = ("bearer", "t0ken")
    assert header(request, "Authorization") == "Bearer t0ken"
    request = draft(auth=("api-key", "X-Key", "k", "header"))
    assert header(request, "X-Key") == "k"
    assert build_request(draft(auth=("api-key", "key", "k", "query"))).url == "http://h:1/?key=k"
    assert header(draft(auth=("api-key", "key", "k", "cookie")), "Cookie") == "key=k"


def test_cookies_join() -> None:
    assert header(draft(cookies=[("a", "1"), ("b", "2")]), "Cookie") == "a=1; b=2"
    assert header(draft(cookies=[("b", "2")], headers=[("cookie", "a=1")]), "Cookie") == "a=1; b=2"


def test_json_is_compact_and_readable() -> None:
    assert dump_json({"a": [1, None, "ü"]}) == '{"a":[1,null,"ü"]}'


@pytest.mark.parametrize(
    ("content_type", "body", "text"),
    [
        ("text/plain", "ü".encode(), "ü"),
        ("text/plain; charset=ISO-8859-1", "ü".encode("latin-1"), "ü"),
        ('text/plain; charset="utf-16"', "ü".encode("utf-16"), "ü"),
        ("text/plain; charset=unheard-of", "ü".encode(), "ü"),
        ("", b"\xff", "\ufffd"),
    ],
)
def test_text_by_charset(content_type: str, body: bytes, text: str) -> None:
    response = Response(200, "OK", (("content-type", content_type),), body, "http://h/", 0.0)
    assert response.text == text


def test_response_headers_in_any_case() -> None:
    response = Response(200, "OK", (("X-A", "1"), ("x-a", "2")), b"", "http://h/", 0.0)
    assert response.header("X-a") == "1, 2"
    assert response.header("X-B") is None


def test_a_draft_is_never_without_a_limit() -> None:
    assert build_request(draft()).timeout_seconds > 0


def test_schemes_that_are_headers_are_in_place() -> None:
    assert build_request(draft(auth=("basic", "ann", "pw"))).auth is None


def test_fields_alone_can_be_multipart() -> None:
    assert (header(draft(form={"a": ["1"]}, is_multipart=True), "Content-Type") or "").startswith("multipart/form-data")
