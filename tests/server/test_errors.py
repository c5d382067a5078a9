from __future__ import annotations

import pytest

from server import errors
from server.errors import (
    DeployError,
    InputInvalid,
    InternalServerError,
    MethodNotAllowed,
    NotFound,
    Problem,
    ServerError,
    ServiceMissing,
    ServiceUnavailable,
    Unauthorized,
    status_error,
)


def all_classes(base: type[ServerError] = ServerError) -> list[type[ServerError]]:
    inner = [found for cls in base.__subclasses__() if cls.__module__ == errors.__name__ for found in all_classes(cls)]
    return [base, *inner]


def test_a_message_is_for_the_log_unless_it_says_otherwise() -> None:
    assert NotFound("c1", "row 7 of table x").as_dict() == {"cid": "c1", "error": "not-found", "message": "Not found"}
    assert NotFound("c1", "no article 7", True).as_dict()["message"] == "no article 7"


def test_a_fault_of_ours_is_never_explained_to_strangers() -> None:
    assert InternalServerError("c1", "password of db is x", True).as_dict()["message"] == "Internal server error"


def test_what_is_down_may_be_named() -> None:
    assert ServiceUnavailable("", "Outgoing SQL connection 'shop' refused", True).shown_message().startswith("Outgoing")
    assert ServiceUnavailable("", "host 10.0.0.7").shown_message() == "The service is not available now"


def test_the_cid_of_the_error_wins_over_that_of_the_call() -> None:
    assert NotFound("own").as_dict("of the call")["cid"] == "own"
    assert NotFound().as_dict("of the call")["cid"] == "of the call"


def test_problems_are_listed_with_what_was_given() -> None:
    problems = [Problem("/qty", "not a whole number", "many", True), Problem("/sku", "missing")]
    reply = InputInvalid("orders.create", problems, "c1").as_dict()
    assert reply == {
        "cid": "c1",
        "error": "input",
        "message": "2 problems in the input of orders.create",
        "problems": [
            {"path": "/qty", "problem": "not a whole number", "given": "many"},
            {"path": "/sku", "problem": "missing"},
        ],
    }


def test_one_problem_is_not_called_problems() -> None:
    assert InputInvalid("x", [Problem("/a", "missing")]).as_dict()["message"] == "1 problem in the input of x"


def test_a_given_null_is_told_from_nothing_given() -> None:
    assert "given" in Problem("/a", "not a text", None, True).as_dict()
    assert "given" not in Problem("/a", "missing").as_dict()


def test_headers_that_the_standards_ask_for() -> None:
    assert Unauthorized(challenge='Basic realm="x"').headers == [("WWW-Authenticate", 'Basic realm="x"')]
    assert Unauthorized().headers == []
    assert MethodNotAllowed(allowed=["POST", "GET"]).headers == [("Allow", "GET, POST")]


def test_a_deploy_error_says_where_and_what_to_do() -> None:
    error = DeployError("orders.py", 12, "ImportError: no module named 'pricing'", "Files beside it: prices.py")
    assert error.shown_message() == (
        "orders.py was not deployed\n   line 12: ImportError: no module named 'pricing'. Files beside it: prices.py"
    )
    assert "line" not in str(DeployError("orders.py", 0, "took longer than 5 s"))


def test_a_missing_service_is_a_404() -> None:
    assert ServiceMissing().status == 404


@pytest.mark.parametrize("status", [400, 404, 409, 413, 415, 429, 500, 503])
def test_an_error_by_its_status(status: int) -> None:
    error = status_error(status, "why")
    assert error.status == status
    assert error.msg == "why"


def test_no_error_has_a_status_that_is_none() -> None:
    with pytest.raises(ValueError, match="200"):
        status_error(200)


@pytest.mark.parametrize("cls", all_classes(), ids=lambda cls: cls.__name__)
def test_each_class_says_what_it_is_and_what_to_do(cls: type[ServerError]) -> None:
    assert cls.__doc__
    assert cls.code
    assert cls.text[0].isupper()
    assert cls.hint.endswith(".")
    assert 400 <= cls.status < 600
