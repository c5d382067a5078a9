"""The old top-level package; see its modules."""
