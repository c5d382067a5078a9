"""Services that every server has.  Those for administration are in `server/admin/services/`."""

from __future__ import annotations

from server.services.base import Service
from server.services.builtin.helpers import Echo, InputLogger
from server.services.builtin.ping import Ping, PublicPing
from server.services.loader import entry_of
from server.services.store import ServiceEntry
from server.simpleio.declaration import DEFAULT_INFERENCE, Inference

SERVICES: tuple[type[Service], ...] = (Ping, PublicPing, Echo, InputLogger)


def builtin_entries(inference: Inference = DEFAULT_INFERENCE) -> list[ServiceEntry]:
    """Fresh entries of them all, for one store."""
    entries = [entry_of(cls, inference=inference, is_internal=True) for cls in SERVICES]
    for entry in entries:
        entry.is_internal = entry.cls is not PublicPing
    return entries
