"""From module and class to the name a service is invoked by.  Pure.

Source: server-interface.md 2.1, ruling 41; how acronyms are split is ours (20.11: `GetCRMData` is `get-crm-data`).
"""

from __future__ import annotations

import re

# A new word begins at a capital after a small letter or digit, and at the last capital of a run before a small letter.
_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NOT_IN_NAMES = re.compile(r"[\s@/?#]")
RESERVED_WORD = "zato"  # server-interface.md 1: names of users' objects may not hold it, in any letter case


def kebab(name: str) -> str:
    """`GetMarketCap` -> `get-market-cap`, `ho_naming` -> `ho-naming`."""
    words = _WORD_START.sub("-", name.strip("_")).replace("_", "-")
    return re.sub("-+", "-", words).lower()


def default_name(module: str, class_name: str, namespace: str = "") -> str:
    """The name of a service that declares none: `<module>.<class>`, or `<namespace>.<class>` where there is one."""
    front = namespace or ".".join(kebab(part) for part in module.split("."))
    return f"{front}.{kebab(class_name)}"


def problem_with(name: object, *, is_internal: bool = False) -> str:
    """Why a name cannot be a service's; empty if it can."""
    if not isinstance(name, str) or not name:
        return f"the name has to be a text, not {name!r}"
    if found := _NOT_IN_NAMES.search(name):
        return f"the name '{name}' has {found[0]!r} in it, which no name of a service can have"
    if not is_internal and RESERVED_WORD in name.lower():
        return f"the name '{name}' is reserved: names with '{RESERVED_WORD}' are the server's own"
    return ""
