"""EX-5, launch communications: what a title's plan says, to whom, on its day; and a correction to those whom a later date makes wrong.

Everything that is told on one day to one person is one message. Each part of it - a step, a correction, a cancellation - is a delivery of its
own that travels in the message, so that it is told once, whichever message it was in.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from colophon.blocks.decision import DecisionContext, Plan, RightsQuestion
from colophon.blocks.letter import ASK, UNHEARD, letter_fault, opted_out
from colophon.blocks.letters import Letters, write_by_kind
from colophon.blocks.use_case import RIGHTS
from colophon.blocks.write_back import short
from colophon.config import Config
from colophon.config.letters import LetterTemplate, destinations
from colophon.domain.contact import Contact
from colophon.domain.contact_fields import ContactFields
from colophon.domain.delivery import HistoryRow
from colophon.domain.delivery_states import BOUNCED, WAITING
from colophon.domain.facts import Facts
from colophon.domain.finding import Finding
from colophon.domain.launch import Launch
from colophon.domain.product import Product
from colophon.domain.todo import Todo
from colophon.use_cases.exstream.launch_changes import tries
from colophon.use_cases.exstream.launch_messages import Part, message
from colophon.use_cases.exstream.launch_schedule import CANCELLED, House, audience, house_of, is_useful, schedule, true_now
from colophon.use_cases.exstream.partner_views import recipients_as_partners
from colophon.use_cases.exstream.stage_letters import followed


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """One message for each person to whom something is due today."""
    house = house_of(facts, context)
    rows, findings = facts.records(HistoryRow), list[Finding]()
    gone = {row.subject for row in rows if row.state not in {WAITING, BOUNCED}}
    corrections = [part for part in _corrections(house, rows) if part.subject not in gone]
    parts = [*corrections, *_steps(house, gone, findings)]
    people = defaultdict[int, dict[str, Part]](dict)
    for part in parts:
        people[part.contact_id].setdefault(part.subject, part)
    messages = [message(contact_id, list(due.values()), rows) for contact_id, due in sorted(people.items())]
    kinds = context.config.launch_communications.templates
    recipients = recipients_as_partners(facts, context.config.partners.values())
    plan = write_by_kind(messages, facts, context, case=CASE, kinds=kinds, recipients=recipients, out=opted_out(facts))
    for letter in list(plan.intents):
        for part in people[int(letter.labels["contact"])].values():
            once = short(letter.subject, letter.occurrence)
            carried = replace(
                letter, subject=part.subject, content=part.content, labels=part.labels, carrier=letter.subject, occurrence=once
            )
            plan.intents.append(carried)
            plan.judged[letter.destination].append(part.subject)
    for finding in findings:
        plan.findings.append(finding)
        plan.judged[finding.blocks].append(finding.subject)
    plan.everything = frozenset(templates(context.config))
    return plan


def _steps(house: House, gone: Collection[str], findings: list[Finding]) -> Iterator[Part]:
    """What plans say of titles that come out and are not on hold, to whoever has not heard it; what was missed as its plan says."""
    config, today, asked = house.context.config, house.context.as_of.date(), house.context.params.get("late") or ()
    for due in schedule(house, config.launch_plans.values()):
        step, late = due.step, (today - due.due_on).days
        if late < 0 or not is_useful(step, late, due.day, today):
            continue
        parts = [
            Part(contact_id, step.id, step.template, due.title, due.scope, due.day.isoformat(), due.due_on, due.version)
            for contact_id in audience(due, house)
        ]
        parts = [part for part in parts if part.subject not in gone]
        if parts and late > step.grace and step.late == "ask" and f"work:{due.title.work_id}/{step.id}" not in asked:
            found = f"due on {due.due_on} and missed"
            place = min(destinations({step.template: config.launch_communications.templates[step.template]}))
            subject = f"work:{due.title.work_id}/{step.id}"
            findings.append(letter_fault(ASK, subject, "step", found, house.context, blocks=place, imprint=due.title.imprint))
            continue
        yield from parts


def _corrections(house: House, rows: Iterable[HistoryRow]) -> Iterator[Part]:
    """For whoever was told a date that holds no more: the new one, or that there is none. Nothing for a title on hold that may come still."""
    config, today = house.context.config, house.context.as_of.date()
    last: dict[tuple[str, str, str], HistoryRow] = {}
    heard = (row for row in rows if "told" in row.labels and row.state not in UNHEARD)
    for row in sorted(heard, key=lambda row: (row.as_of, row.subject)):
        last[row.labels["to"], row.labels["work"], row.labels["scope"]] = row
    for (contact, work, scope), row in last.items():
        work_id, told = int(work), row.labels["told"]
        title, now = house.titles.get(work_id), true_now(house, work_id, tuple(filter(None, scope.split("+"))), told)
        if title is None or now == told or (now != CANCELLED and work_id in house.held):
            continue
        name = "cancellation" if now == CANCELLED else "correction"
        ended = config.launch_communications.ended
        yield Part(int(contact), name, ended, title, scope, now, today, "", old=told, mends=row.delivery_id)


def templates(config: Config) -> Mapping[str, LetterTemplate]:
    """The templates that steps name."""
    return destinations(config.launch_communications.templates)


CASE = followed(
    Letters(
        id="exstream__launch_communications",
        reads=(Product,),
        gains=(Launch, Todo, Contact, ContactFields, HistoryRow),
        upstream=RIGHTS,
        rights=RightsQuestion(lambda config: {partner.sale_channel for partner in config.partners.values()}),
        decide=decide,
        backfill="silent",
        reads_all=True,
        writes=("recordCommunication",),
        systems=("opentext_exstream",),
        templates=templates,
        tries=tries,
    ),
    "ex5",
    is_advertising=True,
)
