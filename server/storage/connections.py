"""Definitions of every connection type <-> rows: kind, name, data as JSON, secrets apart and sealed, a version.

Names are unique in a namespace (usually the kind).  `version` grows by one with each change and guards against two
people editing the same definition.  What a definition means is not known here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import orjson
from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from server.errors import Conflict, NotFound, Problem, ServerError
from server.kernel.definition import Definition, Secret, read_definition, secret_fields
from server.kernel.registry import ConnectionType, Registry
from server.security.secrets import Sealer
from server.storage.engine import Database
from server.storage.tables import definition as table

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stored:
    """A definition as stored.  problem: why it cannot be used as it is, e.g. a secret sealed under another key."""

    kind: str
    definition: Definition
    version: int
    created_at: datetime
    changed_at: datetime
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of a stored definition to `definition` (whose `id` says which one).  version: the one that the editor
    saw; None changes it whatever its version."""

    definition: Definition
    version: int | None = None


class Connections(Protocol):
    """What keeps definitions; SQL below, without a database in in_memory.py."""

    def add(self, kind: str, definition: Definition) -> Stored:
        """Store a new one; gives it with its id.  Conflict if the name is taken."""
        ...

    def change(self, edits: Sequence[Edit], deletes: Sequence[int] = ()) -> list[Stored]:
        """Edit and delete in one transaction, all or nothing; gives the edited ones.

        NotFound if one does not exist; Conflict if a name is taken or a version is not the one given.
        """
        ...

    def get(self, id: int) -> Stored:
        """The one with this id; NotFound."""
        ...

    def find(self, kind: str, name: str) -> Stored | None:
        """The one of this kind or namespace and name."""
        ...

    def all(self, kind: str = "") -> list[Stored]:
        """All of a kind or namespace, or of all kinds, by name."""
        ...


class SQLConnections:
    """Definitions in the server's database.  now: aware UTC."""

    def __init__(self, database: Database, registry: Registry, sealer: Sealer, now: Callable[[], datetime]) -> None:
        self._database = database
        self._registry = registry
        self._sealer = sealer
        self._now = now
        self._told: set[str] = set()

    def add(self, kind: str, definition: Definition) -> Stored:
        one = self._registry.get(kind)
        now = self._now()
        row = self._columns(definition) | {
            "kind": kind,
            "namespace": one.namespace,
            "version": 1,
            "created_at": now,
            "changed_at": now,
        }
        try:
            with self._database.begin() as connection:
                result = connection.execute(insert(table).values(row))
                id = int((result.inserted_primary_key or [0])[0])
        except IntegrityError:
            raise taken(one, definition.name) from None
        return Stored(kind, definition.model_copy(update={"id": id}), 1, now, now)

    def change(self, edits: Sequence[Edit], deletes: Sequence[int] = ()) -> list[Stored]:
        with self._database.begin() as connection:
            for id in deletes:
                if connection.execute(delete(table).where(table.c.id == id)).rowcount == 0:
                    raise missing(id)
            return [self._edit(connection, edit) for edit in edits]

    def get(self, id: int) -> Stored:
        with self._database.begin() as connection:
            row = connection.execute(select(table).where(table.c.id == id)).mappings().one_or_none()
        stored = self._stored(row) if row is not None else None
        if stored is None:
            raise missing(id)
        return stored

    def find(self, kind: str, name: str) -> Stored | None:
        query = select(table).where(_of_kind(self._registry, kind), table.c.name == name)
        with self._database.begin() as connection:
            row = connection.execute(query).mappings().one_or_none()
        return self._stored(row) if row is not None else None

    def all(self, kind: str = "") -> list[Stored]:
        query = select(table)
        if kind:
            query = query.where(_of_kind(self._registry, kind))
        with self._database.begin() as connection:
            rows = connection.execute(query).mappings().all()
        found = [stored for row in rows if (stored := self._stored(row)) is not None]
        return sorted(found, key=lambda stored: (stored.definition.name, stored.kind))  # not SQL's: collations differ

    def _edit(self, connection: Connection, edit: Edit) -> Stored:
        id = edit.definition.id
        row = connection.execute(select(table).where(table.c.id == id)).mappings().one_or_none()
        if row is None:
            raise missing(id)
        now = self._now()
        values = self._columns(edit.definition) | {"version": row["version"] + 1, "changed_at": now}
        expected = row["version"] if edit.version is None else edit.version
        query = update(table).where(table.c.id == id, table.c.version == expected).values(values)
        try:
            if connection.execute(query).rowcount == 0:
                raise changed(edit.definition.name, expected, row["version"])
        except IntegrityError:
            raise taken(self._registry.get(row["kind"]), edit.definition.name) from None
        return Stored(row["kind"], edit.definition, row["version"] + 1, row["created_at"], now)

    def _columns(self, definition: Definition) -> dict[str, Any]:
        secrets = secret_fields(type(definition))
        data = definition.model_dump(mode="json", exclude={"id", "name", *secrets})
        sealed = {name: self._sealer.seal(secret) for name in secrets if (secret := getattr(definition, name))}
        return {
            "name": definition.name,
            "data": orjson.dumps(data, option=orjson.OPT_SORT_KEYS).decode(),
            "secrets": orjson.dumps(sealed, option=orjson.OPT_SORT_KEYS).decode(),
        }

    def _stored(self, row: Any) -> Stored | None:
        """The row as a definition; None, logged once, if its kind is not loaded."""
        kind = row["kind"]
        if kind not in self._registry:
            if kind not in self._told:
                self._told.add(kind)
                logger.error("Definitions of kind '%s' are left alone: no such connection type is loaded", kind)
            return None
        cls = self._registry.get(kind).definition
        values = orjson.loads(row["data"]) | {"id": row["id"], "name": row["name"]}
        problem = ""
        for name, sealed in orjson.loads(row["secrets"]).items():
            try:
                values[name] = self._sealer.open(sealed)
            except ServerError as error:
                problem = f"its {name} cannot be read: {error}"
        made = read_definition(cls, values) if not problem else []
        if isinstance(made, list):
            problem = problem or "; ".join(f"{one.path} {one.problem}" for one in made)
            made = unusable(cls, values)
        return Stored(kind, made, row["version"], row["created_at"], row["changed_at"], problem)


def unusable(cls: type[Definition], values: dict[str, Any]) -> Definition:
    """A definition to show and to mend, but not to use: unread secrets empty, unknown fields left out."""
    known = {name: value for name, value in values.items() if name in cls.model_fields}
    empty = {name: Secret.EMPTY for name in secret_fields(cls) if name not in known}
    return cls.model_construct(**(known | empty))


def missing(id: int) -> ServerError:
    """No definition has this id."""
    return NotFound("", f"There is no definition with id {id}", True, problems=[Problem("/id", "unknown", id, True)])


def taken(one: ConnectionType, name: str) -> ServerError:
    """The name is in use."""
    return Conflict(
        "", f"There is {one.with_article} '{name}' already", True, problems=[Problem("/name", "taken", name, True)]
    )


def changed(name: str, expected: int, actual: int) -> ServerError:
    """Somebody else was faster."""
    message = f"'{name}' was changed meanwhile: its version is {actual}, not {expected}. Read it again, then edit it."
    return Conflict("", message, True, problems=[Problem("/version", f"is {actual} now", expected, True)])


def _of_kind(registry: Registry, word: str) -> Any:
    return table.c.kind == word if word in registry else table.c.namespace == word
