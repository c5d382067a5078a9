"""Calls held against an API description (OpenAPI 3.x): which operation one is, in what request and response differ.

    description = Description("openapi.yaml", uri, documents)
    call = description.match("GET", "http://127.0.0.1:8080/orders/17?full=true")
    description.request_problems(call, headers, body)
    description.response_problems(call, 200, headers, body)

Schemas are compiled when first needed.  Pure.  Not here: reading the description (`openapi_reading.py`), dialects of
schemas (`openapi_schemas.py`), texts of parameters (`openapi_values.py`), sending.

Source: OpenAPI 3.1.1 (path templating, Responses Object); RFC 9110 15.3.5 and 15.4.5 for what has no body.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from apitest.core import json_pointer, json_schema, json_text, nearest, openapi_schemas, openapi_values
from apitest.core.openapi_reading import Document, Holder, Operation, Parameter
from apitest.core.openapi_schemas import REQUEST, RESPONSE
from apitest.core.openapi_values import NOT_THERE
from apitest.errors import AssertionFailed, FileProblem, Mismatch, StepError

if TYPE_CHECKING:
    from jsonschema_rs import Registry

OTHER_SIDE = (
    "A wrong request on purpose: Given the request may break the API description. "
    "For calls of another API: Given the API description isn't enforced"
)

Headers = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Call:
    """A request of an operation.  is_head: asks for the head of what GET answers."""

    operation: Operation
    path_values: dict[str, str]
    query: list[tuple[str, str]]
    is_head: bool = False


class Description(Document):
    """A description that calls are held against."""

    def __init__(self, name: str, uri: str, documents: Mapping[str, Any]) -> None:
        super().__init__(name, uri, documents)
        self._registries: dict[str, Registry] = {}
        self._schemas: dict[tuple[str, str, str], json_schema.Schema] = {}
        self._plain: dict[str, dict[str, Operation]] = {}
        self._templates: dict[int, list[tuple[re.Pattern[str], str, dict[str, Operation]]]] = {}
        self._index()

    # Finding

    def operation(self, name: str) -> Operation:
        """By operationId, or as `GET /orders/{id}`.  Raises StepError with the nearest."""
        for operation in self.operations:
            if name == operation.name or name.upper() == operation.title.upper():
                return operation
        known = [name for operation in self.operations for name in {operation.name, operation.title}]
        near = nearest.names(name, known)
        hint = f"Did you mean {' or '.join(near)}?" if near else f"There are: {json_pointer.keys_text(known)}"
        raise StepError(f'"{self.name}" has no operation "{name}"', hint)

    def match(self, method: str, url: str) -> Call:
        """The operation that a request is.  Raises AssertionFailed where none is described."""
        parts = urlsplit(url)
        method = method.upper()
        others: set[str] = set()
        for path in self._paths(parts):
            for values, operations in self._at(path):
                found = operations.get(method)
                is_head = found is None and method == "HEAD"
                found = found or (operations.get("GET") if is_head else None)
                if found is not None:
                    return Call(found, values, parse_qsl(parts.query, keep_blank_values=True), is_head)
                others |= operations.keys()
        path = parts.path or "/"
        if others:
            mismatch = Mismatch("method", ", ".join(sorted(others)), method, f"of {path}")
            raise AssertionFailed(f'{method} {path} is not in "{self.name}"', [mismatch], OTHER_SIDE)
        known = list(dict.fromkeys(operation.path for operation in self.operations))
        near = nearest.names(path, known, 1)
        mismatch = Mismatch("path", near[0] if near else f"one of {json_pointer.keys_text(known)}", path)
        raise AssertionFailed(f'{method} {path} is not in "{self.name}"', [mismatch], OTHER_SIDE)

    def prefix_for(self, address: str) -> str:
        """What stands before the paths where the API is called at this address: that of the server it names."""
        origin = _origin(urlsplit(address))
        named = [server for server in self.servers if _origin(server) == origin]
        return (named or self.servers)[0].path.rstrip("/")

    # Checking

    def request_problems(self, call: Call, headers: Headers, body: bytes) -> list[Mismatch]:
        """In what a request differs from its operation."""
        pairs = [(name.lower(), value) for name, value in headers]
        found: list[Mismatch] = []
        for parameter in call.operation.parameters:
            found += self._parameter_problems(parameter, self._sent(parameter, call, pairs), REQUEST)
        found += self._request_body_problems(call.operation, pairs, body)
        return found

    def response_problems(self, call: Call, status: int, headers: Headers, body: bytes) -> list[Mismatch]:
        """In what a response differs from those that its operation describes."""
        operation = call.operation
        key = operation.response_key(status)
        if key is None:
            described = ", ".join(operation.responses)
            return [Mismatch("status", described or "none", status, f"is not described for {operation.name}")]
        described_response = operation.responses[key]
        pairs = [(name.lower(), value) for name, value in headers]
        found: list[Mismatch] = []
        for header in described_response.headers:
            text = _header(pairs, header.name)
            value = NOT_THERE if text is None else self._header_value(header, text)
            found += self._parameter_problems(header, value, RESPONSE)
        if call.is_head or operation.method == "HEAD" or status in (204, 304) or not described_response.content:
            return found
        if not body:
            wanted = " or ".join(described_response.content)
            return [*found, Mismatch("body", wanted, reason="is empty", has_actual=False)]
        media = self._media(described_response.content, pairs)
        if isinstance(media, Mismatch):
            return [*found, media]
        return found + self._content_problems(*media, body, RESPONSE)

    # Parts of checking

    def _sent(self, parameter: Parameter, call: Call, headers: list[tuple[str, str]]) -> Any:
        """The value of a parameter in a request."""
        name, schema = parameter.name, parameter.schema
        if parameter.where == "path":
            text = call.path_values.get(name)
            if text is None:
                return NOT_THERE
            if parameter.is_json:
                return _json_or_text(text)
            return openapi_values.from_path(name, text, schema, parameter.style, parameter.is_exploded, self.resolve)
        if parameter.where == "header":
            found = _header(headers, name)
            return NOT_THERE if found is None else self._header_value(parameter, found)
        pairs = call.query if parameter.where == "query" else _cookies(headers)
        if parameter.is_json:
            return next((_json_or_text(value) for key, value in pairs if key == name), NOT_THERE)
        return openapi_values.from_query(name, pairs, schema, parameter.style, parameter.is_exploded, self.resolve)

    def _header_value(self, header: Parameter, text: str) -> Any:
        if header.is_json:
            return _json_or_text(text)
        is_plain = openapi_values.types_of(header.schema, self.resolve) <= {"string"}
        compact = text if is_plain else text.replace(", ", ",")
        return openapi_values.from_text(compact, header.schema, ",", self.resolve, header.is_exploded)

    def _parameter_problems(self, parameter: Parameter, value: Any, direction: str) -> list[Mismatch]:
        if value is NOT_THERE:
            if not parameter.is_required:
                return []
            return [Mismatch(parameter.title, "~present", reason="is missing", has_actual=False)]
        return self._value_problems(parameter, value, f"{parameter.title} ", direction)

    def _request_body_problems(
        self, operation: Operation, headers: list[tuple[str, str]], body: bytes
    ) -> list[Mismatch]:
        described = operation.body
        if described is None:
            if not body:
                return []
            return [Mismatch("body", "none", body[:80].decode("utf-8", "replace"), f"{operation.name} takes no body")]
        if not body:
            if not described.is_required:
                return []
            wanted = " or ".join(described.content)
            return [Mismatch("body", wanted, reason="is missing", has_actual=False)]
        media = self._media(described.content, headers)
        return [media] if isinstance(media, Mismatch) else self._content_problems(*media, body, REQUEST)

    def _media(self, content: dict[str, Holder], headers: list[tuple[str, str]]) -> tuple[str, Holder] | Mismatch:
        """The media type that was sent, and what describes it."""
        sent = (_header(headers, "content-type") or "").partition(";")[0].strip().lower()
        for name in (sent, f"{sent.partition('/')[0]}/*", "*/*"):
            if name in content:
                return sent, content[name]
        return Mismatch("content type", " or ".join(content), sent or None, "" if sent else "is not named")

    def _content_problems(self, media_type: str, holder: Holder, body: bytes, direction: str) -> list[Mismatch]:
        if holder.place is None:
            return []
        if media_type.endswith(("/json", "+json")):
            try:
                value = json_text.parse_response(body, "the body")
            except AssertionFailed as error:
                return [Mismatch("body", media_type, body[:80].decode("utf-8", "replace"), error.message)]
        elif media_type == "application/x-www-form-urlencoded":
            pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
            value = openapi_values.form_document(pairs, holder.schema, self.resolve)
        elif media_type.startswith("text/") and "string" in openapi_values.types_of(holder.schema, self.resolve):
            value = body.decode("utf-8", "replace")
        else:
            return []  # XML, files and parts of a form have no JSON Schema that could be held against them
        return self._value_problems(holder, value, "body ", direction)

    def _value_problems(self, holder: Holder, value: Any, title: str, direction: str) -> list[Mismatch]:
        if holder.place is None:
            return []
        found = self._schema(holder.place, direction).problems(value)
        return [
            Mismatch((title + one.path).strip(), one.expected, one.actual, one.reason, one.has_actual) for one in found
        ]

    def _schema(self, place: tuple[str, str], direction: str) -> json_schema.Schema:
        key = (*place, direction)
        found = self._schemas.get(key)
        if found is None:
            registry = self._registries.get(direction)
            if registry is None:
                converted = {
                    uri: openapi_schemas.converted(document, direction, self.look_quietly, self.version)
                    for uri, document in self.documents.items()
                }
                registry = self._registries[direction] = json_schema.make_registry(converted)
            try:
                found = json_schema.compile_in(registry, json_schema.reference(*place))
            except FileProblem as error:
                raise FileProblem(f'"{self.name}", {place[1]}: {error.message}', error.hint) from None
            self._schemas[key] = found
        return found

    # Paths

    def _index(self) -> None:
        by_path: dict[str, dict[str, Operation]] = {}
        for operation in self.operations:
            by_path.setdefault(operation.path, {})[operation.method] = operation
        for path, operations in by_path.items():
            if "{" not in path:
                self._plain[path] = operations
                continue
            parts = re.split(r"(\{[^{}]+\})", path)
            pattern = "".join("([^/]+)" if part.startswith("{") else re.escape(part) for part in parts)
            names = [part[1:-1] for part in parts if part.startswith("{")]
            entry = (re.compile(pattern), "\n".join(names), operations)
            self._templates.setdefault(path.count("/"), []).append(entry)
        for entries in self._templates.values():  # fewer holes first: /orders/{id}/lines before /{kind}/{id}/lines
            entries.sort(key=lambda entry: entry[1].count("\n"))

    def _paths(self, parts: SplitResult) -> Iterator[str]:
        """The path of a request below the servers' own paths."""
        path = parts.path or "/"
        origin = _origin(parts)
        named = [server for server in self.servers if _origin(server) == origin and server.netloc]
        prefixes = dict.fromkeys(server.path.rstrip("/") for server in named or self.servers)
        if not named:
            prefixes.setdefault("")  # a test server has an address of its own, perhaps without what the real one has
        for prefix in prefixes:
            if path == prefix or path.startswith(prefix + "/"):
                yield path[len(prefix) :] or "/"

    def _at(self, path: str) -> Iterator[tuple[dict[str, str], dict[str, Operation]]]:
        if path in self._plain:
            yield {}, self._plain[path]
        elif "%" in path and unquote(path) in self._plain:
            yield {}, self._plain[unquote(path)]
        for pattern, names, operations in self._templates.get(path.count("/"), ()):
            found = pattern.fullmatch(path)
            if found:
                yield dict(zip(names.split("\n"), map(unquote, found.groups()), strict=True)), operations


def _origin(parts: SplitResult) -> str:
    return f"{parts.scheme}://{parts.netloc}".lower()


def _header(headers: Sequence[tuple[str, str]], name: str) -> str | None:
    wanted = name.lower()
    found = [value for key, value in headers if key == wanted]
    return ", ".join(found) if found else None


def _cookies(headers: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    found = []
    for part in (_header(headers, "cookie") or "").split(";"):
        name, equals, value = part.strip().partition("=")
        if equals:
            found.append((name, unquote(value).strip('"')))
    return found


def _json_or_text(text: str) -> Any:
    try:
        return json_text.parse(text)
    except StepError:
        return text
