"""Approved responses: what is kept in their files, how a response is held against one, and what a new one takes over.

A file has a JSON document in which markers may stand; a text that only looks like one has its `~` doubled.  Pure: files
are read and written elsewhere (`steps/snapshot.py`).
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from apitest.core import compare, json_path, json_pointer, markers, masking
from apitest.core.compare import NOTHING
from apitest.core.json_pointer import Found, kind
from apitest.core.marker_checks import a_
from apitest.core.markers import Context, Verbatim
from apitest.core.request import RequestSpec, Response
from apitest.errors import AssertionFailed, Mismatch, StepError

REQUEST_HEADERS = ("accept", "content-type")
RESPONSE_HEADERS = (
    "allow", "cache-control", "content-language", "content-type", "link", "location", "retry-after", "vary",
    "www-authenticate",
)  # fmt: skip
"""What of an exchange's headers is kept: those that say what the API means, and are the same each time."""

Marked = Sequence[tuple[str, str]]
"""(path, marker) of values of which the kind is kept instead of the value."""


def paths_in(text: str) -> list[str]:
    """`/id,$..at` -> its paths; a comma inside brackets or quotes of a JSONPath is part of it."""
    found = [part.strip() for part in re.split(r",\s*(?=[/$])", text.strip()) if part.strip()]
    for path in found:
        if path[0] not in "/$":
            raise StepError(f'"{path}" is no path', "Write them like: /id,$..created_at")
    return found


def readable(document: Any) -> Any:
    """A file's document as an expected value: `~~text` is the text `~text`, anything else with `~` a marker."""
    if isinstance(document, str):
        return Verbatim(document[1:]) if document.startswith("~~") else document
    if isinstance(document, list):
        return [readable(item) for item in document]
    if isinstance(document, dict):
        return {key: readable(value) for key, value in document.items()}
    return document


def storable(document: Any) -> Any:
    """A response's document as it stands in a file."""
    if isinstance(document, str):
        return f"~{document}" if document.startswith("~") else document
    if isinstance(document, list):
        return [storable(item) for item in document]
    if isinstance(document, dict):
        return {key: storable(value) for key, value in document.items()}
    return document


def masked(document: Any, secrets: Iterable[str]) -> Any:
    """The document without the run's secrets: its file is shared."""
    known = frozenset(secrets)
    if not known:
        return document
    if isinstance(document, str):
        return masking.mask(document, known)
    if isinstance(document, list):
        return [masked(item, known) for item in document]
    if isinstance(document, dict):
        return {key: masked(value, known) for key, value in document.items()}
    return document


def exchange(spec: RequestSpec, response: Response, request_body: Any, response_body: Any, secrets: set[str]) -> Any:
    """Request, status, headers and body as one document; without the address, which differs from place to place."""
    path = "/" + spec.url.partition("://")[2].partition("/")[2]
    found = {
        "request": {
            "method": spec.method,
            "path": path,
            "headers": _chosen(spec.headers, REQUEST_HEADERS),
            "body": request_body,
        },
        "status": response.status,
        "headers": _chosen(response.headers, RESPONSE_HEADERS),
        "body": response_body,
    }
    return masked(found, secrets)


def differences(approved: Any, actual: Any, ignored: Sequence[str], context: Context) -> list[Mismatch]:
    """In what a response differs from a file's document, but for the ignored paths."""
    expected = copy.deepcopy(approved)
    for path in ignored:
        if path in ("", "$"):
            raise StepError(f'ignoring "{path}" leaves nothing to compare')
        for pointer, _ in json_path.read_all(approved, path):
            expected = json_pointer.write(expected, pointer, "~ignore")
        for pointer, _ in json_path.read_all(actual, path):
            _allow(expected, pointer)
    return compare.compare(readable(expected), actual, "", context)


def _allow(expected: Any, pointer: str) -> None:
    """A key that the response has may be there."""
    parent, _, token = pointer.rpartition("/")
    found = json_pointer.look(expected, parent)
    if isinstance(found, Found) and isinstance(found.value, dict):
        found.value.setdefault(json_pointer.parse("/" + token)[0], "~ignore")


def shape_differences(approved: Any, actual: Any, context: Context) -> list[Mismatch]:
    """In what keys and types differ; each element of a list must be like one of the approved list."""
    return _shape(readable(approved), actual, "", context)


def _shape(expected: Any, actual: Any, path: str, context: Context) -> list[Mismatch]:
    marker = markers.parse(expected)
    if marker is not None:
        reason = markers.check(marker, actual, context)
        return [Mismatch(path, expected, actual, reason)] if reason else []
    if kind(expected) != kind(actual):
        return [Mismatch(path, a_(kind(expected)), actual, f"is {a_(kind(actual))}")]
    if isinstance(expected, list):
        return [
            one for index, item in enumerate(actual) for one in _element(expected, item, f"{path}/{index}", context)
        ]
    if not isinstance(expected, dict):
        return []
    found = []
    for key, value in expected.items():
        place = path + json_pointer.join([key])
        inner = markers.parse(value)
        if key in actual:
            if inner is not None and inner.name == "absent":
                found.append(Mismatch(place, value, actual[key], "should not be there"))
            else:
                found += _shape(value, actual[key], place, context)
        elif inner is None or not (inner.is_optional or inner.name in ("absent", "ignore")):
            reason = f"is missing; there is {json_pointer.keys_text(actual)}"
            found.append(Mismatch(place, "~present", reason=reason, has_actual=False))
    for key in actual:
        if key not in expected:
            found.append(Mismatch(path + json_pointer.join([key]), NOTHING, actual[key], "is not expected"))
    return found


def _element(expected: list[Any], item: Any, path: str, context: Context) -> list[Mismatch]:
    best: list[Mismatch] | None = None
    for wanted in expected:
        marker = markers.parse(wanted)
        if marker is not None and marker.name == "unordered":
            continue
        found = _shape(wanted, item, path, context)
        if not found:
            return []
        if best is None or len(found) < len(best):
            best = found
    return best or []


def received(actual: Any, approved: Any, marked: Marked, ignored: Sequence[str], context: Context) -> Any:
    """What is written for approval: the response with the wanted markers, and with what the approved file had beyond
    plain values where it still fits, so that approving changes only what has changed.

    approved: None where there is no file yet.  Raises AssertionFailed where a value does not fit its marker.
    """
    made = storable(actual)
    wrong = []
    for path, text in marked:
        marker = markers.parse(text)
        assert marker is not None
        for pointer, value in json_path.read_all(actual, path):
            reason = markers.check(marker, value, context)
            if reason:
                wrong.append(Mismatch(pointer, text, value, reason))
            made = json_pointer.write(made, pointer, text)
    if wrong:
        raise AssertionFailed("Values cannot be replaced by their markers", wrong)
    if approved is None:
        return made
    made = _carried(approved, made, actual, context)
    for path in ignored:
        for pointer, value in json_path.read_all(approved, path):
            if json_pointer.exists(made, pointer):
                made = json_pointer.write(made, pointer, value)
    return made


def _carried(approved: Any, made: Any, actual: Any, context: Context) -> Any:
    if isinstance(approved, str):
        marker = markers.parse(readable(approved))
        return made if marker is None or markers.check(marker, actual, context) else approved
    if isinstance(approved, dict) and isinstance(actual, dict):
        found = {
            key: _carried(approved[key], value, actual[key], context) if key in approved else value
            for key, value in made.items()
        }
        for key, value in approved.items():
            marker = markers.parse(readable(value))
            if key not in found and marker is not None and (marker.is_optional or marker.name in ("absent", "ignore")):
                found[key] = value
        return found
    if isinstance(approved, list) and isinstance(actual, list):
        first = markers.parse(readable(approved[0])) if approved else None
        head = approved[:1] if first is not None and first.name == "unordered" else []
        before = approved[len(head) :]
        items = [
            _carried(before[index], item, actual[index], context) if index < len(before) else item
            for index, item in enumerate(made)
        ]
        return [*head, *items]
    return made


def as_file(document: Any) -> str:
    """The text of a file with this document."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _chosen(headers: Iterable[tuple[str, str]], names: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        if key in names:
            found[key] = f"{found[key]}, {value}" if key in found else value
    return dict(sorted(found.items()))
