"""PN-5, distribution status: sales, marketing and operations hear what became of a title at its recipients, as the ledger knows it.

All that happened to a title in one window is one message, by channel. Many titles are told by channel and imprint; those that were
refused, or are watched, each all the same. That a recipient has it is told once, when it takes it; what it says later only if it is no.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.notice import Posts
from colophon.blocks.notices import PEOPLE, Audience, Notice, address
from colophon.blocks.use_case import UseCase
from colophon.domain.facts import Facts
from colophon.domain.launch import Launch
from colophon.domain.team import TeamMember, TeamRole
from colophon.domain.todo import Todo, TodoStatus
from colophon.domain.work import Work
from colophon.ledger import HistoryRow, Ledger
from colophon.ledger.states import CLOSED, FINAL_BAD

FEEDS = "xconnector__metadata_syndication"
APPROVED, DELIVERED, UPDATED, WITHDRAWN, REFUSED = "approved", "delivered", "updated", "withdrawn", "refused"


class Fact(NamedTuple):
    """What became of an ISBN at a channel, or of a work (`work:9`) everywhere; `what` is the revision, or the milestone that released it."""

    kind: str
    isbn: str
    channel: str
    what: str
    reason: str = ""
    owner: str = ""


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """A message for each title about which something became known since the last run, or was and could not be told."""
    rules, team, works = context.config.distribution_status, facts.records(TeamMember, ()), facts.records(Work, ())
    of_isbn = {edition.isbn13: work.subject for work in works for edition in work.editions if edition.isbn13}
    first_isbn = {work.id: edition.isbn13 for work in works for edition in reversed(work.editions) if edition.isbn13}
    by_subject, by_title = {work.subject: work for work in works}, defaultdict[str, dict[tuple[str, str], Fact]](dict)
    untold = _untold(context)
    for fact in (*untold.facts, *_of_rows(facts, context), *_approved(facts, context, first_isbn)):
        title = of_isbn.get(fact.isbn, f"isbn:{fact.isbn}") if fact.isbn.isdecimal() else fact.isbn
        by_title[title][fact.isbn, fact.channel] = fact
    single, summed = list[Notice](), defaultdict[tuple[str, str], list[tuple[str, Fact]]](list)
    for title, found in sorted(by_title.items()):
        work = by_subject.get(title)
        is_own = any(fact.kind in {REFUSED, APPROVED} or fact.isbn in rules.watch for fact in found.values())
        if is_own or len(by_title) <= rules.single_up_to:
            single.append(_notice(title, work, list(found.values())))
            continue
        for fact in found.values():
            summed[fact.channel, (work.imprint if work else None) or "?"].append((title, fact))
    summaries = [_summary(*place, told, _posts([title for title, _ in told], team, context)) for place, told in sorted(summed.items())]
    audience = Audience(rules.roles, rules.desk, rules.digest_above, keeps_hours=True)
    plan = address([*single, *summaries, *untold.summaries], team, audience, context, use_case=CASE.id, records=by_title)
    plan.memory = _remembered(facts, context)
    return plan


def recalled(ledger: Ledger, context: DecisionContext, _isbns: Collection[str]) -> Iterator[HistoryRow]:
    """What changed at recipients since the last run, with who mends what was refused; and the titles of which something waits."""
    owners = {(row.destination, row.subject): row.owner for row in ledger.exceptions.open(use_case=FEEDS)}
    for row in ledger.moved(FEEDS, context.since or context.as_of):
        owner = owners.get((row.destination, row.subject)) or context.config.owners.of("DELIVERY-FAILED", FEEDS)
        yield replace(row, labels={**row.labels, "isbn": row.labels.get("isbn") or row.subject.removeprefix("isbn:"), "owner": owner})


def isbns_of(facts: Facts, context: DecisionContext) -> set[str]:
    """The titles that are to be read: of what changed, and of what waits."""
    return {row.labels["isbn"] for row in facts.records(HistoryRow)} | {
        fact.isbn for fact in _untold(context).facts if fact.isbn.isdecimal()
    }


class _Untold(NamedTuple):
    """What was planned and has not gone: facts are told with what is new, summaries as they were."""

    facts: list[Fact]
    summaries: list[Notice]


def _untold(context: DecisionContext) -> _Untold:
    planned = list(context.history(PEOPLE, context.waiting(PEOPLE)).values())
    facts = (Fact(*fact) for last in planned for fact in json.loads(last.labels.get("facts", "[]")))
    summaries = dict.fromkeys(last.labels["summary"] for last in planned if "summary" in last.labels)
    return _Untold(list(dict.fromkeys(facts)), [_summary_of(told) for told in summaries])


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


def _remembered(facts: Facts, context: DecisionContext) -> dict[str, dict[str, str]]:
    """Releases of the last days, by work: a day that was told is not told again on that day."""
    since = (context.since or context.as_of).date()
    days = {str(each.work_id): str(each.release_approved_on) for each in facts.records(Launch, ()) if each.release_approved_on}
    return {APPROVED: {work: day for work, day in {**context.memory.get(APPROVED, {}), **days}.items() if day >= str(since)}}


def _is_news(at: datetime, context: DecisionContext) -> bool:
    return (context.since or context.as_of) < at <= context.as_of


def _notice(title: str, work: Work | None, found: list[Fact]) -> Notice:
    channels = {kind: sorted({fact.channel for fact in found if fact.kind == kind}) for kind in (DELIVERED, UPDATED, WITHDRAWN)}
    refused = [{"channel": fact.channel, "reason": fact.reason, "owner": fact.owner} for fact in found if fact.kind == REFUSED]
    told = json.dumps(sorted(found), ensure_ascii=False)
    approved = next((fact.what for fact in found if fact.kind == APPROVED), "")
    return Notice(
        subject=f"{title}/status",
        occurrence=_short(told),
        work_id=work.id if work else 0,
        kind="distribution",
        fields={"title": (work.title if work else None) or title, "approved": approved, "refused": refused, **channels},
        severity="action" if refused else "info",
        data={"kind": "distribution", "title": title, "refused": str(len(refused))},
        labels={"facts": told},
    )


def _posts(titles: Iterable[str], team: Iterable[TeamMember], context: DecisionContext) -> Posts:
    """Whoever has one of the roles in the teams of some titles; where nobody has, the desk of the role."""
    about, day, roles = set(titles), context.as_of.date(), context.config.distribution_status.roles
    there = [member for member in team if f"work:{member.work_id}" in about and member.is_on(day)]
    return tuple((role, tuple(sorted({str(member.contact_id) for member in there if member.role is role}))) for role in roles)


def _summary(channel: str, imprint: str, told: list[tuple[str, Fact]], posts: Posts) -> Notice:
    counts = Counter(fact.kind for _, fact in told)
    return _summary_of(json.dumps([channel, imprint, counts, posts, _short(json.dumps(sorted(told)))], ensure_ascii=False))


def _summary_of(told: str) -> Notice:
    channel, imprint, counts, posts, name = json.loads(told)
    return Notice(
        subject=f"distribution/{name}",
        occurrence="once",
        work_id=0,
        kind="distribution_summary",
        fields={"channel": channel, "imprint": imprint, **{kind: counts.get(kind, 0) for kind in (DELIVERED, UPDATED, WITHDRAWN)}},
        severity="info",
        data={"kind": "distribution_summary"},
        labels={"summary": told},
        posts=tuple((TeamRole(role), tuple(people)) for role, people in posts),
    )


def _short(told: str) -> str:
    return hashlib.sha256(told.encode()).hexdigest()[:12]


CASE = UseCase(
    id="push__distribution_status",
    reads=(HistoryRow,),
    gains=(Todo, Launch, TeamMember, Work),
    recalled=recalled,
    decide=decide,
    backfill="silent",
    tells_people=True,
    systems=("opentext_push",),
)
