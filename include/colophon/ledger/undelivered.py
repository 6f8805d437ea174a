"""Deliveries that a system took, and that did not arrive: given up there, or under way for too long."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, func, or_, select

from colophon.ledger.outcomes import HAS_REMOTE_ID, has_newer
from colophon.ledger.store import Store
from colophon.ledger.tables import deliveries, of_place

CANCELLED = "cancelled"
"""Code of a delivery that was stopped because somebody wanted that."""


class Undelivered(NamedTuple):
    """A delivery that did not arrive; `since`: when the system may have taken it."""

    subject: str
    remote_id: str
    state: str
    code: str
    since: datetime


class UndeliveredRows(Store):
    """The part of the ledger that tells what somebody should look at in a system behind ours."""

    def undelivered(self, use_case: str, destination: str, *, taken_before: datetime) -> list[Undelivered]:
        """What failed after it was taken and that nothing newer replaces, and what was taken before a moment and has not left; by age.

        What was cancelled is neither. A carrier that failed counts while it carries something that failed and has nothing newer.
        """
        member = deliveries.alias()
        carries = select(member.c.id).where(member.c.carrier_id == deliveries.c.id, member.c.state == "failed", ~has_newer(member)).exists()
        is_failure = and_(
            deliveries.c.state == "failed",
            deliveries.c.code != CANCELLED,
            or_(deliveries.c.ordering == "every", ~has_newer(deliveries), carries),
        )
        since = func.coalesce(deliveries.c.accepted_at, deliveries.c.created_at)
        is_late = and_(deliveries.c.state.in_(("accepted", "processing", "held")), since < taken_before)
        columns = [*(deliveries.c[name] for name in Undelivered._fields[:-1]), since]
        query = select(*columns).where(
            of_place(use_case, destination),
            deliveries.c.state.in_(("failed", "accepted", "processing", "held")),
            deliveries.c.bundled.is_(False),
            HAS_REMOTE_ID,
            or_(is_failure, is_late),
        )
        with self.begin() as connection:
            return [Undelivered(*row) for row in connection.execute(query.order_by(since, deliveries.c.id))]
