"""What follows from what other systems say of parties: remembered, written, or wrong; and sealed changes, once they have cooled off."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from colophon.blocks.decision import DecisionContext
from colophon.blocks.inbound import InboxDecision, fault, intent
from colophon.domain.finding import Finding
from colophon.parties import HELD, WRITTEN

USE_CASE, OWNER = "xconnector__party_sync", "rights_manager"
RULES = {
    "PY1": (
        "Who has the same identifier has the same name",
        "See which of the two has it wrongly, and correct it there; then let the event run again.",
    ),
    "PY2": ("Who somebody is, a person says", "Decide on the desk, under Parties; it is asked once."),
    "PY3": ("A field has one owner", "Have it changed where its owner is; what was not taken over stands on the desk, under Parties."),
    "PY4": (
        "Tax and bank details change by two persons",
        "Call the party by a number that is older than this change; then agree or refuse on the desk.",
    ),
    "PY5": ("A blocked vendor has no open orders", "Decide about each order that is named, with its printer."),
    "PY6": ("Who is deleted elsewhere is looked at here", "See whether the contact is still needed in Consonance; nothing was deleted."),
    "PY7": ("An identifier, a VAT number or an IBAN has right check digits", "Ask the other system's people for the right number."),
    "PY8": ("A change of a party can be read", "Ask its sender to send it again as agreed."),
    "PY9": (
        "How somebody is paid changes once the change has cooled off",
        "Hold payments to them until that day, and tell the address that is older than the change; refuse on the desk what is not theirs.",
    ),
}


@dataclass(slots=True)
class PartyDecision(InboxDecision):
    """With what is to be remembered of parties, by name."""

    notes: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def remember(self, name: str, /, **value: Any) -> None:
        """Something of parties, under a name."""
        self.notes[name] = {**value, "name": name}

    def write(self, contact: int, system: str, name: str, value: str | None, at: str, context: DecisionContext) -> None:
        """Tell Consonance of a field that a system owns, and since when it is so."""
        members = {"contactId": contact, "source": system, "fields": [{"name": name, "value": value, "observedAt": at}]}
        reference, subject = f"xc6:{contact}:{system}:{name}", f"contact:{contact}/{system}:{name}"
        labels = {"field": name, "system": system}
        self.tell(intent("upsertContactFields", reference, members, use_case=USE_CASE, subject=subject, as_of=context.as_of, labels=labels))

    def settle(self, notes: Mapping[str, Mapping[str, Any]], context: DecisionContext) -> None:
        """Changes of sealed fields that persons agreed to are written on their day; until then an exception says that payments wait."""
        for key, note in notes.items():
            if not key.startswith(HELD) or note["state"] != "approved" or "agreed_at" not in note:
                continue
            contact, name, system = int(note["contact"]), str(note["field"]), str(note["system"])
            due_on = context.config.ownership.in_force_on(name, note["agreed_at"], context.config.calendars.of(None))
            subject = f"contact:{contact}/{name}"
            self.look_at(subject)
            if due_on <= context.as_of.date():
                self.write(contact, system, name, note["value"], note["at"], context)
                self.remember(key, **{**note, "state": WRITTEN})
            else:
                self.findings.append(wrong(subject, "PY9", name, f"agreed; it goes to Consonance on {due_on}", "no payment to it before"))


def wrong(subject: str, rule: str, name: str, found: str, expected: str) -> Finding:
    """An exception about a party."""
    return fault(subject[:200], rule, name, found, expected, RULES[rule][1], OWNER)
