"""PN-6, downstream exceptions: what fails at a counterpart becomes one task in Consonance for that title and fault.

A fault is open as long as one system says so; when all have recovered, the task is done. Notices may come twice, late and in
any order: each system's newest word counts, by the time that it states.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from colophon.blocks.decision import DecisionContext
from colophon.blocks.inbound import Closed, Inbound, InboxDecision, about_titles, read
from colophon.blocks.write_back import fault, intent
from colophon.domain.delivery import Intent
from colophon.domain.facts import Facts
from colophon.domain.finding import Finding
from colophon.domain.inbox_item import InboxItem
from colophon.domain.product import Product
from colophon.domain.team import TeamMember
from colophon.systems.consonance.writes.operations import CONSONANCE

RULE = "PN6"
WAITS = timedelta(days=1)
"""So long a recovery waits for failures that it may have overtaken."""
_Text = Annotated[str, Field(max_length=500)]


class _Notice(BaseModel):
    """`data` of the two events (contract XC-1 section 4)."""

    model_config = ConfigDict(extra="ignore")

    isbn: str = Field(pattern=r"^[0-9]{13}$")
    fault: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,60}$")
    system: str = Field(min_length=1, max_length=80)
    severity: _Text | None = None
    code: _Text | None = None
    at: AwareDatetime


class _Word(BaseModel):
    """What one system last said of a fault, and since when it has said so."""

    is_failing: bool
    at: datetime
    since: datetime
    severity: str | None = None
    code: str | None = None


Words = dict[str, _Word]
_WORDS = TypeAdapter(Words)
_read = partial(read, _Notice)


def decide(facts: Facts, context: DecisionContext) -> InboxDecision:
    """One task for each title and fault, as all systems together see it."""
    decision, products = InboxDecision(), dict[str, Product]()
    groups: defaultdict[tuple[str, str], list[tuple[InboxItem, _Notice]]] = defaultdict(list)
    has_to = "isbn, fault, system and at, as the contract says"
    for item, notice, product in about_titles(facts, decision, _read, rule=RULE, lacks=has_to, unknown=_unknown_title):
        groups[notice.isbn, notice.fault].append((item, notice))
        products[notice.isbn] = product
    for isbn in sorted(products):
        decision.look_at(f"isbn:{isbn}")
    last = context.history(CONSONANCE, [_subject(*key) for key in groups])
    for (isbn, name), notices in groups.items():
        known = last.get(_subject(isbn, name))
        words = _heard(_WORDS.validate_json(known.labels["systems"]) if known else {}, notices)
        if known is None and not any(word.is_failing for word in words.values()):
            over = [item for item, _ in notices if "delivery.failure" in item.type or context.as_of - item.received_at >= WAITS]
            decision.closed += [Closed(item, "over before there was a task") for item in over]
            continue
        decision.tell(_task(name, words, products[isbn], facts.records(TeamMember, ()), context))
        decision.closed += [Closed(item) for item, _ in notices]
    return decision


def _heard(words: Words, notices: Sequence[tuple[InboxItem, _Notice]]) -> Words:
    """What all systems say now: the newest word of each; of two at the same moment, that it recovered."""
    for item, notice in sorted(notices, key=lambda pair: (pair[1].at, "recovered" in pair[0].type)):
        # A clock that runs ahead must not have the last word for ever.
        at, before = min(notice.at.astimezone(UTC), item.received_at), words.get(notice.system)
        is_failing = "delivery.failure" in item.type
        if before is not None and (at, not is_failing) <= (before.at, not before.is_failing):
            continue
        since = before.since if before is not None and before.is_failing == is_failing else at
        words[notice.system] = _Word(is_failing=is_failing, at=at, since=since, severity=notice.severity, code=notice.code)
    return words


def _task(name: str, words: Words, title: Product, team: Iterable[TeamMember], context: DecisionContext) -> Intent:
    rules, failing = context.config.notices, {system: word for system, word in sorted(words.items()) if word.is_failing}
    kind, isbn, until = rules.of(name), title.isbn13 or "", max(word.at for word in words.values())
    where = ", ".join(f"{system} ({word.code})" if word.code else system for system, word in failing.items())
    due = min((word.since + timedelta(days=rules.days(word.severity))).date() for word in (failing or words).values())
    status = "OPEN" if failing else "DONE"
    members: dict[str, object] = {
        "workId": title.work_id,
        "description": f"{kind.words}: {title.title[:200]} ({isbn}), " + (f"reported by {where}" if failing else "mended"),
        "assigneeContactId": _member(team, title.work_id, kind.owner, context) or rules.assignee(kind.owner, title.imprint),
        "dueOn": due.isoformat(),
        "completedOn": None if failing else until.date().isoformat(),
        "status": status,
        "tags": ["downstream", name],
    }
    remembered = {system: word.model_dump(mode="json") for system, word in sorted(words.items())}
    labels = {"isbn": isbn, "title": title.title[:200], "status": status, "systems": json.dumps(remembered, sort_keys=True)}
    reference = f"pn6:{isbn}:{name}"
    return intent("upsertTodo", reference, members, use_case=CASE.id, subject=_subject(isbn, name), as_of=until, labels=labels)


def _member(team: Iterable[TeamMember], work_id: int, role: str, context: DecisionContext) -> int | None:
    """The contact who has a role in a title's team now, by its name in any case; None where nobody is named."""
    day = context.as_of.date()
    on = (member.contact_id for member in team if (member.work_id, member.role) == (work_id, role.upper()) and member.is_on(day))
    return min(on, default=None)


def _subject(isbn: str, name: str) -> str:
    return f"isbn:{isbn}/{name}"


def _unknown_title(notice: _Notice) -> Finding:
    found = f"{notice.fault} at {notice.system} for an ISBN that Consonance does not have"
    remedy = "Have the ISBN corrected at the counterpart, or enter the title; the next notice about it is filed by itself."
    return fault(f"isbn:{notice.isbn}", RULE, "isbn", found, "an ISBN of ours", remedy, "metadata_specialist")


CASE = Inbound(
    id="push__downstream_exceptions",
    reads=(InboxItem,),
    gains=(Product, TeamMember),
    decide=decide,
    backfill="latest",
    writes=("upsertTodo",),
    systems=("xconnector",),
    types=("*delivery.failure.v1", "*delivery.recovered.v1"),
    read=_read,
)
