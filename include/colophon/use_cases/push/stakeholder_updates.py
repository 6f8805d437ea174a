"""PN-7, stakeholder updates: authors, agents and others outside hear of milestones of their titles, with their consent, and of nothing else.

What is said is made of the allow-list alone (`stakeholders.sayable`): no other field has a way into a message or onto its page.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.notice import Notice
from colophon.blocks.notices import NO_CONSENT, PEOPLE, Audience, address, finding, who
from colophon.blocks.use_case import UseCase
from colophon.config.outside import Update
from colophon.domain.contact_fields import ContactFields
from colophon.domain.contract import Contract
from colophon.domain.facts import Facts
from colophon.domain.launch import Launch
from colophon.domain.product import Product
from colophon.domain.team import TeamMember
from colophon.domain.todo import Todo
from colophon.page_links import PageKeys, page_id
from colophon.use_cases.push.stakeholders import Event, announced, events, outsiders, sayable

MOST_DAYS = 60
"""So long at most a page can be seen because something is wanted back."""
EVENTS, PAGES = "events", "pages"
"""What the next run has to know, and which pages may be seen until then, by their ids."""


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """Each milestone once to everybody outside who works on the title, hears of its kind and has consented; and the pages that they may see."""
    rules, today, products = context.config.stakeholder_updates, context.as_of.date(), facts.records(Product)
    known = _remembered(events(facts.records(Todo), facts.records(Contract, ()), products, today), context)
    keys = next(iter(facts.records(PageKeys)), PageKeys(())) if PageKeys in facts else PageKeys(())
    people, public = outsiders(products, rules, today), announced(products, facts.records(Launch, ()), today)
    inside = {(member.work_id, member.contact_id) for member in facts.records(TeamMember, ()) if member.is_on(today)}
    first = {product.work_id: product for product in sorted(products, key=lambda product: (not product.isbn13, product.id), reverse=True)}
    notices, pages, silent = list[Notice](), dict[str, Any](), dict[str, str]()
    plan = Plan()
    for event, row in known:
        for contact_id, roles in sorted(people.get(event.work_id, {}).items()):
            update = Update.PUBLICATION_MOVED if row["moved"] else event.update
            is_asked = any(update in rules.milestones[role] for role in roles) and (event.work_id, contact_id) not in inside
            if not row["seen"] or not is_asked:
                continue
            person, expires = str(contact_id), _expires(datetime.fromisoformat(row["seen"]), event, rules.link_days)
            if expires <= context.as_of:
                continue
            if why := _why_not(person, context):
                silent[f"{who(person)}/{event.subject}"] = why
                plan.findings += [_no_consent(person)] if context.person(person).has_consented is None else []
                continue
            said = sayable(event, update, first.get(event.work_id), rules, is_announced=event.work_id in public)
            told_as = row.get("told_as", event.occurrence)
            page = page_id(who(person), event.subject, told_as)
            notices.append(_notice(event, told_as, person, said, keys.link(page, expires)))
            pages[page] = _page(said, person, expires, context)
    records = {f"work:{product.work_id}" for product in products} | {event.record for event, _ in known}
    records |= {todo.subject for todo in facts.records(Todo)} | {contract.subject for contract in facts.records(Contract, ())}
    audience = Audience((), {}, rules.digest_above, keeps_hours=True)
    told = address(notices, (), audience, context, use_case=CASE.id, records=records)
    judged = sorted({*told.judged[PEOPLE], *silent, *(each.subject for each in plan.findings)})
    settled = sorted(set(judged) - {intent.subject for intent in told.intents} - silent.keys())
    memory = {EVENTS: {event.subject: row for event, row in known}, PAGES: pages}
    return replace(
        told,
        findings=[*told.findings, *dict.fromkeys(plan.findings)],
        judged={PEOPLE: judged},
        settled={PEOPLE: settled},
        out_of_scope={PEOPLE: silent},
        memory=memory,
    )


def _remembered(found: Any, context: DecisionContext) -> list[tuple[Event, dict[str, Any]]]:
    """What has happened, each with since when it is known: empty for what was so before anybody looked.

    `moved`: it had another day. `told_as`: each move is told, also one back to a day that was told before.
    """
    before, now = context.memory.get(EVENTS), context.as_of.isoformat()
    since = (context.since or context.as_of).date()
    rows = list[tuple[Event, dict[str, Any]]]()
    for event in sorted(found, key=lambda each: (each.subject, each.occurrence)):
        row = (before or {}).get(event.subject)
        is_publication = event.update is Update.PUBLICATION_CONFIRMED
        if row and row["occurrence"] == event.occurrence:
            rows.append((event, row))
        elif before is None:
            rows.append((event, _row(event, now if event.on >= since and not is_publication else "", is_moved=False)))
        else:
            rows.append((event, _row(event, now, is_moved=is_publication and row is not None)))
    return list({event.subject: (event, row) for event, row in rows}.values())  # a publication is confirmed by many a to-do


def _expires(seen: datetime, event: Event, days: int) -> datetime:
    """Until when its page can be seen: so many days, or to the end of the day on which something is wanted back."""
    last = seen + timedelta(days=days)
    if event.due_on is None:
        return last
    due_on = min(event.due_on, seen.date() + timedelta(days=MOST_DAYS))
    return max(last, datetime.combine(due_on + timedelta(days=1), time(), UTC))


def _row(event: Event, seen: str, *, is_moved: bool) -> dict[str, Any]:
    return {"occurrence": event.occurrence, "seen": seen, "moved": is_moved, "told_as": seen if is_moved else event.occurrence}


def _why_not(person: str, context: DecisionContext) -> str:
    """Why somebody is told nothing at all; empty: they are."""
    known = context.person(person)
    if barred := known.barred(context.as_of.date()):
        return str(barred)
    return "" if known.has_consented else "consent refused" if known.has_consented is False else "no consent recorded"


def _no_consent(person: str) -> Any:
    return finding(
        NO_CONSENT, who(person), "consent", f"none of contact {person} is recorded", "consent to be told of milestones, or a refusal"
    )


def _notice(event: Event, occurrence: str, person: str, said: Mapping[str, Any], link: str) -> Notice:
    return Notice(
        subject=event.subject,
        occurrence=occurrence,
        work_id=0,  # no link of ours
        kind="stakeholder_update",
        fields={**said, "page_link": link},
        data={"kind": "update", "milestone": str(said["milestone"]).removeprefix("update_")},
        people=(person,),
    )


def _page(said: Mapping[str, Any], person: str, expires: datetime, context: DecisionContext) -> dict[str, Any]:
    """What the page says, in its reader's language; `until` is the last whole day on which it can be seen."""
    language = context.person(person).language or context.config.publisher.default_language
    last: date = (expires.astimezone(UTC) - timedelta(days=1)).date()
    text = context.config.words.text("stakeholder_page", language, {**said, "until": last}, {"work_link": "", "desk_url": ""})
    facts = [[name.strip(), value.strip()] for name, _, value in (line.partition(":") for line in text.body.splitlines()) if value.strip()]
    words = {"language": context.config.words.language("stakeholder_page", language), "title": text.title, "facts": facts}
    words |= {"line": text.line, "publisher": context.config.publisher.name}
    return {**words, "expires": expires.isoformat(), "reader": hashlib.sha256(person.encode()).hexdigest()}


CASE = UseCase(
    id="push__stakeholder_updates",
    reads=(Todo, Product, ContactFields),
    gains=(Contract, TeamMember, Launch),
    decide=decide,
    backfill="silent",
    reads_all=True,
    tells_people=True,
    systems=("opentext_push", "people"),
)
