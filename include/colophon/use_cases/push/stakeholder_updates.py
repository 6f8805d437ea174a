"""PN-7, stakeholder updates: authors, agents and others outside hear of milestones of their titles, with their consent, and of nothing else.

What is said is made of the allow-list alone (`stakeholders.sayable`): no other field has a way into a message or onto its page.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.notice import Notice
from colophon.blocks.notices import NO_CONSENT, PEOPLE, Audience, address, finding, who
from colophon.blocks.use_case import UseCase
from colophon.config.outside import Update
from colophon.domain.contact_fields import ContactFields
from colophon.domain.contract import Contract
from colophon.domain.facts import Facts
from colophon.domain.finding import Finding
from colophon.domain.launch import Launch
from colophon.domain.product import Product
from colophon.domain.team import TeamMember
from colophon.domain.todo import Todo
from colophon.page_links import PageKeys, page_id
from colophon.use_cases.push.stakeholder_events import EVENTS, Event, events, remembered
from colophon.use_cases.push.stakeholders import announced, outsiders, page_ends, page_of, sayable

PAGES = "pages"
"""Under which name the plan has the pages that may be seen until the next run, by their ids."""


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """Each milestone once to everybody outside who works on the title, hears of its kind and has consented; and the pages that they may see."""
    rules, today, products = context.config.stakeholder_updates, context.as_of.date(), facts.records(Product)
    known = remembered(events(facts.records(Todo), facts.records(Contract, ()), products, today), context)
    keys = next(iter(facts.records(PageKeys)), PageKeys(())) if PageKeys in facts else PageKeys(())
    people, public = outsiders(products, rules, today), announced(products, facts.records(Launch, ()), today)
    inside = {(member.work_id, member.contact_id) for member in facts.records(TeamMember, ()) if member.is_on(today)}
    first = {product.work_id: product for product in sorted(products, key=lambda product: (not product.isbn13, product.id), reverse=True)}
    notices, pages, silent, without_word = list[Notice](), dict[str, Any](), dict[str, str](), list[Finding]()
    for event, row in known:
        for contact_id, roles in sorted(people.get(event.work_id, {}).items()):
            update = Update.PUBLICATION_MOVED if row["moved"] else event.update
            is_asked = any(update in rules.milestones[role] for role in roles) and (event.work_id, contact_id) not in inside
            if not row["seen"] or not is_asked:
                continue
            person, expires = str(contact_id), page_ends(datetime.fromisoformat(row["seen"]), event, rules.link_days)
            if expires <= context.as_of:
                continue
            if why := _why_not(person, context):
                silent[f"{who(person)}/{event.subject}"] = why
                without_word += [_no_consent(person)] if context.person(person).has_consented is None else []
                continue
            said = sayable(event, update, first.get(event.work_id), rules, is_announced=event.work_id in public)
            told_as = row.get("told_as", event.occurrence)
            page = page_id(who(person), event.subject, told_as)
            notices.append(_notice(event, told_as, person, said, keys.link(page, expires)))
            pages[page] = page_of(said, person, expires, context)
    records = {f"work:{product.work_id}" for product in products} | {event.record for event, _ in known}
    records |= {todo.subject for todo in facts.records(Todo)} | {contract.subject for contract in facts.records(Contract, ())}
    audience = Audience((), {}, rules.digest_above, keeps_hours=True)
    told = address(notices, (), audience, context, use_case=CASE.id, records=records)
    judged = sorted({*told.judged[PEOPLE], *silent, *(each.subject for each in without_word)})
    settled = sorted(set(judged) - {intent.subject for intent in told.intents} - silent.keys())
    memory = {EVENTS: {event.subject: row for event, row in known}, PAGES: pages}
    return replace(
        told,
        findings=[*told.findings, *dict.fromkeys(without_word)],
        judged={PEOPLE: judged},
        settled={PEOPLE: settled},
        out_of_scope={PEOPLE: silent},
        memory=memory,
    )


def _why_not(person: str, context: DecisionContext) -> str:
    """Why somebody is told nothing at all; empty: they are."""
    known = context.person(person)
    if barred := known.barred(context.as_of.date()):
        return str(barred)
    return "" if known.has_consented else "consent refused" if known.has_consented is False else "no consent recorded"


def _no_consent(person: str) -> Finding:
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
