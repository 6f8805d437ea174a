"""What became of titles at their recipients, as facts: what changed, what was released, and what was planned and could not be told. Pure."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from colophon.blocks.decision import DecisionContext
from colophon.blocks.ids import SYNDICATION
from colophon.blocks.notices import PEOPLE
from colophon.domain.delivery import HistoryRow
from colophon.domain.delivery_states import CLOSED, FINAL_BAD
from colophon.domain.facts import Facts
from colophon.domain.launch import Launch
from colophon.domain.todo import Todo, TodoStatus
from colophon.ledger import Ledger

APPROVED, DELIVERED, UPDATED, WITHDRAWN, REFUSED = "approved", "delivered", "updated", "withdrawn", "refused"


class Fact(NamedTuple):
    """What became of an ISBN at a channel, or of a work (`work:9`) everywhere; `what` is the revision, or the milestone that released it."""

    kind: str
    isbn: str
    channel: str
    what: str
    reason: str = ""
    owner: str = ""


def recalled(ledger: Ledger, context: DecisionContext, _isbns: Collection[str]) -> Iterator[HistoryRow]:
    """What changed at recipients since the last run, with who mends what was refused; and the titles of which something waits."""
    owners = {(row.destination, row.subject): row.owner for row in ledger.exceptions.open(use_case=SYNDICATION)}
    for row in ledger.moved(SYNDICATION, context.since or context.as_of):
        owner = owners.get((row.destination, row.subject)) or context.config.owners.of("DELIVERY-FAILED", SYNDICATION)
        yield replace(row, labels={**row.labels, "isbn": row.labels.get("isbn") or row.subject.removeprefix("isbn:"), "owner": owner})


def known(facts: Facts, context: DecisionContext, first_isbn: Mapping[int, str]) -> Iterator[Fact]:
    """What could not be told, and what became known since the last run; the newest last. :param first_isbn: by work."""
    yield from untold(context)
    yield from _of_rows(facts, context)
    yield from _approved(facts, context, first_isbn)


def untold(context: DecisionContext) -> list[Fact]:
    """What was planned and has not gone, title by title: it is told with what is new."""
    planned = context.history(PEOPLE, context.waiting(PEOPLE)).values()
    return list(dict.fromkeys(Fact(*fact) for last in planned for fact in json.loads(last.labels.get("facts", "[]"))))


def isbns_of(facts: Facts, context: DecisionContext) -> set[str]:
    """The titles that are to be read: of what changed, and of what waits."""
    return {row.labels["isbn"] for row in facts.records(HistoryRow)} | {fact.isbn for fact in untold(context) if fact.isbn.isdecimal()}


def _of_rows(facts: Facts, context: DecisionContext) -> Iterator[Fact]:
    for row in facts.records(HistoryRow):
        if not _is_news(row.updated_at, context):
            continue
        is_bad = row.state in FINAL_BAD
        kind = REFUSED if is_bad else WITHDRAWN if row.labels.get(CLOSED) else UPDATED if row.revision > 1 else DELIVERED
        profile = context.config.recipients.get(row.destination)
        mended = (row.detail or row.code, row.labels["owner"]) if is_bad else ("", "")
        yield Fact(kind, row.labels["isbn"], profile.name if profile else row.destination, str(row.revision), *mended)


def _approved(facts: Facts, context: DecisionContext, isbns: Mapping[int, str]) -> Iterator[Fact]:
    """Releases: by a milestone of which the moment is known, and by the launch's day, which counts whole and once."""
    milestones, told = context.config.distribution_status.approved_by, context.memory.get(APPROVED, {})
    since, today = (context.since or context.as_of).date(), context.as_of.date()
    for todo in facts.records(Todo, ()):
        is_release = todo.milestone in milestones and todo.status is TodoStatus.DONE and todo.is_proof
        if is_release and todo.work_id and todo.completed_at and _is_news(todo.completed_at, context):
            yield Fact(APPROVED, isbns.get(todo.work_id, f"work:{todo.work_id}"), "", str(todo.milestone))
    for launch in facts.records(Launch, ()):
        day = launch.release_approved_on
        if day is not None and since <= day <= today and told.get(str(launch.work_id)) != str(day):
            yield Fact(APPROVED, isbns.get(launch.work_id, f"work:{launch.work_id}"), "", "release_approved")


def remembered(facts: Facts, context: DecisionContext) -> dict[str, dict[str, str]]:
    """Releases of the last days, by work: a day that was told is not told again on that day."""
    since = (context.since or context.as_of).date()
    days = {str(each.work_id): str(each.release_approved_on) for each in facts.records(Launch, ()) if each.release_approved_on}
    return {APPROVED: {work: day for work, day in {**context.memory.get(APPROVED, {}), **days}.items() if day >= str(since)}}


def _is_news(at: datetime, context: DecisionContext) -> bool:
    return (context.since or context.as_of) < at <= context.as_of
