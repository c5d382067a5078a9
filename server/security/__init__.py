"""Who may do what: security definitions, their checks, and the sealing of secrets.

Importing this package registers the schemes that ship.
"""

from server.security import api_key, basic_auth

__all__ = ["api_key", "basic_auth"]
