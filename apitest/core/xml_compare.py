"""Expected and actual XML documents -> every difference, each with its path.

What Canonical XML (W3C, 1.1) says to be the same is the same: prefixes, order of attributes, kinds of quotes, entities,
CDATA, empty tags.  Left aside besides: comments, processing instructions, and blanks between tags unless
`xml:space="preserve"`.  The order of elements counts; `~unordered` as first text of an element lifts that.
Markers may stand for the whole text of an element or attribute.  Not here: reading documents (`xml_path.py`), wording.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from apitest.core import compare, lookups, markers
from apitest.core.compare import NOTHING
from apitest.core.markers import Context, Marker, Verbatim
from apitest.errors import Mismatch, StepError

if TYPE_CHECKING:
    from lxml import etree

Resolve = Callable[[str], Any]
"""A text as the author wrote it -> its value, look-ups filled in."""

XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
MAX_PAIRS = 10_000  # children of one element on both sides, multiplied: beyond that they are compared by position
MAX_SNIPPET = 160  # characters of an element in a failure

_NUMERIC = frozenset(
    ("number", "integer", "float", "boolean", "range", "gt", "lt", "near", "within", "before", "after"),
)
"""Markers that a text of XML fits by what it says: `3` is an integer."""
_ANY_CONTENT = frozenset(("any", "present", "notnull", "notempty", "ignore"))
"""Markers that an element with others inside fits."""
_NUMBER = re.compile(r"[+-]?(?:\d+|(\d+\.\d*|\.\d+)(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+)")


@dataclass(slots=True)
class Node:
    """An element as it is compared.  content: texts and elements in order, blanks between tags left out."""

    tag: str
    prefix: str
    attributes: dict[str, str]
    content: list[Node | str] = field(default_factory=list)

    @property
    def elements(self) -> list[Node]:
        return [item for item in self.content if isinstance(item, Node)]

    @property
    def texts(self) -> list[str]:
        return [item for item in self.content if isinstance(item, str)]

    @property
    def text(self) -> str:
        return "".join(self.texts)


@dataclass(frozen=True, slots=True)
class _Task:
    resolve: Resolve
    context: Context
    prefixes: Mapping[str, str]  # namespace -> prefix in paths


def compare_documents(
    expected: etree._Element,
    actual: etree._Element,
    *,
    resolve: Resolve = lambda text: text,
    context: Context | None = None,
    namespaces: Mapping[str, str] | None = None,
) -> list[Mismatch]:
    """All differences between two documents, in document order; none when they are the same.

    namespaces: declared prefixes, used in the paths of the differences.
    """
    task = _Task(resolve, context or Context(), {uri: prefix for prefix, uri in (namespaces or {}).items()})
    wanted, there = _read(expected), _read(actual)
    path = "/" + _name(there, task)
    if wanted.tag != there.tag:
        return [_other_element(wanted, there, path, task)]
    return list(_elements(wanted, there, path, task))


def compare_text(expected: Any, actual: str, path: str, context: Context | None = None) -> list[Mismatch]:
    """Differences between an expected value or marker and a text of XML, where a number is a text, too."""
    wanted = expected if isinstance(expected, str) else lookups.as_text(expected)
    marker = markers.parse(wanted)
    if marker is None:
        return compare.compare(wanted, actual, path, context)
    reason = _check(marker, actual, context or Context())
    return [Mismatch(path, wanted, actual, reason)] if reason else []


# Reading


def _read(element: etree._Element, preserves: bool = False) -> Node:
    attributes = {str(key): str(value) for key, value in element.attrib.items()}
    if XSI_TYPE in attributes and ":" in attributes[XSI_TYPE]:
        # NOTE a name with a prefix in it: two documents may spell it differently.
        prefix, _, local = attributes[XSI_TYPE].strip().partition(":")
        namespace = element.nsmap.get(prefix)
        attributes[XSI_TYPE] = f"{{{namespace}}}{local}" if namespace else attributes[XSI_TYPE]
    space = attributes.get(XML_SPACE)
    preserves = space == "preserve" if space in ("preserve", "default") else preserves
    node = Node(str(element.tag), element.prefix or "", attributes)
    text = element.text or ""
    for child in element:
        if isinstance(child.tag, str):
            _add_text(node, text, preserves)
            node.content.append(_read(child, preserves))
            text = child.tail or ""
        else:  # a comment or a processing instruction parts no text
            text += child.tail or ""
    _add_text(node, text, preserves)
    return node


def _add_text(node: Node, text: str, preserves: bool) -> None:
    if text.strip(" \t\r\n") or (preserves and text):
        node.content.append(text)


# Comparing


def _elements(wanted: Node, there: Node, path: str, task: _Task) -> Iterator[Mismatch]:
    """Two elements of one name."""
    yield from _attributes(wanted, there, path, task)
    if not wanted.elements:
        yield from _leaf(wanted, there, path, task)
    elif wanted.texts and wanted.texts[0].strip() == "~unordered" and wanted.content[0] == wanted.texts[0]:
        yield from _unordered(wanted, there, path, task)
    elif wanted.texts or there.texts:
        yield from _mixed(wanted, there, path, task)
    else:
        yield from _children(wanted.elements, there.elements, path, task)


def _attributes(wanted: Node, there: Node, path: str, task: _Task) -> Iterator[Mismatch]:
    for key, text in wanted.attributes.items():
        place = f"{path}/@{_attribute_name(key, task)}"
        value = task.resolve(text)
        marker = markers.parse(value)
        if key in there.attributes:
            if marker is not None and marker.name == "absent":
                yield Mismatch(place, value, there.attributes[key], "should not be there")
            else:
                yield from compare_text(value, there.attributes[key], place, task.context)
        elif not _may_be_missing(marker):
            names = ", ".join(f"@{_attribute_name(name, task)}" for name in there.attributes) or "no attribute"
            yield Mismatch(place, value, reason=f"is missing; there is {names}", has_actual=False)
    for key, text in there.attributes.items():
        if key not in wanted.attributes:
            yield Mismatch(f"{path}/@{_attribute_name(key, task)}", NOTHING, text, "is not expected")


def _leaf(wanted: Node, there: Node, path: str, task: _Task) -> Iterator[Mismatch]:
    """An expected element with text alone: a value, a marker, or nothing."""
    value = task.resolve(wanted.text)
    if isinstance(value, str) and not isinstance(value, Verbatim) and value.lstrip().startswith("~"):
        value = value.strip()
    marker = markers.parse(value)
    if marker is not None and marker.name == "absent":
        yield Mismatch(path, value, _shown(there, task), "should not be there")
    elif there.elements:
        if marker is None or marker.name not in _ANY_CONTENT:
            names = ", ".join(dict.fromkeys(_name(child, task) for child in there.elements))
            yield Mismatch(path, value, _shown(there, task), f"has elements inside: {names}")
    else:
        yield from compare_text(value, there.text, path, task.context)


def _mixed(wanted: Node, there: Node, path: str, task: _Task) -> Iterator[Mismatch]:
    """Text and elements beside each other: the texts one by one, where both have as many parts in the same order."""
    shape = [item.tag if isinstance(item, Node) else "" for item in wanted.content]
    if shape != [item.tag if isinstance(item, Node) else "" for item in there.content]:
        yield from _children(wanted.elements, there.elements, path, task)
        if wanted.texts != there.texts:
            yield Mismatch(f"{path}/text()", wanted.texts, there.texts, "another text between the elements")
        return
    places = iter(_paths(there.elements, path, task))
    number = 0
    for one, other in zip(wanted.content, there.content, strict=True):
        if isinstance(one, Node) and isinstance(other, Node):
            yield from _elements(one, other, next(places), task)
        elif isinstance(one, str) and isinstance(other, str):
            number += 1
            yield from compare_text(task.resolve(one), other, f"{path}/text()[{number}]", task.context)


def _children(wanted: list[Node], there: list[Node], path: str, task: _Task) -> Iterator[Mismatch]:
    places = _paths(there, path, task)
    for one, other in _aligned(wanted, there, task):
        if one is None:
            assert other is not None
            node = there[other]
            yield Mismatch(places[other], NOTHING, _shown(node, task), "is not expected")
        elif other is None:
            if not _may_be_missing(_marker_of(wanted[one], task)):
                yield _missing(wanted[one], wanted, there, path, task)
        elif wanted[one].tag != there[other].tag:
            yield _other_element(wanted[one], there[other], places[other], task)
        else:
            yield from _elements(wanted[one], there[other], places[other], task)


def _unordered(wanted: Node, there: Node, path: str, task: _Task) -> Iterator[Mismatch]:
    """Each expected child is some actual one of its own; those that fit exactly are paired first."""
    if there.texts:
        yield Mismatch(f"{path}/text()", NOTHING, there.texts, "is not expected")
    places = _paths(there.elements, path, task)
    free = dict(enumerate(there.elements))
    left = []
    # Those that fit few come first, so that a marker does not take what only a value can stand beside.
    fits = {
        number: [index for index, node in free.items() if _is_same(one, node, task)]
        for number, one in enumerate(wanted.elements)
    }
    for number in sorted(fits, key=lambda key: len(fits[key])):
        index = next((index for index in fits[number] if index in free), None)
        if index is None:
            left.append(number)
        else:
            del free[index]
    for number in sorted(left):
        one = wanted.elements[number]
        near = next((index for index, node in free.items() if node.tag == one.tag), None)
        if near is not None:
            yield from _elements(one, free.pop(near), places[near], task)
        elif not _may_be_missing(_marker_of(one, task)):
            yield _missing(one, wanted.elements, there.elements, path, task)
    for index, node in free.items():
        yield Mismatch(places[index], NOTHING, _shown(node, task), "is not expected")


# Which child belongs to which


def _aligned(wanted: list[Node], there: list[Node], task: _Task) -> list[tuple[int | None, int | None]]:
    """Pairs of positions in the order of the documents; None stands for a partner that is missing.

    The pairing with the fewest differences (edit distance), so that one missing element is told as one difference.
    """
    start, end = 0, 0
    shorter = min(len(wanted), len(there))
    while start < shorter and _is_same(wanted[start], there[start], task):
        start += 1
    while end < shorter - start and _is_same(wanted[-1 - end], there[-1 - end], task):
        end += 1
    first, second = wanted[start : len(wanted) - end], there[start : len(there) - end]
    middle = _by_distance(first, second, task) if len(first) * len(second) <= MAX_PAIRS else _by_place(first, second)
    pairs: list[tuple[int | None, int | None]] = [(index, index) for index in range(start)]
    pairs += [(one if one is None else one + start, two if two is None else two + start) for one, two in middle]
    return pairs + [(len(wanted) - left, len(there) - left) for left in range(end, 0, -1)]


def _by_place(first: Sequence[Node], second: Sequence[Node]) -> list[tuple[int | None, int | None]]:
    pairs: list[tuple[int | None, int | None]] = []
    for index in range(max(len(first), len(second))):
        one, two = index if index < len(first) else None, index if index < len(second) else None
        if one is not None and two is not None and _local(first[one]) != _local(second[two]):
            pairs += [(one, None), (None, two)]
        else:
            pairs.append((one, two))
    return pairs


def _by_distance(first: list[Node], second: list[Node], task: _Task) -> list[tuple[int | None, int | None]]:
    rows, columns = len(first), len(second)
    drop = [0 if _may_be_missing(_marker_of(node, task)) else 2 for node in first]
    # costs[i][j]: of first[i:] against second[j:].  A pair of another content costs less than one missing and one too
    # many; elements of two names are no pair, unless only their namespaces differ.
    costs = [[0] * (columns + 1) for _ in range(rows + 1)]
    pair = [[_pair_cost(one, two, task) for two in second] for one in first]
    for i in range(rows, -1, -1):
        for j in range(columns, -1, -1):
            options = []
            if i < rows:
                options.append(drop[i] + costs[i + 1][j])
            if j < columns:
                options.append(2 + costs[i][j + 1])
            if i < rows and j < columns:
                options.append(pair[i][j] + costs[i + 1][j + 1])
            costs[i][j] = min(options, default=0)
    pairs: list[tuple[int | None, int | None]] = []
    i = j = 0
    while i < rows or j < columns:
        if i < rows and j < columns and costs[i][j] == pair[i][j] + costs[i + 1][j + 1]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif i < rows and costs[i][j] == drop[i] + costs[i + 1][j]:
            pairs.append((i, None))
            i += 1
        else:
            pairs.append((None, j))
            j += 1
    return pairs


def _pair_cost(one: Node, two: Node, task: _Task) -> int:
    if one.tag == two.tag:
        return 0 if _is_same(one, two, task) else 1
    return 3 if _local(one) == _local(two) else 1_000


def _is_same(one: Node, two: Node, task: _Task) -> bool:
    return one.tag == two.tag and next(_elements(one, two, "", task), None) is None


# Values


def _check(marker: Marker, actual: str, context: Context) -> str:
    """Why a text does not fit a marker; what reads like a number or a boolean counts as one, too."""
    if marker.name == "same-as":
        raise StepError("~same-as cannot be used in XML", "Store the one value and expect it in the other place.")
    reason = markers.check(marker, actual, context)
    if reason and marker.name in _NUMERIC:
        value = _value(actual)
        if not isinstance(value, str):
            return markers.check(marker, value, context)
    return reason


def _value(text: str) -> Any:
    """The number or boolean that a text is (XML Schema, part 2), else the text."""
    plain = text.strip()
    found = _NUMBER.fullmatch(plain)
    if found is None:
        return {"true": True, "false": False}.get(plain, text)
    return int(plain) if re.fullmatch(r"[+-]?\d{1,4000}", plain) else float(plain)


def _marker_of(node: Node, task: _Task) -> Marker | None:
    """The marker that is all of an expected element's content."""
    if len(node.content) != 1 or not isinstance(node.content[0], str):
        return None
    value = task.resolve(node.content[0].strip())
    return markers.parse(value)


def _may_be_missing(marker: Marker | None) -> bool:
    return marker is not None and (marker.is_optional or marker.name in ("absent", "ignore"))


# Showing


def _missing(node: Node, wanted: list[Node], there: list[Node], path: str, task: _Task) -> Mismatch:
    names = ", ".join(dict.fromkeys(_name(child, task) for child in there)) or "nothing"
    place = _paths(wanted, path, task)[next(index for index, one in enumerate(wanted) if one is node)]
    return Mismatch(place, _shown(node, task), reason=f"is missing; there is {names}", has_actual=False)


def _other_element(wanted: Node, there: Node, path: str, task: _Task) -> Mismatch:
    if _local(wanted) == _local(there):
        return Mismatch(path, _namespace(wanted) or "no namespace", _namespace(there) or "no namespace",
                        "another namespace")  # fmt: skip
    return Mismatch(path, _name(wanted, task), _name(there, task), "another element")


def _paths(nodes: Sequence[Node], path: str, task: _Task) -> list[str]:
    """The XPath of each; numbered where a name stands more than once."""
    totals: dict[str, int] = {}
    for node in nodes:
        totals[node.tag] = totals.get(node.tag, 0) + 1
    seen: dict[str, int] = {}
    found = []
    for node in nodes:
        seen[node.tag] = seen.get(node.tag, 0) + 1
        number = f"[{seen[node.tag]}]" if totals[node.tag] > 1 else ""
        found.append(f"{path}/{_name(node, task)}{number}")
    return found


def _shown(node: Node, task: _Task) -> str:
    """An element on one line, without its namespaces; long ones are cut."""
    text = _markup(node, task)
    return text if len(text) <= MAX_SNIPPET else f"{text[:MAX_SNIPPET]}..."


def _markup(node: Node, task: _Task) -> str:
    name = _name(node, task)
    head = "".join(f' {_attribute_name(key, task)}="{value}"' for key, value in node.attributes.items())
    inside = "".join(_markup(item, task) if isinstance(item, Node) else item for item in node.content)
    return f"<{name}{head}>{inside}</{name}>" if inside else f"<{name}{head}/>"


def _name(node: Node, task: _Task) -> str:
    prefix = task.prefixes.get(_namespace(node), node.prefix)
    return f"{prefix}:{_local(node)}" if prefix else _local(node)


def _attribute_name(key: str, task: _Task) -> str:
    namespace, _, local = key.rpartition("}")
    prefix = task.prefixes.get(namespace[1:], "") if namespace else ""
    return f"{prefix}:{local}" if prefix else local


def _namespace(node: Node) -> str:
    return node.tag[1:].partition("}")[0] if node.tag.startswith("{") else ""


def _local(node: Node) -> str:
    return node.tag.rpartition("}")[2]
