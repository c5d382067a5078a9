"""Requests over HTTP: address, path, method, headers, query, form, body, files, limits; and sending them.

Not here: the response (`http_response.py`), what is inside a JSON body (`json.py`), further credentials (`auth.py`),
sending itself (`transports/http.py`).
"""

from __future__ import annotations

import difflib
import mimetypes
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import apitest
from apitest.catalogue import step
from apitest.core import curl, masking, sentences
from apitest.core.request import RequestDraft, RequestSpec, Response, build_request, set_header
from apitest.errors import AssertionFailed, CallFailed, Mismatch, StepError
from apitest.results import Exchange
from apitest.steps.last_response import require, response_of
from apitest.steps.step_input import (
    doc_json,
    doc_text,
    read_file,
    read_json,
    read_text,
    resolved_rows,
    settings_of,
    text_of,
)

if TYPE_CHECKING:
    from apitest.transports.http import HTTPTransport

FORMATS = ("JSON", "XML", "RAW", "FORM")
MAX_KEPT_BODY = 64 * 1024
"""Characters of a body that go into reports; the test itself sees all of it."""
REASONS = ("timeout", "refused", "dns", "unreachable", "tls", "reset", "garbage", "too many redirects", "invalid")
USER_AGENT = f"apitest/{apitest.__version__}"


# The request: where to


@step(
    'address "{address}"',
    meaning="Scheme, host and port to call.",
    example='address "https://shop.test:8443"',
    upstream=True,
)
def set_address(ctx: Any, address: Any) -> None:
    ctx.apitest.request.address = text_of(address)


@step(
    'service "{name}"',
    meaning="Address, path, credentials and time limit from [service:NAME] of the configuration.",
    example='service "orders"',
)
def use_service(ctx: Any, name: Any) -> None:
    settings = settings_of(ctx, "service", text_of(name))
    request: RequestDraft = ctx.apitest.request
    if "address" not in settings:
        raise StepError(f"[service:{text_of(name)}] has no address", "Add: address = http://127.0.0.1:17010")
    request.address = settings["address"].rstrip("/") + settings.get("path", "")
    if {"username", "token", "api_key"} & settings.keys():
        request.finishers.pop("OAuth2", None)
    if "username" in settings:
        request.auth = ("basic", settings["username"], settings.get("password", ""))
    elif "token" in settings:
        request.auth = ("bearer", settings["token"])
    elif "api_key" in settings:
        request.auth = ("api-key", settings.get("api_key_header", "X-API-Key"), settings["api_key"], "header")
    if "timeout" in settings:
        seconds = sentences.parse_duration(settings["timeout"]) or sentences.parse_number(settings["timeout"])
        if not seconds:
            raise StepError(
                f"timeout of [service:{text_of(name)}] is {settings['timeout']!r}", "Write it like 30 seconds"
            )
        request.timeout_seconds = float(seconds)


@step(
    'URL path "{url_path}"',
    meaning="The path below the address; / unless said otherwise.",
    example='URL path "/orders/17"',
    upstream=True,
)
def set_url_path(ctx: Any, url_path: Any) -> None:
    ctx.apitest.request.url_path = text_of(url_path)


@step(
    'query string "{query_string}"',
    meaning="Put behind the path as it stands, question mark included.",
    example='query string "?page=2&size=50"',
    upstream=True,
)
def set_query_string(ctx: Any, query_string: Any) -> None:
    ctx.apitest.request.query_string = text_of(query_string)


@step(
    'HTTP method "{method}"',
    meaning="The method to call with; GET unless said otherwise.",
    example='HTTP method "PUT"',
    upstream=True,
)
def set_method(ctx: Any, method: Any) -> None:
    ctx.apitest.request.method = _method(method)


@step(
    '(query parameter/path parameter/cookie) "{name}" is "{value}"',
    meaning="One parameter of the request, encoded as its place needs it. A path parameter fills {name} of the URL "
    "path; the others add up when repeated.",
    example='query parameter "sort" is "price up"',
)
def set_parameter(ctx: Any, choice: str, name: Any, value: Any) -> None:
    _add_parameter(ctx.apitest.request, choice, text_of(name), text_of(value))


@step(
    "(headers/query parameters/form fields/cookies)",
    meaning="Several at once, encoded; a name may stand in several rows.",
    example="query parameters",
    needs="table",
)
def set_table(ctx: Any, choice: str) -> None:
    request: RequestDraft = ctx.apitest.request
    for row in resolved_rows(ctx, ("name", "value")):
        name, value = text_of(row["name"]), text_of(row["value"])
        if choice == "headers":
            request.headers.append((name, value))
            request.left_out_headers.discard(name.lower())
        elif choice == "form fields":
            _add_field(request, name, value)
        else:
            _add_parameter(request, choice[:-1], name, value)


# The request: headers


@step(
    'header "{header}" "{value}"',
    meaning="Adds a request header, or replaces the one of that name.",
    example='header "X-Tenant" "blue"',
    upstream=True,
)
def set_one_header(ctx: Any, header: Any, value: Any) -> None:
    set_header(ctx.apitest.request, text_of(header), text_of(value))


@step(
    'header "{h}" is left out',
    meaning="Sends no such header, not even one that is always sent.",
    example='header "User-Agent" is left out',
)
def leave_out_header(ctx: Any, h: Any) -> None:
    name = text_of(h).lower()
    request: RequestDraft = ctx.apitest.request
    request.headers = [pair for pair in request.headers if pair[0].lower() != name]
    request.left_out_headers.add(name)


@step(
    'user agent is "{value}"',
    meaning="Sets the header User-Agent, which names this tool otherwise.",
    example='user agent is "shop-tests/3"',
    upstream=True,
)
def set_user_agent(ctx: Any, value: Any) -> None:
    set_header(ctx.apitest.request, "User-Agent", text_of(value))


@step(
    'Basic Auth "{username}" "{password}"',
    meaning="Sends these credentials as HTTP Basic.",
    example='Basic Auth "ann" "@ann_password"',
    upstream=True,
)
def set_basic_auth(ctx: Any, username: Any, password: Any) -> None:
    request: RequestDraft = ctx.apitest.request
    request.auth = ("basic", text_of(username), text_of(password))
    request.finishers.pop("OAuth2", None)


# The request: body


@step(
    'format "{format}"',
    meaning="JSON, XML, RAW or FORM: how the request is written, and the response read unless said otherwise.",
    example='format "JSON"',
    upstream=True,
)
def set_format(ctx: Any, format: Any) -> None:
    ctx.apitest.request.request_format = _format(format)


@step(
    'request format "{format}"',
    meaning="How the request is written: JSON, XML, RAW or FORM.",
    example='request format "FORM"',
    upstream=True,
)
def set_request_format(ctx: Any, format: Any) -> None:
    ctx.apitest.request.request_format = _format(format)


@step(
    'response format "{format}"',
    meaning="How the response is read where that differs from the request: JSON, XML, RAW or FORM.",
    example='response format "XML"',
    upstream=True,
)
def set_response_format(ctx: Any, format: Any) -> None:
    ctx.apitest.request.response_format = _format(format)


@step(
    'request "{request_path}"',
    meaning="The body, from a file of features/<format>/request, where format is that of the request.",
    example='request "new-order.json"',
    upstream=True,
)
def set_request_from_file(ctx: Any, request_path: Any) -> None:
    request: RequestDraft = ctx.apitest.request
    request.body = _read_request(ctx, request, request_path)


@step(
    'request is "{data...}"',
    meaning="The body, here in the sentence.",
    example='request is "{"qty": 2}"',
    upstream=True,
)
def set_request_inline(ctx: Any, data: Any) -> None:
    ctx.apitest.request.body = data if isinstance(data, dict | list | bytes) else text_of(data)


@step(
    "request body",
    meaning="The body, over several lines.",
    example="request body",
    needs="doc",
)
def set_request_body(ctx: Any) -> None:
    ctx.apitest.request.body = _body_of_doc(ctx)


@step(
    'request body is file "{file}"',
    meaning="The body: the bytes of a file.",
    example='request body is file "photo.png"',
)
def set_request_bytes(ctx: Any, file: Any) -> None:
    request: RequestDraft = ctx.apitest.request
    folder = f"{(request.request_format or 'raw').lower()}/request"
    request.body = read_file(ctx, file, folder)


@step(
    'request file "{name}" is "{value}"',
    meaning="Uploads a file of features/form/request as a form field.",
    example='request file "scan" is "invoice.pdf"',
    upstream=True,
)
def add_upload(ctx: Any, name: Any, value: Any) -> None:
    _add_upload(ctx, name, value, None)


@step(
    'multipart field "{name}" is file "{file}"[ as "{content_type}"]',
    meaning="A file part of a multipart request; a name may have several.",
    example='multipart field "scan" is file "invoice.pdf" as "application/pdf"',
)
def add_file_part(ctx: Any, name: Any, file: Any, content_type: Any) -> None:
    _add_upload(ctx, name, file, content_type)


@step(
    'multipart field "{name}" is "{value}"',
    meaning="A text part of a multipart request.",
    example='multipart field "title" is "Invoice of May"',
)
def add_text_part(ctx: Any, name: Any, value: Any) -> None:
    request: RequestDraft = ctx.apitest.request
    _add_field(request, text_of(name), text_of(value))
    request.is_multipart = True


@step(
    'request param "{name}" is "{value}"',
    meaning="A form field; a repeated name becomes a list.",
    example='request param "size" is "XL"',
    upstream=True,
)
def add_form_param(ctx: Any, name: Any, value: Any) -> None:
    _add_field(ctx.apitest.request, text_of(name), text_of(value))


@step(
    'form field "{name}" is "{value}"',
    meaning="A form field; a repeated name becomes a list.",
    example='form field "colour" is "red"',
    upstream=True,
)
def add_form_field(ctx: Any, name: Any, value: Any) -> None:
    _add_field(ctx.apitest.request, text_of(name), text_of(value))


# The request: how it is sent


@step(
    "redirects are (followed/not followed)",
    meaning="Whether to go where a redirect points; followed unless said otherwise, ten times at most.",
    example="redirects are not followed",
)
def follow_redirects(ctx: Any, choice: str) -> None:
    ctx.apitest.request.follows_redirects = choice == "followed"


@step(
    "the request times out after {d}",
    meaning="The longest wait for a whole response; 30 seconds unless said otherwise.",
    example="the request times out after 2 seconds",
)
def set_timeout(ctx: Any, d: float) -> None:
    if d <= 0:
        raise StepError("A request cannot time out after no time", "Try: the request times out after 100 ms")
    ctx.apitest.request.timeout_seconds = d


@step(
    "the URL is invoked",
    "when",
    meaning="Sends the request and waits for its response.",
    example="the URL is invoked",
    upstream=True,
)
def invoke_url(ctx: Any) -> None:
    send_draft(ctx)


@step(
    'I send a "{method}" request to "{path}"',
    "when",
    meaning="Method, path and sending in one; a doc string below it is the body.",
    example='I send a "POST" request to "/orders"',
    takes="doc",
)
def send_request(ctx: Any, method: Any, path: Any) -> None:
    request: RequestDraft = ctx.apitest.request
    request.method = _method(method)
    target = text_of(path)
    if "://" in target:
        found = re.match(r"(\w+://[^/?#]*)(.*)", target)
        if found:
            request.address, target = found[1], found[2] or "/"
    request.url_path = target
    if ctx.text is not None:
        request.body = _body_of_doc(ctx)
    elif request.method in ("GET", "HEAD", "OPTIONS"):
        request.body = None  # what an earlier request of the scenario posted
    send_draft(ctx)


@step(
    "I try to invoke the URL",
    "when",
    meaning="The same as `the URL is invoked`, but where no response comes, the reason is kept to be checked.",
    example="I try to invoke the URL",
)
def try_to_invoke(ctx: Any) -> None:
    try:
        send_draft(ctx)
    except CallFailed as error:
        ctx.apitest.own["call failure"] = error


@step(
    'the call fails because of "{reason}"',
    "then",
    meaning=f"No response came; why: {', '.join(REASONS[:-1])} or {REASONS[-1]}.",
    example='the call fails because of "refused"',
)
def call_fails(ctx: Any, reason: Any) -> None:
    wanted = text_of(reason).lower()
    if wanted not in REASONS:
        near = difflib.get_close_matches(wanted, REASONS, 1)
        raise StepError(
            f'"{wanted}" is no reason a call can fail for', f"Nearest: {near[0]}" if near else f"One of: {REASONS}"
        )
    failure: CallFailed | None = ctx.apitest.own.get("call failure")
    if failure is None:
        response = response_of(ctx)
        mismatch = Mismatch("", wanted, f"{response.status} {response.reason}".strip(), "a response came")
        raise AssertionFailed("The call did not fail", [mismatch])
    require(failure.reason == wanted, "The call failed for another reason", "", wanted, failure.reason, failure.message)


@step(
    "form is cleaned up",
    "then",
    meaning="Forgets the form fields and uploads of the request, and nothing else.",
    example="form is cleaned up",
    upstream=True,
)
def clean_form(ctx: Any) -> None:
    request: RequestDraft = ctx.apitest.request
    request.form.clear()
    request.uploads.clear()
    request.is_multipart = False


@step(
    "context is cleaned up",
    "then",
    meaning="Forgets the request, credentials, stored values, date formats and XML namespaces.",
    example="context is cleaned up",
    upstream=True,
)
def clean_context(ctx: Any) -> None:
    state = ctx.apitest
    state.request = RequestDraft()
    state.own.pop("OAuth2", None)
    state.feature.own.pop("cookie jar", None)
    state.feature.values.clear()
    state.feature.date_formats.clear()
    state.feature.namespaces.clear()


# What other step files and the tests use


def send_draft(ctx: Any) -> Response:
    """Sends the scenario's request and keeps the response.  Raises CallFailed."""
    return send(ctx, finished_request(ctx))


def finished_request(ctx: Any) -> RequestSpec:
    """The scenario's request as it goes out.  Raises StepError."""
    request: RequestDraft = ctx.apitest.request
    spec = build_request(request, USER_AGENT)
    for finish in request.finishers.values():
        spec = finish(spec)
    return spec


def send(ctx: Any, spec: RequestSpec) -> Response:
    """Sends a request and keeps the response, and the exchange for the reports.  Raises CallFailed."""
    state = ctx.apitest
    run = state.run
    state.response = None
    state.has_parsed = False
    state.own.pop("call failure", None)
    transport = transport_of(ctx)
    spec = with_jar(ctx, spec)
    state.own["last request"] = spec
    response: Response | None = None
    described = state.own.get("api description")  # schema.py's: what every call is held against
    try:
        call = described.check_request(spec) if described is not None else None
        run.requests += 1
        response = state.response = transport.send(spec)
    finally:
        exchange = state.own["last exchange"] = exchange_of(spec, response, run.secrets)
        state.exchanges.append(exchange)
    if call is not None:
        described.check_response(call, spec, response)
    return response


def with_jar(ctx: Any, spec: RequestSpec) -> RequestSpec:
    """The request with the cookies that the feature keeps, if it does."""
    jar = ctx.apitest.feature.own.get("cookie jar")
    return spec if jar is None else replace(spec, jar=jar)


def transport_of(ctx: Any) -> HTTPTransport:
    """The run's transport."""
    transport: HTTPTransport = ctx.apitest.run.http()
    return transport


def exchange_of(spec: RequestSpec, response: Response | None, secrets: set[str]) -> Exchange:
    """What reports show of a call, secrets masked."""
    if response is None:
        response = Response(0, "", (), b"", spec.url, 0.0)
    return Exchange(
        curl=curl.command(spec, secrets),
        method=spec.method,
        url=masking.mask_url(spec.url, secrets),
        request_headers=masking.mask_headers(spec.headers, secrets),
        request_body=masking.mask(_kept(spec.body), secrets),
        status=response.status,
        reason=response.reason,
        response_headers=masking.mask_headers(response.headers, secrets),
        response_body=masking.mask(_kept(response.body), secrets),
        response_size=len(response.body),
        seconds=response.seconds,
        cid=response.header("X-Zato-CID") or "",
    )


# Inside


def _kept(body: bytes) -> str:
    text = body[:MAX_KEPT_BODY].decode("utf-8", "replace")
    return text if len(body) <= MAX_KEPT_BODY else f"{text}\n... {len(body) - MAX_KEPT_BODY} more bytes"


def _method(method: Any) -> str:
    text = text_of(method).strip().upper()
    if not re.fullmatch(r"[A-Z0-9!#$%&'*+.^_`|~-]+", text):
        raise StepError(f'"{text_of(method)}" is no HTTP method', "For instance GET, POST, PUT, PATCH, DELETE.")
    return text


def _format(format: Any) -> str:
    text = text_of(format).strip().upper()
    if text not in FORMATS:
        raise StepError(f'There is no format "{text_of(format)}"', f"One of: {', '.join(FORMATS)}")
    return text


def _add_parameter(request: RequestDraft, kind: str, name: str, value: str) -> None:
    if kind == "query parameter":
        request.query.append((name, value))
    elif kind == "path parameter":
        request.path_params[name] = value
    else:
        request.cookies.append((name, value))


def _add_field(request: RequestDraft, name: str, value: str) -> None:
    request.form.setdefault(name, []).append(value)


def _add_upload(ctx: Any, name: Any, file: Any, content_type: Any) -> None:
    content = read_file(ctx, file, "form/request")
    file_name = text_of(file).replace("\\", "/").rpartition("/")[2]
    declared = text_of(content_type) if content_type else mimetypes.guess_type(file_name)[0]
    ctx.apitest.request.uploads.append((text_of(name), file_name, content, declared or "application/octet-stream"))


def _read_request(ctx: Any, request: RequestDraft, name: Any) -> Any:
    if not request.request_format:
        extension = text_of(name).rpartition(".")[2].upper()
        request.request_format = extension if extension in ("JSON", "XML") else "RAW"
    folder = f"{request.request_format.lower()}/request"
    if request.request_format == "JSON":
        return read_json(ctx, name, folder)
    if request.request_format == "RAW":
        return read_file(ctx, name, folder)
    return read_text(ctx, name, folder)


def _body_of_doc(ctx: Any) -> Any:
    """The doc string as a body: look-ups filled in; as JSON where the format or the text says so."""
    request: RequestDraft = ctx.apitest.request
    text = str(ctx.text)
    if request.request_format in ("", "JSON") and ("{" in text or "[" in text or '"' in text):
        try:
            return doc_json(ctx)
        except StepError:
            pass  # a body that is broken on purpose goes out as it is
    return doc_text(ctx)
