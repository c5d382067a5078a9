"""The server under test: deploying services, invoking them, and making the channels, credentials and outgoing
connections of a scenario; what a scenario makes is removed with it.

Not here: how a server is asked (`apitest/server.py`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from apitest.catalogue import step
from apitest.core import nearest
from apitest.errors import AssertionFailed, Mismatch, StepError
from apitest.server import Adapter, AdminAPI, Made, Refused
from apitest.steps.http import send, transport_of
from apitest.steps.last_response import require
from apitest.steps.step_input import doc_json, place_of_file, text_of
from apitest.steps.store import keep


@step(
    'the server at "{address}"[ with admin "{user}" "{password}"]',
    meaning="Which server the sentences below drive, and who may; requests go there, too, unless told otherwise.",
    example='the server at "@server" with admin "admin.invoke" "@admin_password"',
)
def use_server(ctx: Any, address: Any, user: Any, password: Any) -> None:
    state = ctx.apitest
    where = text_of(address).rstrip("/")
    if not where.startswith(("http://", "https://")):
        where = f"http://{where}"
    if password is not None and text_of(password):
        state.run.secrets.add(text_of(password))
    state.own["server"] = AdminAPI(
        where, text_of(user) if user is not None else "", text_of(password or ""), transport_of(ctx).send
    )
    if not state.request.address:
        state.request.address = where


# Services


@step(
    'I hot-deploy "{file}"',
    "when",
    meaning="Deploys a service file, or all of a folder.",
    example='I hot-deploy "services/orders.py"',
)
def hot_deploy(ctx: Any, file: Any) -> None:
    server = server_of(ctx)
    deployed: list[str] = []
    for path in _sources(ctx, file):
        deployed += server.deploy(path.name, path.read_bytes())
    keep(ctx, "deployed", deployed)


@step(
    'deploying "{file}" fails, saying "{text}"',
    "then",
    meaning="A file that the server refuses, with a reason that has this text.",
    example='deploying "services/broken.py" fails, saying "SyntaxError"',
)
def deploying_fails(ctx: Any, file: Any, text: Any) -> None:
    wanted = text_of(text)
    try:
        hot_deploy(ctx, file)
    except Refused as refused:
        require(wanted in refused.message, "It was refused for another reason", "", wanted, refused.message)
        return
    raise AssertionFailed("It was deployed", [Mismatch(text_of(file), "refused", ctx.apitest.values.get("deployed"))])


@step(
    'service "{service}" is deployed',
    "then",
    meaning="The server has a service of that name.",
    example='service "orders.create" is deployed',
)
def service_is_deployed(ctx: Any, service: Any) -> None:
    server, name = server_of(ctx), text_of(service)
    if not server.is_deployed(name):
        known = server.service_names()
        near = nearest.names(name, known)
        reason = f"near: {', '.join(near)}" if near else f"there are {len(known)} services"
        mismatch = Mismatch(name, "deployed", reason=reason, has_actual=False)
        raise AssertionFailed(f'Service "{name}" is not deployed', [mismatch])


@step(
    'I invoke service "{service}"',
    "when",
    meaning="Invokes a service with the JSON of the doc string; its answer is checked as a response is.",
    example='I invoke service "orders.create"',
    takes="doc",
)
def invoke_service(ctx: Any, service: Any) -> None:
    payload = doc_json(ctx) if ctx.text is not None else None
    send(ctx, server_of(ctx).invocation(text_of(service), payload))


@step(
    'service "{service}" has run {n} times',
    "then",
    meaning="How often a service ran since the server started.",
    example='service "orders.create" has run 1 time',
)
def service_has_run(ctx: Any, service: Any, n: Any) -> None:
    count = server_of(ctx).calls_of(text_of(service))
    require(count == n, f'Service "{text_of(service)}" ran {count} times', "runs", n, count)


# Connections


@step(
    'a REST channel "{channel}" at "{path}" for service "{service}"',
    meaning="Makes a channel; it is removed after the scenario.",
    example='a REST channel "orders" at "/orders" for service "orders.create"',
)
def make_channel(ctx: Any, channel: Any, path: Any, service: Any) -> None:
    _made(ctx, server_of(ctx).make_rest_channel(text_of(channel), text_of(path), text_of(service)))


@step(
    'channel "{channel}" requires "{security}" "{username}" "{password}"',
    meaning="From now on a channel wants credentials: basic with user name and password, api-key with header and key.",
    example='channel "orders" requires "basic" "ann" "@ann_password"',
)
def channel_requires(ctx: Any, channel: Any, security: Any, username: Any, password: Any) -> None:
    ctx.apitest.run.secrets.add(text_of(password))
    server = server_of(ctx)
    _made(ctx, server.require_credentials(text_of(channel), text_of(security), text_of(username), text_of(password)))


@step(
    'an outgoing "{kind}" connection "{name}" to "{address}"',
    meaning="Makes an outgoing connection, rest or sql; it is removed after the scenario.",
    example='an outgoing "rest" connection "billing" to "http://127.0.0.1:18080/billing"',
)
def make_outgoing(ctx: Any, kind: Any, name: Any, address: Any) -> None:
    _made(ctx, server_of(ctx).make_outgoing(text_of(kind), text_of(name), text_of(address)))


@step(
    'outgoing connection "{name}" answers a ping',
    "then",
    meaning="What an outgoing connection leads to is there.",
    example='outgoing connection "billing" answers a ping',
)
def outgoing_answers(ctx: Any, name: Any) -> None:
    problem = server_of(ctx).ping_outgoing(text_of(name))
    require(not problem, f'Outgoing connection "{text_of(name)}" does not answer', text_of(name), "an answer", problem)


# What other step files use


def server_of(ctx: Any) -> Adapter:
    """The server that the scenario drives.  Raises StepError where it named none."""
    server: Adapter | None = ctx.apitest.own.get("server")
    if server is None:
        raise StepError(
            "No server is named", 'Given the server at "@server" with admin "admin.invoke" "@admin_password"'
        )
    return server


# Inside


def _made(ctx: Any, made: Made) -> None:
    """Remembers to remove it.  What was made later may use what was made before; it goes first."""
    ctx.apitest.cleanups.append(made.remove)


def _sources(ctx: Any, file: Any) -> list[Path]:
    path = place_of_file(ctx, file)
    if path.is_dir():
        found = sorted(item for item in path.glob("*.py") if item.is_file())
        if not found:
            raise StepError(f'There is no Python file in "{text_of(file)}"')
        return found
    if not path.is_file():
        raise StepError(f'There is no file "{text_of(file)}"', "Names are relative to the project's folder.")
    return [path]
