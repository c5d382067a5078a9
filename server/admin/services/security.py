"""Security definitions of all kinds in one list; each kind's own services are made in connections.py."""

from __future__ import annotations

from typing import Any

from server.admin.services.base import AdminService, page
from server.admin.state import ServerState


class SecurityList(AdminService):
    """List security definitions of all kinds."""

    def answer(self, state: ServerState, data: dict[str, Any]) -> Any:
        wanted = str(data.get("sec_type") or "")
        items = [
            {
                "id": stored.definition.id,
                "name": stored.definition.name,
                "is_active": stored.definition.is_active,
                "sec_type": stored.kind.partition(".")[2],
                "username": getattr(stored.definition, "username", ""),
            }
            for stored in state.connections.all("security")
        ]
        return page([item for item in items if wanted in ("", item["sec_type"])], data)
