from __future__ import annotations

import time

import pytest

from apitest.core import xml_path
from apitest.errors import AssertionFailed, StepError

ORDER = (
    b"""<?xml version="1.0"?><o:order xmlns:o="urn:o" id="7"><o:item>A<b>B</b></o:item><o:item>C</o:item></o:order>"""
)
NAMES = {"o": "urn:o"}


def test_find() -> None:
    root = xml_path.parse(ORDER)
    assert len(xml_path.find(root, "//o:item", NAMES)) == 2
    assert xml_path.find(root, "count(//o:item)", NAMES) == [2.0]
    assert xml_path.read_text(root, "//o:item[1]", NAMES) == "AB"
    assert xml_path.read_text(root, "/o:order/@id", NAMES) == "7"
    assert xml_path.read_text(root, "o:item[2]", NAMES) == "C"  # from the root on
    assert xml_path.read_text(root, "count(//o:item)", NAMES) == "2"
    assert xml_path.read_text(root, "count(//o:item) = 2", NAMES) == "true"


@pytest.mark.parametrize(
    ("xpath", "is_there"),
    [
        ("//o:item", True),
        ("//o:none", False),
        ("//@id", True),
        ("count(//o:none)", False),
        ("count(//o:item) = 2", True),
        ("string(//o:none)", False),
    ],
)
def test_exists(xpath: str, is_there: bool) -> None:
    assert xml_path.exists(xml_path.parse(ORDER), xpath, NAMES) is is_there


def test_several() -> None:
    with pytest.raises(AssertionFailed) as caught:
        xml_path.read_text(xml_path.parse(ORDER), "//o:item", NAMES, "A")
    (mismatch,) = caught.value.mismatches
    assert (mismatch.expected, mismatch.actual) == ("A", ["AB", "C"])
    assert mismatch.reason == "2 nodes instead of one"


@pytest.mark.parametrize(
    ("xpath", "says"),
    [
        ("/o:order/o:item[2]/o:sku/@x", '"/o:order/o:item[2]" is there; it has nothing inside'),
        ("//o:order/o:line['a/b']", '"//o:order" is there; it has o:item, @id'),
        ("//o:line", "no such node; elements: b, o:item, o:order"),
        ("//item", "item has a namespace: write o:item"),
    ],
)
def test_a_path_that_finds_nothing_says_how_far_it_got(xpath: str, says: str) -> None:
    with pytest.raises(AssertionFailed) as caught:
        xml_path.read_text(xml_path.parse(ORDER), xpath, NAMES)
    (mismatch,) = caught.value.mismatches
    assert says in mismatch.reason
    assert not mismatch.has_actual


def test_a_namespace_that_is_not_declared_is_offered() -> None:
    with pytest.raises(AssertionFailed) as caught:
        xml_path.read_text(xml_path.parse(ORDER), "//item")
    assert 'declare namespace prefix "p" of "urn:o", write p:item' in caught.value.mismatches[0].reason


def test_what_is_no_xpath() -> None:
    root = xml_path.parse(ORDER)
    with pytest.raises(StepError, match="not declared") as caught:
        xml_path.find(root, "//p:item", NAMES)
    assert "Declared: o" in caught.value.hint
    for text in ("//[", "", "nosuch()", "a\0"):
        with pytest.raises(StepError, match="is no XPath"):
            xml_path.find(root, text)


# Changing


def test_write() -> None:
    root = xml_path.parse_own('<!-- first --><a id="1"><b>x</b><c/>tail</a>')
    xml_path.write_text(root, "//b", "<&>")
    xml_path.write_text(root, "/a/@id", "2")
    xml_path.write_text(root, "/a/text()", "end")
    assert xml_path.render(root) == (
        b"<?xml version='1.0' encoding='UTF-8'?>\n<!-- first --><a id=\"2\"><b>&lt;&amp;&gt;</b><c/>end</a>"
    )


@pytest.mark.parametrize(
    ("xpath", "text", "says"),
    [
        ("//z", "x", "finds nothing in the request"),
        ("//b", "x", "finds 2 nodes"),
        ("/a", "x", "with others in it"),
        ("count(//b)", "x", "cannot be set"),
        ("//b[1]", "\x01", "cannot stand in XML"),
    ],
)
def test_what_cannot_be_written(xpath: str, text: str, says: str) -> None:
    with pytest.raises(StepError, match=says):
        xml_path.write_text(xml_path.parse_own("<a><b/><b/></a>"), xpath, text)


def test_remove_keeps_the_text_behind() -> None:
    root = xml_path.parse_own('<a id="1">one<b/>two<b/>three</a>')
    xml_path.remove(root, "//b")
    xml_path.remove(root, "//@id")
    assert xml_path.render(root).endswith(b"<a>onetwothree</a>")
    with pytest.raises(StepError, match="finds nothing"):
        xml_path.remove(root, "//b")
    with pytest.raises(StepError, match="cannot be removed"):
        xml_path.remove(root, "/a")


def test_own_xml_that_is_none() -> None:
    with pytest.raises(StepError, match='file "a.xml" is no XML'):
        xml_path.parse_own("<a>", 'file "a.xml"')


def test_own_declaration_does_not_matter_in_text() -> None:
    root = xml_path.parse_own("\n <?xml version='1.0' encoding='ISO-8859-1'?><a>\u00e9</a>\n")
    assert root.text == "\u00e9"


# What comes from outside


def test_what_is_no_xml() -> None:
    for body in (b'{"a": 1}', b"", b"<a>", b"<a>&nbsp;</a>"):
        with pytest.raises(AssertionFailed, match="no XML"):
            xml_path.parse(body)


def test_charset_of_the_response() -> None:
    body = "<a>\u00e9</a>".encode("latin-1")
    assert xml_path.parse(body, "ISO-8859-1").text == "\u00e9"
    assert xml_path.parse("\ufeff<a>\u00e9</a>".encode(), "ISO-8859-1").text == "\u00e9"
    assert xml_path.parse("<a>\u00e9</a>".encode(), "no-such-charset").text == "\u00e9"


BOMB = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))


@pytest.mark.parametrize(
    "body",
    [
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd"><a/>',
        "<!DOCTYPE a><a/>",
        f'<!DOCTYPE a [<!ENTITY e0 "ha">{BOMB}]><a>&e11;</a>',
        f'<!DOCTYPE a [<!ENTITY e0 "hahahaha">{BOMB}]><a b="&e11;"/>',
        "<a>" * 100_000,
        "<a>" * 1000 + "</a>" * 1000,
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_documents_that_attack_are_refused_at_once(body: str, encoding: str) -> None:
    begun = time.monotonic()
    with pytest.raises(AssertionFailed, match="is no XML"):
        xml_path.parse(body.encode(encoding))
    assert time.monotonic() - begun < 1
