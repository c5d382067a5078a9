"""Definitions in SQL: the contract over SQLite; what only rows can get wrong: sealing, old rows, other keys."""

import logging

import pytest
from sqlalchemy import text

from server.kernel.definition import Secret
from server.kernel.registry import Registry
from server.security.secrets import Sealer
from server.storage.connections import Edit, SQLConnections
from server.storage.engine import open_sqlite
from server.storage.services import SQLServices
from tests.contracts.stores import *  # noqa: F403 - the suite
from tests.contracts.stores import REGISTRY, Clock, Stores, lamp

KEY = Sealer.new_key()


@pytest.fixture
def database(tmp_path):
    database = open_sqlite(tmp_path / "zato.db")
    database.bring_to_head()
    yield database
    database.close()


@pytest.fixture
def stores(database):
    return Stores(SQLConnections(database, REGISTRY, Sealer(KEY), Clock()), SQLServices(database))


def test_no_secret_is_in_the_file(stores, database, tmp_path):
    stored = stores.connections.add("test.lamp", lamp(password="canary-17", token="canary-18"))
    stores.connections.change([Edit(stored.definition.model_copy(update={"password": Secret("canary-19")}))])
    database.close()
    held = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"desk" in held
    assert b"canary" not in held
    assert b"Y2FuYXJ5" not in held  # base64 of `canary`


def test_a_secret_of_another_key_is_named_and_can_be_set_anew(stores, database):
    stored = stores.connections.add("test.lamp", lamp(password="p", watts=9))
    other = SQLConnections(database, REGISTRY, Sealer(Sealer.new_key()), Clock())
    unread = other.get(stored.definition.id)
    assert "its password cannot be read" in unread.problem
    assert "key1" in unread.problem
    assert (unread.definition.name, unread.definition.watts, unread.definition.password) == ("desk", 9, Secret.EMPTY)
    other.change([Edit(unread.definition.model_copy(update={"password": Secret("new")}))])
    assert other.get(stored.definition.id).problem == ""


def test_a_row_that_no_longer_fits_is_shown_with_its_problem(stores, database):
    id = stores.connections.add("test.lamp", lamp(password="p")).definition.id
    with database.begin() as connection:
        connection.execute(text("""UPDATE definition SET data = '{"watts": 0, "volts": 12}'"""))
    stored = stores.connections.get(id)
    assert stored.problem == "/watts should be greater than or equal to 1; /volts unknown field"
    assert stored.definition.name == "desk"


def test_rows_of_types_that_are_not_loaded_are_left_alone_and_told_once(stores, database, caplog):
    id = stores.connections.add("test.lamp", lamp()).definition.id
    without = SQLConnections(database, Registry(), Sealer(KEY), Clock())
    with caplog.at_level(logging.ERROR):
        assert without.all() == without.all() == []
        with pytest.raises(NotFound):  # noqa: F405
            without.get(id)
    assert [record.getMessage() for record in caplog.records] == [
        "Definitions of kind 'test.lamp' are left alone: no such connection type is loaded"
    ]
    assert len(stores.connections.all()) == 1
