"""Definitions are read strictly, with all problems at once, and secrets never show."""

import copy
import json
import logging
import pickle
from typing import Literal

import pytest

from server.errors import Problem
from server.kernel.definition import (
    MASK,
    Definition,
    Secret,
    fields_of,
    read_definition,
    references_of,
    secret_fields,
    setting,
)


class Lamp(Definition):
    watts: int = setting(40, help="Power.", minimum=1)
    colour: Literal["red", "green"] | None = setting(None, help="Colour.")
    header: str = setting("x", help="Header.", aliases=("username",))
    labels: list[str] = setting([], help="Labels.")
    security_name: str | None = setting(None, help="Who.", refers_to="security")
    password: Secret = setting(help="Password.", generated=True)


def read(**changes):
    return read_definition(Lamp, {"name": "desk", "password": "canary"} | changes)


def test_defaults_and_given_values():
    lamp = read(watts="60", is_active=False)
    assert (lamp.id, lamp.name, lamp.is_active, lamp.watts, lamp.labels) == (0, "desk", False, 60, [])
    assert lamp.password.reveal() == "canary"


def test_every_problem_is_told_with_its_path_and_without_secrets():
    problems = read_definition(
        Lamp, {"wats": 1, "watts": 0, "colour": "blue", "labels": ["a", 1], "password": 7, "is_active": "canary?"}
    )
    assert problems == [
        Problem("/name", "missing"),
        Problem("/is_active", "should be a valid boolean, unable to interpret input", "canary?", True),
        Problem("/watts", "should be greater than or equal to 1", 0, True),
        Problem("/colour", "should be 'red' or 'green'", "blue", True),
        Problem("/labels/1", "should be a valid string"),
        Problem("/password", "not a text"),
        Problem("/wats", "unknown field, did you mean 'watts'?"),
    ]


@pytest.mark.parametrize("name", ["", " a", "a ", "a\nb", "a\x00", "x" * 201, None, 7])
def test_odd_names_are_refused(name):
    assert [problem.path for problem in read(name=name)] == ["/name"]


def test_an_alias_counts_and_the_own_name_wins():
    assert read(username="y").header == "y"
    assert read(username="y", header="z").header == "z"
    assert read(header="z", username="y").header == "z"


@pytest.mark.parametrize("word", ["", "ZATO_NONE", "zato-no-security", None])
def test_words_for_none_of_a_reference(word):
    lamp = read(security_name=word)
    assert lamp.security_name is None
    assert references_of(lamp) == ()


def test_references():
    assert references_of(read(security_name="anna")) == (("security_name", "security", "anna"),)


def test_fields_as_others_see_them():
    fields = {field.name: field for field in fields_of(Lamp)}
    assert list(fields) == [
        "id",
        "name",
        "is_active",
        "watts",
        "colour",
        "header",
        "labels",
        "security_name",
        "password",
    ]
    assert [fields[name].type for name in fields] == [
        "int",
        "text",
        "bool",
        "int",
        "text",
        "text",
        "any",
        "text",
        "secret",
    ]
    assert (fields["colour"].choices, fields["colour"].is_nullable) == (("red", "green"), True)
    assert (fields["watts"].default, fields["watts"].is_required, fields["watts"].help) == (40, False, "Power.")
    assert (fields["password"].is_required, fields["password"].is_generated) == (True, True)
    assert (fields["header"].aliases, fields["security_name"].refers_to) == (("username",), "security")
    assert secret_fields(Lamp) == ("password",)


def test_definitions_are_frozen():
    with pytest.raises(ValueError, match="frozen"):
        read().watts = 1


def test_a_secret_shows_only_dots_wherever_it_goes(caplog):
    lamp = read()
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("x").info("%s %r %s", lamp.password, lamp, lamp)
    shown = [
        caplog.text,
        f"{lamp.password} {lamp.password!r} {lamp.password:>10} {lamp!r} {lamp}",
        lamp.model_dump_json(),
        str(lamp.model_dump()),
        json.dumps(Lamp.model_json_schema()),
        str(vars(lamp)),
    ]
    assert not [text for text in shown if "canary" in text]
    assert MASK in lamp.model_dump_json()


def test_secrets_compare_copy_and_cannot_be_pickled():
    secret = Secret("a")
    assert secret == Secret("a") != Secret("b")
    assert secret != "a"
    assert hash(secret) == hash(Secret(secret))
    assert bool(secret) and not Secret.EMPTY
    assert str(Secret.EMPTY) == ""
    assert copy.deepcopy(secret) is copy.copy(secret) is secret
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(secret)
