"""The audit: who did what on the desk, when and why."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, insert, select

from colophon.ledger.store import Store
from colophon.ledger.tables import audit


class Audit(Store):
    """The part of the ledger that remembers people's acts. A line and what it tells of are one transaction."""

    def audit_page(self, *, target: str = "", by: str = "", before: int | None = None, limit: int = 50) -> list[Any]:
        """Lines of the audit, newest first, of one target or person; those before a line's number."""
        given = ((audit.c.target, target), (audit.c.by, by))
        where = [field == value for field, value in given if value] + ([audit.c.id < before] if before else [])
        with self.reading() as connection:
            return list(connection.execute(select(audit).where(and_(True, *where)).order_by(audit.c.id.desc()).limit(limit)))

    def noted(self, action: str, target: str, *, by: str, why: str) -> None:
        """A line in the audit for what was done elsewhere."""
        with self.begin() as connection:
            note(connection, by, action, [target], why, self.clock())


def note(connection: Connection, by: str, action: str, targets: Sequence[str], why: str, at: datetime) -> None:
    """Lines in the audit, within the transaction that does it."""
    rows = [{"at": at, "by": by[:200], "action": action, "target": target[:200], "why": why[:2000]} for target in targets]
    if rows:
        connection.execute(insert(audit), rows)
