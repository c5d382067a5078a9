"""Old names of services that ship with the server."""
