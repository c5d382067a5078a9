"""Approved responses: a response is held against a file of features/approved that a person has looked at once.

What differs is written beside it, `NAME.received.json`, for `apitest approve` (`cli/approve.py`).  Not here: comparing
(`core/snapshots.py`).
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apitest.catalogue import step
from apitest.core import json_path, json_text, markers, snapshots
from apitest.core.request import RequestSpec, Response
from apitest.errors import AssertionFailed, FileProblem, Mismatch, StepError
from apitest.steps.last_response import comparing, document_of, response_format, response_of
from apitest.steps.step_input import text_of

FOLDER = "approved"
SUFFIXES = {"JSON": ".json", "XML": ".xml", "RAW": ".txt", "FORM": ".txt"}
RECEIVED = ".received"


@dataclass(frozen=True, slots=True)
class _Given:
    """What is to be compared.  text: not empty where it is no JSON."""

    document: Any
    suffix: str
    title: str


@step(
    '(response/path "{path}"/the whole exchange) matches the approved "{name}"[ ignoring "{paths}"]',
    "then",
    meaning="The same as features/approved/NAME.json, in which markers may stand, but for the ignored paths. What "
    "differs is written beside it as NAME.received.json; `apitest approve NAME` accepts that, the first one too. The "
    "whole exchange is method, path, body and telling headers of the request, then status, headers and body.",
    example='response matches the approved "order" ignoring "/id,$..at"',
)
def matches_approved(ctx: Any, choice: str, path: Any, name: Any, paths: Any) -> None:
    given = _given(ctx, choice, path)
    ignored = snapshots.paths_in(text_of(paths)) if paths is not None else []
    if ignored and given.suffix != ".json":
        raise StepError(f"{given.title} is no JSON, so there are no paths to ignore")
    _check(ctx, given, name, ignored, is_shape=False)


@step(
    'response has the same shape as the approved "{name}"',
    "then",
    meaning="The same keys with values of the same types as in features/approved/NAME.json; the values may be others, "
    "and lists of another length.",
    example='response has the same shape as the approved "order"',
)
def has_approved_shape(ctx: Any, name: Any) -> None:
    given = _Given(snapshots.masked(document_of(ctx), ctx.apitest.run.secrets), ".json", "The response")
    _check(ctx, given, name, [], is_shape=True)


@step(
    'approved values at "{path}" become "{marker}"',
    meaning="When the scenario writes a response for approval, this marker stands where the value was; each value must "
    "fit it.",
    example='approved values at "$..id" become "~uuid"',
)
def mark_values(ctx: Any, path: Any, marker: Any) -> None:
    text, place = text_of(marker), text_of(path)
    if markers.parse(text) is None:
        raise StepError(f'"{text}" is no marker', 'For example: approved values at "$..id" become "~uuid"')
    json_path.read_all({}, place)  # is it a path at all?
    ctx.apitest.own.setdefault("approved markers", []).append((place, text))


# Inside


def _check(ctx: Any, given: _Given, name: Any, ignored: list[str], is_shape: bool) -> None:
    plain = _plain_name(text_of(name))
    file = _approved_file(ctx, plain, given.suffix)
    context = comparing(given.document, ctx)
    target = _received_file(ctx, file, plain, given.suffix)
    if file is None:
        _write(target, _content(ctx, given, None, ignored, context))
        raise AssertionFailed(
            f'There is no approved "{plain}" yet',
            [Mismatch("", plain, reason=f"this one is in {_shown(ctx, target)}", has_actual=False)],
            f"Look at it, then: apitest approve {plain}",
        )
    approved: Any = _read(file, given.suffix)
    if given.suffix != ".json":
        same = approved.splitlines() == given.document.splitlines()
        found = [] if same else [Mismatch("", approved, given.document)]
    elif is_shape:
        found = snapshots.shape_differences(approved, given.document, context)
    else:
        found = snapshots.differences(approved, given.document, ignored, context)
    if found:
        _write(target, _content(ctx, given, approved, ignored, context))
        what = "has another shape than" if is_shape else "differs from"
        raise AssertionFailed(
            f'{given.title} {what} the approved "{plain}"', found, f"If it is right now: apitest approve {plain}"
        )
    with contextlib.suppress(OSError):
        target.unlink(missing_ok=True)  # of an earlier run


def _given(ctx: Any, choice: str, path: Any) -> _Given:
    response, secrets = response_of(ctx), ctx.apitest.run.secrets
    if choice == "the whole exchange":
        spec: RequestSpec = ctx.apitest.own["last request"]
        answered = document_of(ctx) if response_format(ctx, response) == "JSON" and response.body else response.text
        sent = _sent_body(spec)
        return _Given(snapshots.exchange(spec, response, sent, answered, secrets), ".json", "The exchange")
    if path is not None:
        place = text_of(path)
        value = json_path.read(document_of(ctx), place)
        return _Given(snapshots.masked(value, secrets), ".json", f'path "{place}"')
    suffix = SUFFIXES[response_format(ctx, response)]
    document = document_of(ctx) if suffix == ".json" else _text(response)
    return _Given(snapshots.masked(document, secrets), suffix, "The response")


def _sent_body(spec: RequestSpec) -> Any:
    if not spec.body:
        return None
    if json_text.is_json(spec.body):
        return json_text.parse_response(spec.body, "the request")
    return spec.body.decode("utf-8", "replace")


def _text(response: Response) -> str:
    if b"\0" in response.body:
        raise StepError("The response is no text, so it cannot be approved", 'Try: the body has SHA-256 "..."')
    return response.text


def _content(ctx: Any, given: _Given, approved: Any, ignored: list[str], context: Any) -> str:
    if given.suffix != ".json":
        return str(given.document)
    marked = ctx.apitest.own.get("approved markers", [])
    return snapshots.as_file(snapshots.received(given.document, approved, marked, ignored, context))


def _plain_name(name: str) -> str:
    plain = name.removesuffix(".json").strip("/")
    if not plain or RECEIVED in plain:
        raise StepError(f'"{name}" cannot name an approved response', 'For example "order", or "orders/new"')
    return plain


def _approved_file(ctx: Any, name: str, suffix: str) -> Path | None:
    state = ctx.apitest
    for other in dict.fromkeys((suffix, *SUFFIXES.values())):
        try:
            path: Path = state.run.project.find(name + other, FOLDER, state.feature.file)
        except FileProblem as error:
            if "outside the project" in error.message:
                raise
            continue
        if other != suffix:
            mismatch = Mismatch("format", other[1:], suffix[1:], f"the approved one is {_shown(ctx, path)}")
            raise AssertionFailed(f'The response is of another format than the approved "{name}"', [mismatch])
        return path
    return None


def _received_file(ctx: Any, approved: Path | None, name: str, suffix: str) -> Path:
    """Beside the approved file.  Raises FileProblem where that is outside the project."""
    project = ctx.apitest.run.project
    if approved is not None:
        return approved.with_name(approved.name.removesuffix(suffix) + RECEIVED + suffix)
    folder = Path(project.features).resolve() / FOLDER
    path: Path = project.writable(os.path.relpath(folder / f"{name}{RECEIVED}{suffix}", Path(project.root).resolve()))
    return path


def _read(path: Path, suffix: str) -> Any:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise FileProblem(f'File "{path.name}" cannot be read: {error.strerror}') from error
    except UnicodeDecodeError as error:
        raise FileProblem(f'File "{path.name}" is not UTF-8 (byte {error.start})', "Save it as UTF-8") from error
    return json_text.parse(text, f'file "{path.name}"') if suffix == ".json" else text


def _write(path: Path, text: str) -> None:
    """Whole or not at all: scenarios run side by side."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}")
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except OSError as error:
        raise FileProblem(f'File "{path.name}" cannot be written: {error.strerror}') from error


def _shown(ctx: Any, path: Path) -> str:
    root = Path(ctx.apitest.run.project.root).resolve()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
