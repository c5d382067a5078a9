from __future__ import annotations

import pytest

from apitest.core import old_suites
from apitest.core.notation import expand


def read(pattern: str, sentence: str) -> list[str] | None:
    spans = old_suites.read(expand(pattern, {})[0].parts, old_suites.split(sentence))
    return None if spans is None else [sentence[start:end] for start, end in spans]


@pytest.mark.parametrize(
    ("pattern", "sentence", "values"),
    [
        ('path "{p}" is "{v}"', 'path "/a" is "x" is "y"', ["/a", 'x" is "y']),
        ('path "{p}" is "{v}"', 'JSON Pointer "/a" IS "":', ["/a", ""]),
        ('store "{sql}" under "{n}"', 'store "select "a" from b" under "x"', ['select "a" from b', "x"]),
        ('path "{p}" isn\'t empty', 'path "a"b" is not empty', ['a"b']),
        ('path "{p}" is "{v}"', 'path "/a" is "x', None),
        ('path "{p}" is "{v}"', 'path "/a" was "x"', None),
        ("it has {n} rows", "it has 3 rows", None),
    ],
)
def test_values(pattern: str, sentence: str, values: list[str] | None) -> None:
    assert read(pattern, sentence) == values


def test_too_many_quotes_are_not_tried() -> None:
    assert read('say "{a}" "{b}"', 'say "x" ' + '"y" ' * 30) is None


def test_rewritten() -> None:
    sentence = 'path "/a" is "x" \\n "y"'
    spans = old_suites.read(expand('path "{p}" is "{v}"', {})[0].parts, old_suites.split(sentence))
    assert spans is not None
    assert old_suites.rewrite(sentence, spans) == 'path "/a" is "x\\" \\\\n \\"y"'
