"""Revisions, in order of their numbers.  Released ones are never edited."""
