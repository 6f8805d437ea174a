"""XC-6, what other systems say of parties: taken over field by field from its owner, proposed, held for two persons, or listed.

A match is made by identifiers alone. What is only likely is proposed to a person, and so is a change of tax or bank details: the event
waits, parked, until it is decided on the desk. What was decided is remembered; a change of how somebody is paid then cools off.
"""

import hashlib
import json
from collections.abc import Collection, Generator, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from colophon.blocks.decision import DecisionContext
from colophon.blocks.inbound import Closed, Inbound, read
from colophon.blocks.ownership import Owner, changes
from colophon.config.ownership import PAID_BY
from colophon.domain.contact import Contact
from colophon.domain.contact_fields import ContactFields
from colophon.domain.facts import Facts
from colophon.domain.finding import Finding
from colophon.domain.party import Party, is_same_house
from colophon.ledger import HistoryRow, Ledger
from colophon.ledger.inbox import InboxItem
from colophon.ledger.records import WAITING, reached
from colophon.orders import PRINT
from colophon.orders import USE_CASE as ORDERS
from colophon.parties import AGREED, BLOCKED, HELD, LINK, LOST, OPEN, PAIR, PARTY, VOID, WRITTEN
from colophon.sealing import Seal
from colophon.use_cases.xconnector.party_decision import USE_CASE, PartyDecision, wrong
from colophon.use_cases.xconnector.party_matching import Matcher
from colophon.use_cases.xconnector.party_records import PARTS, OurValues, PartySaid, faults_of, moment_of


def take(facts: Facts, context: DecisionContext) -> PartyDecision:
    """What other systems say of parties, event by event: taken over field by field, proposed, held for two persons, or listed."""
    plan, notes = PartyDecision(), {str(note["name"]): note for note in context.remembered(PARTY)}
    for item in facts.records(InboxItem):
        said = read(PartySaid, item)
        if said is None:
            plan.park(item, rule="PY8", lacks="the members of party.changed")
            continue
        plan.look_at(f"party:{said.who}")
        waits = list(_Taking(facts, context, plan, notes, item, said).work())
        if waits:
            plan.findings += waits[1:]
            plan.park(item, waits[0])
        else:
            plan.closed.append(Closed(item, "taken"))
        notes |= plan.notes
    plan.settle(notes, context)
    return plan


@dataclass
class _Taking:
    """One event: who it is about, and what of it is taken over."""

    facts: Facts
    context: DecisionContext
    plan: PartyDecision
    notes: Mapping[str, Mapping[str, Any]]
    item: InboxItem
    said: PartySaid

    def work(self) -> Iterator[Finding]:
        """What a person has to decide before the event is dealt with."""
        contact = self.notes.get(f"{LINK}{self.said.who}", {}).get("contact")
        (matcher,) = self.facts.records(Matcher)
        if contact is None or matcher.get(str(contact)) is None:
            contact = yield from self._who(matcher)
        if contact is not None:
            yield from self._fields(int(contact), matcher.get(str(contact)))

    def _who(self, matcher: Matcher) -> Any:
        pairs = [note for name, note in self.notes.items() if name.startswith(f"{PAIR}{self.said.who}/")]
        never = {str(note["contact"]) for note in pairs if note["state"] == "other" and note["ids"] == self._ids()}
        match = matcher.look(self.said.party(), never)
        if match.verdict == "match":
            self.plan.remember(f"{LINK}{self.said.who}", contact=int(match.candidates[0].key), why="; ".join(match.candidates[0].reasons))
            return match.candidates[0].key
        if match.verdict == "clash":
            contacts = ", ".join(f"contact {each.key} ({each.reasons[0]})" for each in match.candidates)
            yield self._finding("PY1", "identifiers", f"{contacts}, with another name", "one party for one identifier")
        for each in match.candidates if match.verdict == "propose" else ():
            told = {"contact": int(each.key), "score": each.score, "reasons": list(each.reasons), "state": "proposed", "ids": self._ids()}
            self.plan.remember(f"{PAIR}{self.said.who}/{each.key}", **told, **self._event())
        if match.verdict == "propose":
            likely = ", ".join(f"contact {each.key} ({each.score}: {', '.join(each.reasons)})" for each in match.candidates)
            yield self._finding("PY2", "party", f"likely {likely}", "a decision")
        return None

    def _fields(self, contact: int, party: Party | None) -> Iterator[Finding]:
        """Field by field by its owner; what is older than what was taken is left out."""
        rules, (ours,) = self.context.config.ownership, self.facts.records(OurValues)
        theirs, mine = self.said.values(self._seal), ours.of(contact)
        name = f"{AGREED}{self.said.who}"
        seen, times = dict(self.notes.get(name, {}).get("seen", {})), dict(self.notes.get(name, {}).get("times", {}))
        faulty = set(faults_of(self.said, theirs, self._seal))
        for each in sorted(faulty):
            yield self._finding("PY7", each, "wrong check digits", "a number that can be right")
        new = {each: value for each, value in theirs.items() if value and each not in faulty and not self._is_old(each, times)}
        times |= {each: min(time, self._now) for each in new if (time := self.said.changed_at(each))}
        for each in sorted(new.keys() & rules.sealed):
            is_theirs = rules.fields.get(each) == self.said.system
            if (
                is_theirs
                and self._is_news(contact, each, new[each], seen.get(each))
                and (yield from self._sealed(contact, each, new[each]))
            ):
                seen[each] = new[each]
        owners = {
            each: Owner.THEIRS if rules.fields[each] == self.said.system else Owner.OURS  # what a third one owns, we hold for it
            for each in new.keys() - rules.sealed
            if rules.fields.get(each) == self.said.system or (each in rules.fields and each in mine)
        }
        told = {each: _mark(contact, new[each]) for each in owners}
        known = {each: _mark(contact, mine[each]) if each in mine else seen.get(f"ours {each}") for each in owners}
        before = {each: _before(each, owner, told[each], known[each], seen) for each, owner in owners.items()}
        for change in changes(owners, agreed=before, ours=known, theirs=told):
            is_theirs = change.side is Owner.OURS
            if is_theirs:
                self.plan.write(contact, self.said.system, change.field, new[change.field], self._at(change.field), self.context)
            if change.is_overruled:
                self._lose(contact, change.field, mine.get(change.field) if is_theirs else new[change.field], is_theirs=is_theirs)
        seen |= told | {f"ours {each}": known[each] if each in mine else told[each] for each in owners}
        self.plan.remember(name, seen=seen, times=times)
        self._status(contact, party, new.get("VENDOR_STATUS") or "")

    def _is_news(self, contact: int, name: str, value: str, seen: str | None) -> bool:
        """Whether a value of a sealed field is another one than the party told last. What it had told instead, and still waits, is void."""
        notes = [self.notes.get(f"{HELD}{contact}/{each}", {}) for each in (PAID_BY if name in PAID_BY else (name,))]
        own = [note for note in notes if note.get("who") == self.said.who and note["state"] in OPEN]
        void = [note for note in own if note["field"] != name or not self._is_same(note["value"], value)]
        for note in void:
            self.plan.remember(note["name"], **{**note, "state": VOID})
        return bool(void) or not self._is_same(value, seen)

    def _sealed(self, contact: int, name: str, value: str) -> Generator[Finding, None, bool]:
        """Whether persons have decided about a change of a sealed field; one that they have not waits, with the events that told it."""
        key, event = f"{HELD}{contact}/{name}", [self.item.source, self.item.id]
        note = self.notes.get(key, {})
        if note.get("state") == VOID or not self._is_same(note.get("value"), value):
            in_force = note["value"] if note.get("state") == WRITTEN else note.get("in_force")
            told = {"value": value, "at": self._at(name), "system": self.said.system, "who": self.said.who, "in_force": in_force}
            state = WRITTEN if in_force and self._is_same(in_force, value) else "held"
            asked = {"state": state, "approved_by": [], "since": self.context.as_of.isoformat(), "events": []}
            note = {"contact": contact, "field": name, **told, **asked}
            self.plan.remember(key, **note)
        if note["state"] == "held":
            self.plan.remember(key, **{**note, "events": [*(row for row in note["events"] if row != event), event]})
            left = self.context.config.ownership.approvers - len(note["approved_by"])
            yield self._finding("PY4", name, "another value", f"{left} more person{'s' * (left > 1)} who agree")
        return bool(note["state"] != "held")

    def _at(self, name: str) -> str:
        """Since when a field is so."""
        is_told = bool(self.said.changed_at(name))
        return self.said.field_times[PARTS[name]] if is_told else self.context.as_of.strftime("%Y-%m-%dT%H:%M:%SZ")

    def _lose(self, contact: int, name: str, value: str | None, *, is_theirs: bool) -> None:
        """A value that gave way to its owner's is listed, sealed; the other side is told ours again, once for each value."""
        key, kept = f"{LOST}{contact}/{name}", self._seal.sealed(value or "") if self._seal else ""
        whose = "Consonance's" if is_theirs else f"{self.said.system}'s"
        self.plan.findings.append(self._finding("PY3", name, f"{whose} value gave way to its owner's", "a change where its owner is"))
        if not is_theirs and not self._is_same(self.notes.get(key, {}).get("value"), kept or None):
            self.plan.remember(key, contact=contact, field=name, system=self.said.system, value=kept, event=self.item.id)

    def _status(self, contact: int, party: Party | None, status: str) -> None:
        rules = self.context.config.ownership
        if status.casefold() in rules.deleted:
            says = f"contact {contact} is deleted at {self.said.system}"
            self.plan.findings.append(self._finding("PY6", "vendor_status", says, "a decision"))
        if not status or party is None or rules.fields.get("VENDOR_STATUS") != self.said.system:
            return
        name, is_blocked = f"{BLOCKED}{self.said.who}", status.casefold() in rules.blocked
        if is_blocked or name in self.notes:
            self.plan.remember(name, contact=contact, called=party.display, is_blocked=is_blocked)
        if is_blocked and (orders := ", ".join(sorted(self._orders(party)))):
            says = f"contact {contact} is blocked; open: {orders}"
            self.plan.findings.append(self._finding("PY5", "vendor_status", says, "no open orders"))

    def _orders(self, party: Party) -> Iterator[str]:
        """Orders that a printer of this name has, or is to have, and whose copies are still to come."""
        today = self.context.as_of.date().isoformat()
        for row in self.facts.records(HistoryRow, ()):
            content = self.context.content(row.content_hash) if row.state in {WAITING, *reached("accepted")} else None
            order = json.loads(content) if content else {}
            printer = (order.get("payload") or {}).get("content", {}).get("printer", "")
            if is_same_house(printer, party.display) and (order.get("dueOn") or today) >= today:
                yield row.subject.partition(":")[2]

    def _is_old(self, name: str, times: Mapping[str, str]) -> bool:
        """Whether a field is older than what was taken of it; one of the same moment is taken again, which changes nothing."""
        time = self.said.changed_at(name)
        return bool(time and time < moment_of(times.get(name, "")))

    @cached_property
    def _now(self) -> str:
        """A clock that runs ahead at the other side must not keep out what it says later."""
        return moment_of(self.context.as_of.isoformat())

    def _is_same(self, one: str | None, other: str | None) -> bool:
        """Whether two sealed values are one, whichever key sealed them."""
        seal = self._seal
        return one == other or bool(one and other and seal and seal.opened(one) == seal.opened(other))

    @cached_property
    def _seal(self) -> Seal | None:
        return next(iter(self.facts.records(Seal, ())), None)

    def _ids(self) -> str:
        """Of the identifiers that somebody has: "not the same" holds until one of them changes."""
        return hashlib.sha256(repr(sorted(self.said.party().ids)).encode()).hexdigest()[:16]

    def _event(self) -> dict[str, Any]:
        return {"events": [[self.item.source, self.item.id]], "system": self.said.system, "party": self.said.who.partition("/")[2]}

    def _finding(self, rule: str, name: str, found: str, expected: str) -> Finding:
        return wrong(f"party:{self.said.who}", rule, name, found, expected)


def _before(name: str, owner: Owner, told: str | None, known: str | None, seen: Mapping[str, Any]) -> str | None:
    """What the side that does not own a field had before: who is met for the first time has changed nothing, nor has who does not follow.

    What we wrote ourselves is no change of Consonance's.
    """
    if owner is Owner.OURS:
        return str(seen[name]) if name in seen else told
    return known if known == seen.get(name) else seen.get(f"ours {name}", known)


def _mark(contact: int, value: str | None) -> str | None:
    """What stands for a value where only equality counts."""
    return hashlib.sha256(f"{contact}\x1f{value.strip()}".encode()).hexdigest()[:16] if value and value.strip() else None


def orders(ledger: Ledger, _context: DecisionContext, _isbns: Collection[str]) -> Iterator[HistoryRow]:
    """Every order that a printer was told of."""
    return iter(ledger.newest(ORDERS, PRINT))


BACK = Inbound(
    id=USE_CASE,
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
