"""Deployed services <-> rows: the numbers that admin services know them by, whether they are active, their source."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from server.errors import NotFound, Problem
from server.storage.engine import Database
from server.storage.tables import deployed_service as table


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """A deployed service.  source_path: where it was loaded from; source_hash: SHA-256 in hex, both may be empty."""

    name: str
    impl_name: str
    is_internal: bool
    deployed_at: datetime
    source_path: str = ""
    source_hash: str = ""
    is_active: bool = True
    id: int = 0


class Services(Protocol):
    """What keeps deployed services; SQL below, without a database in in_memory.py."""

    def record(self, service: ServiceRow) -> ServiceRow:
        """Store what was deployed, by name; a known name keeps its id and its `is_active`.  Gives the row."""
        ...

    def get(self, id: int) -> ServiceRow:
        """The one with this id; NotFound."""
        ...

    def find(self, name: str) -> ServiceRow | None:
        """The one of this name."""
        ...

    def set_active(self, id: int, is_active: bool) -> ServiceRow:
        """Switch one on or off; NotFound."""
        ...

    def all(self) -> list[ServiceRow]:
        """All, by name, also those that are no longer deployed."""
        ...


class SQLServices:
    """Deployed services in the server's database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, service: ServiceRow) -> ServiceRow:
        values = {
            "impl_name": service.impl_name,
            "is_internal": service.is_internal,
            "source_path": service.source_path,
            "source_hash": service.source_hash,
            "deployed_at": service.deployed_at,
        }
        change = update(table).where(table.c.name == service.name).values(values)
        with self._database.begin() as connection:
            is_known = connection.execute(change).rowcount
        if not is_known:
            add = insert(table).values(values | {"name": service.name, "is_active": service.is_active})
            try:
                with self._database.begin() as connection:
                    connection.execute(add)
            except IntegrityError:  # another server of the cluster was faster
                with self._database.begin() as connection:
                    connection.execute(change)
        with self._database.begin() as connection:
            row = connection.execute(select(table).where(table.c.name == service.name)).mappings().one()
        return _row(row)

    def get(self, id: int) -> ServiceRow:
        with self._database.begin() as connection:
            row = connection.execute(select(table).where(table.c.id == id)).mappings().one_or_none()
        if row is None:
            raise missing(id)
        return _row(row)

    def find(self, name: str) -> ServiceRow | None:
        with self._database.begin() as connection:
            row = connection.execute(select(table).where(table.c.name == name)).mappings().one_or_none()
        return _row(row) if row is not None else None

    def set_active(self, id: int, is_active: bool) -> ServiceRow:
        with self._database.begin() as connection:
            if connection.execute(update(table).where(table.c.id == id).values(is_active=is_active)).rowcount == 0:
                raise missing(id)
        return replace(self.get(id), is_active=is_active)

    def all(self) -> list[ServiceRow]:
        with self._database.begin() as connection:
            rows = connection.execute(select(table)).mappings().all()
        return sorted((_row(row) for row in rows), key=lambda row: row.name)


def missing(id: int) -> NotFound:
    """No service has this id."""
    return NotFound("", f"There is no service with id {id}", True, problems=[Problem("/id", "unknown", id, True)])


def _row(row: Any) -> ServiceRow:
    return ServiceRow(**row)
