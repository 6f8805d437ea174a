"""Opening the ledger's database, and bringing it to this version's schema."""

import os
from contextlib import suppress
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.util import LRUCache

from colophon.errors import LedgerOutdatedError
from colophon.ledger.store import READING, explained

MIGRATIONS = Path(__file__).parent / "migrations"


def make_engine(url: str) -> Engine:
    """The engine of an address: SQLite with WAL and durable commits, a small pool elsewhere. `dispose` closes its connections.

    A SQLite file that is not there yet is made for this user alone; SQLite gives the files beside it the same rights.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database not in {None, "", ":memory:"} and not parsed.query:
        # What is in the way of it, SQLite says itself.
        with suppress(OSError):
            os.close(os.open(parsed.database, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    common, statements = _common(parsed, os.getpid())
    engine = Engine(common.pool.recreate(), common.dialect, parsed, execution_options={"compiled_cache": statements})
    if parsed.get_backend_name() == "sqlite":
        # Writers queue at BEGIN and not at their first write, where SQLite would refuse them instead.
        event.listen(engine, "begin", _begin_immediate)
    return engine


@lru_cache(maxsize=4)
def _common(parsed: URL, _process: int) -> tuple[Engine, LRUCache[Any, Any]]:
    """What the engines of an address share: how to connect, and the statements that were compiled. Each has connections of its own."""
    if parsed.get_backend_name() != "sqlite":
        engine = create_engine(parsed, pool_pre_ping=True, pool_size=4)
    else:
        engine = create_engine(parsed, connect_args={"timeout": 60})
        event.listen(engine, "connect", _tune_sqlite)
    return engine, LRUCache(500)


def upgrade(url: str) -> str:
    """Make the tables or bring them to this version; returns the schema version.

    :raises BadConnectionError: the database cannot be reached or written.
    """
    engine = make_engine(url)
    try:
        with explained(url), engine.connect() as connection:
            config = _alembic()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
    finally:
        engine.dispose()
    return newest_version()


@cache
def newest_version() -> str:
    """The schema version that this code knows."""
    return str(ScriptDirectory.from_config(_alembic()).get_current_head())


def check_version(engine: Engine, url: str) -> None:
    """Refuse another schema version.

    :raises LedgerOutdatedError: naming both versions.
    """
    with explained(url), engine.connect() as connection:
        known = inspect(connection).has_table("alembic_version")
        found = connection.scalar(text("SELECT version_num FROM alembic_version")) if known else None
        connection.rollback()
    if found != newest_version():
        raise LedgerOutdatedError(
            f"the ledger has schema version {found or 'none'}, this Colophon needs {newest_version()}", system="ledger"
        )


def _tune_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=60000", "cache_size=-65536"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN" if connection.get_execution_options().get(READING) else "BEGIN IMMEDIATE")


def _alembic() -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config
