"""`from zato.common.exception import BadRequest, NotFound, ...` (server-interface.md 9)."""

from server.errors import (
    BadRequest,
    Conflict,
    Forbidden,
    Inactive,
    InternalServerError,
    MethodNotAllowed,
    NotFound,
    ServiceUnavailable,
    TooManyRequests,
    Unauthorized,
)
from server.errors import BadRequest as ParsingException
from server.errors import CallerError as ClientHTTPError
from server.errors import CallerError as Reportable
from server.errors import Forbidden as ClientSecurityException
from server.errors import ServerError as HTTPException
from server.errors import ServerError as StatusAwareException
from server.errors import ServerError as ZatoException
from server.errors import ServiceMissing as ServiceMissingException
from server.errors import ServiceUnavailable as ConnectionException
from server.services.base import RuntimeInvocationError, TimeoutException
