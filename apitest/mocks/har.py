"""HAR 1.2: exchanges kept as a file that browsers, proxies and other tools write and read too.

Pure: text in, text out.  Source: http://www.softwareishard.com/blog/har-12-spec/.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from apitest.core import masking
from apitest.core.lookups import shield
from apitest.errors import FileProblem
from apitest.mocks.rules import Answer, Call, Condition, Expectation

HOP_BY_HOP = frozenset(
    ("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding",
     "upgrade", "content-length", "content-encoding", "proxy-connection")
)  # fmt: skip
"""Headers that belong to one connection, or that the kept body makes untrue."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One exchange.  started: as ISO 8601; seconds: how long the answer took."""

    call: Call
    answer: Answer
    url: str
    started: str
    seconds: float


def render(kept: Iterable[Kept], version: str, mask: Callable[[str], str]) -> str:
    """Exchanges -> the text of a HAR file; credentials in headers are left out of it, and `mask` is asked about the
    rest, since the file is meant for a repository."""
    entries = [_entry(one, mask) for one in kept]
    log = {"version": "1.2", "creator": {"name": "apitest", "version": version}, "entries": entries}
    return json.dumps({"log": log}, ensure_ascii=False, indent=2) + "\n"


def read(text: str, name: str) -> list[Expectation]:
    """The text of a HAR file -> expectations; equal calls answer in turn, in the order in which they were kept.

    Raises FileProblem naming the file and what is wrong with it.
    """
    try:
        entries = json.loads(text)["log"]["entries"]
        found: dict[Any, Expectation] = {}
        for entry in entries:
            _add(found, entry)
    except json.JSONDecodeError as error:
        raise FileProblem(f'"{name}" is no HAR file: line {error.lineno}: {error.msg}') from None
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error) as error:
        raise FileProblem(
            f'"{name}" is no HAR file: {type(error).__name__} {error}', "Wanted: log, entries, request and response"
        ) from None
    if not found:
        raise FileProblem(f'"{name}" has no calls to replay')
    # An answer to exactly this body is better than one to the same call with another body, which is better than none.
    loose: dict[Any, Expectation] = {}
    for one in found.values():
        conditions = tuple(item for item in one.conditions if item.kind != "body")
        if conditions != one.conditions:
            same = Expectation(one.method, one.path, [], conditions, name)
            loose.setdefault(_key(same), same).answers.extend(one.answers)
    return [*(one for key, one in loose.items() if key not in found), *found.values()]


def _add(found: dict[Any, Expectation], entry: dict[str, Any]) -> None:
    request, response = entry["request"], entry["response"]
    url = urlsplit(request["url"])
    conditions = [Condition("query", name, shield(value)) for name, value in parse_qsl(url.query, True)]
    sent = (request.get("postData") or {}).get("text")
    if sent:
        conditions.append(Condition("body", "", shield(_as_document(sent))))
    content = response.get("content") or {}
    body: Any = content.get("text", "")
    if content.get("encoding") == "base64":
        body = base64.b64decode(body, validate=True)
    headers = [(item["name"], item["value"]) for item in response.get("headers", ())]
    headers = [pair for pair in headers if pair[0].lower() not in HOP_BY_HOP]
    data = body if isinstance(body, bytes) else str(body).encode()
    answer = Answer(int(response["status"]), tuple(headers), data or None, is_ready=True)
    one = Expectation(str(request["method"]).upper(), unquote(url.path) or "/", [], tuple(conditions))
    found.setdefault(_key(one), one).answers.append(answer)


def _key(one: Expectation) -> Any:
    parts = tuple((item.kind, item.name, json.dumps(item.expected)) for item in one.conditions)
    return one.method, one.path, parts


def _as_document(text: str) -> Any:
    """JSON is compared as a document, so that blanks do not matter."""
    try:
        document = json.loads(text)
    except ValueError:
        return text
    return document if isinstance(document, (dict, list)) else text


def _entry(kept: Kept, mask: Callable[[str], str]) -> dict[str, Any]:
    call, answer = kept.call, kept.answer
    body = answer.body or b""
    kind = next((value for name, value in answer.headers if name.lower() == "content-type"), "")
    request: dict[str, Any] = {
        "method": call.method,
        "url": mask(kept.url),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _headers(call.headers, mask),
        "queryString": [{"name": name, "value": mask(value)} for name, value in call.query],
        "headersSize": -1,
        "bodySize": len(call.body),
    }
    if call.body:
        request["postData"] = {"mimeType": call.header("Content-Type") or "", "text": mask(call.text)}
    content: dict[str, Any] = {"size": len(body), "mimeType": kind}
    try:
        content["text"] = mask(body.decode())
    except UnicodeDecodeError:
        content |= {"text": base64.b64encode(body).decode(), "encoding": "base64"}
    milliseconds = round(kept.seconds * 1000, 1)
    return {
        "startedDateTime": kept.started,
        "time": milliseconds,
        "request": request,
        "response": {
            "status": answer.status,
            "statusText": "",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": _headers(answer.headers, mask),
            "content": content,
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": len(body),
        },
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
    }


def _headers(headers: Iterable[tuple[str, str]], mask: Callable[[str], str]) -> list[dict[str, str]]:
    return [
        {"name": name, "value": mask(value)} for name, value in headers if name.lower() not in masking.SECRET_HEADERS
    ]
