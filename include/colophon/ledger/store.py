"""What every part of the ledger stands on: a database and a clock."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection, Engine

from colophon.ledger.database import explained


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
