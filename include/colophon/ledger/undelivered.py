"""Deliveries of which the last word is not good: refused, given up, left out, come back, unknown, or under way for too long."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from colophon.domain.delivery_states import FINAL_BAD, IN_FLIGHT, MESSAGE_REJECTED, UNKNOWN, WAITING
from colophon.ledger.revisions import has_newer
from colophon.ledger.store import Store
from colophon.ledger.tables import deliveries, of_place

CANCELLED = "cancelled"
"""Code of a delivery that was stopped because somebody wanted that."""
TAKEN = ("accepted", "processing", "held")
"""States of what a system has, and of which more is to come."""
_D = deliveries.c


class Undelivered(NamedTuple):
    """A delivery that did not arrive; `since`: when the system may have taken it."""

    id: str
    subject: str
    remote_id: str | None
    state: str
    code: str
    since: datetime


class InHand(NamedTuple):
    """Deliveries that somebody has claimed: who, until when at the latest, and how many."""

    owner: str
    until: datetime
    deliveries: int


class UndeliveredRows(Store):
    """The part of the ledger that tells what somebody should look at in a system behind ours."""

    def undelivered(self, use_case: str, destination: str, *, taken_before: datetime | None = None) -> list[Undelivered]:
        """What ended badly and nothing newer replaces, and what nobody knows of; by age.

        What was cancelled is not among it, nor what its recipient rejected (that has exceptions of its own), nor what travels in a
        message: the message stands for it. A message that ended badly
        counts while it carries something that did and has nothing newer.

        :param taken_before: what was taken before that moment and has not left is among it, too.
        """
        with self.begin() as connection:
            return _undelivered(connection, use_case, destination, taken_before)

    def in_hand(self, use_case: str, destination: str) -> list[InHand]:
        """Who has claimed what of a destination, the longest lease last."""
        until = func.max(_D.lease_until, type_=_D.lease_until.type).label("until")
        query = select(_D.owner, until, func.count()).where(of_place(use_case, destination), *_is(IN_FLIGHT))
        with self.begin() as connection:
            return [InHand(*row) for row in connection.execute(query.group_by(_D.owner).order_by(until, _D.owner))]

    def put_off(self, use_case: str, destination: str) -> datetime | None:
        """When the first of those may go that a system has asked to come later; None where there is none."""
        first = func.min(_D.not_before, type_=_D.not_before.type)
        tried = (_D.tries > 0, _D.not_before > self.clock(), _D.unwanted.is_(None))
        query = select(first).where(of_place(use_case, destination), *_is(WAITING), *tried)
        with self.begin() as connection:
            moment: datetime | None = connection.scalar(query)
        return moment


def _is(state: str) -> tuple[ColumnElement[bool], ...]:
    return (_D.state == state, _D.bundled.is_(False))


def _undelivered(connection: Connection, use_case: str, destination: str, taken_before: datetime | None) -> list[Undelivered]:
    bad: Sequence[str] = sorted(FINAL_BAD)
    member = deliveries.alias()
    carries = select(member.c.id).where(member.c.carrier_id == _D.id, member.c.state.in_(bad), ~has_newer(member)).exists()
    is_last_word = or_(_D.ordering == "every", ~has_newer(deliveries), carries)
    has_failed = and_(_D.state.in_(bad), ~and_(_D.state == "failed", _D.code.in_((CANCELLED, MESSAGE_REJECTED))), is_last_word)
    since = func.coalesce(_D.accepted_at, _D.created_at)
    states, conditions = [*bad, UNKNOWN], [_D.state == UNKNOWN, has_failed]
    if taken_before is not None:
        states += TAKEN
        conditions.append(and_(_D.state.in_(TAKEN), since < taken_before))
    columns = [*(_D[name] for name in Undelivered._fields[:-1]), since]
    query = select(*columns).where(
        of_place(use_case, destination), _D.state.in_(states), _D.bundled.is_(False), _D.unwanted.is_(None), or_(*conditions)
    )
    return [Undelivered(*row) for row in connection.execute(query.order_by(since, _D.id))]
