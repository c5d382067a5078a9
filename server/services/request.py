"""`self.request`: what a service reads.  Pure; made once a call, so that nothing is computed before it is asked for.

Source: server-interface.md 2.3.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from server.kernel.invocation import ServiceRequest
from server.services.bunch import Bunch, bunchify
from server.simpleio.formats import collect, parse_form


class Request:
    """What arrived.

    input: declared elements by attribute and key.  payload: the parsed body.  raw, raw_request: as it arrived.
    text: raw as a text.  http: method, path, params; all empty for calls that did not come over HTTP.
    """

    __slots__ = ("_call", "_http", "input")

    def __init__(self, call: ServiceRequest, input: Any) -> None:
        self._call = call
        self._http: HTTPRequestData | None = None
        self.input = input

    @property
    def payload(self) -> Any:
        """The parsed body, or the object given to `invoke`."""
        return self._call.payload

    @property
    def raw(self) -> Any:
        """Exactly what arrived."""
        call = self._call
        return call.raw if call.raw is not None else call.payload

    raw_request = raw

    @property
    def text(self) -> str:
        """What arrived, as a text; bytes are read as UTF-8."""
        raw = self.raw
        if isinstance(raw, (bytes, bytearray)):
            return raw.decode("utf-8", "replace")
        return "" if raw is None else str(raw)

    @property
    def cid(self) -> str:
        """The correlation ID."""
        return self._call.cid

    @property
    def http(self) -> HTTPRequestData:
        """The HTTP side of the request."""
        if self._http is None:
            self._http = HTTPRequestData(self._call)
        return self._http

    def to_bunch(self) -> Any:
        """The payload with its keys as attributes."""
        return bunchify(self._call.payload)

    bunchified = to_bunch

    def deepcopy(self) -> Any:
        """A copy of the payload that may be changed at will."""
        return copy.deepcopy(self._call.payload)


class HTTPRequestData:
    """Method, path, query and form of the request that a service was called with."""

    __slots__ = ("_call", "_form", "_query")

    def __init__(self, call: ServiceRequest) -> None:
        self._call = call
        self._form: Bunch | None = None
        self._query: Bunch | None = None

    @property
    def method(self) -> str:
        """`GET`, `POST` ...; empty for a call that did not come over HTTP."""
        return str(self._call.http.method) if self._call.http is not None else ""

    @property
    def path(self) -> str:
        """The path, percent-decoded."""
        return str(self._call.http.path) if self._call.http is not None else ""

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers, names in lower case."""
        return self._call.http.headers if self._call.http is not None else {}

    @property
    def user_agent(self) -> str:
        """The caller's `User-Agent`."""
        return str(self.headers.get("user-agent", ""))

    @property
    def GET(self) -> Bunch:
        """The query string: a text, or a list of texts where a name repeats."""
        if self._query is None:
            call = self._call
            if call.query_params is not None:
                self._query = Bunch(call.query_params)
            elif call.http is not None and call.http.query:
                self._query = Bunch(collect(parse_qsl(call.http.query, keep_blank_values=True)))
            else:
                self._query = Bunch()
        return self._query

    @property
    def POST(self) -> Bunch:
        """The form that was sent, if the channel has no data format or that of a form; empty otherwise."""
        if self._form is None:
            call = self._call
            if call.channel.data_format in (None, "", "form", "post") and call.http is not None:
                self._form = self.get_form_data()
            else:
                self._form = Bunch()
        return self._form

    @property
    def params(self) -> Bunch:
        """Query and path parameters together."""
        merged = Bunch(self.GET)
        merged.update(self._call.path_params or {})
        return merged

    def get_form_data(self) -> Bunch:
        """The body read as a form, whatever the channel's data format."""
        body = self._call.http.body if self._call.http is not None else self._call.raw
        return Bunch(parse_form(body)) if isinstance(body, (bytes, str)) else Bunch()
