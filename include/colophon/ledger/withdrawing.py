"""Withdrawing: what an earlier run planned, what could not leave, and what the latest judgement no longer wants.

What certainly never left becomes `withdrawn`. Of what may have left nobody can say that it did not: it is marked as unwanted,
nothing sends it again, and once its sender is known to be dead it ends as `superseded` where something newer follows, as
`withdrawn` where the next run looks what the destination shows (class B), and else as `unknown`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any, Self

from sqlalchemy import ColumnElement, Connection, Select, bindparam, or_, select, update

from colophon.domain.delivery import Intent
from colophon.domain.delivery_states import FEED, IN_FLIGHT, RESENDABLE, SUPERSEDED, UNKNOWN, WAITING, WITHDRAWN
from colophon.ledger.doubt import close_left_behind, lost_since
from colophon.ledger.leases import Manner
from colophon.ledger.statements import among, as_read, chunks
from colophon.ledger.tables import deliveries, of_place

CORRECTED = "taken apart before it left, for a title in it was corrected"
MAY_HAVE_GONE = "a try of it may have had its effect all the same"
_D = deliveries.c
_ROW = ("id", "subject", "occurrence", "content_hash", "state", "carrier_id", "tries", "as_of", "judged_as_of", "ordering")


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """What a run judged at a destination of a use case: some subjects or everything, at `as_of`; `who` and why, for people.

    `settled`: those of the subjects that need nothing.
    """

    use_case: str
    destination: str
    subjects: frozenset[str] = frozenset()
    settled: frozenset[str] = frozenset()
    is_everything: bool = False
    as_of: datetime
    who: str = ""
    reasons: Mapping[str, str] = field(default_factory=dict)

    def about(self, subjects: Collection[str]) -> Self:
        """The same, and about these subjects too."""
        return replace(self, subjects=self.subjects | frozenset(subjects))

    def why(self, subject: str) -> str:
        """In words: what was found wrong, and who judged."""
        return "; ".join(filter(None, (self.reasons.get(subject, "no longer wanted"), self.who)))


def withdraw(connection: Connection, withdrawal: Withdrawal, intents: Sequence[Intent], now: datetime) -> dict[str, str]:
    """Withdraw what waits, was judged and is not wanted; returns subjects by the ids of the rows.

    Of an occurrence that is still wanted in other words, what certainly never left gives way; what may have left stays as it was.
    Events that go each (`order` every) wait whatever is judged, until an intent that is no such event has the last word on their subject.

    :raises RaceLostError: a sender took one of them, or finished it, since it was read.
    """
    wanted = {(intent.subject, intent.content_hash) for intent in intents}
    occurrences = {(intent.subject, intent.occurrence) for intent in intents if intent.occurrence}
    moments = {intent.subject: intent.as_of for intent in intents}
    last_words = {intent.subject for intent in intents if intent.order == "latest"}
    open_rows = (row for row in _open_rows(connection, withdrawal) if row.ordering == "latest" or row.subject in last_words)
    judged = [row for row in open_rows if (row.judged_as_of or row.as_of) <= moments.get(row.subject, withdrawal.as_of)]
    again = [row.id for row in judged if (row.subject, row.content_hash) in wanted]
    unwanted = [row for row in judged if (row.subject, row.content_hash) not in wanted]
    doubtful = lost_since(connection, [row.id for row in unwanted if row.tries])
    certain = [row for row in unwanted if row.state == WAITING and row.id not in doubtful]
    certain = _without_bound(connection, certain, withdrawal, {intent.subject for intent in intents}, now)
    gone = {row.id: row.subject for row in certain}
    _mark(connection, [row for row in unwanted if row.id not in gone and (row.subject, row.occurrence) not in occurrences], withdrawal)
    _forget_what_failed(connection, withdrawal, wanted)
    _want_again(connection, again)
    _end(connection, [(row, withdrawal.why(row.subject), moments.get(row.subject, withdrawal.as_of)) for row in certain], now)
    return gone


def _mark(connection: Connection, rows: Sequence[Any], withdrawal: Withdrawal) -> None:
    """Mark what may have left as unwanted. A digest shares the fate of what it carries; a feed is put right by the next one."""
    carriers = _carriers(connection, {row.id for row in rows if row.carrier_id is None})
    for row in (row for row in rows if row.id not in carriers):
        unwanted = {"unwanted": withdrawal.why(row.subject)}
        if row.carrier_id is None:
            as_read(connection, update(deliveries).where(_D.id == row.id, _D.state == row.state).values(unwanted), 1)
        else:
            digest = (_D.id == row.carrier_id, ~_D.subject.startswith(FEED), _D.state.in_((WAITING, IN_FLIGHT)))
            connection.execute(update(deliveries).where(*digest).values(unwanted))


def end_unwanted(connection: Connection, place: Mapping[str, str], manner: Manner, now: datetime) -> None:
    """End what is unwanted and may have left, once nobody is sending it any more."""
    rows = connection.execute(_dead(manner), {**place, **manner.now(now)}).all()
    close_left_behind(connection, [row.id for row in rows if row.state == IN_FLIGHT], now)
    at_place = (_D.use_case == place["place_use_case"], _D.destination == place["place_destination"])
    for row in rows:
        newer = connection.scalar(
            select(_D.id)
            .where(*at_place, _D.subject == row.subject, _D.revision > row.revision, _D.state == WAITING, _D.unwanted.is_(None))
            .limit(1)
        )
        # Something newer follows, or (class B) the next run looks what the destination shows: either puts right what may have gone.
        state = SUPERSEDED if newer is not None else WITHDRAWN if row.delivery_class == "B" else UNKNOWN
        ended = {
            "state": state,
            "code": "unknown.effect" if state == UNKNOWN else "",
            "detail": f"{row.unwanted}; {MAY_HAVE_GONE}",
            "updated_at": now,
        }
        connection.execute(update(deliveries).where(_D.id == row.id).values(**ended, owner=None, lease_until=None))
        connection.execute(update(deliveries).where(_D.carrier_id == row.id, _D.state == WAITING).values(ended))


@cache
def _dead(manner: Manner) -> Select[Any]:
    at_place = (_D.use_case == bindparam("place_use_case"), _D.destination == bindparam("place_destination"))
    return (
        select(_D.id, _D.subject, _D.revision, _D.delivery_class, _D.unwanted, _D.state)
        .where(*at_place, _D.unwanted.is_not(None), or_(_D.state == WAITING, manner.is_over()))
        .with_for_update()
    )


def _open_rows(connection: Connection, withdrawal: Withdrawal) -> list[Any]:
    """What waits or is on its way at the destination: all of it, or that of some subjects."""
    columns = [_D[name] for name in _ROW]
    is_open = _D.state.in_((WAITING, IN_FLIGHT))
    if withdrawal.is_everything:
        query = select(*columns).where(of_place(withdrawal.use_case, withdrawal.destination), is_open).with_for_update()
        return [row for row in connection.execute(query) if not row.subject.startswith(FEED)]
    found: list[Any] = []
    for chunk in chunks(sorted(withdrawal.subjects)):
        place = (_D.use_case == withdrawal.use_case, _D.destination == withdrawal.destination, among(connection, _D.subject, chunk))
        # The state is looked at here: asked for in SQL it would tempt PostgreSQL to read all that wait for the destination.
        found += (row for row in connection.execute(select(*columns).where(*place)) if row.state in {WAITING, IN_FLIGHT})
    return found


def _without_bound(
    connection: Connection, rows: Sequence[Any], withdrawal: Withdrawal, replaced: Collection[str], now: datetime
) -> list[Any]:
    """The rows that can be withdrawn, with what they travel with.

    A message that certainly never left is taken apart: the other products of a feed wait for the next one; of a digest, what was
    judged is withdrawn with it, and goes in the next one, and the others go on their own. What travels in a message that may have
    left stays in it. A feed with a title that is `replaced` is superseded: the correction follows in the next one.
    """
    found = {row.id: row for row in rows}
    carried = sorted({row.carrier_id for row in rows if row.carrier_id} | _carriers(connection, found))
    carriers = {row.id: row for row in _rows(connection, _D.id, carried)}
    doubtful = lost_since(connection, [row.id for row in carriers.values() if row.tries])
    loose = {key for key, row in carriers.items() if row.state == WAITING and key not in doubtful}
    for key in sorted(loose):
        feed, members = carriers[key], _rows(connection, _D.carrier_id, [key])
        if feed.subject.startswith(FEED):
            if any(row.subject in replaced for row in members if row.id in found):
                waits = update(deliveries).where(_D.id == key, _D.state == WAITING)
                as_read(connection, waits.values(state=SUPERSEDED, code="", detail=CORRECTED, updated_at=now), 1)
            else:
                why = f"taken apart, for a title in it is no longer wanted; {withdrawal.who}"
                _end(connection, [(feed, why, withdrawal.as_of)], now)
            connection.execute(update(deliveries).where(_D.carrier_id == key, _D.state == WAITING).values(carrier_id=None, updated_at=now))
        else:
            judged = [row for row in members if row.state == WAITING and (withdrawal.is_everything or row.subject in withdrawal.subjects)]
            found |= {row.id: row for row in (feed, *judged)}
            alone = {_D.carrier_id: None, _D.bundled: False, _D.updated_at: now}
            kept = [row.id for row in members if row.id not in found and row.state == WAITING]
            for chunk in chunks(kept):
                as_read(
                    connection, update(deliveries).where(among(connection, _D.id, chunk), _D.state == WAITING).values(alone), len(chunk)
                )
    return [row for row in found.values() if row.carrier_id is None or row.carrier_id in loose]


def _carriers(connection: Connection, ids: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for chunk in chunks(sorted(ids)):
        found |= {str(key) for key in connection.scalars(select(_D.carrier_id).where(among(connection, _D.carrier_id, chunk)).distinct())}
    return found


def _rows(connection: Connection, column: ColumnElement[Any], keys: Sequence[str]) -> list[Any]:
    found: list[Any] = []
    for chunk in chunks(keys):
        found += connection.execute(select(*(_D[name] for name in _ROW)).where(among(connection, column, chunk)))
    return found


def _forget_what_failed(connection: Connection, withdrawal: Withdrawal, wanted: Collection[tuple[str, str]]) -> None:
    """What did not arrive and is judged and unwanted by name is nobody's task any more, until it is wanted again."""
    place, columns = of_place(withdrawal.use_case, withdrawal.destination), [_D[name] for name in (*_ROW, "unwanted")]
    rows = connection.execute(select(*columns).where(place, _D.state.in_(RESENDABLE), _D.ordering == "latest")).all()
    by_name = withdrawal.subjects - withdrawal.settled
    for row in (row for row in rows if row.subject in by_name and row.as_of <= withdrawal.as_of):
        unwanted = None if (row.subject, row.content_hash) in wanted else withdrawal.why(row.subject)
        if unwanted != row.unwanted:
            connection.execute(update(deliveries).where(_D.id == row.id, _D.state == row.state).values(unwanted=unwanted))


def _want_again(connection: Connection, ids: Sequence[str]) -> None:
    for chunk in chunks(ids):
        wanted = (among(connection, _D.id, chunk), _D.unwanted.is_not(None))
        connection.execute(update(deliveries).where(*wanted).values(unwanted=None))


def _end(connection: Connection, rows: Sequence[tuple[Any, str, datetime]], now: datetime) -> None:
    """These, which wait, are withdrawn, each with why and as of when: an older run does not plan them anew."""
    alike: dict[tuple[str, datetime], list[str]] = {}
    for row, why, as_of in rows:
        alike.setdefault((why, as_of), []).append(row.id)
    for (why, as_of), ids in alike.items():
        for chunk in chunks(ids):
            values = {"state": WITHDRAWN, "code": "", "detail": why, "as_of": as_of, "judged_as_of": None, "unwanted": None}
            as_read(
                connection,
                update(deliveries).where(among(connection, _D.id, chunk), _D.state == WAITING).values(**values, updated_at=now),
                len(chunk),
            )


def take_apart_corrected(connection: Connection, use_case: str, destination: str, now: datetime) -> int:
    """Take apart what waits, certainly never left, and carries a revision that a newer last word follows; returns how many messages.

    What may have left goes first, as it is: the recipient may have it, and must not get another one under its number.

    :raises RaceLostError: a sender took one of them since it was read.
    """
    feed, newer = deliveries.alias(), deliveries.alias()
    is_followed = (
        select(newer.c.id)
        .where(newer.c.use_case == use_case, newer.c.destination == destination, newer.c.subject == _D.subject)
        .where(newer.c.revision > _D.revision, newer.c.state == WAITING, newer.c.ordering == "latest")
        .exists()
    )
    query = (
        select(_D.id, _D.carrier_id)
        .join(feed, feed.c.id == _D.carrier_id)
        .where(
            feed.c.subject == FEED + destination, feed.c.use_case == use_case, feed.c.destination == destination, feed.c.state == WAITING
        )
        .where(_D.bundled.is_(True), _D.state == WAITING, is_followed)
    )
    rows = connection.execute(query).all()
    feeds = sorted({row.carrier_id for row in rows})
    apart = set(feeds) - lost_since(connection, feeds).keys()
    gone = {"state": SUPERSEDED, "code": "", "unwanted": None, "updated_at": now}
    for row in (row for row in rows if row.carrier_id in apart):
        waits = update(deliveries).where(_D.id == row.id, _D.state == WAITING)
        as_read(connection, waits.values(**gone, detail="a newer revision takes its place"), 1)
    for feed_id in sorted(apart):
        as_read(connection, update(deliveries).where(_D.id == feed_id, _D.state == WAITING).values(**gone, detail=CORRECTED), 1)
        connection.execute(update(deliveries).where(_D.carrier_id == feed_id).values(carrier_id=None, updated_at=now))
    return len(apart)
