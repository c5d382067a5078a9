"""`Service`: the class that user code inherits from; a thin front for the files beside it.

What a service may ask of the server comes in as a `ServiceEnvironment`, one of a server.  The way of a call through
hooks and SimpleIO is in `store.py`.  Source: server-interface.md 2.1-2.5.
"""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from server.errors import ServerError, ServiceMissing
from server.kernel.clock import Clock, SystemClock, TookTooLong
from server.kernel.invocation import ChannelContext, ServiceReply, ServiceRequest
from server.kernel.names import nearest
from server.services.bunch import bunchify
from server.services.request import Request
from server.services.response import Response
from server.simpleio.formats import encode_json

if TYPE_CHECKING:
    from server.kernel.invoker import Invoker
    from server.services.store import ServiceEntry, ServiceStore

T = TypeVar("T")

# Attributes that the interface names and that this server does not have yet: a hint is better than "no attribute".
_LATER = frozenset(
    (
        *("audit_pii", "broker_client", "cache", "cassandra_conn", "cassandra_query", "cloud", "crypto", "definition"),
        *("email", "hl7", "im", "invoke_async", "kvdb", "lock", "odb", "patterns", "pubsub", "schedule", "search"),
        *("security", "sms", "sso", "static_config", "time", "translate", "wsx"),
    )
)


def _cid_numbers() -> Iterator[int]:
    """Numbers of 96 bits, counted up from a random one: a system call for each, as `token_hex` makes, costs 1.5 us."""
    return count(secrets.randbits(95))


_next_cid = _cid_numbers().__next__


def _after_fork() -> None:
    global _next_cid
    _next_cid = _cid_numbers().__next__  # the child would count on with its parent's numbers


os.register_at_fork(after_in_child=_after_fork)


def new_cid() -> str:
    """A correlation ID: 24 hexadecimal signs, unique without coordination.  Not a secret."""
    return f"{_next_cid():024x}"


class RuntimeInvocationError(ServerError):
    """500: a service invokes itself, or in a way that cannot work."""

    code = "invocation"


class InvokedServiceMissing(ServiceMissing):
    """500: a service invokes one that is not deployed; unlike a wrong address, the caller cannot mend that."""

    status = 500
    text = "Internal server error"


class TimeoutException(ServerError):
    """503: an invoked service did not answer in the seconds it was given."""

    code = "timeout"
    status = 503
    text = "The service did not answer in time"


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """What services may know about the server they run in."""

    name: str = ""
    cluster_id: int = 1
    cluster_name: str = ""
    base_dir: str = ""
    fs_server_config: Any = None


def _no_connection(kind: str, name: str) -> Any:
    raise LookupError(f"this server was assembled without connections ({kind} '{name}')")


def _no_facility(cls: type[Any]) -> Any:
    raise LookupError(f"this server was assembled without a {cls.__qualname__}")


@dataclass(slots=True)
class ServiceEnvironment:
    """What services need from the server; one of a server, given to its store.

    connection(kind, name): the live connection; raises with the nearest name.  facades: name on `self.out` -> kind of
    connection (`Registry.by_facade()`).  user_config: see user_config.py.  facility(cls): an object that the server
    was assembled with, for services that ship with it (`Server.facility`).
    """

    store: ServiceStore
    invoker: Invoker
    connection: Callable[[str, str], Any] = _no_connection
    facades: Mapping[str, str] = field(default_factory=dict)
    user_config: Any = None
    server: ServerInfo = field(default_factory=ServerInfo)
    clock: Clock = field(default_factory=SystemClock)
    new_cid: Callable[[], str] = new_cid
    facility: Callable[[type[Any]], Any] = _no_facility
    outgoing: Outgoing = field(init=False)

    def __post_init__(self) -> None:
        self.outgoing = Outgoing(self)


class Service:
    """Base of all services: inherit, declare `input` and `output` (or `SimpleIO`), write `handle`.

    A fresh object is made for each call.  cid: correlation ID.  request, response: what came and what is answered.
    """

    # Declared here, read by simpleio/declaration.py.
    SimpleIO: ClassVar[Any]
    input: ClassVar[Any] = None
    output: ClassVar[Any] = None

    cid: str
    request: Request
    response: Response
    _entry: ServiceEntry
    _call: ServiceRequest
    _environment: ServiceEnvironment

    # Of the service

    @property
    def name(self) -> str:
        """The name that others invoke it by."""
        return self._entry.name

    @property
    def impl_name(self) -> str:
        """`module.Class`."""
        return self._entry.impl_name

    @property
    def logger(self) -> logging.Logger:
        """A logger of the service's name."""
        return self._entry.logger

    @property
    def usage(self) -> int:
        """How often it was invoked since the server started, this time included."""
        return self._entry.usage

    # Of the call

    @property
    def data_format(self) -> str | None:
        """`json`, `form` ... or None for raw."""
        return self._call.channel.data_format

    @property
    def environ(self) -> dict[str, Any]:
        """For hooks and `handle` of one call to pass data on; `invoke(environ=...)` fills it."""
        if self._call.environ is None:
            self._call.environ = {}
        return self._call.environ

    @cached_property
    def wsgi_environ(self) -> dict[str, Any]:
        """The request in WSGI's words; empty unless called over HTTP."""
        return _wsgi_environ(self._call)

    @cached_property
    def channel(self) -> Channel:
        """Through what the call came: a text equal to its type, with attributes."""
        return Channel.of(self._call)

    @property
    def chan(self) -> Channel:
        """Same as `channel`."""
        return self.channel

    # Of the server

    @property
    def server(self) -> ServerFront:
        """The server: name, cluster_id, base_dir, invoke."""
        return ServerFront(self._environment, self.cid)

    @property
    def user_config(self) -> Any:
        """Settings of the user: `self.user_config.<label>.<section>.<key>`."""
        return self._environment.user_config

    @property
    def out(self) -> Outgoing:
        """Outgoing connections by kind: `self.out.rest['name']`, `self.out.sql.get('name')`."""
        return self._environment.outgoing

    @property
    def outgoing(self) -> Outgoing:
        """Same as `out`."""
        return self._environment.outgoing

    @property
    def rest(self) -> RESTFacade:
        """Outgoing REST connections without the correlation ID as argument: `self.rest['name'].get(...)`."""
        return RESTFacade(self._environment, self.cid)

    def facility(self, cls: type[T]) -> T:
        """An object the server was assembled with; for services that ship with the server."""
        found: T = self._environment.facility(cls)
        return found

    # Calling others

    def invoke(
        self,
        name: str | type[Service],
        payload: Any = "",
        channel: str = "invoke",
        data_format: str | None = None,
        transport: str | None = None,
        serialize: bool = False,
        as_bunch: bool = False,
        environ: dict[str, Any] | None = None,
        timeout: float = 0,
        raise_timeout: bool = True,
        skip_response_elem: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Run another service in place and give what it answered; its exceptions come through.

        name: of the service, or its class.  payload: its input; keyword arguments are elements of it.  serialize:
        give JSON text.  as_bunch: give keys as attributes.  timeout: seconds, 0 is none; when it is over,
        TimeoutException, or None if `raise_timeout` is off.  skip_response_elem: without the element that wraps it.
        """
        environment = self._environment
        wanted = name if isinstance(name, str) else environment.store.name_of(name)
        wanted = wanted.partition("@")[0]
        if wanted == self._entry.name:
            raise RuntimeInvocationError(self.cid, f"Service '{wanted}' cannot invoke itself")
        if kwargs:
            payload = {**payload, **kwargs} if isinstance(payload, Mapping) else kwargs
        call = ServiceRequest(
            wanted,
            payload,
            self.cid,
            _invoke_channel(channel, data_format),
            principal=self._call.principal,
            environ=environ,
            deadline=self._call.deadline,
        )
        if timeout:
            invoker = environment.invoker
            try:
                reply = environment.clock.limit(timeout, lambda: invoker.invoke(call))
            except TookTooLong as reached:
                if not raise_timeout:
                    return None
                raise TimeoutException(self.cid, f"Service '{wanted}' invoked by '{self.name}': {reached}") from reached
        else:
            try:
                reply = environment.invoker.invoke(call)
            except ServiceMissing as missing:
                if environment.store.find(wanted) is not None:
                    raise  # of a call further down
                raise InvokedServiceMissing(self.cid, f"{missing} Service '{self.name}' invokes it.") from missing
        return self._answer(wanted, reply, serialize, as_bunch, skip_response_elem)

    def invoke_by_impl_name(self, impl_name: str, *args: Any, **kwargs: Any) -> Any:
        """As `invoke`, by `module.Class`."""
        return self.invoke(self._environment.store.by_impl_name(impl_name).name, *args, **kwargs)

    def _answer(self, name: str, reply: ServiceReply, serialize: bool, as_bunch: bool, skip_elem: bool) -> Any:
        answer = reply.payload
        if skip_elem and isinstance(answer, dict) and len(answer) == 1:
            elem = self._environment.store.get(name).declaration.response_elem
            if elem and elem in answer:
                answer = answer[elem]
        if serialize and not isinstance(answer, (str, bytes)):
            return encode_json(answer).decode()
        return bunchify(answer) if as_bunch else answer

    # Hooks: none is needed; see hooks.py for their order

    def accept(self) -> bool:
        """False makes it as if the service had never been found."""
        return True

    def __getattr__(self, name: str) -> Any:
        # Comes here only for what does not exist.
        what = f"Service '{type(self).__name__}'"
        if name in _LATER:
            raise AttributeError(f"{what}: self.{name} is not there in this version of the server")
        if name in ("_entry", "_environment", "_call", "cid", "request", "response"):
            raise AttributeError(f"{what}: self.{name} exists only while the service runs; deploy it and invoke it")
        near = nearest(name, [one for one in dir(type(self)) + list(self.__dict__) if not one.startswith("_")])
        raise AttributeError(f"{what} has no attribute '{name}'" + (f". Did you mean '{near}'?" if near else ""))


class Channel(str):
    """A text equal to the channel's type, which older code compares; newer code reads the attributes."""

    id: int
    name: str
    type: str
    data_format: str | None
    is_internal: bool
    match_target: str
    security: ChannelSecurity

    @classmethod
    def of(cls, call: ServiceRequest) -> Channel:
        """The channel of a call."""
        context = call.channel
        out = cls(context.type)
        out.id, out.name, out.type = context.id, context.name, context.type
        out.data_format, out.is_internal = context.data_format, context.is_internal
        out.match_target = str(call.http.path) if call.http is not None else ""
        who = call.principal
        out.security = ChannelSecurity(who.id, who.name, who.kind, who.username) if who else ChannelSecurity()
        return out

    @property
    def sec(self) -> ChannelSecurity:
        """Same as `security`."""
        return self.security


@dataclass(frozen=True, slots=True)
class ChannelSecurity:
    """The security definition that let the call in; empty for an open channel."""

    id: int | None = None
    name: str | None = None
    type: str | None = None
    username: str | None = None


class ServerFront:
    """`self.server`."""

    __slots__ = ("_cid", "_environment")

    def __init__(self, environment: ServiceEnvironment, cid: str) -> None:
        self._environment = environment
        self._cid = cid

    def invoke(self, name: str, request: Any = "") -> Any:
        """Run a service by name and give what it answered."""
        return self._environment.invoker.invoke(ServiceRequest(name, request, self._cid)).payload

    def __getattr__(self, name: str) -> Any:
        return getattr(self._environment.server, name)


class Outgoing:
    """`self.out`: one container for each kind of outgoing connection, by the names that its type declares."""

    def __init__(self, environment: ServiceEnvironment) -> None:
        self._environment = environment

    def __getattr__(self, name: str) -> Connections:
        # Comes here once a name: the container is kept as an attribute.
        kind = self._environment.facades.get(name)
        if kind is None:
            known = sorted(self._environment.facades)
            near = nearest(name, known)
            raise AttributeError(
                f"self.out.{name} is no kind of outgoing connection. "
                + (f"Did you mean self.out.{near}?" if near else f"There are: {', '.join(known) or 'none'}")
            )
        found = Connections(self._environment, kind)
        setattr(self, name, found)
        return found


class Connections:
    """All outgoing connections of one kind, by name."""

    __slots__ = ("_environment", "_kind")

    def __init__(self, environment: ServiceEnvironment, kind: str) -> None:
        self._environment = environment
        self._kind = kind

    def get(self, name: str, enforce_is_active: bool = True) -> Any:
        """The live connection.  Raises ConnectionMissing with the nearest name, Inactive, or ServiceUnavailable."""
        return self._environment.connection(self._kind, name)

    __getitem__ = get


class RESTFacade:
    """`self.rest`: connections whose calls need no correlation ID as argument."""

    __slots__ = ("_cid", "_environment")

    def __init__(self, environment: ServiceEnvironment, cid: str) -> None:
        self._environment = environment
        self._cid = cid

    def __getitem__(self, name: str) -> RESTCalls:
        return RESTCalls(self._environment.outgoing.rest.get(name).conn, self._cid)

    get = __getitem__


class RESTCalls:
    """One connection of `self.rest`: its get, post, put, patch, delete, options, head, send, ping, upload."""

    __slots__ = ("_cid", "conn")

    def __init__(self, conn: Any, cid: str) -> None:
        self.conn = conn
        self._cid = cid

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self.conn, name)
        cid = self._cid
        return lambda *args, **kwargs: method(cid, *args, **kwargs)


_CHANNELS: dict[tuple[str, str | None], ChannelContext] = {}
# Types of channel are a short list; the bound keeps a service that makes up names from filling the memory.
_MAX_CHANNELS = 200


def _invoke_channel(type: str, data_format: str | None) -> ChannelContext:
    found = _CHANNELS.get((type, data_format))
    if found is None:
        found = ChannelContext(type, data_format=data_format)
        if len(_CHANNELS) < _MAX_CHANNELS:
            _CHANNELS[type, data_format] = found
    return found


def _wsgi_environ(call: ServiceRequest) -> dict[str, Any]:
    http = call.http
    if http is None:
        return {}
    out = {
        "REQUEST_METHOD": http.method,
        "PATH_INFO": http.path,
        "RAW_URI": http.raw_path,
        "QUERY_STRING": http.query,
        "REMOTE_ADDR": http.remote_addr,
        "REMOTE_PORT": str(http.remote_port),
        "SERVER_PROTOCOL": f"HTTP/{http.http_version}",
        "wsgi.url_scheme": http.scheme,
        "CONTENT_TYPE": http.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(http.body)),
        "zato.request_ctx.cid": call.cid,
    }
    for name, value in http.headers.items():
        out[f"HTTP_{name.upper().replace('-', '_')}"] = value
    return out


def methods_of(cls: type[Service]) -> Iterator[str]:
    """HTTP methods that the class has a `handle_METHOD` for."""
    for name in dir(cls):
        if name.startswith("handle_") and name[7:].isupper() and callable(getattr(cls, name)):
            yield name[7:]
