"""JSON Schemas and API descriptions as sentences name them: files of features/schemas, or an address; and what those
refer to.

Each is read once a run.  Not here: what they mean (`core/json_schema.py`, `core/openapi.py`) and the sentences
(`schema.py`).
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from apitest.core import json_schema, yaml_text
from apitest.core.json_schema import Schema
from apitest.core.openapi import Description
from apitest.core.request import RequestSpec
from apitest.errors import FileProblem
from apitest.steps.step_input import find_file, text_of

T = TypeVar("T")

FOLDER = "schemas"
FETCH_SECONDS = 30.0


def schema_of(ctx: Any, file: Any) -> Schema:
    """A compiled JSON Schema of features/schemas.  Raises FileProblem."""
    name = text_of(file)
    path = find_file(ctx, name, FOLDER)

    def make() -> Schema:
        uri = path.as_uri()
        documents = _documents(ctx, name, uri, yaml_text.parse(_read(path, name), name))
        document = documents.pop(uri)
        try:
            return json_schema.compile_schema(document, uri, documents)
        except FileProblem as error:
            raise FileProblem(f'File "{name}": {error.message}', error.hint) from None

    return _kept(ctx, f"schema {_stamp(path)}", make)


def problems_finder(ctx: Any) -> Callable[[str], Callable[[Any], list[str]]]:
    """What the marker `~schema:file.json` asks: file -> (value -> what is wrong with it)."""

    def by_file(file: str) -> Callable[[Any], list[str]]:
        schema = schema_of(ctx, file)

        def problems(value: Any) -> list[str]:
            return [f"{one.path or 'it'} {one.reason or f'is not {one.expected}'}" for one in schema.problems(value)]

        return problems

    return by_file


def description_of(ctx: Any, source: Any, other_folder: str = "") -> Description:
    """An API description: a file of features/schemas, or what an address answers with.  Raises FileProblem.

    other_folder: where the file may be too, below features/.
    """
    name = text_of(source)
    if "://" in name:
        return _kept(ctx, f"description {name}", lambda: _describe(ctx, name, name, _fetch(ctx, name)))
    try:
        path = find_file(ctx, name, FOLDER)
    except FileProblem:
        if not other_folder:
            raise
        path = find_file(ctx, name, other_folder)
    return _kept(ctx, f"description {_stamp(path)}", lambda: _describe(ctx, name, path.as_uri(), _read(path, name)))


def _describe(ctx: Any, name: str, uri: str, text: str) -> Description:
    document = yaml_text.parse(text, urlsplit(name).path or name)
    return Description(name, uri, _documents(ctx, name, uri, document))


def _documents(ctx: Any, name: str, uri: str, document: Any) -> dict[str, Any]:
    """A document and all that it refers to, by their URIs."""
    found = {uri: document}
    wanted = sorted(json_schema.references(document, uri))
    while wanted:
        other = wanted.pop()
        if other not in found:
            found[other] = _document_at(ctx, name, uri, json_schema.id_of(document), other)
            wanted += sorted(json_schema.references(found[other], other))
    return found


def _document_at(ctx: Any, name: str, uri: str, own_name: str, other: str) -> Any:
    """Another document.  SECURITY: a file of the project, or from where the first one came; nothing else is fetched."""
    root, target = urlsplit(uri), urlsplit(other)
    if target.scheme == "file":
        return _file_at(ctx, name, Path(url2pathname(target.path)), other)
    if (target.scheme, target.netloc) == (root.scheme, root.netloc):
        return yaml_text.parse(_fetch(ctx, other), target.path)
    base = urlsplit(own_name)
    if root.scheme == "file" and base.netloc and (target.scheme, target.netloc) == (base.scheme, base.netloc):
        # A schema that calls itself https://shop.test/order.json and refers to item.json means the file beside it.
        relative = posixpath.relpath(target.path, posixpath.dirname(base.path) or "/")
        return _file_at(ctx, name, Path(url2pathname(root.path)).parent / unquote(relative), other)
    raise FileProblem(
        f'"{name}" refers to {other}, which is not fetched', "Copy it into features/schemas and refer to it there."
    )


def _file_at(ctx: Any, name: str, path: Path, other: str) -> Any:
    real = path.resolve()
    roots = [Path(ctx.apitest.run.project.root).resolve()]
    if ctx.apitest.own.get("tmp") is not None:
        roots.append(ctx.apitest.own["tmp"])
    if not any(real.is_relative_to(root) for root in roots):
        raise FileProblem(f'"{name}" refers to {other}, which is outside the project', "Copy it into the project.")
    if not real.is_file():
        raise FileProblem(f'"{name}" refers to "{path.name}", which is not there', f"Looked for {real}")
    return yaml_text.parse(_read(real, path.name), path.name)


def _read(path: Path, name: str) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise FileProblem(f'File "{name}" cannot be read: {error.strerror}') from error
    except UnicodeDecodeError as error:
        raise FileProblem(f'File "{name}" is not UTF-8 (byte {error.start})', "Save it as UTF-8") from error


def _fetch(ctx: Any, url: str) -> str:
    from apitest.steps.http import USER_AGENT, transport_of

    accepted = ("Accept", "application/json, application/yaml, */*;q=0.1")
    response = transport_of(ctx).send(
        RequestSpec("GET", url, (("User-Agent", USER_AGENT), accepted), b"", FETCH_SECONDS)
    )
    if response.status != 200:
        raise FileProblem(
            f"{url} answered {response.status} {response.reason}".rstrip(), "Wanted: a description, with 200"
        )
    return response.text


def _stamp(path: Path) -> str:
    """Another one when the file changed: scenarios may write it."""
    facts = path.stat()
    return f"{path} {facts.st_mtime_ns} {facts.st_size}"


def _kept(ctx: Any, key: str, make: Callable[[], T]) -> T:
    kept: dict[str, Any] = ctx.apitest.run.shared.setdefault("schemas", {})
    if key not in kept:
        kept[key] = make()
    return kept[key]  # type: ignore[no-any-return]
