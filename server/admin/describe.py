"""What every admin service takes and gives: from the registered definitions, and from a table for the rest.

Command line, forms and documents are made from this; it needs no running server.  Names: server-interface.md 14.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from server.kernel.definition import FieldInfo, fields_of
from server.kernel.registry import REGISTRY, ConnectionType, Registry


@dataclass(frozen=True, slots=True)
class Element:
    """One input or output.  type: `text`, `int`, `float`, `bool`, `secret` or `any`; default is for people to read."""

    name: str
    type: str = "text"
    is_required: bool = False
    help: str = ""
    default: Any = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Description:
    """One admin service, for one kind of connection where it serves several.

    action: last part of the name, e.g. `get-list`.  object: what it is about on a command line, e.g. `basic-auth`.
    kind: id of the connection type, title: how people call one; both may be empty.  fixed: inputs that choose the
    kind, to be sent along unasked.
    is_list: answers a list of objects with the outputs.
    """

    name: str
    summary: str
    action: str
    object: str
    inputs: tuple[Element, ...] = ()
    outputs: tuple[Element, ...] = ()
    is_list: bool = False
    kind: str = ""
    title: str = ""
    fixed: Mapping[str, str] = field(default_factory=dict)


ID = Element("id", "int", help="Number of the definition; its name does as well.")
NAME = Element("name", help="Name of the definition, in place of its id.")
VERSION = Element("version", "int", help="Refuse if it was changed since this version was read.")
CLUSTER = Element("cluster_id", "int", help="Accepted for older clients; there is one cluster.")
PAGING = (
    Element("query", help="Only names that hold this, in any letter case."),
    Element("paginate", "bool", help="Answer one page, as {data, _meta}, instead of a list.", default=False),
    Element("cur_page", "int", help="Which page, from 1.", default=1),
    Element("page_size", "int", help="Most entries on a page.", default=50),
)
CREATED = (Element("id", "int", help="Number of the definition."), Element("name", help="Its name."))
PINGED = (
    Element("info", help="What was asked and answered."),
    Element("is_success", "bool", help="Whether it answered."),
    Element("response_time", "float", help="Milliseconds."),
)
SERVICE = (
    Element("id", "int", help="Number of the service."),
    Element("name", help="Name that others invoke it by."),
    Element("is_active", "bool", help="Whether it may be invoked."),
    Element("impl_name", help="module.Class."),
    Element("is_internal", "bool", help="Whether it ships with the server."),
    Element("may_be_deleted", "bool", help="Whether it can be taken away."),
    Element("usage", "int", help="Calls since the server started."),
)

SUMMARIES = {
    "create": "Create {title}.",
    "edit": "Change {title}; what is not given stays as it is.",
    "delete": "Delete {title}.",
    "get": "Show {title}.",
    "get-list": "List every definition of {title}.",
    "ping": "Ask the other side of {title} for a sign of life.",
    "change-password": "Change the secret of {title}.",
}

# What is not made from a connection type; the classes are in services/.
OTHERS = (
    Description(
        "zato.security.get-list",
        "List security definitions of all kinds.",
        "get-list",
        "security",
        (Element("sec_type", help="Only this kind, e.g. basic_auth."), *PAGING, CLUSTER),
        (*CREATED, Element("is_active", "bool"), Element("sec_type"), Element("username")),
        is_list=True,
    ),
    Description(
        "zato.service.get-list",
        "List deployed services.",
        "get-list",
        "service",
        (
            Element("include_internal", "bool", help="Those that ship with the server too.", default=False),
            *PAGING,
            CLUSTER,
        ),
        SERVICE,
        is_list=True,
    ),
    Description(
        "zato.service.get-by-name",
        "Show one deployed service.",
        "get-by-name",
        "service",
        (Element("name", is_required=True, help="Name of the service."), CLUSTER),
        SERVICE,
    ),
    Description(
        "zato.service.edit",
        "Switch a deployed service on or off; it stays so over restarts.",
        "edit",
        "service",
        (
            Element("id", "int", help="Number of the service; its name does as well."),
            Element("name", help="Name of the service."),
            Element("is_active", "bool", is_required=True, help="Whether it may be invoked."),
            CLUSTER,
        ),
        SERVICE,
    ),
    Description(
        "zato.service.invoke",
        "Invoke a service by name or id.",
        "invoke",
        "service",
        (
            Element("name", help="Name of the service."),
            Element("id", "int", help="Number of the service, in place of its name."),
            Element("payload", "any", help="Its input."),
            Element("data_format", help="Data format that the service is told."),
            Element("timeout", "float", help="Seconds until it is given up; 0 is none.", default=0),
            CLUSTER,
        ),
        (Element("response", "any", help="What it answered."),),
    ),
    Description(
        "zato.service.upload-package",
        "Deploy a file of services.",
        "upload-package",
        "service",
        (
            Element("payload_name", is_required=True, help="Name of the file, ending in .py."),
            Element("payload", is_required=True, help="The file, in base64."),
            CLUSTER,
        ),
        (Element("deployed", "any", help="Names of the services that the file holds."),),
    ),
    Description(
        "zato.server.get-list",
        "List servers.",
        "get-list",
        "server",
        (*PAGING, CLUSTER),
        (
            *CREATED,
            Element("cluster_id", "int"),
            Element("host"),
            Element("bind_host"),
            Element("bind_port", "int"),
            Element("up_status"),
        ),
        is_list=True,
    ),
    Description(
        "zato.info.get-server-info",
        "Tell what this server is and what it runs on.",
        "get-server-info",
        "server",
        (CLUSTER,),
        (Element("info", "any", help="Facts by name."),),
    ),
)


def describe(registry: Registry = REGISTRY) -> tuple[Description, ...]:
    """All admin services by name; one description a kind where a service serves several."""
    found = [one for connection in registry for one in _of_type(connection)]
    return tuple(sorted([*found, *OTHERS], key=lambda one: (one.name, one.kind)))


def merged(descriptions: Iterable[Description]) -> dict[str, Description]:
    """One description a service name: inputs of all its kinds, required only where all kinds require them."""
    out: dict[str, Description] = {}
    for one in descriptions:
        before = out.get(one.name)
        out[one.name] = one if before is None else _joined(before, one)
    return out


def _joined(first: Description, second: Description) -> Description:
    title = f"{first.title} or {second.title}"
    return replace(
        first,
        summary=SUMMARIES[first.action].format(title=title),
        title=title,
        inputs=_union(first.inputs, second.inputs),
        outputs=_union(first.outputs, second.outputs),
        object="",
        kind="",
        fixed={},
    )


def _union(first: tuple[Element, ...], second: tuple[Element, ...]) -> tuple[Element, ...]:
    others = {element.name: element for element in second}
    out = []
    for element in first:
        other = others.pop(element.name, None)
        is_required = element.is_required and other is not None and other.is_required
        choices = tuple(dict.fromkeys(element.choices + (other.choices if other is not None else ())))
        out.append(replace(element, is_required=is_required, choices=choices))
    return (*out, *(replace(element, is_required=False) for element in others.values()))


def _of_type(one: ConnectionType) -> list[Description]:
    admin = one.admin
    if admin is None:
        return []
    chosen = tuple(Element(name, is_required=True, choices=(value,)) for name, value in admin.where.items())
    fields = [field for field in fields_of(one.definition) if field.name != "id" and field.is_shown]
    all_fields = tuple(_element(field) for field in fields) + tuple(
        _by_id(field) for field in fields if field.refers_to
    )
    shown = (
        Element("id", "int"),
        *(element for element in all_fields if element.type != "secret"),
        *chosen,
        Element("version", "int"),
    )
    optional = tuple(replace(element, is_required=False, default=None) for element in all_fields)
    where = tuple(replace(element, is_required=False) for element in chosen)
    inputs: dict[str, tuple[Element, ...]] = {
        "create": (*chosen, *all_fields, CLUSTER),
        "edit": (ID, VERSION, *where, *optional, CLUSTER),
        "delete": (
            ID,
            NAME,
            Element("cascade", "bool", help="Delete what uses it too.", default=False),
            *where,
            CLUSTER,
        ),
        "get": (ID, NAME, *where, CLUSTER),
        "get-list": (*where, *PAGING, CLUSTER),
        "ping": (ID, NAME, *where, CLUSTER),
        "change-password": (
            ID,
            NAME,
            Element("password1", "secret", is_required=True, help="The new one."),
            Element("password2", "secret", is_required=True, help="The same again."),
            *where,
            CLUSTER,
        ),
    }
    outputs = {"create": CREATED, "edit": CREATED, "delete": CREATED, "ping": PINGED, "change-password": CREATED}
    return [
        Description(
            f"{admin.prefix}.{action}",
            SUMMARIES[action].format(title=one.with_article),
            action,
            admin.command or one.id,
            inputs[action],
            outputs.get(action, shown),
            is_list=action == "get-list",
            kind=one.id,
            title=one.with_article,
            fixed=admin.where,
        )
        for action in admin.actions
    ]


def _element(one: FieldInfo) -> Element:
    is_required = one.is_required and not one.is_generated
    default = None if one.is_secret else one.default
    return Element(one.name, one.type, is_required, one.help, default, one.choices)


def _by_id(one: FieldInfo) -> Element:
    return Element(id_name(one.name), "int", help=f"Id of the same, in place of {one.name}.")


def id_name(name: str) -> str:
    """`security_name` -> `security_id`: both are accepted and given for a reference (ruling 55)."""
    return name.removesuffix("_name") + "_id"
