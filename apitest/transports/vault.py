"""The secret store behind `vault:...`: HashiCorp Vault's key-value engine, versions 1 and 2, over its HTTP API.

    vault:secret/shop/db             field `value` of that secret, of the store [vault] [[default]]
    vault:secret/shop/db#password    another field
    vault:other:secret/shop/db       of the store [vault] [[other]]

Read once a run.  Every value that comes from here is a secret.  Source: developer.hashicorp.com/vault/api-docs
(secret/kv/kv-v1, secret/kv/kv-v2; the kind of a mount as Vault's own command finds it out).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from apitest.core import nearest
from apitest.core.request import RequestSpec, Response
from apitest.errors import CallFailed, LookupFailed
from apitest.transports.http import HTTPTransport

DEFAULT = "default"
FIELD = "value"
OFF = "invalid"
"""The token that new projects of old suites have."""
SECONDS = 15.0


class Vaults:
    """All stores of a configuration.  settings: section name -> address and token, values filled in."""

    def __init__(self, settings: Mapping[str, Mapping[str, str]], transport: HTTPTransport) -> None:
        self._settings = settings
        self._transport = transport
        self._found: dict[tuple[str, str], dict[str, Any]] = {}
        self._lock = threading.Lock()

    def value(self, text: str) -> Any:
        """The value of `path`, `path#field` or `store:path#field`.  Raises LookupFailed."""
        path, _, field = text.partition("#")
        name, colon, rest = path.partition(":")
        if colon and "/" not in name:
            path = rest
        else:
            name = DEFAULT
        path = path.strip("/")
        field = field or FIELD
        if not path:
            raise LookupFailed(f"vault:{text} names no secret", "Write vault:secret/shop, or vault:secret/shop#field")
        with self._lock:
            if (name, path) not in self._found:
                self._found[name, path] = self._read(name, path)
        secret = self._found[name, path]
        if field not in secret:
            near = nearest.names(field, secret, 1)
            hint = f"Did you mean vault:{path}#{near[0]}?" if near else f"It has: {', '.join(secret)}"
            raise LookupFailed(f'The secret {path} has no field "{field}"', hint)
        return secret[field]

    def _read(self, name: str, path: str) -> dict[str, Any]:
        settings = self._settings.get(name)
        if settings is None:
            known = f"There are: {', '.join(self._settings)}" if self._settings else "Add [vault] [[default]]"
            raise LookupFailed(f'There is no secret store "{name}" in the configuration', known)
        token = settings.get("token", "")
        if not settings.get("address") or token in ("", OFF):
            raise LookupFailed(
                f'The secret store "{name}" is switched off', f"Give it address and token in [vault] [[{name}]]"
            )
        answer = self._ask(settings, path)
        if answer.status == 404:
            mount, is_versioned = self._mount(settings, path)
            if is_versioned and not path[len(mount) :].startswith("data/"):
                answer = self._ask(settings, f"{mount}data/{path[len(mount) :]}")
        if answer.status != 200:
            raise LookupFailed(*_complaint(answer, name, path))
        data = _json(answer).get("data")
        if isinstance(data, dict) and isinstance(data.get("data"), dict) and isinstance(data.get("metadata"), dict):
            data = data["data"]
        if not isinstance(data, dict):
            raise LookupFailed(f"The secret store {name!r} has no data for {path}", "Was its last version deleted?")
        return data

    def _mount(self, settings: Mapping[str, str], path: str) -> tuple[str, bool]:
        """Where the engine of a path is mounted, and whether it keeps versions."""
        data = _json(self._ask(settings, f"sys/internal/ui/mounts/{path}")).get("data")
        if not isinstance(data, dict) or not isinstance(data.get("path"), str):
            return "", False
        options = data.get("options") or {}
        return data["path"], isinstance(options, dict) and str(options.get("version")) == "2"

    def _ask(self, settings: Mapping[str, str], path: str) -> Response:
        url = f"{settings['address'].rstrip('/')}/v1/{quote(path)}"
        headers = (("X-Vault-Token", settings["token"]), ("X-Vault-Request", "true"), ("Accept", "application/json"))
        try:
            return self._transport.send(RequestSpec("GET", url, headers, b"", SECONDS, follows_redirects=False))
        except CallFailed as error:
            raise LookupFailed(f"The secret store cannot be asked: {error.message}", error.hint) from error


def _complaint(answer: Response, name: str, path: str) -> tuple[str, str]:
    errors = _json(answer).get("errors")
    said = f": {', '.join(str(one) for one in errors)}" if isinstance(errors, list) and errors else ""
    if answer.status == 403:
        return f"The secret store {name!r} does not let us read {path}{said}", "Is the token right, and still valid?"
    if answer.status == 404:
        return f"The secret store {name!r} has nothing at {path}{said}", "Is the path right, its mount included?"
    return f"The secret store {name!r} answered {path} with status {answer.status}{said}", ""


def _json(answer: Response) -> dict[str, Any]:
    try:
        document = json.loads(answer.body)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
