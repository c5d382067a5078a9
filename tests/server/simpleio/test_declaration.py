"""From a service class to its declaration, and what is refused there."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from server.simpleio.declaration import MISSING, DeclarationError, Inference, Words, compile_declaration
from server.simpleio.elements import AsIs, Bool, Date, Int, Secret, Text


def service(**attributes: Any) -> type[Any]:
    return type("Get", (), attributes)


def simple_io(**attributes: Any) -> type[Any]:
    return service(SimpleIO=type("SimpleIO", (), attributes))


def test_input_and_output_of_the_class_itself() -> None:
    found = compile_declaration(service(input=("sku", Int("qty"), "-note"), output="state"))
    assert found.input == (Text("sku"), Int("qty"), Text("-note"))
    assert found.output == (Text("state"),)
    assert (found.has_input, found.has_output) == (True, True)


def test_the_inner_class_in_its_four_parts() -> None:
    found = compile_declaration(
        simple_io(
            input_required=("sku",),
            input_optional=[Int("qty"), "note"],
            output_required="state",
            output_optional=("when",),
            response_elem="order",
        )
    )
    assert found.input == (Text("sku"), Int("-qty"), Text("-note"))
    assert found.output == (Text("state"), Text("-when"))
    assert found.response_elem == "order"


def test_nothing_declared_lets_anything_through() -> None:
    found = compile_declaration(service())
    assert (found.has_input, found.has_output, found.input) == (False, False, ())


def test_an_inner_class_inherits() -> None:
    class Base:
        input_required = "sku"

    class Child(Base):
        output = "state"

    found = compile_declaration(service(SimpleIO=Child))
    assert (found.input, found.output) == ((Text("sku"),), (Text("state"),))


@pytest.mark.parametrize(
    ("name", "element"),
    [
        ("is_active", Bool("is_active")),
        ("needs_review", Bool("needs_review")),
        ("id", Int("id")),
        ("user_id", Int("user_id")),
        ("page_size", Int("page_size")),
        ("read_timeout", Int("read_timeout")),
        ("password", Secret("password")),
        ("auth_token", Secret("auth_token")),
        ("-user_id", Int("-user_id")),
        ("island", Text("island")),
        ("identity", Text("identity")),
    ],
)
def test_names_mean_types(name: str, element: object) -> None:
    assert compile_declaration(service(input=name)).input == (element,)


def test_a_declared_type_wins_over_the_name() -> None:
    assert compile_declaration(service(input=AsIs("user_id"))).input == (AsIs("user_id"),)


def test_words_can_be_set() -> None:
    inference = Inference(int_words=Words(suffixes=("_no",)), response_elem="response")
    found = compile_declaration(service(input=("order_no", "user_id"), output="x"), inference)
    assert found.input == (Int("order_no"), Text("user_id"))
    assert found.response_elem == "response"


def test_secrets_are_known_by_name_and_type() -> None:
    found = compile_declaration(service(input=("password", Secret("pin"), "name")))
    assert found.secret_names == {"password", "pin"}


@pytest.mark.parametrize(
    ("cls", "reason", "where"),
    [
        (service(input=("a", "a")), "'a' is declared twice", "input"),
        (simple_io(input_required="a", input_optional="a"), "'a' is declared twice", "input_optional"),
        (service(input=5), "expected names or elements, found int", "input"),
        (service(input=("a", 5)), "expected a name or an element, found 5", "input"),
        (service(output=("a", Date)), r"Date is a type; give it a name: Date\('...'\)", "output"),
        (service(output=Date), "Date is a type", "output"),
        (simple_io(input_requird="a"), "no attribute 'input_requird'. Did you mean 'input_required'", "input_requird"),
        (simple_io(response_elem=5), "response_elem has to be a text", "response_elem"),
        (service(SimpleIO="x"), "SimpleIO has to be a class", "SimpleIO"),
    ],
)
def test_bad_declarations_are_refused_with_their_place(cls: type[Any], reason: str, where: str) -> None:
    with pytest.raises(DeclarationError, match=reason) as caught:
        compile_declaration(cls)
    assert caught.value.where == where


def test_names_of_the_users_own_do_not_disturb() -> None:
    assert compile_declaration(simple_io(input="a", xml_colour="red")).input == (Text("a"),)


def test_the_missing_text_stays_itself() -> None:
    assert MISSING == ""
    assert copy.deepcopy(MISSING) is MISSING
    assert copy.copy(MISSING) is MISSING
    assert pickle.loads(pickle.dumps(MISSING)) is MISSING
