"""Data: files of rows, documents, made-up values, arithmetic, times, checksums and encodings, kept under names.

Not here: single texts and checks of variables (`store.py`).
"""

from __future__ import annotations

import ast
import base64
import binascii
import hashlib
import hmac
import operator
import re
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from apitest.catalogue import step
from apitest.core import compare, dates, json_text, lookups, sentences
from apitest.errors import StepError
from apitest.scenario import Scope
from apitest.steps import random_values
from apitest.steps.csv import read_csv
from apitest.steps.dates import format_named
from apitest.steps.last_response import comparing
from apitest.steps.step_input import doc_json, doc_text, random_of, read_text, resolve, table_rows, text_of
from apitest.steps.store import keep


@step(
    'data from "{file}" under "{name}"',
    meaning="Keeps the rows of a CSV, JSON or YAML file of features/data.",
    example='data from "users.csv" under "users"',
)
def data_from(ctx: Any, file: Any, name: Any) -> None:
    keep(ctx, name, rows_of_file(ctx, file))


@step(
    'I store this (JSON/text) under "{name}"',
    meaning="Keeps the doc string, its look-ups filled in.",
    example='I store this JSON under "order"',
    needs="doc",
)
def store_document(ctx: Any, choice: str, name: Any) -> None:
    keep(ctx, name, doc_json(ctx) if choice == "json" else doc_text(ctx))


@step(
    "I store these values",
    meaning="Keeps several values. Columns: name and value; a row may use what one above it stored.",
    example="I store these values",
    needs="table",
)
def store_values(ctx: Any) -> None:
    for row in table_rows(ctx, ("name", "value")):  # a row may look up what one above it stored
        keep(ctx, resolve(ctx, row["name"]), resolve(ctx, row["value"]))


@step(
    'I store a random "{kind}" under "{name}"',
    meaning="Keeps a made-up value: name, e-mail, phone, address, company, iban, card, uuid, ip, text:20, number:1..9, "
    "date, boolean.",
    example='I store a random "e-mail" under "mail"',
)
def store_random(ctx: Any, kind: Any, name: Any) -> None:
    keep(ctx, name, random_values.generate(text_of(kind), random_of(ctx)))


@step(
    'I store {n} random "{kind}" values under "{name}"',
    meaning="Keeps a list of made-up values.",
    example='I store 5 random "name" values under "names"',
)
def store_random_list(ctx: Any, n: Any, kind: Any, name: Any) -> None:
    keep(ctx, name, [random_values.generate(text_of(kind), random_of(ctx)) for _ in range(int(n))])


@step(
    'I store the result of "{expression}" under "{name}"',
    meaning="Keeps what an expression gives: + - * / // % **, parentheses, and upper, lower, trim, length, round, min, "
    "max, int, float, text of #names.",
    example='I store the result of "#price * 2 + 1" under "double"',
)
def store_result(ctx: Any, expression: Any, name: Any) -> None:
    keep(ctx, name, calculate(text_of(expression), Scope(ctx.apitest)))


@step(
    'I store the time now under "{name}", format "{format}"',
    meaning="Keeps the time in UTC, written in a format that has a name.",
    example='I store the time now under "started", format "default"',
)
def store_now(ctx: Any, name: Any, format: Any) -> None:
    keep(ctx, name, dates.render(datetime.now(timezone.utc), format_named(ctx, format)))


@step(
    'I store the time now (plus/minus) {d} under "{name}", format "{format}"',
    meaning="The same, so much later or earlier.",
    example='I store the time now plus 2 days under "due", format "default"',
)
def store_shifted_now(ctx: Any, choice: str, d: float, name: Any, format: Any) -> None:
    moment = dates.shift(datetime.now(timezone.utc), seconds=d if choice == "plus" else -d)
    keep(ctx, name, dates.render(moment, format_named(ctx, format)))


@step(
    'I store "{value}" for the whole run under "{name}"',
    meaning="Keeps a value for all features, whichever run at the same time.",
    example='I store "#token" for the whole run under "token"',
)
def store_for_run(ctx: Any, value: Any, name: Any) -> None:
    ctx.apitest.run.values[text_of(name)] = value


@step(
    'I store the "{algorithm}" hash of "{value}" under "{name}"',
    meaning="Keeps a checksum in hexadecimal: MD5, SHA1, SHA256, SHA512 ...",
    example='I store the "SHA256" hash of "#body" under "sum"',
)
def store_hash(ctx: Any, algorithm: Any, value: Any, name: Any) -> None:
    keep(ctx, name, hashlib.new(_algorithm(algorithm), _bytes(value)).hexdigest())


@step(
    'I store "{value}" signed with "{algorithm}" and key "{key}" under "{name}"',
    meaning="Keeps the HMAC of a text in hexadecimal.",
    example='I store "#body" signed with "SHA256" and key "@signing_key" under "signature"',
)
def store_signature(ctx: Any, value: Any, algorithm: Any, key: Any, name: Any) -> None:
    keep(ctx, name, hmac.new(_bytes(key), _bytes(value), _algorithm(algorithm)).hexdigest())


@step(
    'I decode "{value}" from Base64 under "{name}"',
    meaning="Keeps the text that Base64 stands for; the alphabet for URLs is read, too.",
    example='I decode "#cred" from Base64 under "plain"',
)
def store_decoded(ctx: Any, value: Any, name: Any) -> None:
    text = text_of(value).strip().replace("-", "+").replace("_", "/")
    try:
        decoded = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (ValueError, binascii.Error) as error:
        raise StepError(f'"{text_of(value)}" is no Base64: {error}') from error
    keep(ctx, name, decoded.decode("utf-8", "replace"))


@step(
    'variable "{v}" matches JSON',
    "then",
    meaning="A value is this JSON document; markers may stand in it.",
    example='variable "#order" matches JSON',
    needs="doc",
)
def variable_matches(ctx: Any, v: Any) -> None:
    expected = doc_json(ctx)
    compare.check("The variable differs", compare.compare(expected, v, "", comparing(v)))


# What other step files use


def rows_of_file(ctx: Any, file: Any) -> list[Any]:
    """The rows of a data file, by its extension; a CSV file's first line names the columns."""
    text = read_text(ctx, file, "data")
    extension = text_of(file).rpartition(".")[2].lower()
    if extension == "csv":
        lines = read_csv(text)
        if not lines:
            raise StepError(f'"{text_of(file)}" is empty')
        return [dict(zip(lines[0], line, strict=False)) for line in lines[1:]]
    if extension == "json":
        rows = json_text.parse(text, f'file "{text_of(file)}"')
    elif extension in ("yaml", "yml"):
        import yaml

        try:
            rows = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise StepError(f'"{text_of(file)}" is not YAML: {error}') from error
    else:
        raise StepError(f'"{text_of(file)}" is of no kind that rows can be read from', "CSV, JSON or YAML.")
    if not isinstance(rows, list):
        raise StepError(f'"{text_of(file)}" holds no list of rows')
    return rows


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
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "upper": lambda text: str(text).upper(),
    "lower": lambda text: str(text).lower(),
    "trim": lambda text: str(text).strip(),
    "replace": lambda text, old, new: str(text).replace(str(old), str(new)),
    "length": len,
    "round": round,
    "abs": abs,
    "min": min,
    "max": max,
    "int": int,
    "float": float,
    "text": lookups.as_text,
}
MAX_EXPRESSION = 1000
MAX_RESULT = 1_000_000
"""Signs of an expression; size of what it may make, so that `9 ** 9 ** 9` ends the step and not the run."""

_EXPRESSION_LOOKUP = re.compile(r"[#@]\{[^{}]+\}|\$\{\w+\}|[#@][A-Za-z_][\w.\-/\[\]]*|\$[A-Za-z_]\w*")
_QUOTED = re.compile(r"'[^']*'|" + _EXPRESSION_LOOKUP.pattern)


def calculate(expression: str, scope: Any) -> Any:
    """The value of an expression over look-ups.  Nothing else than its own operators and functions is ever called.

    A name may have dashes only inside braces, `#{order-id}`: elsewhere a dash is a minus.
    """
    if len(expression) > MAX_EXPRESSION:
        raise StepError("The expression is too long")
    values: dict[str, Any] = {}

    def replace(found: re.Match[str]) -> str:
        text = found[0]
        if text[0] == "'":
            return text
        rest = ""
        if "{" not in text:
            text, dash, rest = text.partition("-")
            rest = dash + rest
        text = text.rstrip("/.")
        name = f"v{len(values)}"
        values[name] = _number_where_possible(lookups.resolve(text, scope))
        return f"({name}){found[0][len(text) :] if '{' not in text else rest}"

    try:
        tree = ast.parse(_QUOTED.sub(replace, expression).strip(), mode="eval")
        return _value(tree.body, values)
    except (SyntaxError, ValueError, TypeError, ZeroDivisionError, OverflowError, RecursionError, KeyError) as error:
        raise StepError(f'"{expression}" cannot be calculated: {error}') from error


# Inside


def _value(node: ast.AST, values: dict[str, Any]) -> Any:
    result: Any
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float | str):
        return node.value
    if isinstance(node, ast.Name) and node.id in values:
        return values[node.id]
    if isinstance(node, ast.UnaryOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](_value(node.operand, values))
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        left, right = _value(node.left, values), _value(node.right, values)
        if isinstance(node.op, ast.Add) and isinstance(left, str) != isinstance(right, str):
            left, right = lookups.as_text(left), lookups.as_text(right)
        if isinstance(node.op, ast.Pow) and (abs(right) > 1000 or abs(left) > 1e6):
            raise ValueError("the power is too big")
        if isinstance(node.op, ast.Mult):
            for one, other in ((left, right), (right, left)):
                if isinstance(one, str | list) and isinstance(other, int) and len(one) * other > MAX_RESULT:
                    raise ValueError("the result is too long")
        if isinstance(node.op, ast.Mod) and isinstance(left, str):
            raise ValueError("% is for numbers")
        result = _OPERATORS[type(node.op)](left, right)
        return result
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        function = _FUNCTIONS.get(node.func.id)
        if function is None:
            raise ValueError(f"there is no function {node.func.id}; there are: {', '.join(_FUNCTIONS)}")
        return function(*(_value(argument, values) for argument in node.args))
    raise ValueError(f"{ast.unparse(node)!r} is not allowed here")


def _number_where_possible(value: Any) -> Any:
    number = sentences.parse_number(value) if isinstance(value, str) else None
    return value if number is None else number


def _algorithm(name: Any) -> str:
    text = text_of(name).lower().replace("-", "")
    if text not in hashlib.algorithms_guaranteed or text.startswith("shake"):
        known = ", ".join(sorted(one for one in hashlib.algorithms_guaranteed if not one.startswith("shake")))
        raise StepError(f'There is no checksum "{text_of(name)}"', f"There are: {known}")
    return text


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else text_of(value).encode()
