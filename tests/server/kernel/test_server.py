"""Live connections: found by name, replaced while the rest runs, and the old one kept when the new one cannot be."""

import logging

import pytest

from server.errors import ConfigError, ConnectionMissing, Inactive, ServiceUnavailable
from server.kernel.definition import Definition, setting
from server.kernel.lifecycle import BasePart
from server.kernel.registry import Registry, connection_type
from server.kernel.server import Change, Server

REGISTRY = Registry()


class LampDefinition(Definition):
    watts: int = setting(40, help="Power.")
    owner: str | None = setting(None, help="Owner.", refers_to="people")


class Noted(BasePart):
    def __init__(self, definition, server):
        self.definition, self.notes = definition, server.facility(list)
        self.note("make")

    def note(self, what):
        self.notes.append(f"{what} {self.definition.name} {getattr(self.definition, 'watts', '')}".strip())
        if getattr(self.definition, "watts", 0) == {"provision": -1, "start": -2}.get(what):
            raise ServiceUnavailable("", f"cannot {what}")

    def provision(self):
        self.note("provision")

    def start(self):
        self.note("start")

    def stop(self, deadline_seconds):
        self.note("stop")

    def close(self):
        self.note("close")


@connection_type("outgoing.lamp", definition=LampDefinition, title="lamp", registry=REGISTRY)
class LampPart(Noted):
    pass


@connection_type("people.child", definition=Definition, title="child", namespace="people", registry=REGISTRY)
@connection_type("people.adult", definition=Definition, title="adult", namespace="people", registry=REGISTRY)
class PersonPart(Noted):
    pass


def make(**options):
    server = Server(REGISTRY, start_order=("people", "outgoing"), **options)
    notes: list[str] = []
    server.offer(notes)
    return server, notes


def lamp(name="desk", **changes):
    return LampDefinition(name=name, **changes)


def test_loading_and_starting_go_in_start_order_and_stopping_back():
    server, notes = make()
    server.load([("outgoing.lamp", lamp(), ""), ("people.child", Definition(name="anna"), "")])
    server.start()
    server.stop(1)
    server.close()
    assert notes == [
        "make anna", "provision anna", "make desk 40", "provision desk 40", "start anna", "start desk 40",
        "stop desk 40", "stop anna", "close desk 40", "close anna",
    ]  # fmt: skip
    assert server.entries() == []


def test_only_some_kinds_can_be_stopped():
    server, notes = make()
    server.load([("outgoing.lamp", lamp(), ""), ("people.child", Definition(name="anna"), "")])
    notes.clear()
    server.stop(1, "outgoing")
    assert notes == ["stop desk 40"]


def test_a_connection_is_found_by_kind_or_namespace():
    server, _ = make()
    server.load([("people.child", Definition(name="anna"), "")])
    part = server.connection("people", "anna")
    assert part is server.connection("people.child", "anna") is server.find("people", "anna")
    with pytest.raises(ConnectionMissing, match="no adult 'anna'; 'anna' is a child"):
        server.connection("people.adult", "anna")


def test_what_cannot_be_found_is_told():
    server, _ = make()
    server.load([("outgoing.lamp", lamp(), ""), ("outgoing.lamp", lamp("off", is_active=False), "")])
    with pytest.raises(ConnectionMissing, match="no lamp 'desc'. Did you mean 'desk'"):
        server.connection("outgoing.lamp", "desc")
    with pytest.raises(ConnectionMissing, match="no adult or child 'x'. There are none yet"):
        server.connection("people", "x")
    with pytest.raises(Inactive, match="Lamp 'off' is not active"):
        server.connection("outgoing.lamp", "off")
    with pytest.raises(ConfigError, match="no connection type 'outgoing.lam'"):
        server.connection("outgoing.lam", "x")
    assert server.find("outgoing.lamp", "off") is server.find("outgoing.lamp", "none") is None


def test_broken_definitions_do_not_hold_up_others_and_answer_503(caplog):
    server, _ = make()
    with caplog.at_level(logging.ERROR):
        broken = server.load(
            [
                ("outgoing.lamp", lamp("sealed"), "its password cannot be read"),
                ("outgoing.lamp", lamp("bad", watts=-1), ""),
                ("outgoing.lamp", lamp("late", watts=-2), ""),
                ("outgoing.lamp", lamp(), ""),
            ]
        )
        server.start()
    assert [entry.definition.name for entry in broken] == ["sealed", "bad"]
    assert len(caplog.records) == 3
    for name, words in (
        ("sealed", "its password cannot be read"),
        ("bad", "cannot provision"),
        ("late", "cannot start"),
    ):
        with pytest.raises(ServiceUnavailable, match=f"Lamp '{name}' cannot be used: .*{words}"):
            server.connection("outgoing.lamp", name)
    server.connection("outgoing.lamp", "desk")


def test_replacing_starts_the_new_one_before_the_old_one_stops():
    changes = []
    server, notes = make(on_change=changes.append)
    server.load([("outgoing.lamp", lamp(), "")])
    server.start()
    notes.clear()
    server.apply("outgoing.lamp", lamp(), lamp(watts=60))
    assert notes == ["make desk 60", "provision desk 60", "start desk 60", "stop desk 40", "close desk 40"]
    assert server.connection("outgoing.lamp", "desk").definition.watts == 60
    assert changes == [Change("outgoing.lamp", lamp(), lamp(watts=60))]


@pytest.mark.parametrize("watts", [-1, -2], ids=["provision", "start"])
def test_the_old_one_stays_when_the_new_one_cannot_be(watts):
    changes = []
    server, notes = make(on_change=changes.append)
    server.load([("outgoing.lamp", lamp(), "")])
    server.start()
    before = server.connection("outgoing.lamp", "desk")
    with pytest.raises(ServiceUnavailable):
        server.apply("outgoing.lamp", lamp(), lamp(watts=watts))
    assert server.connection("outgoing.lamp", "desk") is before
    assert notes[-1] == f"close desk {watts}"
    assert "stop desk 40" not in notes
    assert changes == []


def test_creating_deleting_and_switching_off():
    server, notes = make()
    server.start()
    server.apply("outgoing.lamp", None, lamp())
    server.apply("outgoing.lamp", lamp(), lamp(is_active=False))
    with pytest.raises(Inactive):
        server.connection("outgoing.lamp", "desk")
    server.apply("outgoing.lamp", lamp(is_active=False), lamp())
    server.apply("outgoing.lamp", lamp(), None)
    with pytest.raises(ConnectionMissing):
        server.connection("outgoing.lamp", "desk")
    assert notes.count("start desk 40") == notes.count("close desk 40") == 2


def test_renaming_moves_the_entry():
    server, _ = make()
    server.load([("outgoing.lamp", lamp(), "")])
    server.apply("outgoing.lamp", lamp(), lamp("floor"))
    assert [entry.definition.name for entry in server.entries("outgoing.lamp")] == ["floor"]


def test_the_old_part_is_retired_where_spawn_says():
    spawned = []
    server, notes = make(spawn=lambda name, function: spawned.append((name, function)))
    server.load([("outgoing.lamp", lamp(), "")])
    server.apply("outgoing.lamp", lamp(), None)
    assert "stop desk 40" not in notes
    assert [name for name, _ in spawned] == ["stop outgoing.lamp desk"]
    spawned[0][1]()
    assert notes[-2:] == ["stop desk 40", "close desk 40"]


def test_users_of_a_definition_are_known_inactive_ones_too():
    server, _ = make()
    anna = Definition(name="anna")
    server.load(
        [("people.child", anna, "")]
        + [
            ("outgoing.lamp", lamp(name, owner=owner, is_active=False), "")
            for name, owner in (("a", "anna"), ("b", None))
        ]
    )
    assert [(entry.definition.name, field) for entry, field in server.users_of("people", "anna")] == [("a", "owner")]
    assert server.users_of("people", "bo") == []


def test_a_missing_facility_is_a_mistake_of_the_assembly():
    server, _ = make()
    with pytest.raises(LookupError, match="assembled without a dict"):
        server.facility(dict)


def test_a_part_that_cannot_stop_does_not_keep_others_running(caplog):
    server, notes = make()
    server.load([("outgoing.lamp", lamp("a"), ""), ("outgoing.lamp", lamp("b"), "")])

    def fail(*arguments):
        raise RuntimeError("stuck")

    for what in ("stop", "close"):
        setattr(server.connection("outgoing.lamp", "b"), what, fail)
    server.stop(1)
    server.close()
    assert notes[-2:] == ["stop a 40", "close a 40"]
    assert "Lamp 'b' did not stop" in caplog.text
    assert "Lamp 'b' did not close" in caplog.text
