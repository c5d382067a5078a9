"""`from zato.server.service import Service, Int, ...`."""

from server.services.base import Service
from server.simpleio.elements import (
    CSV,
    NOT_GIVEN,
    UTC,
    UUID,
    AsIs,
    Bool,
    Boolean,
    Date,
    DateTime,
    Decimal,
    Dict,
    DictList,
    Float,
    ForceType,
    Int,
    Integer,
    List,
    ListOfDicts,
    Nested,
    Opaque,
    Secret,
    Text,
    Unicode,
)
