"""Commands made from the admin services: `create basic-auth`, `list rest-channel`, `ping sql-connection` ...

Nothing here knows a connection type: names, options and help come from `admin/describe.py`, so a new type has its
commands at once.  `create-rest-channel` and `create rest-channel` are the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click

from server.admin.describe import Description, Element

# Action of the admin service -> word of the command line, with what its help says.
ACTIONS = {
    "create": ("create", "Create a definition."),
    "edit": ("edit", "Change a definition; what is not given stays as it is."),
    "delete": ("delete", "Delete a definition."),
    "get": ("get", "Show one definition."),
    "get-list": ("list", "List definitions."),
    "ping": ("ping", "Ask another system for a sign of life."),
    "change-password": ("change-password", "Change a password or key."),
}
# Accepted by the services for older clients; they mean nothing on a command line.
LEFT_OUT = frozenset(("cluster_id", "paginate", "cur_page", "page_size"))

Call = Callable[[Path, str, dict[str, Any]], Any]


def groups(descriptions: Iterable[Description], call: Call) -> dict[str, click.Group]:
    """One group an action, with a command for each object in it.

    call(path, service, request): invokes an admin service of the server in a folder.
    """
    out: dict[str, click.Group] = {}
    for one in descriptions:
        if one.action not in ACTIONS or not one.object:
            continue
        word, help = ACTIONS[one.action]
        group = out.setdefault(word, click.Group(word, help=help, no_args_is_help=True))
        group.add_command(_command(one, call))
    return out


def _command(one: Description, call: Call) -> click.Command:
    elements = [element for element in one.inputs if element.name not in LEFT_OUT and element.name not in one.fixed]

    def run(path: Path, **values: Any) -> None:
        request: dict[str, Any] = dict(one.fixed)
        for element in elements:
            value = values[element.name]
            if value is None and element.type == "secret" and element.is_required:
                value = click.prompt(element.help or element.name, hide_input=True, err=True)
            if value is not None:
                request[element.name] = value
        click.echo(as_text(call(path, one.name, request)))

    params: list[click.Parameter] = [_option(element) for element in elements]
    params.append(
        click.Option(
            ["--path", "path"],
            type=click.Path(path_type=Path),
            default=".",
            help="Folder of the server.",
            metavar="DIR",
        )
    )
    return click.Command(one.object, params=params, callback=run, help=one.summary, no_args_is_help=False)


def _option(element: Element) -> click.Option:
    spelled = "--" + element.name.replace("_", "-")
    help = element.help
    if element.default not in (None, "", False):
        help += f"  [default: {element.default}]"
    # A secret that is needed is asked for, so that it need not stand in the shell's history.
    is_required = element.is_required and element.type != "secret"
    return click.Option([spelled, element.name], type=_type_of(element), required=is_required, help=help)


def _type_of(element: Element) -> Any:
    if element.choices:
        return click.Choice(list(element.choices))
    types: dict[str, Any] = {"int": click.INT, "float": click.FLOAT, "bool": click.BOOL, "any": json_or_text}
    return types.get(element.type, click.STRING)


def json_or_text(value: str) -> Any:
    """The value of an option that may be anything: JSON, and what is not JSON as a text."""
    try:
        return json.loads(value)
    except ValueError:
        return value


def as_text(answer: Any) -> str:
    """What a person reads: JSON with one element a line; `(None)` for nothing."""
    if answer is None or answer == "":
        return "(None)"
    return answer if isinstance(answer, str) else json.dumps(answer, indent=2, ensure_ascii=False)
