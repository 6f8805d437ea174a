"""What the ledger lets go of when its time is over. Proof stays: of each delivery its content's hash, its outcome and when.

Content goes when no delivery needs it: none that waits, travels or is unknown, none younger than its limit, and none that is the newest
that a destination took (the next run compares with it), unless the use case has a limit for these too.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    Table,
    Text,
    and_,
    case,
    cast,
    delete,
    false,
    func,
    literal,
    or_,
    select,
    text,
    tuple_,
    update,
)

from colophon.domain.delivery_states import GONE, NEEDED, RANK
from colophon.ledger.columns import UtcTime
from colophon.ledger.revisions import has_newer
from colophon.ledger.statements import among, chunks
from colophon.ledger.store import Store
from colophon.ledger.tables import attempts, audit, content, deliveries, exceptions, inbox, outcome_events, write_backs

_D = deliveries.c
ROW_BYTES = 100
"""About what a row takes beside its texts."""
BLANKED: Mapping[str, Any] = {}
"""What stands for a payload whose time is over."""


class Size(NamedTuple):
    """How much: rows, and about how many bytes."""

    rows: int = 0
    size: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """Up to which moment each kind of thing is kept; what is older goes.

    `content`: of a use case the moment for its contents, and the one for the newest of each subject (None: kept for ever).
    """

    content: Callable[[str], tuple[datetime, datetime | None]]
    proof: datetime
    attempts: datetime
    inbox: datetime
    exceptions: datetime
    audit: datetime
    tray: datetime


class Retention(Store):
    """The part of the ledger that lets go."""

    def due(self, limits: Limits) -> dict[str, Size]:
        """What would go, by kind; changes nothing."""
        with self.reading() as connection:
            found = {"content": Size(*_sum(connection, _idle_contents(self._keeps(connection, limits))))}
            for name, part in _parts(limits).items():
                row = connection.execute(select(func.count(), func.coalesce(func.sum(part.size), 0)).where(part.where)).one()
                found[name] = Size(*row)
            found["proof"] = Size(*_sum(connection, self._spent(connection, limits)))
        return found

    def drop(self, limits: Limits) -> dict[str, Size]:
        """Let go of it, some hundred rows at a time: whoever is interrupted has lost nothing, and the next call goes on."""
        done = {"content": self._drop_contents(limits)}
        for name, part in _parts(limits).items():
            done[name] = self._drop_rows(part)
        done["proof"] = self._drop_proof(limits)
        return done

    def _keeps(self, connection: Connection, limits: Limits) -> ColumnElement[bool]:
        """Whether a delivery keeps its content."""
        use_cases = sorted(connection.scalars(select(_D.use_case).distinct()))
        of = {use_case: limits.content(use_case) for use_case in use_cases}
        if not of:
            return false()
        younger = case({name: literal(before, UtcTime()) for name, (before, _) in of.items()}, value=_D.use_case)
        ending = {name: literal(before, UtcTime()) for name, (_, before) in of.items() if before is not None}
        is_newest = and_(~has_newer(deliveries, RANK), _D.state.not_in(GONE))
        if ending:
            newest_until = case(ending, value=_D.use_case)
            is_newest = and_(is_newest, or_(_D.use_case.not_in(sorted(ending)), _D.updated_at >= newest_until))
        return or_(_D.state.in_(NEEDED), _D.updated_at >= younger, is_newest)

    def _drop_contents(self, limits: Limits) -> Size:
        began = self.clock()
        with self.reading() as connection:
            idle = list(connection.execute(_idle_contents(self._keeps(connection, limits))))
        rows = size = 0
        for chunk in chunks(idle):
            sizes = {row.key: row.size for row in chunk}
            with self.begin() as connection:
                # Nobody plans while it is looked whether somebody has meanwhile: what is wanted again changed just now.
                if connection.dialect.name == "postgresql":
                    connection.execute(text("LOCK TABLE deliveries IN SHARE ROW EXCLUSIVE MODE"))
                query = select(_D.content_hash).where(_D.updated_at >= began, among(connection, _D.content_hash, sorted(sizes)))
                gone = sorted(set(sizes) - set(connection.scalars(query)))
                connection.execute(delete(content).where(among(connection, content.c.hash, gone)))
            rows, size = rows + len(gone), size + sum(sizes[key] for key in gone)
        return Size(rows, size)

    def _drop_rows(self, part: "_Part") -> Size:
        rows = size = 0
        for done in self._chunks_of(part):
            rows, size = rows + done.rows, size + done.size
        return Size(rows, size)

    def _chunks_of(self, part: "_Part") -> Iterator[Size]:
        while True:
            with self.begin() as connection:
                found = list(connection.execute(select(*part.key, part.size.label("size")).where(part.where).limit(500)))
                if not found:
                    return
                here = tuple_(*part.key).in_([tuple(row)[:-1] for row in found])
                connection.execute(update(part.table).where(here).values(part.blank) if part.blank else delete(part.table).where(here))
            yield Size(len(found), sum(row.size for row in found))

    def _spent(self, connection: Connection, limits: Limits) -> Select[Any]:
        """Deliveries of which not even proof is kept: old, replaced or of a use case whose newest go too, and named by no other."""
        ends = [name for name in connection.scalars(select(_D.use_case).distinct()) if limits.content(name)[1] is not None]
        other = deliveries.alias()
        is_named = select(other.c.id).where(other.c.carrier_id == _D.id).exists()
        old = and_(_D.updated_at < limits.proof, _D.state.not_in(NEEDED), ~is_named)
        size = ROW_BYTES * 3 + func.length(_D.subject) + func.length(_D.detail)
        # What a destination took goes when it took something newer; a newer try alone has replaced nothing.
        replaced = or_(has_newer(deliveries, RANK), and_(_D.state.not_in(sorted(RANK)), has_newer(deliveries)))
        return select(_D.id.label("key"), size.label("size")).where(old, or_(replaced, _D.use_case.in_(ends)))

    def _drop_proof(self, limits: Limits) -> Size:
        with self.reading() as connection:
            spent = list(connection.execute(self._spent(connection, limits)))
        for chunk in chunks(spent):
            keys = [row.key for row in chunk]
            with self.begin() as connection:
                for table in (attempts, outcome_events):
                    connection.execute(delete(table).where(among(connection, table.c.delivery_id, keys)))
                old = (_D.updated_at < limits.proof, _D.state.not_in(NEEDED))
                connection.execute(delete(deliveries).where(among(connection, _D.id, keys), *old))
        return Size(len(spent), sum(row.size for row in spent))


class _Part(NamedTuple):
    """Rows of a table that go together; `blank`: what is put in their place, where the row stays."""

    table: Table
    key: Sequence[Column[Any]]
    where: ColumnElement[bool]
    size: ColumnElement[Any]
    blank: Mapping[str, Any] = {}


def _parts(limits: Limits) -> dict[str, _Part]:
    """What goes by its age alone."""
    a, o, i, x, w = attempts.c, outcome_events.c, inbox.c, exceptions.c, write_backs.c
    newer = write_backs.alias()
    has_followed = select(newer.c.id).where(
        newer.c.operation == w.operation, newer.c.external_reference == w.external_reference, newer.c.id > w.id
    )
    ended = and_(w.state.in_(("verified", "superseded", "cancelled")), w.created_at < limits.tray, has_followed.exists())
    payload = func.length(cast(w.payload, Text))
    return {
        "tries": _Part(attempts, [a.id], and_(a.ended_at < limits.attempts, ~_is_open(a.delivery_id)), ROW_BYTES + func.length(a.evidence)),
        "outcomes": _Part(
            outcome_events, [o.id], and_(o.at < limits.attempts, ~_is_open(o.delivery_id)), ROW_BYTES + func.length(o.detail)
        ),
        "inbox": _Part(inbox, [i.source, i.id], and_(i.state == "done", i.received_at < limits.inbox), ROW_BYTES + func.length(i.body)),
        "exceptions": _Part(exceptions, [x.id], x.closed_at < limits.exceptions, ROW_BYTES + func.length(x.found) + func.length(x.remedy)),
        "audit": _Part(audit, [audit.c.id], audit.c.at < limits.audit, ROW_BYTES + func.length(audit.c.why)),
        "write_backs": _Part(write_backs, [w.id], and_(ended, payload > len("{}")), payload, {"payload": BLANKED}),
    }


def _is_open(delivery_id: ColumnElement[Any]) -> ColumnElement[bool]:
    return select(_D.id).where(_D.id == delivery_id, _D.state.in_(NEEDED)).exists()


def _idle_contents(keeps: ColumnElement[bool]) -> Select[Any]:
    """Contents that no delivery keeps. As one set less another: what is not in a list PostgreSQL would look for row by row."""
    idle = select(content.c.hash).except_(select(_D.content_hash).where(keeps))
    return select(content.c.hash.label("key"), func.length(content.c.body).label("size")).where(content.c.hash.in_(idle))


def _sum(connection: Connection, query: Select[Any]) -> tuple[int, int]:
    rows = query.subquery()
    found = connection.execute(select(func.count(), func.coalesce(func.sum(rows.c.size), 0)).select_from(rows)).one()
    return int(found[0]), int(found[1])
