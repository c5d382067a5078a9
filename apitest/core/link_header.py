"""The Link header (RFC 8288): which address a relation leads to.  Pure."""

from __future__ import annotations

import re

_LINK = re.compile(r'<([^>]*)>((?:\s*;\s*[\w!#$&+^`|~*.-]+\s*(?:=\s*(?:"(?:[^"\\]|\\.)*"|[^\s",;]*))?)*)')
_PARAMETER = re.compile(r';\s*([\w!#$&+^`|~*.-]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",;]*)))?')


def target(value: str, relation: str) -> str | None:
    """The address of the first link of a relation, as it stands there; None where there is none."""
    for link in _LINK.finditer(value):
        for name, quoted, bare in _PARAMETER.findall(link[2]):
            if name.lower() == "rel" and relation in (quoted or bare).lower().split():
                return link[1].strip()
    return None
