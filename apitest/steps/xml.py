"""XML in the response: checks by XPath, whole documents, XML Schema.

Not here: XPath itself (`core/xml_path.py`), comparing (`core/xml_compare.py`), XML in the request (`xml_request.py`),
faults (`soap.py`).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from apitest.catalogue import step
from apitest.core import compare, lookups, xml_compare, xml_path, xml_schema
from apitest.core.literals import parse_float, parse_integer
from apitest.errors import AssertionFailed, FileProblem, Mismatch, StepError
from apitest.scenario import Scope
from apitest.steps.last_response import comparing, compiled, require, shown, xml_of
from apitest.steps.step_input import find_file, is_number, names_in, read_file, text_of

INTEGER = re.compile(r"[+-]?[0-9]{1,4000}")
"""xs:integer; Python reads more than that: blanks, underscores, other scripts' digits."""
DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?INF|NaN")
"""xs:double."""


# One node


@step(
    'XPath "{xpath}" is "{value}"',
    "then",
    meaning="The one node that is found has this text, or one that a marker fits.",
    example='XPath "//o:state" is "paid"',
    upstream=True,
)
def text_is(ctx: Any, xpath: Any, value: Any) -> None:
    path = text_of(xpath)
    actual = _text_at(ctx, path, value)
    compare.check(f'XPath "{path}"', xml_compare.compare_text(value, actual, path, comparing(None)))


@step(
    'XPath "{xpath}" isn\'t "{value}"',
    "then",
    meaning="The one node that is found has another text.",
    example='XPath "//o:state" isn\'t "void"',
)
def text_is_not(ctx: Any, xpath: Any, value: Any) -> None:
    path = text_of(xpath)
    actual = _text_at(ctx, path, f"not {text_of(value)}")
    is_same = not xml_compare.compare_text(value, actual, path, comparing(None))
    require(not is_same, f'XPath "{path}"', path, f"not {text_of(value)}", actual)


@step(
    'XPath "{xpath}" is an integer "{value}"',
    "then",
    meaning="The one node that is found says this whole number.",
    example='XPath "//o:qty" is an integer "3"',
    upstream=True,
)
def text_is_integer(ctx: Any, xpath: Any, value: Any) -> None:
    path, expected = text_of(xpath), parse_integer(value)
    actual = _text_at(ctx, path, expected)
    plain = actual.strip()
    is_integer = INTEGER.fullmatch(plain) is not None
    is_same = is_integer and int(plain) == expected
    require(is_same, f'XPath "{path}"', path, expected, actual, "" if is_integer else "is no whole number")


@step(
    'XPath "{xpath}" is a float "{value}"',
    "then",
    meaning="The one node that is found says this decimal number: 9.90 is 9.9.",
    example='XPath "//o:price" is a float "9.9"',
    upstream=True,
)
def text_is_float(ctx: Any, xpath: Any, value: Any) -> None:
    path, expected = text_of(xpath), parse_float(value)
    actual = _text_at(ctx, path, expected)
    plain = actual.strip()
    is_float = DECIMAL.fullmatch(plain) is not None
    is_same = is_float and parse_float(plain) == expected
    require(is_same, f'XPath "{path}"', path, expected, actual, "" if is_float else "is no number")


@step(
    'XPath "{xpath}" is empty',
    "then",
    meaning="The one node that is found has no text and, if it is an element, nothing else inside.",
    example='XPath "//o:note" is empty',
    upstream=True,
)
def text_is_empty(ctx: Any, xpath: Any) -> None:
    path = text_of(xpath)
    actual, inside = _content_at(ctx, path, "nothing inside")
    require(not actual.strip() and not inside, f'XPath "{path}" is not empty', path, "", actual.strip() or inside)


@step(
    'XPath "{xpath}" isn\'t empty',
    "then",
    meaning="The one node that is found has a text or, if it is an element, others inside.",
    example='XPath "//o:note" isn\'t empty',
    upstream=True,
)
def text_is_not_empty(ctx: Any, xpath: Any) -> None:
    path = text_of(xpath)
    actual, inside = _content_at(ctx, path, "any text")
    require(actual.strip() or inside, f'XPath "{path}" is empty', path, "any text", actual)


@step(
    'XPath "{xpath}" is one of "{value}"',
    "then",
    meaning="The one node that is found has one of these texts.",
    example='XPath "//o:state" is one of "new,paid"',
    upstream=True,
)
def text_is_one_of(ctx: Any, xpath: Any, value: Any) -> None:
    path, choices = text_of(xpath), _choices(value)
    actual = _text_at(ctx, path, f"one of {', '.join(choices)}")
    require(actual in choices, f'XPath "{path}"', path, f"one of {', '.join(choices)}", actual)


@step(
    'XPath "{xpath}" isn\'t one of "{value}"',
    "then",
    meaning="The one node that is found has none of these texts.",
    example='XPath "//o:state" isn\'t one of "void,lost"',
    upstream=True,
)
def text_is_not_one_of(ctx: Any, xpath: Any, value: Any) -> None:
    path, choices = text_of(xpath), _choices(value)
    actual = _text_at(ctx, path, f"none of {', '.join(choices)}")
    require(actual not in choices, f'XPath "{path}"', path, f"none of {', '.join(choices)}", actual)


@step(
    'XPath "{xpath}" matches "{regex}"',
    "then",
    meaning="The whole text of the one node that is found fits this regular expression.",
    example='XPath "//o:ref" matches "ORD-\\d+"',
)
def text_matches(ctx: Any, xpath: Any, regex: Any) -> None:
    path, pattern = text_of(xpath), compiled(regex)
    actual = _text_at(ctx, path, f"like {pattern.pattern}")
    require(pattern.fullmatch(actual), f'XPath "{path}"', path, f"like {pattern.pattern}", actual)


@step(
    'XPath "{xpath}" contains the text "{value}"',
    "then",
    meaning="The text of the one node that is found has this part.",
    example='XPath "//o:msg" contains the text "sold"',
)
def text_contains(ctx: Any, xpath: Any, value: Any) -> None:
    path, part = text_of(xpath), text_of(value)
    actual = _text_at(ctx, path, f"with {part!r}")
    require(part in actual, f'XPath "{path}"', path, f"with {part!r}", shown(actual))


# How many nodes


@step(
    'XPath "{xpath}" (exists/doesn\'t exist)',
    "then",
    meaning="At least one node is found; or none. Of an expression such as count(//a) = 2: whether it is true.",
    example='XPath "//o:error" doesn\'t exist',
)
def node_exists(ctx: Any, xpath: Any, choice: str) -> None:
    path, namespaces = text_of(xpath), ctx.apitest.feature.namespaces
    root = xml_of(ctx)
    is_there = xml_path.exists(root, path, namespaces)
    if choice == "exists" and not is_there:
        reason = f"is missing; {xml_path.how_far(root, path, namespaces)}"
        raise AssertionFailed(f'XPath "{path}" finds nothing', [Mismatch(path, None, reason=reason, has_actual=False)])
    if choice != "exists" and is_there:
        texts = [xml_path.text_of(node) for node in xml_path.find(root, path, namespaces)]
        raise AssertionFailed(
            f'XPath "{path}" is there',
            [Mismatch(path, compare.NOTHING, texts, f"{len(texts)} node{'s' if len(texts) != 1 else ''}")],
        )


@step(
    'XPath "{xpath}" has {n} nodes',
    "then",
    meaning="How many nodes are found.",
    example='XPath "//o:item" has 2 nodes',
)
def node_count(ctx: Any, xpath: Any, n: Any) -> None:
    path, namespaces = text_of(xpath), ctx.apitest.feature.namespaces
    root = xml_of(ctx)
    found = xml_path.find(root, path, namespaces)
    if len(found) == 1 and (isinstance(found[0], bool) or is_number(found[0])):
        raise StepError(f'XPath "{path}" selects no nodes, it is a value', "Name what is counted: //item")
    reason = "" if found or not n else xml_path.how_far(root, path, namespaces)
    require(len(found) == n, f'XPath "{path}"', path, f"{n} nodes", f"{len(found)} nodes", reason)


# Whole documents


@step(
    "response matches XML",
    "then",
    meaning="The whole response is this document. What canonical XML says to be the same is the same; comments and "
    "blanks between tags do not count. Markers may stand as the text of elements and attributes.",
    example="response matches XML",
    needs="doc",
)
def response_matches(ctx: Any) -> None:
    _compare(ctx, str(ctx.text), "the doc string")


@step(
    'response is equal to XML from "{file}"',
    "then",
    meaning="The same with a file of features/xml/response.",
    example='response is equal to XML from "order.xml"',
)
def response_is_file(ctx: Any, file: Any) -> None:
    _compare(ctx, read_file(ctx, file, "xml/response"), f'file "{text_of(file)}"')


@step(
    'response is valid against XSD "{file}"',
    "then",
    meaning="The response fits an XML Schema of features/schemas; every breach is shown.",
    example='response is valid against XSD "order.xsd"',
)
def response_is_valid(ctx: Any, file: Any) -> None:
    root = xml_of(ctx)
    path = find_file(ctx, file, "schemas")
    schema, namespaces = read_file(ctx, file, "schemas"), ctx.apitest.feature.namespaces
    found = xml_schema.breaches(root, schema, path.as_uri(), lambda uri: _read_included(ctx, uri), namespaces)
    compare.check(f'The response is not valid against XSD "{text_of(file)}"', found)


# Inside


def _text_at(ctx: Any, xpath: str, expected: Any) -> str:
    return xml_path.read_text(xml_of(ctx), xpath, ctx.apitest.feature.namespaces, expected)


def _content_at(ctx: Any, xpath: str, expected: Any) -> tuple[str, str]:
    """The text of the one node found, and which elements are inside."""
    text = _text_at(ctx, xpath, expected)
    (node,) = xml_path.find(xml_of(ctx), xpath, ctx.apitest.feature.namespaces)
    children = [child for child in node if isinstance(child.tag, str)] if hasattr(node, "itertext") else []
    inside = ", ".join(str(child.tag).rpartition("}")[2] for child in children)
    return text, f"elements: {inside}" if inside else ""


def _choices(value: Any) -> list[str]:
    choices = names_in(value)
    if not choices:
        raise StepError("There is nothing to compare with", "Name some texts, separated by commas.")
    return choices


def _compare(ctx: Any, expected: str | bytes, what: str) -> None:
    scope = Scope(ctx.apitest)
    found = xml_compare.compare_documents(
        xml_path.parse_own(expected, what),
        xml_of(ctx),
        resolve=lambda text: lookups.resolve(text, scope),
        context=comparing(None),
        namespaces=ctx.apitest.feature.namespaces,
    )
    compare.check("The response is another document", found)


def _read_included(ctx: Any, uri: str) -> bytes:
    """A schema that another one includes.  SECURITY: a file of the project; nothing is fetched from a network."""
    place = unquote(re.sub(r"^file:(//)?", "", uri))
    root = Path(ctx.apitest.run.project.root).resolve()
    path = Path(place).resolve()
    if "://" in place or not path.is_relative_to(root):
        raise FileProblem(f'The schema includes "{uri}", which is outside the project', "Copy it beside the schema.")
    try:
        return path.read_bytes()
    except OSError as error:
        raise FileProblem(f'The schema includes "{uri}", which cannot be read: {error.strerror}') from None
