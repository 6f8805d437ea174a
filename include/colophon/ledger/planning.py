"""Entering what a run decided: what is new, what a destination has already, what comes too late, what is no longer wanted."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from colophon.domain.storable import storable
from colophon.errors import BadRecordError
from colophon.ledger.after_restore import doubt_planned
from colophon.ledger.doubt import never_left
from colophon.ledger.foreign_text import unstorable
from colophon.ledger.packed import packed
from colophon.ledger.records import After, Intent, LatestDelivery, PlanResult, delivery_id
from colophon.ledger.statements import alone_at, among, as_read, chunks, each_of, insert_all, insert_for
from colophon.ledger.states import GONE, RANK, SUPERSEDED, WAITING, WITHDRAWN
from colophon.ledger.store import Store
from colophon.ledger.tables import content, deliveries, of_place
from colophon.ledger.titles import know_titles
from colophon.ledger.withdrawing import Withdrawal, withdraw

_D = deliveries.c
_KNOWN = ("id", "subject", "occurrence", "carrier_id", "ordering", "revision", "content_hash", "state", "as_of", "judged_as_of", "labels")


class Planning(Store):
    """The part of the ledger that a plan talks to."""

    def plan(self, intents: Sequence[Intent]) -> dict[str, PlanResult]:
        """Enter deliveries, in one transaction; returns counts by destination. The same call again changes nothing.

        Equal to what the destination has and no new occurrence: unchanged. Judged at an earlier moment than the newest revision:
        stale, and not entered, so that nothing old overwrites something newer. Else a new revision, which (order
        latest) takes the place of older ones that have not gone yet.

        :raises BadRecordError: a text of one cannot be kept; it names the subject.
        """
        for (_, subject), (name, _) in unstorable(intents).items():
            sentence = f"{name} is too long, or no Unicode text that can be kept"
            raise BadRecordError(sentence, system="ledger", subject=storable(subject)[:200])

        return self.changing(lambda connection: self.plan_within(connection, intents, {})[0])

    def latest(self, use_case: str, destination: str, subjects: Iterable[str]) -> dict[str, LatestDelivery]:
        """What each subject's destination has, or will have; subjects that it never got are absent."""
        with self.begin() as connection:
            rows = _rows_of(connection, use_case, destination, sorted(set(subjects)))
            here = never_left(connection, (row for found in rows.values() for row in found))
        return {subject: last for subject, found in rows.items() if (last := _latest(found, here)) is not None}

    def waiting(self, use_case: str, destination: str) -> frozenset[str]:
        """Subjects of which something was planned for a destination and has not gone."""
        query = select(_D.subject).where(of_place(use_case, destination), _D.state == WAITING)
        with self.begin() as connection:
            return frozenset(connection.scalars(query))

    def confirmed_isbns(self, use_case: str, destination: str) -> frozenset[str]:
        """ISBNs of which a destination has confirmed something at any time."""
        query = select(_D.isbn).where(of_place(use_case, destination), _D.state == "confirmed", _D.isbn.is_not(None)).distinct()
        with self.begin() as connection:
            return frozenset(connection.scalars(query))

    def plan_within(
        self, connection: Connection, intents: Sequence[Intent], withdrawals: Mapping[str, Withdrawal]
    ) -> tuple[dict[str, PlanResult], dict[str, set[str]]]:
        """As `plan`, within a transaction, withdrawing what is judged and unwanted: results and withdrawn subjects, by destination."""
        by_destination: dict[tuple[str, str], list[Intent]] = defaultdict(list)
        for withdrawal in withdrawals.values():
            by_destination[withdrawal.use_case, withdrawal.destination] = []
        for intent in intents:
            by_destination[intent.use_case, intent.destination].append(intent)
        results: dict[str, PlanResult] = {}
        withdrawn: dict[str, set[str]] = {}
        labels: list[Mapping[str, str]] = []
        entered = []
        now = self.clock()
        alone_at(connection, (f"{use_case}/{destination}" for use_case, destination in by_destination))
        for (use_case, destination), group in by_destination.items():
            latest_only = frozenset(intent.subject for intent in group if intent.order == "latest")
            given = withdrawals.get(destination) or Withdrawal(
                use_case=use_case, destination=destination, as_of=max(intent.as_of for intent in group)
            )
            gone = withdraw(connection, given.about(latest_only), group, now)
            known = _rows_of(connection, use_case, destination, sorted({intent.subject for intent in group}))
            rows, counts, again = _new_rows(group, known, now)
            _insert(connection, rows, known)
            _judge_anew(connection, again)
            _supersede(connection, gone, known, {row["subject"]: row for row in rows if row["ordering"] == "latest"})
            labels += (row["labels"] for row in rows)
            entered.append((use_case, destination, rows, given.as_of))
            results[destination] = PlanResult(**counts)
            withdrawn[destination] = set(gone.values()) - {row["subject"] for row in rows}
        _tie_after(connection, intents)
        for what in entered:
            doubt_planned(connection, *what, now)
        know_titles(connection, labels)
        _keep_content(connection, intents)
        return results, withdrawn


def _new_rows(
    group: Sequence[Intent], known: Mapping[str, Sequence[Any]], now: datetime
) -> tuple[list[dict[str, Any]], dict[str, int], dict[str, datetime]]:
    """Rows of the intents that are new, the counts of all, and as of when rows that stay as they are were judged anew, by id."""
    living = {subject: last for subject, rows in known.items() if (last := _latest(rows)) is not None}
    tops = {subject: rows[-1].revision for subject, rows in known.items()}
    judged = {subject: max(row.judged_as_of or row.as_of for row in rows) for subject, rows in known.items()}
    there = {subject: row for subject, rows in known.items() if (row := _living(rows)) is not None}
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


def _judge_anew(connection: Connection, again: Mapping[str, datetime]) -> None:
    """These are wanted as they are by a newer judgement: an older one is stale from now on. What was sent of them stays as it was."""
    rows = [{"key": key, "judged": as_of} for key, as_of in again.items()]
    for chunk in chunks(rows):
        given, each = each_of(connection, chunk, {"key": _D.id.type, "judged": _D.judged_as_of.type})
        is_older = func.coalesce(_D.judged_as_of, _D.as_of) < given["judged"]
        connection.execute(update(deliveries).where(_D.id == given["key"], is_older).values(judged_as_of=given["judged"]), each)


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


def _insert(connection: Connection, rows: Sequence[dict[str, Any]], known: Mapping[str, Sequence[Any]]) -> None:
    """Insert rows; one whose message was planned before and is gone comes back as itself, for the same message has the same id."""
    there = {row.id for found in known.values() for row in found if row.state in GONE}
    fresh = [row for row in rows if row["id"] not in there]
    if fresh:
        insert_all(connection, insert(deliveries), fresh)
    for row in rows:
        if row["id"] in there:
            values = {name: value for name, value in row.items() if name != "id"}
            is_gone = update(deliveries).where(_D.id == row["id"], _D.state.in_(GONE))
            as_read(connection, is_gone.values(**values, code="", detail="", unwanted=None, judged_as_of=None), 1)


def _supersede(
    connection: Connection, gone: Mapping[str, str], known: Mapping[str, Sequence[Any]], newest: Mapping[str, Mapping[str, Any]]
) -> None:
    """What waits, or just gave way, is superseded where a newer revision of its subject is there: equal content may come again."""
    waits = [
        row.id
        for subject, new in newest.items()
        for row in known.get(subject, ())
        if row.state == WAITING and row.ordering == "latest" and row.carrier_id is None and row.id != new["id"]
    ]
    old = sorted({*waits, *(key for key, subject in gone.items() if subject in newest and key != newest[subject]["id"])})
    values = {"state": SUPERSEDED, "code": "", "detail": "a newer revision takes its place", "unwanted": None}
    for chunk in chunks(old):
        may_give_way = (among(connection, _D.id, chunk), _D.state.in_((WAITING, WITHDRAWN)))
        as_read(connection, update(deliveries).where(*may_give_way).values(**values), len(chunk))


def _tie_after(connection: Connection, intents: Sequence[Intent]) -> None:
    """Tie what waits for another delivery to that delivery's newest row; what is wanted without waiting any more is free.

    :raises BadRecordError: there is no such delivery: nothing would ever release it.
    """
    free = {(intent.use_case, intent.destination, intent.subject, intent.content_hash) for intent in intents if intent.after is None}
    for use_case, destination in {(use_case, destination) for use_case, destination, *_ in free}:
        tied = select(_D.id, _D.subject, _D.content_hash).where(
            of_place(use_case, destination), _D.state == WAITING, _D.after_id.is_not(None)
        )
        for row in connection.execute(tied).all():
            if (use_case, destination, row.subject, row.content_hash) in free:
                connection.execute(update(deliveries).where(_D.id == row.id, _D.state == WAITING).values(after_id=None))
    for intent in intents:
        if intent.after is None:
            continue
        awaited = _newest_id(connection, intent.use_case, intent.after)
        if awaited is None:
            raise BadRecordError(
                f"it waits for {intent.after.subject} at {intent.after.destination}, which nobody planned", subject=intent.subject
            )
        mine = (_D.use_case == intent.use_case, _D.destination == intent.destination, _D.subject == intent.subject)
        waits = (*mine, _D.content_hash == intent.content_hash, _D.state == WAITING)
        connection.execute(update(deliveries).where(*waits).values(after_id=awaited))


def _newest_id(connection: Connection, use_case: str, after: After) -> str | None:
    rows = _rows_of(connection, use_case, after.destination, [after.subject]).get(after.subject, ())
    newest = _living(rows)
    return None if newest is None else str(newest.id)


def _rows_of(connection: Connection, use_case: str, destination: str, subjects: Sequence[str]) -> dict[str, list[Any]]:
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


def _living(rows: Sequence[Any]) -> Any:
    """The newest row that a destination has or will have; None where it has none."""
    return next((row for row in reversed(rows) if row.state not in GONE), None)


def _latest(rows: Sequence[Any], here: Collection[str] = ()) -> LatestDelivery | None:
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


def _keep_content(connection: Connection, intents: Sequence[Intent]) -> None:
    bodies: Mapping[str, Intent] = {intent.content_hash: intent for intent in intents}
    for chunk in chunks(sorted(bodies)):
        there = set(connection.scalars(select(content.c.hash).where(among(connection, content.c.hash, chunk))))
        rows = [
            {
                "hash": digest,
                "media_type": bodies[digest].media_type,
                "size": len(bodies[digest].content),
                "body": packed(bodies[digest].content),
            }
            for digest in chunk
            if digest not in there
        ]
        if rows:
            insert_all(connection, insert_for(connection)(content).on_conflict_do_nothing(), rows)
