"""Sending again by hand, many at once: what a filter finds, what of it may go, and what something newer has overtaken."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select, update

from colophon.domain.delivery_states import FEED, RESENDABLE, UNKNOWN, WAITING
from colophon.ledger.audit import note
from colophon.ledger.finishing import resolve
from colophon.ledger.statements import alone_at, among, as_read, chunks
from colophon.ledger.store import Store
from colophon.ledger.tables import content, deliveries

_D = deliveries.c
_COLUMNS = ("id", "use_case", "destination", "subject", "revision", "state", "code", "delivery_class", "updated_at")
WHY_NOT = {
    "unwanted": "a later run does not want it any more",
    "message": "it is a message; its titles go again in a new one",
    "carried": "it travels in a message of which nobody knows; say of that what became of it",
    "no content": "its content is over its time (housekeeping.yaml)",
}
"""Why one is left, beside what has overtaken it."""


class Filter(NamedTuple):
    """Which failed deliveries: empty members do not narrow. `since` belongs to it, `until` does not; both look at the last change."""

    use_case: str = ""
    destination: str = ""
    isbns: tuple[str, ...] = ()
    code: str = ""
    since: datetime | None = None
    until: datetime | None = None
    states: tuple[str, ...] = RESENDABLE


class Failed(NamedTuple):
    """One delivery that a filter finds. `newer`: the revision that has overtaken it; `why_not`: one of WHY_NOT, or empty where it may go."""

    id: str
    use_case: str
    destination: str
    subject: str
    revision: int
    state: str
    code: str
    delivery_class: str
    updated_at: datetime
    newer: int | None
    why_not: str

    @property
    def may_go(self) -> bool:
        """Whether it may be sent again."""
        return self.newer is None and not self.why_not

    @property
    def sentence(self) -> str:
        """For people."""
        left = f"; overtaken by revision {self.newer}" if self.newer is not None else f"; {WHY_NOT[self.why_not]}" if self.why_not else ""
        return f"{self.subject} to {self.destination}, revision {self.revision}: {self.state} {self.code}".rstrip() + left


class Redriving(Store):
    """The part of the ledger that sends again by hand."""

    def failed(self, wanted: Filter) -> list[Failed]:
        """What a filter finds, oldest change first."""
        given = (("use_case", wanted.use_case), ("destination", wanted.destination), ("code", wanted.code))
        where = [_D[name] == value for name, value in given if value] + [_D.state.in_(wanted.states)]
        where += [_D.updated_at >= wanted.since] if wanted.since else []
        where += [_D.updated_at < wanted.until] if wanted.until else []
        with self.reading() as connection:
            where += (
                [or_(among(connection, _D.isbn, wanted.isbns), _D.subject.in_([f"isbn:{isbn}" for isbn in wanted.isbns]))]
                if wanted.isbns
                else []
            )
            return _failed(connection, and_(*where))

    def send_again(self, ids: Collection[str], *, by: str, why: str) -> tuple[list[Failed], list[Failed]]:
        """Let these wait for the next run of their use cases: those that went, and those that may not any more. Each has a line in the audit.

        What is no longer failed, skipped or unknown, such as by an earlier call, is in neither. Some hundred at a time, each a transaction.
        """
        went: list[Failed] = []
        left: list[Failed] = []
        for chunk in chunks(sorted(set(ids))):
            done, stayed = self.changing(partial(self._send_again, ids=chunk, by=by, why=why))
            went, left = went + done, left + stayed
        return went, left

    def _send_again(self, connection: Connection, *, ids: Sequence[str], by: str, why: str) -> tuple[list[Failed], list[Failed]]:
        there = and_(among(connection, _D.id, ids), _D.state.in_((*RESENDABLE, UNKNOWN)))
        # Nobody enters anything newer of these places while it is looked that there is nothing.
        alone_at(connection, {f"{row.use_case}/{row.destination}" for row in _failed(connection, there)})
        rows = _failed(connection, there)
        went, now = [row for row in rows if row.may_go], self.clock()
        by_state = defaultdict[str, list[str]](list)
        for row in went:
            by_state[row.state].append(row.id)
        for key in by_state.pop(UNKNOWN, []):
            resolve(connection, key, WAITING, by=by, why=why, now=now)
        other = deliveries.alias()
        feeds = select(other.c.id).where(other.c.subject.startswith(FEED))
        carrier = case((_D.carrier_id.in_(feeds), None), else_=_D.carrier_id)  # members of a feed wait for the next one
        for state, keys in by_state.items():
            again = update(deliveries).where(among(connection, _D.id, keys), _D.state == state)
            values = {"state": WAITING, "carrier_id": carrier, "code": "", "detail": "sent again by hand", "updated_at": now}
            as_read(connection, again.values(values), len(keys))
        note(connection, by, "send again", [row.id for row in went], why, self.clock())
        return went, [row for row in rows if not row.may_go]


def _failed(connection: Connection, where: ColumnElement[bool]) -> list[Failed]:
    newer = deliveries.alias()
    newest = select(func.max(newer.c.revision)).where(
        newer.c.subject == _D.subject,
        newer.c.use_case == _D.use_case,
        newer.c.destination == _D.destination,
        newer.c.revision > _D.revision,
    )
    has_content = select(content.c.hash).where(content.c.hash == _D.content_hash).exists()
    query = select(
        *(_D[name] for name in _COLUMNS),
        newest.scalar_subquery().label("newer"),
        case(
            (_D.unwanted.is_not(None), "unwanted"),
            (_D.subject.startswith(FEED), "message"),
            (and_(_D.state == UNKNOWN, _D.carrier_id.is_not(None)), "carried"),
            (~has_content, "no content"),
            else_="",
        ).label("why_not"),
    )
    rows: Sequence[Any] = connection.execute(query.where(where).order_by(_D.updated_at, _D.id)).all()
    return [Failed(*row) for row in rows]
