"""Where tests keep their ledger: on SQLite and on PostgreSQL, each in a database of its own.

A test that asks for `ledger_url`, `empty_url` or `databases` runs once on each. PostgreSQL is a server that the tests start for
themselves where it is installed; `COLOPHON_LEDGER_URL` names a database to be used, and emptied, instead of both.
"""

import itertools
import os
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Protocol

import pytest
from postgres_server import ABSENT, PostgresServer, programs
from sqlalchemy import create_engine, text

from colophon.ledger import upgrade

NAMED = os.environ.get("COLOPHON_LEDGER_URL", "")
EMPTY, MIGRATED = "empty", "migrated"
KINDS = ["named"] if NAMED else ["sqlite", "postgresql"]


class Databases(Protocol):
    """A database for one test. What was asked for before is closed and not looked at any more: it may be the same one, emptied."""

    def empty(self) -> str:
        """Address of one without tables."""

    def ledger(self) -> str:
        """Address of an empty ledger of today's schema."""


@pytest.fixture(params=KINDS)
def databases(request: pytest.FixtureRequest) -> Databases:
    """Databases of one kind, SQLite or PostgreSQL."""
    found: Databases = request.getfixturevalue(f"{request.param}_databases")
    return found


@pytest.fixture
def empty_url(databases: Databases) -> str:
    """Address of a database without tables."""
    return databases.empty()


@pytest.fixture
def ledger_url(databases: Databases) -> str:
    """Address of an empty ledger of today's schema."""
    return databases.ledger()


def empty_database(folder: Path) -> str:
    """Address of a database without tables: a SQLite file in a folder, or the one that COLOPHON_LEDGER_URL names."""
    if not NAMED or NAMED.startswith("sqlite"):
        return NAMED or f"sqlite:///{folder / 'ledger.db'}"
    engine = create_engine(NAMED)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return NAMED


def make_ledger(url: str) -> None:
    """Make an empty ledger of today's schema: a new file is a copy, for making the tables takes longer than many a test."""
    file = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite:///") and not file.exists():
        file.write_bytes(_empty_ledger())
    else:
        upgrade(url)


@cache
def _empty_ledger() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "ledger.db"
        upgrade(f"sqlite:///{file}")
        return file.read_bytes()


def for_airflow(url: str) -> str:
    """The address as a connection of Airflow: it knows PostgreSQL by another name than SQLAlchemy."""
    return url.replace("postgresql+psycopg:", "postgres:", 1)


class _Named:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def empty(self) -> str:
        return empty_database(self.folder)

    def ledger(self) -> str:
        make_ledger(url := self.empty())
        return url


class _Files:
    def __init__(self, folder: Path) -> None:
        self.folder, self.numbers = folder, itertools.count(1)

    def empty(self) -> str:
        return f"sqlite:///{self._next()}"

    def ledger(self) -> str:
        make_ledger(url := self.empty())
        return url

    def _next(self) -> Path:
        number = next(self.numbers)
        return self.folder / ("ledger.db" if number == 1 else f"ledger-{number}.db")


class _OnServer:
    """Emptied by deletion: to make a database for each test takes a hundred times as long."""

    def __init__(self, server: PostgresServer) -> None:
        self.server = server

    def empty(self) -> str:
        with self.server.connect(EMPTY) as connection:
            connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        return self.server.url(EMPTY)

    def ledger(self) -> str:
        with self.server.connect(MIGRATED) as connection:
            names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'")
            emptied = "; ".join(f'DELETE FROM "{name}"' for (name,) in names)
            connection.execute(f"SET session_replication_role = replica; {emptied}")  # in any order
        return self.server.url(MIGRATED)


@pytest.fixture
def named_databases(tmp_path: Path) -> Databases:
    """The database of COLOPHON_LEDGER_URL."""
    return _Named(tmp_path)


@pytest.fixture
def sqlite_databases(tmp_path: Path) -> Databases:
    """Files in the test's folder."""
    return _Files(tmp_path)


@pytest.fixture
def postgresql_databases(postgres_server: PostgresServer) -> Databases:
    """Databases of the server of this process."""
    return _OnServer(postgres_server)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A server of this process, with a ledger in it; skips where PostgreSQL is not installed."""
    if programs() is None:
        pytest.skip(ABSENT)
    server = PostgresServer()
    try:
        with server.connect("postgres") as connection:
            for name in (EMPTY, MIGRATED):
                connection.execute(f"CREATE DATABASE {name}")
        upgrade(server.url(MIGRATED))
        yield server
    finally:
        server.stop()
