"""GraphQL: queries with variables, what errors say, a query against a schema, subscriptions.

Data is asked for with the sentences about JSON, `path "/data/..."`; what a subscription delivers with those of
`inbox.py`.  Not here: parsing and validation (`core/graphql_documents.py`), sending (`http.py`, `websocket.py`).
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field, replace
from typing import Any

from apitest.catalogue import step
from apitest.core import graphql_documents, json_text, messages
from apitest.core.messages import Message
from apitest.core.request import RequestDraft, build_request, set_header
from apitest.errors import AssertionFailed, Mismatch, StepError
from apitest.scenario import Scope
from apitest.steps import http
from apitest.steps.inbox import add_inbox, inbox_kind
from apitest.steps.last_response import document_of
from apitest.steps.schema_files import FOLDER
from apitest.steps.step_input import doc_text, parse_json, read_text, resolve, table_rows, text_of
from apitest.steps.websocket import handshake_of, tls_of
from apitest.transports.inbox import Inbox
from apitest.transports.websocket import WebSocketConnection

KIND = "GraphQL subscription"
PROTOCOL = "graphql-transport-ws"
ACCEPTED = "application/graphql-response+json, application/json;q=0.9"
CLOSE_SECONDS = 1.0

inbox_kind(KIND, 'When GraphQL subscription "orders" is opened')


@dataclass(slots=True)
class _Query:
    """What the scenario said so far."""

    text: str = ""
    operation: str = ""
    variables: dict[str, Any] = field(default_factory=dict)
    is_sent: bool = False


@step(
    "GraphQL query",
    meaning="The query, or mutation, to send.",
    example="GraphQL query",
    needs="doc",
)
def set_query(ctx: Any) -> None:
    _begin(ctx, doc_text(ctx), "")


@step(
    'GraphQL query from "{file}"[ named "{operation}"]',
    meaning="The query from a file of features/graphql/request; where it has several operations, the one to execute.",
    example='GraphQL query from "orders.graphql" named "List"',
)
def set_query_from_file(ctx: Any, file: Any, operation: Any) -> None:
    _begin(ctx, read_text(ctx, file, "graphql/request"), text_of(operation) if operation is not None else "")


@step(
    "GraphQL variables",
    meaning='The query\'s variables; values are JSON, so a text stands in quotes, and "#name" keeps its type.',
    example="GraphQL variables",
    needs="table",
)
def set_variables(ctx: Any) -> None:
    query = _query(ctx)
    for row in table_rows(ctx, ("name", "value")):
        query.variables[text_of(resolve(ctx, row["name"]))] = _value(ctx, row["value"])


@step(
    "the GraphQL query is sent",
    "when",
    meaning="POSTs query and variables to the URL, as JSON.",
    example="the GraphQL query is sent",
)
def send_query(ctx: Any) -> None:
    query = _written(ctx)
    base: RequestDraft = ctx.apitest.request
    draft = replace(
        base,
        method="POST",
        request_format="JSON",
        headers=list(base.headers),
        body=graphql_documents.payload(query.text, query.variables, query.operation),
    )
    if not any(name.lower() == "accept" for name, _ in draft.headers):
        set_header(draft, "Accept", ACCEPTED)
    spec = build_request(draft, http.USER_AGENT)
    for finish in draft.finishers.values():
        spec = finish(spec)
    query.is_sent = True
    http.send(ctx, spec)


@step(
    "there are no GraphQL errors",
    "then",
    meaning="The answer is one of GraphQL, and has no errors.",
    example="there are no GraphQL errors",
)
def no_errors(ctx: Any) -> None:
    found = [
        Mismatch(f"/errors/{index}", "no error", graphql_documents.message_of(error), graphql_documents.place_of(error))
        for index, error in enumerate(graphql_documents.errors_of(document_of(ctx)))
    ]
    if found:
        raise AssertionFailed("There are GraphQL errors", found)


@step(
    'a GraphQL error says "{text}"',
    "then",
    meaning="The message of some error has this text in it.",
    example='a GraphQL error says "not found"',
)
def error_says(ctx: Any, text: Any) -> None:
    wanted = text_of(text)
    errors = graphql_documents.errors_of(document_of(ctx))
    if not errors:
        raise AssertionFailed(
            "No GraphQL error says this",
            [Mismatch("/errors", wanted, reason="there are no errors", has_actual=False)],
        )
    said = [graphql_documents.message_of(error) for error in errors]
    if not any(wanted in one for one in said):
        raise AssertionFailed(
            "No GraphQL error says this",
            [Mismatch(f"/errors/{index}", wanted, one) for index, one in enumerate(said)],
        )


@step(
    'the GraphQL query is valid against schema "{file}"',
    "then",
    meaning="A server with this schema of features/schemas (SDL, or the answer to an introspection query) would "
    "execute the query with these variables; every reason why not is listed.",
    example='the GraphQL query is valid against schema "schema.graphql"',
)
def is_valid(ctx: Any, file: Any) -> None:
    query, name = _written(ctx), text_of(file)
    schema = graphql_documents.schema_from(read_text(ctx, name, FOLDER), name)
    found = graphql_documents.problems(schema, query.text, query.variables, query.operation)
    if found:
        raise AssertionFailed(f'The GraphQL query is not valid against "{name}"', found)


@step(
    'GraphQL subscription "{name}" is opened',
    "when",
    meaning="Subscribes over a WebSocket to the request's URL (graphql-transport-ws), with its credentials and headers "
    "and the GraphQL variables; each message has data, or errors.",
    example='GraphQL subscription "orders" is opened',
    needs="doc",
)
def open_subscription(ctx: Any, name: Any) -> None:
    plain = text_of(name)
    opened: dict[str, WebSocketConnection] = ctx.apitest.own.setdefault("graphql subscriptions", {})
    if plain in opened and opened[plain].is_open:
        raise StepError(f'{KIND} "{plain}" is open already', "Use another name.")
    request: RequestDraft = ctx.apitest.request
    address, headers = handshake_of(ctx, request.url_path if request.url_path.startswith("/") else "/", [])
    title = f'{KIND} "{plain}"'
    connection = WebSocketConnection(title, address, headers, [PROTOCOL], tls_of(ctx, address), request.timeout_seconds)
    connection.open()
    opened[plain] = connection
    ctx.apitest.cleanups.append(lambda: connection.close(seconds=CLOSE_SECONDS))
    query = _query(ctx)
    inbox = Inbox(title, _Messages(connection, title).next)
    _greet(connection, title, request.timeout_seconds)
    body = graphql_documents.payload(doc_text(ctx), query.variables)
    connection.send(json.dumps({"id": "1", "type": "subscribe", "payload": body}))
    add_inbox(ctx, KIND, plain, inbox)


# Inside


class _Messages:
    """What comes over the WebSocket, as the messages of a subscription."""

    def __init__(self, connection: WebSocketConnection, title: str) -> None:
        self._connection = connection
        self._title = title

    def next(self, seconds: float) -> Message | None:
        """The next one.  Raises AssertionFailed where the server says that there will be none."""
        deadline = time.monotonic() + seconds
        while True:
            message = self._connection.inbox.take(max(deadline - time.monotonic(), 0))
            if message is None:
                self._require_open()
                return None
            document = messages.document_of(message, f"a message of {self._title}")
            kind = document.get("type") if isinstance(document, dict) else None
            if kind == "next":
                return Message(json.dumps(document.get("payload"), ensure_ascii=False))
            if kind == "ping":
                self._connection.send(json.dumps({"type": "pong"}))
            elif kind == "error":
                errors = document.get("payload") or [{}]
                found = [Mismatch("", "data", graphql_documents.message_of(error)) for error in errors]
                raise AssertionFailed(f"{self._title} was refused", found)
            elif kind == "complete":
                self._connection.close(seconds=CLOSE_SECONDS)
                raise AssertionFailed(
                    f"{self._title} was completed by the server",
                    [Mismatch("", "a message", reason="nothing more will come", has_actual=False)],
                )

    def _require_open(self) -> None:
        ended = self._connection.inbox.ended
        if ended:
            raise AssertionFailed(
                f"{self._title} has ended", [Mismatch("", "a message", reason=ended, has_actual=False)]
            )


def _greet(connection: WebSocketConnection, title: str, seconds: float) -> None:
    """connection_init, and the server's answer to it.  Raises StepError."""
    if connection.subprotocol != PROTOCOL:
        raise StepError(
            f"{title}: the server does not speak {PROTOCOL}", f"It chose {connection.subprotocol or 'none'}"
        )
    connection.send(json.dumps({"type": "connection_init"}))
    answer = connection.inbox.take(seconds)
    if answer is None:
        raise StepError(f"{title}: the server did not answer connection_init", connection.inbox.ended)
    document = messages.document_of(answer, f"the first message of {title}")
    if not isinstance(document, dict) or document.get("type") != "connection_ack":
        raise StepError(f"{title}: the server answered connection_init with {messages.shown(answer)}")


def _query(ctx: Any) -> _Query:
    found: _Query = ctx.apitest.own.setdefault("graphql", _Query())
    return found


def _begin(ctx: Any, text: str, operation: str) -> None:
    """Another query; variables that were said before it belong to it, unless they were already sent."""
    query = _query(ctx)
    variables = {} if query.is_sent else query.variables
    ctx.apitest.own["graphql"] = _Query(text, operation, variables)


def _written(ctx: Any) -> _Query:
    query = _query(ctx)
    if not query.text.strip():
        raise StepError("There is no GraphQL query yet", "Given GraphQL query, with the query below it")
    return query


def _value(ctx: Any, cell: str) -> Any:
    """A cell of JSON; a look-up alone is its value, with its type."""
    if cell[:1] in ("#", "@", "$") or cell.startswith("vault:"):
        return resolve(ctx, cell)
    try:
        return parse_json(cell, Scope(ctx.apitest), f"the value {cell}")
    except StepError as error:
        hint = f'A text stands in quotes: "{cell}"' if not json_text.is_json(cell.encode()) else error.hint
        raise StepError(error.message, hint) from None
