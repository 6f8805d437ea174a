"""PN-6, downstream exceptions: what fails at a counterpart becomes one task in Consonance for that title and fault.

A fault is open as long as one system says so (`fault_words`); when all have recovered, the task is done.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

from colophon.blocks.decision import DecisionContext
from colophon.blocks.inbound import Closed, Inbound, InboxDecision, about_titles
from colophon.blocks.write_back import fault, intent
from colophon.domain.delivery import Intent
from colophon.domain.facts import Facts
from colophon.domain.finding import Finding
from colophon.domain.inbox_item import InboxItem
from colophon.domain.product import Product
from colophon.domain.team import TeamMember, holder
from colophon.systems.consonance.writes.operations import CONSONANCE
from colophon.use_cases.push.fault_words import WORDS, FaultNotice, Words, heard, read_notice, says_failing

RULE = "PN6"
WAITS = timedelta(days=1)
"""So long a recovery waits for failures that it may have overtaken."""


def decide(facts: Facts, context: DecisionContext) -> InboxDecision:
    """One task for each title and fault, as all systems together see it."""
    decision, products = InboxDecision(), dict[str, Product]()
    groups: defaultdict[tuple[str, str], list[tuple[InboxItem, FaultNotice]]] = defaultdict(list)
    has_to = "isbn, fault, system and at, as the contract says"
    for item, notice, product in about_titles(facts, decision, read_notice, rule=RULE, lacks=has_to, unknown=_unknown_title):
        groups[notice.isbn, notice.fault].append((item, notice))
        products[notice.isbn] = product
    for isbn in sorted(products):
        decision.look_at(f"isbn:{isbn}")
    last = context.history(CONSONANCE, [_subject(*key) for key in groups])
    for (isbn, name), notices in groups.items():
        known = last.get(_subject(isbn, name))
        words = heard(WORDS.validate_json(known.labels["systems"]) if known else {}, notices)
        if known is None and not any(word.is_failing for word in words.values()):
            over = [item for item, _ in notices if says_failing(item) or context.as_of - item.received_at >= WAITS]
            decision.closed += [Closed(item, "over before there was a task") for item in over]
            continue
        decision.tell(_task(name, words, products[isbn], facts.records(TeamMember, ()), context))
        decision.closed += [Closed(item) for item, _ in notices]
    return decision


def _task(name: str, words: Words, title: Product, team: Iterable[TeamMember], context: DecisionContext) -> Intent:
    rules, failing = context.config.notices, {system: word for system, word in sorted(words.items()) if word.is_failing}
    kind, isbn, until = rules.of(name), title.isbn13 or "", max(word.at for word in words.values())
    where = ", ".join(f"{system} ({word.code})" if word.code else system for system, word in failing.items())
    due = min((word.since + timedelta(days=rules.days(word.severity))).date() for word in (failing or words).values())
    assignee = holder(team, title.work_id, kind.owner.upper(), context.as_of.date()) or rules.assignee(kind.owner, title.imprint)
    status = "OPEN" if failing else "DONE"
    members: dict[str, object] = {
        "workId": title.work_id,
        "description": f"{kind.words}: {title.title[:200]} ({isbn}), " + (f"reported by {where}" if failing else "mended"),
        "assigneeContactId": assignee,
        "dueOn": due.isoformat(),
        "completedOn": None if failing else until.date().isoformat(),
        "status": status,
        "tags": ["downstream", name],
    }
    remembered = {system: word.model_dump(mode="json") for system, word in sorted(words.items())}
    labels = {"isbn": isbn, "title": title.title[:200], "status": status, "systems": json.dumps(remembered, sort_keys=True)}
    reference = f"pn6:{isbn}:{name}"
    return intent("upsertTodo", reference, members, use_case=CASE.id, subject=_subject(isbn, name), as_of=until, labels=labels)


def _subject(isbn: str, name: str) -> str:
    return f"isbn:{isbn}/{name}"


def _unknown_title(notice: FaultNotice) -> Finding:
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
    read=read_notice,
)
