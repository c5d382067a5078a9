"""Old names of the server."""
