"""Revisions: what a destination has of each subject, and the rows that what is wanted now adds to that."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, select

from colophon.domain.delivery import Intent, LatestDelivery, delivery_id
from colophon.domain.delivery_states import GONE, RANK, WAITING
from colophon.ledger.statements import among, chunks
from colophon.ledger.tables import deliveries

_D = deliveries.c
_NEWER = deliveries.alias()
_KNOWN = ("id", "subject", "occurrence", "carrier_id", "ordering", "revision", "content_hash", "state", "as_of", "judged_as_of", "labels")


def new_rows(
    group: Sequence[Intent], known: Mapping[str, Sequence[Any]], now: datetime
) -> tuple[list[dict[str, Any]], dict[str, int], dict[str, datetime]]:
    """Rows of the intents that are new, the counts of all, and as of when rows that stay as they are were judged anew, by id."""
    living = {subject: last for subject, rows in known.items() if (last := latest(rows)) is not None}
    tops = {subject: rows[-1].revision for subject, rows in known.items()}
    judged = {subject: max(row.judged_as_of or row.as_of for row in rows) for subject, rows in known.items()}
    there = {subject: row for subject, rows in known.items() if (row := newest_there(rows)) is not None}
    again: dict[str, datetime] = {}
    occurred = {(row.subject, row.occurrence) for rows in known.values() for row in rows if row.state not in GONE}
    rows: list[dict[str, Any]] = []
    counts = {"new": 0, "unchanged": 0, "stale": 0}
    carriers: dict[str, str] = {}
    for intent in sorted(group, key=lambda intent: bool(intent.carrier)):
        verdict = _judge(intent, living.get(intent.subject), judged.get(intent.subject), occurred)
        if verdict == "new" and intent.carrier and intent.carrier not in carriers:
            verdict = "stale"  # what would carry it does not go
        counts[verdict] += 1
        newest = there.get(intent.subject)
        if verdict == "unchanged" and newest and newest.content_hash == intent.content_hash and intent.as_of > judged[intent.subject]:
            again[newest.id] = judged[intent.subject] = intent.as_of
        if verdict != "new":
            continue
        revision = tops.get(intent.subject, 0) + 1
        # A microsecond apart: they are claimed in the order in which they are given (closing before opening).
        entered = now + timedelta(microseconds=len(rows))
        rows.append(_row(intent, revision, carriers.get(intent.carrier)) | {"created_at": entered, "updated_at": now})
        carriers[intent.subject] = rows[-1]["id"]
        tops[intent.subject] = revision
        judged[intent.subject] = intent.as_of
        there.pop(intent.subject, None)
        living[intent.subject] = LatestDelivery(revision, intent.content_hash, WAITING, intent.as_of, intent.labels)
    return rows, counts, again


def _judge(intent: Intent, last: LatestDelivery | None, judged_at: datetime | None, occurred: set[tuple[str, str]]) -> str:
    if intent.occurrence and (intent.subject, intent.occurrence) in occurred:
        return "unchanged"
    if last is not None and last.content_hash == intent.content_hash and not intent.occurrence:
        return "unchanged"
    return "stale" if judged_at is not None and intent.as_of < judged_at else "new"


def _row(intent: Intent, revision: int, carrier_id: str | None) -> dict[str, Any]:
    occurrence = intent.occurrence or f"r{revision}"
    return {
        "id": delivery_id(intent.use_case, intent.destination, intent.subject, intent.content_hash, occurrence),
        "use_case": intent.use_case,
        "destination": intent.destination,
        "subject": intent.subject,
        "isbn": intent.labels.get("isbn"),
        "revision": revision,
        "occurrence": occurrence,
        "content_hash": intent.content_hash,
        "delivery_class": intent.delivery_class,
        "bundled": intent.bundled or carrier_id is not None,
        "carrier_id": carrier_id,
        "state": WAITING,
        "as_of": intent.as_of,
        "labels": dict(intent.labels),
        "ordering": intent.order,
        "not_before": intent.not_before,
        "after_outcome": intent.after.outcome if intent.after else None,
    }


def rows_of(connection: Connection, use_case: str, destination: str, subjects: Sequence[str]) -> dict[str, list[Any]]:
    """All rows of each subject, oldest revision first."""
    found: dict[str, list[Any]] = defaultdict(list)
    for chunk in chunks(subjects):
        # One index range per subject, newest last; a join with a grouped query is planned badly while a table has no statistics.
        rows = connection.execute(
            select(*(_D[name] for name in _KNOWN))
            .where(_D.use_case == use_case, _D.destination == destination, among(connection, _D.subject, chunk))
            .order_by(_D.subject, _D.revision)
        )
        for row in rows:
            found[row.subject].append(row)
    return found


def newest_there(rows: Sequence[Any]) -> Any:
    """The newest row that a destination has or will have; None where it has none."""
    return next((row for row in reversed(rows) if row.state not in GONE), None)


def latest(rows: Sequence[Any], here: Collection[str] = ()) -> LatestDelivery | None:
    """The newest row that a destination has or will have, with those before it that it may have instead; some never left."""
    last: LatestDelivery | None = None
    for row in rows:
        if row.state not in GONE:
            before = None if row.state in RANK else last
            last = LatestDelivery(
                row.revision,
                row.content_hash,
                row.state,
                row.judged_as_of or row.as_of,
                row.labels,
                row.id not in here,
                before,
                row.occurrence,
            )
    return last


def has_newer(row: FromClause, states: Collection[str] | None = None) -> ColumnElement[bool]:
    """Whether a later revision of a delivery's subject exists, in one of these states (None: in any)."""
    newer = _NEWER.c
    return (
        select(newer.id)
        .where(
            newer.use_case == row.c.use_case,
            newer.destination == row.c.destination,
            newer.subject == row.c.subject,
            newer.revision > row.c.revision,
            *([] if states is None else [newer.state.in_(sorted(states))]),
        )
        .exists()
    )
