"""Entering what a run decided: what is new, what a destination has already, what comes too late, what is no longer wanted."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, or_, select, update

from colophon.domain.delivery import After, Intent, LatestDelivery, PlanResult
from colophon.domain.delivery_states import GONE, SUPERSEDED, WAITING, WITHDRAWN
from colophon.domain.storable import storable
from colophon.errors import BadRecordError
from colophon.ledger.after_restore import doubt_planned
from colophon.ledger.doubt import never_left
from colophon.ledger.foreign_text import unstorable
from colophon.ledger.packed import packed
from colophon.ledger.revisions import latest, new_rows, newest_there, rows_of
from colophon.ledger.statements import alone_at, among, as_read, chunks, each_of, insert_all, insert_for
from colophon.ledger.store import Store
from colophon.ledger.tables import content, deliveries, of_place
from colophon.ledger.titles import know_titles
from colophon.ledger.withdrawing import Withdrawal, withdraw

_D = deliveries.c


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
            rows = rows_of(connection, use_case, destination, sorted(set(subjects)))
            here = never_left(connection, (row for found in rows.values() for row in found))
        return {subject: last for subject, found in rows.items() if (last := latest(found, here)) is not None}

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
            known = rows_of(connection, use_case, destination, sorted({intent.subject for intent in group}))
            rows, counts, again = new_rows(group, known, now)
            _insert(connection, rows, known)
            _judge_anew(connection, again)
            _put_off(connection, group, known)
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


def _judge_anew(connection: Connection, again: Mapping[str, datetime]) -> None:
    """These are wanted as they are by a newer judgement: an older one is stale from now on. What was sent of them stays as it was."""
    rows = [{"key": key, "judged": as_of} for key, as_of in again.items()]
    for chunk in chunks(rows):
        given, each = each_of(connection, chunk, {"key": _D.id.type, "judged": _D.judged_as_of.type})
        is_older = func.coalesce(_D.judged_as_of, _D.as_of) < given["judged"]
        connection.execute(update(deliveries).where(_D.id == given["key"], is_older).values(judged_as_of=given["judged"]), each)


def _put_off(connection: Connection, group: Sequence[Intent], known: Mapping[str, Sequence[Any]]) -> None:
    """What waits and is wanted as it is, but no sooner than a moment, waits for that: the one for which it was planned has passed."""
    moments = {(intent.subject, intent.occurrence): intent.not_before for intent in group if intent.not_before is not None}
    waits = [row for found in known.values() for row in found if row.state == WAITING] if moments else []
    rows = [{"key": row.id, "until": moment} for row in waits if (moment := moments.get((row.subject, row.occurrence))) is not None]
    for chunk in chunks(rows):
        given, each = each_of(connection, chunk, {"key": _D.id.type, "until": _D.not_before.type})
        is_sooner = or_(_D.not_before.is_(None), _D.not_before < given["until"])
        values = {"not_before": given["until"]}
        connection.execute(update(deliveries).where(_D.id == given["key"], _D.state == WAITING, is_sooner).values(**values), each)


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
    rows = rows_of(connection, use_case, after.destination, [after.subject]).get(after.subject, ())
    newest = newest_there(rows)
    return None if newest is None else str(newest.id)


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
