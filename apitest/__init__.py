"""apitest: API tests in plain English.

The public names for users' own Python: `step` (a sentence of one's own, in the notation of docs/apitest), `matcher`
(a `~marker` of one's own), and the exceptions that a step may raise.  Everything else is found through the commands
(`python -m apitest --help`).  Names are looked up when first asked for, so that `apitest --help` stays quick.
"""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"

_PUBLIC = {
    "step": ("apitest.catalogue", "user_step"),
    "matcher": ("apitest.catalogue", "matcher"),
    "generator": ("apitest.catalogue", "generator"),
    "AssertionFailed": ("apitest.errors", "AssertionFailed"),
    "Mismatch": ("apitest.errors", "Mismatch"),
    "ScenarioSkipped": ("apitest.errors", "ScenarioSkipped"),
    "StepError": ("apitest.errors", "StepError"),
}

__all__ = ["__version__", *sorted(_PUBLIC)]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'apitest' has no attribute {name!r}; it has: {', '.join(__all__)}")
    from importlib import import_module

    if name == "step":
        # A project's own sentences stand beside those that ship, also where behave itself runs them (`bridge.py`).
        import_module("apitest.steps")
    if name == "generator":
        import_module("apitest.steps.random_values")  # so that a name that is taken is refused
    module, attribute = _PUBLIC[name]
    return getattr(import_module(module), attribute)
