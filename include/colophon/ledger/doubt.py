"""Doubt: deliveries with a try whose effect nobody knows."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from colophon.ledger.records import WAITING
from colophon.ledger.store import among, chunks
from colophon.ledger.tables import attempts, deliveries

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


def never_left(connection: Connection, rows: Iterable[Any]) -> set[str]:
    """Ids of the rows (id, state, carrier_id) that wait, and of which no try may have had its effect, nor of what carries them."""
    waiting = {row.id: row.carrier_id for row in rows if row.state == WAITING}
    carriers = sorted({carrier for carrier in waiting.values() if carrier})
    doubtful = lost_since(connection, [*waiting, *carriers])
    here: set[str | None] = {None}
    for chunk in chunks(carriers):
        query = select(deliveries.c.id).where(among(connection, deliveries.c.id, chunk), deliveries.c.state == WAITING)
        here |= set(connection.scalars(query)) - doubtful.keys()
    return {key for key, carrier in waiting.items() if key not in doubtful and carrier in here}
