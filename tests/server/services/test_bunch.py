"""Dicts with attributes."""

from __future__ import annotations

import copy
import json

import pytest

from server.services.bunch import Bunch, bunchify, unbunchify


def test_keys_are_attributes() -> None:
    bunch = Bunch(a=1)
    bunch.b = 2
    assert (bunch.a, bunch["b"], bunch.get("c"), json.dumps(bunch)) == (1, 2, None, '{"a": 1, "b": 2}')
    del bunch.a
    assert bunch == {"b": 2}
    with pytest.raises(AttributeError):
        del bunch.a


def test_a_wrong_one_names_the_nearest() -> None:
    with pytest.raises(AttributeError, match="no 'usr' here. Did you mean 'user'"):
        _ = Bunch(user=1).usr


def test_all_depths() -> None:
    value = {"a": [{"b": 1}], "c": ({"d": 2},)}
    bunch = bunchify(value)
    assert (bunch.a[0].b, bunch.c[0].d) == (1, 2)
    assert unbunchify(bunch) == value
    assert type(unbunchify(bunch)["a"][0]) is dict
    assert Bunch.fromDict(value).toDict() == value


def test_copies() -> None:
    assert type(Bunch(a=1).copy()) is Bunch
    assert copy.deepcopy(Bunch(a=Bunch(b=1))).a.b == 1
    assert repr(Bunch(a=1)) == "Bunch({'a': 1})"
