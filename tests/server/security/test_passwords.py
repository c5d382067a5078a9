"""Generated passwords: shape, strength, no look-alikes."""

from server.security.passwords import ALPHABET, generate_password


def test_shape():
    assert generate_password(lambda signs: signs[0]) == "22222-22222-22222-22222"


def test_no_signs_that_look_alike():
    assert not set("0Oo1lI") & set(ALPHABET)


def test_no_two_alike():
    assert len({generate_password() for _ in range(100)}) == 100
