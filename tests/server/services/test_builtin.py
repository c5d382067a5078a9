"""The list of services that every server has."""

from __future__ import annotations

from server.services.builtin import builtin_entries


def test_only_the_public_ones_are_public() -> None:
    assert [one.name for one in builtin_entries() if not one.is_internal] == ["pub.zato.ping"]


def test_each_server_gets_entries_of_its_own() -> None:
    first, second = builtin_entries(), builtin_entries()
    assert [one.name for one in first] == [one.name for one in second]
    assert not {id(one) for one in first} & {id(one) for one in second}
