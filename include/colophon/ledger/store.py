"""What every part of the ledger stands on: a database and a clock, and transactions whose errors are ours."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, Engine, make_url
from sqlalchemy.exc import DatabaseError, DataError, IntegrityError, OperationalError

from colophon.errors import BadConnectionError, ConflictError, InvalidError, LedgerDamagedError, StagingFullError, TransportError
from colophon.ledger.statements import RaceLostError

RACES = 5
READING = "colophon_reading"
"""Execution option of a connection that only reads: on SQLite it waits for no writer."""
_RACED = {"40001", "40P01"}
"""What PostgreSQL calls a serialisation failure, and a deadlock."""
_DAMAGED = ("not a database", "malformed")
Result = TypeVar("Result")


class Store:
    """A database with transactions; a clock for leases and time stamps."""

    def __init__(self, engine: Engine, url: str, clock: Callable[[], datetime]) -> None:
        self.engine = engine
        self.url = url
        self.clock = clock

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """One transaction: committed at the end, rolled back on an error."""
        with explained(self.url), self.engine.begin() as connection:
            yield connection

    def changing(self, work: Callable[[Connection], Result]) -> Result:
        """One transaction, done again on fresh facts where another one won a race for the same rows. Raises as `repeat_races`."""

        def whole() -> Result:
            with self.begin() as connection:
                return work(connection)

        return repeat_races(whole)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One state of the database to read from; waits for no writer, and keeps none waiting."""
        with explained(self.url), self.engine.connect().execution_options(**{READING: True}) as connection, connection.begin():
            yield connection


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
