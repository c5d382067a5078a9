"""Stores without a database, for tests and demos; they keep the same contract as the SQL ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from server.kernel.definition import Definition
from server.kernel.registry import Registry
from server.storage import services
from server.storage.connections import Edit, Stored, changed, missing, taken
from server.storage.services import ServiceRow


class InMemoryConnections:
    """Definitions in a dict.  now: aware UTC."""

    def __init__(self, registry: Registry, now: Callable[[], datetime]) -> None:
        self._registry = registry
        self._now = now
        self._rows: dict[int, Stored] = {}
        self._last_id = 0

    def add(self, kind: str, definition: Definition) -> Stored:
        one = self._registry.get(kind)
        if self.find(one.namespace, definition.name) is not None:
            raise taken(one, definition.name)
        self._last_id += 1
        now = self._now()
        stored = Stored(kind, definition.model_copy(update={"id": self._last_id}), 1, now, now)
        self._rows[self._last_id] = stored
        return stored

    def change(self, edits: Sequence[Edit], deletes: Sequence[int] = ()) -> list[Stored]:
        before = dict(self._rows)
        try:
            for id in deletes:
                if self._rows.pop(id, None) is None:
                    raise missing(id)
            return [self._edit(edit) for edit in edits]
        except BaseException:
            self._rows = before
            raise

    def get(self, id: int) -> Stored:
        if id not in self._rows:
            raise missing(id)
        return self._rows[id]

    def find(self, kind: str, name: str) -> Stored | None:
        return next((stored for stored in self.all(kind) if stored.definition.name == name), None)

    def all(self, kind: str = "") -> list[Stored]:
        found = [stored for stored in self._rows.values() if not kind or self._is_of(stored, kind)]
        return sorted(found, key=lambda stored: (stored.definition.name, stored.kind))

    def _is_of(self, stored: Stored, kind: str) -> bool:
        return stored.kind == kind or (kind not in self._registry and self._registry.get(stored.kind).namespace == kind)

    def _edit(self, edit: Edit) -> Stored:
        id = edit.definition.id
        before = self.get(id)
        if edit.version is not None and edit.version != before.version:
            raise changed(edit.definition.name, edit.version, before.version)
        one = self._registry.get(before.kind)
        other = self.find(one.namespace, edit.definition.name)
        if other is not None and other.definition.id != id:
            raise taken(one, edit.definition.name)
        after = Stored(before.kind, edit.definition, before.version + 1, before.created_at, self._now())
        self._rows[id] = after
        return after


class InMemoryServices:
    """Deployed services in a dict."""

    def __init__(self) -> None:
        self._rows: dict[str, ServiceRow] = {}

    def record(self, service: ServiceRow) -> ServiceRow:
        known = self._rows.get(service.name)
        id = known.id if known is not None else len(self._rows) + 1
        is_active = known.is_active if known is not None else service.is_active
        self._rows[service.name] = replace(service, id=id, is_active=is_active)
        return self._rows[service.name]

    def get(self, id: int) -> ServiceRow:
        found = next((row for row in self._rows.values() if row.id == id), None)
        if found is None:
            raise services.missing(id)
        return found

    def find(self, name: str) -> ServiceRow | None:
        return self._rows.get(name)

    def set_active(self, id: int, is_active: bool) -> ServiceRow:
        row = replace(self.get(id), is_active=is_active)
        self._rows[row.name] = row
        return row

    def all(self) -> list[ServiceRow]:
        return sorted(self._rows.values(), key=lambda row: row.name)
