"""Credentials beside Basic Auth: bearer tokens, API keys, none, and secrets that nothing may show.

Not here: how they travel (`core/request.py`).
"""

from __future__ import annotations

from typing import Any

from apitest.catalogue import step
from apitest.steps.step_input import text_of
from apitest.steps.store import keep


@step(
    "no authentication",
    meaning="Drops every credential of the request.",
    example="no authentication",
)
def no_authentication(ctx: Any) -> None:
    request = ctx.apitest.request
    request.auth = None
    request.headers = [pair for pair in request.headers if pair[0].lower() != "authorization"]


@step(
    'bearer token "{token}"',
    meaning="Sends Authorization: Bearer with this token.",
    example='bearer token "#token"',
)
def set_bearer_token(ctx: Any, token: Any) -> None:
    ctx.apitest.request.auth = ("bearer", text_of(token))


@step(
    'API key "{name}" is "{value}"[ in the {where}]',
    meaning="Sends an API key in a header; or in the query or a cookie.",
    example='API key "X-API-Key" is "@shop_key"',
)
def set_api_key(ctx: Any, name: Any, value: Any, where: str | None) -> None:
    ctx.apitest.run.secrets.add(text_of(value))
    ctx.apitest.request.auth = ("api-key", text_of(name), text_of(value), where or "header")


@step(
    'secret "{value}" under "{name}"',
    meaning="Keeps a value for #name and hides it everywhere from now on: console, reports, logs.",
    example='secret "@ann_password" under "pw"',
)
def keep_secret(ctx: Any, value: Any, name: Any) -> None:
    if text_of(value):
        ctx.apitest.run.secrets.add(text_of(value))
    keep(ctx, name, value)
