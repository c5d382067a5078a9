"""Deployed services: list, show, switch, invoke, upload; and their rows, which give them numbers that last."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from typing import Any

from server.admin.services.base import AdminService, is_true, page, whole
from server.admin.state import ServerState
from server.errors import Problem
from server.services.store import Deployed, ServiceEntry
from server.storage.services import ServiceRow

# A plain file name that can be imported: no folder, no leading dot, nothing a shell or a file system minds.
FILE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,199}\.py\Z")


class GetList(AdminService):
    """List deployed services."""

    def answer(self, state: ServerState, data: dict[str, Any]) -> Any:
        rows = {row.name: row for row in state.services.all()}
        with_internal = is_true(data.get("include_internal"))
        entries = [entry for entry in state.store.entries() if with_internal or not entry.is_internal]
        return page([shown(entry, rows.get(entry.name) or record(state, entry)) for entry in entries], data)


class GetByName(AdminService):
    """Show one deployed service."""

    def answer(self, state: ServerState, data: dict[str, Any]) -> Any:
        entry = state.store.get(str(data["name"]))
        return shown(entry, state.services.find(entry.name) or record(state, entry))


class Edit(AdminService):
    """Switch a service on or off."""

    def answer(self, state: ServerState, data: dict[str, Any]) -> Any:
        entry = self.entry(state, data)
        row = state.services.find(entry.name) or record(state, entry)
        row = state.services.set_active(row.id, is_true(data["is_active"]))
        entry.is_active = row.is_active
        return shown(entry, row)

    def entry(self, state: ServerState, data: dict[str, Any]) -> ServiceEntry:
        """The service that `id` or `name` says."""
        if data.get("name"):
            return state.store.get(str(data["name"]))
        if data.get("id") in (None, ""):
            raise self.invalid([Problem("/id", "missing"), Problem("/name", "missing")])
        return state.store.get(state.services.get(whole(data, "id", 0)).name)


class Invoke(Edit):
    """Invoke a service by name or id."""

    def answer(self, state: ServerState, data: dict[str, Any]) -> Any:
        name = self.entry(state, data).name
        payload = data.get("payload", "")
        format = data.get("data_format") or None
        return {"response": self.invoke(name, payload, data_format=format, timeout=float(data.get("timeout") or 0))}


class UploadPackage(AdminService):
    """Deploy a file of services; what was deployed before keeps answering if it fails (ruling 65)."""

    def answer(self, state: ServerState, data: dict[str, Any]) -> Any:
        file_name = str(data["payload_name"])
        # SECURITY the name becomes a file in the pickup folder and must not lead out of it.
        if not FILE_NAME.match(file_name):
            problem = "should be a plain file name of letters, digits, - and _ that ends in .py"
            raise self.invalid([Problem("/payload_name", problem, file_name, True)])
        try:
            text = b64decode(str(data["payload"]), validate=True).decode()
        except (binascii.Error, ValueError):
            raise self.invalid([Problem("/payload", "should be a text in UTF-8, in base64")]) from None
        return {"deployed": sorted(state.deploy(file_name, text))}


def shown(entry: ServiceEntry, row: ServiceRow) -> dict[str, Any]:
    """A service as it is listed."""
    return {
        "id": row.id,
        "name": entry.name,
        "is_active": entry.is_active,
        "impl_name": entry.impl_name,
        "is_internal": entry.is_internal,
        "may_be_deleted": not entry.is_internal,
        "usage": entry.usage,
    }


def record(state: ServerState, entry: ServiceEntry) -> ServiceRow:
    """Store that a service is deployed; one that was switched off stays so.  Gives its row."""
    row = state.services.record(
        ServiceRow(
            name=entry.name,
            impl_name=entry.impl_name,
            is_internal=entry.is_internal,
            deployed_at=entry.source_info.deployed_at or state.now(),
            source_path=entry.source_path,
            source_hash=entry.source_info.sha256,
            is_active=entry.is_active,
        )
    )
    entry.is_active = row.is_active
    return row


def record_deployed(state: ServerState, deployed: Deployed) -> None:
    """Listener of the `deployed` event."""
    for name in deployed.added:
        record(state, state.store.get(name))
