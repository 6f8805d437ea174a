"""What became of titles at their recipients, as facts: what changed, what was released, and what was planned and could not be told. Pure."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import NamedTuple

from colophon.blocks.decision import DecisionContext
from colophon.blocks.ids import SYNDICATION
from colophon.blocks.notices import PEOPLE
from colophon.domain.delivery import HistoryRow
from colophon.domain.delivery_states import CLOSED, FINAL_BAD, WAITING
from colophon.domain.facts import Facts
from colophon.domain.launch import Launch
from colophon.domain.todo import Todo, TodoStatus
from colophon.ledger import Ledger

APPROVED, DELIVERED, UPDATED, WITHDRAWN, REFUSED = "approved", "delivered", "updated", "withdrawn", "refused"
FACTS, HEARD = "facts", "heard"
"""Labels of a message: what it says, and what its reader had heard before of what somebody else waits for."""


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
    """What became known since the last run, the newest last. :param first_isbn: by work."""
    yield from _of_rows(facts, context)
    yield from _approved(facts, context, first_isbn)


def by_title(facts: Iterable[Fact], of_isbn: Mapping[str, str]) -> dict[str, dict[tuple[str, str], Fact]]:
    """The newest fact of each ISBN at each channel, by title. :param of_isbn: titles by ISBN; others stand for themselves."""
    found = defaultdict[str, dict[tuple[str, str], Fact]](dict)
    for fact in facts:
        found[of_isbn.get(fact.isbn, f"isbn:{fact.isbn}") if fact.isbn.isdecimal() else fact.isbn][fact.isbn, fact.channel] = fact
    return dict(found)


def untold(context: DecisionContext) -> list[Fact]:
    """What was planned and has not gone to somebody, title by title: it is told with what is new."""
    planned = context.history(PEOPLE, context.waiting(PEOPLE)).values()
    return list(dict.fromkeys(fact for last in planned for fact in facts_of(last.labels)))


def heard_by(person: str, subject: str, context: DecisionContext) -> set[Fact]:
    """Of what somebody waits for, the facts that a person has heard. :param person: the ledger's name."""
    name = f"{person}/{subject}"
    revisions = [each for last in context.history(PEOPLE, [name]).values() for each in last.revisions]
    told = next((facts_of(each.labels) for each in revisions if each.state != WAITING), [])
    return {*told, *(fact for each in revisions for fact in facts_of(each.labels, HEARD))}


def facts_of(labels: Mapping[str, str], name: str = FACTS) -> list[Fact]:
    """The facts that a message's labels name."""
    return [Fact(*fact) for fact in json.loads(labels.get(name, "[]"))]


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
    """Releases: by a milestone of which the moment is known, and by the launch's day, which counts whole; both on one day are one."""
    milestones, told = context.config.distribution_status.approved_by, context.memory.get(APPROVED, {})
    since, today, by_milestone = (context.since or context.as_of).date(), context.as_of.date(), set[tuple[int, date]]()
    for todo in facts.records(Todo, ()):
        is_release = todo.milestone in milestones and todo.status is TodoStatus.DONE and todo.is_proof
        if is_release and todo.work_id and todo.completed_at and todo.completed_at <= context.as_of:
            day = todo.completed_at.date()
            by_milestone.add((todo.work_id, day))
            if _is_news(todo.completed_at, context) and told.get(str(todo.work_id)) != str(day):
                yield Fact(APPROVED, isbns.get(todo.work_id, f"work:{todo.work_id}"), "", str(todo.milestone))
    for launch in facts.records(Launch, ()):
        on = launch.release_approved_on
        if (
            on is not None
            and since <= on <= today
            and told.get(str(launch.work_id)) != str(on)
            and (launch.work_id, on) not in by_milestone
        ):
            yield Fact(APPROVED, isbns.get(launch.work_id, f"work:{launch.work_id}"), "", "release_approved")


def remembered(facts: Facts, context: DecisionContext) -> dict[str, dict[str, str]]:
    """Releases of the last days, by work: a day that was told is not told again on that day."""
    since, today = (context.since or context.as_of).date(), context.as_of.date()
    approved = ((str(each.work_id), each.release_approved_on) for each in facts.records(Launch, ()))
    days = {work: str(day) for work, day in approved if day and day <= today}
    return {APPROVED: {work: day for work, day in {**context.memory.get(APPROVED, {}), **days}.items() if day >= str(since)}}


def _is_news(at: datetime, context: DecisionContext) -> bool:
    return (context.since or context.as_of) < at <= context.as_of
