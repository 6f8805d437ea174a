"""Letters: recipient -> channel (print, e-mail, web) -> full envelope -> the letter, by the template of its kind.

    plan = write(letters, facts, context, use_case=CASE.id, unreached=no_address)

The facts are contacts (`Contact`) and what they have told of how to be reached (`ContactFields`). Each letter goes once; one that
nobody can be reached by is an exception with an owner, and goes when that is mended. What becomes of it is a communication.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from colophon.blocks.decision import DecisionContext, Plan
from colophon.blocks.use_case import UseCase
from colophon.config import Config
from colophon.config.model import LetterTemplate
from colophon.domain.contact import Address, Contact
from colophon.domain.contact_fields import ContactFields
from colophon.domain.facts import Facts
from colophon.domain.finding import Finding
from colophon.ledger import Intent, Ledger
from colophon.ledger.records import IN_FLIGHT, UNKNOWN, WAITING, HistoryRow
from colophon.systems.consonance.writes.operations import WriteOp
from colophon.systems.opentext_exstream.operations import SUBMIT
from colophon.systems.opentext_exstream.records import Letter

Channel = Literal["print", "email", "web"]
NOT_OUT_YET = frozenset({WAITING, IN_FLIGHT, UNKNOWN})
"""States of a letter of which nothing can be told yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letters(UseCase):
    """A use case that writes letters: the template of each kind, which is the destination, and what came back or never left."""

    templates: Callable[[Config], Mapping[str, LetterTemplate]]
    undelivered: Callable[[Ledger], list[Finding]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Whom a letter goes to, and how they are reached. `delivery`: print, email or web; None where nothing tells.

    `lines` are of the contact's own address; a field of the contact that names another street goes before it.
    """

    id: int
    name: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    line1: str | None = field(default=None, repr=False)
    line2: str | None = field(default=None, repr=False)
    lines: tuple[str, ...] = field(default=(), repr=False)
    city: str | None = field(default=None, repr=False)
    postcode: str | None = field(default=None, repr=False)
    country: str | None = None
    country_name: str | None = None
    delivery: str | None = None
    language: str | None = None

    @classmethod
    def of(cls, contact: Contact, fields: ContactFields | None = None) -> Self:
        """A contact, by its own fields where it has told them; a blank leaves what is known."""
        address = contact.addresses[0] if contact.addresses else Address()
        told = fields or ContactFields(contact_id=contact.id)
        return cls(
            id=contact.id,
            name=contact.name,
            email=told.email or next(iter(contact.emails), None),
            line1=told.line1 or address.line1,
            line2=told.line2,
            lines=address.lines,
            city=told.town,
            postcode=told.postcode or address.postcode,
            country=told.country or address.country,
            country_name=address.country_name,
            delivery=told.prefers.lower() if told.prefers else None,
            language=told.language,
        )

    @property
    def channel(self) -> Channel | None:
        """As they prefer, where that can be done; else by e-mail, else by post. None: neither address is known."""
        wanted = self.delivery
        if wanted == "web" or (wanted == "email" and self.email) or (wanted == "print" and self.line1):
            return "web" if wanted == "web" else "email" if wanted == "email" else "print"
        return "email" if self.email and "@" in self.email else "print" if self.line1 else None

    def envelope(self, home: str) -> tuple[str, ...]:
        """The address line by line, without the name; abroad with the country. Consonance's has no town: only a field tells one.

        :param home: code of the country that they are sent from.
        """
        lines = self.lines if self.line1 in self.lines else (self.line1, self.line2)
        known = tuple(line for line in (*lines, self.city, self.postcode) if line)
        abroad = self.country_name or self.country if self.country != home else None
        return (*known, abroad) if known and abroad else known


@dataclass(frozen=True, slots=True, kw_only=True)
class DueLetter:
    """A letter that is due: `kind` is its destination, `subject` how the ledger names it, `data` what the template is filled with."""

    kind: str
    subject: str
    contact_id: int
    data: Mapping[str, Any] = field(repr=False)
    labels: Mapping[str, str]


def write(
    letters: Iterable[DueLetter], facts: Facts, context: DecisionContext, *, case: Letters, unreached: Callable[[DueLetter], Finding]
) -> Plan:
    """The letters that have not gone yet. What still waits is judged anew, in the words of today.

    :param unreached: the exception about a letter that has no address.
    """
    kinds = case.templates(context.config)
    plan = Plan(judged={kind: [] for kind in kinds}, settled={kind: [] for kind in kinds})
    contacts = {contact.id: contact for contact in facts.records(Contact, ())}
    fields = {told.contact_id: told for told in facts.records(ContactFields, ())}
    for letter in letters:
        plan.judged[letter.kind].append(letter.subject)
        last = context.history(letter.kind, [letter.subject]).get(letter.subject)
        contact = contacts.get(letter.contact_id)
        recipient = Recipient.of(contact, fields.get(contact.id)) if contact else None
        if last is not None and last.state != WAITING:
            plan.settled[letter.kind].append(letter.subject)
        elif recipient is None or recipient.channel is None:
            plan.findings.append(unreached(letter).model_copy(update={"blocks": letter.kind}))
        else:
            plan.intents.append(_intent(letter, recipient, recipient.channel, context, case.id))
    return plan


def address_of(lines: Iterable[str], country: str | None) -> dict[str, str] | None:
    """An envelope's lines below the name, numbered from 1, and the country's code; None where nothing is known."""
    return {f"Line{place}": line for place, line in enumerate(lines, 1)} | ({"Country": country} if country else {}) or None


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


def _intent(due: DueLetter, recipient: Recipient, channel: Channel, context: DecisionContext, use_case: str) -> Intent:
    letter = Letter(
        delivery_preference=channel,
        locale=recipient.language,
        email_address=recipient.email if channel == "email" else None,
        name=recipient.name,
        address=address_of(recipient.envelope(context.config.publisher.country), recipient.country),
        data=due.data,
    )
    return Intent(
        use_case=use_case,
        destination=due.kind,
        subject=due.subject,
        delivery_class=str(SUBMIT.writes),
        content=json.dumps(letter.model_dump(mode="json", by_alias=True, exclude_none=True), sort_keys=True, ensure_ascii=False).encode(),
        media_type="application/json",
        as_of=context.as_of,
        occurrence="once",
        labels=due.labels,
    )
