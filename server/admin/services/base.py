"""What all admin services share: declared by their description, logged, paged; input read strictly."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import orjson

from server.admin.describe import Description
from server.admin.describe import Element as Described
from server.admin.state import ServerState
from server.errors import BadRequest, InputInvalid, Problem
from server.kernel.definition import MASK
from server.kernel.log_setup import ADMIN_LOGGER
from server.kernel.names import nearest
from server.services.base import Service
from server.simpleio import elements

logger = logging.getLogger(ADMIN_LOGGER)

MAX_PAGE_SIZE = 1000
# Inputs of create and edit that are no fields of a definition.
CHECKED_FIRST = frozenset(("id", "version", "cluster_id"))
_TYPES: dict[str, type[elements.Element]] = {
    "text": elements.Text,
    "int": elements.Int,
    "float": elements.Float,
    "bool": elements.Bool,
    "secret": elements.Secret,
    "any": elements.Opaque,
}


class AdminService(Service):
    """Base of admin services: `answer` gets the server's state and the input as it came, checked for unknown names."""

    description: ClassVar[Description]

    def handle(self) -> None:
        data = self.given()
        logger.info("%s by %s: %s", self.name, self.chan.sec.username or "the server", masked(self.description, data))
        self.response.payload = self.answer(self.facility(ServerState), data)

    def answer(self, state: ServerState, data: dict[str, Any]) -> Any:
        """What the service does."""
        raise NotImplementedError

    def given(self) -> dict[str, Any]:
        """Body and parameters in one.

        Not `request.input`: there a missing optional element is an empty text, and here missing, null and empty
        are three things, e.g. in an edit.
        """
        payload = self.request.payload
        if isinstance(payload, (str, bytes)) and payload:
            try:
                payload = orjson.loads(payload)
            except orjson.JSONDecodeError:
                raise BadRequest(self.cid, "The body is not JSON", True) from None
        if payload and not isinstance(payload, Mapping):
            raise BadRequest(self.cid, f"The input of {self.name} is an object", True)
        data = {**self.request.http.params, **(payload or {})}
        known = self.known_names()
        problems = [
            Problem(f"/{name}", "unknown" + (f", did you mean '{near}'?" if (near := nearest(name, known)) else ""))
            for name in data
            if name not in known
        ]
        if problems:
            raise self.invalid(problems)
        return data

    def known_names(self) -> set[str]:
        """Names that the input may have."""
        return {element.name for element in self.description.inputs}

    def invalid(self, problems: Sequence[Problem]) -> InputInvalid:
        """The refusal of an input."""
        return InputInvalid(self.name, problems, self.cid)


def declare(description: Description, base: type[AdminService]) -> type[AdminService]:
    """The service class of a description, with its SimpleIO.

    Fields of a definition are let through by SimpleIO: the definition's own class checks them all at once, and a
    caller should not get one half of the problems first.
    """
    is_checked_later = description.action in ("create", "edit") and bool(description.title)
    simple_io = type(
        "SimpleIO",
        (),
        {
            "input": tuple(
                elements.Opaque(f"-{one.name}") if is_checked_later and one.name not in CHECKED_FIRST else _element(one)
                for one in description.inputs
            ),
            "output": tuple(_element(one, is_optional=True) for one in description.outputs),
        },
    )
    class_name = "".join(part.capitalize() for part in description.name.replace("-", ".").split(".")[1:])
    return type(
        class_name,
        (base,),
        {
            "__module__": base.__module__,
            "__doc__": description.summary,
            "name": description.name,
            "description": description,
            "SimpleIO": simple_io,
        },
    )


def masked(description: Description, data: Mapping[str, Any]) -> dict[str, Any]:
    """The input as it may be logged."""
    types = {element.name: element.type for element in description.inputs}
    # SECURITY what is not declared is not shown: a mistyped `pasword` holds a password all the same.
    return {name: value if types.get(name, "secret") not in ("secret", "any") else MASK for name, value in data.items()}


def page(items: list[dict[str, Any]], data: Mapping[str, Any]) -> Any:
    """A list as asked for: all of it, or a page beside `_meta` (server-interface.md 8.1)."""
    query = str(data.get("query") or "").lower()
    found = [item for item in items if query in str(item["name"]).lower()]
    if not is_true(data.get("paginate")):
        return found
    size = min(max(whole(data, "page_size", 50), 1), MAX_PAGE_SIZE)
    pages = max(1, -(-len(found) // size))
    current = min(max(whole(data, "cur_page", 1), 1), pages)
    search = {
        "cur_page": current,
        "num_pages": pages,
        "page_size": size,
        "total": len(found),
        "has_prev_page": current > 1,
        "has_next_page": current < pages,
        "prev_page": current - 1 if current > 1 else None,
        "next_page": current + 1 if current < pages else None,
    }
    return {"data": found[(current - 1) * size : current * size], "_meta": {"search": search}}


def is_true(value: Any) -> bool:
    """A flag of the input; SimpleIO has refused what is neither by now."""
    return value.lower() in ("true", "yes", "on", "y", "t", "1") if isinstance(value, str) else bool(value)


def whole(data: Mapping[str, Any], name: str, default: int) -> int:
    """A whole number of the input; SimpleIO has refused what is none by now."""
    value = data.get(name)
    return default if value in (None, "") else int(value)


def _element(one: Described, is_optional: bool = False) -> elements.Element:
    return _TYPES[one.type](("" if one.is_required and not is_optional else "-") + one.name)
