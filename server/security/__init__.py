"""Who may do what: security definitions, their checks, and the sealing of secrets."""
