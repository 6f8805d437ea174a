"""What those who plan and send ask after a restore: whether anything may go, and what of the new may have gone already."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, select, update

from colophon.domain.delivery_states import UNKNOWN, WAITING
from colophon.errors import LedgerRestoredError
from colophon.ledger.doubt import LOST
from colophon.ledger.remembered import remember_first, remembered
from colophon.ledger.statements import among, chunks, insert_all
from colophon.ledger.tables import attempts, capabilities, deliveries

FENCE, LAST, PLACE = "restored:fence", "restored:last", "restored:place:"
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


def refuse_fenced(connection: Connection) -> None:
    """Let nothing go while a fence stands.

    :raises LedgerRestoredError: since when, and why.
    """
    if (fence := standing_fence(connection)) is not None:
        sentence = f"nothing is sent since {fence.since:%Y-%m-%d %H:%M} UTC, for the ledger was restored from a backup: {fence.why}"
        raise LedgerRestoredError(sentence, system="ledger")


def doubt_planned(
    connection: Connection, use_case: str, destination: str, rows: Sequence[Mapping[str, Any]], as_of: datetime, now: datetime
) -> None:
    """What a place plans after a restore may have been planned, and sent, after the backup: that is in doubt as what waited in it.

    :param as_of: when the run judges; the first one after a restore says until when new rows of the place are doubtful.
    """
    last = remembered(connection, LAST)
    if last is None:
        return
    until = max(as_of, datetime.fromisoformat(last["at"]) + DOUBTED)
    name = PLACE + hashlib.sha256(f"{use_case}/{destination}".encode()).hexdigest()[:32]  # as long as it may be
    remember_first(connection, name, {"until": until.isoformat()}, now)
    until = datetime.fromisoformat((remembered(connection, name) or {})["until"])
    doubtful = [row for row in rows if row["as_of"] <= until]
    of_d = [row["id"] for row in doubtful if row["delivery_class"] == "D"]
    for chunk in chunks(of_d):
        here = (among(connection, _D.id, chunk), _D.state == WAITING)
        connection.execute(update(deliveries).where(*here).values(state=UNKNOWN, code=CODE, detail=SAYS))
    others = [(row["id"], 0) for row in doubtful if row["delivery_class"] != "D" and not row["bundled"]]
    look_first(connection, others, datetime.fromisoformat(last["as_of"]), "a restore", now)


def look_first(connection: Connection, rows: Sequence[tuple[str, int]], as_of: datetime, by: str, now: datetime) -> int:
    """Say of deliveries that a try of them, begun at that moment at the earliest, may have had its effect."""
    told = {"owner": by[:400], "started_at": as_of, "ended_at": now, "result": LOST, "code": CODE, "evidence": SAYS}
    if rows:
        insert_all(connection, insert(attempts), [{"delivery_id": key, "number": tries + 1, **told} for key, tries in rows])
    for chunk in chunks([key for key, _ in rows]):
        connection.execute(update(deliveries).where(among(connection, _D.id, chunk)).values(tries=_D.tries + 1))
    return len(rows)


def standing_fence(connection: Connection) -> Fence | None:
    """Why nothing is sent; None where it is."""
    row = connection.execute(select(capabilities.c.value, capabilities.c.checked_at).where(capabilities.c.connection == FENCE)).first()
    return None if row is None else Fence(row.checked_at, row.value["why"])
