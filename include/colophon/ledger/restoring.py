"""After a restore from a backup the ledger is behind the world: what was sent since the backup is not in it.

    a restore is noticed, or said       ->  a fence: no delivery is claimed (`LedgerRestoredError`)
    a person says as of when (restored) ->  numbers rise, what may have gone is in doubt, the fence falls

Doubt, by class: A and B go again under their keys, C looks first, D is `unknown` and waits for a person. That holds for what
waited in the backup, and for what each place plans anew by its first run after the restore, or within a day: the backup cannot
know whether that was planned, and sent, before.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, or_, select, update

from colophon import environment
from colophon.domain.delivery_states import IN_FLIGHT, UNKNOWN, WAITING
from colophon.errors import InvalidError
from colophon.ledger.after_restore import CODE, FENCE, LAST, PLACE, SAYS, Fence, look_first, refuse_fenced, standing_fence
from colophon.ledger.audit import note
from colophon.ledger.doubt import close_left_behind
from colophon.ledger.remembered import remember, remember_first, remembered
from colophon.ledger.statements import among, chunks, insert_for
from colophon.ledger.store import Store
from colophon.ledger.tables import attempts, capabilities, deliveries, recipients, watermarks

_D = deliveries.c
MARK = "restored:mark"


class Mark(NamedTuple):
    """How far a ledger is: which one, and how often it was about to send. A restore makes the number smaller."""

    ledger: str
    number: int


class Restored(NamedTuple):
    """What `restored` did: message numbers before and after by recipient, deliveries held and to be looked at, where, watermarks moved."""

    numbers: Mapping[str, tuple[int, int]]
    held: int
    looked_at: int
    places: Sequence[tuple[str, str]]
    watermarks: int


class Restoring(Store):
    """The part of the ledger that knows of backups."""

    def fence(self) -> Fence | None:
        """Why nothing is sent; None where it is."""
        with self.reading() as connection:
            return standing_fence(connection)

    def raise_fence(self, why: str, *, by: str) -> None:
        """Let nothing be sent until a person has said what was restored; with a line in the audit. A fence that stands stays as it is."""

        def work(connection: Connection) -> None:
            if standing_fence(connection) is None:
                remember(connection, FENCE, {"why": why}, self.clock())
                note(connection, by, "fence", ["ledger"], why, self.clock())

        self.changing(work)

    def refuse_fenced(self) -> None:
        """See that something may be sent.

        :raises LedgerRestoredError: a fence stands.
        """
        with self.reading() as connection:
            refuse_fenced(connection)

    def mark(self) -> Mark:
        """How far the ledger is; number 0 where it never was about to send."""
        with self.reading() as connection:
            value = remembered(connection, MARK) or {"ledger": "", "number": 0}
        return Mark(**value)

    def advance(self) -> Mark:
        """Count that something is about to be sent: committed, so that only a restore takes it back."""

        def work(connection: Connection) -> Mark:
            remember_first(connection, MARK, {"ledger": environment.new_id(), "number": 0}, self.clock())
            row = select(capabilities.c.value).where(capabilities.c.connection == MARK).with_for_update()
            value: Any = connection.scalar(row)
            mark = Mark(value["ledger"], value["number"] + 1)
            remember(connection, MARK, mark._asdict(), self.clock())
            return mark

        return self.changing(work)

    def newest(self) -> datetime | None:
        """The newest moment at which the ledger knows of a try: its backup is no older."""
        with self.reading() as connection:
            return connection.scalar(select(attempts.c.started_at).order_by(attempts.c.id.desc()).limit(1))

    def recipients(self) -> list[str]:
        """Who has had feeds, and so has message numbers."""
        with self.reading() as connection:
            return list(connection.scalars(select(recipients.c.destination).order_by(recipients.c.destination)))

    def restored(self, *, as_of: datetime, by: str, sent: Mapping[str, int], margin: int) -> Restored:
        """Make a ledger that was restored fit to send, and let the fence fall: one transaction, with a line in the audit.

        :param as_of: the moment of the backup. :param sent: how many messages went since, by recipient, where a middleware knows.
        :param margin: by how much the message numbers of the other recipients rise.
        :raises InvalidError: that moment is to come, nobody says so, or the margin is none.
        """
        now = self.clock()
        if as_of > now or not by.strip() or margin < 1:
            remedy = "Give a moment that has passed, who says so, and a margin of 1 or more."
            raise InvalidError("a restore cannot be told like this", system="ledger", remedy=remedy)

        def work(connection: Connection) -> Restored:
            held, places = _hold_class_d(connection, now)
            looked_at = look_first(connection, _waiting(connection, now), as_of, by, now)
            numbers = _raise_numbers(connection, sent, margin)
            moved = connection.execute(update(watermarks).where(watermarks.c.moment > as_of).values(moment=as_of)).rowcount
            connection.execute(delete(capabilities).where(capabilities.c.connection.startswith(PLACE, autoescape=True)))
            connection.execute(delete(capabilities).where(capabilities.c.connection == FENCE))
            remember(connection, LAST, {"as_of": as_of.isoformat(), "at": now.isoformat()}, now)
            # Another ledger from now on: the old mark is kept for whoever restores the same backup once more.
            remember(connection, MARK, {"ledger": environment.new_id(), "number": 0}, now)
            told = f"as of {as_of:%Y-%m-%d %H:%M:%S} UTC: {held} of class D held, {looked_at} looked at first; message numbers " + (
                ", ".join(f"{name} {before} to {after}" for name, (before, after) in numbers.items()) or "none"
            )
            note(connection, by, "restored", ["ledger"], told, self.clock())
            return Restored(numbers, held, looked_at, places, moved)

        return self.changing(work)


def _hold_class_d(connection: Connection, now: datetime) -> tuple[int, list[tuple[str, str]]]:
    """What waited, or was being sent, in class D is unknown, with what it carries; how many, and where."""
    columns = (_D.id, _D.use_case, _D.destination)
    of_d = select(*columns).where(_D.delivery_class == "D", *_may_have_gone(now, WAITING, IN_FLIGHT))
    rows = connection.execute(of_d.with_for_update()).all()
    ids = [row.id for row in rows]
    values = {"state": UNKNOWN, "code": CODE, "detail": SAYS, "owner": None, "lease_until": None, "updated_at": now}
    for chunk in chunks(ids):
        connection.execute(update(deliveries).where(among(connection, _D.id, chunk)).values(**values))
        carried = (among(connection, _D.carrier_id, chunk), _D.state == WAITING)
        connection.execute(update(deliveries).where(*carried).values(state=UNKNOWN, code=CODE, detail=SAYS, updated_at=now))
    close_left_behind(connection, ids, now)
    return len(ids), sorted({(row.use_case, row.destination) for row in rows})


def _waiting(connection: Connection, now: datetime) -> list[tuple[str, int]]:
    query = select(_D.id, _D.tries).where(_D.delivery_class != "D", *_may_have_gone(now, WAITING))
    return [(row.id, row.tries) for row in connection.execute(query)]


def _may_have_gone(now: datetime, *states: str) -> tuple[ColumnElement[bool], ...]:
    """Not what travels in a message, nor what had to wait until now anyway."""
    return _D.bundled.is_(False), _D.state.in_(states), or_(_D.not_before.is_(None), _D.not_before <= now)


def _raise_numbers(connection: Connection, sent: Mapping[str, int], margin: int) -> dict[str, tuple[int, int]]:
    """Message numbers of the recipients of feeds, above what may have been used; those that the backup does not know begin above it, too."""
    for name in sorted(sent):
        connection.execute(insert_for(connection)(recipients).values(destination=name, message_number=0).on_conflict_do_nothing())
    before = {row.destination: row.message_number for row in connection.execute(select(recipients).with_for_update())}
    numbers = {name: (number, number + sent.get(name, margin)) for name, number in sorted(before.items())}
    for name, (_, after) in numbers.items():
        connection.execute(update(recipients).where(recipients.c.destination == name).values(message_number=after))
    return numbers
