"""The last response as sentences ask about it: there at all, parsed by its format, a value by path.

Not here: getting it (`http.py`, `server.py`) and the sentences.
"""

from __future__ import annotations

import difflib
import re
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from apitest.core import compare, json_path, json_text, xml_path
from apitest.core.markers import Context
from apitest.core.request import RequestDraft, Response
from apitest.errors import AssertionFailed, Mismatch, StepError
from apitest.steps.schema_files import problems_finder
from apitest.steps.step_input import text_of

if TYPE_CHECKING:
    from lxml import etree


def response_of(ctx: Any) -> Response:
    """The last response.  Raises StepError when nothing was called yet, CallFailed when the call brought none."""
    response = ctx.apitest.response
    if response is None:
        failure = ctx.apitest.own.get("call failure")
        if failure is not None:
            raise failure  # what happened instead of a response
        raise StepError("There is no response yet", "Call something first, for instance: When the URL is invoked")
    return response  # type: ignore[no-any-return]


def document_of(ctx: Any) -> Any:
    """The body of the last response as a JSON document, parsed once.

    Raises AssertionFailed where it is not JSON, or has an object with one key twice.
    """
    state = ctx.apitest
    if not state.has_parsed:
        state.parsed = json_text.parse_response(response_of(ctx).body)
        state.has_parsed = True
    return state.parsed


def xml_of(ctx: Any) -> etree._Element:
    """The root of the last response as an XML document, parsed once.  Raises AssertionFailed where it is none."""
    response = response_of(ctx)
    kept: tuple[Response, etree._Element] | None = ctx.apitest.own.get("xml")
    if kept is None or kept[0] is not response:
        charset = re.search(r"""charset\s*=\s*["']?([^"';\s]+)""", response.header("Content-Type") or "", re.IGNORECASE)
        kept = ctx.apitest.own["xml"] = (response, xml_path.parse(response.body, charset[1] if charset else ""))
    return kept[1]


def value_at(ctx: Any, path: str, expected: Any = None) -> Any:
    """The one value at a path of the last response.  Raises AssertionFailed, naming how far the path got."""
    return json_path.read(document_of(ctx), path, expected)


def comparing(document: Any, ctx: Any = None) -> Context:
    """What markers need to know.  ctx: for those that read files, `~schema`."""
    return Context(datetime.now(timezone.utc), document, problems_finder(ctx) if ctx is not None else None)


def require(is_so: object, summary: str, path: str, expected: Any, actual: Any, reason: str = "") -> None:
    """A comparison with one possible difference.  Raises AssertionFailed unless is_so."""
    if not is_so:
        raise AssertionFailed(summary, [Mismatch(path, expected, actual, reason)])


def response_format(ctx: Any, response: Response) -> str:
    """How the response is to be read: as said, else by its Content-Type, else as the request."""
    request: RequestDraft = ctx.apitest.request
    if request.response_format:
        return request.response_format
    media_type = (response.header("Content-Type") or "").partition(";")[0].strip().lower()
    if request.request_format and request.request_format != "FORM":
        return request.request_format
    if media_type.endswith(("/json", "+json")):
        return "JSON"
    if media_type.endswith(("/xml", "+xml")):
        return "XML"
    return "JSON" if not media_type and json_text.is_json(response.body) else "RAW"


def compiled(regex: Any) -> re.Pattern[str]:
    """A regular expression an author wrote.  Raises StepError."""
    try:
        return re.compile(text_of(regex))
    except re.error as error:
        raise StepError(f'"{text_of(regex)}" is no regular expression: {error}') from error


def compare_lines(summary: str, expected: str, actual: str) -> None:
    """Two texts, whatever their line ends and whether the last one has one.  Raises AssertionFailed with each line that
    differs."""
    wanted, there = expected.splitlines(), actual.splitlines()
    if wanted == there:
        return
    found: list[Mismatch] = []
    for tag, first, last, other_first, other_last in difflib.SequenceMatcher(None, wanted, there, False).get_opcodes():
        if tag == "equal":
            continue
        for offset in range(max(last - first, other_last - other_first)):
            line = wanted[first + offset] if first + offset < last else compare.NOTHING
            if other_first + offset < other_last:
                found.append(Mismatch(f"line {other_first + offset + 1}", line, there[other_first + offset]))
            else:
                found.append(Mismatch(f"line {first + offset + 1}", line, has_actual=False, reason="is missing"))
    raise AssertionFailed(summary, found)


def shown(text: str, limit: int = 1000) -> str:
    return text if len(text) <= limit else f"{text[:limit]}... ({len(text)} characters)"
