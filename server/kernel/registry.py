"""Connection types by dotted id: `channel.rest`, `outgoing.sql`, `security.basic_auth` ...

A type registers itself where its class is declared, by `@connection_type(...)`; importing its module is all that is
needed.  Nothing here knows which types there are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from server.errors import ConfigError
from server.kernel.definition import Definition
from server.kernel.lifecycle import Part
from server.kernel.names import suggestion

P = TypeVar("P", bound=Part)
Factory = Callable[[Any, Any], Part]

_ID = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*\Z")
CRUD = ("create", "edit", "delete", "get", "get-list")


@dataclass(frozen=True, slots=True)
class AdminNames:
    """Under which names a type's admin services answer.

    prefix: `zato.outgoing.sql` gives `zato.outgoing.sql.create` ...  where: input elements that choose this type among
    those sharing a prefix, e.g. {"connection": "channel", "transport": "plain_http"}.  actions: of CRUD, `ping`,
    `change-password`.  command: name of the object on the command line (`basic-auth`: `create basic-auth`).
    """

    prefix: str
    where: Mapping[str, str] = field(default_factory=dict)
    actions: tuple[str, ...] = CRUD
    command: str = ""


@dataclass(frozen=True, slots=True)
class ConnectionType:
    """One kind of connection.

    definition: its pydantic class.  factory(definition, server) -> Part: `server` is the kernel's `Server`, whose
    `facility(SomeClass)` gives what the part needs.  title: how people call it within a sentence.  facade_names:
    names on `self.out`.  namespace: names are unique within it, and it finds a connection in place of the id.
    """

    id: str
    definition: type[Definition]
    factory: Factory
    title: str
    admin: AdminNames | None = None
    facade_names: tuple[str, ...] = ()
    namespace: str = ""

    @property
    def heading(self) -> str:
        """The title as the beginning of a sentence."""
        return self.title[:1].upper() + self.title[1:]

    @property
    def with_article(self) -> str:
        """`a REST channel`, `an API key definition`."""
        return ("an " if self.title[:1].lower() in "aeiou" else "a ") + self.title


class Registry:
    """Connection types by id.  There is one of the process, `REGISTRY`; tests make their own."""

    def __init__(self) -> None:
        self._types: dict[str, ConnectionType] = {}

    def add(self, one: ConnectionType) -> None:
        """Register a type; a wrong or taken id is a mistake in the program: ValueError."""
        if not _ID.match(one.id):
            raise ValueError(f"connection type id {one.id!r} is not of the form 'family.name', lower case")
        if one.id in self._types and self._types[one.id] != one:
            raise ValueError(f"connection type {one.id!r} is registered already, by {self._types[one.id].factory}")
        for other in self._types.values():
            taken = set(other.facade_names) & set(one.facade_names) if other.id != one.id else set()
            if taken:
                raise ValueError(f"{one.id!r} wants the names {sorted(taken)} on self.out, which {other.id!r} has")
        self._types[one.id] = one

    def get(self, id: str) -> ConnectionType:
        """The type of this id; ConfigError with the nearest id if there is none."""
        try:
            return self._types[id]
        except KeyError:
            raise ConfigError(f"There is no connection type '{id}'.{suggestion(id, self._types)}") from None

    def __contains__(self, id: object) -> bool:
        return id in self._types

    def __iter__(self) -> Iterator[ConnectionType]:
        return iter(list(self._types.values()))

    def __len__(self) -> int:
        return len(self._types)

    def by_facade(self) -> dict[str, str]:
        """Name on `self.out` -> id of the type."""
        return {name: one.id for one in self._types.values() for name in one.facade_names}

    def in_namespace(self, namespace: str) -> list[ConnectionType]:
        """All types whose names share a namespace."""
        return [one for one in self._types.values() if one.namespace == namespace]


REGISTRY = Registry()


def connection_type(
    id: str,
    *,
    definition: type[Definition],
    title: str,
    admin: AdminNames | None = None,
    facade_names: tuple[str, ...] = (),
    namespace: str = "",
    registry: Registry = REGISTRY,
) -> Callable[[type[P]], type[P]]:
    """Register the decorated class, a `Part` called as `cls(definition, server)`, as the live form of a definition."""

    def register(cls: type[P]) -> type[P]:
        registry.add(ConnectionType(id, definition, cls, title, admin, facade_names, namespace or id))
        return cls

    return register
