"""XML documents: read them safely, find and change nodes by XPath 1.0, say how far a path got that finds nothing.

Not here: comparing documents (`xml_compare.py`), SOAP (`soap.py`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from apitest.errors import AssertionFailed, Mismatch, StepError

if TYPE_CHECKING:
    from lxml import etree

MAX_NAMES = 12
_BARE_NAME = re.compile(r"(?<![\w:.@$'\"-])([^\W\d][\w.-]*)(?![\w(:.-])")  # a step of a path without a prefix
BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def parse(body: bytes, charset: str = "") -> etree._Element:
    """The root of an XML document that came from outside.

    charset: what the Content-Type says; it counts more than the document's own declaration (RFC 7303, 3).  Raises
    AssertionFailed when it is no XML, or has a document type.
    """
    try:
        return _parse(body, charset)
    except (ValueError, SyntaxError) as error:
        shown = body[:60].decode("utf-8", "replace")
        raise AssertionFailed(f"the response is no XML: {error}", [Mismatch("", "an XML document", shown)]) from None


def parse_own(text: str | bytes, what: str = "the text") -> etree._Element:
    """The root of an XML document that the test's author wrote; what names it in errors.

    Raises StepError.
    """
    body, charset = (text.encode(), "utf-8") if isinstance(text, str) else (text, "")
    try:
        return _parse(body.strip(), charset)
    except (ValueError, SyntaxError) as error:
        raise StepError(f"{what} is no XML: {error}", "XML begins with < and has one element around all.") from None


def render(root: etree._Element) -> bytes:
    """The whole document as UTF-8 with a declaration, comments around the root included."""
    from lxml import etree

    return etree.tostring(root.getroottree(), xml_declaration=True, encoding="UTF-8")


def find(root: etree._Element, xpath: str, namespaces: Mapping[str, str] | None = None) -> list[Any]:
    """What an XPath selects: elements, texts, or one number, text or boolean in a list.

    Raises StepError for an XPath that is none, or a prefix that is not declared.
    """
    from lxml import etree

    try:
        found = root.xpath(xpath, namespaces=dict(namespaces or {}))
    except etree.XPathError as error:
        if "namespace prefix" in str(error):
            declared = ", ".join(sorted(namespaces or {})) or "none"
            hint = f'Declare it: namespace prefix "p" of "urn:...". Declared: {declared}.'
            raise StepError(f'XPath "{xpath}" has a prefix that is not declared', hint) from None
        raise StepError(
            f'"{xpath}" is no XPath: {error}', "For example //item[1]/@id, with declared prefixes."
        ) from None
    except (ValueError, TypeError) as error:  # a NUL, an empty prefix or namespace
        raise StepError(f'"{xpath}" is no XPath: {error}') from None
    return found if isinstance(found, list) else [found]


def exists(root: etree._Element, xpath: str, namespaces: Mapping[str, str] | None = None) -> bool:
    """Whether an XPath selects anything; of an expression, whether it is true (XPath 1.0, `boolean()`)."""
    found = find(root, xpath, namespaces)
    if len(found) == 1 and isinstance(found[0], (bool, float)):
        return bool(found[0])
    return bool(found) and not (len(found) == 1 and found[0] == "")


def read_text(
    root: etree._Element, xpath: str, namespaces: Mapping[str, str] | None = None, expected: Any = None
) -> str:
    """The text of the one node that an XPath selects.

    expected: for the failure alone.  Raises AssertionFailed when there is none or more than one.
    """
    found = find(root, xpath, namespaces)
    if len(found) != 1:
        raise AssertionFailed(f'XPath "{xpath}"', [_not_one(root, xpath, namespaces, expected, found)])
    return text_of(found[0])


def write_text(root: etree._Element, xpath: str, text: str, namespaces: Mapping[str, str] | None = None) -> None:
    """Sets the text of the one element or attribute that an XPath selects.

    Raises StepError when there is none or more than one, or when the text cannot stand in XML.
    """
    node = _one_to_change(root, xpath, namespaces)
    try:
        if hasattr(node, "itertext"):
            if len(node):
                raise StepError(
                    f'XPath "{xpath}" in the request is an element with others in it', "Name one of those inside."
                )
            node.text = text
        elif node.is_attribute:
            node.getparent().set(node.attrname, text)
        elif node.is_text:
            node.getparent().text = text
        else:
            node.getparent().tail = text
    except ValueError as error:
        raise StepError(f"{text!r} cannot stand in XML: {error}") from None


def remove(root: etree._Element, xpath: str, namespaces: Mapping[str, str] | None = None) -> None:
    """Drops every element and attribute that an XPath selects; the text behind an element stays, if it is not blank.

    Raises StepError when there is nothing to drop, or only the root.
    """
    found = find(root, xpath, namespaces)
    if not found:
        raise _not_found(root, xpath, namespaces)
    for node in found:
        parent = node.getparent() if hasattr(node, "getparent") else None
        if parent is None:
            raise StepError(f'XPath "{xpath}" in the request cannot be removed', "Name elements below the first one.")
        if getattr(node, "is_attribute", False):
            del parent.attrib[node.attrname]
        elif hasattr(node, "itertext"):
            _drop(parent, node)
        elif node.is_text:
            parent.text = None
        else:
            parent.tail = None


def is_name(text: str) -> bool:
    """Whether a text can be a prefix or the local part of a name (NCName, without the rarer scripts' refinements)."""
    return re.fullmatch(r"[^\W\d][\w.\-]*", text) is not None


def text_of(node: Any) -> str:
    """The text of what an XPath selected, that of elements below included."""
    if hasattr(node, "itertext"):
        return "".join(node.itertext())
    if isinstance(node, bool):
        return "true" if node else "false"
    if isinstance(node, float) and node.is_integer():
        return str(int(node))
    return str(node)


def path_of(node: etree._Element, namespaces: Mapping[str, str] | None = None) -> str:
    """The XPath of an element; numbered where a name stands more than once."""
    steps = []
    current: etree._Element | None = node
    while current is not None:
        parent = current.getparent()
        alike = [child for child in parent if child.tag == current.tag] if parent is not None else []
        number = f"[{alike.index(current) + 1}]" if len(alike) > 1 else ""
        steps.append(_name(current, namespaces) + number)
        current = parent
    return "/" + "/".join(reversed(steps))


def how_far(root: etree._Element, xpath: str, namespaces: Mapping[str, str] | None = None) -> str:
    """Why an XPath finds nothing: the deepest part of it that does, and what is there."""
    for part in _shorter(xpath):
        found = [node for node in find(root, part, namespaces) if hasattr(node, "itertext")]
        if found:
            inside = dict.fromkeys(_name(child, namespaces) for node in found for child in _elements(node))
            names = list(inside) + [f"@{key}" for node in found for key in node.attrib]
            return f'"{part}" is there; it has {_listed(names) if names else "nothing inside"}'
    names = list(dict.fromkeys(_name(node, namespaces) for node in root.iter() if isinstance(node.tag, str)))
    return f"no such node; elements: {_listed(sorted(names))}"


# Inside


def _parse(body: bytes, charset: str) -> etree._Element:
    # PERF imported when first used: many runs never meet XML.
    from lxml import etree

    encoding = charset if charset and not body.startswith(BYTE_ORDER_MARKS) else None
    # SECURITY: no entities are expanded, no DTD and nothing from a network or a file is read; the depth is limited.
    make = partial(etree.XMLParser, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        parser = make(encoding=encoding)
    except LookupError:  # a charset that nobody knows
        parser = make()
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise SyntaxError(str(error.msg)) from None
    # SECURITY: a document type has no place in a message (SOAP 1.1, 3), and all attacks by entities need one.
    if root.getroottree().docinfo.internalDTD is not None:
        raise ValueError("it has a document type (<!DOCTYPE>), which is not read")
    return root


def _one_to_change(root: etree._Element, xpath: str, namespaces: Mapping[str, str] | None) -> Any:
    found = find(root, xpath, namespaces)
    if not found:
        raise _not_found(root, xpath, namespaces)
    if len(found) > 1:
        raise StepError(f'XPath "{xpath}" finds {len(found)} nodes in the request', f"Name one: ({xpath})[1]")
    if not hasattr(found[0], "getparent"):
        raise StepError(f'XPath "{xpath}" is no element and no attribute, so it cannot be set')
    return found[0]


def _not_found(root: etree._Element, xpath: str, namespaces: Mapping[str, str] | None) -> StepError:
    hint = _namespace_hint(root, xpath, namespaces)
    return StepError(f'XPath "{xpath}" finds nothing in the request: {how_far(root, xpath, namespaces)}', hint)


def _not_one(
    root: etree._Element, xpath: str, namespaces: Mapping[str, str] | None, expected: Any, found: list[Any]
) -> Mismatch:
    if found:
        return Mismatch(xpath, expected, [text_of(node) for node in found], f"{len(found)} nodes instead of one")
    hint = _namespace_hint(root, xpath, namespaces)
    reason = f"is missing; {how_far(root, xpath, namespaces)}" + (f". {hint}" if hint else "")
    return Mismatch(xpath, expected, reason=reason, has_actual=False)


def _namespace_hint(root: etree._Element, xpath: str, namespaces: Mapping[str, str] | None) -> str:
    """What to write, where the path names an element without its prefix."""
    wanted = set(_BARE_NAME.findall(xpath))
    for node in root.iter():
        namespace, _, local = str(node.tag).rpartition("}")
        if not namespace or local not in wanted:
            continue
        prefix = next((key for key, known in (namespaces or {}).items() if known == namespace[1:]), "")
        if prefix:
            return f"{local} has a namespace: write {prefix}:{local}"
        return f'{local} has a namespace: declare namespace prefix "p" of "{namespace[1:]}", write p:{local}'
    return ""


def _shorter(xpath: str) -> list[str]:
    """The path without its last step, without its last two ...; only slashes outside of brackets and quotes count."""
    cuts: list[int] = []
    depth, quote = 0, ""
    for index, sign in enumerate(xpath):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        elif sign in "[(":
            depth += 1
        elif sign in "])":
            depth -= 1
        elif sign == "/" and not depth and index and xpath[index - 1] != "/":
            cuts.append(index)
    return [xpath[:cut] for cut in reversed(cuts)]


def _elements(node: etree._Element) -> list[etree._Element]:
    return [child for child in node if isinstance(child.tag, str)]


def _name(node: etree._Element, namespaces: Mapping[str, str] | None) -> str:
    """An element's name as the author would write it in a path; of an undeclared namespace, its own prefix."""
    namespace, _, local = str(node.tag).rpartition("}")
    for prefix, known in (namespaces or {}).items():
        if namespace[1:] == known:
            return f"{prefix}:{local}"
    return f"{node.prefix}:{local}" if namespace and node.prefix else local


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:MAX_NAMES])
    return shown if len(names) <= MAX_NAMES else f"{shown} and {len(names) - MAX_NAMES} more"


def _drop(parent: etree._Element, node: etree._Element) -> None:
    tail, before = node.tail, node.getprevious()
    parent.remove(node)
    if tail and tail.strip():
        if before is not None:
            before.tail = (before.tail or "") + tail
        else:
            parent.text = (parent.text or "") + tail
