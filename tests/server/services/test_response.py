"""`self.response`."""

from __future__ import annotations

import json

import pytest

from server.services.response import Response


def test_nothing_answered() -> None:
    response = Response()
    assert response.taken_payload() is None
    assert response.taken_headers() == {}


def test_elements_one_by_one() -> None:
    response = Response()
    response.payload.a = 1
    response.payload["b"] = 2
    assert response.taken_payload() == {"a": 1, "b": 2}
    assert response.payload.a == 1
    assert bool(response.payload)
    with pytest.raises(AttributeError, match="'aa' was not set"):
        _ = response.payload.aa


def test_looking_at_the_payload_is_no_answer() -> None:
    response = Response()
    assert not response.payload
    assert response.taken_payload() is None


def test_rows() -> None:
    response = Response()
    response.payload[:] = [{"a": 1}]
    response.payload.append({"a": 2})
    response.payload.extend([{"a": 3}])
    response.payload[0] = {"a": 0}
    assert response.taken_payload() == [{"a": 0}, {"a": 2}, {"a": 3}]
    assert (len(response.payload), response.payload[1], list(response.payload)[2]) == (3, {"a": 2}, {"a": 3})
    empty = Response()
    empty.payload[:] = []
    assert empty.taken_payload() == []


def test_what_is_assigned() -> None:
    response = Response()
    response.payload = ["x"]
    response.headers = {"A": "1"}
    response.headers["B"] = "2"
    assert (response.taken_payload(), response.taken_headers()) == (["x"], {"A": "1", "B": "2"})


def test_a_payload_can_be_printed_as_json() -> None:
    response = Response()
    response.payload.a = 1
    assert json.dumps(response.payload) == '{"a": 1}'
