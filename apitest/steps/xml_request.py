"""XML in the request: prefixes for XPaths, elements and attributes set or dropped.

Not here: XPath itself (`core/xml_path.py`), checks of the response (`xml.py`), SOAP (`soap.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apitest.catalogue import step
from apitest.core import xml_path
from apitest.core.literals import parse_list
from apitest.errors import StepError
from apitest.steps import dates, random_values
from apitest.steps.step_input import random_of, text_of

if TYPE_CHECKING:
    from lxml import etree

RESERVED = {"xml": "http://www.w3.org/XML/1998/namespace", "xmlns": "http://www.w3.org/2000/xmlns/"}
"""Prefixes that mean the same everywhere (Namespaces in XML 1.0, 3)."""


@step(
    'namespace prefix "{prefix}" of "{namespace}"',
    meaning="Declares a prefix for the XPaths of later sentences of this feature.",
    example='namespace prefix "o" of "urn:orders"',
    upstream=True,
)
def declare_prefix(ctx: Any, prefix: Any, namespace: Any) -> None:
    name, uri = text_of(prefix).strip(), text_of(namespace).strip()
    if not xml_path.is_name(name) or RESERVED.get(name, uri) != uri:
        raise StepError(f'"{name}" cannot be a prefix', "A letter first, then letters, digits, - and _.")
    if not uri:
        raise StepError(f'The prefix "{name}" needs a namespace', 'As in: namespace prefix "o" of "urn:orders"')
    ctx.apitest.feature.namespaces[name] = uri


@step(
    'XPath "{xpath}" in request is "{value}"',
    meaning="Sets the text of the one element or attribute that is found.",
    example='XPath "//o:name" in request is "Ann"',
    upstream=True,
)
def request_text(ctx: Any, xpath: Any, value: Any) -> None:
    set_in_request(ctx, xpath, text_of(value))


@step(
    'XPath "{xpath}" in request is a random string',
    meaning="Sets a text that nothing else has: `a` and 32 hexadecimal digits.",
    example='XPath "//o:ref" in request is a random string',
    upstream=True,
)
def request_random_string(ctx: Any, xpath: Any) -> None:
    set_in_request(ctx, xpath, random_values.random_string(random_of(ctx)))


@step(
    'XPath "{xpath}" in request is a random integer',
    meaning="Sets a whole number from 0 to 99.",
    example='XPath "//o:qty" in request is a random integer',
    upstream=True,
)
def request_random_integer(ctx: Any, xpath: Any) -> None:
    set_in_request(ctx, xpath, str(random_of(ctx).randrange(100)))


@step(
    'XPath "{xpath}" in request is a random float',
    meaning="Sets a decimal number from 0 to below 100, with six decimal places.",
    example='XPath "//o:price" in request is a random float',
    upstream=True,
)
def request_random_float(ctx: Any, xpath: Any) -> None:
    # NOTE made of digits: repr() of a small float has an exponent, which xs:decimal does not.
    set_in_request(ctx, xpath, f"{random_of(ctx).randrange(100)}.{random_of(ctx).randrange(1_000_000):06d}")


@step(
    'XPath "{xpath}" in request is one of "{value}"',
    meaning="Sets one of these texts, picked at random.",
    example='XPath "//o:size" in request is one of "S,M,L"',
    upstream=True,
)
def request_one_of(ctx: Any, xpath: Any, value: Any) -> None:
    choices = parse_list(value)
    if not choices:
        raise StepError("There is nothing to pick from")
    set_in_request(ctx, xpath, text_of(random_of(ctx).choice(choices)))


@step(
    'XPath "{xpath}" in request is now "{format}"',
    meaning="Sets the local time.",
    example='XPath "//o:at" in request is now "default"',
    upstream=True,
)
def request_now(ctx: Any, xpath: Any, format: Any) -> None:
    set_in_request(ctx, xpath, dates.local_now(ctx, format))


@step(
    'XPath "{xpath}" in request is UTC now "{format}"',
    meaning="Sets the time in UTC.",
    example='XPath "//o:at" in request is UTC now "default"',
    upstream=True,
)
def request_utc_now(ctx: Any, xpath: Any, format: Any) -> None:
    set_in_request(ctx, xpath, dates.utc_now(ctx, format))


@step(
    'XPath "{xpath}" in request is a random date "{format}"',
    meaning="Sets a random date.",
    example='XPath "//o:due" in request is a random date "default"',
    upstream=True,
)
def request_random_date(ctx: Any, xpath: Any, format: Any) -> None:
    set_in_request(ctx, xpath, dates.random_date(ctx, format))


@step(
    'XPath "{xpath}" in request is a random date after "{date_start}" "{format}"',
    meaning="Sets a random date later than this one, which is in the same format or in ISO 8601.",
    example='XPath "//o:due" in request is a random date after "2026-01-31" "default"',
    upstream=True,
)
def request_random_date_after(ctx: Any, xpath: Any, date_start: Any, format: Any) -> None:
    set_in_request(ctx, xpath, dates.random_date_after(ctx, date_start, format))


@step(
    'XPath "{xpath}" in request is a random date before "{date_end}" "{format}"',
    meaning="Sets a random date earlier than this one, which is in the same format or in ISO 8601.",
    example='XPath "//o:born" in request is a random date before "2008-01-01" "default"',
    upstream=True,
)
def request_random_date_before(ctx: Any, xpath: Any, date_end: Any, format: Any) -> None:
    set_in_request(ctx, xpath, dates.random_date_before(ctx, date_end, format))


@step(
    'XPath "{xpath}" in request is a random date between "{date_start}" and "{date_end}" "{format}"',
    meaning="Sets a random date from this to that one, both included.",
    example='XPath "//o:due" in request is a random date between "2026-01-01" and "2026-02-01" "default"',
    upstream=True,
)
def request_random_date_between(ctx: Any, xpath: Any, date_start: Any, date_end: Any, format: Any) -> None:
    set_in_request(ctx, xpath, dates.random_date_between(ctx, date_start, date_end, format))


@step(
    'XPath "{xpath}" in request is removed',
    meaning="Drops the elements and attributes that are found.",
    example='XPath "//o:note" in request is removed',
)
def request_removed(ctx: Any, xpath: Any) -> None:
    root = _request_root(ctx)
    xml_path.remove(root, text_of(xpath), ctx.apitest.feature.namespaces)
    _keep(ctx, root)


# What other step files use


def set_in_request(ctx: Any, xpath: Any, text: str) -> None:
    """Sets the text of what an XPath finds in the request's body.  Raises StepError."""
    root = _request_root(ctx)
    xml_path.write_text(root, text_of(xpath), text, ctx.apitest.feature.namespaces)
    _keep(ctx, root)


# Inside


def _request_root(ctx: Any) -> etree._Element:
    body = ctx.apitest.request.body
    if not body:
        raise StepError("The request has no XML body yet", 'Say it first: request "order.xml", or request body')
    if not isinstance(body, str | bytes):
        raise StepError("The request's body is no XML but JSON", 'Say it first: format "XML"')
    return xml_path.parse_own(body, "the request's body")


def _keep(ctx: Any, root: etree._Element) -> None:
    """As bytes: what stands around the root is kept, and what is sent does not depend on what was read from it."""
    request = ctx.apitest.request
    request.body = xml_path.render(root)
    if not request.request_format:
        request.request_format = "XML"
