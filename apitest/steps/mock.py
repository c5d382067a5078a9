"""Mock servers: what they answer, what they were asked, webhooks they send and wait for.

Not here: choosing an answer (`mocks/rules.py`), listening (`mocks/server.py`), recordings (`mocks/har.py`).
"""

from __future__ import annotations

import mimetypes
import re
import time
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Any
from urllib.parse import parse_qsl

import apitest
from apitest.catalogue import step
from apitest.core import compare, json_path, json_pointer, masking, nearest, sentences
from apitest.core.request import RequestDraft, RequestSpec, build_request
from apitest.errors import AssertionFailed, CallFailed, FileProblem, LookupFailed, Mismatch, StepError
from apitest.mocks import described, har, rules
from apitest.mocks.rules import Answer, Call, Collection, Record
from apitest.mocks.server import MockServer
from apitest.scenario import Scope
from apitest.steps.http import USER_AGENT, send, transport_of
from apitest.steps.last_response import comparing
from apitest.steps.schema_files import description_of
from apitest.steps.step_input import (
    as_there,
    doc_json,
    doc_text,
    parse_json,
    read_file,
    read_json,
    read_text,
    resolve,
    table_rows,
    text_of,
    writable_file,
)
from apitest.steps.store import keep

FOLDER = "mocks"
SHOWN_CALLS = 10
FORWARD_SECONDS = 30.0


# What a mock answers


@step(
    'a mock server "{mock}"[ on port {n}]',
    meaning="Starts a server that answers as the sentences below say; it lives for the scenario. Its address is "
    "#mock.NAME.address, for containers #mock.NAME.container_address.",
    example='a mock server "billing"',
)
def start_mock(ctx: Any, mock: Any, n: Any) -> None:
    name = text_of(mock)
    mocks = _mocks(ctx)
    if not name:
        raise StepError("A mock needs a name")
    if name in mocks:
        raise StepError(f'There is a mock "{name}" already', "Give the other one another name.")
    port = 0 if n is None else _count(n, "port", 65535)
    key = f"mock.{name}"
    server = MockServer(name, port, seed=ctx.apitest.run.shared.get("seed"))
    mocks[name] = server
    ctx.apitest.cleanups.append(server.stop)
    keep(
        ctx,
        key,
        {"address": server.address, "port": server.port, "container_address": server.container_address},
    )


@step(
    'mock "{mock}" answers "{method}" "{path}" with status {n}',
    meaning="What a call gets; the doc string is the body. {id} in the path stands for any part and may be used in the "
    "body; markers in a JSON body are made up for each answer. ANY is every method.",
    example='mock "billing" answers "GET" "/invoices/{id}" with status 200',
    takes="doc",
)
def answer_with_status(ctx: Any, mock: Any, method: Any, path: Any, n: Any) -> None:
    body = _doc_body(ctx) if ctx.text is not None else None
    _expect(ctx, mock, method, path, [Answer(_status(n), body=body)])


@step(
    'mock "{mock}" answers "{method}" "{path}" with file "{file}"',
    meaning="What a call gets: a file of features/mocks, look-ups and markers of a JSON file filled in.",
    example='mock "billing" answers "GET" "/invoices/1" with file "invoice.json"',
)
def answer_with_file(ctx: Any, mock: Any, method: Any, path: Any, file: Any) -> None:
    kind = mimetypes.guess_type(text_of(file))[0] or "application/octet-stream"
    if kind == "application/json":
        answer = Answer(body=read_json(ctx, file, FOLDER))
    else:
        answer = Answer(200, (("Content-Type", kind),), read_file(ctx, file, FOLDER), is_ready=True)
    _expect(ctx, mock, method, path, [answer])


@step(
    'mock "{mock}" answers as follows',
    meaning="A row is a call and its answer: method, path, when, status, headers, body, delay. Rows for one call "
    "answer in turn, the last one stays. When: header X-Key is k, query page is 2, path /qty is 3, body contains abc.",
    example='mock "billing" answers as follows',
    needs="table",
)
def answer_as_follows(ctx: Any, mock: Any) -> None:
    server = mock_of(ctx, mock)
    optional = ("when", "status", "headers", "body", "delay")
    found: dict[tuple[str, str, str], list[Answer]] = {}
    for row in table_rows(ctx, ("method", "path"), optional):
        plain = {name: text_of(resolve(ctx, cell)) for name, cell in row.items() if name != "body"}
        delay = plain.get("delay", "")
        seconds = sentences.parse_duration(delay) if delay else 0.0
        if seconds is None:
            raise StepError(f'"{delay}" is no delay', "Write it like 200 ms or 3 seconds")
        answer = Answer(
            _status(plain.get("status") or "200"),
            _headers(plain.get("headers", "")),
            _cell_body(ctx, row.get("body", "")),
            seconds,
        )
        found.setdefault((plain["method"], plain["path"], plain.get("when", "")), []).append(answer)
    if not found:
        raise StepError("The table has no rows")
    for (method, path, when), answers in found.items():
        server.rules.expect(method, path, answers, rules.parse_when(when))


@step(
    'mock "{mock}" answers as described by "{source}"',
    meaning="Every operation of an OpenAPI description (a file of features/schemas or features/mocks, or a URL) "
    "answers with its example, or with values made up from its schema.",
    example='mock "billing" answers as described by "billing.yaml"',
)
def answer_as_described(ctx: Any, mock: Any, source: Any) -> None:
    server = mock_of(ctx, mock)
    server.rules.expectations += described.expectations(description_of(ctx, source, FOLDER))


@step(
    'mock "{mock}" keeps what is posted to "{path}"',
    meaning="POST makes a document with an id; GET, PUT, PATCH and DELETE work on it, GET of the path "
    "itself lists all.",
    example='mock "crm" keeps what is posted to "/customers"',
)
def keep_what_is_posted(ctx: Any, mock: Any, path: Any) -> None:
    place = text_of(path).rstrip("/")
    if not place.startswith("/"):
        raise StepError(f'"{text_of(path)}" is no path of a collection', 'For instance "/customers"')
    mock_of(ctx, mock).rules.collections.append(Collection(place))


@step(
    'mock "{mock}" fails the first {n} calls with status {m}',
    meaning="The next so many calls, whatever they ask, get this status; then it answers as it was told.",
    example='mock "billing" fails the first 2 calls with status 503',
)
def fail_first(ctx: Any, mock: Any, n: Any, m: Any) -> None:
    mock_of(ctx, mock).rules.failures.append((_count(n, "number of calls"), _status(m)))


@step(
    'mock "{mock}" takes {d} to answer',
    meaning="Every answer comes so much later.",
    example='mock "billing" takes 300 ms to answer',
)
def delay_answers(ctx: Any, mock: Any, d: float) -> None:
    mock_of(ctx, mock).rules.delay_seconds = d


@step(
    'mock "{mock}" drops the connection',
    meaning="Every call is cut off without an answer, until the mock comes back.",
    example='mock "billing" drops the connection',
)
def drop_connections(ctx: Any, mock: Any) -> None:
    mock_of(ctx, mock).rules.is_dropping = True


@step(
    'mock "{mock}" only accepts header "{h}" "{value}"',
    meaning="Calls without this header, or with another value, get 401. The value may be a marker.",
    example='mock "billing" only accepts header "X-Key" "k"',
)
def only_accept(ctx: Any, mock: Any, h: Any, value: Any) -> None:
    mock_of(ctx, mock).rules.guards.append((text_of(h), value))


@step(
    'mock "{mock}" passes calls on to "{url}" and records them in "{file}"',
    meaning="What nothing else answers is asked there; the exchanges are kept in a HAR file of features/mocks, without "
    "credentials and secrets.",
    example='mock "billing" passes calls on to "@billing" and records them in "billing.har"',
)
def pass_calls_on(ctx: Any, mock: Any, url: Any, file: Any) -> None:
    server = mock_of(ctx, mock)
    name = text_of(file)
    if "/" not in name:
        project = ctx.apitest.run.project
        name = f"{project.features.relative_to(project.root).as_posix()}/{FOLDER}/{name}"
    server.forward = _Recorder(ctx, text_of(url).rstrip("/"), writable_file(ctx, name))
    server.rules.is_passing_on = True


@step(
    'mock "{mock}" replays "{file}"',
    meaning="Answers as in a HAR file of features/mocks; calls that stand in it several times are answered in turn.",
    example='mock "billing" replays "billing.har"',
)
def replay(ctx: Any, mock: Any, file: Any) -> None:
    server = mock_of(ctx, mock)
    server.rules.expectations += har.read(read_text(ctx, file, FOLDER), text_of(file))


# What a mock does


@step(
    'mock "{mock}" (goes down/comes back/forgets its calls)',
    "when",
    meaning="Goes down: refuses connections. Comes back: listens on the same port again. Forgets its calls: as if none "
    "had come.",
    example='mock "billing" goes down',
)
def change_state(ctx: Any, mock: Any, choice: str) -> None:
    server = mock_of(ctx, mock)
    if choice == "goes down":
        server.go_down()
    elif choice == "comes back":
        server.come_back()
    else:
        server.forget_calls()


@step(
    'mock "{mock}" calls "{url}"',
    "when",
    meaning="Sends a POST, such as a webhook, with the doc string as body; its response can be checked as any other.",
    example='mock "billing" calls "http://127.0.0.1:17010/hooks/paid"',
    takes="doc",
)
def call_out(ctx: Any, mock: Any, url: Any) -> None:
    mock_of(ctx, mock)
    draft = RequestDraft(address=text_of(url), url_path="", method="POST")
    draft.body = _doc_body(ctx) if ctx.text is not None else None
    send(ctx, build_request(draft, USER_AGENT))


# What a mock was asked


@step(
    'mock "{mock}" was called {n} times',
    "then",
    meaning="How many calls came, whatever they asked and got.",
    example='mock "billing" was called 1 time',
)
def was_called(ctx: Any, mock: Any, n: Any) -> None:
    server = mock_of(ctx, mock)
    _check_count(server, server.records, _count(n, "number of calls"), "calls")


@step(
    'mock "{mock}" wasn\'t called',
    "then",
    meaning="No call came.",
    example='mock "billing" wasn\'t called',
)
def was_not_called(ctx: Any, mock: Any) -> None:
    server = mock_of(ctx, mock)
    _check_count(server, server.records, 0, "calls")


@step(
    'mock "{mock}" received "{method}" "{path}" {n} times',
    "then",
    meaning="How many calls of this method came for this path; {id} in it stands for any part.",
    example='mock "billing" received "POST" "/invoices" 1 time',
)
def received_times(ctx: Any, mock: Any, method: Any, path: Any, n: Any) -> None:
    server = mock_of(ctx, mock)
    wanted, place = text_of(method).upper(), text_of(path)
    found = [record for record in server.records if _is_call(record.call, wanted, place)]
    _check_count(server, found, _count(n, "number of calls"), f"calls {wanted} {place}")


@step(
    'mock "{mock}" received these calls',
    "then",
    meaning="Exactly these calls, in this order. Columns: method, path, status, body; header NAME; and paths such as "
    "/qty for values in the body. Cells may be markers, empty ones are not checked.",
    example='mock "billing" received these calls',
    needs="table",
)
def received_calls(ctx: Any, mock: Any) -> None:
    server = mock_of(ctx, mock)
    rows = table_rows(ctx, (), None)
    _check_columns(rows)
    records = list(server.records)
    found: list[Mismatch] = []
    for index, row in enumerate(rows):
        if index >= len(records):
            wanted = " ".join(cell for name, cell in row.items() if name in ("method", "path"))
            found.append(Mismatch(f"call {index + 1}", wanted or row, reason="did not come", has_actual=False))
            continue
        for heading, cell in row.items():
            if cell != "":
                found += _cell_differences(ctx, records[index], heading, cell)
    for record in records[len(rows) :]:
        found.append(Mismatch(f"call {record.call.number}", compare.NOTHING, str(record.call), "is not expected"))
    if found:
        raise AssertionFailed(f'Mock "{server.name}" received other calls', found, _calls_text(records))


@step(
    'mock "{mock}" received JSON',
    "then",
    meaning="The body of the last call is this document; markers may stand in it.",
    example='mock "billing" received JSON',
    needs="doc",
)
def received_json(ctx: Any, mock: Any) -> None:
    server = mock_of(ctx, mock)
    expected = doc_json(ctx)
    record = _call_number(server, len(server.records), expected)
    actual = _body_of(record, expected)
    summary = f'Mock "{server.name}" received another document with {record.call}'
    compare.check(summary, compare.compare(expected, actual, "", comparing(actual, ctx)))


@step(
    'call {n} of mock "{mock}" has (header/path) "{what}" equal to "{value}"',
    "then",
    meaning="A header, or a value at a path of the JSON body, of the nth call; the value may be a marker.",
    example='call 1 of mock "billing" has path "/total" equal to "9.9"',
)
def call_has(ctx: Any, n: Any, mock: Any, choice: str, what: Any, value: Any) -> None:
    server = mock_of(ctx, mock)
    record = _call_number(server, _count(n, "number of a call"), value)
    name = text_of(what)
    if choice == "header":
        actual: Any = record.call.header(name)
        if actual is None:
            names = ", ".join(key for key, _ in record.call.headers)
            mismatch = Mismatch(name, value, reason=f"is missing; there is {names}", has_actual=False)
            raise AssertionFailed(f"{record.call} has no such header", [mismatch])
        expected = value if isinstance(value, str) else text_of(value)
    else:
        document = _body_of(record, value)
        actual = json_path.read(document, name, value)
        expected = as_there(value, actual)
    summary = f'{choice} "{name}" of call {record.call.number}'
    compare.check(summary, compare.compare(expected, actual, name, comparing(actual, ctx)))


@step(
    'mock "{mock}" got no unexpected call',
    "then",
    meaning="Every call was one that the mock had an answer for; the nearest is shown for each that was not.",
    example='mock "billing" got no unexpected call',
)
def no_unexpected_call(ctx: Any, mock: Any) -> None:
    server = mock_of(ctx, mock)
    found = [
        Mismatch(f"call {record.call.number}", compare.NOTHING, str(record.call),
                 f"nearest: {record.near}" if record.near else "nothing is expected at all")
        for record in server.records
        if not record.is_expected
    ]  # fmt: skip
    found += [Mismatch("", "a call that can be answered", problem) for problem in server.problems]
    compare.check(f'Mock "{server.name}" got unexpected calls', found)


@step(
    'a callback to "{path}" of mock "{mock}" arrives within {d}',
    "then",
    meaning="Waits for a call for this path, of any method. One that came before counts, but each only once.",
    example='a callback to "/paid" of mock "hooks" arrives within 5 seconds',
)
def callback_arrives(ctx: Any, path: Any, mock: Any, d: float) -> None:
    server = mock_of(ctx, mock)
    place = text_of(path)
    begin = time.monotonic()
    found = server.wait_for(lambda record: not record.is_awaited and _is_call(record.call, "", place), d)
    if found is None:
        passed = time.monotonic() - begin
        mismatch = Mismatch(place, "a call", reason=f"none came in {passed:.3g} s", has_actual=False)
        raise AssertionFailed(f'No callback to mock "{server.name}"', [mismatch], _calls_text(server.records))
    found.is_awaited = True


# Inside


def mock_of(ctx: Any, mock: Any) -> MockServer:
    """A mock of the scenario by its name.  Raises StepError with the nearest."""
    name, mocks = text_of(mock), _mocks(ctx)
    if name not in mocks:
        near = nearest.names(name, mocks, 1)
        hint = f'Did you mean "{near[0]}"?' if near else f'Start it first: Given a mock server "{name}"'
        raise StepError(f'There is no mock "{name}"', hint)
    return mocks[name]


class _Recorder:
    """Carries calls to a real service and keeps what was said, in one file that is whole after each of them."""

    def __init__(self, ctx: Any, url: str, path: Any) -> None:
        if "://" not in url:
            raise StepError(f'"{url}" is no address to pass calls on to', "For instance http://127.0.0.1:17010")
        self._transport = transport_of(ctx)
        self._secrets = ctx.apitest.run.secrets
        self._url = url
        self._path = path
        self._kept: list[har.Kept] = []
        self._write()

    def __call__(self, call: Call) -> Answer:
        url = self._url + call.target
        left_out = har.HOP_BY_HOP - {"content-encoding"} | {"host", "expect"}
        headers = tuple(pair for pair in call.headers if pair[0].lower() not in left_out)
        spec = RequestSpec(call.method, url, headers, call.body, FORWARD_SECONDS, follows_redirects=False)
        started, begin = datetime.now(timezone.utc), time.monotonic()
        try:
            response = self._transport.send(spec)
        except CallFailed as error:
            return Answer(502, body={"error": masking.mask(error.message, self._secrets)}, is_ready=True)
        kept = tuple(pair for pair in response.headers if pair[0].lower() not in har.HOP_BY_HOP)
        answer = Answer(response.status, kept, response.body, is_ready=True)
        self._kept.append(har.Kept(call, answer, url, started.isoformat(), time.monotonic() - begin))
        self._write()
        return answer

    def _write(self) -> None:
        text = har.render(self._kept, apitest.__version__, lambda text: masking.mask(text, self._secrets))
        try:
            self._path.write_text(text, "utf-8")
        except OSError as error:
            raise FileProblem(f"{self._path.name} cannot be written: {error.strerror}") from error


def _mocks(ctx: Any) -> dict[str, MockServer]:
    found: dict[str, MockServer] = ctx.apitest.own.setdefault("mocks", {})
    return found


def _expect(ctx: Any, mock: Any, method: Any, path: Any, answers: list[Answer]) -> None:
    mock_of(ctx, mock).rules.expect(text_of(method), text_of(path), answers)


def _status(value: Any) -> int:
    number = sentences.parse_number(value) if isinstance(value, str) else value
    if not isinstance(number, int) or isinstance(number, bool) or not 200 <= number <= 999:
        raise StepError(f"{text_of(value)} is no status that a mock can answer with", "From 200 on, for instance 404")
    return number


def _count(value: Any, what: str, most: int = 1_000_000) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise StepError(f"{text_of(value)} is no {what}", f"Write a whole number from 0 to {most}")
    return value


def _doc_body(ctx: Any) -> Any:
    """The doc string as a JSON document, else as text."""
    if str(ctx.text).lstrip()[:1] in ("{", "[", '"'):
        try:
            return doc_json(ctx)
        except LookupFailed:
            raise
        except StepError:
            pass  # a body that is broken on purpose goes out as it is
    return doc_text(ctx)


def _cell_body(ctx: Any, cell: str) -> Any:
    if not cell:
        return None
    if cell[:1] in ("{", "["):
        return parse_json(cell, Scope(ctx.apitest), f"the body {cell}")
    return resolve(ctx, cell)


def _headers(text: str) -> tuple[tuple[str, str], ...]:
    """`X-A: 1, X-B: 2` -> pairs."""
    found = []
    for part in re.split(r"[,;]\s*(?=[\w-]+\s*:\s)", text.strip()) if text.strip() else ():
        name, colon, value = part.partition(":")
        if not colon or not re.fullmatch(r"[\w!#$%&'*+.^`|~-]+", name.strip()):
            raise StepError(f'"{part}" is no header', "Write them like X-A: 1, X-B: 2")
        found.append((name.strip(), value.strip()))
    return tuple(found)


def _is_call(call: Call, method: str, place: str) -> bool:
    """Whether a call is one of this method, "" for any, and path; a query in it must be among the call's."""
    path, _, query = place.partition("?")
    wanted = parse_qsl(query, keep_blank_values=True)
    return (
        (not method or method in (call.method, rules.ANY_METHOD))
        and rules.match_path(path, call.path) is not None
        and all(pair in call.query for pair in wanted)
    )


def _check_count(server: MockServer, found: list[Record], wanted: int, what: str) -> None:
    if len(found) != wanted:
        mismatch = Mismatch("", f"{wanted} {what}", f"{len(found)} {what}")
        raise AssertionFailed(f'Mock "{server.name}" was called otherwise', [mismatch], _calls_text(server.records))


def _calls_text(records: Iterable[Record]) -> str:
    """The calls, for a hint."""
    lines = []
    for record in records:
        near = f", nearest: {record.near}" if record.near else ""
        unexpected = "" if record.is_expected else f" (unexpected{near})"
        lines.append(f"{record.call} -> {record.status or 'dropped'}{unexpected}")
    if not lines:
        return "It was not called at all"
    more = f"; and {len(lines) - SHOWN_CALLS} more" if len(lines) > SHOWN_CALLS else ""
    return f"It was called: {'; '.join(lines[:SHOWN_CALLS])}{more}"


def _call_number(server: MockServer, number: int, expected: Any) -> Record:
    records = server.records
    if not 1 <= number <= len(records):
        size = f"{len(records)} call{'' if len(records) == 1 else 's'} came"
        mismatch = Mismatch(f"call {max(number, 1)}", expected, reason=f"did not come; {size}", has_actual=False)
        raise AssertionFailed(f'Mock "{server.name}" has no such call', [mismatch])
    return records[number - 1]


def _body_of(record: Record, expected: Any) -> Any:
    try:
        return record.call.document()
    except ValueError:
        mismatch = Mismatch("", expected, record.call.text[:200], "is no JSON")
        raise AssertionFailed(f"The body of {record.call} is no JSON", [mismatch]) from None


def _check_columns(rows: list[dict[str, str]]) -> None:
    for heading in rows[0] if rows else ():
        is_known = heading in ("method", "path", "status", "body") or heading[:1] in ("/", "$")
        if not is_known and not heading.lower().startswith("header "):
            raise StepError(
                f'The table has a column "{heading}"',
                "It may have: method, path, status, body, header NAME, and paths into the body such as /qty",
            )


def _cell_differences(ctx: Any, record: Record, heading: str, cell: str) -> list[Mismatch]:
    """How one cell of a row differs from its call."""
    call = record.call
    where = f"call {call.number} {heading}"
    if heading == "path":
        place = text_of(resolve(ctx, cell))
        if _is_call(call, "", place):
            return []
        return [Mismatch(where, place, call.target)]
    if heading == "body":
        body = _cell_body(ctx, cell)
        if isinstance(body, (dict, list)):
            return compare.contains(body, _body_of(record, body), where)
        return compare.compare(body, call.text, where)
    expected = resolve(ctx, cell)
    if heading == "method":
        expected = text_of(expected)
        is_marker = expected.startswith("~")
        return compare.compare(expected if is_marker else expected.upper(), call.method, where)
    if heading == "status":
        return compare.compare(as_there(expected, record.status), record.status, where)
    if heading.lower().startswith("header "):
        actual = call.header(heading[7:].strip())
        if actual is None and expected != "~absent":
            return [Mismatch(where, expected, reason="is missing", has_actual=False)]
        return [] if actual is None else compare.compare(expected, actual, where)
    found = json_pointer.look(_body_of(record, expected), heading) if heading.startswith("/") else None
    if isinstance(found, json_pointer.Missing):
        if expected == "~absent":
            return []
        return [Mismatch(where, expected, reason=found.reason, has_actual=False)]
    actual = found.value if found is not None else json_path.read(_body_of(record, expected), heading, expected)
    return compare.compare(as_there(expected, actual), actual, where)
