"""How requests go out.  Importing this package registers the types that ship."""

from server.outgoing import rest, sql

__all__ = ["rest", "sql"]
