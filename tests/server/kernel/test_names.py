"""The nearest known name."""

import pytest

from server.kernel.names import nearest, suggestion


@pytest.mark.parametrize(
    ("wanted", "known", "found"),
    [
        ("ordes", ["orders", "users"], "orders"),
        ("ORDERS", ["orders"], "orders"),
        ("xyz", ["orders"], None),
        ("a", [], None),
        ("pool-size", ["pool_size", "timeout"], "pool_size"),
    ],
)
def test_nearest(wanted, known, found):
    assert nearest(wanted, known) == found


def test_suggestion():
    assert suggestion("ordes", ["orders"]) == " Did you mean 'orders'?"
    assert suggestion("xyz", ["b", "a"]) == " Pick one of: a, b."
    assert suggestion("xyz", []) == " There are none yet."
    assert suggestion("xyz", ["a", "b", "c"], most=2) == " Pick one of: a, b, ..."
