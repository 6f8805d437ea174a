"""XC-6, what other systems say of parties: taken over field by field from its owner, proposed, held for two persons, or listed.

A match is made by identifiers alone. What is only likely is proposed to a person, and so is a change of tax or bank details: the event
waits, parked, until it is decided on the desk. What was decided is remembered; a change of how somebody is paid then cools off.
"""

import hashlib
from collections.abc import Collection, Generator, Iterator

from colophon.blocks.decision import DecisionContext
from colophon.blocks.ids import PARTY_SYNC, PRODUCTION_ORDERS
from colophon.blocks.inbound import Closed, Inbound, read
from colophon.domain.contact import Contact
from colophon.domain.contact_fields import ContactFields
from colophon.domain.delivery import HistoryRow
from colophon.domain.facts import Facts
from colophon.domain.finding import Finding
from colophon.domain.inbox_item import InboxItem
from colophon.domain.our_contacts import OurContacts
from colophon.domain.party import Party
from colophon.domain.party_matching import Matcher
from colophon.ledger import Ledger
from colophon.orders import PRINT, still_to_come
from colophon.parties import BLOCKED, LINK, PAIR, PARTY
from colophon.sealing import Seal
from colophon.systems.xconnector.party_changed import PartySaid
from colophon.use_cases.xconnector.party_decision import PartyDecision, PartyEvent
from colophon.use_cases.xconnector.party_fields import fields, is_old, settle


def take(facts: Facts, context: DecisionContext) -> PartyDecision:
    """What other systems say of parties, event by event: taken over field by field, proposed, held for two persons, or listed."""
    plan = PartyDecision(known={str(note["name"]): note for note in context.remembered(PARTY)})
    seal = next(iter(facts.records(Seal, ())), None)
    for item in facts.records(InboxItem):
        said = read(PartySaid, item)
        if said is None:
            plan.park(item, rule="PY8", lacks="the members of party.changed")
            continue
        plan.look_at(f"party:{said.who}")
        waits = list(_dealt_with(PartyEvent(item, said, plan, context, seal), facts))
        if waits:
            plan.findings += waits[1:]
            plan.park(item, waits[0])
        else:
            plan.closed.append(Closed(item, "taken"))
    settle(plan, context)
    return plan


def _dealt_with(event: PartyEvent, facts: Facts) -> Iterator[Finding]:
    """What a person has to decide before an event is dealt with."""
    (matcher,) = facts.records(Matcher)
    contact = event.plan.known.get(f"{LINK}{event.said.who}", {}).get("contact")
    if contact is None or matcher.get(str(contact)) is None:
        contact = yield from _who(event, matcher)
    party = None if contact is None else matcher.get(str(contact))
    if party is not None:
        (ours,) = facts.records(OurContacts)
        yield from fields(event, int(party.key), ours.values(int(party.key)))
    event.plan.findings += _status(event, party, facts)


def _who(event: PartyEvent, matcher: Matcher) -> Generator[Finding, None, int | None]:
    """The contact that a party is; None: nobody knows, or a person has to say."""
    theirs = event.said.party()
    ids = hashlib.sha256(repr(sorted(theirs.ids)).encode()).hexdigest()[:16]  # "not the same" holds until one of them changes
    pairs = [note for name, note in event.plan.known.items() if name.startswith(f"{PAIR}{event.said.who}/")]
    match = matcher.look(theirs, {str(note["contact"]) for note in pairs if note["state"] == "other" and note["ids"] == ids})
    if match.verdict == "match":
        contact = int(match.candidates[0].key)
        event.plan.remember(f"{LINK}{event.said.who}", contact=contact, why="; ".join(match.candidates[0].reasons))
        return contact
    if match.verdict == "clash":
        contacts = ", ".join(f"contact {each.key} ({each.reasons[0]})" for each in match.candidates)
        yield event.wrong("PY1", "identifiers", f"{contacts}, with another name", "one party for one identifier")
    if match.verdict == "propose":
        of_event = {"events": [event.names_it], "system": event.said.system, "party": event.said.who.partition("/")[2]}
        for each in match.candidates:
            told = {"contact": int(each.key), "score": each.score, "reasons": list(each.reasons), "state": "proposed", "ids": ids}
            event.plan.remember(f"{PAIR}{event.said.who}/{each.key}", **told, **of_event)
        likely = ", ".join(f"contact {each.key} ({each.score}: {', '.join(each.reasons)})" for each in match.candidates)
        yield event.wrong("PY2", "party", f"likely {likely}", "a decision")
    return None


def _status(event: PartyEvent, party: Party | None, facts: Facts) -> Iterator[Finding]:
    """Who is deleted elsewhere; and whom the owner of vendors' status blocks, be it a contact of ours or not, with the orders that are open."""
    rules, said, status = event.context.config.ownership, event.said, (event.said.vendor_status or "").casefold()
    if status in rules.deleted and party is not None:
        yield event.wrong("PY6", "vendor_status", f"contact {party.key} is deleted at {said.system}", "a decision")
    name, at, is_blocked = f"{BLOCKED}{said.who}", min(said.changed_at("VENDOR_STATUS"), event.now), status in rules.blocked
    is_owner = rules.fields.get("VENDOR_STATUS") == said.system
    if not status or not is_owner or is_old(at, event.plan.known.get(name, {}).get("at")):
        return
    contact, called = (int(party.key), [party.display]) if party is not None else (None, [])
    called += [said.party().display] if is_blocked else []
    event.plan.remember(name, who=said.who, contact=contact, called=called, is_blocked=is_blocked, at=at)
    today, told = event.context.as_of.date(), facts.records(HistoryRow, ())
    if names := ", ".join(sorted(still_to_come(told, called, event.context.sent_json, today) if is_blocked else ())):
        who = f"contact {contact}" if contact else said.who
        yield event.wrong("PY5", "vendor_status", f"{who} is blocked; open: {names}", "no open orders")


def orders(ledger: Ledger, _context: DecisionContext, _isbns: Collection[str]) -> Iterator[HistoryRow]:
    """Every order that a printer was told of."""
    return iter(ledger.newest(PRODUCTION_ORDERS, PRINT))


BACK = Inbound(
    id=PARTY_SYNC,
    types=("*party.changed.v1",),
    read=lambda item: read(PartySaid, item),
    reads=(InboxItem,),
    gains=(Contact, ContactFields),
    recalled=orders,
    decide=take,
    reads_all=True,
    writes=("upsertContactFields",),
    backfill="full",
    systems=("xconnector",),
)
