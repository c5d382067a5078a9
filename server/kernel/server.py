"""`Server`: the live connections by kind and name; starts, stops and replaces them one by one.

It knows neither what a connection does nor where definitions are stored.  A change is: build the new part,
provision it, swap, stop the old one in the background; if provisioning fails the old one stays (design, section 3).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from server.errors import ConnectionMissing, Inactive, ServerError, ServiceUnavailable
from server.kernel.definition import Definition, references_of
from server.kernel.lifecycle import Part, in_start_order
from server.kernel.names import suggestion
from server.kernel.registry import Registry

logger = logging.getLogger(__name__)

T = TypeVar("T")
Spawn = Callable[[str, Callable[[], Any]], Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """A definition and what came of it.  part: None if inactive or broken.  problem: why it is broken, else empty."""

    kind: str
    definition: Definition
    part: Part | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What changed: `old` None means created, `new` None means deleted."""

    kind: str
    old: Definition | None
    new: Definition | None


def run_now(name: str, function: Callable[[], Any]) -> None:
    """Run in place: for tests; a server gives the `spawn` of kernel/greenlets.py."""
    function()


class Server:
    """Live connections.

    start_order: first words of kinds, or whole kinds, in order of starting; stopped in reverse.  spawn(name,
    function): runs what may wait, e.g. the stop of a replaced part.  on_change: told after each swap.
    retire_seconds: how long a replaced part may finish what it does.  name: the server's, told to other systems.
    """

    def __init__(
        self,
        registry: Registry,
        *,
        start_order: Sequence[str],
        spawn: Spawn = run_now,
        on_change: Callable[[Change], Any] | None = None,
        retire_seconds: float = 30.0,
        name: str = "server",
    ) -> None:
        self.registry = registry
        self.name = name
        self._start_order = tuple(start_order)
        self._spawn = spawn
        self._on_change = on_change
        self._retire_seconds = retire_seconds
        self._facilities: dict[type[Any], Any] = {}
        self._entries: dict[str, dict[str, Entry]] = {}
        self._by_word: dict[str, dict[str, Entry]] = {}  # the same inner dicts, by kind and by namespace
        self._is_started = False

    # What parts need

    def offer(self, facility: Any, as_type: type[Any] | None = None) -> None:
        """Make an object available to parts, under its class or a class it stands for."""
        self._facilities[as_type or type(facility)] = facility

    def facility(self, cls: type[T]) -> T:
        """The object offered under this class; LookupError if the server was assembled without it."""
        try:
            found: T = self._facilities[cls]
        except KeyError:
            raise LookupError(f"the server was assembled without a {cls.__qualname__}") from None
        return found

    # Finding

    def connection(self, kind: str, name: str) -> Any:
        """The live part of this kind (or namespace) and name.

        Raises ConnectionMissing with the nearest name, Inactive, or ServiceUnavailable if it could not be provisioned.
        """
        entry = self._table(kind).get(name)
        if entry is None:
            known = [one.definition.name for one in self.entries(kind)]
            raise ConnectionMissing("", f"There is no {self._title(kind)} '{name}'.{suggestion(name, known)}")
        if entry.part is None or (kind != entry.kind and kind in self.registry):
            return self._refuse(kind, entry)
        return entry.part

    def find(self, kind: str, name: str) -> Any | None:
        """The live part, or None if there is none, it is inactive or broken."""
        entry = self._table(kind).get(name)
        return entry.part if entry is not None else None

    def entry(self, kind: str, name: str) -> Entry | None:
        """Definition and part, whatever their state."""
        return self._table(kind).get(name)

    def entries(self, kind: str = "") -> list[Entry]:
        """All entries of a kind or namespace, or of all, sorted by name within a namespace."""
        tables = [self._table(kind)] if kind else list(self._entries.values())
        found = [table[name] for table in tables for name in sorted(table)]
        return [entry for entry in found if entry.kind == kind] if kind in self.registry else found

    def users_of(self, namespace: str, name: str) -> list[tuple[Entry, str]]:
        """(entry, field) of all definitions that refer to this one."""
        return [
            (entry, field)
            for entry in self.entries()
            for field, where, referred in references_of(entry.definition)
            if where == namespace and referred == name
        ]

    # Changing

    def load(self, definitions: Iterable[tuple[str, Definition, str]]) -> list[Entry]:
        """Take (kind, definition, problem) of all definitions at start, in start order; gives the broken ones.

        A definition with a problem, or one that cannot be provisioned, is logged once and answers 503 when needed;
        the others are not held up (ruling 20).
        """
        broken = []
        for kind, definition, problem in in_start_order(definitions, lambda item: item[0], self._start_order):
            part: Part | None = None
            if not problem and definition.is_active:
                try:
                    part = self.prepare(kind, definition)
                except ServerError as error:
                    problem = str(error)
            entry = Entry(kind, definition, part, problem)
            self._table(kind)[definition.name] = entry
            if problem:
                logger.error("%s '%s' cannot be used: %s", self._heading(kind), definition.name, problem)
                broken.append(entry)
        return broken

    def prepare(self, kind: str, definition: Definition) -> Part | None:
        """Build and provision a part without letting traffic in; None for an inactive definition.

        Raises what provisioning raises, after closing the half-made part.
        """
        if not definition.is_active:
            return None
        part = self.registry.get(kind).factory(definition, self)
        try:
            part.provision()
        except BaseException:
            part.close()
            raise
        return part

    def swap(self, kind: str, old: Definition | None, new: Definition | None, part: Part | None) -> None:
        """Put a prepared part in place of the one that `old` describes, then stop the old one in the background.

        If the new part cannot start, it is closed, the old one stays, and the error goes on.
        """
        table = self._table(kind)
        before = table.get(old.name) if old is not None else None
        if part is not None and self._is_started:
            try:
                part.start()
            except BaseException:
                part.stop(0)
                part.close()
                raise
        if new is not None:
            table[new.name] = Entry(kind, new, part)
        if old is not None and (new is None or new.name != old.name):
            table.pop(old.name, None)
        if before is not None and before.part is not None:
            retired = before.part
            self._spawn(f"stop {kind} {before.definition.name}", lambda: self._retire(retired))
        if self._on_change is not None:
            self._on_change(Change(kind, old, new))

    def apply(self, kind: str, old: Definition | None, new: Definition | None) -> None:
        """Create (`old` None), replace, or delete (`new` None) one connection while the rest runs."""
        self.swap(kind, old, new, self.prepare(kind, new) if new is not None else None)

    # Life of all

    def start(self) -> None:
        """Let traffic in, in start order.  A part that cannot start is closed, logged, and answers 503."""
        self._is_started = True
        for entry in in_start_order(self.entries(), lambda one: one.kind, self._start_order):
            if entry.part is None:
                continue
            try:
                entry.part.start()
            except ServerError as error:
                entry.part.close()
                self._table(entry.kind)[entry.definition.name] = Entry(
                    entry.kind, entry.definition, None, f"it could not be started: {error}"
                )
                logger.error(
                    "%s '%s' could not be started: %s", self._heading(entry.kind), entry.definition.name, error
                )

    def stop(self, deadline_seconds: float, kinds: str = "") -> None:
        """Stop parts in reverse start order; kinds: only those whose kind begins with this word, e.g. `channel`."""
        if not kinds:
            self._is_started = False
        for entry, part in self._reversed(kinds):
            try:
                part.stop(deadline_seconds)
            except Exception:
                logger.exception("%s '%s' did not stop", self._heading(entry.kind), entry.definition.name)

    def close(self) -> None:
        """Give everything back, in reverse start order; the server is empty afterwards."""
        for entry, part in self._reversed(""):
            try:
                part.close()
            except Exception:
                logger.exception("%s '%s' did not close", self._heading(entry.kind), entry.definition.name)
        for table in self._entries.values():
            table.clear()

    # Private

    def _reversed(self, kinds: str) -> Iterator[tuple[Entry, Part]]:
        for entry in reversed(in_start_order(self.entries(), lambda one: one.kind, self._start_order)):
            if entry.part is not None and (not kinds or entry.kind.partition(".")[0] == kinds or entry.kind == kinds):
                yield entry, entry.part

    def _retire(self, part: Part) -> None:
        try:
            part.stop(self._retire_seconds)
        finally:
            part.close()

    def _table(self, word: str) -> dict[str, Entry]:
        found = self._by_word.get(word)
        if found is None:
            namespace = self.registry.get(word).namespace if word in self.registry else word
            if namespace == word and word not in self.registry and not self.registry.in_namespace(word):
                self.registry.get(word)  # raises with the nearest id
            found = self._entries.setdefault(namespace, {})
            self._by_word[word] = self._by_word[namespace] = found
        return found

    def _title(self, word: str) -> str:
        if word in self.registry:
            return self.registry.get(word).title
        return " or ".join(one.title for one in self.registry.in_namespace(word))

    def _heading(self, kind: str) -> str:
        return self.registry.get(kind).heading

    def _refuse(self, kind: str, entry: Entry) -> Any:
        one, name = self.registry.get(entry.kind), entry.definition.name
        if kind != entry.kind and kind in self.registry:
            raise ConnectionMissing("", f"There is no {self._title(kind)} '{name}'; '{name}' is {one.with_article}.")
        if entry.problem:
            raise ServiceUnavailable("", f"{one.heading} '{name}' cannot be used: {entry.problem}")
        raise Inactive("", f"{one.heading} '{name}' is not active")
