"""WSDL 1.1 descriptions: which operations a service has, and the message that calls one.

An edge: zeep reads the description, through functions that are given here, and makes messages.  Sending them is the
business of `transports/http.py`.  zeep's types stay inside this file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from apitest.core import nearest, soap
from apitest.errors import MissingExtra, StepError

_INSIDE_ZEEP = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, NotImplementedError)
"""What a broken description, or an argument of another type, ends in deep inside zeep beside its own errors."""

Load = Callable[[str], bytes]
"""The bytes at a path or URL.  Raises StepError."""


@dataclass(frozen=True, slots=True)
class Call:
    """A message that is ready to be sent.  envelope: an lxml element; version: of SOAP."""

    address: str
    version: str
    action: str
    envelope: Any


@dataclass(frozen=True, slots=True)
class _Port:
    service: str
    name: str
    version: str
    address: str
    operations: tuple[str, ...]


class WSDL:
    """A description that was read.

    location: an absolute path or a URL; what it imports is relative to it and comes from load, too.
    Raises MissingExtra without zeep, StepError for what is no WSDL.
    """

    def __init__(self, location: str, load: Load) -> None:
        try:
            import zeep
        except ImportError:
            raise MissingExtra("zeep", "soap") from None
        # SECURITY: no document types and no entities in descriptions; `load` decides what may be read.
        settings = zeep.Settings(strict=True, forbid_dtd=True, forbid_entities=True)
        name = location.rpartition("/")[2]
        try:
            make: Any = zeep.Client
            self._client: Any = make(location, transport=_Loading(load), settings=settings)
        except (zeep.exceptions.Error, *_INSIDE_ZEEP) as error:
            raise StepError(f"{name} is no WSDL that can be used: {error or type(error).__name__}") from None
        self._ports = _ports_of(self._client)
        if not self._ports:
            raise StepError(f"{name} describes no service that is called by SOAP over HTTP")

    def call(self, operation: str, arguments: Mapping[str, Any], *, port: str = "", version: str = "") -> Call:
        """The message of an operation.

        port: "" is the first one that has the operation, of that version where one is given.  Raises StepError for an
        unknown operation or port, and for arguments that it does not take.
        """
        import zeep

        found = self._port(operation, port, version)
        proxy = self._client.bind(found.service, found.name)
        try:
            envelope = self._client.create_message(proxy, operation, **arguments)
        except (zeep.exceptions.Error, *_INSIDE_ZEEP) as error:
            raise StepError(
                f"{operation} cannot be called so: {error}",
                f"It takes: {self._described(found, operation).input.signature()}",
            ) from None
        return self._made(found, operation, envelope)

    def call_with(self, operation: str, content: Any, *, port: str = "", version: str = "") -> Call:
        """The same with the content of the body as an lxml element, whatever the description says of it."""
        found = self._port(operation, port, version)
        return self._made(found, operation, soap.envelope(content, found.version))

    def _made(self, port: _Port, operation: str, envelope: Any) -> Call:
        return Call(port.address, port.version, self._described(port, operation).soapaction or "", envelope)

    def _described(self, port: _Port, operation: str) -> Any:
        return self._client.wsdl.services[port.service].ports[port.name].binding.get(operation)

    def _port(self, operation: str, port: str, version: str) -> _Port:
        names = list(dict.fromkeys(one.name for one in self._ports))
        if port and port not in names:
            raise StepError(f'The WSDL has no port "{port}"', _nearest(port, names))
        ports = [one for one in self._ports if port in ("", one.name)]
        having = [one for one in ports if operation in one.operations]
        if not having:
            known = sorted({name for one in ports for name in one.operations})
            raise StepError(
                f'The WSDL has no operation "{operation}"' + (f' on port "{port}"' if port else ""),
                _nearest(operation, known),
            )
        fitting = [one for one in having if version in ("", one.version)]
        if not fitting:
            raise StepError(f'"{operation}" has no port of SOAP {version}', f"It has one of {having[0].version}")
        return fitting[0]


class _Loading:
    """What zeep reads documents through; messages do not pass here."""

    def __init__(self, load: Load) -> None:
        self._load = load

    def load(self, url: str) -> bytes:
        return self._load(url)


def _ports_of(client: Any) -> tuple[_Port, ...]:
    from zeep.wsdl.bindings import Soap11Binding, Soap12Binding

    found = []
    versions: dict[Any, str] = {Soap11Binding: "1.1", Soap12Binding: "1.2"}
    for service in client.wsdl.services.values():
        for port in service.ports.values():
            version = versions.get(type(port.binding))
            if version is not None:
                address = port.binding_options.get("address", "")
                found.append(_Port(service.name, port.name, version, address, tuple(port.binding.all())))
    return tuple(found)


def _nearest(text: str, names: list[str]) -> str:
    near = nearest.names(text, names)
    return (f'Did you mean "{near[0]}"? ' if near else "") + f"There are: {', '.join(names)}"
