"""Changes of tax and bank details: each waits for persons, and how somebody is paid then cools off before Consonance has it."""

from collections.abc import Generator

from colophon.blocks.decision import DecisionContext
from colophon.config.ownership import PAID_BY
from colophon.domain.finding import Finding
from colophon.parties import HELD, OPEN, VOID, WRITTEN
from colophon.use_cases.xconnector.party_decision import PartyDecision, PartyEvent, wrong


def is_news(event: PartyEvent, contact: int, name: str, value: str, seen: str | None) -> bool:
    """Whether a value is another one than the party told last (`seen`). What it had told instead, and still waits, is void."""
    notes = [event.plan.known.get(f"{HELD}{contact}/{each}", {}) for each in (PAID_BY if name in PAID_BY else (name,))]
    own = [note for note in notes if note.get("who") == event.said.who and note["state"] in OPEN]
    void = [note for note in own if note["field"] != name or not event.is_same(note["value"], value)]
    for note in void:
        event.plan.remember(note["name"], **{**note, "state": VOID})
    return bool(void) or not event.is_same(value, seen)


def is_decided(event: PartyEvent, contact: int, name: str, value: str) -> Generator[Finding, None, bool]:
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
