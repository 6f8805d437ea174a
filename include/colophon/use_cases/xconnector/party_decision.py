"""What follows from what other systems say of parties: remembered, written, or wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from colophon.blocks.decision import DecisionContext
from colophon.blocks.ids import PARTY_SYNC
from colophon.blocks.inbound import InboxDecision
from colophon.blocks.write_back import fault, intent
from colophon.domain.finding import Finding
from colophon.domain.inbox_item import InboxItem
from colophon.parties import LOST
from colophon.sealing import Seal
from colophon.systems.xconnector.party_changed import PARTS, PartySaid, moment_of

OWNER = "rights_manager"
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
    """With what is remembered of parties, by name (`known`), and what of it is new (`notes`)."""

    known: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    notes: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def remember(self, name: str, /, **value: Any) -> None:
        """Something of parties, under a name."""
        self.known[name] = self.notes[name] = {**value, "name": name}

    def write(self, contact: int, system: str, name: str, value: str | None, at: str, context: DecisionContext) -> None:
        """Tell Consonance of a field that a system owns, and since when it is so."""
        members = {"contactId": contact, "source": system, "fields": [{"name": name, "value": value, "observedAt": at}]}
        reference, subject = f"xc6:{contact}:{system}:{name}", f"contact:{contact}/{system}:{name}"
        labels = {"field": name, "system": system}
        self.tell(
            intent("upsertContactFields", reference, members, use_case=PARTY_SYNC, subject=subject, as_of=context.as_of, labels=labels)
        )


@dataclass
class PartyEvent:
    """One event, as it is dealt with."""

    item: InboxItem
    said: PartySaid
    plan: PartyDecision
    context: DecisionContext
    seal: Seal | None

    @property
    def names_it(self) -> list[str]:
        """How the inbox finds it again."""
        return [self.item.source, self.item.id]

    @cached_property
    def now(self) -> str:
        """A clock that runs ahead at the other side must not keep out what it says later."""
        return moment_of(self.context.as_of.isoformat())

    def at(self, name: str) -> str:
        """Since when a field is so."""
        is_told = bool(self.said.changed_at(name))
        return self.said.field_times[PARTS[name]] if is_told else self.context.as_of.strftime("%Y-%m-%dT%H:%M:%SZ")

    def is_same(self, one: str | None, other: str | None) -> bool:
        """Whether two sealed values are one, whichever key sealed them."""
        return one == other or bool(one and other and self.seal and self.seal.opened(one) == self.seal.opened(other))

    def wrong(self, rule: str, name: str, found: str, expected: str) -> Finding:
        """An exception about its party."""
        return wrong(f"party:{self.said.who}", rule, name, found, expected)

    def gives_way(self, contact: int, name: str, value: str | None, *, is_theirs: bool) -> None:
        """A value that gave way to its owner's is listed, sealed; the other side is told ours again, once for each value.

        :param is_theirs: whether it was the other side's word that stood, and Consonance's that gave way.
        """
        key, kept = f"{LOST}{contact}/{name}", self.seal.sealed(value or "") if self.seal else ""
        whose = "Consonance's" if is_theirs else f"{self.said.system}'s"
        self.plan.findings.append(self.wrong("PY3", name, f"{whose} value gave way to its owner's", "a change where its owner is"))
        if not is_theirs and not self.is_same(self.plan.known.get(key, {}).get("value"), kept or None):
            self.plan.remember(key, contact=contact, field=name, system=self.said.system, value=kept, event=self.item.id)


def wrong(subject: str, rule: str, name: str, found: str, expected: str) -> Finding:
    """An exception about a party."""
    return fault(subject[:200], rule, name, found, expected, RULES[rule][1], OWNER)
