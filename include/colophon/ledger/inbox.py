"""Events that came in: kept before their sender hears that we have them, and each dealt with once."""

import hashlib
import logging
import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, tuple_, update

from colophon.domain.finding import Finding, Severity
from colophon.domain.inbox_item import InboxItem
from colophon.domain.storable import shortened, storable
from colophon.errors import NotFoundError
from colophon.ledger.findings import record_findings
from colophon.ledger.statements import among, chunks
from colophon.ledger.store import Store, repeat_races
from colophon.ledger.tables import inbox

log = logging.getLogger(__name__)

Taken = Literal["new", "seen", "conflict"]
USE_CASE, RULE = "inbound", "HOOK"
"""Where exceptions of events stand that are nobody's yet, by their source."""
LONGEST = (80, 128, 120)
_FITS = tuple(re.compile(rf"[!-~]{{1,{longest}}}") for longest in LONGEST)
"""Source, id and type: no blanks, nothing but ASCII, as long as the inbox takes them."""
MIDDLEWARE, OURS = "xconnector", "colophon"
"""Channels that speak for others: what systems behind the middleware say, and what we conclude ourselves."""
KEPT = timedelta(days=30)
"""How long an event is known by its id (contract README section 6)."""


WAITED_FOR = (
    "exstream.outcome",
    "exstream.service_outcome",
    "*onix.acknowledgement.v1",
    "*delivery.failure.v1",
    "*delivery.recovered.v1",
    "*finance.payment.v1",
    "*finance.obligation.v1",
    "*rights.availability.v1",
    "bytenite.asset",
    "bytenite.video.ingested",
    "bytenite.video.ready",
    "bytenite.video.failed",
    "bytenite.placement.live",
    "bytenite.placement.removed",
    "bytenite.placement.failed",
    "*crm.reader.v1",
    "*crm.subscription.v1",
    "*crm.order.v1",
    "*crm.opt_out.v1",
    "*party.changed.v1",
)
"""Types that a use case or an await step takes out of the inbox; one that begins with `*` names its ending. All others are noted."""
NOTED = "noted: nothing takes this type; its record is asked for at its source"
OVERDUE = "waited a month: no run took it"


class Arrival(NamedTuple):
    """An event that comes in: (`source`, `id`) names it for ever, `body` is the same bytes whichever way it came.

    `source` is the channel that proved itself, and never what a body says by itself: see `source_in`.

    `unfit`: why nobody can deal with it; it is parked from the start.
    """

    source: str
    id: str
    type: str
    body: bytes
    unfit: str = ""

    @property
    def can_be_kept(self) -> bool:
        """Whether the inbox has room for its name and type."""
        return all(pattern.fullmatch(text) for pattern, text in zip(_FITS, self[:3], strict=True))


def source_in(channel: str, sender: str) -> str:
    """The name of a sender that a channel speaks for, such as a system behind the middleware: no other channel's events have it.

    Paths (`/erp`) are the middleware's own; every other name, such as that of a system with a channel of its own, is told as heard there.
    """
    return sender if channel == MIDDLEWARE and sender.startswith("/") else f"{channel}:{sender}"


WAITS_AT_MOST = timedelta(days=1)
"""An event that came in and waits longer is stuck."""


class Stuck(NamedTuple):
    """Events of one type that are parked, or have waited for too long (`state` new): how many, and since when."""

    source: str
    type: str
    state: str
    number: int
    since: datetime


class Inbox(Store):
    """The part of the ledger that other systems write to."""

    def take(self, source: str, event_id: str, event_type: str, body: bytes, unfit: str = "") -> Taken:
        """Keep an event before it is acknowledged to its sender: new, seen before, or the same id with another body."""
        return self.take_all([Arrival(source, event_id, event_type, body, unfit)])[0]

    def take_all(self, arrivals: Sequence[Arrival], *, is_ours: bool = False) -> list[Taken]:
        """Keep several events with one commit; one verdict for each, in order. The first body of an id is kept, and another

        one is an exception, whichever way it came; but not where we say it ourselves (`is_ours`), in other words each time.
        One whose name cannot be kept is parked.
        """
        named = [_named(arrival) for arrival in arrivals]
        return repeat_races(lambda: self._take_all(named, is_ours=is_ours))

    def pending(self, event_types: Sequence[str], *, limit: int = 1000, after: InboxItem | None = None) -> list[InboxItem]:
        """Events of these types that nobody has dealt with, oldest first, or those `after` one. A type that begins with `*` names its ending."""
        columns = [inbox.c[name] for name in InboxItem._fields]
        order = (inbox.c.received_at, inbox.c.id, inbox.c.source)
        query = select(*columns).where(inbox.c.state == "new", _is_one_of(event_types)).order_by(*order)
        if after is not None:
            query = query.where(tuple_(*order) > (after.received_at, after.id, after.source))
        with self.begin() as connection:
            return [InboxItem(*row) for row in connection.execute(query.limit(limit))]

    def waiting(self, event_types: Sequence[str], *, limit: int = 10_000) -> set[tuple[str, str]]:
        """Names (source, id) of the events that `inbox_pending` would give."""
        query = select(inbox.c.source, inbox.c.id).where(inbox.c.state == "new", _is_one_of(event_types)).limit(limit)
        with self.begin() as connection:
            return {(row.source, row.id) for row in connection.execute(query)}

    def noted(self, state: Literal["new", "parked", "done"], *, limit: int = 100) -> list[tuple[InboxItem, str]]:
        """Events in a state with their notes, oldest first."""
        columns = [inbox.c[name] for name in InboxItem._fields]
        query = select(*columns, inbox.c.note).where(inbox.c.state == state).order_by(inbox.c.received_at, inbox.c.id).limit(limit)
        with self.begin() as connection:
            return [(InboxItem(*row[:-1]), row[-1]) for row in connection.execute(query)]

    def again(self, source: str, event_id: str) -> None:
        """A parked event waits again.

        :raises NotFoundError: no event of this name is parked.
        """
        here = update(inbox).where(inbox.c.source == source, inbox.c.id == event_id, inbox.c.state == "parked")
        with self.begin() as connection:
            if not connection.execute(here.values(state="new", note="")).rowcount:
                raise NotFoundError(f"no event {event_id} of {source} is parked", system="ledger")

    def done(self, source: str, event_id: str, *, note: str = "", parked: bool = False) -> None:
        """An event is dealt with, or parked with a note because nobody can."""
        with self.begin() as connection:
            connection.execute(
                update(inbox)
                .where(inbox.c.source == source, inbox.c.id == event_id)
                .values(state="parked" if parked else "done", note=note)
            )

    def stuck(self, before: datetime) -> list[Stuck]:
        """Events that are parked, or came before a moment and still wait; by type, the oldest first."""
        # Both states first, so that the index alone is read.
        is_stuck = and_(inbox.c.state.in_(("new", "parked")), or_(inbox.c.state == "parked", inbox.c.received_at < before))
        columns = (inbox.c.source, inbox.c.type, inbox.c.state)
        query = select(*columns, func.count(), func.min(inbox.c.received_at)).where(is_stuck).group_by(*columns)
        with self.reading() as connection:
            return sorted((Stuck(*row) for row in connection.execute(query)), key=lambda row: row.since)

    def forget(self, kept: timedelta = KEPT) -> dict[str, int]:
        """Drop events that were dealt with and came so long ago, and park those that wait longer than ids are known; counts by what was done."""
        old, spent = (inbox.c.received_at < self.clock() - age for age in (KEPT, kept))
        with self.begin() as connection:
            parked = connection.execute(update(inbox).where(inbox.c.state == "new", old).values(state="parked", note=OVERDUE))
            return {
                "parked": int(parked.rowcount),
                "done": int(connection.execute(delete(inbox).where(inbox.c.state == "done", spent)).rowcount),
            }

    def _take_all(self, arrivals: Sequence[Arrival], *, is_ours: bool) -> list[Taken]:
        verdicts: list[Taken] = []
        with self.begin() as connection:
            known = _known(connection, arrivals)
            fresh, now = [], self.clock()
            for arrival in arrivals:
                name, digest = (arrival.source, arrival.id), hashlib.sha256(arrival.body).hexdigest()
                if name in known:
                    verdicts.append("seen" if known[name] == digest else "conflict")
                    continue
                known[name] = digest
                verdicts.append("new")
                fresh.append({**_row(arrival), "body_hash": digest, "received_at": now})
            if fresh:
                connection.execute(insert(inbox), fresh)
            for arrival in (a for a, verdict in zip(arrivals, verdicts, strict=True) if verdict == "conflict" and not is_ours):
                log.warning("Inbound event %s of %s came before with another body", arrival.id, arrival.source)
                finding = _clash(arrival)
                record_findings(connection, USE_CASE, arrival.source, [finding.subject], [finding], as_of=now, now=now)
        return verdicts


def _named(arrival: Arrival) -> Arrival:
    """The event under names that the ledger keeps, on every database the same."""
    names = [storable(name) for name in arrival[:3]]
    unfit = arrival.unfit if names == [*arrival[:3]] else arrival.unfit or "its source, id or type is no Unicode text"
    if any(len(name) > longest for name, longest in zip(names, LONGEST, strict=True)):
        unfit = unfit or "its source, id or type is too long"
        names = [shortened(name, longest) for name, longest in zip(names, LONGEST, strict=True)]
    return Arrival(names[0], names[1], names[2], arrival.body, unfit)


def _clash(arrival: Arrival) -> Finding:
    return Finding(
        subject=f"event:{arrival.id}",
        rule=RULE,
        severity=Severity.ERROR,
        field="id",
        found="the same id with another body; the first one is kept",
        expected="one body for one id",
        remedy=f"Ask {arrival.source} which of the two is true, and to give each event an id of its own.",
        owner="operations",
    )


def _row(arrival: Arrival) -> dict[str, object]:
    named = {"source": arrival.source, "id": arrival.id, "type": arrival.type, "body": arrival.body}
    if arrival.unfit:
        return {**named, "state": "parked", "note": arrival.unfit}
    is_waited_for = any(arrival.type.endswith(name[1:]) if name.startswith("*") else arrival.type == name for name in WAITED_FOR)
    return {**named, "state": "new", "note": ""} if is_waited_for else {**named, "state": "done", "note": NOTED}


def _known(connection: Connection, arrivals: Sequence[Arrival]) -> dict[tuple[str, str], str]:
    """Digests by name. Asked source by source: SQLite searches no index for pairs."""
    found, ids = {}, defaultdict[str, set[str]](set)
    for arrival in arrivals:
        ids[arrival.source].add(arrival.id)
    for source, wanted in ids.items():
        for chunk in chunks(sorted(wanted)):
            query = select(inbox.c.id, inbox.c.body_hash).where(inbox.c.source == source, among(connection, inbox.c.id, chunk))
            found.update({(source, row.id): row.body_hash for row in connection.execute(query)})
    return found


def _is_one_of(event_types: Sequence[str]) -> ColumnElement[bool]:
    exact = [name for name in event_types if not name.startswith("*")]
    return or_(inbox.c.type.in_(exact), *(inbox.c.type.endswith(name[1:], autoescape=True) for name in event_types if name.startswith("*")))
