"""apitest/steps/json_lists.py: elements of lists, all values of a path."""

from __future__ import annotations

import pytest

from tests.apitest.steps.conftest import Scenario

DOCUMENT = {
    "tags": ["red", "blue"],
    "items": [{"sku": "A1", "price": 1.5, "paid": True}, {"sku": "B2", "price": 98, "paid": True}],
    "same": [1, 1.0],
    "mixed": [1, "a"],
    "none": [],
    "state": "paid",
}


@pytest.fixture
def answered(scenario: Scenario) -> Scenario:
    scenario.received(DOCUMENT)
    scenario.feature.values["item"] = {"sku": "A1", "price": 1.5, "paid": True}
    scenario.feature.values["skus"] = ["A1", "B2"]
    scenario.write("json/response/item.json", '{"sku": "B2", "price": "~number", "paid": true}')
    return scenario


@pytest.mark.parametrize(
    "sentence",
    [
        'path "/tags" contains ""red""',
        'path "/items" contains "{"sku": "A1", "price": 1.5, "paid": true}"',
        'path "/items" contains "#item"',
        'path "/items" contains "{"sku": "~string", "price": 98, "paid": true}"',
        'path "/items" contains data from "item.json"',
        'path "/tags" doesn\'t contain ""green""',
        'path "/items" doesn\'t contain "{"sku": "A1"}"',
        'every value of path "$..paid" is "true"',
        'every value of path "$..price" looks like "~gt:1"',
        'every value of path "/tags" looks like "~string"',
        'some value of path "$..sku" is "B2"',
        'some value of path "$..price" is "98"',
        'no value of path "$..sku" is "C3"',
        'no value of path "$..role" is "root"',
        'the values of path "$..sku" are "A1,B2"',
        'the values of path "$..price" are "1.5, 98"',
        'the values of path "$..sku" are "#skus"',
        'the values of path "$..sku" are "B2,A1" in any order',
        'the values of path "/tags" are "red,blue"',
        'the values of path "/none" are ""',
        'the values of path "$..sku" are unique',
        'the values of path "$..price" rise',
        'the values of path "/tags" fall',
        'the values of path "$..price" add up to 99.5',
    ],
)
def test_holds(answered: Scenario, sentence: str) -> None:
    answered.say(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        'path "/tags" contains ""green""',
        'path "/items" contains "{"sku": "A1"}"',
        'path "/state" contains ""paid""',
        'path "/nope" contains ""x""',
        'path "/nope" doesn\'t contain ""x""',
        'path "/state" doesn\'t contain ""x""',
        'path "/tags" doesn\'t contain ""red""',
        'every value of path "$..sku" is "A1"',
        'every value of path "$..role" is "root"',
        'every value of path "/none" looks like "~any"',
        'some value of path "$..sku" is "C3"',
        'some value of path "$..role" is "root"',
        'no value of path "$..sku" is "B2"',
        'no value of path "$..price" looks like "~number"',
        'the values of path "$..sku" are "B2,A1"',
        'the values of path "$..sku" are "A1" in any order',
        'the values of path "/same" are unique',
        'the values of path "/none" are unique',
        'the values of path "/nope" rise',
        'the values of path "$..price" fall',
        'the values of path "/mixed" rise',
        'the values of path "$..price" add up to 99',
        'the values of path "/mixed" add up to 1',
    ],
)
def test_fails(answered: Scenario, sentence: str) -> None:
    answered.fails(sentence)


def test_text_without_quotes_is_told_how(answered: Scenario) -> None:
    assert '""red""' in answered.errs('path "/tags" contains "red"').hint


def test_every_difference_is_shown(answered: Scenario) -> None:
    failure = answered.fails('every value of path "$..price" is "1"')
    assert [item.path for item in failure.mismatches] == ["/items/0/price", "/items/1/price"]
