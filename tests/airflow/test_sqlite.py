"""Airflow's database on one machine: nobody is sent away, everybody waits."""

import sqlite3
from contextlib import closing

import pytest

from colophon_airflow.sqlite import CONNECT_ARGS


@pytest.mark.parametrize("first", ["SAVEPOINT one", "INSERT INTO t VALUES (1)"])
def test_what_will_write_holds_the_right_to_write_from_its_beginning(tmp_path, first) -> None:
    """A second writer waits for the first, and so cannot make its later write fail."""
    file = tmp_path / "airflow.db"
    with closing(sqlite3.connect(file)) as made:
        made.execute("PRAGMA journal_mode=WAL")
        made.execute("CREATE TABLE t (n)")
    with closing(sqlite3.connect(file, **CONNECT_ARGS)) as one, closing(sqlite3.connect(file, timeout=0)) as other:
        cursor = one.cursor()
        cursor.execute(first)
        assert cursor.execute("SELECT count(*) FROM t").fetchone()
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("INSERT INTO t VALUES (2)")
        cursor.execute("INSERT INTO t VALUES (3)")
        one.commit()
        other.rollback()
        other.execute("INSERT INTO t VALUES (2)")
