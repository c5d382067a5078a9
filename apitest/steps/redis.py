"""Redis: keys, hashes and lists as they should be, and channels.

Receiving is in `inbox.py`, publishing in `publish.py`.  Not here: Redis itself (`transports/redis.py`).
"""

from __future__ import annotations

from typing import Any

from apitest.catalogue import step
from apitest.core import compare, messages
from apitest.errors import AssertionFailed, Mismatch, StepError
from apitest.steps.connections import Opened, limit_of
from apitest.steps.inbox import add_inbox, inbox_kind, whole_number
from apitest.steps.last_response import comparing
from apitest.steps.publish import publishes
from apitest.steps.step_input import resolved_rows, text_of
from apitest.transports.inbox import Inbox
from apitest.transports.redis import ANSWER_SECONDS, RedisDatabase

KIND = "Redis channel"
YES = ("true", "yes", "1", "on")


def _open(ctx: Any, url: str, name: str, section: dict[str, str]) -> RedisDatabase:
    return RedisDatabase(
        url, section.get("may_be_emptied", "").strip().lower() in YES, limit_of(section, ANSWER_SECONDS)
    )


DATABASES: Opened[RedisDatabase] = Opened("Redis", ("redis", "rediss", "unix"), 'Redis "redis://localhost/0"', _open)

inbox_kind(KIND, 'Given I listen to Redis channel "news"; what was published before cannot be heard')


@step(
    'Redis "{url}"[ named "{name}"]',
    meaning="Connects to a database; a URL, a name given before, or [connection:NAME] of the configuration. Later "
    "sentences mean the one named last.",
    example='Redis "redis://@{redis}/3"',
)
def open_redis(ctx: Any, url: Any, name: Any) -> None:
    DATABASES.open(ctx, url, name)


@step(
    "Redis is emptied",
    meaning="Deletes every key of the database. Refused unless it is on this machine, or its [connection:NAME] says "
    "may_be_emptied = true.",
    example="Redis is emptied",
)
def empty(ctx: Any) -> None:
    DATABASES.current(ctx).empty()


@step(
    'Redis key "{key}" holds "{value}"',
    meaning="Sets a key; a list or an object that a look-up brings is kept as JSON.",
    example='Redis key "stock:A1" holds "5"',
)
def set_key(ctx: Any, key: Any, value: Any) -> None:
    DATABASES.current(ctx).set(text_of(key), value if isinstance(value, bytes) else text_of(value))


@step(
    'Redis key "{key}" is "{value}"',
    "then",
    meaning="The key holds this text, or what fits this marker; a text that says a number fits as a number.",
    example='Redis key "stock:A1" is "4"',
)
def key_is(ctx: Any, key: Any, value: Any) -> None:
    name = text_of(key)
    actual = DATABASES.current(ctx).get(name)
    context = comparing(None, ctx)
    if actual is None:
        found = compare.compare({name: value}, {}, "", context)
        compare.check(f'Redis key "{name}" does not exist', [_missing(name, item) for item in found])
        return
    found = messages.marked_differences(value, actual, name, context)
    compare.check(f'Redis key "{name}" is something else', found)


@step(
    'Redis key "{key}" (exists/doesn\'t exist)',
    "then",
    meaning="Whether there is such a key, of any kind.",
    example='Redis key "lock" doesn\'t exist',
)
def key_exists(ctx: Any, key: Any, choice: str) -> None:
    name = text_of(key)
    wanted = choice == "exists"
    if DATABASES.current(ctx).exists(name) is not wanted:
        there, other = ("exists", "does not exist") if wanted else ("does not exist", "exists")
        raise AssertionFailed(f'Redis key "{name}" {other}', [Mismatch(name, there, other)])


@step(
    'Redis key "{key}" expires within {d}',
    "then",
    meaning="The key has a time to live that is not longer.",
    example='Redis key "session:1" expires within 1 hour',
)
def key_expires(ctx: Any, key: Any, d: float) -> None:
    name = text_of(key)
    left = DATABASES.current(ctx).milliseconds_left(name)
    wanted = f"at most {d:g} s to live"
    if left == -2:
        raise AssertionFailed(f'Redis key "{name}" does not exist', [_missing(name, Mismatch(name, wanted))])
    if left == -1 or left > d * 1000:
        actual = "lives for ever" if left == -1 else f"{left / 1000:g} s to live"
        raise AssertionFailed(f'Redis key "{name}" lives longer', [Mismatch(name, wanted, actual)])


@step(
    'Redis hash "{key}" has these fields',
    "then",
    meaning="A hash has at least these fields, with these values or what fits these markers. Columns: field, value.",
    example='Redis hash "user:1" has these fields',
    needs="table",
)
def hash_has_fields(ctx: Any, key: Any) -> None:
    name = text_of(key)
    headings = [heading.strip() for heading in ctx.table.headings]
    column = "name" if "name" in headings else "field"
    rows = resolved_rows(ctx, (column, "value"))
    if not rows:
        raise StepError("The table has no rows", "Name the fields that the hash should have.")
    actual = DATABASES.current(ctx).hash(name)
    if actual is None:
        wanted = {text_of(row[column]): row["value"] for row in rows}
        raise AssertionFailed(f'Redis hash "{name}" does not exist', [_missing(name, Mismatch(name, wanted))])
    found: list[Mismatch] = []
    for row in rows:
        field, value = text_of(row[column]), row["value"]
        if field in actual and value != "~absent":
            found += messages.marked_differences(value, actual[field], field, comparing(None, ctx))
        else:
            found += compare.contains({field: value}, actual, "", comparing(None, ctx))
    compare.check(f'Redis hash "{name}" has other fields', found)


@step(
    'Redis list "{key}" has {n} elements',
    "then",
    meaning="A list, set, sorted set or stream has so many elements; one that does not exist has none.",
    example='Redis list "jobs" has 2 elements',
)
def list_has(ctx: Any, key: Any, n: float) -> None:
    name, wanted = text_of(key), whole_number(n)
    kind, size = DATABASES.current(ctx).size(name)
    if kind == "string":
        raise StepError(f'Redis key "{name}" is a string, not a list')
    if size != wanted:
        reason = "there is no such key" if kind == "none" else ""
        raise AssertionFailed(f'Redis list "{name}" has another size', [Mismatch(name, wanted, size, reason)])


@step(
    'I listen to Redis channel "{channel}"',
    meaning="Subscribes; a name with * means every channel that fits. Messages from now on can be received.",
    example='I listen to Redis channel "news"',
)
def listen(ctx: Any, channel: Any) -> None:
    name = text_of(channel)
    subscription = DATABASES.current(ctx).listen(name)
    ctx.apitest.cleanups.append(subscription.close)
    add_inbox(ctx, KIND, name, Inbox(f'{KIND} "{name}"', subscription.fetch))


@publishes(KIND)
def publish(ctx: Any, name: str, message: bytes) -> None:
    DATABASES.current(ctx).publish(name, message)


def _missing(name: str, item: Mismatch) -> Mismatch:
    return Mismatch(name, item.expected, reason="there is no such key", has_actual=False)
