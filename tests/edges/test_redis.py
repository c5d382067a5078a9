"""Redis sentences against a real Redis."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from apitest.results import ScenarioResult
from apitest.transports.redis import is_local
from tests.support import containers
from tests.support.one_scenario import errs, fails, passes, run_steps


def run(folder: Path, steps: str, database: int = 1) -> ScenarioResult:
    """`@k` is a prefix of keys that nothing else uses."""
    url = containers.redis_url().removesuffix("/0") + f"/{database}"
    opening = 'Given Redis "@redis"\n'
    return run_steps(folder, opening + steps, redis=url, k=uuid.uuid4().hex[:8])


def client(database: int = 1) -> object:
    import redis

    return redis.Redis.from_url(containers.redis_url().removesuffix("/0") + f"/{database}")


def test_keys(tmp_path: Path) -> None:
    passes(
        run(
            tmp_path,
            """
            Given Redis key "@{k}:stock" holds "5"
            And Redis key "@{k}:empty" holds ""
            Then Redis key "@{k}:stock" is "5"
            And Redis key "@{k}:stock" is "~integer"
            And Redis key "@{k}:stock" is "~range:1..9"
            And Redis key "@{k}:empty" is ""
            And Redis key "@{k}:stock" exists
            And Redis key "@{k}:none" doesn't exist
            And Redis key "@{k}:none" is "~absent"
            And within 1 second Redis key "@{k}:stock" is "5"
            """,
        )
    )


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ('Redis key "@{k}:stock" is "4"', "| 4 | 5 |"),
        ('Redis key "@{k}:stock" is "~uuid"', "5"),
        ('Redis key "@{k}:none" is "4"', "there is no such key"),
        ('Redis key "@{k}:none" is "~any"', "there is no such key"),
        ('Redis key "@{k}:none" exists', "does not exist"),
        ('Redis key "@{k}:stock" doesn\'t exist', "exists"),
        ('Redis key "@{k}:stock" expires within 1 hour', "lives for ever"),
        ('Redis key "@{k}:none" expires within 1 hour', "there is no such key"),
        ('Redis list "@{k}:none" has 2 elements', "| 2 | 0 | there is no such key"),
        ('Redis hash "@{k}:none" has these fields\n| field | value |\n| a | 1 |', "there is no such key"),
    ],
)
def test_comparisons_that_do_not_hold(tmp_path: Path, sentence: str, words: str) -> None:
    fails(run(tmp_path, f'Given Redis key "@{{k}}:stock" holds "5"\nThen {sentence}'), words)


def test_hashes_lists_and_expiry(tmp_path: Path) -> None:
    own, prefix = client(), uuid.uuid4().hex[:8]
    own.hset(f"{prefix}:user", mapping={"name": "Ann", "age": 33, "mail": "ann@shop.test"})  # type: ignore[attr-defined]
    own.rpush(f"{prefix}:jobs", "a", "b")  # type: ignore[attr-defined]
    own.sadd(f"{prefix}:set", "a", "b", "c")  # type: ignore[attr-defined]
    own.xadd(f"{prefix}:stream", {"a": 1})  # type: ignore[attr-defined]
    own.set(f"{prefix}:session", "x", ex=600)  # type: ignore[attr-defined]
    passes(
        run(
            tmp_path,
            f"""
            Then Redis hash "{prefix}:user" has these fields
              | field | value    |
              | name  | Ann      |
              | age   | ~integer |
              | mail  | ~email   |
              | phone | ~absent  |
            And Redis list "{prefix}:jobs" has 2 elements
            And Redis list "{prefix}:set" has 3 elements
            And Redis list "{prefix}:stream" has 1 element
            And Redis list "{prefix}:none" has 0 elements
            And Redis key "{prefix}:session" expires within 1 hour
            """,
        )
    )
    fails(
        run(
            tmp_path,
            f'Then Redis hash "{prefix}:user" has these fields\n| name | value |\n| name | Bob |\n| nam | x |',
        ),
        "Bob | Ann",
        "/nam",
    )
    fails(run(tmp_path, f'Then Redis key "{prefix}:session" expires within 5 seconds'), "s to live")
    errs(run(tmp_path, f'Then Redis key "{prefix}:jobs" is "x"'), "Redis refused: WRONGTYPE")
    errs(run(tmp_path, f'Then Redis list "{prefix}:session" has 1 element'), "is a string")


def test_channels(tmp_path: Path) -> None:
    passes(
        run(
            tmp_path,
            '''
            Given I listen to Redis channel "@{k}:news"
            And I listen to Redis channel "@{k}:*"
            When I publish to Redis channel "@{k}:news" the message "hi"
            And I publish to Redis channel "@{k}:news" this message
              """
              {"id": 1}
              """
            And I publish to Redis channel "@{k}:other" the message "ho"
            Then Redis channel "@{k}:news" receives JSON within 2 seconds
              """
              {"id": 1}
              """
            And Redis channel "@{k}:news" receives "hi" within 2 seconds
            And Redis channel "@{k}:news" receives nothing for 200 ms
            And Redis channel "@{k}:*" receives 3 messages within 2 seconds
            ''',
        )
    )
    errs(run(tmp_path, 'Then Redis channel "x" receives "y" within 1 second'), "I listen to Redis channel")


def test_emptying(tmp_path: Path) -> None:
    passes(
        run(
            tmp_path,
            """
            Given Redis key "a" holds "1"
            And Redis is emptied
            Then Redis key "a" doesn't exist
            """,
            database=5,
        )
    )


def test_two_databases(tmp_path: Path) -> None:
    passes(
        run(
            tmp_path,
            """
            Given Redis "@redis" named "one"
            And Redis key "@{k}:a" holds "1"
            And Redis "@{redis}2" named "two"
            Then Redis key "@{k}:a" doesn't exist
            Given Redis "one"
            Then Redis key "@{k}:a" is "1"
            """,
        )
    )


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("redis://localhost/0", True),
        ("redis://127.0.0.1:6379", True),
        ("redis://[::1]/0", True),
        ("unix:///tmp/redis.sock", True),
        ("redis://redis.shop.test/0", False),
        ("redis://10.0.0.1/0", False),
        ("redis://localhost.shop.test/0", False),
    ],
)
def test_what_is_local(url: str, local: bool) -> None:
    assert is_local(url) is local


def test_another_machine_is_emptied_only_where_the_configuration_says_so(tmp_path: Path) -> None:
    """The container's own address on Docker's network is another machine."""
    from tests.support.sample_project import run_project

    container_url = containers.redis_address()
    if container_url is None:
        pytest.skip("the container's own address cannot be reached from here")
    steps = 'Feature: f\n  Scenario: s\n    Given Redis "main"\n    And Redis is emptied\n'
    config = f"[connection:main]\nurl = {container_url}/7\npassword = {containers.PASSWORD}\n"
    refused = run_project(tmp_path, {"config.ini": config, "a.feature": steps}).features[0].scenarios[0]
    errs(refused, "may_be_emptied = true")
    config += "may_be_emptied = true\n"
    passes(run_project(tmp_path, {"config.ini": config, "a.feature": steps}).features[0].scenarios[0])


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("redis://127.0.0.1:1/", "connection refused"),
        ("redis://no-such-host.invalid/", "no such host"),
        ("amqp://127.0.0.1/", '"amqp" is no Redis'),
        ("redis://127.0.0.1:port/", "no address of Redis"),
    ],
)
def test_addresses_that_do_not_work(tmp_path: Path, address: str, words: str) -> None:
    errs(run_steps(tmp_path, f'Given Redis "{address}"'), words)


def test_wrong_password(tmp_path: Path) -> None:
    address = containers.redis_url().replace(containers.PASSWORD, "wrong-one")
    errs(run_steps(tmp_path, f'Given Redis "{address}"'), "does not accept this password")
