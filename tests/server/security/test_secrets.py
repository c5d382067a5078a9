"""Sealing: round trip, other key, tampering; the key itself never shows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import ConfigError
from server.security.secrets import Sealer, Secret, SecretUnreadable

KEY = Sealer.new_key()
SEALER = Sealer(KEY)


@given(st.text(alphabet=st.characters(exclude_categories=("Cs",))))
def test_what_is_sealed_opens_again(text):
    sealed = SEALER.seal(Secret(text))
    assert SEALER.open(sealed).reveal() == text
    assert len(text) < 4 or text not in sealed


def test_two_seals_of_one_secret_differ():
    assert SEALER.seal(Secret("a")) != SEALER.seal(Secret("a"))


def test_another_key_opens_nothing():
    with pytest.raises(SecretUnreadable, match="another key"):
        Sealer(Sealer.new_key()).open(SEALER.seal(Secret("a")))


@pytest.mark.parametrize("sealed", ["", "x", "gAAAAA==", "é"])
def test_garbage_opens_nothing(sealed):
    with pytest.raises(SecretUnreadable):
        SEALER.open(sealed)


@pytest.mark.parametrize("key", ["", "short", "x" * 44, "ключ"])
def test_a_bad_key_is_refused_without_showing_it(key):
    with pytest.raises(ConfigError, match="key1") as caught:
        Sealer(key)
    assert not key or key not in str(caught.value)


def test_the_sealer_does_not_show_its_key():
    assert KEY not in repr(SEALER)
