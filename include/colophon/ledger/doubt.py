"""Doubt: deliveries with a try whose effect nobody knows."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from colophon.domain.delivery import Verdict
from colophon.domain.delivery_states import RANK, WAITING
from colophon.ledger.statements import among, chunks
from colophon.ledger.tables import attempts, deliveries

LOST = "lost"
"""Result of a try whose answer was lost, where the delivery goes on."""
UNENDED = "started"
"""What stands for the result of a try that goes on."""
_SPEAKS_OF_ITSELF = {UNENDED, "not_sent", "refused"}
"""Results that say nothing of an earlier try."""


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
            elif row.result not in _SPEAKS_OF_ITSELF:
                found.pop(row.delivery_id, None)
    return found


def answered_meanwhile(connection: Connection, ids: Sequence[str]) -> list[Verdict]:
    """Verdicts on deliveries that were taken over, and whose former try has ended well since."""
    found = []
    for delivery_id in ids:
        query = select(attempts.c.result).where(attempts.c.delivery_id == delivery_id).order_by(attempts.c.id.desc())
        former = next((result for result in connection.scalars(query) if result not in _SPEAKS_OF_ITSELF), LOST)
        if former in RANK:
            remote_id = connection.scalar(select(deliveries.c.remote_id).where(deliveries.c.id == delivery_id))
            found.append(Verdict(delivery_id, former, remote_id, detail="the answer to an earlier try came late"))
    return found


def close_left_behind(connection: Connection, ids: Sequence[str], now: datetime) -> None:
    """Say of tries that nobody finished that their answer was lost."""
    for chunk in chunks(ids):
        connection.execute(
            update(attempts)
            .where(among(connection, attempts.c.delivery_id, chunk), attempts.c.ended_at.is_(None))
            .values(ended_at=now, result=LOST, code="unknown.effect", evidence="the sender died during the call")
        )


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
