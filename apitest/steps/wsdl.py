"""SOAP operations called by their WSDL.

The message is made from the description and goes out over the HTTP sentences' way, so that headers, credentials,
WS-Security and limits count, and the response is checked by the sentences for XML and faults.  Not here: reading the
description (`transports/wsdl.py`).
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from apitest.catalogue import step
from apitest.core import soap, xml_path
from apitest.core.request import RequestDraft, RequestSpec, set_header
from apitest.errors import FileProblem, StepError
from apitest.steps.http import USER_AGENT, send_draft, transport_of
from apitest.steps.step_input import doc_json, doc_text, find_file, resolved_rows, text_of

MAX_BYTES = 16 * 1024 * 1024  # of one document of a description


@step(
    'WSDL "{wsdl}"',
    meaning="Reads the description of a SOAP service: a file of features/schemas, or a URL.",
    example='WSDL "orders.wsdl"',
)
def use_wsdl(ctx: Any, wsdl: Any) -> None:
    name = text_of(wsdl)
    is_url = name.startswith(("http://", "https://"))
    location = name if is_url else str(find_file(ctx, name, "schemas"))
    known = ctx.apitest.run.shared.setdefault("wsdl", {})
    if location not in known:
        # PERF imported when first used: zeep takes 90 ms.
        from apitest.transports.wsdl import WSDL

        known[location] = WSDL(location, lambda place: _fetched(ctx, place) if is_url else _read(ctx, place))
    ctx.apitest.own["wsdl"] = known[location]


@step(
    'SOAP operation "{operation}" is called[ on port "{port}"]',
    "when",
    meaning="Calls an operation of the WSDL at the address that it names, or at the one that was said. Arguments: a "
    "table with name and value (address.city reaches inside, a repeated name makes a list), a doc string with a JSON "
    "object, or one with the XML inside the body, which is sent as it is.",
    example='SOAP operation "CreateOrder" is called',
    takes=("table", "doc"),
)
def call_operation(ctx: Any, operation: Any, port: Any) -> None:
    state = ctx.apitest
    description = state.own.get("wsdl")
    if description is None:
        raise StepError("There is no WSDL yet", 'Say it first: Given WSDL "orders.wsdl"')
    request: RequestDraft = state.request
    declared = request.finishers.get("SOAP")
    version = declared.version if isinstance(declared, soap.SOAPHeaders) else ""
    name, place = text_of(operation), text_of(port) if port is not None else ""
    if ctx.text is not None and str(ctx.text).lstrip().startswith("<"):
        content = xml_path.parse_own(doc_text(ctx), "the doc string")
        call = description.call_with(name, content, port=place, version=version)
    else:
        call = description.call(name, _arguments(ctx), port=place, version=version)
    _send(ctx, call, xml_path.render(call.envelope))


# Inside


def _send(ctx: Any, call: Any, body: bytes) -> None:
    """The message in place of the scenario's own body, method and address; all else is as was said."""
    state = ctx.apitest
    draft: RequestDraft = state.request
    parts = urlsplit(call.address)
    address = draft.address or f"{parts.scheme}://{parts.netloc}"
    path = draft.url_path if draft.address and draft.url_path != "/" else parts.path or "/"
    made = dataclasses.replace(
        draft,
        address=address,
        url_path=path,
        query_string=draft.query_string or (f"?{parts.query}" if parts.query else ""),
        method="POST",
        request_format="XML",
        body=body,
        headers=list(draft.headers),
        left_out_headers=set(draft.left_out_headers),
        finishers={**draft.finishers, "SOAP": soap.SOAPHeaders(call.version)},
    )
    if not any(name.lower() == "soapaction" for name, _ in made.headers):
        set_header(made, "SOAPAction", soap.quoted_action(call.action))
    state.request = made
    try:
        send_draft(ctx)
    finally:
        state.request = draft


def _arguments(ctx: Any) -> dict[str, Any]:
    if ctx.text is not None:
        document = doc_json(ctx)
        if not isinstance(document, dict):
            raise StepError("The arguments of an operation are a JSON object", 'For instance {"sku": "A1", "qty": 2}')
        return document
    found: dict[str, Any] = {}
    for row in resolved_rows(ctx, ("name", "value")) if ctx.table is not None else []:
        *outer, last = text_of(row["name"]).split(".")
        inner = found
        for key in outer:
            inner = inner.setdefault(key, {})
            if not isinstance(inner, dict):
                raise StepError(f'"{row["name"]}" is inside of something that has a value of its own')
        if last in inner:
            inner[last] = [*inner[last], row["value"]] if isinstance(inner[last], list) else [inner[last], row["value"]]
        else:
            inner[last] = row["value"]
    return found


def _read(ctx: Any, place: str) -> bytes:
    """A part of a description that is a file.  SECURITY: of the project; nothing is fetched from a network."""
    plain = unquote(place[7:]) if place.startswith("file://") else place
    root = Path(ctx.apitest.run.project.root).resolve()
    path = Path(plain).resolve()
    is_own = "tmp" in ctx.apitest.own and path.is_relative_to(ctx.apitest.own["tmp"])
    if "://" in plain or not (path.is_relative_to(root) or is_own):
        raise FileProblem(f'The WSDL imports "{place}", which is outside the project', "Copy it beside the WSDL.")
    try:
        return path.read_bytes()
    except OSError as error:
        raise FileProblem(f'"{place}" cannot be read: {error.strerror}') from None


def _fetched(ctx: Any, place: str) -> bytes:
    """A part of a description that is on a server.  SECURITY: a server cannot make this machine read its own files."""
    if not place.startswith(("http://", "https://")):
        raise StepError(f'The WSDL imports "{place}", which is no URL of HTTP')
    spec = RequestSpec("GET", place, (("User-Agent", USER_AGENT), ("Accept", "*/*")), b"",
                       ctx.apitest.request.timeout_seconds)  # fmt: skip
    response = transport_of(ctx).send(spec)
    if response.status != 200:
        raise StepError(f"{place} is answered with {response.status} {response.reason}", "The WSDL must be there.")
    if len(response.body) > MAX_BYTES:
        raise StepError(f"{place} is larger than {MAX_BYTES // 1024 // 1024} MiB")
    return response.body
