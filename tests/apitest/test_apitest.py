from __future__ import annotations

import pytest

import apitest


def test_public_names_are_found_when_asked_for() -> None:
    from apitest import AssertionFailed, matcher, step
    from apitest.catalogue import user_step

    assert step is user_step
    assert callable(matcher)
    assert issubclass(AssertionFailed, AssertionError)
    with pytest.raises(AttributeError, match="it has: "):
        _ = apitest.nothing
