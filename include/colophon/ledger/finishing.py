"""Finishing deliveries: what a try came to, and what it came to though its lease had run out before it ended."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, Update, and_, bindparam, case, func, insert, literal, select, update

from colophon.domain.delivery import Verdict
from colophon.domain.delivery_states import IN_FLIGHT, RANK, UNKNOWN, WAITING, WITHDRAWN, rises
from colophon.errors import NotFoundError
from colophon.ledger.columns import UtcTime
from colophon.ledger.doubt import LOST, UNENDED, lost_since
from colophon.ledger.statements import among, as_read, chunks, each_of, listed, listed_values
from colophon.ledger.tables import attempts, deliveries

_D, _A = deliveries.c, attempts.c
_NEW = {f"new_{name}": _D[name].type for name in ("state", "code", "detail", "remote_id", "not_before", "accepted_at")}
_TYPES = {"key": _D.id.type, **_NEW}


def finish(connection: Connection, verdicts: Sequence[Verdict], owner: str, now: datetime) -> int:
    """Enter results; returns how many rows were still this owner's."""
    mine = _mine(connection, [verdict.delivery_id for verdict in verdicts], owner)
    # A system took it no earlier than that: its answer to the first of these tries may be the one that was lost.
    begun = {key: row.started_at for key, row in mine.items()}
    again = [v.delivery_id for v in verdicts if v.delivery_id in mine and mine[v.delivery_id].tries > 1 and v.remote_id]
    begun |= lost_since(connection, again, lost=(LOST, UNENDED))
    rows = [_row(v) | {"new_accepted_at": begun[v.delivery_id] if v.remote_id else None} for v in verdicts if v.delivery_id in mine]
    if rows:
        _write(connection, rows, owner, now)
        _end_tries(connection, rows, owner, now)
        _end_unwanted_now(connection, rows)
        _move_members(connection, [row for row in rows if mine[row["key"]].carries], now)
    for verdict in verdicts:
        if verdict.delivery_id not in mine:
            _keep_late(connection, verdict, owner, now)
    return len(mine)


def resolve(connection: Connection, delivery_id: str, outcome: str, *, by: str, why: str, now: datetime) -> None:
    """As `Outcomes.resolve_by_operator`, within a transaction: what a person says that it came to."""
    done = connection.execute(
        update(deliveries)
        .where(_D.id == delivery_id, _D.state == UNKNOWN)
        .values(state=outcome, code="settled", detail=f"{by}: {why}", updated_at=now)
    )
    if not done.rowcount:
        raise NotFoundError(f"there is no unknown delivery {delivery_id}", system="ledger")
    connection.execute(update(deliveries).where(_D.carrier_id == delivery_id, _D.state == UNKNOWN).values(state=outcome))
    connection.execute(
        insert(attempts).values(
            delivery_id=delivery_id, number=0, owner=by, started_at=now, ended_at=now, result=outcome, code="settled", evidence=why
        )
    )


def _mine(connection: Connection, ids: Sequence[str], owner: str) -> dict[str, Any]:
    """Rows that are still this owner's: `tries`, when the one that goes on began, and whether it `carries` others."""
    is_sqlite = connection.dialect.name == "sqlite"
    found: dict[str, Any] = {}
    for chunk in chunks(ids):
        asked = {"ids": listed_values(chunk, is_sqlite=is_sqlite), "mine": owner}
        found |= {row.id: row for row in connection.execute(_owned(is_sqlite), asked)}
    return found


@cache
def _owned(is_sqlite: bool) -> Select[Any]:  # noqa: FBT001 - the one thing that it depends on
    member = deliveries.alias()
    carries = select(literal(1)).where(member.c.carrier_id == _D.id).limit(1).scalar_subquery().label("carries")
    open_try = and_(_A.delivery_id == _D.id, _A.ended_at.is_(None))
    query = (
        select(_D.id, _D.tries, _A.started_at, carries)
        .select_from(deliveries.outerjoin(attempts, open_try))
        .where(listed(_D.id, "ids", is_sqlite=is_sqlite), _D.owner == bindparam("mine"), _D.state == IN_FLIGHT)
    )
    # Locked until the results are committed: nobody takes them over in between.
    return query.with_for_update(of=deliveries)


def _row(verdict: Verdict) -> dict[str, Any]:
    state = {"not_sent": WAITING, "refused": "failed"}.get(verdict.result, verdict.result)
    return {
        "key": verdict.delivery_id,
        "result": LOST if state == WAITING and verdict.may_have_gone else verdict.result,
        "new_state": state,
        "new_remote_id": verdict.remote_id,
        "new_code": verdict.code,
        "new_detail": verdict.detail[:2000],
        "new_not_before": verdict.not_before,
    }


def _write(connection: Connection, rows: Sequence[Mapping[str, Any]], owner: str, now: datetime) -> None:
    if connection.dialect.name == "sqlite":
        change, same = _writing(), {"mine": owner, "at": now}
        connection.execute(change, [{name: row[name] for name in _TYPES} | same for row in rows])
    else:
        given, _ = each_of(connection, rows, _TYPES)
        as_read(connection, _with_results(given, owner, now), len(rows))


@cache
def _writing() -> Update:
    """For each row its own parameters."""
    given = {name: bindparam(name, type_=kind) for name, kind in _TYPES.items()}
    return _with_results(given, bindparam("mine"), bindparam("at", type_=UtcTime()))


def _with_results(given: Mapping[str, Any], owner: Any, now: Any) -> Update:
    first_known = func.coalesce(_D.accepted_at, given["new_accepted_at"])
    newest = func.coalesce(given["new_accepted_at"], _D.accepted_at)
    return (
        update(deliveries)
        .where(_D.id == given["key"], _D.owner == owner, _D.state == IN_FLIGHT)
        .values(
            state=given["new_state"],
            code=given["new_code"],
            detail=given["new_detail"],
            remote_id=func.coalesce(given["new_remote_id"], _D.remote_id),
            not_before=given["new_not_before"],
            accepted_at=case((given["new_remote_id"] == _D.remote_id, first_known), else_=newest),
            owner=None,
            lease_until=None,
            updated_at=now,
        )
    )


def _end_tries(connection: Connection, rows: Sequence[Mapping[str, Any]], owner: str, now: datetime) -> None:
    is_sqlite = connection.dialect.name == "sqlite"
    alike: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for row in rows:
        alike[row["result"], row["new_code"], row["new_detail"]].append(row["key"])
    for (result, code, detail), keys in alike.items():
        for chunk in chunks(keys):
            told = {"new_result": result, "new_code": code, "new_evidence": detail, "mine": owner, "at": now}
            connection.execute(_ending(is_sqlite), told | {"ids": listed_values(chunk, is_sqlite=is_sqlite)})


@cache
def _ending(is_sqlite: bool) -> Update:  # noqa: FBT001 - as above
    told: dict[str, Any] = {"result": bindparam("new_result"), "code": bindparam("new_code"), "evidence": bindparam("new_evidence")}
    mine = (listed(_A.delivery_id, "ids", is_sqlite=is_sqlite), _A.owner == bindparam("mine"), _A.ended_at.is_(None))
    return update(attempts).where(*mine).values(ended_at=bindparam("at", type_=UtcTime()), **told)


def _end_unwanted_now(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """What did not go, and that a run no longer wants since it was claimed, is withdrawn; what a digest carried waits on its own."""
    stayed = [row["key"] for row in rows if row["result"] == "not_sent"]
    for chunk in chunks(stayed):
        connection.execute(
            update(deliveries)
            .where(among(connection, _D.id, chunk), _D.state == WAITING, _D.unwanted.is_not(None), _D.carrier_id.is_(None))
            .values(state=WITHDRAWN, code="", detail=_D.unwanted, unwanted=None)
        )
        withdrawn = select(_D.id).where(among(connection, _D.id, chunk), _D.state == WITHDRAWN)
        left = update(deliveries).where(_D.carrier_id.in_(withdrawn), _D.state == WAITING)
        connection.execute(left.values(carrier_id=None, bundled=False))


def _move_members(connection: Connection, rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Members of a message share its state; while it waits to be sent again they wait with it."""
    for row in rows:
        change = update(deliveries).where(_D.carrier_id == row["key"], _D.state.in_((WAITING, UNKNOWN, "accepted")))
        connection.execute(change.values(state=row["new_state"], code=row["new_code"], detail=row["new_detail"], updated_at=now))


def _keep_late(connection: Connection, verdict: Verdict, owner: str, now: datetime) -> None:
    """The result of a try that was given up for lost. What somebody else holds stays his; he sees that this try was answered."""
    tries = connection.execute(select(attempts).where(_A.delivery_id == verdict.delivery_id).order_by(_A.id.desc())).all()
    mine = next((row for row in tries if row.owner == owner), None)
    row = connection.execute(select(deliveries).where(_D.id == verdict.delivery_id).with_for_update()).first()
    if mine is None or row is None:
        return
    was_taken = verdict.result in RANK
    entered, moves = _row(verdict), _may_end_late(row.state, verdict, is_newest=mine is tries[0])
    if mine.result in {LOST, UNENDED} and (was_taken or moves):
        told = {"result": entered["result"], "code": verdict.code, "evidence": f"answered after its lease. {verdict.detail}"[:2000]}
        connection.execute(update(attempts).where(_A.id == mine.id).values(ended_at=now, **told))
    elif not was_taken or verdict.remote_id is None:
        return
    values: dict[str, Any] = {"remote_id": row.remote_id or verdict.remote_id}
    values["accepted_at"] = row.accepted_at or (mine.started_at if values["remote_id"] else None)
    if moves:
        values |= {
            "state": entered["new_state"],
            "code": verdict.code,
            "detail": entered["new_detail"],
            "unwanted": None,
            "updated_at": now,
        }
        values["not_before"] = verdict.not_before
    connection.execute(update(deliveries).where(_D.id == row.id).values(values))
    if moves:
        _move_members(connection, [entered], now)


def _may_end_late(state: str, verdict: Verdict, *, is_newest: bool) -> bool:
    """Whether a delivery in this state takes a late result: what was taken, and of an unknown one also that it surely was not."""
    if verdict.result in RANK:
        return state in {WAITING, UNKNOWN, WITHDRAWN} or (state in RANK and rises(state, verdict.result))
    is_sure = verdict.result in {"refused", "not_sent"} and not verdict.may_have_gone
    return state == UNKNOWN and is_newest and is_sure
