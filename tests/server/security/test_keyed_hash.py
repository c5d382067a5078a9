"""The process-wide keyed hash."""

from server.security.keyed_hash import DIGEST_SIZE, keyed_hash


def test_same_text_same_digest():
    assert keyed_hash("a") == keyed_hash("a") != keyed_hash("b")
    assert len(keyed_hash("")) == DIGEST_SIZE


def test_lone_surrogates_are_hashed_too():
    assert keyed_hash("\udc80") != keyed_hash("\udc81")
