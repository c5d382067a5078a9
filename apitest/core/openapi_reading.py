"""What an API description (OpenAPI 3.0 to 3.2) says, read: servers, operations, parameters, bodies, responses.

References are followed, also into other documents, which come in.  Pure.  Not here: holding calls against it
(`openapi.py`).

Source: OpenAPI 3.1.1 (Paths, Parameter, Request Body, Responses, Header, Reference, Server objects).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, unquote, urldefrag, urljoin, urlsplit

from apitest.core import json_pointer, json_schema
from apitest.core.json_pointer import Found
from apitest.errors import FileProblem, StepError

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
NOT_PARAMETERS = frozenset(("accept", "content-type", "authorization"))
"""Headers that a description may name as parameters, to no effect."""
MAX_REFERENCES = 20


@dataclass(frozen=True, slots=True)
class Holder:
    """Something with a schema: a parameter, header or media type.  place: URI and pointer of the schema, for
    validation."""

    document: dict[str, Any]
    schema: Any = None
    place: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Parameter(Holder):
    name: str = ""
    where: str = "query"  # query, path, header or cookie
    is_required: bool = False
    style: str = "form"
    is_exploded: bool = True
    is_json: bool = False

    @property
    def title(self) -> str:
        return (
            f'{self.where} parameter "{self.name}"' if self.where in ("query", "path") else f"{self.where} {self.name}"
        )


@dataclass(frozen=True, slots=True)
class Body:
    is_required: bool
    content: dict[str, Holder]  # by media type in lower case, without its parameters


@dataclass(frozen=True, slots=True)
class ResponseDescription:
    content: dict[str, Holder]
    headers: tuple[Parameter, ...]


@dataclass(slots=True)
class Operation:
    """name: its operationId, else as `title`."""

    name: str
    method: str
    path: str
    parameters: tuple[Parameter, ...]
    body: Body | None
    responses: dict[str, ResponseDescription] = field(default_factory=dict)  # by "200", "4XX", "default"

    @property
    def title(self) -> str:
        return f"{self.method} {self.path}"

    def response_key(self, status: int) -> str | None:
        """Which of the described responses a status is."""
        for key in (str(status), f"{status // 100}XX", "default"):
            if key in self.responses:
                return key
        return None


class Document:
    """name: as the author calls it; uri: of the description among the documents, which are what it refers to too.

    Raises FileProblem for what is no description.
    """

    def __init__(self, name: str, uri: str, documents: Mapping[str, Any]) -> None:
        self.name = name
        self.uri = uri
        root = documents[uri]
        version = root.get("openapi") if isinstance(root, dict) else None
        if not isinstance(version, str) or not version.startswith("3."):
            is_old = isinstance(root, dict) and "swagger" in root
            hint = "It is Swagger 2.0; converters to OpenAPI 3 exist." if is_old else "Wanted: openapi: 3.x.y"
            raise FileProblem(f'"{name}" is no OpenAPI 3 description', hint)
        self.version = version
        self.documents = {key: _absolute(document, key) for key, document in documents.items()}
        self._root: dict[str, Any] = self.documents[uri]
        self.servers = self._servers()
        self.operations = list(self._operations())
        if not self.operations:
            raise FileProblem(f'"{name}" describes no operation', "Wanted: paths, with an operation at least")

    def resolve(self, value: Any) -> Any:
        """What stands here, its reference followed.  Raises FileProblem."""
        for _ in range(MAX_REFERENCES):
            if not isinstance(value, dict) or not isinstance(value.get("$ref"), str):
                return value
            value = self._look(value["$ref"])
        raise FileProblem(f'"{self.name}" refers to itself without an end: {value["$ref"]}')

    def look_quietly(self, reference: str) -> Any:
        """What a reference points at, None where nothing is there: that is told when it is needed."""
        try:
            return self._look(reference)
        except FileProblem:
            return None

    def _servers(self) -> list[SplitResult]:
        """The addresses that it names, variables filled in with their defaults; `/` where it names none."""
        found = []
        for server in _dicts(self._root.get("servers")):
            url = str(server.get("url", "/"))
            for name, variable in _items(server.get("variables")):
                if isinstance(variable, dict):
                    url = url.replace("{" + name + "}", str(variable.get("default", "")))
            found.append(urlsplit(url if "://" in url else "/" + url.strip("./")))
        return found or [urlsplit("/")]

    def _operations(self) -> Iterator[Operation]:
        paths = self._root.get("paths")
        for path, raw_item in _items(paths):
            item = self.resolve(raw_item)
            if not isinstance(item, dict) or not path.startswith("/"):
                continue
            place = self._place(raw_item, json_pointer.join(["paths", path]))
            shared = self._parameters(item.get("parameters"), place)
            for method in METHODS:
                raw = item.get(method)
                if isinstance(raw, dict):
                    yield self._read(path, method, raw, shared, (place[0], f"{place[1]}/{method}"))

    def _read(
        self,
        path: str,
        method: str,
        raw: dict[str, Any],
        shared: dict[tuple[str, str], Parameter],
        place: tuple[str, str],
    ) -> Operation:
        own = self._parameters(raw.get("parameters"), place)
        title = f"{method.upper()} {path}"
        operation = Operation(
            name=str(raw.get("operationId") or title),
            method=method.upper(),
            path=path,
            parameters=tuple({**shared, **own}.values()),
            body=self._body(raw.get("requestBody"), place),
        )
        for status, item in _items(raw.get("responses")):
            key = status.upper() if status.lower() != "default" else "default"
            operation.responses[key] = self._response(
                item, (place[0], place[1] + json_pointer.join(["responses", status]))
            )
        if not operation.responses:
            raise FileProblem(f'"{self.name}": {title} describes no response', "Each operation needs responses.")
        return operation

    def _parameters(self, raw: Any, place: tuple[str, str]) -> dict[tuple[str, str], Parameter]:
        found = {}
        for index, item in enumerate(raw if isinstance(raw, list) else []):
            at = self._place(item, f"{place[1]}/parameters/{index}", place[0])
            parameter = self._parameter(self.resolve(item), at)
            if parameter is not None:
                found[parameter.where, parameter.name] = parameter
        return found

    def _parameter(self, item: Any, place: tuple[str, str], name: str = "", where: str = "") -> Parameter | None:
        if not isinstance(item, dict):
            return None
        name, where = name or str(item.get("name", "")), where or str(item.get("in", ""))
        if not name or where not in ("query", "path", "header", "cookie"):
            raise FileProblem(f'"{self.name}": the parameter at {place[1]} has no name or no place', "Wanted: name, in")
        if where == "header" and name.lower() in NOT_PARAMETERS:
            return None
        style = str(item.get("style") or ("form" if where in ("query", "cookie") else "simple"))
        schema, schema_place, is_json = item.get("schema"), (place[0], f"{place[1]}/schema"), False
        for media_type, media in _items(item.get("content")):
            is_json = "json" in media_type
            schema = media.get("schema") if is_json and isinstance(media, dict) else None
            schema_place = (place[0], place[1] + json_pointer.join(["content", media_type, "schema"]))
        return Parameter(
            document=item,
            schema=schema if schema is not None else {},
            place=schema_place if schema is not None else None,
            name=name,
            where=where,
            is_required=item.get("required") is True or where == "path",
            style=style,
            is_exploded=bool(item.get("explode", style == "form")),
            is_json=is_json,
        )

    def _body(self, raw: Any, place: tuple[str, str]) -> Body | None:
        item = self.resolve(raw)
        if not isinstance(item, dict):
            return None
        at = self._place(raw, f"{place[1]}/requestBody", place[0])
        return Body(item.get("required") is True, self._content(item.get("content"), at))

    def _response(self, raw: Any, place: tuple[str, str]) -> ResponseDescription:
        item = self.resolve(raw)
        if not isinstance(item, dict):
            raise FileProblem(f'"{self.name}": the response at {place[1]} is no object')
        at = self._place(raw, place[1], place[0])
        headers = []
        for name, header in _items(item.get("headers")):
            header_place = self._place(header, at[1] + json_pointer.join(["headers", name]), at[0])
            parameter = self._parameter(self.resolve(header), header_place, name, "header")
            if parameter is not None:
                headers.append(parameter)
        return ResponseDescription(self._content(item.get("content"), at), tuple(headers))

    def _content(self, raw: Any, place: tuple[str, str]) -> dict[str, Holder]:
        found = {}
        for media_type, item in _items(raw):
            item = self.resolve(item)
            if isinstance(item, dict):
                schema = item.get("schema")
                at = (place[0], place[1] + json_pointer.join(["content", media_type, "schema"]))
                name = media_type.partition(";")[0].strip().lower()
                found[name] = Holder(item, schema, at if schema is not None else None)
        return found

    def _place(self, raw: Any, pointer: str, uri: str = "") -> tuple[str, str]:
        """Where something really stands: behind its references."""
        place = (uri or self.uri, pointer)
        for _ in range(MAX_REFERENCES):
            if not isinstance(raw, dict) or not isinstance(raw.get("$ref"), str):
                break
            target, _, fragment = raw["$ref"].partition("#")
            place, raw = (target, unquote(fragment)), self._look(raw["$ref"])
        return place

    def _look(self, reference: str) -> Any:
        uri, fragment = urldefrag(reference)
        if uri not in self.documents:
            raise FileProblem(f'"{self.name}" refers to {reference}, which is not at hand')
        try:
            found = json_pointer.look(self.documents[uri], unquote(fragment))
        except StepError as error:
            raise FileProblem(f'"{self.name}" refers to {reference}: {error.message}') from None
        if not isinstance(found, Found):
            raise FileProblem(f'"{self.name}" refers to #{unquote(fragment)}, which is not there', found.hint)
        return found.value


def _absolute(document: Any, uri: str) -> Any:
    """A document whose references are whole URIs, so that what they stand in may be moved."""
    done: dict[tuple[int, bool], Any] = {}

    def of(value: Any, is_names: bool = False) -> Any:
        if isinstance(value, list):
            return [of(item) for item in value]
        if not isinstance(value, dict):
            return value
        key = (id(value), is_names)
        if key not in done:
            made: dict[str, Any] = {}
            for name, item in value.items():
                if is_names:
                    made[name] = of(item)
                elif name == "$ref" and isinstance(item, str):
                    made[name] = urljoin(uri, item) if item else uri
                else:
                    made[name] = (
                        item if json_schema.is_data(name, item) else of(item, json_schema.has_names(name, item))
                    )
            done[key] = made
        return done[key]

    return of(document)


def _items(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from ((str(name), item) for name, item in value.items())


def _dicts(value: Any) -> Iterator[dict[str, Any]]:
    yield from (item for item in (value if isinstance(value, list) else []) if isinstance(item, dict))
