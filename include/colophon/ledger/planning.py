"""Entering deliveries: what is new, what a destination has already, what comes too late."""

import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from colophon.ledger.database import repeat_races
from colophon.ledger.records import SUPERSEDED, WAITING, Intent, LatestDelivery, PlanResult, delivery_id
from colophon.ledger.store import Store, among, chunks, insert_all
from colophon.ledger.tables import content, deliveries
from colophon.ledger.titles import know_titles


class Planning(Store):
    """The part of the ledger that a plan talks to."""

    def plan(self, intents: Sequence[Intent]) -> dict[str, PlanResult]:
        """Enter deliveries, in one transaction; returns counts by destination. The same call again changes nothing.

        Equal to the newest revision and no new occurrence: unchanged. Judged at an earlier moment than the newest revision:
        stale, and not entered, so that nothing old overwrites something newer. Else a new revision, which (order
        latest) takes the place of older ones that have not gone yet.
        """

        def work() -> dict[str, PlanResult]:
            with self.begin() as connection:
                return self._plan(connection, intents)

        return repeat_races(work)

    def latest(self, use_case: str, destination: str, subjects: Iterable[str]) -> dict[str, LatestDelivery]:
        """Newest revision of each subject at a destination; subjects that it never got are absent."""
        with self.begin() as connection:
            return _latest(connection, use_case, destination, subjects)

    def _plan(self, connection: Connection, intents: Sequence[Intent]) -> dict[str, PlanResult]:
        by_destination: dict[tuple[str, str], list[Intent]] = defaultdict(list)
        for intent in intents:
            by_destination[intent.use_case, intent.destination].append(intent)
        results, now = {}, self.clock()
        told: list[Mapping[str, str]] = []
        for (use_case, destination), group in by_destination.items():
            known = _latest(connection, use_case, destination, (i.subject for i in group))
            occurred = _occurred(connection, use_case, destination, group)
            rows: list[dict[str, Any]] = []
            counts = {"new": 0, "unchanged": 0, "stale": 0}
            carriers: dict[str, str] = {}
            for intent in sorted(group, key=lambda i: bool(i.carrier)):
                verdict = _judge(intent, known.get(intent.subject), occurred)
                if verdict == "new" and intent.carrier and intent.carrier not in carriers:
                    verdict = "stale"  # what would carry it does not go
                counts[verdict] += 1
                if verdict == "new":
                    # A microsecond apart: they are claimed in the order in which they are given (closing before opening).
                    entered = now + timedelta(microseconds=len(rows))
                    rows.append(_row(intent, known, carriers.get(intent.carrier)) | {"created_at": entered, "updated_at": now})
                    carriers[intent.subject] = rows[-1]["id"]
            self._enter(connection, rows, [i for i in group if i.order == "latest"])
            told += (row["labels"] for row in rows)
            results[destination] = PlanResult(**counts)
        know_titles(connection, told)
        _keep_content(connection, intents)
        return results

    def _enter(self, connection: Connection, rows: list[dict[str, Any]], giving_way: Sequence[Intent]) -> None:
        if not rows:
            return
        # The newest of several rows for one subject stays; all older ones that wait give way.
        newest = {row["subject"]: row["revision"] for row in rows}
        insert_all(connection, insert(deliveries), rows)
        subjects = sorted({i.subject for i in giving_way if newest.get(i.subject, 1) > 1})
        for chunk in chunks(subjects):
            # The state is looked at here: asked for in SQL it would tempt PostgreSQL to read all that wait for the destination.
            columns = (deliveries.c.id, deliveries.c.subject, deliveries.c.revision, deliveries.c.state, deliveries.c.carrier_id)
            there = connection.execute(
                select(*columns).where(
                    deliveries.c.use_case == rows[0]["use_case"],
                    deliveries.c.destination == rows[0]["destination"],
                    among(connection, deliveries.c.subject, chunk),
                )
            )
            waiting = [row for row in there if row.state == WAITING and row.carrier_id is None]
            old = [row.id for row in waiting if row.revision < newest[row.subject]]
            if old:
                connection.execute(
                    update(deliveries)
                    .where(among(connection, deliveries.c.id, old))
                    .values(state=SUPERSEDED, code="", detail="a newer revision takes its place", updated_at=self.clock())
                )


def _row(intent: Intent, known: dict[str, LatestDelivery], carrier_id: str | None) -> dict[str, Any]:
    last = known.get(intent.subject)
    revision = last.revision + 1 if last else 1
    occurrence = intent.occurrence or f"r{revision}"
    known[intent.subject] = LatestDelivery(revision, intent.content_hash, WAITING, intent.as_of, intent.labels)
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
    }


def _judge(intent: Intent, last: LatestDelivery | None, occurred: set[tuple[str, str]]) -> str:
    if intent.occurrence and (intent.subject, intent.occurrence) in occurred:
        return "unchanged"
    if last is None:
        return "new"
    if last.content_hash == intent.content_hash and not intent.occurrence:
        return "unchanged"
    return "stale" if intent.as_of < last.as_of else "new"


def _latest(connection: Connection, use_case: str, destination: str, subjects: Iterable[str]) -> dict[str, LatestDelivery]:
    found = {}
    for chunk in chunks(sorted(set(subjects))):
        # One index range per subject, newest last; a join with a grouped query is planned badly while a table has no statistics.
        columns = [deliveries.c[name] for name in ("subject", *LatestDelivery.__dataclass_fields__)]
        rows = connection.execute(
            select(*columns)
            .where(
                deliveries.c.use_case == use_case, deliveries.c.destination == destination, among(connection, deliveries.c.subject, chunk)
            )
            .order_by(deliveries.c.subject, deliveries.c.revision)
        )
        for row in rows:
            found[row.subject] = LatestDelivery(row.revision, row.content_hash, row.state, row.as_of, row.labels)
    return found


def _occurred(connection: Connection, use_case: str, destination: str, intents: Iterable[Intent]) -> set[tuple[str, str]]:
    wanted = {(i.subject, i.occurrence) for i in intents if i.occurrence}
    found = set()
    for chunk in chunks(sorted({subject for subject, _ in wanted})):
        rows = connection.execute(
            select(deliveries.c.subject, deliveries.c.occurrence).where(
                deliveries.c.use_case == use_case, deliveries.c.destination == destination, among(connection, deliveries.c.subject, chunk)
            )
        )
        found |= {(row.subject, row.occurrence) for row in rows} & wanted
    return found


def _keep_content(connection: Connection, intents: Sequence[Intent]) -> None:
    bodies: Mapping[str, Intent] = {intent.content_hash: intent for intent in intents}
    new_insert = sqlite_insert if connection.dialect.name == "sqlite" else postgres_insert
    for chunk in chunks(sorted(bodies)):
        there = set(connection.scalars(select(content.c.hash).where(among(connection, content.c.hash, chunk))))
        rows = [
            {
                "hash": digest,
                "media_type": bodies[digest].media_type,
                "size": len(bodies[digest].content),
                "body": zlib.compress(bodies[digest].content, 1),
            }
            for digest in chunk
            if digest not in there
        ]
        if rows:
            insert_all(connection, new_insert(content).on_conflict_do_nothing(), rows)
