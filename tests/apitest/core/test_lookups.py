from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitest.core import lookups, markers
from apitest.core.lookups import Values, fill, resolve, resolve_arguments, resolve_document
from apitest.core.markers import Verbatim
from apitest.core.phrases import Raw
from apitest.errors import LookupFailed, StepError

ORDER = {"id": 17, "items": [{"sku": "A1", "a/b": 1}], "note": "~any", "paid": True, "void": None}
SCOPE = Values(
    values={"order": ORDER, "n": 3, "order-id": "17", "a.b/c": "dotted", "my name": "Ann", "tilde": "~any", "t": "5 s"},
    settings={"user": "ann", "pay.url": "http://pay"},
    variables={"HOME": "/home/ann"},
    secrets={"a/b": "s3cret"}.__getitem__,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", ""),
        ("plain", "plain"),
        ("#n", 3),
        ("#order", ORDER),
        ("#order/items/0/sku", "A1"),
        ("#order.items[0].sku", "A1"),
        ("#order/items/0/a~1b", 1),
        ("#order/id", 17),
        ("#order-id", "17"),
        ("#a.b/c", "dotted"),
        ("#my name", "Ann"),
        ("#{n}", 3),
        ("@user", "ann"),
        ("@pay.url", "http://pay"),
        ("$HOME", "/home/ann"),
        ("vault:a/b", "s3cret"),
        ("id-#{order-id}-@{user}-${HOME}", "id-17-ann-/home/ann"),
        ("#{order/id} #{ n }", "17 3"),
        ('{"o": #{order/items}}', '{"o": [{"sku":"A1","a/b":1}]}'),
        ("#{order/paid} #{order/void}", "true null"),
        ("##fff", "#fff"),
        ("##", "#"),
        ("@@me", "@me"),
        ("$$HOME", "$HOME"),
        ("~~uuid", "~uuid"),
        ("##{n}", "#{n}"),
        ("a ##{n} @@{user}", "a #{n} @{user}"),
        ("#", "#"),
        ("# title", "# title"),
        ("$.a", "$.a"),
        ("$[0]", "$[0]"),
        ("$..price", "$..price"),
        ("$5", "$5"),
        ("a #n", "a #n"),
        ("ann@shop.test", "ann@shop.test"),
        ("~uuid", "~uuid"),
        ("~before:#order-id", "~before:17"),
        ("~oneof:a,b", "~oneof:a,b"),
        ("vault: x", "vault: x"),
        ('{"a": "#n"}', '{"a": "#n"}'),
        ('${"x"}', '${"x"}'),
    ],
)
def test_resolve(text: str, value: Any) -> None:
    found = resolve(text, SCOPE)
    assert found == value
    assert type(found) in (type(value), Verbatim)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("#oder", "no stored value #oder", "#order"),
        ("#fff", "no stored value #fff", "write ##"),
        ("x #{nope}", "no stored value #nope", "##"),
        ("@usr", "no setting @usr", "@user"),
        ("$HOM", "no environment variable $HOM", "$HOME"),
        ("#order/itms", "#order/itms does not exist", "/items"),
        ("#order.items[3]", "list with 1 element", ""),
        ("#order[x]", "cannot be read", "#name.key[0]"),
        ("#{order id}", "no stored value", ""),
        ("vault:zz", "the vault has nothing", ""),
    ],
)
def test_what_is_unknown(text: str, message: str, hint: str) -> None:
    with pytest.raises(LookupFailed) as caught:
        resolve(text, SCOPE)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_no_vault() -> None:
    with pytest.raises(LookupFailed, match="no vault"):
        resolve("vault:a", Values())


def test_data_is_never_a_marker() -> None:
    assert markers.parse(resolve("#tilde", SCOPE)) is None
    assert markers.parse(resolve("#{tilde}x", SCOPE)) is None
    assert markers.parse(resolve("#order", SCOPE)["note"]) is None
    assert markers.parse(resolve("~~any", SCOPE)) is None
    assert markers.parse(resolve("~any", SCOPE)) is not None


def test_a_value_without_a_tilde_is_itself() -> None:
    order = {"a": [1, {"b": "c"}]}
    assert resolve("#o", Values({"o": order})) is order


@given(st.text())
def test_texts_without_signs_stay(text: str) -> None:
    plain = text.translate(str.maketrans("", "", "#@$~")).removeprefix("vault:")
    if not plain.startswith("vault:"):
        assert resolve(plain, SCOPE) == plain


@given(st.text(min_size=1), st.sampled_from("#@$~"))
def test_a_doubled_sign_is_the_sign(text: str, sign: str) -> None:
    if "{" not in text:
        assert resolve(sign + sign + text, SCOPE) == sign + text


@given(st.text())
def test_nothing_but_lookup_failures(text: str) -> None:
    try:
        resolve(text, SCOPE)
    except StepError:
        pass


@given(st.dictionaries(st.from_regex(r"[A-Za-z_][\w.\-/]{0,8}", fullmatch=True), st.integers(), min_size=1))
def test_every_stored_name_is_found(values: dict[str, int]) -> None:
    scope = Values(values)
    for name, value in values.items():
        assert resolve(f"#{name}", scope) == value
        assert fill(f"<#{{{name}}}>", scope) == f"<{value}>"


def test_documents() -> None:
    document = {"#{n}": ["#n", {"x": "a#{n}", "y": "~uuid", "z": 1}], "k": None}
    assert resolve_document(document, SCOPE) == {"3": [3, {"x": "a3", "y": "~uuid", "z": 1}], "k": None}


def test_arguments() -> None:
    given_arguments = {
        "path": Raw("/a"),
        "value": Raw("#order", "payload"),
        "n": Raw("#n", "number"),
        "m": Raw("#order-id", "number"),
        "d": Raw("#t", "duration"),
        "e": Raw("#n", "duration"),
        "f": Raw("#order-id", "duration"),
        "expression": Raw("#n * 2", "expression"),
        "k": 5,
        "c": None,
    }
    assert resolve_arguments(given_arguments, SCOPE) == {
        "path": "/a",
        "value": ORDER,
        "n": 3,
        "m": 17,
        "d": 5.0,
        "e": 3.0,
        "f": 17.0,
        "expression": "#n * 2",
        "k": 5,
        "c": None,
    }


@pytest.mark.parametrize(("kind", "word"), [("number", "number"), ("duration", "duration")])
def test_arguments_of_the_wrong_kind(kind: Any, word: str) -> None:
    with pytest.raises(StepError, match=f"should be a {word}"):
        resolve_arguments({"n": Raw("@user", kind)}, SCOPE)
    with pytest.raises(StepError, match=f"should be a {word}"):
        resolve_arguments({"n": Raw("#order/paid", kind)}, SCOPE)


def test_as_text() -> None:
    assert [lookups.as_text(value) for value in ("a", b"b", True, None, [1, "ü"], 1.5)] == [
        "a",
        "b",
        "true",
        "null",
        '[1,"ü"]',
        "1.5",
    ]
