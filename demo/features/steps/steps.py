"""Sentences of your own, in Python.  The import below brings all those of apitest, also when stock behave runs this."""

from apitest import step  # noqa: F401
