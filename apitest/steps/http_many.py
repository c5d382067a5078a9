"""One request sent many times, one after the other or at once; and lists that come page by page.

Not here: sending one request (`http.py`), loads with rates and percentiles (`load.py`).
"""

from __future__ import annotations

import json
import re
import threading
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from apitest.catalogue import step
from apitest.core import compare, json_path, json_text, link_header, lookups
from apitest.core.request import RequestSpec, Response
from apitest.errors import ApitestError, AssertionFailed, Mismatch, StepError
from apitest.steps.http import exchange_of, finished_request, send, transport_of, with_jar
from apitest.steps.http_response import is_status, status_text, statuses
from apitest.steps.last_response import document_of, require
from apitest.steps.step_input import text_of
from apitest.steps.store import keep

MAX_TIMES = 10_000
MAX_AT_ONCE = 1_000
"""Each is a connection of its own."""
MAX_REPORTED = 50
"""So many exchanges of calls at once are shown in reports."""
MAX_PAGES = 1_000


# Many times


@step(
    "the URL is invoked {n} times",
    "when",
    meaning="Sends the request so often, one after the other. #responses has them all, each with status, headers, body "
    "and seconds; the last one can be checked as ever.",
    example="the URL is invoked 3 times",
)
def invoke_times(ctx: Any, n: Any) -> None:
    _check_times(n, MAX_TIMES)
    responses: list[Response] = []
    _keep_responses(ctx, responses)
    for _ in range(n):
        responses.append(send(ctx, finished_request(ctx)))
    _keep_responses(ctx, responses)


@step(
    "the URL is invoked {n} times at once",
    "when",
    meaning="Sends the request so often at the same time, each over a connection of its own. #responses has them all.",
    example="the URL is invoked 20 times at once",
)
def invoke_times_at_once(ctx: Any, n: Any) -> None:
    _check_times(n, MAX_AT_ONCE)
    state = ctx.apitest
    _keep_responses(ctx, [])
    specs = [with_jar(ctx, finished_request(ctx)) for _ in range(n)]
    described = state.own.get("api description")
    may_break = described is not None and described.may_break
    calls = []
    for spec in specs if described is not None else ():
        described.may_break = may_break  # all of them, or none
        calls.append(described.check_request(spec))
    transport = transport_of(ctx)
    state.run.requests += n
    results: list[Response | ApitestError | None] = [None] * n

    def call(index: int) -> None:
        try:
            results[index] = transport.send(specs[index])
        except ApitestError as error:
            results[index] = error

    threads = [threading.Thread(target=call, args=(index,), daemon=True) for index in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    responses = [one for one in results if isinstance(one, Response)]
    for spec, one in list(zip(specs, results, strict=True))[:MAX_REPORTED]:
        answer = one if isinstance(one, Response) else None
        state.exchanges.append(exchange_of(spec, answer, state.run.secrets))
    state.own["last request"] = specs[-1]
    _keep_responses(ctx, responses)
    failed = [one for one in results if isinstance(one, ApitestError)]
    if failed:
        raise StepError(f"{len(failed)} of {n} calls failed: {failed[0].message}", failed[0].hint)
    for call, spec, one in zip(calls, specs, responses, strict=False):
        described.check_response(call, spec, one)


# Pages


@step(
    'all pages are fetched by (following path "{path}"/following the Link header/raising query parameter "{path}")',
    "when",
    meaning="Sends the request, then goes on to the next page until there is none, or an empty one: at most 1000. The "
    "bodies are in #pages.",
    example='all pages are fetched by following path "/links/next"',
)
def fetch_pages(ctx: Any, choice: str, path: Any = None) -> None:
    state = ctx.apitest
    way = choice.partition(" ")[0]
    is_raising = way == "raising"
    name = "" if path is None else text_of(path)
    spec = finished_request(ctx)
    pages: list[Any] = []
    seen = {spec.url}
    while True:
        response = send(ctx, spec)
        if is_raising and response.status in (204, 404) and pages:
            break
        if not 200 <= response.status < 300:
            mismatch = Mismatch(f"page {len(pages) + 1}", "2xx", status_text(response))
            raise AssertionFailed(f"{spec.url} is no page", [mismatch])
        document = document_of(ctx)
        if is_raising and _is_empty(document):
            break
        pages.append(document)
        url = _next_url(choice, name, spec, response, document)
        if url is None:
            break
        if url in seen:
            raise StepError(f"The pages go round: {url} comes again after {len(pages)} pages")
        if len(pages) >= MAX_PAGES:
            raise StepError(f"There are more than {MAX_PAGES} pages", "Is the way to the next one right?")
        seen.add(url)
        spec = replace(spec, url=url)
    state.own["pages"] = pages
    keep(ctx, "pages", pages)


@step(
    "{n} pages were fetched",
    "then",
    meaning="How many pages there were.",
    example="3 pages were fetched",
)
def pages_were_fetched(ctx: Any, n: Any) -> None:
    count = len(_pages(ctx))
    require(count == n, "Another number of pages", "", f"{n} pages", f"{count} pages")


@step(
    'path "{path}" has {n} elements over all pages',
    "then",
    meaning="The lists there have so many elements together, and none comes twice.",
    example='path "/items" has 250 elements over all pages',
)
def elements_over_all_pages(ctx: Any, path: Any, n: Any) -> None:
    place = text_of(path)
    first_page: dict[str, int] = {}
    found: list[Mismatch] = []
    count = 0
    for number, page in enumerate(_pages(ctx), 1):
        items = json_path.read(page, place, "a list")
        if not isinstance(items, list):
            mismatch = Mismatch(f"page {number} {place}", "a list", items)
            raise AssertionFailed("There is no list on one of the pages", [mismatch])
        for index, item in enumerate(items):
            key = json.dumps(item, sort_keys=True, default=str)
            if key in first_page:
                reason = f"is on page {first_page[key]} already"
                found.append(Mismatch(f"page {number} {place}/{index}", compare.NOTHING, item, reason))
            first_page.setdefault(key, number)
        count += len(items)
    if count != n:
        found.insert(0, Mismatch(place, f"{n} elements", f"{count} elements"))
    compare.check("The pages have other elements", found)


# What came of it


@step(
    'the {n}th of the responses has status "{status}"',
    "then",
    meaning="Of one of the responses, counted from 1.",
    example='the 2nd of the responses has status "409"',
)
def nth_response_has_status(ctx: Any, n: Any, status: Any) -> None:
    responses = _responses(ctx)
    wanted = statuses(status)
    if not isinstance(n, int) or not 1 <= n <= len(responses):
        mismatch = Mismatch(f"response {n}", ", ".join(wanted), reason=f"{len(responses)} came", has_actual=False)
        raise AssertionFailed("There is no such response", [mismatch])
    actual = responses[n - 1]
    is_so = any(is_status(code, actual.status) for code in wanted)
    require(is_so, "Another status", f"response {n}", ", ".join(wanted), status_text(actual))


@step(
    'exactly {n} of the responses have status "{status}"',
    "then",
    meaning="How many of the responses have this status, or one of this class: no more and no less.",
    example='exactly 1 of the responses has status "201"',
)
def so_many_have_status(ctx: Any, n: Any, status: Any) -> None:
    responses = _responses(ctx)
    wanted = statuses(status)
    count = sum(1 for one in responses if any(is_status(code, one.status) for code in wanted))
    if count != n:
        counts: dict[int, int] = {}
        for one in responses:
            counts[one.status] = counts.get(one.status, 0) + 1
        there = ", ".join(f"{number} x {code}" for code, number in sorted(counts.items()))
        mismatch = Mismatch("", f"{n} x {', '.join(wanted)}", there)
        raise AssertionFailed("Other statuses", [mismatch])


# Inside


def _check_times(n: Any, most: int) -> None:
    if not isinstance(n, int) or isinstance(n, bool) or not 1 <= n <= most:
        raise StepError(f"Nothing can be sent {n} times", f"Write a whole number from 1 to {most}")


def _keep_responses(ctx: Any, responses: list[Response]) -> None:
    """For the sentences about them and for #responses; the last one is the response."""
    state = ctx.apitest
    state.own["responses"] = responses
    state.response = responses[-1] if responses else None
    state.has_parsed = False
    kept = [
        {
            "status": one.status,
            "headers": dict(one.headers),
            "body": json.loads(one.body) if json_text.is_json(one.body) else one.text,
            "seconds": one.seconds,
        }
        for one in responses
    ]
    keep(ctx, "responses", kept)


def _responses(ctx: Any) -> list[Response]:
    found: list[Response] | None = ctx.apitest.own.get("responses")
    if not found:
        raise StepError(
            "There are no responses yet", "Send the request first: When the URL is invoked 20 times at once"
        )
    return found


def _pages(ctx: Any) -> list[Any]:
    found: list[Any] | None = ctx.apitest.own.get("pages")
    if found is None:
        raise StepError("No pages were fetched yet", 'First: When all pages are fetched by following path "/next"')
    return found


def _next_url(way: str, name: str, spec: RequestSpec, response: Response, document: Any) -> str | None:
    """Where the next page is, None after the last one."""
    if way.startswith("raising"):
        return _raised(spec.url, name)
    if way.endswith("link header"):
        target = link_header.target(response.header("Link") or "", "next")
        return urljoin(response.url, target) if target is not None else None
    found = json_path.read_all(document, name)
    value = found[0][1] if found else None
    if value in (None, "", False):
        return None
    if not isinstance(value, str):
        raise StepError(f'The next page at path "{name}" is {lookups.as_text(value)}, which is no address')
    return urljoin(response.url, value)


def _raised(url: str, name: str) -> str:
    """The URL with a number in its query one higher; the page that was asked for without one is the first."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    current = dict(query).get(name, "1")
    if not re.fullmatch(r"-?\d+", current):
        raise StepError(f'Query parameter "{name}" is "{current}", which cannot be raised')
    others = [pair for pair in query if pair[0] != name]
    return urlunsplit(parts._replace(query=urlencode([*others, (name, str(int(current) + 1))])))


def _is_empty(document: Any) -> bool:
    """A page with nothing on it: no list at its top has an element."""
    if isinstance(document, dict):
        lists = [value for value in document.values() if isinstance(value, list)]
        return not document or bool(lists) and not any(lists)
    return document in (None, [], "")
