"""The server itself: what it is, what it runs on, and the list of servers, which has one so far."""

from __future__ import annotations

from typing import Any

from server.admin.services.base import AdminService, page
from server.admin.state import ServerState


class GetServers(AdminService):
    """List servers."""

    def answer(self, state: ServerState, data: dict[str, Any]) -> Any:
        info = state.info()
        host, _, port = str(info.get("address", "")).rpartition(":")
        return page(
            [
                {
                    "id": 1,
                    "name": state.server.name,
                    "cluster_id": 1,
                    "host": info.get("hostname", ""),
                    "bind_host": host.rpartition("/")[2],
                    "bind_port": int(port) if port.isdigit() else None,
                    "up_status": "running",
                }
            ],
            data,
        )


class GetServerInfo(AdminService):
    """Tell what this server is."""

    def answer(self, state: ServerState, data: dict[str, Any]) -> Any:
        return {"info": {"name": state.server.name} | state.info()}
