"""Which hooks a service has, in which order they run around `handle`.  Pure.

Source: server-interface.md 2.6.  An exception in a hook is logged and the chain goes on, with one exception of ours:
an error that has a status, raised by `validate_input` or `validate_output`, becomes the reply, because a check that
cannot refuse is none (docs/decisions).  `finalize_handle` also runs when `handle` failed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

BEFORE = ("validate_input", "before_handle")
AFTER = ("after_handle", "validate_output")
FINALLY = ("finalize_handle",)
VALIDATING = frozenset(("validate_input", "validate_output"))


@dataclass(frozen=True, slots=True)
class Hooks:
    """Names of the hooks that a class really has, in order, so that a service without hooks pays nothing."""

    accept: bool
    before: tuple[str, ...]
    after: tuple[str, ...]
    last: tuple[str, ...]


def hooks_of(cls: type[Any], base: type[Any]) -> Hooks:
    """The hooks that `cls` has beyond those of `base`."""

    def own(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in names if getattr(cls, name, None) is not getattr(base, name, None))

    return Hooks(bool(own(("accept",))), own(BEFORE), own(AFTER), own(FINALLY))
