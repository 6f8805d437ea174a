"""XC-6, party sync: contacts go to the systems that know them as well, when these have something else of them, or said something that gave way.

What these systems say comes back by `party_inbound`.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.ids import PARTY_SYNC
from colophon.blocks.use_case import UseCase
from colophon.domain.contact import Contact
from colophon.domain.contact_fields import ContactFields
from colophon.domain.facts import Facts
from colophon.domain.our_contacts import ADDRESS, OurContacts
from colophon.parties import LOST
from colophon.systems.xconnector.planned import event

UPSERTED = "party.upserted"
AFTER = "gave_way"
"""Label: the events of which a value gave way to ours, and which were answered by telling ours again."""


def decide(facts: Facts, context: DecisionContext) -> Plan:
    """Each contact to each system that is told of parties, where it has something else, or said something that gave way to ours."""
    plan, ours = Plan(), OurContacts(facts.records(Contact), facts.records(ContactFields, ()))
    lost = defaultdict[str, set[str]](set)
    for note in context.remembered(LOST):
        lost[str(note["contact"])].add(str(note["event"]))
    contacts = [contact for contact in facts.records(Contact) if contact.name]
    for recipient in context.config.routes_of(UPSERTED):
        history = context.history(recipient, [f"party:{contact.id}" for contact in contacts])
        for contact in contacts:
            subject, data = f"party:{contact.id}", _told(contact, ours.values(contact.id))
            last, after = history.get(subject), _as_one(lost[str(contact.id)])
            is_told = last is not None and after in {last.occurrence, last.labels.get(AFTER, "")}
            labels, occurrence = {"contact": str(contact.id), AFTER: after}, "" if is_told else after
            plan.intents.append(event(CASE.id, recipient, subject, UPSERTED, data, context.as_of, labels=labels, occurrence=occurrence))
        plan.judged[recipient] = [f"party:{contact.id}" for contact in contacts]
    return plan


def _told(contact: Contact, values: Mapping[str, str | None]) -> dict[str, Any]:
    """A contact as others are told of it: whole, and without tax and bank details, which are not ours to tell."""
    names = {"isni": values["ISNI"], "customer_id": contact.customer_id, "supplier_id": contact.supplier_id, "email": values["EMAIL"]}
    address = {part: values[field] for part, field in ADDRESS.items()}
    return {
        "partyId": contact.id,
        "names": {"display": contact.name, "inverted": None, "organisation": contact.name if contact.is_organisation else None},
        "identifiers": [{"type": kind, "value": value} for kind, value in names.items() if value],
        "addresses": [{**address, "kind": "post"}] if any(address.values()) else [],
        "taxStatus": None,
        "paymentPreference": None,
        "vendorStatus": None,
        "fieldTimes": {},
    }


def _as_one(events: Collection[str]) -> str:
    """Events by one name; empty where there are none."""
    return hashlib.sha256(" ".join(sorted(events)).encode()).hexdigest()[:16] if len(events) > 1 else "".join(events)


CASE = UseCase(
    id=PARTY_SYNC,
    reads=(Contact,),
    gains=(ContactFields,),
    decide=decide,
    reads_all=True,  # contacts tell no changes
    backfill="latest",
    systems=("xconnector",),
)
