"""`from zato.server.service.internal.helpers import Echo, InputLogger, Service`."""

from server.services.base import Service
from server.services.builtin.helpers import Echo, InputLogger
