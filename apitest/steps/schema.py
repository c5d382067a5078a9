"""JSON Schemas, and the API description (OpenAPI 3.x) that every call of a scenario is held against.

Once a scenario names the description, `http.send` asks it before and after each call.  What was exercised is counted
for the whole run.  Not here: reading files (`schema_files.py`), what a description says (`core/openapi.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlsplit

from apitest.catalogue import step
from apitest.core import json_path, json_schema, json_text, nearest, openapi_changes, openapi_values
from apitest.core.openapi import Call, Description
from apitest.core.openapi_coverage import Coverage
from apitest.core.openapi_reading import Operation, Parameter
from apitest.core.openapi_values import Maker
from apitest.core.request import RequestDraft, RequestSpec, Response, build_request, set_header
from apitest.errors import AssertionFailed, Mismatch, StepError
from apitest.steps import http
from apitest.steps.last_response import document_of, response_of
from apitest.steps.schema_files import description_of, schema_of
from apitest.steps.step_input import doc_text, parse_json, resolved_rows, text_of

FORM = "application/x-www-form-urlencoded"
SHOWN = 8
SERIAL = "Where scenarios run side by side, tag this one @serial: it then comes after all others."


# JSON Schema


@step(
    '(response/path "{path}") is valid against JSON Schema "{file}"',
    "then",
    meaning="The body, or what stands at a path, fits a schema of features/schemas; every breach is shown. Drafts 4 to "
    "2020-12, formats included.",
    example='path "/items/0" is valid against JSON Schema "item.json"',
)
def is_valid(ctx: Any, choice: str, path: Any, file: Any) -> None:
    schema, place = schema_of(ctx, file), text_of(path) if path is not None else ""
    document = document_of(ctx)
    if not json_path.is_json_path(place):
        values = [(place, json_path.read(document, place))]
    else:
        values = json_path.read_all(document, place)
        if not values:
            json_path.read(document, place)  # fails: nothing is there
    found = [one for at, value in values for one in schema.problems(value, at)]
    _require_none(f'The response is not valid against "{text_of(file)}"', found)


@step(
    "response is valid against this JSON Schema",
    "then",
    meaning="The body fits the schema below; every breach is shown.",
    example="response is valid against this JSON Schema",
    needs="doc",
)
def is_valid_against_this(ctx: Any) -> None:
    # A schema has its own `$ref`, `#/...` and `@`: no look-ups in it.
    document = json_text.parse(str(ctx.text), "the schema")
    schema = json_schema.compile_schema(document, "apitest:/schema.json")
    _require_none("The response is not valid against the schema", schema.problems(document_of(ctx)))


# The API description


@dataclass(slots=True)
class Described:
    """The description that a scenario named."""

    description: Description
    coverage: Coverage
    is_enforced: bool = True
    may_break: bool = False  # the next request

    def check_request(self, spec: RequestSpec) -> Call | None:
        """Which call this is.  Raises AssertionFailed where the request is not as described: it is not sent then."""
        if not self.is_enforced:
            return None
        is_free, self.may_break = self.may_break, False
        try:
            call = self.description.match(spec.method, spec.url)
        except AssertionFailed:
            if is_free:
                return None
            raise
        if not is_free:
            found = self.description.request_problems(call, spec.headers, spec.body)
            if spec.jar is not None:  # kept cookies join the request when it is sent
                found = [one for one in found if not (one.path.startswith("cookie ") and not one.has_actual)]
            if found:
                raise AssertionFailed(
                    f"The request was not sent: {call.operation.name} of {self.description.name} wants another one",
                    found,
                    "If it is wrong on purpose: Given the request may break the API description",
                )
        return call

    def check_response(self, call: Call | None, spec: RequestSpec, response: Response) -> None:
        """Raises AssertionFailed where the response is not as described."""
        if call is None:
            return
        if response.redirects:
            moved = self._moved(call, spec, response)
            if moved is None:
                return
            call = moved
        self.coverage.add(call.operation, response.status)
        self.require_conforming(call, response)

    def require_conforming(self, call: Call, response: Response) -> None:
        found = self.description.response_problems(call, response.status, response.headers, response.body)
        name = f"{call.operation.name} of {self.description.name}"
        _require_none(f"The response does not conform to the API description: {name}", found)

    def _moved(self, call: Call, spec: RequestSpec, response: Response) -> Call | None:
        """The call that redirects led to; None where that is somewhere else."""
        before, after = urlsplit(spec.url), urlsplit(response.url)
        if (before.scheme, before.netloc) != (after.scheme, after.netloc):
            return None
        for method in dict.fromkeys((spec.method, "GET")):
            try:
                return self.description.match(method, response.url)
            except AssertionFailed:
                continue
        return None


@step(
    'the API is described by "{source}"',
    meaning="An OpenAPI 3 description, from features/schemas or an address: from now on each request and response of "
    "the scenario is held against it, without asking. A request that is not as described is not sent.",
    example='the API is described by "openapi.yaml"',
)
def describe_api(ctx: Any, source: Any) -> None:
    description = description_of(ctx, source)
    ctx.apitest.own["api description"] = Described(description, _coverage_of(ctx, description))


@step(
    "the API description isn't enforced",
    meaning="The scenario's further calls are not held against the description, nor counted as coverage.",
    example="the API description isn't enforced",
)
def stop_enforcing(ctx: Any) -> None:
    _described(ctx).is_enforced = False


@step(
    "the request may break the API description",
    meaning="The next request is sent even if it is not as described; its response is checked all the same.",
    example="the request may break the API description",
)
def let_break(ctx: Any) -> None:
    described = _described(ctx)
    if not described.is_enforced:
        raise StepError("The API description is not enforced, so any request may break it")
    described.may_break = True


@step(
    "response conforms to the API description",
    "then",
    meaning="Status, headers, media type and body are as the description says for that operation; for where it is not "
    "enforced.",
    example="response conforms to the API description",
)
def conforms(ctx: Any) -> None:
    described, response = _described(ctx), response_of(ctx)
    spec: RequestSpec = ctx.apitest.own["last request"]
    url = response.url if response.redirects else spec.url
    described.require_conforming(described.description.match(spec.method, url), response)


@step(
    'operation "{operation}" is invoked',
    "when",
    meaning="Calls an operation by its operationId, or as `GET /orders`. A table has its parameters (name, value), a "
    "doc string its body; what must be there and is not given comes from the description's examples and defaults.",
    example='operation "createOrder" is invoked',
    takes=("table", "doc"),
)
def invoke_operation(ctx: Any, operation: Any) -> None:
    described = _described(ctx)
    found = described.description.operation(text_of(operation))
    given = {text_of(row["name"]): row["value"] for row in _rows(ctx)}
    draft = _draft_for(ctx, described.description, found, given)
    spec = build_request(draft, http.USER_AGENT)
    for finish in draft.finishers.values():
        spec = finish(spec)
    http.send(ctx, spec)


@step(
    "at least {n} percent of the operations were exercised",
    "then",
    meaning="Of the scenario's API description, so many operations got a response by now in this run, by any scenario. "
    "Tag it @serial, so that it comes last.",
    example="at least 90 percent of the operations were exercised",
)
def operations_exercised(ctx: Any, n: float) -> None:
    coverage = _described(ctx).coverage
    if coverage.percent < n:
        missing = [operation.name for operation in coverage.missing]
        more = f" and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
        reason = f"not exercised: {', '.join(missing[:SHOWN])}{more}"
        wanted = f"at least {n:g} percent"
        raise AssertionFailed(
            f"Too few operations of {coverage.name} were exercised",
            [Mismatch("operations", wanted, f"{coverage.percent:.4g} percent", reason)],
            SERIAL,
        )


@step(
    'every documented status of operation "{operation}" was seen',
    "then",
    meaning="Each response that is described for the operation came by now in this run, in any scenario; `default` is "
    "any other status. Tag it @serial, so that it comes last.",
    example='every documented status of operation "createOrder" was seen',
)
def statuses_seen(ctx: Any, operation: Any) -> None:
    described = _described(ctx)
    found = described.description.operation(text_of(operation))
    missing = described.coverage.missing_statuses(found)
    if missing:
        seen = ", ".join(map(str, sorted(described.coverage.statuses(found)))) or "none"
        raise AssertionFailed(
            f"Not every documented status of {found.name} was seen",
            [
                Mismatch(f"status {key}", "seen", reason=f"did not come; seen: {seen}", has_actual=False)
                for key in missing
            ],
            SERIAL,
        )


@step(
    'API description "{new}" is compatible with "{old}"',
    "then",
    meaning="Whoever works with the old one works with the new one; every change that breaks that is listed.",
    example='API description "openapi.yaml" is compatible with "v1.yaml"',
)
def is_compatible(ctx: Any, new: Any, old: Any) -> None:
    found = openapi_changes.breaking(description_of(ctx, old), description_of(ctx, new))
    _require_none(f'"{text_of(new)}" breaks clients of "{text_of(old)}"', found)


# Inside


def _require_none(summary: str, found: list[Mismatch]) -> None:
    if found:
        raise AssertionFailed(summary, found)


def _described(ctx: Any) -> Described:
    found: Described | None = ctx.apitest.own.get("api description")
    if found is None:
        raise StepError("No API description was named", 'Given the API is described by "openapi.yaml"')
    return found


def _coverage_of(ctx: Any, description: Description) -> Coverage:
    """The run's count for this description, which all scenarios share."""
    shared = ctx.apitest.run.shared
    known: dict[str, Coverage] = shared.setdefault("api coverage", {})
    shared.setdefault("report", {}).setdefault("api", lambda: [one.fields() for one in known.values()])
    found = known.get(description.uri)
    if found is None:
        found = known[description.uri] = Coverage(description.name, description)
    elif found.description is not description:  # the file was written anew
        found.description = description
    return found


def _rows(ctx: Any) -> list[dict[str, Any]]:
    return resolved_rows(ctx, ("name", "value")) if ctx.table is not None else []


def _draft_for(ctx: Any, description: Description, operation: Operation, given: dict[str, Any]) -> RequestDraft:
    """A request of its own: what the scenario's says (credentials, headers), with all that the operation needs."""
    base: RequestDraft = ctx.apitest.request
    draft = replace(
        base, method=operation.method, url_path="", query_string="", query=[], path_params={},
        headers=list(base.headers), cookies=list(base.cookies), form={}, uploads=[], body=None,
    )  # fmt: skip
    if not draft.address:
        server = description.servers[0]
        if not server.netloc:
            raise StepError(
                f'"{description.name}" names no server', 'Say where it is: Given address "http://127.0.0.1:8080"'
            )
        draft.address = f"{server.scheme}://{server.netloc}"
    draft.url_path = description.prefix_for(draft.address) + operation.path
    names = [parameter.name for parameter in operation.parameters]
    for name in given:
        if name not in names:
            near = nearest.names(name, names)
            hint = f"Did you mean {' or '.join(near)}?" if near else f"It has: {', '.join(names) or 'none'}"
            raise StepError(f"{operation.name} has no parameter {name!r}", hint)
    for parameter in operation.parameters:
        if parameter.name in given:
            _place(draft, description, parameter, given[parameter.name])
        elif parameter.is_required and not _is_said(base, parameter):
            _place(draft, description, parameter, Maker(description.resolve).example_of(parameter.document))
    _add_body(ctx, draft, description, operation)
    return draft


def _is_said(base: RequestDraft, parameter: Parameter) -> bool:
    """Whether the scenario said it before, e.g. a header of its Background."""
    named = {"header": base.headers, "cookie": base.cookies}.get(parameter.where, [])
    return any(name.lower() == parameter.name.lower() for name, _ in named)


def _place(draft: RequestDraft, description: Description, parameter: Parameter, value: Any) -> None:
    """Puts a value where its parameter belongs, as its style writes it."""
    name = parameter.name
    if parameter.where == "query":
        draft.query += openapi_values.to_query(name, value, parameter.style, parameter.is_exploded)
    elif parameter.where == "path":
        text = openapi_values.to_path(name, value, parameter.style, parameter.is_exploded)
        draft.url_path = draft.url_path.replace("{" + name + "}", quote(text, safe=";=,"))
    elif parameter.where == "header":
        set_header(draft, name, openapi_values.as_text(value))
    else:
        draft.cookies.append((name, openapi_values.as_text(value)))


def _add_body(ctx: Any, draft: RequestDraft, description: Description, operation: Operation) -> None:
    if operation.body is None:
        if ctx.text is not None:
            draft.body = doc_text(ctx)
        return
    content = operation.body.content
    media_type = next((name for name in content if "json" in name), next(iter(content), ""))
    is_document = "json" in media_type or media_type in ("*/*", FORM)
    value: Any = None
    if ctx.text is not None:
        value = _doc_value(ctx, is_document)
    elif operation.body.is_required and media_type:
        value = Maker(description.resolve).example_of(content[media_type].document)
    if value is None:
        return
    if media_type == FORM and isinstance(value, dict):
        draft.form = {
            key: [openapi_values.as_text(one) for one in (item if isinstance(item, list) else [item])]
            for key, item in value.items()
        }
        return
    draft.body = value
    if media_type and "*" not in media_type and not any(name.lower() == "content-type" for name, _ in draft.headers):
        draft.headers.append(("Content-Type", media_type))


def _doc_value(ctx: Any, is_document: bool) -> Any:
    """The doc string; as JSON where the operation takes that, or a form, unless it is broken on purpose."""
    if is_document:
        from apitest.scenario import Scope

        try:
            return parse_json(str(ctx.text), Scope(ctx.apitest), "the doc string")
        except StepError:
            pass
    return doc_text(ctx)
