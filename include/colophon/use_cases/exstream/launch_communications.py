"""EX-5, launch communications: what a title's plan says, to whom, on its day; and a correction to those whom a later date makes wrong.

Everything that is told on one day to one person is one message. Each part of it - a step, a correction, a cancellation - is a delivery of its
own that travels in the message, so that it is told once, whichever message it was in.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, NamedTuple

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.inbound import short
from colophon.blocks.letters import ASK, DueLetter, Letters, letter_fault, write_by_kind
from colophon.blocks.use_case import RIGHTS, RightsQuestion
from colophon.config import Config
from colophon.config.launch_plans import LaunchPlan, PlanStep
from colophon.config.letters import LetterTemplate, destinations
from colophon.domain.contact import Contact
from colophon.domain.contact_fields import ContactFields
from colophon.domain.facts import Facts
from colophon.domain.finding import Finding
from colophon.domain.launch import Launch
from colophon.domain.product import Product
from colophon.domain.todo import Todo
from colophon.launch.done import held_works, reached
from colophon.ledger import HistoryRow
from colophon.ledger.records import GONE, WAITING
from colophon.ledger.titles import ISBNS
from colophon.rights.atlas import Atlas
from colophon.use_cases.exstream.partner_updates import reached_by, recipients_as_partners
from colophon.use_cases.exstream.stage_letters import Title, recalled_by, titles, write_backs_of

CANCELLED, NOT_YET = "cancelled", frozenset({"01", "03"})
"""What was told of a title that does not come out; publishing statuses (List 64) with which nothing is told."""
FIRST = ("cancellation", "correction")


class _Part(NamedTuple):
    """One thing that somebody is to be told of a title, on `due_on`; `told` is the date of publication that it says."""

    contact_id: int
    name: str
    template: str
    title: Title
    scope: str
    told: str
    due_on: date
    version: str
    old: str = ""

    @property
    def subject(self) -> str:
        """How the ledger names it."""
        again = f"/{self.told}" if self.name in FIRST else ""
        return f"contact:{self.contact_id}/work:{self.title.work_id}/{self.name}{self.scope and ':'}{self.scope}{again}"

    @property
    def entry(self) -> dict[str, str]:
        """What the message says of it."""
        old = {"OldDate": self.old} if self.old else {}
        return {"Part": self.name, "Title": self.title.name, "Isbns": " ".join(self.title.isbns), "Date": self.told, **old}


class House(NamedTuple):
    """What a run goes by."""

    products: Mapping[int, list[Product]]
    titles: Mapping[int, Title]
    held: frozenset[int]
    stages: Collection[tuple[int, Any]]
    atlas: Atlas
    context: DecisionContext


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """One message for each person to whom something is due today."""
    house = house_of(facts, context)
    rows, today, findings = facts.records(HistoryRow), context.as_of.date(), list[Finding]()
    gone = {row.subject for row in rows if row.state not in {WAITING, *GONE}}
    parts = [part for part in [*_corrections(house, rows), *_steps(house, findings)] if part.subject not in gone and part.due_on <= today]
    people = defaultdict[int, dict[str, _Part]](dict)
    for part in parts:
        people[part.contact_id].setdefault(part.subject, part)
    out = {told.contact_id for told in facts.records(ContactFields, ()) if told.has_opted_out}
    messages = [_message(contact_id, list(due.values())) for contact_id, due in sorted(people.items()) if contact_id not in out]
    kinds = context.config.launch_communications.templates
    recipients = recipients_as_partners(facts, context.config.partners.values())
    plan = write_by_kind(messages, facts, context, case=CASE, kinds=kinds, recipients=recipients)
    first = min(plan.judged)
    for contact_id in sorted(out & people.keys()):
        plan.judged[first].append(f"contact:{contact_id}")
        plan.out_of_scope.setdefault(first, {})[f"contact:{contact_id}"] = "has opted out"
    for letter in list(plan.intents):
        for part in people[int(letter.labels["contact"])].values():
            labels = {
                "title": part.title.name[:200],
                "work": str(part.title.work_id),
                "scope": part.scope,
                "told": part.told,
                "to": str(part.contact_id),
            }
            content = json.dumps({"part": part.name, "told": part.told, "old": part.old}).encode()
            own = replace(
                letter, subject=part.subject, content=content, labels=labels | {"template": part.template}, carrier=letter.subject
            )
            plan.intents.append(own)
            plan.judged[letter.destination].append(part.subject)
    for finding in findings:
        plan.findings.append(finding)
        plan.judged[finding.blocks].append(finding.subject)
    plan.everything = frozenset(templates(context.config))
    return plan


def house_of(facts: Facts, context: DecisionContext) -> House:
    """The titles of a run, with what holds them."""
    by_work = defaultdict[int, list[Product]](list)
    for product in facts.records(Product):
        by_work[product.work_id].append(product)
    held = held_works(facts.records(Launch, ()))
    stages = reached(facts.records(Todo, ()), context.as_of.date())
    return House(by_work, titles(facts.records(Product)), held, stages, Atlas.load(context.config.publisher.code_lists), context)


def _steps(house: House, findings: list[Finding]) -> Iterator[_Part]:
    """What plans say of titles that come out and are not on hold; a step that was missed as its plan says."""
    config, today, asked = house.context.config, house.context.as_of.date(), house.context.params.get("late") or ()
    for due in schedule(house, config.launch_plans.values()):
        step, late = due.step, (today - due.due_on).days
        if late < 0 or not is_useful(step, late, due.day, today):
            continue
        if late > step.grace and step.late == "ask" and f"work:{due.title.work_id}/{step.id}" not in asked:
            found = f"due on {due.due_on} and missed"
            place = min(destinations({step.template: config.launch_communications.templates[step.template]}))
            subject = f"work:{due.title.work_id}/{step.id}"
            findings.append(letter_fault(ASK, subject, "step", found, house.context, blocks=place, imprint=due.title.imprint))
            continue
        for contact_id in audience(due, house):
            yield _Part(contact_id, step.id, step.template, due.title, due.scope, due.day.isoformat(), due.due_on, due.version)


class Due(NamedTuple):
    """A step of a plan for a title: its day by the title's date."""

    step: PlanStep
    version: str
    title: Title
    products: list[Product]
    day: date
    due_on: date

    @property
    def scope(self) -> str:
        """The formats that it is about, empty: all."""
        return "+".join(self.step.formats)


def schedule(house: House, plans: Iterable[LaunchPlan]) -> Iterator[Due]:
    """Every step of some plans, past and to come, of titles that come out and are not on hold."""
    today = house.context.as_of.date()
    for plan in plans:
        for work_id, title in house.titles.items():
            if work_id in house.held or (plan.imprints and title.imprint not in plan.imprints):
                continue
            for step in plan.steps:
                products = _products(house, work_id, step.formats)
                day = _day(products, today - timedelta(days=plan.until))
                if day is not None and (step.after is None or (work_id, step.after) in house.stages):
                    yield Due(step, plan.version, title, products, day, day + timedelta(days=step.at))


def is_useful(step: PlanStep, late: int, day: date, today: date) -> bool:
    """Whether it may go still, so many days after its own."""
    if late > step.max_late or (step.at < 0 and today >= day):
        return False
    return late <= step.grace or step.late != "skip"


def _corrections(house: House, rows: Iterable[HistoryRow]) -> Iterator[_Part]:
    """For whoever was told a date that holds no more: the new one, or that there is none. Nothing for a title on hold that may come still."""
    config, today = house.context.config, house.context.as_of.date()
    ended, until = config.launch_communications.ended, max((plan.until for plan in config.launch_plans.values()), default=0)
    last: dict[tuple[str, str, str], HistoryRow] = {}
    for row in sorted(
        (row for row in rows if "told" in row.labels and row.state not in {WAITING, *GONE}), key=lambda row: (row.as_of, row.subject)
    ):
        last[row.labels["to"], row.labels["work"], row.labels["scope"]] = row
    for (contact, work, scope), row in last.items():
        work_id, told = int(work), row.labels["told"]
        title, formats = house.titles.get(work_id), tuple(filter(None, scope.split("+")))
        products = _products(house, work_id, formats, everything=True)
        if title is None or not products:
            continue
        is_over = all(product.publishing_status == "01" for product in products)
        coming = _products(house, work_id, formats)
        day = _day(coming, today - timedelta(days=until))
        now = CANCELLED if is_over else day.isoformat() if day else told
        is_past = now < today.isoformat() and told < today.isoformat()  # it has come out: no date is news any more
        is_true = told == now or (not is_over and told in {str(product.publication_on) for product in coming})
        if is_true or (not is_over and (is_past or work_id in house.held)):
            continue
        name = "cancellation" if is_over else "correction"
        yield _Part(int(contact), name, ended, title, scope, now, today, "", old=told)


def _day(products: Iterable[Product], since: date) -> date | None:
    """The first day on which one of them comes out, and of which a plan may still speak; of what is out long ago the last day."""
    days = sorted(product.publication_on for product in products if product.publication_on)
    return next((day for day in days if day >= since), days[-1] if days else None)


def _products(house: House, work_id: int, formats: tuple[str, ...], *, everything: bool = False) -> list[Product]:
    """Products of a work that are to come out, of some formats; or all of them."""
    there = [product for product in house.products.get(work_id, ()) if not formats or product.form_code in formats]
    return [product for product in there if everything or product.publishing_status not in {None, *NOT_YET}]


def audience(due: Due, house: House) -> Iterator[int]:
    """Contacts who hear of a step; a partner only where it may sell one of the products on the day."""
    step = due.step
    if step.to == "contributors":
        yield from due.title.contributors(step.roles)
    elif step.to == "contacts":
        yield from step.contacts
    else:
        for partner in house.context.config.partners.values():
            may_sell = any(reached_by(partner, product, due.day, house.atlas, house.context) for product in due.products)
            if partner.active and may_sell and (not step.kinds or partner.kind in step.kinds):
                yield from partner.contacts


def _message(contact_id: int, parts: list[_Part]) -> DueLetter:
    """By the template of what matters most in it: a cancellation, a correction, and then what was due first."""
    ordered = sorted(parts, key=lambda part: (part.name != FIRST[0], part.name != FIRST[1], part.due_on, part.subject))
    entries, first = [part.entry for part in ordered], ordered[0]
    subject = f"contact:{contact_id}/message/{short(json.dumps(entries, sort_keys=True))}"
    names = dict.fromkeys(part.title.name for part in ordered)
    labels = {
        "title": ", ".join(names)[:200],
        "contact": str(contact_id),
        "work": str(first.title.work_id),
        "kind": first.name,
        "plan": first.version,
    }
    isbns = dict.fromkeys(isbn for part in ordered for isbn in part.title.isbns)
    return DueLetter(
        kind=first.template, subject=subject, contact_id=contact_id, data={"Kind": first.name, "Parts": entries},
        labels={**labels, ISBNS: " ".join(isbns)[:900]}, imprint=first.title.imprint,
    )  # fmt: skip


def templates(config: Config) -> Mapping[str, LetterTemplate]:
    """The templates that steps name."""
    return destinations(config.launch_communications.templates)


def _tries(facts: Facts, context: DecisionContext) -> list[str]:
    from colophon.use_cases.exstream.launch_changes import tries  # which goes by the schedule above

    return tries(facts, context)


CASE = Letters(
    id="exstream__launch_communications",
    reads=(Product,),
    gains=(Launch, Todo, Contact, ContactFields, HistoryRow),
    upstream=RIGHTS,
    rights=RightsQuestion(lambda config: {partner.sale_channel for partner in config.partners.values()}),
    recalled=recalled_by(templates, "exstream__launch_communications"),
    decide=decide,
    backfill="silent",
    reads_all=True,
    writes=("recordCommunication",),
    systems=("opentext_exstream",),
    templates=templates,
    tries=_tries,
)

write_backs = write_backs_of(templates, CASE.id, "ex5")
