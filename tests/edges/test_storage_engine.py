"""What the database costs at start, and a PostgreSQL that does not answer."""

import subprocess
import sys

import pytest

from server.errors import ServiceUnavailable
from server.storage.engine import open_postgresql


def test_making_it_needs_neither_alembic_nor_the_orm(tmp_path):
    program = (
        "import sys, pathlib; from server.storage.engine import open_sqlite;"
        f"open_sqlite(pathlib.Path({str(tmp_path / 'zato.db')!r})).bring_to_head();"
        "print([name for name in ('alembic', 'sqlalchemy.orm', 'psycopg') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.strip() == "[]"


def test_postgresql_that_does_not_answer_is_told_without_the_password():
    database = open_postgresql("postgresql://anna:canary@127.0.0.1:1/nothing")
    with pytest.raises(ServiceUnavailable) as caught:
        database.ping()
    assert "canary" not in str(caught.value)
