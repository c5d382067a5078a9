"""What a mock answers: expectations, conditions, kept documents, failures on purpose -> a `Decision` for each call.

Pure: sockets, waiting and forwarding are `server.py`'s business.  Source: docs/apitest/mocks.md.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, unquote

from apitest.core import compare, json_path, lookups
from apitest.core.markers import Context
from apitest.errors import AssertionFailed, StepError

ANY_METHOD = "ANY"
UNEXPECTED_STATUS = 404
REFUSED_STATUS = 401


@dataclass(frozen=True, slots=True)
class Call:
    """A request that a mock got.  path: decoded, without the query; target: as it was sent."""

    number: int
    method: str
    target: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """The value of a header, repeats joined with `, `; None where it is missing."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(values) if values else None

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def document(self) -> Any:
        """The body as JSON.  Raises ValueError."""
        return json.loads(self.body)

    def __str__(self) -> str:
        return f"{self.method} {self.target}"


@dataclass(slots=True)
class Record:
    """A call and what became of it.  status 0: no answer was sent.  near: what was wrong with the nearest expectation
    where none fitted.  is_awaited: a sentence has already waited for it."""

    call: Call
    status: int = 0
    is_expected: bool = True
    near: str = ""
    is_awaited: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """body: None, text, bytes or a JSON document; markers in a document stand for made-up values, and `{name}` for that
    part of the path.  is_ready: the body goes out as it is."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: Any = None
    delay_seconds: float = 0.0
    is_ready: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """One part of "when": kind is header, query, path (of the JSON body), or body."""

    kind: str
    name: str
    expected: Any
    is_part: bool = False  # the text must only be somewhere in it

    def problem(self, call: Call, context: Context) -> str:
        """Why a call does not fit, "" when it does."""
        where = f"{self.kind} {self.name}".strip()
        if self.kind == "header":
            actual: Any = call.header(self.name)
        elif self.kind == "query":
            values = [value for key, value in call.query if key == self.name]
            actual = ", ".join(values) if values else None
        elif self.kind == "body":
            actual = call.text
            if isinstance(self.expected, (dict, list)):
                try:
                    actual = call.document()
                except ValueError:
                    return "the body is no JSON"
        else:
            try:
                actual = json_path.read(call.document(), self.name, self.expected)
            except ValueError:
                return f"{where} is not there: the body is no JSON"
            except AssertionFailed:
                return f"{where} is not there"
        if actual is None and self.kind in ("header", "query"):
            return f"{where} is not there"
        if self.is_part:
            is_so = lookups.as_text(self.expected) in lookups.as_text(actual)
            return "" if is_so else f"{where} does not contain {self.expected}"
        if compare.is_same(as_found(self.expected, actual), actual, context):
            return ""
        return f"{where} is {lookups.as_text(actual)}, not {lookups.as_text(self.expected)}"


@dataclass(slots=True)
class Expectation:
    """A call that a mock knows, and its answers, given in turn; the last one stays."""

    method: str
    path: str
    answers: list[Answer]
    conditions: tuple[Condition, ...] = ()
    source: str = ""  # who brought it: where that is not a sentence
    used: int = 0

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def key(self) -> tuple[str, str, tuple[Condition, ...]]:
        return self.method, self.path, self.conditions

    def next_answer(self) -> Answer:
        answer = self.answers[min(self.used, len(self.answers) - 1)]
        self.used += 1
        return answer


@dataclass(slots=True)
class Collection:
    """Documents kept at a path: POST makes one, GET, PUT, PATCH and DELETE work on them."""

    path: str
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    last_id: int = 0

    def answer(self, call: Call) -> Answer | None:
        """None where the call is not for this collection."""
        path = call.path.rstrip("/")
        if path == self.path:
            return self._on_all(call)
        head, _, name = path.rpartition("/")
        return self._on_one(call, name) if head == self.path else None

    def _on_all(self, call: Call) -> Answer:
        if call.method in ("GET", "HEAD"):
            found = [item for item in self.documents.values() if _has(item, call.query)]
            return Answer(200, body=found, is_ready=True)
        if call.method != "POST":
            return _problem(405, f"{call.method} is not for the whole of {self.path}")
        document = _object_of(call)
        if document is None:
            return _problem(400, "what is posted must be a JSON object")
        if document.get("id") in (None, ""):
            while str(self.last_id + 1) in self.documents:
                self.last_id += 1
            self.last_id += 1
            document = {"id": self.last_id, **{key: value for key, value in document.items() if key != "id"}}
        name = lookups.as_text(document["id"])
        if name in self.documents:
            return _problem(409, f"{self.path}/{name} is there already")
        self.documents[name] = document
        return Answer(201, (("Location", f"{self.path}/{name}"),), document, is_ready=True)

    def _on_one(self, call: Call, name: str) -> Answer:
        document = self.documents.get(name)
        if document is None:
            return _problem(404, f"{self.path}/{name} is not there")
        if call.method in ("GET", "HEAD"):
            return Answer(200, body=document, is_ready=True)
        if call.method == "DELETE":
            del self.documents[name]
            return Answer(204)
        if call.method not in ("PUT", "PATCH"):
            return _problem(405, f"{call.method} is not for {self.path}/{name}")
        change = _object_of(call)
        if change is None:
            return _problem(400, "what is sent must be a JSON object")
        changed = {**change, "id": document["id"]} if call.method == "PUT" else _merged(document, change)
        self.documents[name] = changed
        return Answer(200, body=changed, is_ready=True)


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with a call.  answer None: drop the connection, or pass the call on.  parts: of the path, by name."""

    answer: Answer | None = None
    is_passed_on: bool = False
    is_expected: bool = True
    near: str = ""
    parts: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Rules:
    """Everything one mock was told."""

    expectations: list[Expectation] = field(default_factory=list)
    collections: list[Collection] = field(default_factory=list)
    guards: list[tuple[str, Any]] = field(default_factory=list)  # (header, value) that each call must have
    failures: list[tuple[int, int]] = field(default_factory=list)  # (how many calls are left, status)
    delay_seconds: float = 0.0
    is_dropping: bool = False
    is_passing_on: bool = False

    def expect(self, method: str, path: str, answers: list[Answer], conditions: Iterable[Condition] = ()) -> None:
        """Adds an expectation; one for the same call takes the place of the older one."""
        plain, mark, query = path.partition("?")
        if not plain.startswith("/") and plain != "*":
            raise StepError(f'"{path}" is no path', f'A path begins with a slash: "/{path}"')
        asked = [Condition("query", name, value) for name, value in parse_qsl(query, True)] if mark else []
        new = Expectation(method.upper(), plain, answers, (*asked, *conditions))
        self.expectations = [old for old in self.expectations if old.key != new.key]
        self.expectations.append(new)

    def decide(self, call: Call, context: Context) -> Decision:
        """What happens to a call; the order is: dropped, refused, failed on purpose, expected, kept, passed on."""
        if self.is_dropping:
            return Decision()
        for name, value in self.guards:
            problem = Condition("header", name, value).problem(call, context)
            if problem:
                headers = (("WWW-Authenticate", "Mock"),)
                return Decision(Answer(REFUSED_STATUS, headers, {"error": problem}, is_ready=True))
        if self.failures:
            left, status = self.failures[0]
            self.failures[0] = (left - 1, status)
            if left <= 1:
                self.failures.pop(0)
            return Decision(Answer(status, body={"error": f"failed on purpose, {left - 1} more"}, is_ready=True))
        found = self._expectation(call, context)
        if found is not None:
            return Decision(found.next_answer(), parts=match_path(found.path, call.path) or {})
        for collection in self.collections:
            answer = collection.answer(call)
            if answer is not None:
                return Decision(answer)
        if self.is_passing_on:
            return Decision(is_passed_on=True)
        near = self.nearest(call, context)
        body = {"error": f"no call {call} is expected", **({"nearest": near} if near else {})}
        return Decision(Answer(UNEXPECTED_STATUS, body=body, is_ready=True), is_expected=False, near=near)

    def nearest(self, call: Call, context: Context) -> str:
        """The expectation that comes nearest to a call, and what is wrong with the call; "" where there is none."""
        best, best_score = "", 0.0
        for one in self.expectations:
            score, problems = _likeness(one, call, context)
            if score > best_score:
                best, best_score = f"{one}: {', '.join(problems)}", score
        for collection in self.collections:
            score = SequenceMatcher(None, collection.path, call.path).ratio()
            if score > best_score:
                best, best_score = f"what is posted to {collection.path}: another path", score
        return best

    def _expectation(self, call: Call, context: Context) -> Expectation | None:
        """The most particular one that fits: a path without {parts} first, then more conditions, then the newest."""
        best: Expectation | None = None
        best_rank = (False, -1, -1)
        for index, one in enumerate(self.expectations):
            if not _is_method(one.method, call.method) or match_path(one.path, call.path) is None:
                continue
            rank = (one.path == call.path, len(one.conditions), index)
            if rank > best_rank and not any(condition.problem(call, context) for condition in one.conditions):
                best, best_rank = one, rank
        return best


def read_call(number: int, method: str, target: str, headers: Iterable[tuple[str, str]], body: bytes) -> Call:
    """A request as it came -> Call."""
    path, _, query = target.partition("?")
    if "://" in path:  # as a proxy is asked
        path = "/" + path.partition("://")[2].partition("/")[2]
    pairs = tuple(parse_qsl(query, keep_blank_values=True))
    return Call(number, method.upper(), target, unquote(path), pairs, tuple(headers), body)


_CONDITION = re.compile(
    r'\s*(header|query|query parameter|path|body)\s*(?:"([^"]*)"|([^\s"]+))??\s+(is|=|contains)\s+'
    r'(?:"((?:[^"\\]|\\.)*)"|(.+?))(?=\s+and\s+(?:header|query|path|body)\b|\s*$)',
    re.IGNORECASE,
)


def parse_when(text: str) -> tuple[Condition, ...]:
    """`header X-Key is k and path /qty is 3 and body contains abc` -> conditions; an empty text has none.

    Names and values may stand in quotes; a value may be a marker.  Raises StepError.
    """
    found: list[Condition] = []
    position = 0
    plain = text.strip()
    while position < len(plain):
        if found:
            word = re.compile(r"\s+and\s+", re.IGNORECASE).match(plain, position)
            position = word.end() if word else position
        match = _CONDITION.match(plain, position)
        kind = match[1].lower().partition(" ")[0] if match else ""
        name = (match[2] if match[2] is not None else match[3] or "") if match else ""
        if match is None or (kind == "body") != (not name):
            raise StepError(
                f'"{text}" is no condition of a mock',
                "Write: header X-Key is k, query page is 2, path /qty is 3, or body contains abc; join them with and",
            )
        value = match[5].replace('\\"', '"') if match[5] is not None else match[6]
        found.append(Condition(kind, name, value, is_part=match[4].lower() == "contains"))
        position = match.end()
    return tuple(found)


def match_path(template: str, path: str) -> dict[str, str] | None:
    """The parts of a path by their names in the template, None where it does not fit.  `*` is any rest."""
    if template == path:
        return {}
    if "{" not in template and "*" not in template:
        return None
    found = _compiled(template).fullmatch(path)
    if found is None:
        return None
    names = re.findall(r"\{([^{}]+)\}", template)
    return dict(zip(names, found.groups(), strict=True))


def as_found(expected: Any, actual: Any) -> Any:
    """An expected text as the number, boolean or null that is there, where both are written alike."""
    if type(expected) is str and not isinstance(actual, (str, dict, list)) and expected == lookups.as_text(actual):
        return actual
    return expected


def fill_parts(value: Any, parts: Mapping[str, str]) -> Any:
    """`{name}` in the texts of a document -> that part of the path."""
    if isinstance(value, str):
        for name, part in parts.items():
            value = value.replace("{" + name + "}", part)
        return value
    if isinstance(value, list):
        return [fill_parts(item, parts) for item in value]
    if isinstance(value, dict):
        return {key: fill_parts(item, parts) for key, item in value.items()}
    return value


def encode_body(body: Any, headers: Iterable[tuple[str, str]]) -> tuple[bytes, str]:
    """A body as bytes, and its Content-Type; empty where the headers have one or there is no body."""
    has_type = any(name.lower() == "content-type" for name, _ in headers)
    if body is None:
        return b"", ""
    if isinstance(body, bytes):
        data, kind = body, "application/octet-stream"
    elif isinstance(body, str):
        start = body.lstrip()[:1]
        kind = {"{": "application/json", "[": "application/json", "<": "text/xml; charset=utf-8"}.get(start, "")
        data, kind = body.encode(), kind or "text/plain; charset=utf-8"
    else:
        data, kind = json.dumps(body, ensure_ascii=False, default=str).encode(), "application/json"
    return data, "" if has_type else kind


@lru_cache(maxsize=512)
def _compiled(template: str) -> re.Pattern[str]:
    parts = re.split(r"(\{[^{}]+\}|\*)", template)
    return re.compile("".join(".*" if part == "*" else "([^/]+)" if part[:1] == "{" else re.escape(part)
                              for part in parts), re.DOTALL)  # fmt: skip


def _is_method(expected: str, method: str) -> bool:
    return expected in (method, ANY_METHOD) or (method == "HEAD" and expected == "GET")


def _likeness(one: Expectation, call: Call, context: Context) -> tuple[float, list[str]]:
    """How near an expectation is to a call, and what keeps them apart."""
    problems = []
    score = SequenceMatcher(None, one.path, call.path).ratio()
    if match_path(one.path, call.path) is None:
        problems.append("another path")
    else:
        score = 2.0
    if _is_method(one.method, call.method):
        score += 0.5
    else:
        problems.append("another method")
    wrong = [problem for problem in (condition.problem(call, context) for condition in one.conditions) if problem]
    return score - 0.1 * len(wrong), problems + wrong


def _object_of(call: Call) -> dict[str, Any] | None:
    try:
        document = call.document()
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _has(document: dict[str, Any], query: Iterable[tuple[str, str]]) -> bool:
    return all(lookups.as_text(document.get(name)) == value for name, value in query)


def _merged(document: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """RFC 7396: null removes; the id stays."""
    merged = dict(document)
    for key, value in change.items():
        if key == "id":
            continue
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = _merged(merged[key], value)
        else:
            merged[key] = value
    return merged


def _problem(status: int, text: str) -> Answer:
    return Answer(status, body={"error": text}, is_ready=True)
