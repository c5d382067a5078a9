"""The part of outgoing REST that knows requests.  Imported at the first call only."""

from __future__ import annotations

from base64 import b64encode
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, Protocol

import orjson
import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from requests.exceptions import (
    ChunkedEncodingError,
    ConnectionError,
    ConnectTimeout,
    ContentDecodingError,
    ReadTimeout,
    SSLError,
    TooManyRedirects,
)
from urllib3.exceptions import HTTPError

if TYPE_CHECKING:
    from server.errors import ServiceUnavailable
    from server.kernel.definition import Secret


class Owner(Protocol):
    """Who words the errors: the connection."""

    definition: Any

    def unavailable(self, what: str, cid: str = "") -> ServiceUnavailable: ...


class RESTResponse(requests.Response):
    """A reply of requests with `data`: the parsed body where the connection has a data format."""

    owner: Owner
    cid: str

    @property
    def data(self) -> Any:
        """JSON as Python data; None for an empty body; otherwise text.

        Raises ServiceUnavailable if a successful reply of a JSON connection is not JSON (ruling 62, garbage).
        """
        if self.owner.definition.data_format != "json":
            return self.text
        if not self.content:
            return None
        try:
            return orjson.loads(self.content)
        except orjson.JSONDecodeError as error:
            if self.ok:
                raise self.owner.unavailable("answered with something that is not JSON", self.cid) from error
            return self.text  # error pages of proxies are not JSON, and their status says enough


class BasicCredentials(AuthBase):
    """Basic Auth in UTF-8."""

    def __init__(self, username: str, password: Secret) -> None:
        self._username = username
        self._password = password

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        credentials = f"{self._username}:{self._password.reveal()}".encode()
        request.headers["Authorization"] = "Basic " + b64encode(credentials).decode()
        return request


class KeyCredentials(AuthBase):
    """A key in a header."""

    def __init__(self, header: str, secret: Secret) -> None:
        self.header = header
        self._secret = secret

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers[self.header] = self._secret.reveal()
        request.zato_key_header = self.header  # type: ignore[attr-defined]  # read at a redirect
        return request


class _Adapter(HTTPAdapter):
    def build_response(self, request: requests.PreparedRequest, reply: Any) -> requests.Response:
        response = super().build_response(request, reply)
        response.__class__ = RESTResponse
        return response


class RESTSession(requests.Session):
    """A session whose calls share connections and nothing else: no cookies, no proxies or netrc of the environment."""

    def __init__(self, pool_size: int, validate_tls: bool) -> None:
        super().__init__()
        self.verify = validate_tls
        # PERF reading proxies and netrc at each call costs more than the call.
        # SECURITY netrc would replace credentials.
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = _Adapter(pool_connections=4, pool_maxsize=pool_size)
        self.mount("http://", adapter)
        self.mount("https://", adapter)

    def rebuild_auth(self, prepared: requests.PreparedRequest, response: requests.Response) -> None:
        """SECURITY at a redirect to another host an API key is dropped, as requests does with Authorization."""
        super().rebuild_auth(prepared, response)  # type: ignore[no-untyped-call]
        header = getattr(response.request, "zato_key_header", None)
        if header is None or response.request.url is None or prepared.url is None:
            return
        if self.should_strip_auth(response.request.url, prepared.url):  # type: ignore[no-untyped-call]
            prepared.headers.pop(header, None)
        else:
            prepared.zato_key_header = header  # type: ignore[attr-defined]

    def call(self, owner: Owner, method: str, url: str, cid: str, **options: Any) -> RESTResponse:
        """One call; the failures of the other side as ServiceUnavailable in the owner's words, without the address."""
        try:
            response = self.request(method, url, **options)
        except (ConnectTimeout, ReadTimeout) as error:
            raise owner.unavailable(f"did not answer within {options['timeout']:g} s", cid) from error
        except SSLError as error:
            raise owner.unavailable("could not be reached: TLS failed", cid) from error
        except TooManyRedirects as error:
            raise owner.unavailable("redirected too often", cid) from error
        except (ConnectionError, ChunkedEncodingError, ContentDecodingError, HTTPError) as error:
            raise owner.unavailable(f"could not be reached: {_reason(error)}", cid) from error
        assert isinstance(response, RESTResponse)
        response.owner = owner
        response.cid = cid
        return response


def _reason(error: BaseException) -> str:
    """A few words, found in the chain of causes; the library's own text holds the address."""
    seen: list[BaseException] = []
    todo: list[Any] = [error]
    while todo:
        one = todo.pop()
        if not isinstance(one, BaseException) or one in seen:
            continue
        seen.append(one)
        todo += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
    names = {type(one).__name__ for one in seen}
    if "NameResolutionError" in names or "gaierror" in names:
        return "its host name is unknown"
    if "ConnectionRefusedError" in names:
        return "connection refused"
    if "ConnectionResetError" in names or "BrokenPipeError" in names:
        return "connection reset"
    if names & {"RemoteDisconnected", "IncompleteRead"}:
        return "it closed the connection before its reply was whole"
    if names & {"BadStatusLine", "InvalidChunkLength", "LineTooLong", "UnknownProtocol", "DecodeError"}:
        return "its reply was not HTTP"
    return "the connection failed"
