"""XML Schema (XSD 1.0): which places of a document do not fit.

Not here: finding schema files; what a schema includes is asked for by URI.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from apitest.core import xml_path
from apitest.errors import ApitestError, Mismatch, StepError

if TYPE_CHECKING:
    from lxml import etree

_NAMESPACE = re.compile(r"\{[^{}]*\}")


def breaches(
    root: etree._Element,
    schema: bytes,
    uri: str,
    load: Callable[[str], bytes],
    namespaces: Mapping[str, str] | None = None,
) -> list[Mismatch]:
    """Every breach of a schema in a document; none when it is valid.

    uri: of the schema; what it includes is relative to that.  load: a URI -> the bytes of the included schema.
    namespaces: declared prefixes, for the paths of the breaches.  Raises StepError for a broken schema, and what load
    raises.
    """
    checker: Any = _compiled(schema, uri, load)
    if checker.validate(root.getroottree()):
        return []
    return [_mismatch(root, entry.path or "", entry.line, entry.message, namespaces) for entry in checker.error_log]


def _mismatch(
    root: etree._Element, place: str, line: int, message: str, namespaces: Mapping[str, str] | None
) -> Mismatch:
    nodes: Any = root.xpath(place) if place else []
    said = f"line {line}: {_NAMESPACE.sub('', message)}"
    if not isinstance(nodes, list) or len(nodes) != 1 or not hasattr(nodes[0], "itertext"):
        return Mismatch(place, "valid", reason=said, has_actual=False)
    node = nodes[0]
    actual = f"<{str(node.tag).rpartition('}')[2]}>" if len(node) else xml_path.text_of(node)
    return Mismatch(xml_path.path_of(node, namespaces), "valid", actual, said)


def _compiled(schema: bytes, uri: str, load: Callable[[str], bytes]) -> etree.XMLSchema:
    from lxml import etree

    problems: list[ApitestError] = []

    class Included(etree.Resolver):
        def resolve(self, system_url: str, public_id: str, context: Any) -> Any:  # type: ignore[override]
            try:
                return self.resolve_string(load(system_url), context, base_url=system_url)
            except ApitestError as error:
                problems.append(error)
                # SECURITY: never resolve_empty() nor None, with which libxml2 opens the file by itself.
                return self.resolve_string(b"<refused/>", context, base_url=system_url)

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    parser.resolvers.add(Included())
    try:
        checker = etree.XMLSchema(etree.fromstring(schema, parser, base_url=uri))
    except (etree.XMLSyntaxError, etree.XMLSchemaParseError) as error:
        if problems:
            raise problems[0] from None
        raise StepError(f"{uri.rpartition('/')[2]} is no XML Schema: {error}") from None
    if problems:
        raise problems[0]
    return checker
