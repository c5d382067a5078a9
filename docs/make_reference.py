"""Writes the reference pages that are made from the code; with `--check` says which of them are out of date.

    .venv/bin/python docs/make_reference.py [--check]

Each page is a function from what the code declares to text, listed in PAGES.  `tests/test_docs.py` runs the check.
"""

from __future__ import annotations

import dataclasses
import inspect
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
sys.path.insert(0, str(ROOT))

MADE = "<!-- Made by `make docs` from the code; do not edit. -->\n"


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--check"]):
        print(__doc__)
        return 2
    if arguments:
        stale = stale_pages()
        for name in stale:
            print(f"docs/{name} is out of date: make docs")
        return 1 if stale else 0
    for name, make in PAGES.items():
        path = DOCS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(make(), "utf-8")
        print(f"docs/{name}")
    return 0


def stale_pages() -> list[str]:
    """Names of the pages whose text is not what the code says now."""
    return [
        name
        for name, make in PAGES.items()
        if not (DOCS / name).is_file() or (DOCS / name).read_text("utf-8") != make()
    ]


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(cell(text) for text in row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def first_paragraph(thing: Any) -> str:
    return (inspect.getdoc(thing) or "").split("\n\n")[0].replace("\n", " ")


# ---- errors


def errors_page() -> str:
    from server import errors

    shape = (
        '{"cid": "...", "error": "input", "message": "...", '
        '"problems": [{"path": "/qty", "problem": "...", "given": "many"}]}'
    )
    rows = []
    for cls in all_subclasses(errors.ServerError):
        status = str(cls.status)
        meaning = first_paragraph(cls).removeprefix(f"{status}: ")
        rows.append([f"`{cls.code}`", status, f"`{cls.__name__}`", meaning[:1].upper() + meaning[1:], cls.hint])
    rows.sort(key=lambda row: (row[1], row[0], row[2]))
    return (
        f"{MADE}\n# Errors of the server\n\n"
        "Every refusal has one shape. `error` is a stable code; `cid` finds the call in the server's log; `problems`\n"
        "is there when there is a place to point at, or more than one thing to mend.\n\n"
        f"```json\n{shape}\n```\n\n"
        "A service may raise any of these classes (`from server.errors import NotFound`); other exceptions become a\n"
        "500 without internals, and a traceback in the log.\n\n"
        + table(["code", "status", "class", "meaning", "what to do"], rows)
    )


def all_subclasses(base: type[Any]) -> Iterator[type[Any]]:
    """Those declared beside the base: families first, then their members."""
    for cls in base.__subclasses__():
        if cls.__module__ == base.__module__:
            if not cls.__subclasses__() or "code" in vars(cls):
                yield cls
            yield from all_subclasses(cls)


# ---- settings


def settings_page() -> str:
    return (
        f"{MADE}\n# Settings\n\n"
        "- [The server: server.conf](#the-server-serverconf)\n"
        "- [A test project: config.ini](#a-test-project-configini)\n\n" + server_settings() + "\n" + project_settings()
    )


def server_settings() -> str:
    from server.kernel import config

    parts = [
        "## The server: server.conf\n",
        "In `config/repo/` of the server's folder. An unknown section or key is refused at start, with its line and\n"
        "the nearest name; so is a value of the wrong kind. A value `$NAME` comes from the environment,\n"
        "`zato+secret://key` from `[zato]` of `secrets.conf`, and the environment variable\n"
        f"`{config.ENV_PREFIX}server__conf_<section>_<key>` replaces what the file says.\n",
    ]
    for section, cls in config.SECTIONS.items():
        rows = []
        for one in dataclasses.fields(cls):
            name = one.metadata["name"] or one.name
            choices = one.metadata["choices"]
            meaning = one.metadata["help"] + (f" One of: {', '.join(choices)}." if choices else "")
            rows.append([f"`{name}`", default_text(one.default), meaning])
        parts += [f"### [{section}]\n", first_paragraph(cls) + "\n", table(["key", "default", "meaning"], rows)]
    free = ", ".join(f"`[{section}]`" for section in config.FREE_SECTIONS)
    parts.append(f"Sections whose keys are yours: {free}.\n")
    return "\n".join(parts)


def default_text(value: Any) -> str:
    if isinstance(value, tuple):
        value = ", ".join(value)
    if isinstance(value, bool):
        value = str(value).lower()
    text = str(value)
    return f"`{text}`" if text else ""


def project_settings() -> str:
    from apitest import config

    parts = [
        "## A test project: config.ini\n",
        "Beside the features. Unknown sections and keys are refused with their line and the nearest name.\n",
    ]
    sections = [*config.KEYS.items(), *((f"{name}:NAME", keys) for name, keys in config.PATTERNS.items())]
    for section, keys in sections:
        parts.append(f"### [{section}]\n")
        if keys is None:
            parts.append("Any key.\n")
        else:
            parts.append(table(["key", "meaning"], [[f"`{key}`", meaning] for key, meaning in keys.items()]))
    return "\n".join(parts)


# ---- commands


def cli_page() -> str:
    from apitest.cli import commands as apitest
    from server.cli.main import cli as server

    parts = [f"{MADE}\n# Commands\n"]
    for name, group in (("apitest", apitest), ("apitest-server", server)):
        parts.append(f"## {name}\n")
        for path, command in commands_of(name, group):
            parts += [f"### {path}\n", command_text(path, command)]
    return "\n".join(parts)


def commands_of(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    """Every command that can be typed, groups opened, in order of their names."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    context = click.Context(command, info_name=path)
    for name in command.list_commands(context):
        inner = command.get_command(context, name)
        if inner is not None and not inner.hidden:
            yield from commands_of(f"{path} {name}", inner)


def command_text(path: str, command: click.Command) -> str:
    """Its help as the command itself shows it, without the line about --help."""
    context = click.Context(command, info_name=path, terminal_width=100, max_content_width=100)
    lines = command.get_help(context).replace("Usage: ", "", 1).splitlines()
    text = "\n".join(line.rstrip() for line in lines if "--help" not in line)
    return f"```\n{text.removesuffix('Options:').rstrip()}\n```\n"


# ---- connection types


def connections_page() -> str:
    parts = [
        f"{MADE}\n# Connections and logins\n",
        "Everything that is configured while a server runs: with the services of [admin](admin-api.md), or with\n"
        "commands made from them. A secret is sealed in storage and never shown.\n",
    ]
    for one in sorted(connection_types(), key=lambda one: one.id):
        parts += [f"## {one.id}\n", f"{one.title}. {first_paragraph(one.definition)}\n"]
        if one.facade_names:
            names = ", ".join(f'`self.out.{name}["..."]`' for name in one.facade_names)
            parts.append(f"In services: {names}\n")
        parts.append(fields_table(one.definition))
    return "\n".join(parts)


def connection_types() -> list[Any]:
    """The types that ship: importing their packages registers them."""
    import server.channels
    import server.outgoing
    import server.security  # noqa: F401
    from server.kernel.registry import REGISTRY

    return list(REGISTRY)


def fields_table(definition: type[Any]) -> str:
    from server.kernel.definition import fields_of

    rows = []
    for one in fields_of(definition):
        if not one.is_shown or one.name == "id":
            continue
        if one.is_required:
            default = "random" if one.is_generated else "required"
        else:
            default = "" if one.default is None or one.is_secret else default_text(one.default)
        kind = f"{one.type}: {', '.join(one.choices)}" if one.choices else one.type
        rows.append([f"`{one.name}`", kind, default, one.help])
    return table(["field", "type", "default", "meaning"], rows)


# ---- admin services


def admin_page() -> str:
    parts = [
        f"{MADE}\n# Admin services\n",
        "Everything about a running server that can be asked or changed. Each is called with JSON and the user\n"
        "`admin.invoke`, and takes effect at once, without a restart:\n",
        "```\nPOST /zato/api/invoke/zato.service.get-list\n\n{}\n```\n",
        "Input and output are JSON objects; a list is an array of objects. One name may serve several kinds of\n"
        "connections, which the shown inputs choose.\n",
    ]
    for one in admin_descriptions():
        parts += [f"## {one.name}{' for ' + one.kind if one.fixed else ''}\n", one.summary + "\n"]
        if one.fixed:
            chosen = ", ".join(f"`{key}`: `{value}`" for key, value in one.fixed.items())
            parts.append(f"Chosen by {chosen}\n")
        rows = [element_row(each) for each in one.inputs if each.name not in one.fixed]
        if rows:
            parts.append(table(["input", "type", "default", "meaning"], rows))
        if one.outputs:
            head = "output of each" if one.is_list else "output"
            rows = [[f"`{each.name}`", each.type, each.help] for each in one.outputs]
            parts.append(table([head, "type", "meaning"], rows))
    return "\n".join(parts)


def admin_descriptions() -> list[Any]:
    from server.admin.describe import describe

    connection_types()
    return sorted(describe(), key=lambda one: (one.name, one.kind))


def element_row(element: Any) -> list[str]:
    if element.is_required:
        default = "required"
    else:
        default = "" if element.default is None else default_text(element.default)
    kind = f"{element.type}: {', '.join(element.choices)}" if element.choices else element.type
    return [f"`{element.name}`", kind, default, element.help]


# ---- decisions


def decisions_page() -> str:
    lines = []
    for path in sorted((DOCS / "decisions").glob("[0-9]*.md")):
        title = path.read_text("utf-8").partition("\n")[0].removeprefix("# ")
        lines.append(f"- [{title}]({path.name})\n")
    return (
        f"{MADE}\n# Decisions\n\n"
        "Choices that would be costly to undo: what was decided, why, and what follows. Half a page each, numbered in\n"
        "order; a later one says which earlier one it replaces.\n\n" + "".join(lines)
    )


def steps_page() -> str:
    import apitest.steps  # noqa: F401 -- fills the catalogue
    from apitest import catalogue_text
    from apitest.catalogue import BUILT_IN

    phrases = BUILT_IN.phrases()
    head = f"""{MADE}
# All sentences

{len(phrases)} sentences, by subject. `apitest steps WORDS` searches them. How to use them:
[writing tests](writing-tests.md); how to make more: [writing steps](writing-steps.md).

`{{n}}` is a number, `{{d}}` a duration such as 5 seconds, `{{step...}}` another sentence, `[ ... ]` may be left out,
`(a/b)` is one of these. Any sentence may follow any keyword; the one shown is customary.

"""
    tables = catalogue_text.markdown(phrases)
    markers = (
        f"\n## Markers\n\nUsed as in [writing tests](writing-tests.md#markers).\n\n{catalogue_text.marker_table()}"
    )
    kinds = f'\n## Random values\n\nFor `a random "{{kind}}"`.\n\n{catalogue_text.generator_table()}'
    return head + tables + markers + kinds


def first_words() -> str:
    """Not a page: which family of sentences is imported for which first words."""
    import apitest.steps  # noqa: F401 -- fills the catalogue
    from apitest.catalogue import BUILT_IN

    rows = "".join(f'    "{words}": "{families}",\n' for words, families in BUILT_IN.first_words().items())
    return f'''"""First words of sentences -> the families (files of this folder) with such sentences.

Made by `make docs` from the code; do not edit.  `#` stands for what is no word.  Where a row is missing, the sentence
is found all the same, but every family is imported for it.
"""

# fmt: off
FIRST_WORDS = {{
{rows}}}
'''


PAGES: dict[str, Callable[[], str]] = {
    "../apitest/steps/first_words.py": first_words,
    "apitest/steps.md": steps_page,
    "reference/errors.md": errors_page,
    "reference/settings.md": settings_page,
    "reference/connections.md": connections_page,
    "reference/admin-api.md": admin_page,
    "reference/cli.md": cli_page,
    "decisions/README.md": decisions_page,
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
