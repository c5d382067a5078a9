"""apitest/steps/data.py: rows from files, documents, arithmetic, times, checksums."""

from __future__ import annotations

import pytest

from tests.apitest.steps.conftest import Scenario


def test_rows_from_files(scenario: Scenario) -> None:
    scenario.write("data/users.csv", "id;name\n1;Ann\n")
    scenario.write("data/users.json", '[{"id": 1}]')
    scenario.write("data/users.yaml", "- id: 1\n  tags: [a]\n")
    for file, rows in (
        ("users.csv", [{"id": "1", "name": "Ann"}]),
        ("users.json", [{"id": 1}]),
        ("users.yaml", [{"id": 1, "tags": ["a"]}]),
    ):
        scenario.say(f'data from "{file}" under "rows"')
        assert scenario.stored("rows") == rows


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.txt", "x"), ("a.csv", ""), ("a.json", '{"a": 1}'), ("a.json", "["), ("a.yaml", "a: ["), ("a.yaml", "x")],
)
def test_files_that_hold_no_rows(scenario: Scenario, name: str, content: str) -> None:
    scenario.write(f"data/{name}", content)
    scenario.errs(f'data from "{name}" under "rows"')


def test_documents(scenario: Scenario) -> None:
    scenario.feature.values["n"] = 3
    scenario.say('I store this JSON under "order"', '{"qty": "#n", "text": "n=#{n}", "bare": #{n}}')
    scenario.say('I store this text under "note"', "n=#{n}\nline 2")
    assert scenario.stored("order") == {"qty": 3, "text": "n=3", "bare": 3}
    assert scenario.stored("note") == "n=3\nline 2"
    scenario.errs('I store this JSON under "order"', "{")
    scenario.say('variable "#order" matches JSON', '{"qty": "~integer", "text": "n=#{n}", "bare": 3}')
    scenario.fails('variable "#order" matches JSON', '{"qty": 3}')


def test_several_values(scenario: Scenario) -> None:
    scenario.say("I store these values", "| name | value |\n| a | 1 |\n| b | #a |")
    assert scenario.feature.values == {"a": "1", "b": "1"}


def test_random(scenario: Scenario) -> None:
    scenario.say('I store a random "number:1..9" under "n"')
    scenario.say('I store 5 random "name" values under "names"')
    assert scenario.stored("n") in range(1, 10)
    assert len(scenario.stored("names")) == 5


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("1 + 2 * 3", 7),
        ("#price * 2 + 1", 20.8),
        ("#{order-id} - 1", 16),
        ("#n-1", 2),
        ("(#n + 1) / 2", 2.0),
        ("7 // 2 + 7 % 2", 4),
        ("2 ** 10", 1024),
        ("-#n", -3),
        ("#text + 1", 6),
        ("'a' + 'b'", "ab"),
        ("'n' + #n", "n3"),
        ("upper('ab') + lower('CD')", "ABcd"),
        ("length(#name)", 3),
        ("round(9.87, 1)", 9.9),
        ("max(#n, 10) + min(1, 2)", 11),
        ("replace(#name, 'n', 'm')", "Amm"),
        ("#order/items/0/qty * 2", 4),
        ("'#n stays'", "#n stays"),
        ("int('7') + float('0.5')", 7.5),
        ("trim(' a ')", "a"),
    ],
)
def test_expressions(scenario: Scenario, expression: str, result: object) -> None:
    scenario.feature.values.update(
        {"price": 9.9, "order-id": 17, "n": 3, "text": "5", "name": "Ann", "order": {"items": [{"qty": 2}]}}
    )
    scenario.say(f'I store the result of "{expression}" under "x"')
    assert scenario.stored("x") == pytest.approx(result)


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "1 +",
        "1 / 0",
        "#nope + 1",
        "__import__('os').system('id')",
        "().__class__",
        "[1 for _ in 'a']",
        "open('/etc/passwd')",
        "9 ** 9 ** 9",
        "'a' * 99999999",
        "'%99999999d' % 1",
        "lambda: 1",
        "x",
        "1 if 1 else 2",
        "1" * 2000,
    ],
)
def test_expressions_that_are_none(scenario: Scenario, expression: str) -> None:
    scenario.errs(f'I store the result of "{expression}" under "x"')


def test_times(scenario: Scenario) -> None:
    scenario.say('date format "day" "YYYY-MM-DD"')
    scenario.say('I store the time now under "now", format "default"')
    scenario.say('I store the time now plus 2 days under "due", format "day"')
    scenario.say('I store the time now minus 2 days under "was", format "day"')
    assert scenario.stored("was") < scenario.stored("now")[:10] < scenario.stored("due")


def test_whole_run(scenario: Scenario) -> None:
    scenario.say('I store "t0ken" for the whole run under "token"')
    scenario.say('variable "#token" is a string "t0ken"')
    assert scenario.feature.values == {}


def test_checksums(scenario: Scenario) -> None:
    scenario.say('I store the "SHA-256" hash of "test" under "sum"')
    scenario.say('I store "what do ya want for nothing?" signed with "SHA256" and key "Jefe" under "mac"')
    assert scenario.stored("sum").startswith("9f86d081884c7d65")
    assert scenario.stored("mac").startswith("5bdcc146bf60754e")  # RFC 4231, test case 2
    scenario.errs('I store the "CRC" hash of "test" under "sum"')


def test_base64(scenario: Scenario) -> None:
    scenario.say('I decode "YW5uOnB3" from Base64 under "plain"')
    assert scenario.stored("plain") == "ann:pw"
    scenario.errs('I decode "?" from Base64 under "plain"')
