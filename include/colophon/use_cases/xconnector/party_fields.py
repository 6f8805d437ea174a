"""XC-6, field by field: what its owner says is taken over, and what another one says gives way.

Changes of tax and bank details each wait for persons, and how somebody is paid then cools off before Consonance has it.
"""

import hashlib
from collections.abc import Generator, Iterator, Mapping
from typing import Any

from colophon.blocks.decision import DecisionContext
from colophon.blocks.ownership import Owner, changes
from colophon.config.ownership import PAID_BY
from colophon.domain.finding import Finding
from colophon.parties import AGREED, HELD, VOID, WRITTEN
from colophon.systems.xconnector.party_changed import faults_of, moment_of
from colophon.use_cases.xconnector.party_decision import PartyDecision, PartyEvent, wrong


def fields(event: PartyEvent, contact: int, ours: Mapping[str, str | None]) -> Iterator[Finding]:
    """Field by field by its owner; what is older than what was taken is left out."""
    rules, said, name = event.context.config.ownership, event.said, f"{AGREED}{event.said.who}"
    theirs = said.values(event.seal)
    seen, times = (dict(event.plan.known.get(name, {}).get(part, {})) for part in ("seen", "times"))
    faulty = set(faults_of(said, theirs, event.seal))
    for each in sorted(faulty):
        yield event.wrong("PY7", each, "wrong check digits", "a number that can be right")
    new = {
        each: value for each, value in theirs.items() if value and each not in faulty and not is_old(said.changed_at(each), times.get(each))
    }
    times |= {each: min(time, event.now) for each in new if (time := said.changed_at(each))}
    for each in sorted(each for each in new.keys() & rules.sealed if rules.fields.get(each) == said.system):
        if _is_news(event, contact, each, new[each], seen.get(each)) and (yield from _is_decided(event, contact, each, new[each])):
            seen[each] = new[each]
    seen |= _owned(event, contact, ours, new, seen)
    event.plan.remember(name, seen=seen, times=times)


def _owned(
    event: PartyEvent, contact: int, ours: Mapping[str, str | None], new: Mapping[str, str], seen: Mapping[str, Any]
) -> dict[str, str | None]:
    """Fields that are not sealed: who does not own one follows. What both sides have of them then, as `seen` the next time."""
    rules, system = event.context.config.ownership, event.said.system
    owners = {
        each: Owner.THEIRS if rules.fields[each] == system else Owner.OURS  # what a third one owns, we hold for it
        for each in new.keys() - rules.sealed
        if rules.fields.get(each) == system or (each in rules.fields and each in ours)
    }
    told = {each: _mark(contact, new[each]) for each in owners}
    known = {each: _mark(contact, ours[each]) if each in ours else seen.get(f"ours {each}") for each in owners}
    before = {each: _before(each, owner, told[each], known[each], seen) for each, owner in owners.items()}
    for change in changes(owners, agreed=before, ours=known, theirs=told):
        is_theirs = change.side is Owner.OURS
        if is_theirs:
            event.plan.write(contact, system, change.field, new[change.field], event.at(change.field), event.context)
        if change.is_overruled:
            event.gives_way(contact, change.field, ours.get(change.field) if is_theirs else new[change.field], is_theirs=is_theirs)
    return told | {f"ours {each}": known[each] if each in ours else told[each] for each in owners}


def _before(name: str, owner: Owner, told: str | None, known: str | None, seen: Mapping[str, Any]) -> str | None:
    """What the side that does not own a field had before: who is met for the first time has changed nothing, nor has who does not follow.

    What we wrote ourselves is no change of Consonance's.
    """
    if owner is Owner.OURS:
        return str(seen[name]) if name in seen else told
    return known if known == seen.get(name) else seen.get(f"ours {name}", known)


def _is_news(event: PartyEvent, contact: int, name: str, value: str, seen: str | None) -> bool:
    """Whether a value is another one than the party told last (`seen`). What it had told instead, and Consonance has not, is void."""
    notes = [event.plan.known.get(f"{HELD}{contact}/{each}", {}) for each in (PAID_BY if name in PAID_BY else (name,))]
    own = [note for note in notes if note.get("who") == event.said.who and note["state"] not in {WRITTEN, VOID}]
    void = [note for note in own if note["field"] != name or not event.is_same(note["value"], value)]
    for note in void:
        event.plan.remember(note["name"], **{**note, "state": VOID})
    return bool(void) or not event.is_same(value, seen)


def _is_decided(event: PartyEvent, contact: int, name: str, value: str) -> Generator[Finding, None, bool]:
    """Whether persons have decided about a value; one about which they have not waits, with the events that told it.

    What is in force already needs nobody.
    """
    key = f"{HELD}{contact}/{name}"
    note = event.plan.known.get(key, {})
    if note.get("state") == VOID or not event.is_same(note.get("value"), value):
        in_force = note["value"] if note.get("state") == WRITTEN else note.get("in_force")
        told = {"value": value, "at": event.at(name), "system": event.said.system, "who": event.said.who, "in_force": in_force}
        state = WRITTEN if in_force and event.is_same(in_force, value) else "held"
        asked = {"state": state, "approved_by": [], "since": event.context.as_of.isoformat(), "events": []}
        note = {"contact": contact, "field": name, **told, **asked}
        event.plan.remember(key, **note)
    if note["state"] == "held":
        event.plan.remember(key, **{**note, "events": [*(row for row in note["events"] if row != event.names_it), event.names_it]})
        left = event.context.config.ownership.approvers - len(note["approved_by"])
        yield event.wrong("PY4", name, "another value", f"{left} more person{'s' * (left > 1)} who agree")
    return bool(note["state"] != "held")


def settle(plan: PartyDecision, context: DecisionContext) -> None:
    """What persons agreed to is written on its day; until then an exception says that payments wait."""
    for key, note in list(plan.known.items()):
        if not key.startswith(HELD) or note["state"] != "approved" or "agreed_at" not in note:
            continue
        contact, name, system = int(note["contact"]), str(note["field"]), str(note["system"])
        due_on = context.config.ownership.in_force_on(name, note["agreed_at"], context.config.calendars.of(None))
        subject = f"contact:{contact}/{name}"
        plan.look_at(subject)
        if due_on <= context.as_of.date():
            plan.write(contact, system, name, note["value"], note["at"], context)
            plan.remember(key, **{**note, "state": WRITTEN})
        else:
            plan.findings.append(wrong(subject, "PY9", name, f"agreed; it goes to Consonance on {due_on}", "no payment to it before"))


def is_old(time: str, taken: str | None) -> bool:
    """Whether a field is older than what was taken of it; one of the same moment is taken again, which changes nothing."""
    return bool(time and time < moment_of(taken or ""))


def _mark(contact: int, value: str | None) -> str | None:
    """What stands for a value where only equality counts."""
    return hashlib.sha256(f"{contact}\x1f{value.strip()}".encode()).hexdigest()[:16] if value and value.strip() else None
