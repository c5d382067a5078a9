"""How requests come in.

Importing this package registers the channel types that ship.
"""

from server.channels import rest

__all__ = ["rest"]
