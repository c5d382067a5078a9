"""What a step is given besides its sentence: doc string, table, files, random numbers; look-ups filled in.

The sentence's own texts come with their look-ups already filled in by the engine.  Not here: the last response
(`last_response.py`) and what a single sentence means (the other files of this folder).
"""

from __future__ import annotations

import contextlib
import json
import random
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from apitest.core import json_text, lookups, sentences
from apitest.core.literals import parse_literal
from apitest.errors import FileProblem, StepError
from apitest.scenario import Scope

_STRINGS_AND_LOOKUPS = re.compile(r'"(?:[^"\\]|\\.)*"|[#@$]\{[^{}"\n]+\}')


def text_of(value: Any) -> str:
    """An argument that must be text: a look-up may have brought a number or a list."""
    return value if type(value) is str else lookups.as_text(value)


def names_in(text: Any) -> list[str]:
    """`a, b,c` -> its parts without blanks around them; an empty text has none.  A list stays as it is."""
    if isinstance(text, list | tuple):
        return [text_of(item) for item in text]
    parts = [part.strip() for part in text_of(text).split(",")]
    return [] if parts == [""] else parts


def doc_text(ctx: Any) -> str:
    """The doc string with its look-ups filled in."""
    return lookups.fill(str(ctx.text), Scope(ctx.apitest))


def doc_json(ctx: Any, what: str = "the doc string") -> Any:
    """The doc string as a JSON document, look-ups filled in: `"#order"` becomes the stored value with its type, and
    `#{qty}` may stand where a number would."""
    return parse_json(str(ctx.text), Scope(ctx.apitest), what)


def parse_json(text: str, scope: Scope | None = None, what: str = "the text") -> Any:
    """Text an author wrote -> JSON document.  Raises StepError with line and column."""
    if scope is not None and "{" in text:
        own = scope

        def fill(found: re.Match[str]) -> str:
            if found[0][0] == '"':
                return found[0]
            return json.dumps(lookups.resolve(found[0], own), ensure_ascii=False, default=str)

        text = _STRINGS_AND_LOOKUPS.sub(fill, text)
    document = json_text.parse(text, what)
    return lookups.resolve_document(document, scope) if scope is not None else document


def table_rows(ctx: Any, needed: Iterable[str] = (), optional: Iterable[str] | None = ()) -> list[dict[str, str]]:
    """The rows of the table as written, by heading.

    needed and optional: the headings it may have; optional None means any more.  Raises StepError for others.
    """
    table = ctx.table
    headings = [heading.strip() for heading in table.headings]
    wanted = list(needed)
    missing = [name for name in wanted if name not in headings]
    extra = [name for name in headings if optional is not None and name not in wanted and name not in optional]
    if missing or extra or len(set(headings)) < len(headings):
        known = [*wanted, *(f"{name} (may be left out)" for name in optional or ())]
        raise StepError(
            f"The table's first line is | {' | '.join(headings)} |", f"It must name its columns: {', '.join(known)}"
        )
    return [dict(zip(headings, row.cells, strict=True)) for row in table]


def resolve(ctx: Any, text: str) -> Any:
    """A cell or line as written -> its value."""
    return lookups.resolve(text, Scope(ctx.apitest))


def resolved_rows(ctx: Any, needed: Iterable[str] = (), optional: Iterable[str] | None = ()) -> list[dict[str, Any]]:
    """The rows of the table by heading, look-ups filled in."""
    scope = Scope(ctx.apitest)
    return [
        {name: lookups.resolve(cell, scope) for name, cell in row.items()} for row in table_rows(ctx, needed, optional)
    ]


def find_file(ctx: Any, name: Any, folder: str = "") -> Path:
    """An existing file by its name in a sentence: in the scenario's own folder, else in the project.

    folder: where files of its kind live, below features/.  Raises FileProblem.
    """
    text = text_of(name)
    own = _temporary_place(ctx, text)
    if own is not None:
        if not own.is_file():
            raise FileProblem(f'There is no file "{text}"')
        return own
    path: Path = ctx.apitest.run.project.find(text, folder, ctx.apitest.feature.file)
    return path


def read_file(ctx: Any, name: Any, folder: str = "") -> bytes:
    path = find_file(ctx, name, folder)
    try:
        return path.read_bytes()
    except OSError as error:
        raise FileProblem(f'File "{text_of(name)}" cannot be read: {error.strerror}') from error


def read_text(ctx: Any, name: Any, folder: str = "") -> str:
    """A file's text, as UTF-8."""
    try:
        return read_file(ctx, name, folder).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileProblem(f'File "{text_of(name)}" is not UTF-8 (byte {error.start})', "Save it as UTF-8") from error


def read_json(ctx: Any, name: Any, folder: str) -> Any:
    """A JSON file, look-ups in its strings filled in."""
    return parse_json(read_text(ctx, name, folder), Scope(ctx.apitest), f'file "{text_of(name)}"')


def writable_file(ctx: Any, name: Any) -> Path:
    """Where a file of that name may be written: below the project's folder or the scenario's own."""
    text = text_of(name)
    own = _temporary_place(ctx, text)
    if own is not None:
        own.parent.mkdir(parents=True, exist_ok=True)
        return own
    path: Path = ctx.apitest.run.project.writable(text)
    return path


def place_of_file(ctx: Any, name: Any) -> Path:
    """A file that need not exist, by the same rules: the scenario's own folder, else the project's."""
    text = text_of(name)
    own = _temporary_place(ctx, text)
    if own is not None:
        return own
    project = ctx.apitest.run.project
    with contextlib.suppress(FileProblem):
        path: Path = project.find(text, "", ctx.apitest.feature.file)
        return path
    root = Path(project.root).resolve()
    path = (root / text).resolve()
    if not path.is_relative_to(root):
        raise FileProblem(f'"{text}" is outside the project', "Name a file of the project, or one below #{tmp}.")
    return path


def random_of(ctx: Any) -> random.Random:
    """The run's source of random values: follows its seed."""
    run = ctx.apitest.run
    source = run.shared.get("random")
    if source is None:
        source = run.shared["random"] = random.Random(run.shared.get("seed"))
    return source  # type: ignore[no-any-return]


def settings_of(ctx: Any, kind: str, name: str) -> Mapping[str, str]:
    """The section `[kind:name]` of the configuration, its values filled in.  Raises StepError when it is missing."""
    config = ctx.apitest.run.config
    section: Mapping[str, str] = config.section(f"{kind}:{name}")
    if not section:
        known = [other.partition(":")[2] for other in config.sections if other.startswith(f"{kind}:")]
        hint = f"There are: {', '.join(known)}" if known else f"Add [{kind}:{name}] to features/config.ini"
        raise StepError(f'There is no {kind} "{name}" in the configuration', hint)
    return section


def _temporary_place(ctx: Any, text: str) -> Path | None:
    """The place in the scenario's own folder that a name means; None when it means a file of the project."""
    folder = ctx.apitest.own.get("tmp")
    if folder is None or not text.startswith(str(folder)):
        return None
    path = Path(text).resolve()
    return path if path.is_relative_to(folder) else None


def literal_of(value: Any) -> Any:
    """A Python literal, or the value of a look-up."""
    return parse_literal(value) if isinstance(value, str) else value


def json_of(value: Any) -> Any:
    """An inline payload of JSON, or the value of a look-up."""
    return parse_json(value, None, "the value") if isinstance(value, str) else value


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def as_there(expected: Any, actual: Any) -> Any:
    """An expected text of a table or list, as the number, boolean or null that is there, where it says the same."""
    is_bare = type(expected) is str and not expected.startswith("~")
    if is_bare and not isinstance(actual, str | list | dict) and _says(expected, actual):
        return actual
    return expected


def _says(text: str, actual: Any) -> bool:
    if is_number(actual):
        number = sentences.parse_number(text)
        return number is not None and bool(number == actual)
    return text == lookups.as_text(actual)
