"""After a restore from a backup the ledger is behind the world: what was sent since the backup is not in it.

    a restore is noticed, or said       ->  a fence: no delivery is claimed (`LedgerRestoredError`)
    a person says as of when (restored) ->  numbers rise, what may have gone is in doubt, the fence falls

Doubt, by class: A and B go again under their keys, C looks first, D is `unknown` and waits for a person. That holds for what
waited in the backup, and for what each place plans anew by its first run after the restore, or within a day: the backup cannot
know whether that was planned, and sent, before.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, insert, or_, select, update

from colophon import environment
from colophon.errors import InvalidError, LedgerRestoredError
from colophon.ledger.doubt import LOST, close_left_behind
from colophon.ledger.key_value import insert_for
from colophon.ledger.people import People
from colophon.ledger.records import IN_FLIGHT, UNKNOWN, WAITING
from colophon.ledger.store import Store, among, chunks, insert_all
from colophon.ledger.tables import attempts, capabilities, deliveries, recipients, watermarks

_FENCE, _LAST, _MARK, _PLACE = "restored:fence", "restored:last", "restored:mark", "restored:place:"
CODE = "unknown.restored"
"""Code of a delivery that may have gone after the backup from which the ledger was restored."""
SAYS = "the ledger was restored from a backup; this may have gone since"
DOUBTED = timedelta(days=1)
"""For so long after a restore, and by the first run of each place at least, what is planned anew may have been sent before."""
_D = deliveries.c


class Fence(NamedTuple):
    """Since when nothing is sent, and why."""

    since: datetime
    why: str


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
            return _fence(connection)

    def raise_fence(self, why: str, *, by: str) -> None:
        """Let nothing be sent until a person has said what was restored; with a line in the audit. A fence that stands stays as it is."""

        def work(connection: Connection) -> None:
            if _fence(connection) is None:
                _put(connection, _FENCE, {"why": why}, self.clock())
                People(self.engine, self.url, self.clock).note(connection, by, "fence", ["ledger"], why)

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
            value = _get(connection, _MARK) or {"ledger": "", "number": 0}
        return Mark(**value)

    def advance(self) -> Mark:
        """Count that something is about to be sent: committed, so that only a restore takes it back."""

        def work(connection: Connection) -> Mark:
            _put_first(connection, _MARK, {"ledger": environment.new_id(), "number": 0}, self.clock())
            row = select(capabilities.c.value).where(capabilities.c.connection == _MARK).with_for_update()
            value: Any = connection.scalar(row)
            mark = Mark(value["ledger"], value["number"] + 1)
            _put(connection, _MARK, mark._asdict(), self.clock())
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
            looked_at = _look_first(connection, _waiting(connection, now), as_of, by, now)
            numbers = _raise_numbers(connection, sent, margin)
            moved = connection.execute(update(watermarks).where(watermarks.c.moment > as_of).values(moment=as_of)).rowcount
            connection.execute(delete(capabilities).where(capabilities.c.connection.startswith(_PLACE, autoescape=True)))
            connection.execute(delete(capabilities).where(capabilities.c.connection == _FENCE))
            _put(connection, _LAST, {"as_of": as_of.isoformat(), "at": now.isoformat()}, now)
            # Another ledger from now on: the old mark is kept for whoever restores the same backup once more.
            _put(connection, _MARK, {"ledger": environment.new_id(), "number": 0}, now)
            told = f"as of {as_of:%Y-%m-%d %H:%M:%S} UTC: {held} of class D held, {looked_at} looked at first; message numbers " + (
                ", ".join(f"{name} {before} to {after}" for name, (before, after) in numbers.items()) or "none"
            )
            People(self.engine, self.url, self.clock).note(connection, by, "restored", ["ledger"], told)
            return Restored(numbers, held, looked_at, places, moved)

        return self.changing(work)


def refuse_fenced(connection: Connection) -> None:
    """As `Restoring.refuse_fenced`, within a transaction."""
    if (fence := _fence(connection)) is not None:
        sentence = f"nothing is sent since {fence.since:%Y-%m-%d %H:%M} UTC, for the ledger was restored from a backup: {fence.why}"
        raise LedgerRestoredError(sentence, system="ledger")


def doubt_planned(
    connection: Connection, use_case: str, destination: str, rows: Sequence[Mapping[str, Any]], as_of: datetime, now: datetime
) -> None:
    """What a place plans after a restore may have been planned, and sent, after the backup: that is in doubt as what waited in it.

    :param as_of: when the run judges; the first one after a restore says until when new rows of the place are doubtful.
    """
    last = _get(connection, _LAST)
    if last is None:
        return
    until = max(as_of, datetime.fromisoformat(last["at"]) + DOUBTED)
    name = _PLACE + hashlib.sha256(f"{use_case}/{destination}".encode()).hexdigest()[:32]  # as long as it may be
    _put_first(connection, name, {"until": until.isoformat()}, now)
    until = datetime.fromisoformat((_get(connection, name) or {})["until"])
    doubtful = [row for row in rows if row["as_of"] <= until]
    of_d = [row["id"] for row in doubtful if row["delivery_class"] == "D"]
    for chunk in chunks(of_d):
        here = (among(connection, _D.id, chunk), _D.state == WAITING)
        connection.execute(update(deliveries).where(*here).values(state=UNKNOWN, code=CODE, detail=SAYS))
    others = [(row["id"], 0) for row in doubtful if row["delivery_class"] != "D" and not row["bundled"]]
    _look_first(connection, others, datetime.fromisoformat(last["as_of"]), "a restore", now)


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


def _look_first(connection: Connection, rows: Sequence[tuple[str, int]], as_of: datetime, by: str, now: datetime) -> int:
    """Say of deliveries that a try of them, begun at that moment at the earliest, may have had its effect."""
    told = {"owner": by[:400], "started_at": as_of, "ended_at": now, "result": LOST, "code": CODE, "evidence": SAYS}
    if rows:
        insert_all(connection, insert(attempts), [{"delivery_id": key, "number": tries + 1, **told} for key, tries in rows])
    for chunk in chunks([key for key, _ in rows]):
        connection.execute(update(deliveries).where(among(connection, _D.id, chunk)).values(tries=_D.tries + 1))
    return len(rows)


def _raise_numbers(connection: Connection, sent: Mapping[str, int], margin: int) -> dict[str, tuple[int, int]]:
    """Message numbers of the recipients of feeds, above what may have been used; those that the backup does not know begin above it, too."""
    for name in sorted(sent):
        connection.execute(insert_for(connection)(recipients).values(destination=name, message_number=0).on_conflict_do_nothing())
    before = {row.destination: row.message_number for row in connection.execute(select(recipients).with_for_update())}
    numbers = {name: (number, number + sent.get(name, margin)) for name, number in sorted(before.items())}
    for name, (_, after) in numbers.items():
        connection.execute(update(recipients).where(recipients.c.destination == name).values(message_number=after))
    return numbers


def _fence(connection: Connection) -> Fence | None:
    row = connection.execute(select(capabilities.c.value, capabilities.c.checked_at).where(capabilities.c.connection == _FENCE)).first()
    return None if row is None else Fence(row.checked_at, row.value["why"])


def _get(connection: Connection, name: str) -> Mapping[str, Any] | None:
    found: Mapping[str, Any] | None = connection.scalar(select(capabilities.c.value).where(capabilities.c.connection == name))
    return found


def _put(connection: Connection, name: str, value: Mapping[str, Any], now: datetime) -> None:
    row = insert_for(connection)(capabilities).values(connection=name, value=dict(value), checked_at=now)
    changed = {"value": dict(value), "checked_at": now}
    connection.execute(row.on_conflict_do_update(index_elements=["connection"], set_=changed))


def _put_first(connection: Connection, name: str, value: Mapping[str, Any], now: datetime) -> None:
    row = insert_for(connection)(capabilities).values(connection=name, value=dict(value), checked_at=now)
    connection.execute(row.on_conflict_do_nothing())
