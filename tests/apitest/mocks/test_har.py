from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest

from apitest.core.markers import Context
from apitest.errors import FileProblem
from apitest.mocks import har
from apitest.mocks.rules import Answer, Rules, read_call

NOW = Context(now=datetime(2026, 1, 31, tzinfo=timezone.utc))


def kept(method: str, target: str, body: bytes, answer: Answer) -> har.Kept:
    headers = [("Authorization", "Bearer t0ken"), ("Content-Type", "application/json"), ("X-A", "pa55word")]
    call = read_call(1, method, target, headers, body)
    return har.Kept(call, answer, f"http://shop.test{target}", "2026-01-31T12:00:00+00:00", 0.012)


EXCHANGES = [
    kept("GET", "/a?x=1", b"", Answer(200, (("Content-Type", "application/json"), ("Set-Cookie", "s=1")), b'{"n": 1}')),
    kept("GET", "/a?x=1", b"", Answer(200, (), b'{"n": 2}')),
    kept("POST", "/a", b'{"q": 1}', Answer(201, (), b"one")),
    kept("POST", "/a", b'{"q": 2}', Answer(201, (), b"\xff\x00")),
]


def replayed() -> Rules:
    return Rules(expectations=har.read(har.render(EXCHANGES, "0", lambda text: text), "a.har"))


def ask(rules: Rules, method: str, target: str, body: bytes = b"") -> tuple[int, object]:
    answer = rules.decide(read_call(1, method, target, (), body), NOW).answer
    assert answer is not None
    return answer.status, answer.body


def test_what_was_recorded_is_replayed() -> None:
    rules = replayed()
    assert [ask(rules, "GET", "/a?x=1")[1] for _ in range(3)] == [b'{"n": 1}', b'{"n": 2}', b'{"n": 2}']
    assert ask(rules, "POST", "/a", b'{ "q":2 }') == (201, b"\xff\x00")
    assert ask(rules, "POST", "/a", b'{"q": 1}') == (201, b"one")
    assert ask(rules, "POST", "/a", b'{"q": 9}') == (201, b"one")  # another body: what was recorded first
    assert ask(rules, "GET", "/a?x=2")[0] == 404


def test_no_credentials_in_the_file() -> None:
    text = har.render(EXCHANGES, "1.2", lambda text: text.replace("pa55word", "***"))
    assert "t0ken" not in text
    assert "s=1" not in text
    assert "pa55word" not in text
    log = json.loads(text)["log"]
    assert (log["version"], log["creator"]) == ("1.2", {"name": "apitest", "version": "1.2"})
    entry = log["entries"][0]
    assert entry["request"]["queryString"] == [{"name": "x", "value": "1"}]
    assert entry["time"] == 12.0


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"log": {}}', '{"log": {"entries": []}}', '{"log": {"entries": [{"request": {}}]}}',
     '{"log": {"entries": [{"request": {"url": "/", "method": "GET"}, "response": {"status": "x"}}]}}',
     '{"log": {"entries": [{"request": {"url": "/", "method": "GET"}, "response": {"status": 200,'
     ' "content": {"text": "!", "encoding": "base64"}}}]}}'],
)  # fmt: skip
def test_files_that_are_none(text: str) -> None:
    with pytest.raises(FileProblem) as caught:
        har.read(text, "a.har")
    assert "a.har" in caught.value.message
