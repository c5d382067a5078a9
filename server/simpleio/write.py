"""What a service answered -> plain data, by its declaration.  Pure.

Lenient unless `strict_output` is set: a missing element is left out, one that is not declared is let through, a value
that does not fit its type goes out as it is, each with a remark (server-interface.md 2.4, ruling 40).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from server.simpleio.declaration import Declaration
from server.simpleio.elements import NOT_GIVEN, Unwritable, getter_of

Remark = Callable[[str], Any]


class OutputIncomplete(ValueError):
    """An output that does not fit its declaration, where that is strict."""


def write(declaration: Declaration, output: Any, remark: Remark = lambda text: None) -> Any:
    """Plain data for a format to encode: an object, or a list of them if the service answered a list.

    output: dict, row of SQLAlchemy, any object with the declared attributes, or a list of such; texts, bytes and
    other scalars pass as they are.  remark(text): told about what is odd.  Raises OutputIncomplete if strict.
    """
    if type(output) is dict and not declaration.is_output_repeated:  # PERF the usual case
        one = _one(declaration, output, remark)
        return {declaration.response_elem: one} if declaration.response_elem else one
    if isinstance(output, (str, bytes)):
        return output
    if isinstance(output, (list, tuple)) and not hasattr(output, "_mapping"):
        plain: Any = [_one(declaration, row, remark) for row in output]
    elif _is_rows(output):
        plain = [_one(declaration, row, remark) for row in output]
    else:
        plain = _one(declaration, output, remark)
        if declaration.is_output_repeated and isinstance(plain, dict):
            plain = [plain] if plain else []
    return {declaration.response_elem: plain} if declaration.response_elem else plain


def _one(declaration: Declaration, output: Any, remark: Remark) -> Any:
    if isinstance(output, dict):
        values: Mapping[str, Any] = output
    elif output is None:
        values = {}
    else:
        get, names = getter_of(output)
        if get is None:
            return output
        wanted = (
            dict.fromkeys((*declaration.run_names, *names)) if isinstance(output, Mapping) else declaration.run_names
        )
        values = {name: get(name) for name in wanted}
    out: dict[str, Any] = {}
    skip = declaration.skip_empty
    used = 0
    for name, plain_type, writer, is_optional, default in declaration.run_writers:
        value = values.get(name, NOT_GIVEN)
        used += 1
        if value is NOT_GIVEN:
            used -= 1
            if default is not NOT_GIVEN:
                out[name] = default
            elif not is_optional:
                _odd(declaration, f"the required output '{name}' was not set and is left out", remark)
            continue
        if type(value) is not plain_type and value is not None:
            try:
                value = writer(value)
            except Unwritable as error:
                _odd(declaration, f"the output '{name}' is {error}; it goes out as it is", remark)
        if skip and name in skip and (value is None or value == "" or value == [] or value == {}):
            continue
        out[name] = value
    if used != len(values) and isinstance(output, dict):
        for name, value in output.items():
            if name not in declaration.run_names:
                remark(f"the output '{name}' is not declared and goes out all the same")
                out[name] = value
    return out


def _odd(declaration: Declaration, text: str, remark: Remark) -> None:
    if declaration.is_output_strict:
        raise OutputIncomplete(text)
    remark(text)


def _is_rows(output: Any) -> bool:
    # Results of SQLAlchemy, generators, sets; an object of the service's own is none of these.
    return (
        hasattr(output, "__iter__")
        and not isinstance(output, (Mapping, str, bytes))
        and not hasattr(output, "_mapping")
        and not hasattr(output, "__table__")
    )
