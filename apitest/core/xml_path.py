"""XML documents: read them safely, find nodes by XPath 1.0 and say what is there when nothing is found.

Not here: SOAP.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from apitest.errors import AssertionFailed, Mismatch, StepError

if TYPE_CHECKING:
    from lxml import etree

MAX_NAMES = 12


def parse(body: bytes) -> etree._Element:
    """The root of an XML document.

    Raises AssertionFailed when it is none.  SECURITY: no entities are expanded, no DTD and nothing from a network or a
    file is read.
    """
    # PERF imported when first used: many runs never meet XML.
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        shown = body[:60].decode("utf-8", "replace")
        raise AssertionFailed(
            f"the response is no XML: {error.msg}", [Mismatch("", "an XML document", shown)]
        ) from None


def find(root: etree._Element, xpath: str, namespaces: Mapping[str, str] | None = None) -> list[Any]:
    """What an XPath selects: elements, texts, or one number, text or boolean in a list.

    Raises StepError for an XPath that is none, or a prefix that is not declared.
    """
    from lxml import etree

    try:
        found = root.xpath(xpath, namespaces=dict(namespaces or {}))
    except etree.XPathEvalError as error:
        if "namespace prefix" in str(error):
            declared = ", ".join(sorted(namespaces or {})) or "none"
            hint = f'Declare it: namespace prefix "p" of "urn:...". Declared: {declared}.'
            raise StepError(f'XPath "{xpath}" has a prefix that is not declared', hint) from None
        raise StepError(
            f'"{xpath}" is no XPath: {error}', "For example //item[1]/@id, with declared prefixes."
        ) from None
    return found if isinstance(found, list) else [found]


def read_text(root: etree._Element, xpath: str, namespaces: Mapping[str, str] | None = None) -> str:
    """The text of the one node that an XPath selects.

    Raises AssertionFailed when there is none or more than one.
    """
    found = find(root, xpath, namespaces)
    if len(found) != 1:
        names = sorted({str(node.tag).rpartition("}")[2] for node in root.iter() if isinstance(node.tag, str)})
        reason = (
            f"{len(found)} nodes are found" if found else f"no node is found; elements: {', '.join(names[:MAX_NAMES])}"
        )
        mismatch = Mismatch(xpath, None, [text_of(node) for node in found] or None, reason, bool(found))
        raise AssertionFailed(f'XPath "{xpath}" does not find one node', [mismatch])
    return text_of(found[0])


def text_of(node: Any) -> str:
    """The text of what an XPath selected, that of elements below included."""
    if hasattr(node, "itertext"):
        return "".join(node.itertext())
    if isinstance(node, bool):
        return "true" if node else "false"
    if isinstance(node, float) and node.is_integer():
        return str(int(node))
    return str(node)
