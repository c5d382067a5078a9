"""HTTP Basic Authentication: right, wrong and odd headers; what a refusal says; that nothing secret shows."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.security.basic_auth import MAX_OTHER_SPELLINGS, BasicAuth
from server.security.check import Denied
from server.security.definition import BasicAuthDefinition

PASSWORD = "påss:word"


def make(**changes):
    values = {"id": 7, "name": "crm", "username": "anna", "password": PASSWORD} | changes
    return BasicAuth(BasicAuthDefinition(**values))


def header(credentials: str, scheme: str = "Basic ") -> dict[str, str]:
    return {"authorization": scheme + b64encode(credentials.encode()).decode()}


def test_right_credentials_give_the_principal():
    principal = make().check(header(f"anna:{PASSWORD}"))
    assert (principal.id, principal.name, principal.kind, principal.username) == (7, "crm", "basic_auth", "anna")


@pytest.mark.parametrize("scheme", ["basic ", "BASIC ", "Basic  "])
def test_other_spellings_of_the_scheme_count(scheme):
    part = make()
    for _ in range(2):  # the second time it is remembered
        assert part.check(header(f"anna:{PASSWORD}", scheme)) is part.principal


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({}, "no Authorization header"),
        ({"authorization": ""}, "does not hold Basic"),
        ({"authorization": "Bearer abc"}, "does not hold Basic"),
        ({"authorization": "Basic"}, "wrong"),
        ({"authorization": "Basic !!!"}, "does not hold Basic"),
        ({"authorization": "Basic " + b64encode(b"\xff\xfe:x").decode()}, "does not hold Basic"),
        ({"authorization": "Basic YQ==\x00"}, "does not hold Basic"),
        (header("anna:wrong"), "wrong"),
        (header(f"Anna:{PASSWORD}"), "wrong"),
        (header("anna"), "wrong"),
        (header(f"anna:{PASSWORD} "), "wrong"),
    ],
)
def test_anything_else_is_refused_with_a_challenge(headers, reason):
    refusal = make().check(headers)
    assert isinstance(refusal, Denied)
    assert reason in refusal.reason
    assert refusal.challenge == 'Basic realm="API", charset="UTF-8"'


def test_a_realm_cannot_leave_its_quotes():
    refusal = make(realm='a "b" \\ c').check({})
    assert refusal.challenge == 'Basic realm="a \\"b\\" \\\\ c", charset="UTF-8"'


def test_remembered_spellings_are_bounded():
    part = make()
    for count in range(1, 50):
        assert part.check(header(f"anna:{PASSWORD}", "Basic" + " " * (count + 1))) is part.principal
    assert len(part._other_spellings) == MAX_OTHER_SPELLINGS


def test_a_changed_password_is_forgotten_with_the_old_part():
    lower = header(f"anna:{PASSWORD}", "basic ")
    make().check(lower)
    assert isinstance(make(password="new").check(lower), Denied)


@given(
    st.text(alphabet=st.characters(exclude_categories=("Cs",), exclude_characters=":"), min_size=1), st.text(min_size=1)
)
def test_any_user_and_password_round_trip(username, password):
    if not username.isprintable() or any(0xD800 <= ord(sign) <= 0xDFFF for sign in password) or len(username) > 200:
        return
    part = make(username=username, password=password)
    assert part.check(header(f"{username}:{password}")) is part.principal
    assert isinstance(part.check(header(f"{username}:{password}x")), Denied)


@given(st.text())
def test_no_header_breaks_it(value):
    assert isinstance(make().check({"authorization": value}), Denied)


def test_nothing_secret_shows():
    part = make()
    shown = f"{part.definition!r} {part.definition} {part.principal!r} {part.check({})!r} {vars(part)!r}"
    assert PASSWORD not in shown
