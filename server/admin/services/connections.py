"""Create, edit, delete, get, list, ping and change the secret of definitions, for every registered type.

A change checks, writes the row, builds the new part, swaps it in and stops the old one; if the part cannot be
provisioned the row is put back, the old part stays and the caller gets the error (design, section 3).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from server.admin.describe import describe, id_name, merged
from server.admin.services.base import AdminService, declare, is_true, page, whole
from server.admin.state import ServerState
from server.errors import Conflict, NotFound, Problem, ServerError
from server.kernel.definition import (
    NONE_WORDS,
    Definition,
    FieldInfo,
    fields_of,
    read_definition,
    references_of,
    secret_fields,
)
from server.kernel.lifecycle import Part
from server.kernel.names import suggestion
from server.kernel.registry import REGISTRY, ConnectionType, Registry
from server.storage.connections import Edit, Stored

# Inputs that say which definition is meant, or how to answer, and are no fields of it.
COMMON = frozenset(("cluster_id", "version", "cascade", "query", "paginate", "cur_page", "page_size"))
# Names with this word are the product's own (server-interface.md 1).
RESERVED_WORD = "zato"


class ConnectionService(AdminService):
    """Base of the services below; `types` are the connection types that share the service's name."""

    types: tuple[ConnectionType, ...]

    def known_names(self) -> set[str]:
        return super().known_names() | {
            alias for one in self.types for field in fields_of(one.definition) for alias in field.aliases
        }

    # Which one is meant

    def type_of(self, data: Mapping[str, Any]) -> ConnectionType:
        """The one type that the input chooses."""
        found = self.candidates(data)
        if len(found) == 1:
            return found[0]
        problems = []
        for name in dict.fromkeys(name for one in self.types for name in self.where(one)):
            values = sorted({self.where(one)[name] for one in (found or self.types) if name in self.where(one)})
            if len(values) > 1 or not found:
                given = data.get(name)
                problems.append(Problem(f"/{name}", f"should be one of: {', '.join(values)}", given, given is not None))
        raise self.invalid(problems)

    def candidates(self, data: Mapping[str, Any]) -> list[ConnectionType]:
        """Types that the input does not rule out."""
        return [
            one
            for one in self.types
            if all(data.get(name) in (None, "", value) for name, value in self.where(one).items())
        ]

    @staticmethod
    def where(one: ConnectionType) -> Mapping[str, str]:
        """Inputs that choose a type."""
        return one.admin.where if one.admin is not None else {}

    def stored(self, state: ServerState, data: Mapping[str, Any]) -> Stored:
        """The definition that `id` or `name` says."""
        types = self.candidates(data) or list(self.types)
        kinds = {one.id for one in types}
        if data.get("id") not in (None, ""):
            id = whole(data, "id", 0)
            stored = state.connections.get(id)
            if stored.kind not in kinds:
                title = " or ".join(one.title for one in types)
                raise NotFound(self.cid, f"There is no {title} with id {id}", True)
            return stored
        name = data.get("name")
        if not name:
            raise self.invalid([Problem("/id", "missing"), Problem("/name", "missing")])
        found = [one for kind in kinds if (one := state.connections.find(kind, str(name))) is not None]
        if len(found) == 1:
            return found[0]
        if found:
            self.type_of(data)  # raises with what tells them apart
        known = [one.definition.name for kind in kinds for one in state.connections.all(kind)]
        title = " or ".join(one.title for one in types)
        raise NotFound(self.cid, f"There is no {title} '{name}'.{suggestion(str(name), known)}", True)

    # Input -> definition

    def read(
        self, state: ServerState, one: ConnectionType, data: Mapping[str, Any], before: Definition | None
    ) -> Definition:
        """The definition that the input describes, checked; `before` fills what an edit does not give."""
        infos = fields_of(one.definition)
        values = {name: value for name, value in data.items() if name not in COMMON and name not in self.where(one)}
        problems = self._names_of_references(state, infos, values)
        by_alias = {alias: info.name for info in infos for alias in info.aliases}
        values = {by_alias.get(name, name): value for name, value in values.items()}
        if before is None:
            values.pop("id", None)
            for info in infos:
                if info.is_secret and values.get(info.name) in (None, ""):
                    values.pop(info.name, None)
                    if info.is_generated:
                        values[info.name] = state.new_secret()
        else:
            for info in infos:
                is_kept = info.name not in values or (info.is_secret and values[info.name] in (None, ""))
                if is_kept and hasattr(before, info.name):  # one that is unreadable lacks what it lacks
                    values[info.name] = getattr(before, info.name)
            values["id"] = before.id
        made = read_definition(one.definition, values)
        if isinstance(made, list):
            raise self.invalid([*problems, *made])
        if (before is None or before.name != made.name) and RESERVED_WORD in made.name.lower():
            problems.append(Problem("/name", f"may not hold the word '{RESERVED_WORD}'", made.name, True))
        problems += self._check_references(state, made)
        if problems:
            raise self.invalid(problems)
        return made

    def _names_of_references(
        self, state: ServerState, infos: Iterable[FieldInfo], values: dict[str, Any]
    ) -> list[Problem]:
        """Put names in place of ids (ruling 55), in place."""
        problems = []
        for info in infos:
            if not info.refers_to or id_name(info.name) not in values:
                continue
            given = values.pop(id_name(info.name))
            if info.name in values and values[info.name] not in (None, ""):
                continue  # the name says the same, and more clearly
            if given is None or str(given).lower() in NONE_WORDS or str(given) == "0":
                values[info.name] = None
                continue
            found = [
                one for one in state.connections.all(info.refers_to) if str(one.definition.id) == str(given).strip()
            ]
            if found:
                values[info.name] = found[0].definition.name
            else:
                path = f"/{id_name(info.name)}"
                problems.append(Problem(path, f"no {info.refers_to} definition has this id", given, True))
        return problems

    def _check_references(self, state: ServerState, definition: Definition) -> list[Problem]:
        problems = []
        for name, namespace, value in references_of(definition):
            if state.connections.find(namespace, value) is None:
                known = [one.definition.name for one in state.connections.all(namespace)]
                hint = suggestion(value, known).strip()
                problems.append(Problem(f"/{name}", f"does not exist. Create it first. {hint}", value, True))
        return problems

    # Definition -> output

    def shown(self, state: ServerState, stored: Stored, ids: Mapping[tuple[str, str], int]) -> dict[str, Any]:
        """A definition without its secrets; ids: of (namespace, name), for references."""
        definition = stored.definition
        one = state.server.registry.get(stored.kind)
        out = definition.model_dump(
            mode="json", exclude={*secret_fields(type(definition)), *_hidden(one)}, warnings=False
        )
        for info in fields_of(type(definition)):
            if info.refers_to:
                name = getattr(definition, info.name, None)
                out[id_name(info.name)] = ids.get((info.refers_to, name)) if name else None
        out |= dict(self.where(one)) | {"version": stored.version}
        if stored.problem:
            out["problem"] = stored.problem
        return out

    @staticmethod
    def ids(state: ServerState, types: Iterable[ConnectionType]) -> dict[tuple[str, str], int]:
        """Ids of all that definitions of these types may refer to."""
        namespaces = {info.refers_to for one in types for info in fields_of(one.definition) if info.refers_to}
        return {
            (namespace, stored.definition.name): stored.definition.id
            for namespace in namespaces
            for stored in state.connections.all(namespace)
        }


class Create(ConnectionService):
    """Create a definition."""

    def answer(self, state: ServerState, data: dict[str, Any]) -> Any:
        one = self.type_of(data)
        with state.changing():
            definition = self.read(state, one, data, None)
            stored = state.connections.add(one.id, definition)
            try:
                state.server.apply(one.id, None, stored.definition)
            except BaseException:
                state.connections.change([], [stored.definition.id])
                raise
        return {"id": stored.definition.id, "name": stored.definition.name}


class EditOne(ConnectionService):
    """Change a definition; what is not given stays."""

    def answer(self, state: ServerState, data: dict[str, Any]) -> Any:
        with state.changing():
            stored = self.stored(state, data)
            one = state.server.registry.get(stored.kind)
            new = self.read(state, one, data, stored.definition)
            version = whole(data, "version", 0) or None
            if new.name != stored.definition.name:
                self._rename(state, one, stored, new, version)
            else:
                replace_one(state, stored, new, version)
        return {"id": new.id, "name": new.name}

    def _rename(
        self, state: ServerState, one: ConnectionType, stored: Stored, new: Definition, version: int | None
    ) -> None:
        """Under both names until all that use it have been told the new one, so that no call finds neither."""
        old = stored.definition
        refuse_protected(self.cid, state, one, old.name, "renamed")
        users = state.server.users_of(one.namespace, old.name)
        changes = [
            Planned(entry.kind, entry.definition, entry.definition.model_copy(update={field: new.name}))
            for entry, field in users
        ]
        state.connections.change([Edit(new, version), *(Edit(change.new) for change in changes)])
        done: list[Planned] = []
        try:
            state.server.apply(one.id, None, new)
            for change in changes:
                state.server.apply(change.kind, change.old, change.new)
                done.append(change)
        except BaseException:
            for change in reversed(done):
                state.server.apply(change.kind, change.new, change.old)
            state.server.apply(one.id, new, None)
            state.connections.change([Edit(old), *(Edit(change.old) for change in changes)])
            raise
        state.server.apply(one.id, old, None)


class Delete(ConnectionService):
    """Delete a definition, and with `cascade` what uses it (ruling 60)."""

    def answer(self, state: ServerState, data: dict[str, Any]) -> Any:
        with state.changing():
            stored = self.stored(state, data)
            one = state.server.registry.get(stored.kind)
            definition = stored.definition
            refuse_protected(self.cid, state, one, definition.name, "deleted")
            users = {entry.definition.id: entry for entry, _ in state.server.users_of(one.namespace, definition.name)}
            if users and not is_true(data.get("cascade")):
                names = [
                    f"{state.server.registry.get(entry.kind).title} '{entry.definition.name}'"
                    for entry in users.values()
                ]
                message = (
                    f"{one.heading} '{definition.name}' is used by {', '.join(names)}. "
                    "Change them first, or delete it with cascade, which deletes them too."
                )
                raise Conflict(self.cid, message, True, problems=[Problem("/cascade", "needed, because it is in use")])
            state.connections.change([], [definition.id, *users])
            for entry in users.values():
                state.server.apply(entry.kind, entry.definition, None)
            state.server.apply(stored.kind, definition, None)
        return {"id": definition.id, "name": definition.name}


class Get(ConnectionService):
    """Show one definition."""

    def answer(self, state: ServerState, data: dict[str, Any]) -> Any:
        stored = self.stored(state, data)
        return self.shown(state, stored, self.ids(state, [state.server.registry.get(stored.kind)]))


class GetList(ConnectionService):
    """List definitions."""

    def answer(self, state: ServerState, data: dict[str, Any]) -> Any:
        types = self.candidates(data)
        if not types:
            self.type_of(data)
        ids = self.ids(state, types)
        found = [stored for one in types for stored in state.connections.all(one.id)]
        found.sort(key=lambda stored: stored.definition.name)
        return page([self.shown(state, stored, ids) for stored in found], data)


class Ping(ConnectionService):
    """Ask the other side for a sign of life."""

    def answer(self, state: ServerState, data: dict[str, Any]) -> Any:
        stored = self.stored(state, data)
        try:
            found = state.server.connection(stored.kind, stored.definition.name).ping()
        except ServerError as error:  # inactive, broken or misconfigured: what a ping is there to tell
            return {"info": str(error), "is_success": False, "response_time": 0.0}
        return {"info": found.info, "is_success": found.is_success, "response_time": found.response_time}


class ChangePassword(ConnectionService):
    """Change the secret of a definition."""

    def answer(self, state: ServerState, data: dict[str, Any]) -> Any:
        if data.get("password1") != data.get("password2"):
            raise self.invalid([Problem("/password2", "not the same as password1")])
        with state.changing():
            stored = self.stored(state, data)
            one = state.server.registry.get(stored.kind)
            name = secret_fields(one.definition)[0]
            values = {field: getattr(stored.definition, field) for field in one.definition.model_fields}
            made = read_definition(one.definition, values | {name: str(data.get("password1") or "")})
            if isinstance(made, list):
                paths = {f"/{name}": "/password1"}
                raise self.invalid(
                    [Problem(paths.get(problem.path, problem.path), problem.problem) for problem in made]
                )
            replace_one(state, stored, made, None)
        return {"id": made.id, "name": made.name}


@dataclass(frozen=True, slots=True)
class Planned:
    """One change of what uses a renamed definition."""

    kind: str
    old: Definition
    new: Definition


def replace_one(state: ServerState, stored: Stored, new: Definition, version: int | None) -> None:
    """Write a definition and swap its part; the part is provisioned before anything is written."""
    part: Part | None = state.server.prepare(stored.kind, new)
    try:
        state.connections.change([Edit(new, version)])
    except BaseException:
        if part is not None:
            part.close()
        raise
    try:
        state.server.swap(stored.kind, stored.definition, new, part)
    except BaseException:
        state.connections.change([Edit(stored.definition)])
        raise


def refuse_protected(cid: str, state: ServerState, one: ConnectionType, name: str, done: str) -> None:
    """Definitions that the server itself needs stay."""
    if (one.namespace, name) in state.protected:
        raise Conflict(cid, f"{one.heading} '{name}' cannot be {done}: the server itself uses it", True)


def connection_services(registry: Registry = REGISTRY) -> list[type[AdminService]]:
    """The services of all registered types."""
    bases: dict[str, type[ConnectionService]] = {
        "create": Create,
        "edit": EditOne,
        "delete": Delete,
        "get": Get,
        "get-list": GetList,
        "ping": Ping,
        "change-password": ChangePassword,
    }
    made = []
    descriptions = [one for one in describe(registry) if one.kind]
    for name, description in merged(descriptions).items():
        cls = declare(description, bases[description.action])
        cls.types = tuple(registry.get(one.kind) for one in descriptions if one.name == name)  # type: ignore[attr-defined]
        made.append(cls)
    return made


def _hidden(one: ConnectionType) -> set[str]:
    return {info.name for info in fields_of(one.definition) if not info.is_shown}
