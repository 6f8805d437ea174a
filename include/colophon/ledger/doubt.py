"""Doubt: deliveries with a try whose effect nobody knows."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from colophon.ledger.store import among, chunks
from colophon.ledger.tables import attempts

LOST = "lost"
"""Result of a try whose answer was lost, where the delivery goes on."""
UNENDED = "started"
"""What stands for the result of a try that goes on."""


def lost_since(connection: Connection, ids: Sequence[str], *, lost: tuple[str, ...] = (LOST,)) -> dict[str, datetime]:
    """Deliveries with a try whose effect was never found out, and when the first such try began.

    :param lost: results of such tries; with `UNENDED`, one that still goes on is among them.

    A known outcome, or a person's word, ends the doubt; a refusal does not, for it speaks of its own try alone.
    """
    found: dict[str, datetime] = {}
    for chunk in chunks(ids):
        columns = (attempts.c.delivery_id, attempts.c.result, attempts.c.started_at)
        for row in connection.execute(select(*columns).where(among(connection, attempts.c.delivery_id, chunk)).order_by(attempts.c.id)):
            if row.result in lost:
                found.setdefault(row.delivery_id, row.started_at)
            elif row.result not in {UNENDED, "not_sent", "refused"}:
                found.pop(row.delivery_id, None)
    return found
