"""Leases: until when a claimed delivery is its owner's, and by whose clock.

On PostgreSQL, where workers are on several machines, it is the database's: a worker whose clock is wrong neither takes over
early nor loses what it holds. SQLite is on one machine, and whoever lives in a time of its own (a simulation, a test) stays in it.
"""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, DateTime, Interval, and_, bindparam, func

from colophon import environment
from colophon.domain.delivery_states import IN_FLIGHT
from colophon.ledger.columns import UtcTime
from colophon.ledger.tables import deliveries


class Manner(NamedTuple):
    """What a statement about leases depends on: which database, and whose clock. Statements are made once for each."""

    is_sqlite: bool
    by_database: bool

    @classmethod
    def of(cls, connection: Connection) -> "Manner":
        """How to talk to this database now."""
        is_sqlite = connection.dialect.name == "sqlite"
        return cls(is_sqlite, not is_sqlite and environment.is_real())

    def is_over(self) -> ColumnElement[bool]:
        """Whether a delivery is in flight and its owner's time has run out; its parameters are those of `now`."""
        return and_(deliveries.c.state == IN_FLIGHT, deliveries.c.lease_until < self._now())

    def end(self) -> ColumnElement[Any]:
        """When a lease ends that begins now; its parameters are those of `until`."""
        if self.by_database:
            return self._now() + bindparam("lease", type_=Interval())
        return bindparam("lease_end", type_=UtcTime())

    def now(self, now: datetime) -> dict[str, Any]:
        """Parameters of `is_over`."""
        return {} if self.by_database else {"lease_now": now}

    def until(self, now: datetime, lease_s: float) -> dict[str, Any]:
        """Parameters of `end`."""
        lease = timedelta(seconds=lease_s)
        return {"lease": lease} if self.by_database else {"lease_end": now + lease}

    def _now(self) -> ColumnElement[Any]:
        if self.by_database:
            return func.statement_timestamp(type_=DateTime(timezone=True))
        return bindparam("lease_now", type_=UtcTime())
