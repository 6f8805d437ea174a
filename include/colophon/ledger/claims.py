"""Claiming deliveries, and finishing them: the intent is committed before a call, its result after it."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Select, Update, and_, bindparam, insert, or_, select, text, update

from colophon.domain.delivery import Delivery, Verdict
from colophon.domain.delivery_states import IN_FLIGHT, RANK, UNKNOWN, WAITING, reached
from colophon.errors import ContentChangedError
from colophon.ledger.after_restore import refuse_fenced
from colophon.ledger.columns import UtcTime
from colophon.ledger.doubt import UNENDED, answered_meanwhile, close_left_behind, lost_since
from colophon.ledger.finishing import finish
from colophon.ledger.leases import Manner
from colophon.ledger.packed import SENTENCE, is_whole, unpacked
from colophon.ledger.statements import RaceLostError, chunks, insert_all, listed, listed_values
from colophon.ledger.store import Store
from colophon.ledger.tables import OPEN_ROWS, attempts, content, deliveries
from colophon.ledger.withdrawing import end_unwanted

log = logging.getLogger(__name__)
_D = deliveries.c
_FACTS = ("id", "use_case", "destination", "subject", "revision", "content_hash", "delivery_class", "as_of", "labels")
_CLAIMED = (*_FACTS, "state", "tries")
_facts_of = itemgetter(*_FACTS)


class Claims(Store):
    """The part of the ledger that the delivery engine talks to."""

    def claim(self, use_case: str, destination: str, *, owner: str, lease_s: float, limit: int) -> list[Delivery]:
        """Take deliveries that may go now, oldest revision of a subject first, and commit that before anything is sent.

        A row whose owner's lease has run out is taken over, but one of class D: nobody may repeat that, it becomes `unknown`.
        `tried` is set on what an earlier try may have sent, however long ago that was. One delivery of a subject is in flight at a time.

        What is not what was planned any more is refused, and others go in its place.

        :raises LedgerRestoredError: the ledger was restored from a backup, and nobody has said as of when.
        """
        while True:
            claimed = self._claimed(use_case, destination, owner=owner, lease_s=lease_s, limit=limit)
            whole = [delivery for delivery in claimed if is_whole(delivery.content_hash, delivery.content)]
            changed = {delivery.id for delivery in claimed} - {delivery.id for delivery in whole}
            if changed:
                log.error("Not sent, for %s: %s", SENTENCE, ", ".join(sorted(changed)))
                self.finish([Verdict(name, "refused", code=ContentChangedError.code, detail=SENTENCE) for name in changed], owner=owner)
            if whole or not changed:
                return whole

    def _claimed(self, use_case: str, destination: str, *, owner: str, lease_s: float, limit: int) -> list[Delivery]:
        """As `claim`, with whatever stands for the content."""
        place = {"place_use_case": use_case, "place_destination": destination}

        def work(connection: Connection) -> list[Delivery]:
            refuse_fenced(connection)
            now, manner = self.clock(), Manner.of(connection)
            end_unwanted(connection, place, manner, now)
            _give_up_class_d(connection, place, manner, now)
            asked = {**place, "not_later": now, "most": limit, **manner.now(now)}
            taken = connection.execute(_claimable(manner), asked).mappings().all()
            if not taken:
                return []
            close_left_behind(connection, [row["id"] for row in taken if row["state"] == IN_FLIGHT], now)
            tried = lost_since(connection, [row["id"] for row in taken if row["tries"]])
            for chunk in chunks([row["id"] for row in taken]):
                asked = {"ids": listed_values(chunk, is_sqlite=manner.is_sqlite), "new_owner": owner, "at": now}
                asked |= {**manner.until(now, lease_s), **manner.now(now)}
                if connection.execute(_taking(manner), asked).rowcount != len(chunk):
                    raise RaceLostError
            begun = {"owner": owner, "started_at": now, "result": UNENDED, "code": "", "evidence": ""}
            tries = [{"delivery_id": row["id"], "number": row["tries"] + 1, **begun} for row in taken]
            insert_all(connection, insert(attempts), tries)
            bodies = _bodies(connection, manner, [row["content_hash"] for row in taken])
            return [_delivery(dict(row), bodies, tried.get(row["id"])) for row in taken]

        return self.changing(work)

    def finish(self, verdicts: Sequence[Verdict], *, owner: str) -> int:
        """Commit results; returns how many rows were still this owner's. Rows that another one holds stay as they are.

        What a system took is kept even where the lease has run out meanwhile: nobody sends again what is known to be there.
        """
        return self.changing(lambda connection: finish(connection, verdicts, owner, self.clock())) if verdicts else 0

    def renew(self, delivery_ids: Sequence[str], *, owner: str, lease_s: float) -> set[str]:
        """Lengthen the lease of rows that are still this owner's; returns which are. Nobody else may be sending these."""
        now, mine = self.clock(), set[str]()
        with self.begin() as connection:
            manner = Manner.of(connection)
            for chunk in chunks(delivery_ids):
                ids = listed_values(chunk, is_sqlite=manner.is_sqlite)
                mine |= set(connection.scalars(_renewing(manner), {"ids": ids, "mine": owner, **manner.until(now, lease_s)}))
        return mine

    def answered(self, delivery_ids: Sequence[str]) -> list[Verdict]:
        """Which of these deliveries, claimed as tried, need not be sent: their former try was answered after its lease."""
        with self.reading() as connection:
            return answered_meanwhile(connection, delivery_ids)


@cache
def _claimable(manner: Manner) -> Select[Any]:
    other = deliveries.alias()
    at_place = (_D.use_case == bindparam("place_use_case"), _D.destination == bindparam("place_destination"))
    free = and_(_D.state == WAITING, or_(_D.not_before.is_(None), _D.not_before <= bindparam("not_later", type_=UtcTime())))
    # An earlier revision that is not done keeps a later one waiting: order per subject. The oldest one is asked for, and not
    # `NOT EXISTS`, because without statistics PostgreSQL would do that with a quadratic join.
    before = (
        select(other.c.revision)
        .where(
            other.c.use_case == bindparam("place_use_case"),
            other.c.destination == bindparam("place_destination"),
            other.c.subject == _D.subject,
            other.c.revision < _D.revision,
            other.c.state.in_((WAITING, IN_FLIGHT, UNKNOWN)),
        )
        .order_by(other.c.revision)
        .limit(1)
        .scalar_subquery()
    )
    query = (
        select(*(_D[name] for name in _CLAIMED))
        .where(*at_place, text(OPEN_ROWS))
        .where(or_(free, manner.is_over()), before.is_(None), _D.unwanted.is_(None), _is_its_turn())
        .order_by(_D.created_at, _D.id)
        .limit(bindparam("most", type_=Integer()))
    )
    # Locked until they are taken: their states stay as they were read.
    return query if manner.is_sqlite else query.with_for_update(skip_locked=True)


def _is_its_turn() -> ColumnElement[bool]:
    """Whether the delivery that this one waits for, if any, has come as far as it has to."""
    awaited = deliveries.alias()
    far_enough = or_(*(and_(_D.after_outcome == word, awaited.c.state.in_(reached(word))) for word in RANK))
    return or_(_D.after_id.is_(None), select(awaited.c.id).where(awaited.c.id == _D.after_id, far_enough).exists())


@cache
def _taking(manner: Manner) -> Update:
    return (
        update(deliveries)
        .where(listed(_D.id, "ids", is_sqlite=manner.is_sqlite), or_(_D.state == WAITING, manner.is_over()))
        .values(
            state=IN_FLIGHT,
            owner=bindparam("new_owner"),
            lease_until=manner.end(),
            tries=_D.tries + 1,
            updated_at=bindparam("at", type_=UtcTime()),
        )
    )


@cache
def _renewing(manner: Manner) -> Any:
    mine = (listed(_D.id, "ids", is_sqlite=manner.is_sqlite), _D.owner == bindparam("mine"), _D.state == IN_FLIGHT)
    return update(deliveries).where(*mine).values(lease_until=manner.end()).returning(_D.id)


def _give_up_class_d(connection: Connection, place: Mapping[str, Any], manner: Manner, now: datetime) -> None:
    given_up = list(connection.scalars(_giving_up(manner), {**place, **manner.now(now), "at": now}))
    close_left_behind(connection, given_up, now)


@cache
def _giving_up(manner: Manner) -> Any:
    # Of the rows that may be claimed, so that their index finds these too.
    at_place = (_D.use_case == bindparam("place_use_case"), _D.destination == bindparam("place_destination"), text(OPEN_ROWS))
    told = {"code": "unknown.effect", "detail": "the sender died during the call"}
    return (
        update(deliveries)
        .where(*at_place, _D.delivery_class == "D", manner.is_over())
        .values(state=UNKNOWN, updated_at=bindparam("at", type_=UtcTime()), owner=None, lease_until=None, **told)
        .returning(_D.id)
    )


def _bodies(connection: Connection, manner: Manner, hashes: list[str]) -> dict[str, tuple[str, bytes]]:
    found = {}
    for chunk in chunks(sorted(set(hashes))):
        for row in connection.execute(_contents(manner), {"hashes": listed_values(chunk, is_sqlite=manner.is_sqlite)}):
            found[row.hash] = (row.media_type, unpacked(row.body))
    return found


@cache
def _contents(manner: Manner) -> Select[Any]:
    return select(content.c.hash, content.c.media_type, content.c.body).where(listed(content.c.hash, "hashes", is_sqlite=manner.is_sqlite))


def _delivery(row: Mapping[str, Any], bodies: dict[str, tuple[str, bytes]], tried_at: datetime | None) -> Delivery:
    media_type, body = bodies.get(row["content_hash"], ("", b""))
    facts = dict(zip(_FACTS, _facts_of(row), strict=True))
    return Delivery(**facts, media_type=media_type, content=body, tried=tried_at is not None, tried_at=tried_at)
