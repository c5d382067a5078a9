"""Contents page: every admin service by name.

Those of connection types are made from the registry, so a new type needs no line here.
"""

from __future__ import annotations

from server.admin.describe import OTHERS
from server.admin.services import security, server, services
from server.admin.services.base import AdminService, declare
from server.admin.services.connections import connection_services
from server.kernel.registry import REGISTRY, Registry

CLASSES: dict[str, type[AdminService]] = {
    "zato.info.get-server-info": server.GetServerInfo,
    "zato.security.get-list": security.SecurityList,
    "zato.server.get-list": server.GetServers,
    "zato.service.edit": services.Edit,
    "zato.service.get-by-name": services.GetByName,
    "zato.service.get-list": services.GetList,
    "zato.service.invoke": services.Invoke,
    "zato.service.upload-package": services.UploadPackage,
}


def admin_services(registry: Registry = REGISTRY) -> tuple[type[AdminService], ...]:
    """The classes of all admin services, sorted by name; to be added to the service store as internal ones."""
    others = [declare(description, CLASSES[description.name]) for description in OTHERS]
    return tuple(sorted([*connection_services(registry), *others], key=lambda cls: cls.description.name))
