from __future__ import annotations

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
    assert xml_path.read_text(root, "count(//o:item)", NAMES) == "2"
    assert xml_path.read_text(root, "count(//o:item) = 2", NAMES) == "true"


def test_none_or_several() -> None:
    root = xml_path.parse(ORDER)
    with pytest.raises(AssertionFailed) as caught:
        xml_path.read_text(root, "//item")
    assert "elements: b, item, order" in caught.value.mismatches[0].reason
    with pytest.raises(AssertionFailed) as caught:
        xml_path.read_text(root, "//o:item", NAMES)
    assert caught.value.mismatches[0].actual == ["AB", "C"]


def test_what_is_no_xpath() -> None:
    root = xml_path.parse(ORDER)
    with pytest.raises(StepError, match="not declared") as caught:
        xml_path.find(root, "//p:item", NAMES)
    assert "Declared: o" in caught.value.hint
    with pytest.raises(StepError, match="is no XPath"):
        xml_path.find(root, "//[")


def test_what_is_no_xml() -> None:
    with pytest.raises(AssertionFailed, match="no XML"):
        xml_path.parse(b'{"a": 1}')


def test_nothing_outside_the_document_is_read(tmp_path: object) -> None:
    body = b"""<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>"""
    assert xml_path.text_of(xml_path.parse(body)).strip() in ("", "&x;")


def test_a_bomb_does_not_go_off() -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    body = f'<!DOCTYPE a [<!ENTITY e0 "ha">{entities}]><a>&e9;</a>'.encode()
    try:
        assert len(xml_path.text_of(xml_path.parse(body))) < 100
    except AssertionFailed:
        pass
