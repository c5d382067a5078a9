"""What every store of definitions and of services promises, whatever keeps the rows.

A test module imports everything from here and has a fixture `stores` giving `Stores`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Literal

import pytest

from server.errors import Conflict, NotFound
from server.kernel.definition import Definition, Secret, setting
from server.kernel.lifecycle import BasePart
from server.kernel.registry import Registry, connection_type
from server.storage.connections import Connections, Edit
from server.storage.services import ServiceRow, Services

START = datetime(2024, 5, 6, 7, 8, 9, 123456, tzinfo=timezone.utc)


class Lamp(Definition):
    """A definition with all types of fields."""

    watts: int = setting(40, help="Power.", minimum=1)
    ratio: float = setting(0.5, help="Ratio.")
    colour: Literal["red", "green"] = setting("red", help="Colour.")
    labels: dict[str, list[str]] = setting({}, help="Labels.")
    owner: str | None = setting(None, help="Owner.", refers_to="people")
    password: Secret = setting(Secret.EMPTY, help="Password.")
    token: Secret = setting(Secret.EMPTY, help="Token.")


class Person(Definition):
    """A definition with nothing of its own."""


REGISTRY = Registry()
for kind, cls, namespace in (
    ("test.lamp", Lamp, ""),
    ("people.child", Person, "people"),
    ("people.adult", Person, "people"),
):

    @connection_type(kind, definition=cls, title=cls.__name__, namespace=namespace, registry=REGISTRY)
    class _Part(BasePart):
        pass


class Clock:
    """A clock that moves one second a reading."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


@dataclass
class Stores:
    connections: Connections
    services: Services


def lamp(name="desk", **changes):
    return Lamp(name=name, **changes)


def test_an_added_definition_is_found_whole(stores):
    wanted = lamp(
        watts=7, ratio=0.25, colour="green", labels={"ä": ["1", "\x00"]}, owner="anna", password="p", token=""
    )
    stored = stores.connections.add("test.lamp", wanted)
    assert stored.definition.id > 0
    assert stored.definition == wanted.model_copy(update={"id": stored.definition.id})
    assert (stored.version, stored.created_at, stored.changed_at, stored.problem) == (
        1,
        stored.changed_at,
        stored.created_at,
        "",
    )
    assert stored.created_at == START + timedelta(seconds=1)
    assert stores.connections.get(stored.definition.id) == stored
    assert stores.connections.find("test.lamp", "desk") == stored
    assert stores.connections.all() == [stored]
    assert stores.connections.get(stored.definition.id).definition.password.reveal() == "p"


def test_ids_are_never_given_twice(stores):
    first = stores.connections.add("test.lamp", lamp()).definition.id
    stores.connections.change([], [first])
    assert stores.connections.add("test.lamp", lamp()).definition.id > first


def test_a_name_is_taken_within_its_namespace_only(stores):
    stores.connections.add("people.child", Person(name="anna"))
    stores.connections.add("test.lamp", lamp("anna"))
    stores.connections.add("people.child", Person(name="Anna"))
    with pytest.raises(Conflict, match="There is a Person 'anna' already") as caught:
        stores.connections.add("people.adult", Person(name="anna"))
    assert [problem.path for problem in caught.value.problems] == ["/name"]
    assert len(stores.connections.all()) == 3


def test_lists_are_by_name_and_kind(stores):
    for kind, name in (("people.child", "bo"), ("people.adult", "Zoe"), ("people.child", "anna"), ("test.lamp", "bo")):
        stores.connections.add(kind, lamp(name) if kind == "test.lamp" else Person(name=name))
    names = {
        word: [one.definition.name for one in stores.connections.all(word)] for word in ("", "people", "people.child")
    }
    assert names == {"": ["Zoe", "anna", "bo", "bo"], "people": ["Zoe", "anna", "bo"], "people.child": ["anna", "bo"]}


def test_an_edit_replaces_and_counts(stores):
    before = stores.connections.add("test.lamp", lamp(password="old"))
    wanted = before.definition.model_copy(update={"name": "floor", "watts": 9, "password": Secret("new")})
    after = stores.connections.change([Edit(wanted, before.version)])
    assert after == [stores.connections.get(wanted.id)]
    assert after[0].definition == wanted
    assert (after[0].version, after[0].created_at) == (2, before.created_at)
    assert after[0].changed_at > before.changed_at
    assert stores.connections.find("test.lamp", "desk") is None


def test_the_slower_of_two_editors_is_told(stores):
    before = stores.connections.add("test.lamp", lamp())
    stores.connections.change([Edit(before.definition, before.version)])
    with pytest.raises(Conflict, match="its version is 2, not 1") as caught:
        stores.connections.change([Edit(before.definition, before.version)])
    assert [problem.path for problem in caught.value.problems] == ["/version"]
    stores.connections.change([Edit(before.definition)])
    assert stores.connections.get(before.definition.id).version == 3


def test_changes_are_all_or_nothing(stores):
    one = stores.connections.add("test.lamp", lamp("one")).definition
    two = stores.connections.add("test.lamp", lamp("two")).definition
    before = stores.connections.all()
    with pytest.raises(Conflict):
        stores.connections.change(
            [Edit(one.model_copy(update={"watts": 1})), Edit(two.model_copy(update={"name": "one"}))]
        )
    with pytest.raises(NotFound):
        stores.connections.change([Edit(one.model_copy(update={"watts": 1}))], [two.id, 10_000])
    assert stores.connections.all() == before


def test_what_is_deleted_is_gone(stores):
    stored = stores.connections.add("test.lamp", lamp())
    assert stores.connections.change([], [stored.definition.id]) == []
    assert stores.connections.all() == []
    for call in (
        lambda: stores.connections.get(stored.definition.id),
        lambda: stores.connections.change([Edit(stored.definition)]),
        lambda: stores.connections.change([], [stored.definition.id]),
    ):
        with pytest.raises(NotFound, match=f"no definition with id {stored.definition.id}"):
            call()


def service(name="orders.create", **changes):
    return ServiceRow(
        **({"name": name, "impl_name": "orders.Create", "is_internal": False, "deployed_at": START} | changes)
    )


def test_a_recorded_service_is_found(stores):
    row = stores.services.record(service(source_path="orders.py", source_hash="ab"))
    assert row.id > 0
    assert row == stores.services.get(row.id) == stores.services.find("orders.create")
    assert stores.services.find("orders.delete") is None
    assert (row.source_path, row.deployed_at, row.is_active) == ("orders.py", START, True)


def test_deploying_again_keeps_id_and_switch(stores):
    first = stores.services.record(service())
    stores.services.set_active(first.id, False)
    again = stores.services.record(service(source_hash="cd", is_active=True))
    assert (again.id, again.is_active, again.source_hash) == (first.id, False, "cd")
    assert stores.services.all() == [again]


def test_services_are_listed_by_name(stores):
    for name in ("b", "a", "C"):
        stores.services.record(service(name))
    assert [row.name for row in stores.services.all()] == ["C", "a", "b"]


def test_an_unknown_service_id_is_refused(stores):
    for call in (lambda: stores.services.get(5), lambda: stores.services.set_active(5, True)):
        with pytest.raises(NotFound, match="no service with id 5"):
            call()
