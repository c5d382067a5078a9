"""Outgoing SQL: SQLite that waits without blocking, and a real PostgreSQL."""

import threading
import time

import pytest
from sqlalchemy import make_url, text

from server.errors import ServiceUnavailable
from server.kernel.definition import read_definition
from server.outgoing.sql import OutgoingSQLDefinition, SQLConnection
from tests.support.containers import postgresql_url


def make(**changes):
    definition = read_definition(OutgoingSQLDefinition, {"name": "shop"} | changes)
    assert isinstance(definition, OutgoingSQLDefinition), definition
    return SQLConnection(definition)


def test_a_writer_waits_for_another_one_and_lets_it_go_on(tmp_path):
    connection = make(engine="sqlite", db_name=str(tmp_path / "shop.db"))
    with connection.session() as session:
        session.execute(text("CREATE TABLE a (b INTEGER)"))
        session.commit()
    holding, results = threading.Event(), []

    def hold():
        with connection.session() as session:
            session.execute(text("INSERT INTO a VALUES (1)"))
            holding.set()
            time.sleep(0.2)
            session.commit()
            results.append("first")

    thread = threading.Thread(target=hold)
    thread.start()
    holding.wait(5)
    with connection.session() as session:
        session.execute(text("INSERT INTO a VALUES (2)"))
        session.commit()
        results.append("second")
    thread.join()
    assert results == ["first", "second"]
    connection.close()


def test_a_lock_that_stays_is_unavailable(tmp_path):
    connection = make(engine="sqlite", db_name=str(tmp_path / "shop.db"), timeout=0.2)
    with connection.session() as first, connection.session() as second:
        first.execute(text("CREATE TABLE a (b INTEGER)"))
        first.commit()
        first.execute(text("INSERT INTO a VALUES (1)"))
        with pytest.raises(ServiceUnavailable, match="'shop' cannot be used: database is locked"):
            second.execute(text("INSERT INTO a VALUES (2)"))
    connection.close()


def test_stop_waits_for_sessions(tmp_path):
    connection = make(engine="sqlite", db_name=str(tmp_path / "shop.db"))
    session = connection.session()
    session.execute(text("SELECT 1"))
    threading.Timer(0.1, session.close).start()
    started = time.monotonic()
    connection.stop(5)
    assert 0.05 < time.monotonic() - started < 2
    connection.close()


def test_postgresql_that_does_not_answer():
    connection = make(engine="postgresql", host="127.0.0.1", port=1, db_name="a", username="anna", password="canary")
    with connection.session() as session, pytest.raises(ServiceUnavailable) as caught:
        session.execute(text("SELECT 1"))
    assert caught.value.shown_message() == "Outgoing SQL connection 'shop' could not be reached: connecting failed"
    assert connection.ping().is_success is False
    connection.close()


def postgresql(**changes):
    url = make_url(postgresql_url())
    return make(
        engine="postgresql",
        host=url.host or "localhost",
        port=url.port,
        db_name=url.database,
        username=url.username or "",
        password=url.password or "",
        **changes,
    )


def test_postgresql():
    connection = postgresql(extra="application_name=orders")
    assert connection.ping().info == "postgresql answered SELECT 1"
    with connection.session() as session:
        assert session.execute(text("SELECT current_setting('application_name')")).scalar() == "orders"
    connection.close()


def test_a_call_that_is_cut_is_unavailable_and_the_next_one_works():
    connection, other = postgresql(pool_size=1), postgresql()
    with connection.session() as session:
        pid = session.execute(text("SELECT pg_backend_pid()")).scalar()
        with other.session() as killer:
            killer.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        with pytest.raises(ServiceUnavailable, match="'shop' was lost during a call"):
            session.execute(text("SELECT 1"))
    with connection.session() as session:
        assert session.execute(text("SELECT 1")).scalar() == 1
    connection.close()
    other.close()
