"""Security definitions refuse what would open a door."""

import pytest

from server.kernel.definition import read_definition
from server.security.definition import APIKeyDefinition, BasicAuthDefinition


@pytest.mark.parametrize(
    ("cls", "changes", "path"),
    [
        (BasicAuthDefinition, {"password": ""}, "/password"),
        (BasicAuthDefinition, {"username": ""}, "/username"),
        (BasicAuthDefinition, {"username": "a:b"}, "/username"),
        (BasicAuthDefinition, {"username": "a\r\nb"}, "/username"),
        (BasicAuthDefinition, {"realm": "a\nSet-Cookie: x"}, "/realm"),
        (APIKeyDefinition, {"secret": ""}, "/secret"),
        (APIKeyDefinition, {"header": "X Key"}, "/header"),
        (APIKeyDefinition, {"header": "X-Key\n"}, "/header"),
    ],
)
def test_dangerous_values_are_refused(cls, changes, path):
    good = (
        {"name": "a", "username": "u", "password": "p"} if cls is BasicAuthDefinition else {"name": "a", "secret": "s"}
    )
    problems = read_definition(cls, good | changes)
    assert [problem.path for problem in problems] == [path]


def test_username_is_an_alias_of_the_header_of_a_key():
    assert read_definition(APIKeyDefinition, {"name": "a", "username": "X-K", "secret": "s"}).header == "X-K"
