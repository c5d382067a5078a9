from __future__ import annotations

from apitest import errors
from apitest.errors import ApitestError, AssertionFailed, CallFailed, Mismatch, MissingExtra


def test_every_error_has_a_message_and_a_hint() -> None:
    error = ApitestError("what happened", "what to do")
    assert (str(error), error.hint) == ("what happened", "what to do")
    found = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, ApitestError)]
    assert all(one.__doc__ for one in found)


def test_a_failed_comparison_is_an_assertion() -> None:
    error = AssertionFailed("x differs", iter([Mismatch("x", 1, 2)]))
    assert isinstance(error, AssertionError)
    assert error.mismatches == [Mismatch("x", 1, 2)]


def test_what_to_install_and_why_a_call_failed() -> None:
    assert MissingExtra("psycopg", "postgresql").hint == "pip install 'apitest[postgresql]'"
    assert CallFailed("no answer", "timeout").reason == "timeout"
