"""Python literals in texts, `['a', 1]`, read without running anything; and lists separated by commas."""

from __future__ import annotations

import ast
from typing import Any

from apitest.errors import StepError

MAX_CHARACTERS = 1_000_000
"""`ast.literal_eval` may exhaust memory or the stack on much longer input."""


def parse_literal(text: str) -> Any:
    """A number, text, list, tuple, dict, set, True, False or None, written as in Python.

    Raises StepError for anything else.
    """
    if len(text) > MAX_CHARACTERS:
        raise StepError(f"the literal is longer than {MAX_CHARACTERS} characters")
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        hint = "Texts need quotes: ['a', 'b']. For JSON words: True, False, None."
        raise StepError(f"{text!r} is no Python literal", hint) from None


def parse_list(value: Any) -> list[Any]:
    """`a, b` as ["a", "b"], blanks around the commas dropped; an empty text has no elements.  A list is taken as it
    is."""
    if isinstance(value, (list, tuple)):
        return list(value)
    text = str(value)
    return [part.strip() for part in text.split(",")] if text.strip() else []


def parse_integer(value: Any) -> int:
    """A whole number from a text or a number.

    Raises StepError for anything else.
    """
    try:
        if isinstance(value, (str, int)) and not isinstance(value, bool):
            return int(value)
        if isinstance(value, float) and value.is_integer():
            return int(value)
    except ValueError:
        pass
    raise StepError(f"{value!r} is no whole number")


def parse_float(value: Any) -> float:
    """A decimal number from a text or a number.

    Raises StepError for anything else.
    """
    try:
        if isinstance(value, (str, int, float)) and not isinstance(value, bool):
            return float(value)
    except ValueError:
        pass
    raise StepError(f"{value!r} is no number")
