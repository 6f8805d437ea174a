"""Opening the ledger's database, and bringing it to this version's schema."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError

from colophon.errors import BadConnectionError, InvalidError, LedgerOutdatedError, StagingFullError, TransportError

MIGRATIONS = Path(__file__).parent / "migrations"
RACES = 5
READING = "colophon_reading"
"""Execution option of a connection that only reads: on SQLite it waits for no writer."""
Result = TypeVar("Result")


def make_engine(url: str) -> Engine:
    """An engine with one connection at a time on SQLite (WAL, durable commits) and a small pool elsewhere.

    A SQLite file that is not there yet is made for this user alone; SQLite gives the files beside it the same rights.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True, pool_size=4)
    if parsed.database not in {None, "", ":memory:"} and not parsed.query:
        # What is in the way of it, SQLite says itself.
        with suppress(OSError):
            os.close(os.open(parsed.database, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    engine = create_engine(parsed, connect_args={"timeout": 60})
    event.listen(engine, "connect", _tune_sqlite)
    # Writers queue at BEGIN and not at their first write, where SQLite would refuse them instead.
    event.listen(engine, "begin", _begin_immediate)
    return engine


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


@contextmanager
def explained(url: str) -> Iterator[None]:
    """Turn the driver's errors into ours; the address is told without its password."""
    # Without its options: one of them may be the password of a key.
    where = make_url(url).set(query={}).render_as_string(hide_password=True)
    try:
        yield
    except OperationalError as problem:
        raise _explain(where, problem) from problem
    except DataError:
        # Not `from` that error: it quotes the values.
        raise InvalidError("a value is too large for the ledger, or has a NUL character", system="ledger") from None


def repeat_races(work: Callable[[], Result]) -> Result:
    """Run a transaction again when another one won a race for the same rows (unique keys, serialisation, deadlock)."""
    for left in range(RACES - 1, -1, -1):
        try:
            return work()
        except IntegrityError:
            if not left:
                raise
        except DBAPIError as problem:
            if not left or getattr(problem.orig, "sqlstate", "") not in {"40001", "40P01"}:
                raise
    raise AssertionError  # the loop returns or raises


def _explain(where: str, problem: OperationalError) -> Exception:
    reason = str(problem.orig).lower()
    if "disk is full" in reason or "no space" in reason or "disk full" in reason:
        return StagingFullError(f"no space left for the ledger {where}", system="ledger")
    if "locked" in reason or "connection" in reason or "server" in reason:
        return TransportError(f"the ledger {where} does not answer", system="ledger")
    return BadConnectionError(f"the ledger {where} cannot be used: {reason.splitlines()[0]}", system="ledger")


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
