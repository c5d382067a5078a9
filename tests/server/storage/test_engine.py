"""Opening, making and upgrading the database; what is said when it cannot be used."""

import threading

import pytest
from sqlalchemy import text

from server.errors import ConfigError, ServiceUnavailable
from server.storage.engine import open_sqlite
from server.storage.tables import HEAD


def test_a_fresh_database_is_made_and_then_left_alone(tmp_path):
    database = open_sqlite(tmp_path / "zato.db")
    assert [database.bring_to_head(), database.bring_to_head()] == ["made", ""]
    database.ping()
    database.close()
    again = open_sqlite(tmp_path / "zato.db")
    assert again.bring_to_head() == ""
    again.close()


def test_writes_are_kept_in_wal_mode_and_synced(tmp_path):
    database = open_sqlite(tmp_path / "zato.db")
    with database.begin() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2
    database.close()


def test_a_database_of_a_newer_release_is_refused(tmp_path):
    database = open_sqlite(tmp_path / "zato.db")
    database.bring_to_head()
    with database.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigError, match=f"revision 9999, this release knows them up to {HEAD}"):
        database.bring_to_head()
    database.close()


def test_a_failed_transaction_leaves_nothing(tmp_path):
    database = open_sqlite(tmp_path / "zato.db")
    with pytest.raises(ZeroDivisionError), database.begin() as connection:
        connection.execute(text("CREATE TABLE a (b INTEGER)"))
        connection.execute(text("INSERT INTO a VALUES (1)"))
        _ = 1 / 0
    with database.begin() as connection:
        rows = connection.execute(text("SELECT count(*) FROM sqlite_master WHERE name = 'a'")).scalar()
        assert rows == 0 or connection.execute(text("SELECT count(*) FROM a")).scalar() == 0
    database.close()


def test_any_thread_may_use_it(tmp_path):
    database = open_sqlite(tmp_path / "zato.db")
    database.ping()
    found: list[object] = []

    def use() -> None:
        try:
            found.append(database.ping())
        except ServiceUnavailable as error:
            found.append(error)

    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    assert found == [None]
    database.close()


def test_a_file_that_is_no_database_and_a_missing_folder_are_told(tmp_path):
    (tmp_path / "bad.db").write_bytes(b"not a database, only text" * 50)
    for path in (tmp_path / "bad.db", tmp_path / "none" / "zato.db"):
        database = open_sqlite(path)
        with pytest.raises(ServiceUnavailable, match="The server's database cannot be used: "):
            database.ping()
