"""Data: files of rows, documents, made-up values, arithmetic, times, checksums and encodings, kept under names.

Not here: single texts and checks of variables (`store.py`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import datetime, timezone
from typing import Any

from apitest.catalogue import step
from apitest.core import compare, dates
from apitest.core.expressions import calculate
from apitest.data_files import read_rows
from apitest.errors import StepError
from apitest.scenario import Scope
from apitest.steps import random_values
from apitest.steps.dates import format_named
from apitest.steps.last_response import comparing
from apitest.steps.step_input import doc_json, doc_text, random_of, read_file, resolve, table_rows, text_of
from apitest.steps.store import keep


@step(
    'data from "{file}" under "{name}"',
    meaning="Keeps the rows of a CSV, JSON, YAML or XLSX file of features/data.",
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
    "date, boolean; re:[A-Z]{3} makes a text that the regular expression fits.",
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
    meaning="Keeps what an expression gives: + - * / // % **, parentheses, and the functions upper, lower, title, "
    "trim, replace, part, split, join, length, round, floor, ceil, abs, min, max, sum, int, float, text.",
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
    compare.check("The variable differs", compare.compare(expected, v, "", comparing(v, ctx)))


# What other step files use


def rows_of_file(ctx: Any, file: Any) -> list[Any]:
    """The rows of a data file, by its extension; the first line of CSV and XLSX names the columns."""
    return read_rows(text_of(file), read_file(ctx, file, "data"))


# Inside


def _algorithm(name: Any) -> str:
    text = text_of(name).lower().replace("-", "")
    if text not in hashlib.algorithms_guaranteed or text.startswith("shake"):
        known = ", ".join(sorted(one for one in hashlib.algorithms_guaranteed if not one.startswith("shake")))
        raise StepError(f'There is no checksum "{text_of(name)}"', f"There are: {known}")
    return text


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else text_of(value).encode()
