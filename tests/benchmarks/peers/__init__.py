"""The same small service written for each peer: a JSON POST with a path parameter, Basic Auth and typed input."""
