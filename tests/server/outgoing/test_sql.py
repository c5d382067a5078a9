"""Outgoing SQL over SQLite, which needs no network; PostgreSQL is in tests/edges/."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from server.errors import ServiceUnavailable
from server.kernel.definition import read_definition
from server.outgoing.sql import OutgoingSQLDefinition, SQLConnection, read_extra


def make(path, **changes):
    values = {"name": "shop", "engine": "sqlite", "db_name": str(path)} | changes
    definition = read_definition(OutgoingSQLDefinition, values)
    assert isinstance(definition, OutgoingSQLDefinition), definition
    return SQLConnection(definition)


@pytest.fixture
def connection(tmp_path):
    connection = make(tmp_path / "shop.db")
    with connection.session() as session:
        session.execute(text("CREATE TABLE a (b INTEGER)"))
        session.commit()
    yield connection
    connection.close()


def test_a_session_writes_and_reads(connection):
    with connection.session() as session:
        session.execute(text("INSERT INTO a VALUES (:b)"), [{"b": 1}, {"b": 2}])
        session.commit()
    with connection.conn.session() as session:
        assert session.execute(text("SELECT b FROM a ORDER BY b")).scalars().all() == [1, 2]


def test_what_is_not_committed_is_gone(connection):
    with connection.session() as session:
        session.execute(text("INSERT INTO a VALUES (1)"))
    with connection.session() as session:
        assert session.execute(text("SELECT count(*) FROM a")).scalar() == 0


def test_mistakes_in_statements_are_sqlalchemys_errors(connection):
    with connection.session() as session, pytest.raises(OperationalError, match="no such table") as caught:
        session.execute(text("SELECT * FROM z WHERE c = :c"), {"c": "canary"})
    assert "canary" not in str(caught.value)


def test_ping(connection, tmp_path):
    found = connection.ping()
    assert (found.is_success, found.info) == (True, "sqlite answered PRAGMA schema_version")
    assert found.response_time > 0
    lost = make(tmp_path / "none" / "shop.db").ping()
    assert (lost.is_success, lost.info) == (
        False,
        "Outgoing SQL connection 'shop' cannot be used: unable to open database file",
    )


def test_a_full_pool_is_unavailable(tmp_path):
    connection = make(tmp_path / "shop.db", pool_size=1, timeout=0.1)
    with connection.session() as one, connection.session() as two:
        one.execute(text("SELECT 1"))
        with pytest.raises(ServiceUnavailable, match="'shop' has had all of its 1 connections in use") as caught:
            two.execute(text("SELECT 1"))
    assert caught.value.shown_message() == "Outgoing SQL connection 'shop' has had all of its 1 connections in use"
    connection.close()


def test_a_file_that_is_no_database_is_unavailable(tmp_path):
    (tmp_path / "shop.db").write_bytes(b"only text" * 200)
    connection = make(tmp_path / "shop.db")
    assert connection.ping().is_success is False


def test_nothing_happens_until_the_first_use(tmp_path):
    connection = make(tmp_path / "shop.db")
    connection.provision()
    connection.start()
    connection.stop(0)
    connection.close()
    assert not (tmp_path / "shop.db").exists()


def test_closing_a_used_one_waits_for_nobody(connection):
    connection.stop(0)
    connection.close()
    connection.close()


def test_extra_goes_to_pool_and_driver():
    assert read_extra("pool_recycle=60\n\n sslmode = require ;application_name=a=b") == (
        {"pool_recycle": 60},
        {"sslmode": "require", "application_name": "a=b"},
    )


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"engine": "oracle"}, "/engine"),
        ({"db_name": ""}, "/db_name"),
        ({"db_name": ":memory:"}, ""),
        ({"port": 0}, "/port"),
        ({"pool_size": 0}, "/pool_size"),
        ({"extra": "what"}, "/extra"),
        ({"extra": "pool_recycle=soon"}, "/extra"),
        ({"password": 1}, "/password"),
    ],
)
def test_bad_definitions_are_refused(changes, path):
    problems = read_definition(OutgoingSQLDefinition, {"name": "a", "engine": "sqlite", "db_name": "a.db"} | changes)
    assert [problem.path for problem in problems] == [path]


def test_drivers_of_older_definitions_are_accepted():
    assert make("x.db", engine="postgresql+pg8000").definition.engine == "postgresql"


def test_nothing_secret_shows(tmp_path):
    connection = make("shop", engine="postgresql", password="canary", username="anna")
    shown = f"{connection.definition!r} {connection.engine!r} {connection.engine.url} {vars(connection)!r}"
    assert "canary" not in shown
