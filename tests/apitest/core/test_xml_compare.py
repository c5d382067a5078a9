from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from apitest.core import lookups, xml_compare
from apitest.core.compare import NOTHING
from apitest.core.lookups import Values
from apitest.core.markers import Context
from apitest.errors import LookupFailed, Mismatch

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=timezone.utc)


def differences(expected: str, actual: str, **values: Any) -> list[Mismatch]:
    scope = Values(values=values)
    return xml_compare.compare_documents(
        etree.fromstring(expected),
        etree.fromstring(actual),
        resolve=lambda text: lookups.resolve(text, scope),
        context=Context(now=NOW),
        namespaces={"o": "urn:o"},
    )


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ("<a/>", "<a></a>"),
        ("<a x='1' y='2'/>", '<a y="2" x="1"></a>'),
        ("<a>&lt;</a>", "<a><![CDATA[<]]></a>"),
        ("<a>\n  <b>1</b>\n</a>", "<a><b>1</b></a>"),
        ("<a><!-- one --><b/></a>", "<a><b/><?two three?></a>"),
        ("<a>on<!-- -->e</a>", "<a>one</a>"),
        ('<a xmlns="urn:o"><b/></a>', '<p:a xmlns:p="urn:o"><p:b/></p:a>'),
        ('<a xmlns:p="urn:o" p:x="1"/>', '<a xmlns:q="urn:o" q:x="1"/>'),
        ("<a>one <b>two</b> three</a>", "<a>one <b>two</b> three</a>"),
        (
            '<a xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns:p="urn:o" i:type="p:t"/>',
            '<a xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns:q="urn:o" i:type="q:t"/>',
        ),
    ],
)
def test_what_is_the_same(expected: str, actual: str) -> None:
    assert differences(expected, actual) == []
    assert differences(actual, expected) == []


@pytest.mark.parametrize(
    ("expected", "actual", "found"),
    [
        ("<a>1</a>", "<a>2</a>", [Mismatch("/a", "1", "2")]),
        ("<a>1</a>", "<a> 1</a>", [Mismatch("/a", "1", " 1", "only blanks at the ends differ")]),
        ("<a/>", "<b/>", [Mismatch("/b", "a", "b", "another element")]),
        ('<a xmlns="urn:o"/>', "<a/>", [Mismatch("/a", "urn:o", "no namespace", "another namespace")]),
        (
            "<a><b>1</b><b>2</b><c/></a>",
            "<a><b>1</b><b>3</b><c/></a>",
            [Mismatch("/a/b[2]", "2", "3")],
        ),
        (
            "<a><b/><c/></a>",
            "<a><b/></a>",
            [Mismatch("/a/c", "<c/>", reason="is missing; there is b", has_actual=False)],
        ),
        ("<a><b/></a>", "<a><b/><c>9</c></a>", [Mismatch("/a/c", NOTHING, "<c>9</c>", "is not expected")]),
        ("<a x='1'/>", "<a x='2'/>", [Mismatch("/a/@x", "1", "2")]),
        ("<a x='1'/>", "<a/>", [Mismatch("/a/@x", "1", reason="is missing; there is no attribute", has_actual=False)]),
        ("<a/>", "<a x='1'/>", [Mismatch("/a/@x", NOTHING, "1", "is not expected")]),
        ("<a>1</a>", "<a><b/></a>", [Mismatch("/a", "1", "<a><b/></a>", "has elements inside: b")]),
        ("<a/>", "<a><b/></a>", [Mismatch("/a", "", "<a><b/></a>", "has elements inside: b")]),
        (
            '<a xmlns="urn:o"><b>1</b></a>',
            '<p:a xmlns:p="urn:o"><p:b>2</p:b></p:a>',
            [Mismatch("/o:a/o:b", "1", "2")],
        ),
        ("<a>x<b/>y</a>", "<a>x<b/>z</a>", [Mismatch("/a/text()[2]", "y", "z")]),
        ('<a xml:space="preserve"> </a>', '<a xml:space="preserve">  </a>', None),
        ("<a>x<b/></a>", "<a><b/>x<b/></a>", None),
    ],
)
def test_what_differs(expected: str, actual: str, found: list[Mismatch] | None) -> None:
    there = differences(expected, actual)
    assert there == found if found is not None else there


def test_one_element_that_is_missing_is_one_difference() -> None:
    items = [f"<item><id>{number}</id><name>n{number}</name></item>" for number in range(20)]
    (found,) = differences(f"<a>{''.join(items)}</a>", f"<a>{''.join(items[:7] + items[8:])}</a>")
    assert found.path == "/a/item[8]"
    assert "<id>7</id>" in found.expected
    (found,) = differences(f"<a>{''.join(items[:7] + items[8:])}</a>", f"<a>{''.join(items)}</a>")
    assert (found.path, found.expected) == ("/a/item[8]", NOTHING)


def test_many_children_take_little_time() -> None:
    def document(shift: int) -> str:
        return f"<a>{''.join(f'<b>{number + shift}</b>' for number in range(3000))}</a>"

    begun = time.monotonic()
    assert len(differences(document(0), document(1))) == 3000
    assert time.monotonic() - begun < 3


# Markers and look-ups


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("~uuid", "0f8fad5b-d9cb-469f-a165-70867728950e"),
        ("~integer", "3"),
        ("~number", "-3.5"),
        ("~float", "3.0"),
        ("~boolean", "true"),
        ("~range:1..9", "4"),
        ("~gt:0", " 4 "),
        ("~near:3.14+-0.01", "3.145"),
        ("~within:5s-of-now", "2026-01-31T12:00:03Z"),
        ("~within:5s-of-now", "1769860803"),
        ("~length:3", "123"),
        ("~empty", ""),
        ("~any", ""),
        ("~string", "12"),
        ("~regex:^A", "A1"),
        ("\n ~uuid \n", "0f8fad5b-d9cb-469f-a165-70867728950e"),
        ("~~x", "~x"),
    ],
)
def test_markers_as_text(expected: str, text: str) -> None:
    assert differences(f"<a><b>{expected}</b></a>", f"<a><b>{text}</b></a>") == []


@pytest.mark.parametrize(
    ("expected", "text", "reason"),
    [
        ("~integer", "3.0", "is not a whole number"),
        ("~integer", "x", "is a text, not a number"),
        ("~float", "3", "is a whole number, not a decimal one"),
        ("~boolean", "yes", "is a text, not a boolean"),
        ("~gt:5", "4", "is not greater than 5"),
        ("~notempty", "", "is empty"),
    ],
)
def test_markers_that_do_not_fit(expected: str, text: str, reason: str) -> None:
    (found,) = differences(f"<a b='{expected}'/>", f"<a b='{text}'/>")
    assert (found.path, found.reason) == ("/a/@b", reason)


def test_markers_of_what_may_be_missing() -> None:
    expected = "<a x='~absent' y='~integer?'><b>1</b><c>~ignore</c><d>~date?</d><e>~absent</e></a>"
    assert differences(expected, "<a><b>1</b></a>") == []
    assert differences(expected, "<a y='2'><b>1</b><c><x/></c><d>2026-01-31</d></a>") == []
    assert [item.path for item in differences(expected, "<a x='1'><b>1</b><d>no</d><e/></a>")] == [
        "/a/@x", "/a/d", "/a/e",
    ]  # fmt: skip


def test_any_content() -> None:
    assert differences("<a><b>~any</b><c>~notempty</c></a>", "<a><b><x/></b><c><x/></c></a>") == []
    assert differences("<a><b>~string</b></a>", "<a><b><x/></b></a>")


def test_in_any_order() -> None:
    expected = "<a>~unordered<b>~any</b><b>1</b><c>3</c></a>"
    assert differences(expected, "<a><c>3</c><b>1</b><b>2</b></a>") == []
    assert [(item.path, item.expected) for item in differences(expected, "<a><c>4</c><b>2</b><b>1</b><d/></a>")] == [
        ("/a/c", "3"),
        ("/a/d", NOTHING),
    ]
    (found,) = differences(expected, "<a><b>2</b><b>1</b></a>")
    assert (found.path, found.has_actual) == ("/a/c", False)


def test_lookups() -> None:
    order = "<order id='17'><name>Ann &amp; Bo</name><qty>2</qty><odd>~x</odd></order>"
    expected = "<order id='#id'><name>#{first} &amp; Bo</name><qty>#qty</qty><odd>#odd</odd></order>"
    assert differences(expected, order, id=17, first="Ann", qty=2, odd="~x") == []
    assert [item.path for item in differences(expected, order, id=1, first="Ann", qty=2, odd="y")] == [
        "/order/@id",
        "/order/odd",
    ]
    with pytest.raises(LookupFailed):
        differences(expected, order)


def test_text_alone() -> None:
    assert xml_compare.compare_text(3, "3", "//a") == []
    assert xml_compare.compare_text("a", "b", "//a") == [Mismatch("//a", "a", "b")]
    assert xml_compare.compare_text("~integer", "b", "//a")[0].reason == "is a text, not a number"


# Invariants

NAMES = st.sampled_from(["a", "b", "c"])
TEXTS = st.text(alphabet="xy 1", max_size=3)


@st.composite
def documents(draw: st.DrawFn, depth: int = 3) -> str:
    name = draw(NAMES)
    attributes = draw(st.dictionaries(NAMES, TEXTS, max_size=2))
    head = "".join(f' {key}="{value}"' for key, value in attributes.items())
    inside = draw(TEXTS)
    if depth:
        inside += "".join(draw(st.lists(st.one_of(documents(depth - 1), TEXTS), max_size=4)))
    return f"<{name}{head}>{inside}</{name}>"


def canonical(text: str) -> bytes:
    root = etree.fromstring(text)
    for node in root.iter():
        node.text = node.text if (node.text or "").strip() else None
        node.tail = node.tail if (node.tail or "").strip() else None
    return etree.tostring(root, method="c14n")


@given(documents())
def test_a_document_is_like_itself(text: str) -> None:
    assert differences(text, text) == []


@given(documents(), documents())
def test_equal_as_canonical_form_says(one: str, other: str) -> None:
    assert (differences(one, other) == []) == (canonical(one) == canonical(other))
