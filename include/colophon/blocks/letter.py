"""A letter: whom it reaches, what can be wrong with it, and what became of it. Whoever was written to and wants no advertising is told from it, too."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from colophon.blocks.decision import DecisionContext
from colophon.domain.contact import Contact
from colophon.domain.contact_fields import ContactFields
from colophon.domain.delivery import HistoryRow
from colophon.domain.delivery_states import BOUNCED, FINAL_BAD, IN_FLIGHT, UNKNOWN, WAITING
from colophon.domain.facts import Facts
from colophon.domain.finding import Finding, Severity
from colophon.domain.recipient import Recipient
from colophon.systems.consonance.writes.operations import WriteOp

NO_ADDRESS, NO_TEMPLATE, NO_LEGAL_TEXT = "LETTER-ADDRESS", "LETTER-TEMPLATE", "LETTER-LEGAL"
UNANSWERED, ASK, WINDOW = "LETTER-UNANSWERED", "LETTER-LATE", "LETTER-RENEWAL"
RULES = {
    NO_ADDRESS: ("Whoever gets a letter can be reached", "Enter an e-mail address or a street in Consonance; the letter then goes by itself."),
    NO_TEMPLATE: ("There is a template for a letter", "Add a template for the imprint, country and language to the use case's file."),
    NO_LEGAL_TEXT: (
        "A letter has the legal text of its reader's country",
        "Have the text for the country written, and add it to letters.yaml; or enter the reader's country in Consonance.",
    ),
    UNANSWERED: ("Whoever was asked answers", "Ring them up; what they say is entered on the letter's page of the desk."),
    ASK: ("A step of a launch plan goes on its day", "Run by hand with the step under *Late steps* to send it now; it lapses by itself on its last day."),
    WINDOW: (
        "The end of a subscription is told while the law still lets it renew",
        "Let the subscription end, or ask your lawyer whether it may renew; then correct its end in the list.",
    ),
}  # fmt: skip
"""What each rule says, and what to do where it is broken."""
AGAIN = "again"
"""Label of a letter that goes once more, for it came back."""
NOT_OUT_YET = frozenset({WAITING, IN_FLIGHT, UNKNOWN})
"""States of a letter of which nothing can be told yet."""
UNHEARD = frozenset({WAITING, *FINAL_BAD})
"""States of a letter that nobody has read: it has not gone, or did not arrive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueLetter:
    """A letter that is due: `kind` is its destination, `subject` how the ledger names it, `data` what the template is filled with.

    `came_back` are others that did: this one goes by another channel, or to another address.
    """

    kind: str
    subject: str
    contact_id: int
    data: Mapping[str, Any] = field(repr=False)
    labels: Mapping[str, str]
    imprint: str | None = None
    came_back: Sequence[HistoryRow] = ()


def recipients_of(facts: Facts) -> dict[int, Recipient]:
    """Whom letters can go to, by contact id."""
    fields = {told.contact_id: told for told in facts.records(ContactFields, ())}
    return {contact.id: Recipient.of(contact, fields.get(contact.id)) for contact in facts.records(Contact, ())}


def opted_out(facts: Facts) -> frozenset[int]:
    """Contacts who want no advertising: their fields say so, or what they answered to a letter."""
    by_letter = (row.labels.get("contact") for row in facts.records(HistoryRow, ()) if row.state == "opted_out")
    by_field = (told.contact_id for told in facts.records(ContactFields, ()) if told.has_opted_out)
    return frozenset({*by_field, *(int(contact) for contact in by_letter if contact)})


def came_back(rows: Iterable[HistoryRow], **labels: str) -> list[HistoryRow]:
    """Of the letters with some labels those that came back since the last one arrived, newest first."""
    sent = sorted((row for row in rows if row.state != WAITING and row.labels.items() >= labels.items()), key=lambda row: row.as_of)
    return list(takewhile(lambda row: row.state == BOUNCED, reversed(sent)))


def letter_fault(rule: str, subject: str, name: str, found: str, context: DecisionContext, *, blocks: str, imprint: str | None) -> Finding:
    """An exception of the block's own rules."""
    says, remedy = RULES[rule]
    owner = context.config.owners.of(rule)
    return Finding(
        subject=subject, rule=rule, severity=Severity.ERROR, field=name, found=found, expected=says, remedy=remedy, owner=owner,
        blocks=blocks, imprint=imprint or "",
    )  # fmt: skip


def address_of(lines: Iterable[str], country: str | None) -> dict[str, str] | None:
    """An envelope's lines below the name, numbered from 1, and the country's code; None where nothing is known."""
    return {f"Line{place}": line for place, line in enumerate(lines, 1)} | ({"Country": country} if country else {}) or None


def about(row: HistoryRow) -> dict[str, int]:
    """Ids of what a letter is recorded on: title, contract and contact, as its labels name them."""
    labels = {"workId": "work", "contractId": "contract", "contactId": "contact"}
    return {name: int(row.labels[label]) for name, label in labels.items() if row.labels.get(label)}


def communication(row: HistoryRow, *, reference: str, template: str, about: Mapping[str, int], words: str = "") -> WriteOp:
    """What became of a letter, to be told to Consonance. `about` are ids of what it is recorded on, `words` those of an answer."""
    members = {
        **about,
        **({"responseText": words} if words else {}),
        "channel": "exstream",
        "template": template,
        "outcome": row.state.upper(),
        "at": row.updated_at.replace(microsecond=0),
        "documentSha256": row.content_hash,
    }
    return WriteOp(operation="recordCommunication", reference=reference, subject=row.subject, use_case=row.use_case, members=members)
