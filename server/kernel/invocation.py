"""What passes the doorway into a service: `ServiceRequest` in, `ServiceReply` out.

Pure values.  Not frozen, because a request is built once for each call on the hot path and a frozen dataclass with
this many fields costs ten times as much to make (PERF: `make bench`, row "full REST call").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls: the security definition that let the call in.  kind: `basic_auth`, `apikey`, ..."""

    id: int
    name: str
    kind: str
    username: str = ""


@dataclass(frozen=True, slots=True)
class ChannelContext:
    """Through which channel a call came; built once a channel, shared by all of its calls.

    type: `plain_http`, `soap`, `invoke`, `invoke-async`, `scheduler`, ...  data_format: `json`, `xml`, `form`, `csv`
    or None for raw.
    """

    type: str
    name: str = ""
    id: int = 0
    data_format: str | None = None
    is_internal: bool = False


INVOKE_CHANNEL = ChannelContext("invoke")


@dataclass(slots=True)
class ServiceRequest:
    """One call of a service.

    payload: the parsed body (dict, list, text, bytes, None, or any Python object for a direct call).  raw: exactly
    what arrived.  path_params and query_params: text values, or lists of texts where a name repeats.  http: the
    `HTTPRequest` it came in, None otherwise.  environ: shared by hooks of one call.  deadline: monotonic seconds.
    """

    service: str
    payload: Any
    cid: str
    channel: ChannelContext = INVOKE_CHANNEL
    raw: Any = None
    principal: Principal | None = None
    path_params: Mapping[str, Any] | None = None
    query_params: Mapping[str, Any] | None = None
    http: Any = None
    environ: dict[str, Any] | None = None
    deadline: float | None = None


@dataclass(slots=True)
class ServiceReply:
    """What a service answered: plain data (dict, list, text, bytes or None) that a channel can encode."""

    payload: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = ""
    content_encoding: str = ""
