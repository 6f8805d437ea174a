"""Outcomes: what systems report afterwards, what a person settles."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, case, func, insert, or_, select, update

from colophon.domain.delivery import OutcomeEvent
from colophon.domain.delivery_states import (
    FEED,
    FINAL_BAD,
    GONE,
    IN_FLIGHT,
    ON_THE_WAY,
    RANK,
    RESENDABLE,
    UNKNOWN,
    WAITING,
    may_follow,
)
from colophon.ledger.columns import kept
from colophon.ledger.finishing import resolve
from colophon.ledger.revisions import has_newer
from colophon.ledger.statements import alone_at, among, as_read, chunks, each_of
from colophon.ledger.store import Store
from colophon.ledger.tables import attempts, deliveries, of_place, outcome_events

HAS_REMOTE_ID = func.coalesce(deliveries.c.remote_id, "") != ""
"""Said so that SQLite does not take the index of remote ids for it, which has every delivery that was ever sent."""

_ENDS = ("sent", "confirmed", "opened", "failed", "bounced")


class Ended(NamedTuple):
    """One delivery that went, or failed, by what the system calls it."""

    delivery_id: str
    destination: str
    subject: str
    state: str
    remote_id: str


class Outcomes(Store):
    """The part of the ledger that an await step and on-call talk to."""

    def record_outcomes(self, events: Sequence[OutcomeEvent]) -> int:
        """Keep events (duplicates are dropped) and raise the deliveries' states by rank; members follow their feed.

        An outcome word that we do not know is kept, and changes nothing. Returns how many deliveries moved.
        """
        return self.changing(lambda connection: self._record(connection, events))

    def resolve_by_operator(self, delivery_id: str, outcome: str, *, by: str, why: str) -> None:
        """A person decides an unknown delivery: an outcome word, or `planned` to send it again.

        :raises NotFoundError: there is no unknown delivery of this id.
        """
        self.changing(lambda connection: resolve(connection, delivery_id, outcome, by=by, why=why, now=self.clock()))

    def redrive(
        self, use_case: str, destination: str, *, isbn: str | None = None, code: str | None = None, why: str = "sent again by hand"
    ) -> int:
        """Let deliveries that failed, were refused or left out wait again, after the cause is fixed. Returns how many.

        Newest revisions only, and nothing that a run no longer wants.
        """
        other = deliveries.alias()
        where = [
            of_place(use_case, destination),
            deliveries.c.state.in_(RESENDABLE),
            deliveries.c.unwanted.is_(None),
            ~deliveries.c.subject.startswith(FEED),
            ~has_newer(deliveries),
        ]
        if isbn:
            where.append(deliveries.c.isbn == isbn)
        if code:
            where.append(deliveries.c.code == code)
        # Members of a feed wait for the next one; those of a digest go again with it.
        feeds = select(other.c.id).where(other.c.subject.startswith(FEED))
        carrier = case((deliveries.c.carrier_id.in_(feeds), None), else_=deliveries.c.carrier_id)
        again = {"state": WAITING, "carrier_id": carrier, "code": "", "detail": why}

        def work(connection: Connection) -> int:
            # No newer revision is entered while we look that there is none.
            alone_at(connection, [f"{use_case}/{destination}"])
            done = connection.execute(update(deliveries).where(and_(*where)).values(**again, updated_at=self.clock()))
            return int(done.rowcount)

        return self.changing(work)

    def under_way(self, use_case: str, destination: str) -> Mapping[str, tuple[str, datetime]]:
        """Sent deliveries without a final outcome: remote id -> (delivery id, since when the system may have it)."""
        since = func.coalesce(deliveries.c.accepted_at, deliveries.c.created_at).label("since")
        query = select(deliveries.c.remote_id, deliveries.c.id, since).where(
            of_place(use_case, destination),
            deliveries.c.bundled.is_(False),
            deliveries.c.state.in_(ON_THE_WAY),
            HAS_REMOTE_ID,
        )
        with self.begin() as connection:
            return {row.remote_id: (row.id, row.since) for row in connection.execute(query)}

    def sent_as(self, use_case: str, destination: str, states: Sequence[str]) -> Mapping[str, str]:
        """Deliveries in these states that a system has an id for: delivery id -> remote id."""
        query = select(deliveries.c.id, deliveries.c.remote_id).where(
            of_place(use_case, destination),
            deliveries.c.state.in_(states),
            HAS_REMOTE_ID,
        )
        with self.begin() as connection:
            return {row.id: row.remote_id for row in connection.execute(query)}

    def ended(self, system: str, since: datetime) -> list[Ended]:
        """What became of deliveries since a moment that a system has an id for: those of use cases that are named by that system."""
        known = (deliveries.c.id, deliveries.c.destination, deliveries.c.subject, deliveries.c.state, deliveries.c.remote_id)
        of_system = deliveries.c.use_case.startswith(f"{system}__", autoescape=True)
        where = (HAS_REMOTE_ID, of_system, deliveries.c.state.in_(_ENDS), deliveries.c.updated_at >= since)
        with self.reading() as connection:
            return [Ended(*row) for row in connection.execute(select(*known).where(*where))]

    def confirmed(self, destination: str) -> list[Ended]:
        """What a destination has confirmed, oldest first: of each use case the newest of every subject, where nothing newer is under way."""
        key = (deliveries.c.use_case, deliveries.c.subject)
        here = deliveries.c.destination == destination
        newest = select(*key, func.max(deliveries.c.revision).label("revision")).where(here, deliveries.c.state.not_in(GONE)).group_by(*key)
        last = newest.subquery()
        is_last = and_(*(column == last.c[column.name] for column in (*key, deliveries.c.revision)))
        known = (deliveries.c.id, deliveries.c.destination, deliveries.c.subject, deliveries.c.state, deliveries.c.remote_id)
        query = select(*known).join(last, is_last).where(here, HAS_REMOTE_ID, deliveries.c.state == "confirmed")
        with self.reading() as connection:
            return [Ended(*row) for row in connection.execute(query.order_by(deliveries.c.updated_at, deliveries.c.id))]

    def locate(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Delivery ids by what a system calls them: a delivery id, or a remote id. Keys that nobody knows are absent."""
        found: dict[str, str] = {}
        with self.begin() as connection:
            for chunk in chunks(sorted(set(keys))):
                where = or_(among(connection, deliveries.c.id, chunk), among(connection, deliveries.c.remote_id, chunk))
                for row in connection.execute(select(deliveries.c.id, deliveries.c.remote_id).where(where)):
                    found.update({key: row.id for key in (row.id, row.remote_id) if key})
        return found

    def lose(self, delivery_ids: Sequence[str], why: str) -> int:
        """Nobody can know any more what became of these: those that wait for an outcome become unknown. Returns how many."""

        def work(connection: Connection) -> int:
            count = 0
            for chunk in chunks(delivery_ids):
                done = connection.execute(
                    update(deliveries)
                    .where(among(connection, deliveries.c.id, chunk), deliveries.c.state.in_(("accepted", "processing", "held")))
                    .values(state=UNKNOWN, code="unknown.effect", detail=why, updated_at=self.clock())
                )
                count += int(done.rowcount)
            return count

        return self.changing(work)

    def _record(self, connection: Connection, events: Sequence[OutcomeEvent]) -> int:
        moved, last = 0, dict[str, OutcomeEvent]()
        fresh = self._keep(connection, [_as_kept(event) for event in events])
        there = _states(connection, [e.delivery_id for e in fresh])
        states = dict(there)
        for event in sorted(fresh, key=lambda e: e.at):
            current = states.get(event.delivery_id)
            known = event.outcome in RANK or event.outcome in FINAL_BAD
            if current is None or not known or not may_follow(current, event.outcome):
                continue
            states[event.delivery_id] = event.outcome
            last[event.delivery_id] = event
            moved += 1
        if last:
            self._move(connection, last, there)
        return moved

    def _keep(self, connection: Connection, events: Sequence[OutcomeEvent]) -> list[OutcomeEvent]:
        seen: set[tuple[Any, ...]] = set()
        for chunk in chunks([e.delivery_id for e in events]):
            for row in connection.execute(select(outcome_events).where(among(connection, outcome_events.c.delivery_id, chunk))):
                seen.add((row.delivery_id, row.system, row.remote_id, row.recipient_ref, row.raw_state, row.at))
        fresh = []
        for event in events:
            key = (event.delivery_id, event.system, event.remote_id, event.recipient_ref, event.raw_state, event.at)
            if key not in seen:
                seen.add(key)
                fresh.append(event)
        if fresh:
            connection.execute(
                insert(outcome_events), [{name: getattr(e, name) for name in OutcomeEvent.__dataclass_fields__} for e in fresh]
            )
        return fresh

    def _move(self, connection: Connection, last: Mapping[str, OutcomeEvent], there: Mapping[str, str]) -> None:
        """Raise states from those that were read: whoever raised one meanwhile is not undone."""
        now, types = self.clock(), {name: deliveries.c[name].type for name in ("state", "code", "detail")}
        rows = [{"key": key, "was": there[key], "state": e.outcome, "code": e.code, "detail": e.detail[:2000]} for key, e in last.items()]
        given, each = each_of(connection, rows, {"key": deliveries.c.id.type, "was": deliveries.c.state.type, **types})
        told = update(deliveries).where(deliveries.c.id == given["key"], deliveries.c.state == given["was"])
        told = told.values({name: given[name] for name in types} | {"updated_at": now, "owner": None, "lease_until": None})
        as_read(connection, told, len(rows), each)
        for key in (key for key in last if there[key] == IN_FLIGHT):
            goes_on = (attempts.c.delivery_id == key, attempts.c.ended_at.is_(None))
            ended = {"ended_at": now, "result": last[key].outcome, "code": last[key].code, "evidence": "told before its call returned"}
            connection.execute(update(attempts).where(*goes_on).values(**ended))
        carriers = carriers_among(connection, list(last))
        for row in (row for row in rows if row["key"] in carriers):
            lower = [word for word in (WAITING, UNKNOWN, *RANK) if may_follow(word, row["state"])]
            members = update(deliveries).where(deliveries.c.carrier_id == row["key"], deliveries.c.state.in_(lower))
            connection.execute(members.values({name: row[name] for name in types} | {"updated_at": now}))


def _as_kept(event: OutcomeEvent) -> OutcomeEvent:
    """The event in the text that the ledger keeps: the same one is known again by it."""
    columns = outcome_events.c
    return replace(
        event,
        remote_id=kept(columns.remote_id, event.remote_id),
        recipient_ref=kept(columns.recipient_ref, event.recipient_ref),
        raw_state=kept(columns.raw_state, event.raw_state),
        code=kept(columns.code, event.code),
        detail=kept(columns.detail, event.detail),
    )


def _states(connection: Connection, ids: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for chunk in chunks(sorted(set(ids))):
        rows = connection.execute(select(deliveries.c.id, deliveries.c.state).where(among(connection, deliveries.c.id, chunk)))
        found.update({row.id: row.state for row in rows})
    return found


def carriers_among(connection: Connection, delivery_ids: Sequence[str]) -> set[str]:
    """Those of these deliveries that carry others."""
    found: set[str] = set()
    for chunk in chunks(delivery_ids):
        query = select(deliveries.c.carrier_id).where(among(connection, deliveries.c.carrier_id, chunk)).distinct()
        found |= {str(key) for key in connection.scalars(query)}
    return found
