"""apitest/core/yaml_text.py: YAML as JSON has it."""

from __future__ import annotations

import pytest

from apitest.core import yaml_text
from apitest.errors import FileProblem


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-01-31", "2026-01-31"),
        ("12:30", "12:30"),
        ("on", "on"),
        ("yes", "yes"),
        ("true", True),
        ("~", None),
        ("", None),
        ("1_000", "1_000"),
        ("0x1f", 31),
        ("-12", -12),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("'12'", "12"),
    ],
)
def test_scalars(text: str, value: object) -> None:
    found = yaml_text.parse(f"a: {text}\n", "a.yaml")["a"]
    assert found == value
    assert type(found) is type(value)


def test_keys_are_texts() -> None:
    assert yaml_text.parse("200: {2026-01-01: x}\ntrue: y", "a.yaml") == {"200": {"2026-01-01": "x"}, "true": "y"}


def test_anchors_and_merge_keys() -> None:
    assert yaml_text.parse("a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}\ne: *x", "a.yaml") == {
        "a": {"b": 1, "c": 2},
        "d": {"b": 1, "c": 3},
        "e": {"b": 1, "c": 2},
    }


def test_json_by_its_first_sign() -> None:
    assert yaml_text.parse('{"a": "2026-01-31"}', "openapi") == {"a": "2026-01-31"}
    assert yaml_text.parse("{a: flow}", "a.yaml") == {"a": "flow"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\na: 2", "'a' comes twice, line 2"),
        ("a: [", "neither YAML nor JSON"),
        ("? [a]\n: 1", "a key is no text"),
        ("a: *nowhere", "undefined alias"),
        ("a: &b [*b]", "neither YAML nor JSON"),
        ("!!python/object/apply:os.system [ls]", "could not determine a constructor"),
    ],
)
def test_problems_have_their_line(text: str, words: str) -> None:
    with pytest.raises(FileProblem) as caught:
        yaml_text.parse(text, "a.yaml")
    assert words in caught.value.message


def test_json_files_are_json_only() -> None:
    with pytest.raises(FileProblem, match="line 1"):
        yaml_text.parse("a: 1", "a.json")
