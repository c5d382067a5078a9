"""apitest/steps/first_words.py: that it is up to date is checked with the reference pages (tests/test_docs.py)."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

from apitest.steps.first_words import FIRST_WORDS

LOADED = """
import sys
import apitest.steps
from apitest.catalogue import BUILT_IN
from apitest.core.phrases import Match
assert isinstance(BUILT_IN.match('address "http://a"'), Match)
print(*(name for name in sys.modules if name.startswith("apitest.steps.")))
"""


def test_every_family_exists() -> None:
    families = {family for families in FIRST_WORDS.values() for family in families.split()}
    assert [name for name in sorted(families) if find_spec(f"apitest.steps.{name}") is None] == []


def test_a_sentence_loads_its_family_alone() -> None:
    run = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    loaded = run.stdout.split()
    assert "apitest.steps.http" in loaded
    assert "apitest.steps.cassandra" not in loaded and "apitest.steps.mock" not in loaded
