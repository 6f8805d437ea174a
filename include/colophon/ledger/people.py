"""What people do about the ledger's rows, each with a line in the audit: who, when, what, why.

The line and what it tells of are one transaction.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, func, insert, select, update

from colophon.errors import ConflictError, InvalidError, NotFoundError
from colophon.ledger.browse import Place, behind
from colophon.ledger.finishing import resolve
from colophon.ledger.records import FEED, RESENDABLE, SUPERSEDED, UNKNOWN, WAITING, WITHDRAWN
from colophon.ledger.store import Store, alone_at, as_read, chunks
from colophon.ledger.tables import audit, deliveries, exceptions

_X = exceptions.c
ENDS = (WAITING, "confirmed", "failed")
"""What a person may say of a delivery whose outcome nobody knows: it goes again, it arrived, it did not."""


class Chosen(NamedTuple):
    """Which exceptions: empty members do not narrow. `state`: open, closed, or empty for both."""

    state: str = "open"
    owner: str = ""
    assignee: str = ""
    use_case: str = ""
    destination: str = ""
    rule: str = ""
    severity: str = ""
    imprint: str = ""
    subject: str = ""


class Cause(NamedTuple):
    """Exceptions of one rule that one owner has: how many, since when the oldest is there, and what to do in the words of one of them."""

    rule: str
    severity: str
    owner: str
    number: int
    since: datetime
    field: str
    remedy: str


class People(Store):
    """The part of the ledger that the desk's buttons talk to."""

    def exceptions_page(self, chosen: Chosen, *, after: Place | None = None, limit: int = 50) -> list[Any]:
        """Exceptions, newest first."""
        where = _narrowed(chosen)
        if after is not None:
            where.append(behind(_X.opened_at, _X.id, after))
        query = select(exceptions).where(*where).order_by(_X.opened_at.desc(), _X.id.desc()).limit(limit)
        with self.reading() as connection:
            return list(connection.execute(query))

    def causes(self, chosen: Chosen) -> list[Cause]:
        """Exceptions grouped by rule and owner, errors first, then the most."""
        first, count = func.min(_X.opened_at, type_=_X.opened_at.type), func.count()
        shown = (_X.rule, func.min(_X.severity), _X.owner, count, first, func.min(_X.field), func.min(_X.remedy))
        query = select(*shown).where(*_narrowed(chosen)).group_by(_X.rule, _X.owner)
        with self.reading() as connection:
            found = [Cause(*row) for row in connection.execute(query)]
        return sorted(found, key=lambda cause: (cause.severity, -cause.number, cause.rule, cause.owner))

    def exception(self, exception_id: str) -> Any | None:
        """One exception; None where there is none."""
        with self.reading() as connection:
            return connection.execute(select(exceptions).where(_X.id == exception_id)).first()

    def open_by(self, name: str) -> dict[str, int]:
        """Open exceptions counted by a column: owner, rule, use_case, ..."""
        query = select(_X[name], func.count()).where(_X.closed_at.is_(None)).group_by(_X[name])
        with self.reading() as connection:
            return {str(value or ""): count for value, count in connection.execute(query)}

    def oldest_by_owner(self) -> list[tuple[str, int, datetime]]:
        """Owners of open exceptions: how many each has, and since when the oldest is open; the oldest first."""
        first = func.min(_X.opened_at, type_=_X.opened_at.type)
        query = select(_X.owner, func.count(), first).where(_X.closed_at.is_(None)).group_by(_X.owner).order_by(first, _X.owner)
        with self.reading() as connection:
            return [(row[0], row[1], row[2]) for row in connection.execute(query)]

    def assign(self, ids: Sequence[str], to: str, *, by: str, why: str) -> int:
        """Give open exceptions to somebody, or to nobody (empty); returns how many."""
        return self._change(ids, {"assignee": to[:200] or None}, "assign", by, f"to {to or 'nobody'}. {why}".strip())

    def close_exceptions(self, ids: Sequence[str], *, by: str, why: str) -> int:
        """Close open exceptions for a reason; each opens again when its fault changes. Returns how many.

        :raises InvalidError: no reason is given.
        """
        if not why.strip():
            raise InvalidError("an exception is closed for a reason", system="ledger", remedy="Say why it may stay as it is.")
        return self._change(ids, {"closed_at": self.clock(), "closed_by": by[:200]}, "close", by, why)

    def send_again(self, delivery_id: str, *, by: str, why: str) -> None:
        """Let a delivery that failed or was left out, or one of unknown outcome, wait to be sent by the next run.

        :raises NotFoundError: there is none of this id. :raises ConflictError: it may not go again; says why.
        """

        def work(connection: Connection) -> None:
            row = _locked(connection, delivery_id)
            _check_may_go(connection, row)
            if row.state == UNKNOWN:
                resolve(connection, delivery_id, WAITING, by=by, why=why, now=self.clock())
            else:
                values = {"state": WAITING, "carrier_id": None, "code": "", "detail": "sent again by hand", "updated_at": self.clock()}
                as_it_was = update(deliveries).where(deliveries.c.id == delivery_id, deliveries.c.state == row.state)
                as_read(connection, as_it_was.values(**values), 1)
            self.note(connection, by, "send again", [delivery_id], why)

        self.changing(work)

    def say_outcome(self, delivery_id: str, outcome: str, *, by: str, why: str) -> None:
        """Say what became of a delivery whose outcome nobody knows: one of ENDS.

        :raises InvalidError: another word, or no reason. :raises NotFoundError: there is no unknown delivery of this id.
        """
        if outcome not in ENDS or not why.strip():
            raise InvalidError("say one of " + ", ".join(ENDS) + ", and how you know", system="ledger")

        def work(connection: Connection) -> None:
            resolve(connection, delivery_id, outcome, by=by, why=why, now=self.clock())
            self.note(connection, by, "settle", [delivery_id], f"{outcome}. {why}")

        self.changing(work)

    def audit_page(self, *, target: str = "", by: str = "", before: int | None = None, limit: int = 50) -> list[Any]:
        """Lines of the audit, newest first, of one target or person; those before a line's number."""
        given = ((audit.c.target, target), (audit.c.by, by))
        where = [field == value for field, value in given if value] + ([audit.c.id < before] if before else [])
        with self.reading() as connection:
            return list(connection.execute(select(audit).where(and_(True, *where)).order_by(audit.c.id.desc()).limit(limit)))

    def noted(self, action: str, target: str, *, by: str, why: str) -> None:
        """A line in the audit for what was done elsewhere."""
        with self.begin() as connection:
            self.note(connection, by, action, [target], why)

    def note(self, connection: Connection, by: str, action: str, targets: Sequence[str], why: str) -> None:
        """Lines in the audit, within the transaction that does it."""
        now: datetime = self.clock()
        rows = [{"at": now, "by": by[:200], "action": action, "target": target[:200], "why": why[:2000]} for target in targets]
        if rows:
            connection.execute(insert(audit), rows)

    def _change(self, ids: Sequence[str], values: dict[str, Any], action: str, by: str, why: str) -> int:
        done: list[str] = []
        with self.begin() as connection:
            for chunk in chunks(sorted(set(ids))):
                here = list(connection.scalars(select(_X.id).where(_X.id.in_(chunk), _X.closed_at.is_(None)).with_for_update()))
                connection.execute(update(exceptions).where(_X.id.in_(here)).values(**values))
                done += here
            self.note(connection, by, action, done, why)
        return len(done)


def _narrowed(chosen: Chosen) -> list[Any]:
    where = [_X[name] == value for name, value in chosen._asdict().items() if value and name != "state"]
    if chosen.state:
        where.append(_X.closed_at.is_(None) if chosen.state == "open" else _X.closed_at.is_not(None))
    return where


def _locked(connection: Connection, delivery_id: str) -> Any:
    """The row; nobody changes it, nor enters a newer revision of its subject, until the transaction ends."""
    place = connection.execute(select(deliveries.c.use_case, deliveries.c.destination).where(deliveries.c.id == delivery_id)).first()
    if place is None:
        raise NotFoundError(f"there is no delivery {delivery_id}", system="ledger")
    alone_at(connection, [f"{place.use_case}/{place.destination}"])
    return connection.execute(select(deliveries).where(deliveries.c.id == delivery_id).with_for_update()).one()


def _check_may_go(connection: Connection, row: Any) -> None:
    """Only failed, skipped and unknown ones, of a subject's newest revision, and not on their own what a feed carries unknown."""
    newer = select(deliveries.c.id).where(
        deliveries.c.subject == row.subject,
        deliveries.c.use_case == row.use_case,
        deliveries.c.destination == row.destination,
        deliveries.c.revision > row.revision,
    )
    reason = ""
    if row.state == WITHDRAWN:
        reason = f"it was withdrawn ({row.detail}); what is wanted again, the next run plans"
    elif row.state == SUPERSEDED or (row.state in RESENDABLE and connection.scalar(newer.limit(1))):
        reason = "a newer revision takes its place"
    elif row.state not in {*RESENDABLE, UNKNOWN}:
        reason = f"it is {row.state}"
    elif row.state in RESENDABLE and row.unwanted:
        reason = f"{row.unwanted}; what is wanted again, the next run plans"
    elif row.state in RESENDABLE and row.subject.startswith(FEED):
        reason = "it is a message; send its products again, and they go in a new one"
    elif row.state == UNKNOWN and row.carrier_id:
        reason = f"it travels in {row.carrier_id}; say of that what became of it"
    if reason:
        raise ConflictError(f"{row.id} is not sent again: {reason}", system="ledger")
