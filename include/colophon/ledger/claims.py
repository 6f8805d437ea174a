"""Claiming deliveries, and finishing them: the intent is committed before a call, its result after it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, insert, literal, or_, select, text, update

from colophon.ledger.doubt import LOST, UNENDED, lost_since
from colophon.ledger.feeds import carriers_among
from colophon.ledger.packed import unpacked
from colophon.ledger.records import IN_FLIGHT, RANK, UNKNOWN, WAITING, WITHDRAWN, Delivery, Verdict, reached
from colophon.ledger.store import Store, among, chunks, each_of
from colophon.ledger.tables import OPEN_ROWS, attempts, content, deliveries, of_place
from colophon.ledger.withdrawing import end_unwanted

_FACTS = ("id", "use_case", "destination", "subject", "revision", "content_hash", "delivery_class", "as_of", "labels")
_CLAIMED = (*_FACTS, "state", "tries")


class Claims(Store):
    """The part of the ledger that the delivery engine talks to."""

    def claim(self, use_case: str, destination: str, *, owner: str, lease_s: float, limit: int) -> list[Delivery]:
        """Take deliveries that may go now, oldest revision of a subject first, and commit that before anything is sent.

        A row whose owner's lease has run out is taken over, but one of class D: nobody may repeat that, it becomes `unknown`.
        `tried` is set on what an earlier try may have sent, however long ago that was. One delivery of a subject is in flight at a time.
        """
        now = self.clock()
        with self.begin() as connection:
            end_unwanted(connection, use_case, destination, now)
            self._give_up_class_d(connection, use_case, destination)
            rows = connection.execute(self._claimable(use_case, destination, limit, postgres=connection.dialect.name != "sqlite"))
            taken = rows.mappings().all()
            ids = [row["id"] for row in taken]
            _close_left_behind(connection, [row["id"] for row in taken if row["state"] == IN_FLIGHT], now)
            tried = lost_since(connection, [row["id"] for row in taken if row["tries"]])
            for chunk in chunks(ids):
                connection.execute(
                    update(deliveries)
                    .where(among(connection, deliveries.c.id, chunk))
                    .values(
                        state=IN_FLIGHT,
                        owner=owner,
                        lease_until=now + timedelta(seconds=lease_s),
                        tries=deliveries.c.tries + 1,
                        updated_at=now,
                    )
                )
                _start(connection, chunk, owner, now)
            bodies = _bodies(connection, [row["content_hash"] for row in taken])
        return [_delivery(dict(row), bodies, tried.get(row["id"])) for row in taken]

    def finish(self, verdicts: Sequence[Verdict], *, owner: str) -> int:
        """Commit results; returns how many rows were still this owner's. Rows that another one took over stay as they are."""
        if not verdicts:
            return 0
        now = self.clock()
        with self.begin() as connection:
            mine: set[str] = set()
            for chunk in chunks([v.delivery_id for v in verdicts]):
                owned = (among(connection, deliveries.c.id, chunk), deliveries.c.owner == owner, deliveries.c.state == IN_FLIGHT)
                # Locked until the results are committed: nobody takes them over in between.
                mine |= set(connection.scalars(select(deliveries.c.id).where(*owned).with_for_update()))
            # A system took it no earlier than that: its answer to the first of these tries may be the one that was lost.
            begun = lost_since(connection, [v.delivery_id for v in verdicts if v.delivery_id in mine and v.remote_id], lost=(LOST, UNENDED))
            rows = [_finished(v) | {"accepted_at": begun.get(v.delivery_id)} for v in verdicts if v.delivery_id in mine]
            if rows:
                _write_results(connection, rows, owner, now)
                _end_unwanted_now(connection, rows)
                _move_members(connection, rows, now)
        return len(mine)

    def renew(self, delivery_ids: Sequence[str], *, owner: str, lease_s: float) -> set[str]:
        """Lengthen the lease of rows that are still this owner's; returns which are. Nobody else may be sending these."""
        now = self.clock()
        mine: set[str] = set()
        with self.begin() as connection:
            for chunk in chunks(delivery_ids):
                rows = (among(connection, deliveries.c.id, chunk), deliveries.c.owner == owner, deliveries.c.state == IN_FLIGHT)
                connection.execute(update(deliveries).where(*rows).values(lease_until=now + timedelta(seconds=lease_s)))
                mine |= set(connection.scalars(select(deliveries.c.id).where(*rows)))
        return mine

    def _claimable(self, use_case: str, destination: str, limit: int, *, postgres: bool) -> Select[Any]:
        now, other = self.clock(), deliveries.alias()
        free = and_(deliveries.c.state == WAITING, or_(deliveries.c.not_before.is_(None), deliveries.c.not_before <= now))
        left_behind = and_(deliveries.c.state == IN_FLIGHT, deliveries.c.lease_until < now)
        # An earlier revision that is not done keeps a later one waiting: order per subject. The oldest one is asked for, and not
        # `NOT EXISTS`, because without statistics PostgreSQL would do that with a quadratic join.
        before = (
            select(other.c.revision)
            .where(
                other.c.use_case == use_case,
                other.c.destination == destination,
                other.c.subject == deliveries.c.subject,
                other.c.revision < deliveries.c.revision,
                other.c.state.in_((WAITING, IN_FLIGHT, UNKNOWN)),
            )
            .order_by(other.c.revision)
            .limit(1)
            .scalar_subquery()
        )
        query = (
            select(*(deliveries.c[name] for name in _CLAIMED))
            .where(deliveries.c.use_case == use_case, deliveries.c.destination == destination, text(OPEN_ROWS))
            .where(or_(free, left_behind), before.is_(None), deliveries.c.unwanted.is_(None), _is_its_turn())
            .order_by(deliveries.c.created_at, deliveries.c.id)
            .limit(limit)
        )
        return query.with_for_update(skip_locked=True) if postgres else query

    def _give_up_class_d(self, connection: Connection, use_case: str, destination: str) -> None:
        now = self.clock()
        connection.execute(
            update(deliveries)
            .where(
                of_place(use_case, destination),
                deliveries.c.delivery_class == "D",
                deliveries.c.state == IN_FLIGHT,
                deliveries.c.lease_until < now,
            )
            .values(
                state=UNKNOWN,
                code="unknown.effect",
                detail="the sender died during the call",
                updated_at=now,
                owner=None,
                lease_until=None,
            )
        )


def _is_its_turn() -> ColumnElement[bool]:
    """Whether the delivery that this one waits for, if any, has come as far as it has to."""
    awaited = deliveries.alias()
    far_enough = or_(*(and_(deliveries.c.after_outcome == word, awaited.c.state.in_(reached(word))) for word in RANK))
    return or_(deliveries.c.after_id.is_(None), select(awaited.c.id).where(awaited.c.id == deliveries.c.after_id, far_enough).exists())


def _start(connection: Connection, ids: Sequence[str], owner: str, now: datetime) -> None:
    """Enter a try for each of these, whose tries are counted already."""
    facts = {
        "delivery_id": deliveries.c.id,
        "number": deliveries.c.tries,
        "owner": literal(owner),
        "started_at": literal(now, attempts.c.started_at.type),
        "result": literal(UNENDED),
    }
    rows = select(*facts.values()).where(among(connection, deliveries.c.id, ids))
    connection.execute(insert(attempts).from_select(list(facts), rows))


def _bodies(connection: Connection, hashes: list[str]) -> dict[str, tuple[str, bytes]]:
    found = {}
    for chunk in chunks(sorted(set(hashes))):
        for row in connection.execute(select(content).where(among(connection, content.c.hash, chunk))):
            found[row.hash] = (row.media_type, unpacked(row.body))
    return found


def _close_left_behind(connection: Connection, ids: list[str], now: datetime) -> None:
    """Say of tries that nobody finished that their answer was lost."""
    for chunk in chunks(ids):
        connection.execute(
            update(attempts)
            .where(among(connection, attempts.c.delivery_id, chunk), attempts.c.ended_at.is_(None))
            .values(ended_at=now, result=LOST, code="unknown.effect", evidence="the sender died during the call")
        )


def _delivery(row: Mapping[str, Any], bodies: dict[str, tuple[str, bytes]], tried_at: datetime | None) -> Delivery:
    media_type, body = bodies.get(row["content_hash"], ("", b""))
    facts = {name: row[name] for name in _FACTS}
    return Delivery(**facts, media_type=media_type, content=body, tried=tried_at is not None, tried_at=tried_at)


def _finished(verdict: Verdict) -> dict[str, Any]:
    state = {"not_sent": WAITING, "refused": "failed"}.get(verdict.result, verdict.result)
    return {
        "key": verdict.delivery_id,
        "state": state,
        "result": LOST if state == WAITING and verdict.may_have_gone else verdict.result,
        "remote_id": verdict.remote_id,
        "code": verdict.code,
        "detail": verdict.detail[:2000],
        "not_before": verdict.not_before,
    }


def _write_results(connection: Connection, rows: list[dict[str, Any]], owner: str, now: datetime) -> None:
    names = ("state", "code", "detail", "remote_id", "not_before", "accepted_at")
    given, each = each_of(connection, rows, {"key": deliveries.c.id.type, **{name: deliveries.c[name].type for name in names}})
    connection.execute(
        update(deliveries)
        .where(deliveries.c.id == given["key"])
        .values(
            state=given["state"],
            code=given["code"],
            detail=given["detail"],
            remote_id=func.coalesce(given["remote_id"], deliveries.c.remote_id),
            not_before=given["not_before"],
            accepted_at=case(
                (given["remote_id"] == deliveries.c.remote_id, func.coalesce(deliveries.c.accepted_at, given["accepted_at"])),
                else_=func.coalesce(given["accepted_at"], deliveries.c.accepted_at),
            ),
            owner=None,
            lease_until=None,
            updated_at=now,
        ),
        each,
    )
    alike: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for row in rows:
        alike[row["result"], row["code"], row["detail"]].append(row["key"])
    for (result, code, detail), keys in alike.items():
        for chunk in chunks(keys):
            connection.execute(
                update(attempts)
                .where(among(connection, attempts.c.delivery_id, chunk), attempts.c.owner == owner, attempts.c.ended_at.is_(None))
                .values(ended_at=now, result=result, code=code, evidence=detail)
            )


def _end_unwanted_now(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """What did not go, and that a run no longer wants since it was claimed, is withdrawn."""
    stayed = [row["key"] for row in rows if row["result"] == "not_sent"]
    for chunk in chunks(stayed):
        connection.execute(
            update(deliveries)
            .where(among(connection, deliveries.c.id, chunk), deliveries.c.unwanted.is_not(None), deliveries.c.carrier_id.is_(None))
            .values(state=WITHDRAWN, code="", detail=deliveries.c.unwanted, unwanted=None)
        )


def _move_members(connection: Connection, rows: list[dict[str, Any]], now: Any) -> None:
    """Members of a feed share its state; while it waits to be sent again they wait with it."""
    carriers = carriers_among(connection, [row["key"] for row in rows])
    for row in (row for row in rows if row["key"] in carriers):
        connection.execute(
            update(deliveries)
            .where(deliveries.c.carrier_id == row["key"], deliveries.c.state.in_((WAITING, IN_FLIGHT, UNKNOWN, "accepted")))
            .values(state=row["state"], code=row["code"], detail=row["detail"], updated_at=now)
        )
