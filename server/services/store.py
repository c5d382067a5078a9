"""Deployed services by name, and the way of one call through hooks, SimpleIO and the service itself.

Files are imported in `loader.py`; this file only holds what came of it.  A change replaces all services of one source
at once; calls that run finish in the class they began with.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from server.errors import ConfigError, InputInvalid, MethodNotAllowed, NotFound, ServerError, ServiceMissing
from server.kernel.events import DEPLOYED, Events
from server.kernel.invocation import ServiceReply, ServiceRequest
from server.kernel.names import suggestion
from server.services.base import Service, ServiceEnvironment, methods_of
from server.services.hooks import VALIDATING, hooks_of
from server.services.request import Request
from server.services.response import Response
from server.simpleio.declaration import Declaration
from server.simpleio.formats import ParseProblem, parse_json
from server.simpleio.read import Input, merged, read
from server.simpleio.write import OutputIncomplete, write

logger = logging.getLogger(__name__)

# A service whose output is wrong in a new way at every call must not fill the memory with remarks.
MAX_REMARKS = 100


@dataclass(frozen=True, slots=True)
class Source:
    """Where services came from: a file as it was when it was deployed, or the server itself (`path` empty)."""

    path: str = ""
    text: str = ""
    sha256: str = ""
    deployed_at: datetime | None = None


class ServiceEntry:
    """One deployed service.

    name, impl_name, declaration, cls as deployed.  is_internal: ships with the server.  is_active: may be switched.
    usage: calls so far.
    """

    __slots__ = (
        "_handle",
        "_has_own_init",
        "_hooks",
        "_is_plain",
        "_methods",
        "_reads",
        "_remarks",
        "_writes",
        "cls",
        "declaration",
        "environment",
        "impl_name",
        "is_active",
        "is_internal",
        "logger",
        "name",
        "source_info",
        "usage",
    )

    def __init__(
        self,
        cls: type[Service],
        name: str,
        impl_name: str,
        declaration: Declaration,
        *,
        source: Source | None = None,
        is_internal: bool = False,
        is_active: bool = True,
    ) -> None:
        self.cls = cls
        self.name = name
        self.impl_name = impl_name
        self.declaration = declaration
        self.source_info = source if source is not None else Source()
        self.is_internal = is_internal
        self.is_active = is_active
        self.logger = logging.getLogger(name)
        self.usage = 0
        self.environment: ServiceEnvironment = None  # type: ignore[assignment]  # the store sets it on adding
        self._hooks = hooks_of(cls, Service)
        self._methods = {method: f"handle_{method}" for method in methods_of(cls)}
        self._is_plain = not (
            self._methods or self._hooks.accept or self._hooks.before or self._hooks.after or self._hooks.last
        )
        self._reads = declaration.has_input
        self._writes = declaration.has_output
        self._remarks: set[str] = set()

    def __repr__(self) -> str:
        return f"<service {self.name} ({self.impl_name})>"

    @property
    def source_path(self) -> str:
        """The file it came from; empty for those that ship with the server."""
        return self.source_info.path

    @property
    def source(self) -> str:
        """The text of its file as deployed."""
        return self.source_info.text

    @property
    def http_methods(self) -> tuple[str, ...]:
        """The methods it answers over HTTP, if it has a `handle_METHOD` at all; otherwise empty: all."""
        return tuple(sorted(self._methods))

    def run(self, request: ServiceRequest) -> ServiceReply:
        """The whole way of one call.

        Raises InputInvalid with every problem, MethodNotAllowed, NotFound if `accept` said no, and what the service
        raises.  Path and query parameters are elements of the input unless the channel left them out; of two that
        share a name the one of the query wins, so a channel that wants it otherwise takes that name out of the query.
        """
        self.usage += 1
        service = self.cls()
        service._entry = self
        service._environment = self.environment
        service._call = request
        service.cid = request.cid
        params = request.path_params
        if request.query_params:
            params = {**params, **request.query_params} if params else request.query_params
        if self._reads:
            payload = request.payload
            if isinstance(payload, (str, bytes)):
                payload = self._parsed(request, payload)
            found = read(self.declaration, payload, params)
            if type(found) is list:
                raise InputInvalid(self.name, found, request.cid)
        else:
            found = Input(merged(request.payload, params))
        service.request = Request(request, found)
        response = service.response = Response()
        if self._is_plain:
            service.handle()  # ruling 48: the loader refuses a class without one
        else:
            self._run_hooked(service, request)
        payload = response.taken_payload()
        if self._writes:
            try:
                payload = write(self.declaration, payload, self.remark)
            except OutputIncomplete as incomplete:
                raise ServerError(request.cid, f"Service '{self.name}': {incomplete}") from incomplete
        status = response.status_code
        return ServiceReply(
            payload,
            status if type(status) is int else int(status),
            response.taken_headers(),
            response.content_type,
            response.content_encoding,
        )

    def remark(self, text: str) -> None:
        """Log what is odd about an output, once: a thousand equal lines would hide the next one."""
        if text not in self._remarks and len(self._remarks) < MAX_REMARKS:
            self._remarks.add(text)
            self.logger.warning("Service '%s': %s", self.name, text)

    def _run_hooked(self, service: Service, request: ServiceRequest) -> None:
        hooks = self._hooks
        if hooks.accept and self._hook(service, "accept") is False:
            raise NotFound(request.cid, f"Service '{self.name}' did not accept the call")
        handle = self._handler(service, request)
        try:
            for name in hooks.before:
                self._hook(service, name)
            handle()
            for name in hooks.after:
                self._hook(service, name)
        finally:
            for name in hooks.last:
                self._hook(service, name)

    def _handler(self, service: Service, request: ServiceRequest) -> Callable[[], Any]:
        if self._methods and request.http is not None:
            method = request.http.method
            found = self._methods.get(method) or (self._methods.get("GET") if method == "HEAD" else None)
            if found is None:
                allowed = [*self._methods, "HEAD"] if "GET" in self._methods else list(self._methods)
                raise MethodNotAllowed(request.cid, f"Service '{self.name}' has no handle_{method}", set(allowed))
            handler: Callable[[], Any] = getattr(service, found)
            return handler
        if not hasattr(self.cls, "handle"):
            names = ", ".join(sorted(self._methods.values()))
            raise ServerError(request.cid, f"Service '{self.name}' has {names} but no handle: it answers HTTP only")
        found_handle: Callable[[], Any] = service.handle
        return found_handle

    def _hook(self, service: Service, name: str) -> Any:
        try:
            return getattr(service, name)()
        except Exception as error:
            if name in VALIDATING and isinstance(error, ServerError):
                raise
            self.logger.exception("Service '%s': its hook %s failed; the call goes on", self.name, name)
            return None

    def _parsed(self, request: ServiceRequest, payload: str | bytes) -> Any:
        if request.channel.data_format not in (None, "", "json"):
            return payload
        try:
            return parse_json(payload) if payload else None
        except ParseProblem as problem:
            raise InputInvalid(self.name, [problem.as_problem()], request.cid) from problem


@dataclass(frozen=True, slots=True)
class Deployed:
    """What came and went at once; the value of the event `deployed`.  seconds: from the first look at the file."""

    source: Source
    added: tuple[str, ...]
    removed: tuple[str, ...]
    seconds: float = 0.0
    at: datetime | None = None


@dataclass(slots=True)
class _Tables:
    by_name: dict[str, ServiceEntry] = field(default_factory=dict)
    by_impl_name: dict[str, ServiceEntry] = field(default_factory=dict)
    by_class: dict[type[Any], ServiceEntry] = field(default_factory=dict)


class ServiceStore:
    """Services by name.  environment: has to be set before the first call; see `ServiceEnvironment`."""

    def __init__(self, events: Events | None = None) -> None:
        self._events = events if events is not None else Events()
        self._tables = _Tables()
        self._environment: ServiceEnvironment | None = None

    @property
    def environment(self) -> ServiceEnvironment | None:
        """What services get from the server."""
        return self._environment

    @environment.setter
    def environment(self, environment: ServiceEnvironment) -> None:
        self._environment = environment
        for entry in self._tables.by_name.values():
            entry.environment = environment

    def get(self, name: str) -> ServiceEntry:
        """The service of this name.  Raises ServiceMissing, whose log text has the nearest name."""
        try:
            return self._tables.by_name[name]
        except KeyError:
            raise ServiceMissing("", f"There is no service '{name}'.{suggestion(name, self._tables.by_name)}") from None

    def find(self, name: str) -> ServiceEntry | None:
        """The service of this name, or None."""
        return self._tables.by_name.get(name)

    def by_impl_name(self, impl_name: str) -> ServiceEntry:
        """The service of this `module.Class`.  Raises ServiceMissing."""
        try:
            return self._tables.by_impl_name[impl_name]
        except KeyError:
            near = suggestion(impl_name, self._tables.by_impl_name)
            raise ServiceMissing("", f"There is no service class '{impl_name}'.{near}") from None

    def name_of(self, cls: type[Any]) -> str:
        """The name that a class is deployed under, an earlier version of the class included."""
        entry = self._tables.by_class.get(cls)
        if entry is None:
            entry = self._tables.by_impl_name.get(f"{cls.__module__}.{cls.__name__}")
        if entry is None:
            raise ServiceMissing("", f"The class {cls.__qualname__} is not deployed as a service")
        return entry.name

    def names(self) -> list[str]:
        """All names, sorted."""
        return sorted(self._tables.by_name)

    def entries(self) -> list[ServiceEntry]:
        """All services, sorted by name."""
        return [self._tables.by_name[name] for name in self.names()]

    def of_source(self, path: str) -> list[ServiceEntry]:
        """All services of one file, sorted by name."""
        return [entry for entry in self.entries() if entry.source_path == path]

    def __len__(self) -> int:
        return len(self._tables.by_name)

    def __contains__(self, name: object) -> bool:
        return name in self._tables.by_name

    def check_names(self, entries: Iterable[ServiceEntry]) -> None:
        """Raises ConfigError if a name is taken by another source, or twice in these."""
        seen: dict[str, ServiceEntry] = {}
        for entry in entries:
            other = seen.get(entry.name) or self._tables.by_name.get(entry.name)
            if other is None:
                seen[entry.name] = entry
                continue
            if entry.name in seen:
                raise ConfigError(f"{entry.cls.__name__} and {other.cls.__name__} both have the name '{entry.name}'")
            if other.source_path != entry.source_path:
                where = other.source_path or "the server itself"
                raise ConfigError(f"the service name '{entry.name}' is taken by {other.impl_name} of {where}")
            seen[entry.name] = entry

    def add(self, entries: Iterable[ServiceEntry], source: Source | None = None, seconds: float = 0.0) -> Deployed:
        """Put services in place of all that came from the same source before, at once; gives what came and went.

        source: needed if there are no entries; with an empty path nothing is taken away.  A service that was there
        before keeps its count of calls and stays switched off if it was.
        """
        new = list(entries)
        where = source if source is not None else (new[0].source_info if new else Source())
        self.check_names(new)
        by_name = dict(self._tables.by_name)
        before = {name: one for name, one in by_name.items() if where.path and one.source_path == where.path}
        for name in before:
            del by_name[name]
        for entry in new:
            old = self._tables.by_name.get(entry.name)
            if old is not None:
                entry.usage, entry.is_active = old.usage, old.is_active
            if self._environment is not None:
                entry.environment = self._environment
            by_name[entry.name] = entry
        tables = _Tables(
            by_name,
            {entry.impl_name: entry for entry in by_name.values()},
            {entry.cls: entry for entry in by_name.values()},
        )
        self._tables = tables  # one assignment: a call sees all of the old or all of the new
        removed = tuple(sorted(name for name in before if name not in by_name))
        done = Deployed(where, tuple(sorted(one.name for one in new)), removed, seconds, where.deployed_at)
        if self._events.has(DEPLOYED):
            self._events.emit(DEPLOYED, done)
        return done

    def remove_source(self, path: str) -> Deployed:
        """Take away all services of one file."""
        return self.add((), Source(path))

    def remove(self, name: str) -> None:
        """Take away one service.  Raises ServiceMissing."""
        self.get(name)
        left = {one: entry for one, entry in self._tables.by_name.items() if one != name}
        self._tables = _Tables(
            left, {one.impl_name: one for one in left.values()}, {one.cls: one for one in left.values()}
        )
