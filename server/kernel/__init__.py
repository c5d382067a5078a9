"""The kernel: small, and knows no capability by name.  It imports `server.errors` and nothing else of ours."""
