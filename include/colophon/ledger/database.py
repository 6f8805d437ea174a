"""Opening the ledger's database, and bringing it to this version's schema."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import DatabaseError, DataError, IntegrityError, OperationalError
from sqlalchemy.util import LRUCache

from colophon.errors import (
    BadConnectionError,
    ConflictError,
    InvalidError,
    LedgerDamagedError,
    LedgerOutdatedError,
    StagingFullError,
    TransportError,
)

MIGRATIONS = Path(__file__).parent / "migrations"
RACES = 5
READING = "colophon_reading"
"""Execution option of a connection that only reads: on SQLite it waits for no writer."""
Result = TypeVar("Result")
_RACED = {"40001", "40P01"}
"""What PostgreSQL calls a serialisation failure, and a deadlock."""
_DAMAGED = ("not a database", "malformed")


class RaceLostError(Exception):
    """A row was no longer as it had been read. `repeat_races` does all of it again; nobody else sees this."""


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


@contextmanager
def explained(url: str) -> Iterator[None]:
    """Turn the driver's errors into ours; the address is told without its password."""
    # Without its options: one of them may be the password of a key.
    where = make_url(url).set(query={}).render_as_string(hide_password=True)
    try:
        yield
    except DataError:
        # Not `from` that error: it quotes the values.
        raise InvalidError("a value is too large for the ledger, or has a NUL character", system="ledger") from None
    except IntegrityError:
        raise
    except DatabaseError as problem:
        if getattr(problem.orig, "sqlstate", "") in _RACED:
            raise RaceLostError from problem
        if (ours := _explain(where, str(problem.orig), is_use=isinstance(problem, OperationalError))) is None:
            raise
        raise ours from problem
    except sqlite3.DatabaseError as problem:  # while a connection is tuned, SQLAlchemy does not see it
        if (ours := _explain(where, str(problem), is_use=True)) is None:
            raise
        raise ours from problem


def repeat_races(work: Callable[[], Result]) -> Result:
    """Run a transaction again, on fresh facts, when another one won a race for the same rows.

    A row was no longer as it was read, or there was a unique key, a serialisation failure or a deadlock.

    :raises TransportError: the race was lost again and again; nothing was changed.
    :raises ConflictError: the database refuses a state that cannot be.
    """
    for _ in range(RACES):
        try:
            return work()
        except RaceLostError:
            continue
        except IntegrityError as problem:
            if refused := _impossible(problem):
                # Not `from` that error: it quotes the values.
                raise ConflictError(
                    "the ledger refuses a state that cannot be",
                    system="ledger",
                    evidence=refused,
                    remedy="Do not clear; keep the log and call a developer.",
                ) from None
    raise TransportError(f"others changed the same rows of the ledger, {RACES} times in a row; nothing was changed", system="ledger")


def _impossible(problem: IntegrityError) -> str:
    """The rule that a row breaks whoever writes it, by its name; nothing where it is only there already."""
    if getattr(problem.orig, "sqlstate", "") == "23514":
        return str(problem.orig.diag.constraint_name)  # type: ignore[union-attr]  # psycopg's
    _, is_check, rule = str(problem.orig).partition("CHECK constraint failed: ")
    return rule if is_check else ""


def _explain(where: str, reason: str, *, is_use: bool) -> Exception | None:
    """Our error for a driver's words; None where it is none of the database's state or of getting at it (`is_use`)."""
    reason = reason.lower()
    if any(word in reason for word in _DAMAGED):
        return LedgerDamagedError(f"the ledger {where} is damaged, or is no ledger", system="ledger", evidence=reason.splitlines()[0])
    if not is_use:
        return None
    if "disk is full" in reason or "no space" in reason or "disk full" in reason:
        remedy = "Make room for the ledger's database; then clear the task, or leave it to the next run: nothing was lost."
        return StagingFullError(f"no space left for the ledger {where}", system="ledger", remedy=remedy)
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
