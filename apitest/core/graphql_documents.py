"""GraphQL: the body of a request, what errors of an answer say, a query against a schema.  Pure.

Parsing and validation are graphql-core's, imported when they are first needed.

Source: GraphQL (October 2021) 5 and 7.1; GraphQL over HTTP (draft), 5.3; the graphql-transport-ws protocol.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from apitest.core import json_text
from apitest.errors import AssertionFailed, FileProblem, Mismatch, MissingExtra, StepError

if TYPE_CHECKING:
    from graphql import DocumentNode, GraphQLError, GraphQLSchema

WANTED = 'an object with "data" or "errors"'


def payload(query: str, variables: dict[str, Any], operation: str = "") -> dict[str, Any]:
    """What is sent: as JSON body, or in a `subscribe` message."""
    found: dict[str, Any] = {"query": query}
    if variables:
        found["variables"] = variables
    if operation:
        found["operationName"] = operation
    return found


def errors_of(document: Any) -> list[Any]:
    """The errors of an answer.  Raises AssertionFailed where it is no GraphQL answer."""
    if not isinstance(document, dict) or not document.keys() & {"data", "errors"}:
        raise AssertionFailed("The response is no GraphQL answer", [Mismatch("", WANTED, document)])
    errors = document.get("errors")
    if errors is None:
        return []
    if not isinstance(errors, list):
        raise AssertionFailed("The response is no GraphQL answer", [Mismatch("/errors", "a list", errors)])
    return errors


def message_of(error: Any) -> str:
    """What an error says."""
    message = error.get("message") if isinstance(error, dict) else None
    return message if isinstance(message, str) else json.dumps(error, ensure_ascii=False)


def place_of(error: Any) -> str:
    """Where in the answer an error belongs, or else where in the query it was found."""
    if not isinstance(error, dict):
        return ""
    if isinstance(error.get("path"), list):
        return "at /data/" + "/".join(map(str, error["path"]))
    for location in error.get("locations") or ():
        if isinstance(location, dict):
            return f"line {location.get('line')}, column {location.get('column')} of the query"
    return ""


@lru_cache(maxsize=32)
def schema_from(text: str, name: str) -> GraphQLSchema:
    """A schema from SDL, or from the answer to an introspection query.  Raises FileProblem."""
    library = _library()
    try:
        if text.lstrip().startswith("{"):
            document = json_text.parse(text, f'file "{name}"')
            schema: GraphQLSchema = library.build_client_schema(_introspection(document, name))
        else:
            schema = library.build_schema(text)
    except StepError as error:
        raise FileProblem(error.message, error.hint) from None
    except library.GraphQLError as error:
        raise FileProblem(f'"{name}" is no GraphQL schema: {_said(error)}') from None
    except (TypeError, ValueError, KeyError) as error:
        raise FileProblem(f'"{name}" is no GraphQL schema: {_one_line(error)}') from None
    wrong = library.validate_schema(schema)
    if wrong:
        raise FileProblem(f'"{name}" is no valid GraphQL schema: {_said(wrong[0])}')
    return schema


def problems(schema: GraphQLSchema, query: str, variables: dict[str, Any], operation: str = "") -> list[Mismatch]:
    """Why a server with this schema would not execute a query with these variables; none where it would."""
    library = _library()
    try:
        document = library.parse(query)
    except library.GraphQLError as error:
        return [_mismatch(error, query)]
    wrong = library.validate(schema, document)
    if wrong:
        return [_mismatch(error, query) for error in wrong]
    return _variable_problems(schema, document, variables, operation)


def _variable_problems(
    schema: GraphQLSchema, document: DocumentNode, variables: dict[str, Any], operation: str
) -> list[Mismatch]:
    from graphql.execution.values import get_variable_values

    library = _library()
    node = library.get_operation_ast(document, operation or None)
    if node is None:
        definitions = [one for one in document.definitions if isinstance(one, library.OperationDefinitionNode)]
        names = [one.name.value for one in definitions if one.name is not None]
        reason = f"the query has {', '.join(names) or 'no named one'}"
        return [Mismatch("operation", operation or "one operation", reason=reason, has_actual=False)]
    found: Any = get_variable_values(schema, node.variable_definitions or (), variables)
    if isinstance(found, list):
        return [
            Mismatch("variables", "values of the declared types", variables, _one_line(one.message)) for one in found
        ]
    known = {definition.variable.name.value for definition in node.variable_definitions or ()}
    return [
        Mismatch(f"variable {name}", "one that the query declares", value)
        for name, value in variables.items()
        if name not in known
    ]


def _introspection(document: Any, name: str) -> Any:
    """The schema in an answer, with or without what is around it."""
    found = document.get("data", document) if isinstance(document, dict) else None
    if not isinstance(found, dict) or not isinstance(found.get("__schema"), dict):
        raise FileProblem(f'"{name}" is no answer to an introspection query', 'Wanted: {"data": {"__schema": {...}}}')
    return found


def _mismatch(error: GraphQLError, query: str) -> Mismatch:
    place = error.locations[0] if error.locations else None
    lines = query.splitlines()
    line = lines[place.line - 1].strip() if place is not None and place.line <= len(lines) else query[:80]
    where = f"line {place.line}, column {place.column}" if place is not None else "query"
    return Mismatch(where, "what the schema has", line, _one_line(error.message))


def _said(error: GraphQLError) -> str:
    place = f" (line {error.locations[0].line})" if error.locations else ""
    return _one_line(error.message) + place


def _one_line(text: object) -> str:
    return " ".join(str(text).split())


def _library() -> Any:
    try:
        import graphql
    except ImportError:
        raise MissingExtra("graphql-core", "graphql") from None
    return graphql
