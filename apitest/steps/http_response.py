"""The response of an HTTP call: status, headers, cookies, redirects, times, size, body as text; keeping parts of it.

Not here: what is inside a JSON body (`json.py`) and getting the response (`http.py`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any

from apitest.catalogue import step
from apitest.core import compare, json_text
from apitest.core.request import Response
from apitest.errors import AssertionFailed, Mismatch, StepError
from apitest.steps.last_response import (
    compare_lines,
    comparing,
    compiled,
    document_of,
    require,
    response_format,
    response_of,
    shown,
)
from apitest.steps.mail import last_email
from apitest.steps.step_input import (
    doc_text,
    names_in,
    parse_json,
    read_json,
    read_text,
    resolved_rows,
    text_of,
    writable_file,
)

# Status


@step(
    'status is "{expected_status}"',
    "then",
    meaning="Exactly this status code, or one of a class such as 2xx.",
    example='status is "201"',
    upstream=True,
)
def status_is(ctx: Any, expected_status: Any) -> None:
    wanted = statuses(expected_status)
    response = response_of(ctx)
    if not fits_status(expected_status, response.status):
        raise AssertionFailed("Another status", [Mismatch("status", ", ".join(wanted), status_text(response))])


@step(
    'status isn\'t "{status}"',
    "then",
    meaning="Any status but this code, or this class such as 5xx.",
    example='status isn\'t "5xx"',
)
def status_is_not(ctx: Any, status: Any) -> None:
    response = response_of(ctx)
    for code in statuses(status):
        require(not is_status(code, response.status), "That status", "status", f"not {code}", status_text(response))


@step(
    'status is one of "{list}"',
    "then",
    meaning="One of these codes and classes.",
    example='status is one of "200,201,4xx"',
)
def status_is_one_of(ctx: Any, list: Any) -> None:
    status_is(ctx, list)


@step(
    "the call (succeeds/is refused)",
    "then",
    meaning="Succeeds: any 2xx. Is refused: 401 or 403.",
    example="the call succeeds",
)
def call_verdict(ctx: Any, choice: str) -> None:
    response = response_of(ctx)
    is_so = 200 <= response.status < 300 if choice == "succeeds" else response.status in (401, 403)
    expected = "2xx" if choice == "succeeds" else "401 or 403"
    require(is_so, f"The call {'failed' if choice == 'succeeds' else 'was not refused'}", "status", expected,
            status_text(response))  # fmt: skip


# Headers


def _header_step(
    words: str, meaning: str, example: str, test: Callable[[str, str], bool], said: str
) -> Callable[..., None]:
    """A sentence `header "{h}" <words> "{v}"`.  A missing header fails those that say no, too: nothing was compared."""

    def checked(ctx: Any, h: Any, v: Any) -> None:
        name, expected = text_of(h), text_of(v)
        actual = _header_of(ctx, name, f"{said}{expected!r}" if said else expected)
        require(test(actual, expected), f'Header "{name}"', name, f"{said}{expected!r}" if said else expected, actual)

    checked.__name__ = checked.__qualname__ = "header_" + re.sub(r"\W+", "_", words)
    return step(f'header "{{h}}" {words} "{{v}}"', "then", meaning=meaning, example=example, upstream=True)(checked)


_header_step(
    "doesn't contain",
    "The header is there without this part.",
    'header "Server" doesn\'t contain "1.2"',
    lambda actual, part: part not in actual,
    "without ",
)
_header_step(
    "contains",
    "The header has this part.",
    'header "Vary" contains "Accept"',
    lambda actual, part: part in actual,
    "with ",
)
_header_step(
    "starts with",
    "The header begins so.",
    'header "Location" starts with "/orders/"',
    lambda actual, part: actual.startswith(part),
    "starting with ",
)
_header_step(
    "doesn't start with",
    "The header is there and begins otherwise.",
    'header "Location" doesn\'t start with "http:"',
    lambda actual, part: not actual.startswith(part),
    "not starting with ",
)
_header_step(
    "ends with",
    "The header ends so.",
    'header "Location" ends with "/17"',
    lambda actual, part: actual.endswith(part),
    "ending with ",
)
_header_step(
    "doesn't end with",
    "The header is there and ends otherwise.",
    'header "ETag" doesn\'t end with "-gzip"',
    lambda actual, part: not actual.endswith(part),
    "not ending with ",
)


@step(
    'header "{h}" is "{v}"',
    "then",
    meaning="The header has exactly this value, or one that a marker fits. Its name may be in any letter case.",
    example='header "Content-Type" is "text/csv"',
    upstream=True,
)
def header_is(ctx: Any, h: Any, v: Any) -> None:
    name, expected = text_of(h), v if isinstance(v, str) else text_of(v)
    actual = _header_of(ctx, name, expected)
    compare.check(f'Header "{name}"', compare.compare(expected, actual, name, comparing(actual, ctx)))


@step(
    'header "{h}" isn\'t "{v}"',
    "then",
    meaning="The header is there with another value.",
    example='header "Cache-Control" isn\'t "public"',
    upstream=True,
)
def header_is_not(ctx: Any, h: Any, v: Any) -> None:
    name, expected = text_of(h), v if isinstance(v, str) else text_of(v)
    actual = _header_of(ctx, name, f"not {expected!r}")
    is_same = compare.is_same(expected, actual, comparing(actual, ctx))
    require(not is_same, f'Header "{name}"', name, f"not {expected!r}", actual)


@step(
    'header "{h}" exists',
    "then",
    meaning="The header is there, with any value.",
    example='header "ETag" exists',
    upstream=True,
)
def header_exists(ctx: Any, h: Any) -> None:
    _header_of(ctx, text_of(h), "any value")


@step(
    'header "{h}" doesn\'t exist',
    "then",
    meaning="There is no such header.",
    example='header "X-Debug" doesn\'t exist',
    upstream=True,
)
def header_does_not_exist(ctx: Any, h: Any) -> None:
    name = text_of(h)
    actual = response_of(ctx).header(name)
    require(actual is None, f'Header "{name}" is there', name, compare.NOTHING, actual)


@step(
    'header "{h}" is empty',
    "then",
    meaning="The header is there without a value.",
    example='header "X-Warnings" is empty',
    upstream=True,
)
def header_is_empty(ctx: Any, h: Any) -> None:
    name = text_of(h)
    actual = _header_of(ctx, name, "")
    require(actual == "", f'Header "{name}" is not empty', name, "", actual)


@step(
    'header "{h}" isn\'t empty',
    "then",
    meaning="The header is there and has a value.",
    example='header "Location" isn\'t empty',
    upstream=True,
)
def header_is_not_empty(ctx: Any, h: Any) -> None:
    name = text_of(h)
    actual = _header_of(ctx, name, "any value")
    require(actual != "", f'Header "{name}" is empty', name, "any value", actual)


@step(
    'header "{h}" matches "{regex}"',
    "then",
    meaning="The whole value of the header fits this regular expression.",
    example='header "X-Request-ID" matches "[0-9a-f]{8}"',
)
def header_matches(ctx: Any, h: Any, regex: Any) -> None:
    name = text_of(h)
    pattern = compiled(regex)
    actual = _header_of(ctx, name, f"like {pattern.pattern}")
    require(pattern.fullmatch(actual), f'Header "{name}"', name, f"like {pattern.pattern}", actual)


@step(
    'header "{h}" appears {n} times',
    "then",
    meaning="How often a header of that name was sent.",
    example='header "Set-Cookie" appears 2 times',
)
def header_appears(ctx: Any, h: Any, n: Any) -> None:
    name = text_of(h)
    values = [value for key, value in response_of(ctx).headers if key.lower() == name.lower()]
    require(len(values) == n, f'Header "{name}" appears {len(values)} times', name, n, len(values))


@step(
    "headers match",
    "then",
    meaning="Several headers at once, values or markers; all differences are shown.",
    example="headers match",
    needs="table",
)
def headers_match(ctx: Any) -> None:
    response = response_of(ctx)
    found: list[Mismatch] = []
    rows = resolved_rows(ctx, ("name", "value"))
    if not rows:
        raise StepError("The table has no rows, so nothing was compared")
    for row in rows:
        name, value = text_of(row["name"]), row["value"]
        expected = value if isinstance(value, str) else text_of(value)
        headers = {key: text for key in (name,) if (text := response.header(key)) is not None}
        found += [
            Mismatch(name, item.expected, item.actual, item.reason, item.has_actual)
            for item in compare.contains({name: expected}, headers, "", comparing(headers, ctx))
        ]
    compare.check(
        "Headers differ", found, _known_headers(response) if any(not item.has_actual for item in found) else ""
    )


@step(
    'content type is "{type}"',
    "then",
    meaning="The media type of the response, parameters such as charset left aside.",
    example='content type is "application/json"',
)
def content_type_is(ctx: Any, type: Any) -> None:
    expected = text_of(type)
    actual = _header_of(ctx, "Content-Type", expected).partition(";")[0].strip()
    require(actual.lower() == expected.lower(), "Another content type", "Content-Type", expected, actual)


# Cookies and redirects


@step(
    'cookie "{name}" is set[ to "{value}"]',
    "then",
    meaning="This response sets the cookie, to this value or to one that a marker fits.",
    example='cookie "lang" is set to "en"',
)
def cookie_is_set(ctx: Any, name: Any, value: Any) -> None:
    actual = _cookie(ctx, text_of(name))[0]
    if value is not None:
        expected = value if isinstance(value, str) else text_of(value)
        compare.check(
            f'Cookie "{text_of(name)}"', compare.compare(expected, actual, text_of(name), comparing(actual, ctx))
        )


@step(
    'cookie "{name}" has attribute "{attr}"',
    "then",
    meaning="An attribute that this response gives the cookie: Secure, HttpOnly, SameSite=Lax, Path=/ ...",
    example='cookie "sid" has attribute "HttpOnly"',
)
def cookie_has_attribute(ctx: Any, name: Any, attr: Any) -> None:
    attributes = _cookie(ctx, text_of(name))[1]
    wanted = text_of(attr)
    is_there = wanted.lower().replace(" ", "") in [one.lower().replace(" ", "") for one in attributes]
    require(is_there, f'Cookie "{text_of(name)}"', text_of(name), wanted, "; ".join(attributes))


@step(
    'the response was redirected {n} times[ to "{url}"]',
    "then",
    meaning="How many redirects were followed, and where the last one led.",
    example='the response was redirected 1 time to "https://shop.test/home"',
)
def was_redirected(ctx: Any, n: Any, url: Any) -> None:
    response = response_of(ctx)
    count = len(response.redirects)
    found = [] if count == n else [Mismatch("redirects", n, count, " -> ".join([*response.redirects, response.url]))]
    if url is not None and response.url != text_of(url):
        found.append(Mismatch("final address", text_of(url), response.url))
    compare.check("Redirected otherwise", found)


# Time, size, body


@step(
    "(response time/time to first byte) is under {d}",
    "then",
    meaning="How long the last response took, to its last or its first byte.",
    example="response time is under 300 ms",
)
def response_time_is_under(ctx: Any, choice: str, d: float) -> None:
    response = response_of(ctx)
    seconds = response.seconds if choice == "response time" else response.first_byte_seconds
    require(seconds < d, f"{choice.capitalize()} is too long", choice, f"under {_time(d)}", _time(seconds))


@step(
    "response size is under {n} bytes",
    "then",
    meaning="How big the body is.",
    example="response size is under 2048 bytes",
)
def response_size_is_under(ctx: Any, n: Any) -> None:
    size = len(response_of(ctx).body)
    require(size < n, "The response is too big", "size", f"under {n} bytes", f"{size} bytes")


@step(
    "response body is empty",
    "then",
    meaning="The body has no bytes.",
    example="response body is empty",
)
def response_body_is_empty(ctx: Any) -> None:
    response = response_of(ctx)
    require(not response.body, "The body is not empty", "body", "", shown(response.text))


@step(
    'response (contains/doesn\'t contain) "{text...}"',
    "then",
    meaning="Whether this text is somewhere in the body.",
    example='response doesn\'t contain "Traceback"',
)
def response_contains(ctx: Any, choice: str, text: Any) -> None:
    body, part = response_of(ctx).text, text_of(text)
    if not part:
        raise StepError(
            "An empty text is part of any body, so nothing was compared", "Or is it: response body is empty"
        )
    is_there = part in body
    expected = f"with {part!r}" if choice == "contains" else f"without {part!r}"
    require(is_there is (choice == "contains"), "The body differs", "body", expected, shown(body))


@step(
    'response matches "{regex...}"',
    "then",
    meaning="This regular expression is found in the body.",
    example='response matches "order \\d+"',
)
def response_matches(ctx: Any, regex: Any) -> None:
    body = response_of(ctx).text
    pattern = compiled(regex)
    require(pattern.search(body), "The body does not match", "body", f"like {pattern.pattern}", shown(body))


@step(
    "response text is",
    "then",
    meaning="The whole body, line by line; line ends of any kind are the same.",
    example="response text is",
    needs="doc",
)
def response_text_is(ctx: Any) -> None:
    compare_lines("The body differs", doc_text(ctx), response_of(ctx).text)


@step(
    'response "{algorithm}" checksum is "{hex}"',
    "then",
    meaning="The body's checksum: MD5, SHA1, SHA256, SHA512 ...",
    example='response "SHA256" checksum is "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"',
)
def response_checksum_is(ctx: Any, algorithm: Any, hex: Any) -> None:
    name = text_of(algorithm).lower().replace("-", "")
    try:
        digest = hashlib.new(name, response_of(ctx).body).hexdigest()
    except (ValueError, TypeError) as error:
        known = ", ".join(sorted(hashlib.algorithms_guaranteed))
        raise StepError(f'"{text_of(algorithm)}" is no checksum', f"There are: {known}") from error
    require(digest == text_of(hex).lower(), "Another checksum", name, text_of(hex).lower(), digest)


@step(
    'response is saved as "{file}"',
    "then",
    meaning="Writes the body to a file of the project or of #{tmp}.",
    example='response is saved as "#{tmp}/invoice.pdf"',
)
def save_response(ctx: Any, file: Any) -> None:
    writable_file(ctx, file).write_bytes(response_of(ctx).body)


@step(
    'response is equal to that from "{path}"',
    "then",
    meaning="The response is the same as a file of features/<format>/response; markers may stand in a JSON file.",
    example='response is equal to that from "order.json"',
    upstream=True,
)
def response_is_file(ctx: Any, path: Any) -> None:
    response = response_of(ctx)
    format = response_format(ctx, response)
    folder = f"{format.lower()}/response"
    if format == "JSON":
        expected = read_json(ctx, path, folder)
        actual = document_of(ctx)
        compare.check("The response differs", compare.compare(expected, actual, "", comparing(actual, ctx)))
    else:
        compare_lines("The response differs", read_text(ctx, path, folder), response.text)


@step(
    'JSON response is equal to "{expected...}"',
    "then",
    meaning="The response is this JSON document; markers may stand in it.",
    example='JSON response is equal to "{"ok": true}"',
    upstream=True,
)
def json_response_is(ctx: Any, expected: Any) -> None:
    wanted = parse_json(text_of(expected), None, "the expected text") if isinstance(expected, str) else expected
    actual = document_of(ctx)
    compare.check("The response differs", compare.compare(wanted, actual, "", comparing(actual, ctx)))


@step(
    'response is equal to "{expected...}"',
    "then",
    meaning="The response is this: compared as JSON where it is JSON, else as text.",
    example='response is equal to "pong"',
    upstream=True,
)
def response_is(ctx: Any, expected: Any) -> None:
    response = response_of(ctx)
    if not isinstance(expected, str) or (
        response_format(ctx, response) == "JSON" and json_text.is_json(expected.encode())
    ):
        json_response_is(ctx, expected)
    else:
        compare_lines("The response differs", expected, response.text)


@step(
    "JSON response exists",
    "then",
    meaning="The body is JSON, whatever it says.",
    example="JSON response exists",
    upstream=True,
)
def json_response_exists(ctx: Any) -> None:
    document_of(ctx)


@step(
    "JSON response doesn't exist",
    "then",
    meaning="The body is not JSON; an empty one is none either.",
    example="JSON response doesn't exist",
    upstream=True,
)
def json_response_does_not_exist(ctx: Any) -> None:
    response = response_of(ctx)
    require(not json_text.is_json(response.body), "The body is JSON", "body", "no JSON", shown(response.text))


# Keeping parts of the response


@step(
    'I store (header/cookie) "{h}" under "{name}"',
    "then",
    meaning="Keeps a header of the response, or the value of a cookie that it sets.",
    example='I store header "Location" under "where"',
)
def store_header(ctx: Any, choice: str, h: Any, name: Any) -> None:
    what = text_of(h)
    value = _header_of(ctx, what, "any value") if choice == "header" else _cookie(ctx, what)[0]
    ctx.apitest.values[text_of(name)] = value


@step(
    'I store the (status/response/response time) under "{name}"',
    "then",
    meaning="Keeps the code, the whole body (parsed where it is JSON), or the seconds it took.",
    example='I store the response under "order"',
)
def store_response_part(ctx: Any, choice: str, name: Any) -> None:
    response = response_of(ctx)
    value: Any
    if choice == "status":
        value = response.status
    elif choice == "response time":
        value = response.seconds
    elif response_format(ctx, response) == "JSON":
        value = document_of(ctx)
    else:
        value = response.text
    ctx.apitest.values[text_of(name)] = value


@step(
    'I store the match of "{regex}" in (response/the e-mail) under "{name}"',
    "then",
    meaning="Keeps what a regular expression finds in the body, or in the text of the last e-mail: its first group, or "
    "all of the match.",
    example='I store the match of "order (\\d+)" in response under "order-id"',
)
def store_match(ctx: Any, regex: Any, choice: str, name: Any) -> None:
    is_response = choice == "response"
    text, pattern = response_of(ctx).text if is_response else last_email(ctx).text, compiled(regex)
    found = pattern.search(text)
    if found is None:
        mismatch = Mismatch("body" if is_response else "text", f"like {pattern.pattern}", shown(text))
        raise AssertionFailed(f"The {'body' if is_response else 'e-mail'} does not match", [mismatch])
    ctx.apitest.values[text_of(name)] = found[1] if pattern.groups else found[0]


def fits_status(wanted: Any, status: int) -> bool:
    """Whether a status is one of the codes and classes that a sentence says."""
    return any(is_status(code, status) for code in statuses(wanted))


# Inside


def statuses(text: Any) -> list[str]:
    codes = names_in(text)
    for code in codes or [""]:
        if not re.fullmatch(r"[1-9](\d\d|xx)", code, re.IGNORECASE):
            raise StepError(f'"{code}" is no status', "Write a code such as 201, or a class such as 2xx.")
    return codes


def is_status(code: str, status: int) -> bool:
    return str(status) == code or (code[1:].lower() == "xx" and str(status)[0] == code[0])


def status_text(response: Response) -> str:
    return f"{response.status} {response.reason}".strip()


def _header_of(ctx: Any, name: str, expected: Any) -> str:
    """A header of the last response.  Raises AssertionFailed, naming those that are there."""
    response = response_of(ctx)
    actual = response.header(name)
    if actual is None:
        mismatch = Mismatch(name, expected, reason="there is no such header", has_actual=False)
        raise AssertionFailed(f'Header "{name}" does not exist', [mismatch], _known_headers(response))
    return actual


def _known_headers(response: Response) -> str:
    return f"There are: {', '.join(dict.fromkeys(name for name, _ in response.headers)) or 'no headers'}"


def _cookie(ctx: Any, name: str) -> tuple[str, list[str]]:
    """Value and attributes of a cookie as this response sets it.  Raises AssertionFailed."""
    known = []
    for key, text in response_of(ctx).headers:
        if key.lower() == "set-cookie":
            first, *attributes = [part.strip() for part in text.split(";")]
            own, _, value = first.partition("=")
            if own.strip() == name:
                return value.strip().strip('"'), attributes
            known.append(own.strip())
    mismatch = Mismatch(name, "a cookie", reason="the response does not set it", has_actual=False)
    raise AssertionFailed(f'Cookie "{name}" is not set', [mismatch], f"It sets: {', '.join(known) or 'none'}")


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"
