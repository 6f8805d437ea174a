"""What every part of the ledger stands on: a database and a clock."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection, Engine

from colophon.ledger.database import READING, explained


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

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One state of the database to read from; waits for no writer, and keeps none waiting."""
        with explained(self.url), self.engine.connect().execution_options(**{READING: True}) as connection, connection.begin():
            yield connection
