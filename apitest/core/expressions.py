"""Arithmetic and text functions over look-ups, `#price * 2 + 1`; nothing else than what stands here is ever called.

Pure.  The text is parsed as Python and walked: no code of the author's is executed.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable
from typing import Any

from apitest.core import lookups, nearest, sentences
from apitest.core.lookups import Scope
from apitest.errors import StepError

MAX_EXPRESSION = 1000
MAX_RESULT = 1_000_000
"""Signs of an expression; size of what any part of it may make, so that `9 ** 9 ** 9` ends the step and not the run."""

_OPERATORS: dict[type, Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}


def _replace(text: Any, old: Any, new: Any) -> str:
    source, before, after = lookups.as_text(text), lookups.as_text(old), lookups.as_text(new)
    if len(source) + source.count(before) * len(after) > MAX_RESULT:
        raise ValueError("the result is too long")
    return source.replace(before, after)


def _part(text: Any, start: int, length: int | None = None) -> str:
    """Counted from 0, or from the end where negative."""
    source = lookups.as_text(text)
    begin = start if start >= 0 else max(0, len(source) + start)
    return source[begin:] if length is None else source[begin : begin + max(0, length)]


def _join(items: Any, separator: Any = ",") -> str:
    _check_list(items, "join")
    return lookups.as_text(separator).join(lookups.as_text(item) for item in items)


def _split(text: Any, separator: Any = ",") -> list[str]:
    return [part.strip() for part in lookups.as_text(text).split(lookups.as_text(separator))]


def _sum(items: Any) -> Any:
    _check_list(items, "sum")
    return sum(_number_where_possible(item) for item in items)


def _check_list(items: Any, name: str) -> None:
    if not isinstance(items, list | tuple):
        raise ValueError(f"{name} takes a list")


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "upper": lambda text: lookups.as_text(text).upper(),
    "lower": lambda text: lookups.as_text(text).lower(),
    "title": lambda text: lookups.as_text(text).title(),
    "trim": lambda text: lookups.as_text(text).strip(),
    "replace": _replace,
    "part": _part,
    "split": _split,
    "join": _join,
    "length": lambda value: len(value if isinstance(value, list | tuple | dict) else lookups.as_text(value)),
    "round": round,
    "floor": math.floor,
    "ceil": math.ceil,
    "abs": abs,
    "min": min,
    "max": max,
    "sum": _sum,
    "int": int,
    "float": float,
    "text": lookups.as_text,
}

_LOOKUP = re.compile(r"[#@]\{[^{}]+\}|\$\{\w+\}|[#@][A-Za-z_][\w.\-/\[\]]*|\$[A-Za-z_]\w*")
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|" + _LOOKUP.pattern)


def calculate(expression: str, scope: Scope) -> Any:
    """The value of an expression over look-ups.  Raises StepError for what is none.

    A name may have dashes only inside braces, `#{order-id}`: elsewhere a dash is a minus.
    """
    if len(expression) > MAX_EXPRESSION:
        raise StepError("The expression is too long", f"At most {MAX_EXPRESSION} characters.")
    values: dict[str, Any] = {}

    def replace(found: re.Match[str]) -> str:
        text = found[0]
        if text[0] in "'\"":
            return text
        rest = ""
        if "{" not in text:
            text, dash, rest = text.partition("-")
            rest = dash + rest
        plain = text.rstrip("/.")
        rest = text[len(plain) :] + rest
        name = f"v{len(values)}"
        values[name] = _number_where_possible(lookups.resolve(plain, scope))
        return f"({name}){rest}"

    try:
        tree = ast.parse(_QUOTED.sub(replace, expression).strip(), mode="eval")
        return _value(tree.body, values)
    except (
        SyntaxError, ValueError, TypeError, ArithmeticError, RecursionError, MemoryError, LookupError, AttributeError,
    ) as error:  # fmt: skip
        reason = error.msg if isinstance(error, SyntaxError) else error
        raise StepError(f'"{expression}" cannot be calculated: {reason}') from error


def _value(node: ast.AST, values: dict[str, Any]) -> Any:
    result = _of(node, values)
    if isinstance(result, complex):
        raise ValueError("the result is no real number")
    if isinstance(result, str | list | tuple) and len(result) > MAX_RESULT:
        raise ValueError("the result is too long")
    if isinstance(result, int) and result.bit_length() > MAX_EXPRESSION * 8:
        raise ValueError("the number is too big")
    return result


def _of(node: ast.AST, values: dict[str, Any]) -> Any:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float | str):
        return node.value
    if isinstance(node, ast.Name) and node.id in values:
        return values[node.id]
    if isinstance(node, ast.UnaryOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](_value(node.operand, values))
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return _binary(node.op, _value(node.left, values), _value(node.right, values))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        function = FUNCTIONS.get(node.func.id)
        if function is None:
            near = nearest.names(node.func.id, FUNCTIONS, 1)
            hint = f"did you mean {near[0]}? " if near else ""
            raise ValueError(f"there is no function {node.func.id}; {hint}there are: {', '.join(FUNCTIONS)}")
        return function(*(_value(argument, values) for argument in node.args))
    raise ValueError(f"{ast.unparse(node)!r} is not allowed here")


def _binary(sign: ast.operator, left: Any, right: Any) -> Any:
    if isinstance(sign, ast.Add) and isinstance(left, str) != isinstance(right, str):
        left, right = lookups.as_text(left), lookups.as_text(right)
    if isinstance(sign, ast.Pow) and (abs(right) > 1000 or abs(left) > 1e6):
        raise ValueError("the power is too big")
    if isinstance(sign, ast.Mult):
        for one, other in ((left, right), (right, left)):
            if isinstance(one, str | list | tuple) and isinstance(other, int) and len(one) * other > MAX_RESULT:
                raise ValueError("the result is too long")
    if isinstance(sign, ast.Mod) and isinstance(left, str):
        raise ValueError("% is for numbers")
    return _OPERATORS[type(sign)](left, right)


def _number_where_possible(value: Any) -> Any:
    number = sentences.parse_number(value) if isinstance(value, str) else None
    return value if number is None else number
