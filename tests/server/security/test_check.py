"""Several definitions for one address; refusals as errors."""

from server.errors import Forbidden, Unauthorized
from server.kernel.invocation import Principal
from server.security.check import Denied, check_any


class Fixed:
    def __init__(self, result):
        self.result = result
        self.calls = 0
        self.principal = result if isinstance(result, Principal) else Principal(0, "", "")

    def check(self, headers, now):
        self.calls += 1
        return self.result


ANNA, BO = Principal(1, "a", "basic_auth"), Principal(2, "b", "basic_auth")


def test_the_first_that_matches_wins_and_all_are_asked():
    verifiers = [Fixed(Denied("no", "Basic")), Fixed(ANNA), Fixed(BO)]
    assert check_any(verifiers, {}, 0.0) is ANNA
    assert [one.calls for one in verifiers] == [1, 1, 1]


def test_a_refusal_with_a_challenge_is_preferred():
    assert check_any([Fixed(Denied("x")), Fixed(Denied("y", "Basic")), Fixed(Denied("z", "K"))], {}, 0.0).reason == "y"


def test_nobody_to_ask_is_a_refusal():
    assert isinstance(check_any([], {}, 0.0), Denied)


def test_a_refusal_becomes_an_error_that_hides_its_reason():
    unauthorized = Denied("wrong password", "Basic").as_error("c1")
    assert isinstance(unauthorized, Unauthorized)
    assert unauthorized.headers == [("WWW-Authenticate", "Basic")]
    assert "password" not in str(unauthorized.as_dict())
    assert isinstance(Denied("no role").as_error("c1"), Forbidden)
