"""Exceptions that older code imports from here rather than from `zato.common.exception`."""

from server.errors import Forbidden as ClientSecurityException
from server.errors import Inactive
from server.errors import ServerError as HTTPException
from server.errors import ServerError as ZatoException
from server.services.base import TimeoutException
