"""YAML or JSON text -> a JSON document: what API descriptions and schemas are written in.

YAML as JSON has it (YAML 1.2, core schema): dates and times stay texts, only `true` and `false` are booleans, and keys
are texts.  A key that comes twice is refused.  Pure.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from apitest.core import json_text
from apitest.errors import FileProblem, StepError


def parse(text: str, name: str) -> Any:
    """The document of a file of that name.  Raises FileProblem with the line."""
    start = text.lstrip()[:1]
    if name.lower().endswith(".json") or start in ("{", "["):
        try:
            return json_text.parse(text, f'file "{name}"')
        except StepError as error:
            if name.lower().endswith(".json"):
                raise FileProblem(error.message, error.hint) from None
    import yaml  # PERF imported when the first such file is read

    try:
        return yaml.load(text, Loader=_loader())
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""
        problem = getattr(error, "problem", None) or str(error).partition("\n")[0]
        raise FileProblem(f'"{name}" is neither YAML nor JSON: {problem}{where}') from None
    except RecursionError:
        raise FileProblem(f'"{name}" is nested too deeply') from None


@lru_cache(maxsize=1)
def _loader() -> Any:
    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(base):  # type: ignore[misc]  # the class is chosen when it runs
        yaml_implicit_resolvers: dict[str, Any] = {}

    tags = (
        ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
        ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
        ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", "-+.0123456789"),
        ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    )
    for name, pattern, first in tags:
        Loader.add_implicit_resolver(f"tag:yaml.org,2002:{name}", re.compile(f"^(?:{pattern})$"), list(first))
    Loader.add_constructor("tag:yaml.org,2002:int", _whole_number)
    Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
    return Loader


def _whole_number(loader: Any, node: Any) -> int:
    text = loader.construct_scalar(node)
    bases = {"0x": 16, "0o": 8}
    return int(text, bases.get(text[:2], 10))


def _mapping(loader: Any, node: Any) -> dict[str, Any]:
    import yaml

    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if isinstance(key, dict | list):
            raise yaml.constructor.ConstructorError(None, None, "a key is no text", key_node.start_mark)
        text = key if isinstance(key, str) else str(key_node.value)  # 200: is the key "200"
        if text in found:
            raise yaml.constructor.ConstructorError(None, None, f"the key {text!r} comes twice", key_node.start_mark)
        found[text] = loader.construct_object(value_node, deep=True)
    return _merged(found)


def _merged(found: dict[str, Any]) -> dict[str, Any]:
    """`<<: *other`, which YAML 1.1 had: the other's keys below its own."""
    others = found.pop("<<", None)
    for other in [others] if isinstance(others, dict) else others if isinstance(others, list) else []:
        if isinstance(other, dict):
            found = {**other, **found}
    return found
