"""What every connection type promises: a form that can be shown and stored, parts that can be given back any time.

A test module imports everything from here.  A new type gets its smallest definition in `SMALLEST`.
"""

from datetime import datetime, timezone

import pytest

from server import channels, outgoing, security
from server.channels.http_routes import Routes
from server.kernel.definition import MASK, fields_of, read_definition, secret_fields
from server.kernel.lifecycle import Part
from server.kernel.registry import REGISTRY
from server.kernel.server import Server
from server.security.secrets import Sealer
from server.storage.connections import SQLConnections
from server.storage.engine import open_sqlite

SHIPPED = (channels, outgoing, security)
SMALLEST = {
    "security.basic_auth": {"name": "a", "username": "u", "password": "canary"},
    "security.apikey": {"name": "a", "secret": "canary"},
    "outgoing.rest": {"name": "a", "host": "http://a.example"},
    "outgoing.sql": {"name": "a", "engine": "postgresql", "db_name": "a", "password": "canary"},
    "channel.rest": {"name": "a", "url_path": "/a", "service": "demo.a"},
}
TYPES = sorted(REGISTRY, key=lambda one: one.id)
each_type = pytest.mark.parametrize("one", TYPES, ids=lambda one: one.id)


def definition_of(one):
    made = read_definition(one.definition, SMALLEST[one.id])
    assert isinstance(made, one.definition), made
    return made


@each_type
def test_its_form_can_be_shown(one):
    assert one.definition.__doc__
    assert one.title[:1].islower() or one.title.split()[0].isupper() or one.title.startswith("Basic Auth")
    for field in fields_of(one.definition):
        assert field.help.endswith("."), field.name
        if field.refers_to:
            assert field.name.endswith("_name")
            assert field.is_nullable


@each_type
def test_what_sounds_like_a_secret_is_one(one):
    for field in fields_of(one.definition):
        if any(word in field.name for word in ("password", "secret", "token")):
            assert field.is_secret, field.name


@each_type
def test_unknown_fields_are_refused(one):
    problems = read_definition(one.definition, SMALLEST[one.id] | {"nam": 1})
    assert [problem.path for problem in problems] == ["/nam"]


@each_type
def test_its_definition_comes_back_from_the_database_as_it_was(one, tmp_path):
    database = open_sqlite(tmp_path / "zato.db")
    database.bring_to_head()
    now = lambda: datetime(2024, 1, 1, tzinfo=timezone.utc)  # noqa: E731
    connections = SQLConnections(database, REGISTRY, Sealer(Sealer.new_key()), now)
    stored = connections.add(one.id, definition_of(one))
    assert connections.get(stored.definition.id) == stored
    database.close()


@each_type
def test_its_secrets_do_not_show(one):
    definition = definition_of(one)
    shown = f"{definition!r} {definition} {definition.model_dump()} {definition.model_dump_json()}"
    assert "canary" not in shown
    assert not secret_fields(one.definition) or MASK in shown


@each_type
def test_its_part_can_be_given_back_at_any_time(one):
    server = Server(REGISTRY, start_order=("security", "outgoing", "channel"))
    server.offer(Routes())
    part = one.factory(definition_of(one), server)
    assert isinstance(part, Part)
    part.close()
    part.stop(0)
    part.close()
    assert "canary" not in repr(part)
